/*
 * Along one axis: softmax y_i = exp(x_i - max) / sum of exp(x - max), dx_i = y_i (dy_i - sum of dy y); mean. For softmax y may
 * lie where x lies, dx where dy lies.
 */
#include <math.h>

#include "reference.h"

/* The lines of a tensor along an axis: element j of line l is at begin(l) + j * stride. */
struct lines {
	int64_t count, size, stride;
};

static struct lines lines_of(struct fc_shape s, int64_t axis)
{
	const int64_t sides[] = { s.n, s.c, s.h, s.w };
	struct lines l = { .size = sides[axis], .stride = 1 };

	for (int64_t inner = axis + 1; inner < 4; inner++)
		l.stride *= sides[inner];
	l.count = fc_shape_elements(s) / l.size;
	return l;
}

static int64_t begin(const struct lines *l, int64_t line)
{
	return line / l->stride * l->size * l->stride + line % l->stride;
}

static void softmax_line(const float *x, float *y, const struct lines *l)
{
	double largest = -INFINITY, sum = 0;

	for (int64_t j = 0; j < l->size; j++)
		largest = fmax(largest, x[j * l->stride]);
	for (int64_t j = 0; j < l->size; j++)
		sum += exp(x[j * l->stride] - largest);
	for (int64_t j = 0; j < l->size; j++)
		y[j * l->stride] = (float)(exp(x[j * l->stride] - largest) / sum);
}

static void softmax_forward(const struct fc_layer *layer)
{
	const struct lines l = lines_of(layer->y->shape, layer->node->attributes.axis);

	for (int64_t line = 0; line < l.count; line++)
		softmax_line((const float *)layer->x[0]->data + begin(&l, line), (float *)layer->y->data + begin(&l, line), &l);
}

static void softmax_backward(const struct fc_layer *layer)
{
	const struct lines l = lines_of(layer->y->shape, layer->node->attributes.axis);
	float *dx = reference_dx(layer, 0);

	for (int64_t line = 0; dx && line < l.count; line++) {
		const float *y = (const float *)layer->y->data + begin(&l, line);
		const float *dy = (const float *)layer->dy->data + begin(&l, line);
		double sum = 0;

		for (int64_t j = 0; j < l.size; j++)
			sum += (double)dy[j * l.stride] * y[j * l.stride];
		for (int64_t j = 0; j < l.size; j++)
			reference_give(dx + begin(&l, line) + j * l.stride, layer->accumulate[0],
				       y[j * l.stride] * (dy[j * l.stride] - sum));
	}
}

static void mean_forward(const struct fc_layer *layer)
{
	const struct lines l = lines_of(layer->x[0]->shape, layer->node->attributes.axis);

	for (int64_t line = 0; line < l.count; line++) {
		const float *x = (const float *)layer->x[0]->data + begin(&l, line);
		double sum = 0;

		for (int64_t j = 0; j < l.size; j++)
			sum += x[j * l.stride];
		((float *)layer->y->data)[line] = (float)(sum / (double)l.size);
	}
}

static void mean_backward(const struct fc_layer *layer)
{
	const struct lines l = lines_of(layer->x[0]->shape, layer->node->attributes.axis);
	float *dx = reference_dx(layer, 0);

	for (int64_t line = 0; dx && line < l.count; line++)
		for (int64_t j = 0; j < l.size; j++)
			reference_give(dx + begin(&l, line) + j * l.stride, layer->accumulate[0],
				       ((const float *)layer->dy->data)[line] / (double)l.size);
}

const struct reference_leaf reference_softmax = { NULL, softmax_forward, softmax_backward, NULL };
const struct reference_leaf reference_mean = { NULL, mean_forward, mean_backward, NULL };
