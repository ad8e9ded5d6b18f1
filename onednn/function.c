/*
 * Functions of one value, in one pass over memory: y = f(x), dx = or += dy * f'(x). The output may lie on the input, the input's
 * gradient on the output's; where y may have taken the place of x the slope is written by y alone. Formulas, and what is done
 * about a NaN: tracer/reference_elementwise.c.
 */
#include <math.h>

#include "exponential.h"

typedef struct numbers {
	float a, b;
} numbers;

/* -------- the functions and their slopes -------- */

ONEDNN_INLINE float limit(float x, float low, float high)
{
	return x < low ? low : x > high ? high : x;
}

ONEDNN_INLINE float logistic(float x)
{
	return 1 / (1 + onednn_exponential(-x));
}

ONEDNN_INLINE float hyperbolic_tangent(float x)
{
	return 2 * logistic(2 * x) - 1;
}

/* The normal distribution: erf by Abramowitz and Stegun's 7.1.26, whose error is below 1.5e-7. */
ONEDNN_INLINE float normal(float x)
{
	const float z = fabsf(x) * (float)M_SQRT1_2, t = 1 / (1 + 0.3275911f * z);
	const float series =
		((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
	const float tail = 0.5f * series * onednn_exponential(-z * z);

	return x < 0 ? tail : 1 - tail;
}

ONEDNN_INLINE float density(float x)
{
	return onednn_exponential(-0.5f * x * x) * (float)(M_2_SQRTPI * M_SQRT1_2 * 0.5);
}

#define GELU_FACTOR ((float)(M_SQRT2 * M_2_SQRTPI * 0.5))
#define GELU_CUBE   0.044715f

ONEDNN_INLINE float gelu_tangent(float x)
{
	return hyperbolic_tangent(GELU_FACTOR * (x + GELU_CUBE * x * x * x));
}

ONEDNN_INLINE float gelu_tangent_slope(float x)
{
	const float t = gelu_tangent(x), inner = GELU_FACTOR * (1 + 3 * GELU_CUBE * x * x);

	return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * inner;
}

/* NAME, f(x), f'(x) by x and y. Of the slope of a function that works in place only y is read. */
/* clang-format off */
#define FUNCTIONS(X)                                                                                          \
	X(relu6, limit(x, 0, 6), ((y > 0) & (y < 6)) ? 1.0f : 0.0f)                                           \
	X(leaky_relu, x < 0 ? n.a * x : x, y > 0 ? 1.0f : n.a)                                                \
	X(elu, x < 0 ? n.a * (onednn_exponential(x) - 1) : x, y > 0 ? 1.0f : y + n.a)                         \
	X(hard_sigmoid, limit(n.a * x + n.b, 0, 1), ((y > 0) & (y < 1)) ? n.a : 0.0f)                         \
	X(silu, x * logistic(x), logistic(x) * (1 + x * (1 - logistic(x))))                                   \
	X(hard_swish, x * limit(x + 3, 0, 6) / 6, x < -3 ? 0.0f : x > 3 ? 1.0f : x / 3 + 0.5f)                \
	X(gelu, x * normal(x), normal(x) + x * density(x))                                                    \
	X(gelu_approximate, 0.5f * x * (1 + gelu_tangent(x)), gelu_tangent_slope(x))                          \
	X(tanh, hyperbolic_tangent(x), 1 - y * y)                                                             \
	X(scale, n.a * x + n.b, n.a)                                                                          \
	X(clip, limit(x, n.a, n.b), ((x >= n.a) & (x <= n.b)) ? 1.0f : 0.0f)
/* clang-format on */

/* -------- one pass over images -------- */

struct pass {
	const struct fc_layer *layer;
	struct onednn_view view;
	numbers n;
	bool add;
};

#define EACH(statement)                                                                                              \
	_Pragma("omp simd") for (int64_t i = first * image; i < end * image; i++)                                    \
	{                                                                                                            \
		const float x = xs[i], y = ys[i];                                                                    \
                                                                                                                     \
		(void)x;                                                                                             \
		(void)y;                                                                                             \
		statement;                                                                                           \
	}

/* In forward y is not there yet: what is read as y is x. */
#define X(name, value, slope)                                                                                        \
	ONEDNN_SIMD static void function_##name(const void *context, int64_t first, int64_t end)                     \
	{                                                                                                            \
		const struct pass *const p = context;                                                                \
		const int64_t image = p->view.channels * p->view.pixels;                                             \
		const float *const xs = p->layer->x[0]->data, *const ys = xs;                                        \
		float *const to = p->layer->y->data;                                                                 \
		const numbers n = p->n;                                                                              \
                                                                                                                     \
		(void)n;                                                                                             \
		EACH(to[i] = value)                                                                                  \
	}                                                                                                            \
	ONEDNN_SIMD static void function_##name##_backward(const void *context, int64_t first, int64_t end)          \
	{                                                                                                            \
		const struct pass *const p = context;                                                                \
		const int64_t image = p->view.channels * p->view.pixels;                                             \
		const float *const xs = p->layer->x[0]->data, *const ys = p->layer->y->data;                         \
		const float *const dy = p->layer->dy->data;                                                          \
		float *const dx = p->layer->dx[0]->data;                                                             \
		const numbers n = p->n;                                                                              \
                                                                                                                     \
		(void)n;                                                                                             \
		if (p->add)                                                                                          \
			EACH(dx[i] += dy[i] * (slope))                                                               \
		else                                                                                                 \
			EACH(dx[i] = dy[i] * (slope))                                                                \
	}
FUNCTIONS(X)
#undef X

struct function {
	void (*forward)(const void *context, int64_t first, int64_t end);
	void (*backward)(const void *context, int64_t first, int64_t end);
};

#define ROW(name)                                                                                                    \
	{                                                                                                            \
		function_##name, function_##name##_backward                                                          \
	}

static const struct function functions[FC_OP_COUNT] = {
	[FC_OP_RELU6] = ROW(relu6), [FC_OP_LEAKY_RELU] = ROW(leaky_relu),
	[FC_OP_ELU] = ROW(elu),	    [FC_OP_HARD_SIGMOID] = ROW(hard_sigmoid),
	[FC_OP_SILU] = ROW(silu),   [FC_OP_HARD_SWISH] = ROW(hard_swish),
	[FC_OP_GELU] = ROW(gelu),   [FC_OP_TANH] = ROW(tanh),
	[FC_OP_SCALE] = ROW(scale), [FC_OP_CLIP] = ROW(clip),
};

static const struct function gelu_approximate = ROW(gelu_approximate);

static int function_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	return 0;
}

static int function_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct function *const f = a->approximate ? &gelu_approximate : &functions[layer->node->op];
	const struct pass pass = { layer,
				   onednn_view(layer->y),
				   { (float)a->a, (float)a->b },
				   phase == FC_PHASE_BACKWARD_DATA && layer->accumulate[0] };

	(void)err;
	if (phase == FC_PHASE_FORWARD) {
		onednn_parallel(device, pass.view.images, 8 * layer->y->bytes, f->forward, &pass);
		/* Not every function of zero is zero. */
		onednn_clear_physical(layer->y);
	} else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0]) {
		onednn_parallel(device, pass.view.images, 8 * layer->y->bytes, f->backward, &pass);
	}
	return 0;
}

const struct onednn_leaf onednn_function = { .prepare = function_prepare,
					     .run = function_run,
					     .kernel = "flopclock:function" };
