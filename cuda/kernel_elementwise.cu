/*
 * The elementwise functions that have no kernel of their own, and their slopes: formulas as in the reference backend. Which function
 * it is is known at run time only; memory is what they wait for.
 */
#include "kernel_flat.h"

DEVICE float limit(float x, float low, float high)
{
	return x < low ? low : x > high ? high : x;
}

DEVICE float logistic(float x)
{
	return 1 / (1 + expf(-x));
}

DEVICE float softplus(float x)
{
	return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x));
}

/* The normal distribution, and its density. */
DEVICE float normal(float x)
{
	return 0.5f * erfcf(-x * 0.70710678118654752f);
}

DEVICE float density(float x)
{
	return 0.39894228040143268f * expf(-0.5f * x * x);
}

/* The argument of the hyperbolic tangent in gelu's approximation. */
DEVICE float gelu_inner(float x)
{
	return 0.79788456080286536f * (x + 0.044715f * x * x * x);
}

DEVICE float gelu_value(float x, int approximate)
{
	return approximate ? 0.5f * x * (1 + tanhf(gelu_inner(x))) : x * normal(x);
}

DEVICE float gelu_slope(float x, int approximate)
{
	const float t = tanhf(gelu_inner(x));

	if (!approximate)
		return normal(x) + x * density(x);
	return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * 0.79788456080286536f * (1 + 3 * 0.044715f * x * x);
}

DEVICE float mish_slope(float x)
{
	const float t = tanhf(softplus(x));

	return t + x * (1 - t * t) * logistic(x);
}

CALLED float elementwise_value(const struct elementwise_args *f, float x)
{
	switch (f->op) {
	case FC_OP_RELU6:
		return limit(x, 0, 6);
	case FC_OP_LEAKY_RELU:
		return x < 0 ? f->a * x : x;
	case FC_OP_ELU:
		return x < 0 ? f->a * expm1f(x) : x;
	case FC_OP_HARD_SIGMOID:
		return limit(f->a * x + f->b, 0, 1);
	case FC_OP_SILU:
		return x * logistic(x);
	case FC_OP_HARD_SWISH:
		return x * limit(x + 3, 0, 6) / 6;
	case FC_OP_GELU:
		return gelu_value(x, f->approximate);
	case FC_OP_MISH:
		return x * tanhf(softplus(x));
	case FC_OP_TANH:
		return tanhf(x);
	case FC_OP_SOFTPLUS:
		return softplus(x);
	case FC_OP_EXP:
		return expf(x);
	case FC_OP_LOG:
		return logf(x);
	case FC_OP_SQRT:
		return sqrtf(x);
	case FC_OP_ERF:
		return erff(x);
	case FC_OP_ABS:
		return fabsf(x);
	case FC_OP_POWER:
		return powf(x, f->a);
	case FC_OP_SCALE:
		return f->a * x + f->b;
	default:
		return limit(x, f->a, f->b);
	}
}

/* Where y may have taken the place of x, by y alone. */
CALLED float elementwise_slope(const struct elementwise_args *f, float x, float y)
{
	switch (f->op) {
	case FC_OP_RELU6:
		return y > 0 && y < 6;
	case FC_OP_LEAKY_RELU:
		return y > 0 ? 1 : f->a;
	case FC_OP_ELU:
		return y > 0 ? 1 : y + f->a;
	case FC_OP_HARD_SIGMOID:
		return y > 0 && y < 1 ? f->a : 0;
	case FC_OP_SILU:
		return logistic(x) * (1 + x * (1 - logistic(x)));
	case FC_OP_HARD_SWISH:
		return x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5f;
	case FC_OP_GELU:
		return gelu_slope(x, f->approximate);
	case FC_OP_MISH:
		return mish_slope(x);
	case FC_OP_TANH:
		return 1 - y * y;
	case FC_OP_SOFTPLUS:
		return -expm1f(-y);
	case FC_OP_EXP:
		return y;
	case FC_OP_LOG:
		return 1 / x;
	case FC_OP_SQRT:
		return 0.5f / y;
	case FC_OP_ERF:
		return 1.1283791670955126f * expf(-x * x);
	case FC_OP_ABS:
		return (float)(x > 0) - (float)(x < 0);
	case FC_OP_POWER:
		return f->a == 0 ? 0 : f->a * powf(x, f->a - 1);
	case FC_OP_SCALE:
		return f->a;
	default:
		return x >= f->a && x <= f->b;
	}
}

DEVICE void elementwise(const struct elementwise_args *a, const enum gpu_type type)
{
	const int width = pack_width(type);

	if (flat_whole(a->count, a->vector, width)) {
		UNROLL
		for (int j = 0; j < FLAT_PACKS; j++) {
			struct pack p = pack_load(a->x, flat_pack(j, width), type, width);

			UNROLL
			for (int k = 0; k < width; k++)
				p.v[k] = elementwise_value(a, p.v[k]);
			pack_store(a->out, flat_pack(j, width), type, width, &p);
		}
		return;
	}
	for (int64_t i = flat_first(width); i < flat_end(a->count, width); i += BLOCK_THREADS)
		value_store(a->out, i, type, elementwise_value(a, value_load(a->x, i, type)));
}

DEVICE float elementwise_gradient(const struct elementwise_args *a, const enum gpu_type type, int64_t i)
{
	const float x = a->x ? value_load(a->x, i, type) : 0, y = a->y ? value_load(a->y, i, type) : 0;
	const float old = a->accumulate ? value_load(a->out, i, type) : 0;

	return given(a->accumulate, old, value_load(a->dy, i, type) * elementwise_slope(a, x, y));
}

DEVICE void elementwise_packs(const struct elementwise_args *a, const enum gpu_type type)
{
	const int width = pack_width(type);

	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++) {
		const int64_t at = flat_pack(j, width);
		const struct pack x = pack_open(pack_fetch_if(a->x != 0, a->x, at, type, width), type);
		const struct pack y = pack_open(pack_fetch_if(a->y != 0, a->y, at, type, width), type);
		const struct pack old = pack_open(pack_fetch_if(a->accumulate, a->out, at, type, width), type);
		struct pack p = pack_load(a->dy, at, type, width);

		UNROLL
		for (int k = 0; k < width; k++)
			p.v[k] = given(a->accumulate, old.v[k], p.v[k] * elementwise_slope(a, x.v[k], y.v[k]));
		pack_store(a->out, at, type, width, &p);
	}
}

DEVICE void elementwise_backward(const struct elementwise_args *a, const enum gpu_type type)
{
	const int width = pack_width(type);

	if (flat_whole(a->count, a->vector, width)) {
		elementwise_packs(a, type);
		return;
	}
	for (int64_t i = flat_first(width); i < flat_end(a->count, width); i += BLOCK_THREADS)
		value_store(a->out, i, type, elementwise_gradient(a, type, i));
}

TYPED_KERNEL(elementwise, elementwise_args, BLOCK_THREADS, elementwise)
TYPED_KERNEL(elementwise_backward, elementwise_args, BLOCK_THREADS, elementwise_backward)
