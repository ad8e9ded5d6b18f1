/*
 * Gradients of the weights and biases of depthwise convolutions whose channels lie in blocks: for shapes that the library's
 * own vectorised kernels do not know, where it would bring everything into another layout and multiply small matrices.
 */
#include <string.h>

#include "depthwise.h"

enum { MAX_TAPS = 128 };

struct depthwise {
	const struct fc_layer *layer;
	struct onednn_view x, y;
	struct fc_shape in, out;
	int64_t group_stride, row_stride, column_stride; /* of the weights, in floats */
};

static bool lies_in_blocks(const struct fc_device *device, const struct fc_tensor *activation)
{
	return onednn_layout(activation)->order == ONEDNN_BLOCKED &&
	       onednn_layout(activation)->block == device->block;
}

bool onednn_depthwise_suits(const struct fc_device *device, const struct fc_layer *layer,
			    const dnnl_memory_desc_t *weights)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const dnnl_blocking_desc_t *const b = &weights->format_desc.blocking;

	if (a->groups != layer->x[0]->shape.c || a->groups != a->out || a->kernel_h * a->kernel_w > MAX_TAPS)
		return false;
	if (!lies_in_blocks(device, layer->x[0]) || !lies_in_blocks(device, layer->y))
		return false;
	return weights->ndims == 5 && weights->format_kind == dnnl_blocked && b->inner_nblks == 1 &&
	       b->inner_idxs[0] == 0 && b->inner_blks[0] == device->block;
}

/* Outputs from *first to *end - 1 have tap `tap` on the image, along one axis. */
static void inside(int64_t tap, int64_t dilation, int64_t stride, int64_t pad, int64_t in, int64_t out,
		   int64_t *first, int64_t *end)
{
	const int64_t shift = pad - tap * dilation; /* position = output * stride - shift */

	*first = shift > 0 ? (shift + stride - 1) / stride : 0;
	*end = in + shift > 0 ? (in + shift + stride - 1) / stride : 0;
	*end = *end < out ? *end : out;
}

/* One tap's products along a row of outputs. */
ONEDNN_INLINE void add_row(const float *x, const float *dy, int64_t count, int64_t stride, float *sum,
			   const int64_t lanes)
{
	float total[ONEDNN_MAX_LANES];

	memcpy(total, sum, (size_t)lanes * sizeof(float));
	for (int64_t q = 0; q < count; q++)
#pragma omp simd
		for (int64_t i = 0; i < lanes; i++)
			total[i] += x[q * stride * lanes + i] * dy[q * lanes + i];
	memcpy(sum, total, (size_t)lanes * sizeof(float));
}

/* All taps over one image and group. */
ONEDNN_INLINE void add_image(const struct depthwise *d, const float *x, const float *dy, float *sums,
			     const int64_t lanes)
{
	const struct fc_attributes *const a = &d->layer->node->attributes;

	for (int64_t r = 0; r < a->kernel_h; r++) {
		int64_t top, bottom;

		inside(r, a->dilation_h, a->stride_h, a->pad_h, d->in.h, d->out.h, &top, &bottom);
		for (int64_t s = 0; s < a->kernel_w; s++) {
			int64_t left, right;

			inside(s, a->dilation_w, a->stride_w, a->pad_w, d->in.w, d->out.w, &left, &right);
			for (int64_t p = top; p < bottom; p++) {
				const int64_t h = p * a->stride_h - a->pad_h + r * a->dilation_h;
				const int64_t w = left * a->stride_w - a->pad_w + s * a->dilation_w;

				add_row(x + (h * d->in.w + w) * lanes, dy + (p * d->out.w + left) * lanes,
					right - left, a->stride_w, sums + (r * a->kernel_w + s) * lanes, lanes);
			}
		}
	}
}

ONEDNN_INLINE void add_bias(const struct depthwise *d, const float *dy, double *sums, const int64_t lanes)
{
	float sum[ONEDNN_MAX_LANES] = { 0 };

	for (int64_t k = 0; k < d->out.h * d->out.w; k++)
#pragma omp simd
		for (int64_t i = 0; i < lanes; i++)
			sum[i] += dy[k * lanes + i];
	for (int64_t i = 0; i < lanes; i++)
		sums[i] += sum[i];
}

/* An image's sums in floats, those of all images in doubles. */
ONEDNN_INLINE void differentiate(const struct depthwise *d, int64_t group, const int64_t lanes)
{
	const struct fc_attributes *const a = &d->layer->node->attributes;
	const int64_t taps = a->kernel_h * a->kernel_w;
	double sums[MAX_TAPS * ONEDNN_MAX_LANES] = { 0 }, bias[ONEDNN_MAX_LANES] = { 0 };
	float *const dw = d->layer->param_gradient[0]->data;

	for (int64_t n = 0; n < d->x.images; n++) {
		const float *const x = (const float *)d->layer->x[0]->data + onednn_plane(&d->x, n, group);
		const float *const dy = (const float *)d->layer->dy->data + onednn_plane(&d->y, n, group);
		float image[MAX_TAPS * ONEDNN_MAX_LANES] = { 0 };

		add_image(d, x, dy, image, lanes);
		for (int64_t i = 0; i < taps * lanes; i++)
			sums[i] += image[i];
		if (a->bias)
			add_bias(d, dy, bias, lanes);
	}
	for (int64_t t = 0; t < taps; t++)
		for (int64_t i = 0; i < lanes; i++)
			dw[group * d->group_stride + t / a->kernel_w * d->row_stride +
			   t % a->kernel_w * d->column_stride + i] = (float)sums[t * lanes + i];
	for (int64_t i = 0; a->bias && i < lanes && group * lanes + i < d->out.c; i++)
		((float *)d->layer->param_gradient[1]->data)[group * lanes + i] = (float)bias[i];
}

ONEDNN_SIMD static void depthwise_groups(const void *context, int64_t first, int64_t end)
{
	const struct depthwise *const d = context;

	for (int64_t group = first; group < end; group++) {
		if (d->x.block == 16)
			differentiate(d, group, 16);
		else
			differentiate(d, group, 8);
	}
}

void onednn_depthwise_weights(const struct fc_device *device, const struct fc_layer *layer)
{
	const dnnl_blocking_desc_t *const b = &onednn_layout(layer->param[0])->md.format_desc.blocking;
	const struct depthwise d = {
		.layer = layer,
		.x = onednn_view(layer->x[0]),
		.y = onednn_view(layer->y),
		.in = layer->x[0]->shape,
		.out = layer->y->shape,
		.group_stride = b->strides[0],
		.row_stride = b->strides[3],
		.column_stride = b->strides[4],
	};

	onednn_parallel(device, d.x.groups, layer->x[0]->bytes + layer->dy->bytes, depthwise_groups, &d);
}
