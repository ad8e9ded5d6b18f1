/*
 * y = f(x), element by element: y may lie where x lies, dx where dy lies. A row has f and its slope; where y may have taken the
 * place of x, the slope is written by y alone.
 */
#include <math.h>

#include "reference.h"

typedef const struct fc_attributes *numbers;

struct function {
	double (*value)(double x, numbers a);
	double (*slope)(double x, double y, numbers a);
};

/* Written so that a NaN stays one: a training that has gone wrong shall show it. */
static double limit(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

/* The normal distribution and its density. */
static double normal(double x)
{
	return 0.5 * erfc(-x * M_SQRT1_2);
}

static double density(double x)
{
	return exp(-0.5 * x * x) * M_2_SQRTPI * M_SQRT1_2 * 0.5;
}

/* The argument of the hyperbolic tangent in gelu's approximation, and its slope. */
static double gelu_inner(double x)
{
	return M_SQRT2 * M_2_SQRTPI * 0.5 * (x + 0.044715 * x * x * x);
}

static double gelu_inner_slope(double x)
{
	return M_SQRT2 * M_2_SQRTPI * 0.5 * (1 + 3 * 0.044715 * x * x);
}

#define VALUE(name, expression)                             \
	static double value_##name(double x, numbers a)     \
	{                                                   \
		(void)a;                                    \
		return expression;                          \
	}
#define SLOPE(name, expression)                                      \
	static double slope_##name(double x, double y, numbers a)    \
	{                                                            \
		(void)x;                                             \
		(void)y;                                             \
		(void)a;                                             \
		return expression;                                   \
	}

VALUE(relu, x < 0 ? 0 : x)
SLOPE(relu, y > 0)
VALUE(relu6, limit(x, 0, 6))
SLOPE(relu6, y > 0 && y < 6)
VALUE(leaky_relu, x < 0 ? a->a * x : x)
SLOPE(leaky_relu, y > 0 ? 1 : a->a)
VALUE(elu, x < 0 ? a->a * expm1(x) : x)
SLOPE(elu, y > 0 ? 1 : y + a->a)
VALUE(sigmoid, logistic(x))
SLOPE(sigmoid, y * (1 - y))
VALUE(hard_sigmoid, limit(a->a * x + a->b, 0, 1))
SLOPE(hard_sigmoid, y > 0 && y < 1 ? a->a : 0)
VALUE(silu, x * logistic(x))
SLOPE(silu, logistic(x) * (1 + x * (1 - logistic(x))))
VALUE(hard_swish, x * limit(x + 3, 0, 6) / 6)
SLOPE(hard_swish, x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5)
VALUE(gelu, a->approximate ? 0.5 * x * (1 + tanh(gelu_inner(x))) : x * normal(x))
VALUE(tanh, tanh(x))
SLOPE(tanh, 1 - y * y)
VALUE(softplus, x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)))
SLOPE(softplus, -expm1(-y))
VALUE(mish, x * tanh(value_softplus(x, a)))
VALUE(exp, exp(x))
SLOPE(exp, y)
VALUE(log, log(x))
SLOPE(log, 1 / x)
VALUE(sqrt, sqrt(x))
SLOPE(sqrt, 0.5 / y)
VALUE(erf, erf(x))
SLOPE(erf, M_2_SQRTPI * exp(-x * x))
VALUE(abs, fabs(x))
SLOPE(abs, (x > 0) - (x < 0))
VALUE(power, pow(x, a->a))
SLOPE(power, a->a == 0 ? 0 : a->a * pow(x, a->a - 1))
VALUE(scale, a->a * x + a->b)
SLOPE(scale, a->a)
VALUE(clip, limit(x, a->a, a->b))
SLOPE(clip, x >= a->a && x <= a->b)

static double slope_gelu(double x, double y, numbers a)
{
	const double t = tanh(gelu_inner(x));

	(void)y;
	if (!a->approximate)
		return normal(x) + x * density(x);
	return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * gelu_inner_slope(x);
}

static double slope_mish(double x, double y, numbers a)
{
	const double t = tanh(value_softplus(x, a));

	(void)y;
	return t + x * (1 - t * t) * logistic(x);
}

static const struct function functions[FC_OP_COUNT] = {
#define X(upper, lower) [FC_OP_##upper] = { value_##lower, slope_##lower },
	FC_ELEMENTWISE_OPS(X)
#undef X
};

static void forward(const struct fc_layer *layer)
{
	const struct function *const f = &functions[layer->node->op];
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++)
		y[i] = (float)f->value(x[i], &layer->node->attributes);
}

static void backward(const struct fc_layer *layer)
{
	const struct function *const f = &functions[layer->node->op];
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *x = layer->x[0]->data, *y = layer->y->data, *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t i = 0; dx && i < count; i++)
		reference_give(dx + i, layer->accumulate[0], dy[i] * f->slope(x[i], y[i], &layer->node->attributes));
}

const struct reference_leaf reference_elementwise = { NULL, forward, backward, NULL };
