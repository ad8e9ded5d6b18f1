/* How tensors lie on the device, and the way there and back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "conv_request.h"
#include "flopclock/arena.h"

/* Parameters start and end on such borders, so that shadows lie at half the offsets on borders of their own. */
#define PARAM_ALIGNMENT 128

/* -------- orders -------- */

struct layout layout_activation(enum gpu_type type, struct fc_shape s, enum layout_order order)
{
	if (order == LAYOUT_PLAIN)
		return (struct layout){ type, order, s.n, s.c, s.h, s.w, s };
	return (struct layout){ type, order, s.n, s.h, s.w, s.c, s };
}

/* Whether channels may be said to come first or last. */
static bool is_both(const struct layout *l)
{
	const struct fc_shape s = l->shape;

	return (s.c == 1 || s.h * s.w == 1) && l->rows * l->height * l->width * l->channels == fc_shape_elements(s);
}

bool layout_is(const struct layout *layout, enum layout_order order)
{
	return layout->order == order || is_both(layout);
}

void layout_strides(const struct layout *l, int64_t stride[4])
{
	const int64_t inner = l->width * l->channels;
	const bool last = l->order == LAYOUT_LAST;

	stride[0] = l->height * inner;
	stride[1] = last ? 1 : inner;
	stride[2] = last ? inner : l->channels;
	stride[3] = last ? l->channels : 1;
}

/* -------- choosing -------- */

static void set(struct fc_tensor *tensor, const struct layout *layout)
{
	struct layout *const own = fc_calloc(1, sizeof(*own));

	*own = *layout;
	tensor->layout = own;
	tensor->bytes = (uint64_t)layout_count(tensor) * gpu_type_bytes(layout->type);
}

static void choose_activation(const struct fc_device *device, const struct fc_layer *layer, enum layout_order order)
{
	struct layout layout = layout_activation(device->type, layer->y->shape, order);

	if (layer->node->op == FC_OP_INPUT)
		layout.channels = conv_image_channels(layer->graph, device->type);
	set(layer->y, &layout);
}

/* Vectors (biases, scales, statistics) are rows of one value. */
static void choose_vector(struct fc_tensor *tensor)
{
	set(tensor, &(struct layout){ .type = GPU_F32,
				      .rows = tensor->shape.n,
				      .height = 1,
				      .width = 1,
				      .channels = 1,
				      .shape = tensor->shape });
}

/* As many channels as the images have, padding included. */
static void choose_weights(const struct fc_layer *layer, struct fc_tensor *tensor)
{
	const struct layout *const x = layout_of(layer->x[0]);
	struct layout layout = layout_activation(GPU_F32, tensor->shape, LAYOUT_LAST);

	if (layer->node->op == FC_OP_CONV && layer->node->attributes.groups == 1 && x->order == LAYOUT_LAST)
		layout.channels = x->channels;
	set(tensor, &layout);
}

/* A dense layer's features are its input as it lies. */
static void choose_features(const struct fc_layer *layer, struct fc_tensor *tensor)
{
	struct layout layout = *layout_of(layer->x[0]);

	layout.type = GPU_F32;
	layout.rows = layout.shape.n = tensor->shape.n;
	set(tensor, &layout);
}

/* One image of the output. */
static void choose_learned(const struct fc_layer *layer, struct fc_tensor *tensor)
{
	const struct layout layout = layout_activation(GPU_F32, tensor->shape, layout_of(layer->y)->order);

	set(tensor, &layout);
}

static void choose_param(const struct fc_device *device, const struct fc_layer *layer, int p)
{
	struct fc_tensor *const tensor = layer->param[p];
	const enum fc_op op = layer->node->op;

	if (tensor->bytes)
		return;
	if ((op == FC_OP_CONV || op == FC_OP_LINEAR) && p == 0)
		choose_weights(layer, tensor);
	else if (op == FC_OP_DENSE && p == 0)
		choose_features(layer, tensor);
	else if (op == FC_OP_LEARNED)
		choose_learned(layer, tensor);
	else
		choose_vector(tensor);
	tensor->bytes = (tensor->bytes + PARAM_ALIGNMENT - 1) / PARAM_ALIGNMENT * PARAM_ALIGNMENT;
	tensor->shadow_bytes = device->type == GPU_BF16 ? tensor->bytes / 2 : 0;
}

void layout_choose(struct fc_device *device, struct fc_layer *layer, enum layout_order order)
{
	if (!layer->y->bytes)
		choose_activation(device, layer, order);
	for (int p = 0; p < layer->node->param_count; p++)
		choose_param(device, layer, p);
	for (int k = 0; k < 2; k++)
		if (layer->state[k] && !layer->state[k]->bytes)
			choose_vector(layer->state[k]);
}

void layout_release(struct fc_device *device, struct fc_tensor *tensor)
{
	(void)device;
	free(tensor->layout);
	tensor->layout = NULL;
	tensor->bytes = tensor->shadow_bytes = 0;
}

/* Values in plain order keep their places whatever the sides are called, those of channels-last as long as the channels stay. */
bool layout_same(const struct fc_tensor *a, const struct fc_tensor *b)
{
	const struct layout *const x = layout_of(a), *const y = layout_of(b);

	if (x->type != y->type || layout_count(a) != layout_count(b))
		return false;
	if (layout_is(x, LAYOUT_PLAIN) && layout_is(y, LAYOUT_PLAIN))
		return true;
	return layout_is(x, LAYOUT_LAST) && layout_is(y, LAYOUT_LAST) && x->shape.c == y->shape.c;
}

/* -------- there and back -------- */

static uint16_t to_bf16(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	if (isnan(value))
		return (uint16_t)(bits >> 16 | 0x40);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float from_bf16(uint16_t value)
{
	const uint32_t bits = (uint32_t)value << 16;
	float result;

	memcpy(&result, &bits, sizeof(result));
	return result;
}

/* Where the i-th place of the device's order is in the plain (N, C, H, W) array; -1: padding. */
static int64_t plain_index(const struct layout *l, int64_t i)
{
	const int64_t c = i % l->channels, w = i / l->channels % l->width, h = i / l->channels / l->width % l->height,
		      n = i / l->channels / l->width / l->height;

	if (l->order == LAYOUT_PLAIN)
		return i;
	return c < l->shape.c ? ((n * l->shape.c + c) * l->height + h) * l->width + w : -1;
}

int layout_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	const struct layout *const l = tensor->layout;
	const int64_t count = layout_count(tensor);
	float *const values = fc_calloc((size_t)count, sizeof(*values));
	uint16_t *const halves = fc_calloc((size_t)count, sizeof(*halves));
	int rc;

	for (int64_t i = 0; i < count; i++) {
		const int64_t at = plain_index(l, i);

		values[i] = at < 0 ? 0 : plain[at];
		halves[i] = to_bf16(values[i]);
	}
	if (l->type == GPU_BF16)
		rc = ops->upload(device->gpu, tensor->data, halves, (uint64_t)count * 2, err);
	else
		rc = ops->upload(device->gpu, tensor->data, values, (uint64_t)count * 4, err);
	if (!rc && tensor->shadow)
		rc = ops->upload(device->gpu, tensor->shadow, halves, (uint64_t)count * 2, err);
	free(values);
	free(halves);
	return rc;
}

int layout_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err)
{
	const struct layout *const l = tensor->layout;
	const int64_t count = layout_count(tensor);
	const size_t bytes = (size_t)count * gpu_type_bytes(l->type);
	char *const data = fc_calloc(1, bytes);
	int rc = device->gpu->ops->download(device->gpu, data, tensor->data, bytes, err);

	for (int64_t i = 0; !rc && i < count; i++) {
		const int64_t at = plain_index(l, i);

		if (at >= 0)
			plain[at] = l->type == GPU_BF16 ? from_bf16(((const uint16_t *)(const void *)data)[i])
							: ((const float *)(const void *)data)[i];
	}
	free(data);
	return rc;
}
