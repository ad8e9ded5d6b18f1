/* matmul: for each image and channel y = a b, where a or b may be taken transposed; da = dy b', db = a' dy. */
#include "reference.h"

/* Matrices of one shape behind each other, seen as they are or transposed. */
struct matrices {
	const float *data;
	int64_t rows, columns, row_stride, column_stride, size;
};

static struct matrices matrices(const struct fc_tensor *tensor, bool transpose)
{
	const struct fc_shape s = tensor->shape;

	return transpose ? (struct matrices){ tensor->data, s.w, s.h, 1, s.w, s.h * s.w } :
			   (struct matrices){ tensor->data, s.h, s.w, s.w, 1, s.h * s.w };
}

static struct matrices transposed(struct matrices m)
{
	return (struct matrices){ m.data, m.columns, m.rows, m.column_stride, m.row_stride, m.size };
}

/* Element (i, j) of the product of the n-th two. */
static double product(const struct matrices *a, const struct matrices *b, int64_t n, int64_t i, int64_t j)
{
	const float *const row = a->data + n * a->size + i * a->row_stride, *const column = b->data + n * b->size +
											    j * b->column_stride;
	double sum = 0;

	for (int64_t k = 0; k < a->columns; k++)
		sum += (double)row[k * a->column_stride] * column[k * b->row_stride];
	return sum;
}

static void matmul_forward(const struct fc_layer *layer)
{
	const struct matrices a = matrices(layer->x[0], layer->node->attributes.transpose_a);
	const struct matrices b = matrices(layer->x[1], layer->node->attributes.transpose_b);
	const struct fc_shape s = layer->y->shape;
	float *y = layer->y->data;

	for (int64_t n = 0; n < s.n * s.c; n++)
		for (int64_t i = 0; i < s.h; i++)
			for (int64_t j = 0; j < s.w; j++)
				y[(n * s.h + i) * s.w + j] = (float)product(&a, &b, n, i, j);
}

/* The gradient of an input is a product of the others; where the input was taken transposed, so is its gradient. */
static void give(const struct fc_layer *layer, int k, const struct matrices *left, const struct matrices *right)
{
	const struct fc_shape s = layer->x[k]->shape;
	const bool transpose = k ? layer->node->attributes.transpose_b : layer->node->attributes.transpose_a;
	float *dx = reference_dx(layer, k);

	for (int64_t n = 0; dx && n < s.n * s.c; n++)
		for (int64_t i = 0; i < s.h; i++)
			for (int64_t j = 0; j < s.w; j++)
				reference_give(dx + (n * s.h + i) * s.w + j, layer->accumulate[k],
					       product(left, right, n, transpose ? j : i, transpose ? i : j));
}

static void matmul_backward(const struct fc_layer *layer)
{
	const struct matrices a = transposed(matrices(layer->x[0], layer->node->attributes.transpose_a));
	const struct matrices b = transposed(matrices(layer->x[1], layer->node->attributes.transpose_b));
	const struct matrices dy = matrices(layer->dy, false);

	give(layer, 0, &dy, &b);
	give(layer, 1, &a, &dy);
}

const struct reference_leaf reference_matmul = { NULL, matmul_forward, matmul_backward, NULL };
