/*
 * Several values become one, element by element; a side of 1 is repeated along the others', so that its gradient is a sum over
 * them. Every input's element is read before the output's is written: the output of an add may lie on any of them.
 */
#include "reference.h"

/* Where element i of the output finds its own in an input. */
static int64_t source(struct fc_shape out, struct fc_shape in, int64_t i)
{
	const int64_t w = i % out.w, h = i / out.w % out.h, c = i / (out.w * out.h) % out.c, n = i / (out.w * out.h * out.c);

	return (int64_t)reference_at(in, n, in.c == 1 ? 0 : c, in.h == 1 ? 0 : h, in.w == 1 ? 0 : w);
}

static double element(const struct fc_layer *layer, int k, int64_t i)
{
	return ((const float *)layer->x[k]->data)[source(layer->y->shape, layer->x[k]->shape, i)];
}

static double combine(enum fc_op op, double left, double right)
{
	switch (op) {
	case FC_OP_SUBTRACT:
		return left - right;
	case FC_OP_MULTIPLY:
		return left * right;
	case FC_OP_DIVIDE:
		return left / right;
	case FC_OP_MAXIMUM:
		return left >= right ? left : right;
	case FC_OP_MINIMUM:
		return left <= right ? left : right;
	default:
		return left + right;
	}
}

static void forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++) {
		double value = element(layer, 0, i);

		for (int k = 1; k < layer->node->input_count; k++)
			value = combine(layer->node->op, value, element(layer, k, i));
		y[i] = (float)value;
	}
}

/* The chosen one has the whole gradient; of two alike each has half. */
static double chosen(double own, double other, bool largest)
{
	return own == other ? 0.5 : (own > other) == largest;
}

/* The derivative of element i of the output by the k-th input. */
static double slope(const struct fc_layer *layer, int k, int64_t i)
{
	double product = 1;

	switch (layer->node->op) {
	case FC_OP_SUBTRACT:
		return k ? -1 : 1;
	case FC_OP_MULTIPLY:
		for (int other = 0; other < layer->node->input_count; other++)
			product *= other == k ? 1 : element(layer, other, i);
		return product;
	case FC_OP_DIVIDE:
		product = element(layer, 1, i);
		return k ? -element(layer, 0, i) / (product * product) : 1 / product;
	case FC_OP_MAXIMUM:
	case FC_OP_MINIMUM:
		return chosen(element(layer, k, i), element(layer, !k, i), layer->node->op == FC_OP_MAXIMUM);
	default:
		return 1;
	}
}

/* What is repeated gets a sum, which is made in double precision. */
static void backward_input(const struct fc_layer *layer, int k)
{
	const int64_t count = fc_shape_elements(layer->y->shape), size = fc_shape_elements(layer->x[k]->shape);
	const float *dy = layer->dy->data;
	double *sum = layer->scratch;
	float *dx = reference_dx(layer, k);

	for (int64_t i = 0; dx && i < size; i++)
		sum[i] = 0;
	for (int64_t i = 0; dx && i < count; i++)
		sum[source(layer->y->shape, layer->x[k]->shape, i)] += dy[i] * slope(layer, k, i);
	for (int64_t i = 0; dx && i < size; i++)
		reference_give(dx + i, layer->accumulate[k], sum[i]);
}

static void backward(const struct fc_layer *layer)
{
	for (int k = 0; k < layer->node->input_count; k++)
		backward_input(layer, k);
}

static void prepare(struct fc_layer *layer)
{
	if (layer->pass == FC_PASS_TRAIN)
		layer->scratch_bytes = (uint64_t)fc_shape_elements(layer->y->shape) * sizeof(double);
}

const struct reference_leaf reference_broadcast = { prepare, forward, backward, NULL };
