/* How tensors lie on the device, and the way there and back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "conv_request.h"
#include "flopclock/arena.h"

/* Parameters start and end on such borders, so that shadows lie at half the offsets on borders of their own. */
#define PARAM_ALIGNMENT 128

/* -------- choosing -------- */

static int64_t activation_channels(const struct fc_device *device, const struct fc_layer *layer)
{
	return layer->node->op == FC_OP_INPUT ? conv_image_channels(layer->graph, device->type) : layer->y->shape.c;
}

static void set(struct fc_tensor *tensor, const struct layout *layout)
{
	struct layout *const own = fc_calloc(1, sizeof(*own));

	*own = *layout;
	tensor->layout = own;
	tensor->bytes = (uint64_t)layout_count(tensor) * gpu_type_bytes(layout->type);
}

static void choose_activation(struct fc_tensor *tensor, enum gpu_type type, int64_t channels)
{
	const struct fc_shape s = tensor->shape;

	set(tensor,
	    &(struct layout){
		    .type = type, .rows = s.n, .height = s.h, .width = s.w, .channels = channels, .shape = s});
}

/* Vectors (biases, scales, statistics) are rows of one value. */
static void choose_vector(struct fc_tensor *tensor)
{
	set(tensor, &(struct layout){.type = GPU_F32,
				     .rows = tensor->shape.n,
				     .height = 1,
				     .width = 1,
				     .channels = 1,
				     .shape = tensor->shape});
}

static void choose_weights(const struct fc_layer *layer, struct fc_tensor *tensor)
{
	const struct layout *const x = layout_of(layer->x[0]);
	struct fc_shape s = tensor->shape;
	int64_t channels = s.c;

	if (layer->node->op == FC_OP_DENSE) {
		/* Its features are the input as it lies. */
		s = (struct fc_shape){s.n, x->shape.c, x->height, x->width};
		channels = x->channels;
	} else if (layer->node->attributes.groups == 1) {
		channels = x->channels;
	}
	set(tensor, &(struct layout){.type = GPU_F32,
				     .rows = s.n,
				     .height = s.h,
				     .width = s.w,
				     .channels = channels,
				     .weights = true,
				     .shape = s});
}

static void choose_param(const struct fc_device *device, const struct fc_layer *layer, int p)
{
	struct fc_tensor *const tensor = layer->param[p];
	const bool product = layer->node->op == FC_OP_CONV || layer->node->op == FC_OP_DENSE;

	if (tensor->bytes)
		return;
	if (product && p == 0)
		choose_weights(layer, tensor);
	else
		choose_vector(tensor);
	tensor->bytes = (tensor->bytes + PARAM_ALIGNMENT - 1) / PARAM_ALIGNMENT * PARAM_ALIGNMENT;
	tensor->shadow_bytes = device->type == GPU_BF16 ? tensor->bytes / 2 : 0;
}

void layout_choose(struct fc_device *device, struct fc_layer *layer)
{
	if (!layer->y->bytes)
		choose_activation(layer->y, device->type, activation_channels(device, layer));
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

bool layout_same(const struct fc_tensor *a, const struct fc_tensor *b)
{
	const struct layout *const x = layout_of(a), *const y = layout_of(b);

	return x->type == y->type && x->rows == y->rows && x->height == y->height && x->width == y->width &&
	       x->channels == y->channels;
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
