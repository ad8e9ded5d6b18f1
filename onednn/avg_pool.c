/*
 * Average and adaptive average pooling by vectors of channels: both are means of boxes, whose extents are computed
 * once. Formulas: reference_avg_pool.c.
 */
#include <stdlib.h>

#include "flopclock/arena.h"
#include "onednn.h"

/* One direction of a box: the pixels inside the image, and the factor that makes a sum a mean. */
struct extent {
	int64_t first, end;
	float factor;
};

struct boxes {
	int64_t rows, columns;
	struct extent extents[]; /* of the output's rows, then of its columns */
};

struct pool {
	const struct fc_layer *layer;
	const struct boxes *boxes;
	struct onednn_view in, out;
	int64_t in_w;
	bool add;
};

static struct extent window(int64_t size, int64_t kernel, int64_t stride, int64_t pad, int64_t position)
{
	const int64_t first = position * stride - pad,
		      end = first + kernel < size + pad ? first + kernel : size + pad;

	return (struct extent){ first < 0 ? 0 : first, end < size ? end : size, 1 / (float)(end - first) };
}

static struct extent bin(int64_t size, int64_t bins, int64_t position)
{
	const int64_t first = position * size / bins, end = ((position + 1) * size + bins - 1) / bins;

	return (struct extent){ first, end, 1 / (float)(end - first) };
}

ONEDNN_INLINE void forward_plane(const struct pool *p, int64_t n, int64_t group, const int64_t lanes,
				 const int64_t step)
{
	const struct extent *rows = p->boxes->extents, *columns = rows + p->boxes->rows;
	const float *x = (const float *)p->layer->x[0]->data + onednn_plane(&p->in, n, group);
	float *y = (float *)p->layer->y->data + onednn_plane(&p->out, n, group);

	for (int64_t i = 0; i < p->boxes->rows; i++)
		for (int64_t j = 0; j < p->boxes->columns; j++) {
			const float factor = rows[i].factor * columns[j].factor;
			float sum[ONEDNN_MAX_LANES] = { 0 };

			for (int64_t h = rows[i].first; h < rows[i].end; h++)
				for (int64_t w = columns[j].first; w < columns[j].end; w++)
#pragma omp simd
					for (int64_t k = 0; k < lanes; k++)
						sum[k] += x[(h * p->in_w + w) * step + k];
			for (int64_t k = 0; k < lanes; k++)
				y[(i * p->boxes->columns + j) * step + k] = sum[k] * factor;
		}
}

ONEDNN_INLINE void backward_plane(const struct pool *p, int64_t n, int64_t group, const int64_t lanes,
				  const int64_t step)
{
	const struct extent *rows = p->boxes->extents, *columns = rows + p->boxes->rows;
	const float *dy = (const float *)p->layer->dy->data + onednn_plane(&p->out, n, group);
	float *dx = (float *)p->layer->dx[0]->data + onednn_plane(&p->in, n, group);

	if (!p->add)
		for (int64_t k = 0; k < p->in.pixels; k++)
			for (int64_t i = 0; i < lanes; i++)
				dx[k * step + i] = 0;
	for (int64_t i = 0; i < p->boxes->rows; i++)
		for (int64_t j = 0; j < p->boxes->columns; j++) {
			const float factor = rows[i].factor * columns[j].factor;
			float share[ONEDNN_MAX_LANES];

			for (int64_t k = 0; k < lanes; k++)
				share[k] = dy[(i * p->boxes->columns + j) * step + k] * factor;
			for (int64_t h = rows[i].first; h < rows[i].end; h++)
				for (int64_t w = columns[j].first; w < columns[j].end; w++)
#pragma omp simd
					for (int64_t k = 0; k < lanes; k++)
						dx[(h * p->in_w + w) * step + k] += share[k];
		}
}

ONEDNN_SIMD static void avg_forward_planes(const void *context, int64_t first, int64_t end)
{
	const struct pool *p = context;

	for (int64_t unit = first; unit < end; unit++)
		ONEDNN_LANES(&p->in, forward_plane, p, unit / p->in.groups, unit % p->in.groups);
}

ONEDNN_SIMD static void avg_backward_planes(const void *context, int64_t first, int64_t end)
{
	const struct pool *p = context;

	for (int64_t unit = first; unit < end; unit++)
		ONEDNN_LANES(&p->in, backward_plane, p, unit / p->in.groups, unit % p->in.groups);
}

static int pool_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct pool p = {
		layer,
		layer->impl,
		onednn_view(layer->x[0]),
		onednn_view(layer->y),
		layer->x[0]->shape.w,
		phase == FC_PHASE_BACKWARD_DATA && layer->accumulate[0],
	};
	const uint64_t bytes = layer->x[0]->bytes + layer->y->bytes;

	(void)err;
	if (phase == FC_PHASE_FORWARD)
		onednn_parallel(device, p.in.images * p.in.groups, bytes, avg_forward_planes, &p);
	else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0])
		onednn_parallel(device, p.in.images * p.in.groups, bytes, avg_backward_planes, &p);
	return 0;
}

static int pool_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct fc_attributes *a = &layer->node->attributes;
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const bool adaptive = layer->node->op == FC_OP_ADAPTIVE_AVG_POOL;
	struct boxes *boxes = fc_calloc(1, sizeof(*boxes) + (size_t)(out.h + out.w) * sizeof(struct extent));

	(void)err;
	boxes->rows = out.h;
	boxes->columns = out.w;
	for (int64_t i = 0; i < out.h; i++)
		boxes->extents[i] =
			adaptive ? bin(in.h, out.h, i) : window(in.h, a->kernel_h, a->stride_h, a->pad_h, i);
	for (int64_t j = 0; j < out.w; j++)
		boxes->extents[out.h + j] =
			adaptive ? bin(in.w, out.w, j) : window(in.w, a->kernel_w, a->stride_w, a->pad_w, j);
	layer->impl = boxes;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	return 0;
}

/* The same code for both: only the boxes differ. */
const struct onednn_leaf onednn_avg_pool = { .prepare = pool_prepare,
					     .run = pool_run,
					     .kernel = "flopclock:avg_pool" };
