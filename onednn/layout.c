#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "onednn.h"

static int64_t round_up(int64_t value, int64_t to)
{
	return (value + to - 1) / to * to;
}

static struct onednn_layout *new_layout(const int64_t logical[4], const int64_t physical[4])
{
	struct onednn_layout *layout = fc_calloc(1, sizeof(*layout));

	memcpy(layout->logical, logical, sizeof(layout->logical));
	memcpy(layout->physical, physical, sizeof(layout->physical));
	return layout;
}

static uint64_t plain_bytes(const int64_t dims[4])
{
	return (uint64_t)(dims[0] * dims[1] * dims[2] * dims[3]) * sizeof(float);
}

enum onednn_order onednn_order_of(const struct fc_graph *graph)
{
	for (int n = 0; n < graph->node_count; n++) {
		const struct fc_shape s = graph->nodes[n].shape;

		if (s.h * s.w > 1 && s.c > ONEDNN_MAX_LANES)
			return ONEDNN_BLOCKED;
	}
	return graph->node_count ? ONEDNN_LAST : ONEDNN_BLOCKED;
}

void onednn_choose_activation(const struct fc_device *device, struct fc_tensor *tensor, enum onednn_order order)
{
	const struct fc_shape s = tensor->shape;
	const int64_t block = order == ONEDNN_PLAIN ? 1 : order == ONEDNN_BLOCKED ? device->block : s.c;
	const int64_t logical[4] = { s.n, s.c, s.h, s.w }, physical[4] = { s.n, round_up(s.c, block), s.h, s.w };
	struct onednn_layout *layout;

	if (tensor->bytes)
		return;
	layout = new_layout(logical, physical);
	layout->order = order;
	layout->block = block;
	tensor->layout = layout;
	tensor->bytes = plain_bytes(physical);
}

void onednn_choose_param(struct fc_tensor *tensor, const int64_t logical[4], const int64_t physical[4], int64_t block,
			 const dnnl_memory_desc_t *md)
{
	struct onednn_layout *layout;

	if (tensor->bytes)
		return;
	layout = new_layout(logical, physical);
	layout->block = block;
	layout->md = *md;
	tensor->layout = layout;
	tensor->bytes = dnnl_memory_desc_get_size(md);
}

void onednn_choose_vector(struct fc_tensor *tensor, int64_t physical)
{
	const int64_t logical[4] = { tensor->shape.n, 1, 1, 1 }, padded[4] = { physical, 1, 1, 1 };
	struct onednn_layout *layout;

	if (tensor->bytes)
		return;
	layout = new_layout(logical, padded);
	layout->block = 1;
	tensor->layout = layout;
	tensor->bytes = plain_bytes(padded);
}

void onednn_tensor_release(struct fc_device *device, struct fc_tensor *tensor)
{
	(void)device;
	free(tensor->layout);
	tensor->layout = NULL;
	tensor->bytes = 0;
}

bool onednn_same_layout(const struct fc_tensor *a, const struct fc_tensor *b)
{
	const struct onednn_layout *left = onednn_layout(a), *right = onednn_layout(b);

	if (memcmp(left->physical, right->physical, sizeof(left->physical)))
		return false;
	/* With one pixel per image the channels lie side by side in any layout. */
	return left->block == right->block || left->physical[2] * left->physical[3] == 1;
}

struct onednn_view onednn_view(const struct fc_tensor *activation)
{
	const struct onednn_layout *layout = onednn_layout(activation);
	const int64_t lanes = layout->block <= ONEDNN_MAX_LANES ? layout->block : 1;

	return (struct onednn_view){
		.images = layout->physical[0],
		.channels = layout->physical[1],
		.pixels = layout->physical[2] * layout->physical[3],
		.block = layout->block,
		.lanes = lanes,
		.step = layout->block,
		.groups = layout->physical[1] / lanes,
	};
}

struct onednn_view onednn_view_wide(const struct fc_tensor *activation)
{
	struct onednn_view view = onednn_view(activation);

	if (view.pixels == 1) {
		view.block = view.channels;
		view.lanes = view.channels % 16 == 0 ? 16 : view.channels % 8 == 0 ? 8 : 1;
		view.step = view.lanes;
		view.groups = view.channels / view.lanes;
	}
	return view;
}

void onednn_clear_physical(const struct fc_tensor *activation)
{
	const struct onednn_view v = onednn_view(activation);
	float *const data = activation->data;

	for (int64_t n = 0; n < v.images; n++)
		for (int64_t c = activation->shape.c; c < v.channels; c++)
			for (int64_t k = 0; k < v.pixels; k++)
				data[(n * v.channels + c / v.block * v.block) * v.pixels + k * v.block + c % v.block] = 0;
}

int onednn_activation_md(const struct fc_device *device, const struct fc_tensor *activation, bool physical,
			 dnnl_memory_desc_t *md, struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(activation);
	const dnnl_format_tag_t tags[] = {
		[ONEDNN_PLAIN] = dnnl_nchw,
		[ONEDNN_BLOCKED] = device->block == 16 ? dnnl_nChw16c : dnnl_nChw8c,
		[ONEDNN_LAST] = dnnl_nhwc,
	};
	dnnl_dims_t dims = { 0 };

	memcpy(dims, physical ? layout->physical : layout->logical, sizeof(layout->physical));
	return onednn_check(dnnl_memory_desc_init_by_tag(md, 4, dims, dnnl_f32, tags[layout->order]),
			    "describing an activation", err);
}

/* Where an element of the padded, blocked array lies. */
static size_t place(const struct onednn_layout *layout, int64_t i, int64_t j, int64_t k)
{
	const int64_t block = layout->block, rest = layout->physical[2] * layout->physical[3];

	return (size_t)((i * layout->physical[1] + j / block * block) * rest + k * block + j % block);
}

/* Between the plain array and the padded, blocked one; the padding is left as it is. */
static void permute(const struct onednn_layout *layout, float *plain, float *blocked, bool write)
{
	const int64_t rest = layout->logical[2] * layout->logical[3];

	for (int64_t i = 0; i < layout->logical[0]; i++)
		for (int64_t j = 0; j < layout->logical[1]; j++)
			for (int64_t k = 0; k < rest; k++) {
				float *value = &plain[(i * layout->logical[1] + j) * rest + k];
				float *there = &blocked[place(layout, i, j, k)];

				*(write ? there : value) = *(write ? value : there);
			}
}

/* The padded array of a parameter in oneDNN's words: (O, I), (O, I, H, W) or (groups, O / groups, I / groups, H, W). */
static int plain_md(const struct onednn_layout *layout, dnnl_memory_desc_t *md, struct fc_error *err)
{
	static const dnnl_format_tag_t tags[] = { 0, 0, dnnl_ab, 0, dnnl_abcd, dnnl_abcde };
	dnnl_dims_t dims;

	memcpy(dims, layout->md.dims, sizeof(dims));
	return onednn_check(
		dnnl_memory_desc_init_by_tag(md, layout->md.ndims, dims, dnnl_f32, tags[layout->md.ndims]),
		"describing a parameter", err);
}

static int reorder_now(struct fc_device *device, const dnnl_memory_desc_t *from_md, void *from,
		       const dnnl_memory_desc_t *to_md, void *to, struct fc_error *err)
{
	struct onednn_call call = { 0 };
	struct fc_tensor source = { .data = from }, target = { .data = to };
	dnnl_primitive_desc_t pd = NULL;
	uint64_t scratch = 0;
	struct fc_layer layer = { 0 };
	int rc = -1;

	if (onednn_check(
		    dnnl_reorder_primitive_desc_create(&pd, from_md, device->engine, to_md, device->engine, NULL),
		    "planning a copy", err) == 0 &&
	    onednn_call_create(&call, pd, &scratch, err) == 0) {
		onednn_call_argument(&call, DNNL_ARG_FROM, from_md, &source, 0);
		onednn_call_argument(&call, DNNL_ARG_TO, to_md, &target, 0);
		rc = onednn_call_run(device, &call, &layer, err);
	}
	onednn_call_release(&call);
	return rc;
}

/* Between the padded array and the tensor. */
static int transfer(struct fc_device *device, const struct fc_tensor *tensor, float *padded, bool write,
		    struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(tensor);
	dnnl_memory_desc_t md;

	if (!layout->md.ndims) {
		memcpy(write ? tensor->data : padded, write ? padded : tensor->data, tensor->bytes);
		return 0;
	}
	if (plain_md(layout, &md, err))
		return -1;
	return write ? reorder_now(device, &md, padded, &layout->md, tensor->data, err) :
		       reorder_now(device, &layout->md, tensor->data, &md, padded, err);
}

int onednn_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(tensor);
	float *padded = fc_calloc(1, plain_bytes(layout->physical));
	int rc;

	/* Only read: the one function goes both ways. */
	permute(layout, (float *)(uintptr_t)plain, padded, true);
	rc = transfer(device, tensor, padded, true, err);
	free(padded);
	return rc;
}

int onednn_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(tensor);
	float *padded = fc_calloc(1, plain_bytes(layout->physical));
	const int rc = transfer(device, tensor, padded, false, err);

	if (rc == 0)
		permute(layout, plain, padded, false);
	free(padded);
	return rc;
}
