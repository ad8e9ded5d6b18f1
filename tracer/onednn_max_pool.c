/*
 * Max pooling by vectors of channels. Forward leaves, for every output, the tap of its window that won (one byte, or two in
 * huge windows); backward hands the gradient to it.
 */
#include <stdlib.h>

#include "onednn.h"

struct pool {
	const struct fc_layer *layer;
	struct onednn_view in, out;
	struct fc_attributes a;
	int64_t in_h, in_w, out_h, out_w;
	bool wide, add;
};

/* Taps of a window that lie inside the image, in one direction: first ... end - 1. */
struct taps {
	int64_t start, first, end;	/* start: of the window in the image, maybe negative */
};

static inline struct taps taps(int64_t size, int64_t kernel, int64_t stride, int64_t pad, int64_t position)
{
	const int64_t start = position * stride - pad;

	return (struct taps){ start, start < 0 ? -start : 0, start + kernel > size ? size - start : kernel };
}

static inline void put_winner(const struct pool *p, size_t at, int32_t tap)
{
	if (p->wide)
		((uint16_t *)p->layer->saved)[at] = (uint16_t)tap;
	else
		((uint8_t *)p->layer->saved)[at] = (uint8_t)tap;
}

static inline int32_t get_winner(const struct pool *p, size_t at)
{
	return p->wide ? ((const uint16_t *)p->layer->saved)[at] : ((const uint8_t *)p->layer->saved)[at];
}

ONEDNN_INLINE void forward_window(const struct pool *p, const float *x, struct taps r, struct taps s, float *y, size_t at,
				  bool train, const int64_t lanes, const int64_t step)
{
	const float *corner = x + (r.start * p->in_w + s.start) * step;
	float best[ONEDNN_MAX_LANES];
	int32_t winner[ONEDNN_MAX_LANES];

	for (int64_t i = 0; i < lanes; i++) {
		best[i] = corner[(r.first * p->in_w + s.first) * step + i];
		winner[i] = (int32_t)(r.first * p->a.kernel_w + s.first);
	}
	for (int64_t h = r.first; h < r.end; h++)
		for (int64_t w = s.first; w < s.end; w++) {
			const float *from = corner + (h * p->in_w + w) * step;
			const int32_t tap = (int32_t)(h * p->a.kernel_w + w);

#pragma omp simd
			for (int64_t i = 0; i < lanes; i++) {
				/* A NaN wins, so that a training that has gone wrong shows it. */
				const bool wins = from[i] > best[i] || from[i] != from[i];

				winner[i] = wins ? tap : winner[i];
				best[i] = wins ? from[i] : best[i];
			}
		}
	for (int64_t i = 0; i < lanes; i++)
		y[i] = best[i];
	if (train)
		for (int64_t i = 0; i < lanes; i++)
			put_winner(p, at + (size_t)i, winner[i]);
}

ONEDNN_INLINE void forward_plane(const struct pool *p, int64_t n, int64_t group, const int64_t lanes, const int64_t step)
{
	const float *x = (const float *)p->layer->x[0]->data + onednn_plane(&p->in, n, group);
	const size_t plane = onednn_plane(&p->out, n, group);
	const bool train = p->layer->pass == FC_PASS_TRAIN;
	float *y = p->layer->y->data;

	for (int64_t h = 0; h < p->out_h; h++) {
		const struct taps r = taps(p->in_h, p->a.kernel_h, p->a.stride_h, p->a.pad_h, h);

		for (int64_t w = 0; w < p->out_w; w++) {
			const struct taps s = taps(p->in_w, p->a.kernel_w, p->a.stride_w, p->a.pad_w, w);
			const size_t at = plane + (size_t)((h * p->out_w + w) * step);

			forward_window(p, x, r, s, y + at, at, train, lanes, step);
		}
	}
}

ONEDNN_INLINE void backward_window(const struct pool *p, float *dx, struct taps r, struct taps s, const float *dy,
				   size_t at, const int64_t lanes, const int64_t step)
{
	float *corner = dx + (r.start * p->in_w + s.start) * step;
	int32_t winner[ONEDNN_MAX_LANES];

	for (int64_t i = 0; i < lanes; i++)
		winner[i] = get_winner(p, at + (size_t)i);
	for (int64_t h = r.first; h < r.end; h++)
		for (int64_t w = s.first; w < s.end; w++) {
			float *to = corner + (h * p->in_w + w) * step;
			const int32_t tap = (int32_t)(h * p->a.kernel_w + w);

#pragma omp simd
			for (int64_t i = 0; i < lanes; i++)
				to[i] += winner[i] == tap ? dy[i] : 0;
		}
}

ONEDNN_INLINE void backward_plane(const struct pool *p, int64_t n, int64_t group, const int64_t lanes, const int64_t step)
{
	float *dx = (float *)p->layer->dx[0]->data + onednn_plane(&p->in, n, group);
	const size_t plane = onednn_plane(&p->out, n, group);
	const float *dy = p->layer->dy->data;

	if (!p->add)
		for (int64_t k = 0; k < p->in.pixels; k++)
			for (int64_t i = 0; i < lanes; i++)
				dx[k * step + i] = 0;
	for (int64_t h = 0; h < p->out_h; h++) {
		const struct taps r = taps(p->in_h, p->a.kernel_h, p->a.stride_h, p->a.pad_h, h);

		for (int64_t w = 0; w < p->out_w; w++) {
			const struct taps s = taps(p->in_w, p->a.kernel_w, p->a.stride_w, p->a.pad_w, w);
			const size_t at = plane + (size_t)((h * p->out_w + w) * step);

			backward_window(p, dx, r, s, dy + at, at, lanes, step);
		}
	}
}

ONEDNN_SIMD static void forward_planes(const void *context, int64_t first, int64_t end)
{
	const struct pool *p = context;

	for (int64_t unit = first; unit < end; unit++)
		ONEDNN_LANES(&p->in, forward_plane, p, unit / p->in.groups, unit % p->in.groups);
}

ONEDNN_SIMD static void backward_planes(const void *context, int64_t first, int64_t end)
{
	const struct pool *p = context;

	for (int64_t unit = first; unit < end; unit++)
		ONEDNN_LANES(&p->in, backward_plane, p, unit / p->in.groups, unit % p->in.groups);
}

static bool wide_winners(const struct fc_layer *layer)
{
	return layer->node->attributes.kernel_h * layer->node->attributes.kernel_w > 256;
}

static int pool_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const struct pool p = {
		layer, onednn_view(layer->x[0]), onednn_view(layer->y), layer->node->attributes,
		in.h,  in.w,			 out.h,			out.w,
		wide_winners(layer),		 phase == FC_PHASE_BACKWARD_DATA && layer->accumulate[0],
	};
	const uint64_t bytes = layer->x[0]->bytes + 2 * layer->y->bytes;

	(void)err;
	if (phase == FC_PHASE_FORWARD)
		onednn_parallel(device, p.in.images * p.in.groups, bytes, forward_planes, &p);
	else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0])
		onednn_parallel(device, p.in.images * p.in.groups, bytes, backward_planes, &p);
	return 0;
}

static int pool_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)device;
	if (layer->node->attributes.kernel_h * layer->node->attributes.kernel_w > 65536)
		return fc_fail(err, "windows of more than 65536 pixels are not supported");
	onednn_choose_activation(layer->y, onednn_layout(layer->x[0])->block);
	if (layer->pass == FC_PASS_TRAIN)
		layer->saved_bytes = onednn_floats(layer->y) * (wide_winners(layer) ? sizeof(uint16_t) : sizeof(uint8_t));
	return 0;
}

const struct onednn_leaf onednn_max_pool = { .prepare = pool_prepare, .run = pool_run, .kernel = "flopclock:max_pool" };
