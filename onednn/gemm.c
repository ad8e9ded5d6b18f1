/* What multiplies matrices that lie plainly: linear layers and matmul, by the library's sgemm, row-major. */
#include <string.h>

#include "plain.h"

/* c (m, n) = op(a) op(b) or +=; a has lda values a row as it lies, b ldb. */
static int multiply(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
		    const float *b, int64_t ldb, bool add, float *c)
{
	return dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1, a, lda, b, ldb, add ? 1 : 0,
			  c, n) == dnnl_success
		       ? 0
		       : -1;
}

/* -------- linear: y = x w' + b for every row of x -------- */

struct sums {
	const float *dy;
	float *db;
	int64_t rows, out;
};

/* Of columns first ... end - 1, in double precision. */
static void sum_columns(const void *context, int64_t first, int64_t end)
{
	const struct sums *const s = context;

	for (int64_t j = first; j < end; j++) {
		double sum = 0;

		for (int64_t i = 0; i < s->rows; i++)
			sum += s->dy[i * s->out + j];
		s->db[j] = (float)sum;
	}
}

static int linear_forward(const struct fc_layer *layer, int64_t rows, int64_t in, int64_t out)
{
	const bool bias = layer->node->attributes.bias;
	float *const y = layer->y->data;

	for (int64_t i = 0; bias && i < rows; i++)
		memcpy(y + i * out, layer->param[1]->data, (size_t)out * sizeof(float));
	return multiply(false, true, rows, out, in, layer->x[0]->data, in, layer->param[0]->data, in, bias, y);
}

int onednn_linear(const struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	const struct fc_shape x = layer->x[0]->shape;
	const int64_t rows = x.n * x.c * x.h, in = x.w, out = layer->y->shape.w;

	if (phase == FC_PHASE_FORWARD)
		return linear_forward(layer, rows, in, out);
	if (phase == FC_PHASE_BACKWARD_DATA)
		return layer->dx[0] ? multiply(false, false, rows, in, out, layer->dy->data, out,
					       layer->param[0]->data, in, layer->accumulate[0], layer->dx[0]->data)
				    : 0;
	if (layer->node->attributes.bias) {
		const struct sums s = { layer->dy->data, layer->param_gradient[1]->data, rows, out };

		onednn_parallel(device, out, layer->dy->bytes, sum_columns, &s);
	}
	return multiply(true, false, out, in, rows, layer->dy->data, out, layer->x[0]->data, in, false,
			layer->param_gradient[0]->data);
}

/* -------- matmul: y = op(a) op(b) for every image and channel -------- */

struct products {
	const struct fc_layer *layer;
	enum fc_phase phase;
	int *refused; /* set by any thread */
};

static float *matrix(const struct fc_tensor *tensor, int64_t i)
{
	return (float *)tensor->data + i * tensor->shape.h * tensor->shape.w;
}

/* The gradient of a, which is k x m as it lies where it is taken transposed. */
static int differentiate_a(const struct fc_layer *layer, int64_t i)
{
	const bool ta = layer->node->attributes.transpose_a, tb = layer->node->attributes.transpose_b;
	const struct fc_shape a = layer->x[0]->shape, b = layer->x[1]->shape, y = layer->y->shape;
	const float *const dy = matrix(layer->dy, i), *const right = matrix(layer->x[1], i);
	float *const da = matrix(layer->dx[0], i);

	if (ta)
		return multiply(tb, true, a.h, a.w, y.w, right, b.w, dy, y.w, layer->accumulate[0], da);
	return multiply(false, !tb, a.h, a.w, y.w, dy, y.w, right, b.w, layer->accumulate[0], da);
}

static int differentiate_b(const struct fc_layer *layer, int64_t i)
{
	const bool ta = layer->node->attributes.transpose_a, tb = layer->node->attributes.transpose_b;
	const struct fc_shape a = layer->x[0]->shape, b = layer->x[1]->shape, y = layer->y->shape;
	const float *const dy = matrix(layer->dy, i), *const left = matrix(layer->x[0], i);
	float *const db = matrix(layer->dx[1], i);

	if (tb)
		return multiply(true, ta, b.h, b.w, y.h, dy, y.w, left, a.w, layer->accumulate[1], db);
	return multiply(!ta, false, b.h, b.w, y.h, left, a.w, dy, y.w, layer->accumulate[1], db);
}

static int multiply_matrices(const struct fc_layer *layer, int64_t i)
{
	const bool ta = layer->node->attributes.transpose_a, tb = layer->node->attributes.transpose_b;
	const struct fc_shape a = layer->x[0]->shape, b = layer->x[1]->shape, y = layer->y->shape;

	return multiply(ta, tb, y.h, y.w, ta ? a.h : a.w, matrix(layer->x[0], i), a.w, matrix(layer->x[1], i), b.w,
			false, matrix(layer->y, i));
}

static int run_matrices(const struct fc_layer *layer, enum fc_phase phase, int64_t i)
{
	if (phase == FC_PHASE_FORWARD)
		return multiply_matrices(layer, i);
	if (layer->dx[0] && differentiate_a(layer, i))
		return -1;
	return layer->dx[1] ? differentiate_b(layer, i) : 0;
}

static void matmul_matrices(const void *context, int64_t first, int64_t end)
{
	const struct products *const p = context;

	for (int64_t i = first; i < end; i++)
		if (run_matrices(p->layer, p->phase, i))
			__atomic_store_n(p->refused, -1, __ATOMIC_RELAXED);
}

/* A matrix is small: threads take whole ones. */
int onednn_matmul(const struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	int refused = 0;
	const struct products p = { layer, phase, &refused };

	if (phase != FC_PHASE_BACKWARD_WEIGHTS)
		onednn_parallel(device, layer->y->shape.n * layer->y->shape.c, 8 * layer->y->bytes, matmul_matrices,
				&p);
	return refused;
}
