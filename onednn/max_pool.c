/*
 * Max pooling by vectors of channels. Forward leaves, for every output, the tap of its window that won (one byte, or
 * two in huge windows); backward hands the gradient to it.
 */
#include <math.h>
#include <string.h>

#include "onednn.h"

struct pool {
	const struct fc_layer *layer;
	struct onednn_view in, out;
	struct fc_attributes a;
	int64_t in_h, in_w, out_h, out_w;
	bool wide, add;
};

/* So many windows beside each other are worked on at once, tap by tap: long loops without branches. */
enum { RUN = 32 };

/* Columns first ... end - 1 of an output row; its windows start in input row `top`, their taps first_tap ... end_tap - 1
 * lie inside. */
struct run {
	int64_t first, end, top, first_tap, end_tap;
};

static inline int64_t at_least(int64_t value, int64_t low)
{
	return value < low ? low : value;
}

static inline int64_t at_most(int64_t value, int64_t high)
{
	return value > high ? high : value;
}

static inline struct run run_at(const struct pool *p, int64_t row, int64_t column)
{
	const int64_t top = row * p->a.stride_h - p->a.pad_h;

	return (struct run){ column, at_most(column + RUN, p->out_w), top, at_least(-top, 0),
			     at_most(p->a.kernel_h, p->in_h - top) };
}

/* The part of a run whose windows have tap column s inside the image. */
static inline struct run with_tap(const struct pool *p, struct run run, int64_t s)
{
	const int64_t stride = p->a.stride_w, before = p->a.pad_w - s;

	if (before > 0)
		run.first = at_least((before + stride - 1) / stride, run.first);
	run.end = p->in_w - 1 + before < 0 ? run.first : at_most((p->in_w - 1 + before) / stride + 1, run.end);
	return run;
}

/* The winners of a run to and from the saved bytes. */
ONEDNN_INLINE void put_winners(const struct pool *p, size_t at, const int32_t *winner, int64_t count)
{
	uint16_t *words = (uint16_t *)p->layer->saved + at;
	uint8_t *bytes = (uint8_t *)p->layer->saved + at;

	if (p->wide) {
		for (int64_t i = 0; i < count; i++)
			words[i] = (uint16_t)winner[i];
		return;
	}
#pragma omp simd
	for (int64_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)winner[i];
}

ONEDNN_INLINE void get_winners(const struct pool *p, size_t at, int32_t *winner, int64_t count)
{
	const uint16_t *words = (const uint16_t *)p->layer->saved + at;
	const uint8_t *bytes = (const uint8_t *)p->layer->saved + at;

	if (p->wide) {
		for (int64_t i = 0; i < count; i++)
			winner[i] = words[i];
		return;
	}
#pragma omp simd
	for (int64_t i = 0; i < count; i++)
		winner[i] = bytes[i];
}

/* One tap of every window of a run against the best so far. A NaN wins: training gone wrong shall show it. */
ONEDNN_INLINE void forward_tap(const struct pool *p, const float *x, struct run run, int64_t s, int32_t tap,
			       float *best, int32_t *winner, const int64_t lanes, const int64_t step)
{
	const struct run r = with_tap(p, run, s);

	x += (s - p->a.pad_w) * step;
	best -= run.first * lanes;
	winner -= run.first * lanes;
	for (int64_t w = r.first; w < r.end; w++)
#pragma omp simd
		for (int64_t i = 0; i < lanes; i++) {
			const float value = x[w * p->a.stride_w * step + i], old = best[w * lanes + i];
			const bool wins = (value > old) | (value != value);

			best[w * lanes + i] = wins ? value : old;
			winner[w * lanes + i] = wins ? tap : winner[w * lanes + i];
		}
}

ONEDNN_INLINE void forward_run(const struct pool *p, const float *x, size_t plane, int64_t row, struct run run,
			       const int64_t lanes, const int64_t step)
{
	const int64_t count = (run.end - run.first) * lanes;
	const size_t at = plane + (size_t)((row * p->out_w + run.first) * step);
	float best[RUN * ONEDNN_MAX_LANES], *y = (float *)p->layer->y->data + at;
	int32_t winner[RUN * ONEDNN_MAX_LANES];

	for (int64_t w = run.first; w < run.end; w++) {
		/* Should every value be minus infinity: the first tap inside. */
		const int32_t first =
			(int32_t)(run.first_tap * p->a.kernel_w + at_least(p->a.pad_w - w * p->a.stride_w, 0));

#pragma omp simd
		for (int64_t i = 0; i < lanes; i++) {
			best[(w - run.first) * lanes + i] = -INFINITY;
			winner[(w - run.first) * lanes + i] = first;
		}
	}
	for (int64_t r = run.first_tap; r < run.end_tap; r++)
		for (int64_t s = 0; s < p->a.kernel_w; s++)
			forward_tap(p, x + (run.top + r) * p->in_w * step, run, s, (int32_t)(r * p->a.kernel_w + s),
				    best, winner, lanes, step);
	memcpy(y, best, (size_t)count * sizeof(float));
	if (p->layer->pass == FC_PASS_TRAIN)
		put_winners(p, at, winner, count);
}

ONEDNN_INLINE void forward_plane(const struct pool *p, int64_t n, int64_t group, const int64_t lanes,
				 const int64_t step)
{
	const float *x = (const float *)p->layer->x[0]->data + onednn_plane(&p->in, n, group);
	const size_t plane = onednn_plane(&p->out, n, group);

	for (int64_t row = 0; row < p->out_h; row++)
		for (int64_t column = 0; column < p->out_w; column += RUN)
			forward_run(p, x, plane, row, run_at(p, row, column), lanes, step);
}

ONEDNN_INLINE void backward_tap(const struct pool *p, float *dx, struct run run, int64_t s, int32_t tap,
				const float *dy, const int32_t *winner, const int64_t lanes, const int64_t step)
{
	const struct run r = with_tap(p, run, s);

	dx += (s - p->a.pad_w) * step;
	dy -= run.first * lanes;
	winner -= run.first * lanes;
	for (int64_t w = r.first; w < r.end; w++)
#pragma omp simd
		for (int64_t i = 0; i < lanes; i++)
			dx[w * p->a.stride_w * step + i] += winner[w * lanes + i] == tap ? dy[w * lanes + i] : 0;
}

ONEDNN_INLINE void backward_run(const struct pool *p, float *dx, size_t plane, int64_t row, struct run run,
				const int64_t lanes, const int64_t step)
{
	const size_t at = plane + (size_t)((row * p->out_w + run.first) * step);
	const float *dy = (const float *)p->layer->dy->data + at;
	int32_t winner[RUN * ONEDNN_MAX_LANES];

	get_winners(p, at, winner, (run.end - run.first) * lanes);
	for (int64_t r = run.first_tap; r < run.end_tap; r++)
		for (int64_t s = 0; s < p->a.kernel_w; s++)
			backward_tap(p, dx + (run.top + r) * p->in_w * step, run, s, (int32_t)(r * p->a.kernel_w + s),
				     dy, winner, lanes, step);
}

ONEDNN_INLINE void backward_plane(const struct pool *p, int64_t n, int64_t group, const int64_t lanes,
				  const int64_t step)
{
	float *dx = (float *)p->layer->dx[0]->data + onednn_plane(&p->in, n, group);
	const size_t plane = onednn_plane(&p->out, n, group);

	if (!p->add)
		memset(dx, 0, (size_t)(p->in.pixels * step) * sizeof(float));
	for (int64_t row = 0; row < p->out_h; row++)
		for (int64_t column = 0; column < p->out_w; column += RUN)
			backward_run(p, dx, plane, row, run_at(p, row, column), lanes, step);
}

ONEDNN_SIMD static void max_forward_planes(const void *context, int64_t first, int64_t end)
{
	const struct pool *p = context;

	for (int64_t unit = first; unit < end; unit++)
		ONEDNN_LANES(&p->in, forward_plane, p, unit / p->in.groups, unit % p->in.groups);
}

ONEDNN_SIMD static void max_backward_planes(const void *context, int64_t first, int64_t end)
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
		layer,
		onednn_view(layer->x[0]),
		onednn_view(layer->y),
		layer->node->attributes,
		in.h,
		in.w,
		out.h,
		out.w,
		wide_winners(layer),
		phase == FC_PHASE_BACKWARD_DATA && layer->accumulate[0],
	};
	const uint64_t bytes = layer->x[0]->bytes + 2 * layer->y->bytes;

	(void)err;
	if (phase == FC_PHASE_FORWARD)
		onednn_parallel(device, p.in.images * p.in.groups, bytes, max_forward_planes, &p);
	else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0])
		onednn_parallel(device, p.in.images * p.in.groups, bytes, max_backward_planes, &p);
	return 0;
}

static int pool_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	if (layer->node->attributes.kernel_h * layer->node->attributes.kernel_w > 65536)
		return fc_fail(err, "windows of more than 65536 pixels are not supported");
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	if (layer->pass == FC_PASS_TRAIN)
		layer->saved_bytes =
			onednn_floats(layer->y) * (wide_winners(layer) ? sizeof(uint16_t) : sizeof(uint8_t));
	return 0;
}

/* What the end of a window needs follows from the output size here. */
const struct onednn_leaf onednn_max_pool = {
	.suits = onednn_suits_all,
	.prepare = pool_prepare,
	.run = pool_run,
	.kernel = "flopclock:max_pool",
};
