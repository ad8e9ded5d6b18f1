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

void onednn_choose_activation(struct fc_tensor *tensor, int64_t block)
{
	const struct fc_shape s = tensor->shape;
	const int64_t logical[4] = { s.n, s.c, s.h, s.w }, physical[4] = { s.n, round_up(s.c, block), s.h, s.w };
	struct onednn_layout *layout;

	if (tensor->bytes)
		return;
	layout = new_layout(logical, physical);
	layout->block = block;
	tensor->layout = layout;
	tensor->bytes = plain_bytes(physical);
}

void onednn_choose_param(struct fc_tensor *tensor, const int64_t logical[4], const int64_t physical[4],
			 const dnnl_memory_desc_t *md)
{
	struct onednn_layout *layout;

	if (tensor->bytes)
		return;
	layout = new_layout(logical, physical);
	layout->md = *md;
	tensor->layout = layout;
	tensor->bytes = dnnl_memory_desc_get_size(md);
}

void onednn_choose_vector(struct fc_tensor *tensor, int64_t physical)
{
	const int64_t logical[4] = { tensor->shape.n, 1, 1, 1 }, padded[4] = { physical, 1, 1, 1 };

	if (tensor->bytes)
		return;
	tensor->layout = new_layout(logical, padded);
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

	return (struct onednn_view){
		.images = layout->physical[0],
		.channels = layout->physical[1],
		.pixels = layout->physical[2] * layout->physical[3],
		.block = layout->block,
		.lanes = layout->block,
		.step = layout->block,
		.groups = layout->physical[1] / layout->block,
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

int onednn_activation_md(const struct fc_tensor *activation, dnnl_memory_desc_t *md, struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(activation);
	dnnl_dims_t dims = { 0 };

	memcpy(dims, layout->physical, sizeof(layout->physical));
	return onednn_check(dnnl_memory_desc_init_by_tag(md, 4, dims, dnnl_f32,
							 layout->block == 16 ? dnnl_nChw16c :
							 layout->block == 8  ? dnnl_nChw8c :
									       dnnl_nchw),
			    "describing an activation", err);
}

/* Copies rows of a (d0, d1, rest) array into one of other extents; what is not in both stays as it is. */
static void copy_corner(const float *from, const int64_t from_dims[4], float *to, const int64_t to_dims[4],
			const int64_t corner[4])
{
	const int64_t rest = corner[2] * corner[3];

	for (int64_t i = 0; i < corner[0]; i++)
		for (int64_t j = 0; j < corner[1]; j++)
			memcpy(to + (i * to_dims[1] + j) * rest, from + (i * from_dims[1] + j) * rest,
			       (size_t)rest * sizeof(float));
}

/* Between the padded plain array and the blocked activation. */
static void permute_activation(const struct fc_tensor *tensor, float *plain, bool write)
{
	const struct onednn_layout *layout = onednn_layout(tensor);
	const int64_t pixels = layout->physical[2] * layout->physical[3], channels = layout->physical[1];
	const int64_t block = layout->block;
	float *data = tensor->data;

	for (int64_t n = 0; n < layout->physical[0]; n++)
		for (int64_t c = 0; c < channels; c++)
			for (int64_t k = 0; k < pixels; k++) {
				const int64_t at = ((n * channels + c / block * block) * pixels + k * block) + c % block;
				float *value = &plain[(n * channels + c) * pixels + k];

				if (write)
					data[at] = *value;
				else
					*value = data[at];
			}
}

/* The padded plain array of a parameter in oneDNN's words: (O, I, H, W), or (groups, O / groups, I / groups, H, W). */
static int plain_md(const struct onednn_layout *layout, dnnl_memory_desc_t *md, struct fc_error *err)
{
	static const dnnl_format_tag_t tags[] = { 0, 0, dnnl_ab, 0, dnnl_abcd, dnnl_abcde };
	dnnl_dims_t dims;

	memcpy(dims, layout->md.dims, sizeof(dims));
	return onednn_check(dnnl_memory_desc_init_by_tag(md, layout->md.ndims, dims, dnnl_f32, tags[layout->md.ndims]),
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

	if (onednn_check(dnnl_reorder_primitive_desc_create(&pd, from_md, device->engine, to_md, device->engine, NULL),
			 "planning a copy", err) == 0 &&
	    onednn_call_create(&call, pd, &scratch, err) == 0) {
		onednn_call_argument(&call, DNNL_ARG_FROM, from_md, &source, 0);
		onednn_call_argument(&call, DNNL_ARG_TO, to_md, &target, 0);
		rc = onednn_call_run(device, &call, &layer, err);
	}
	onednn_call_release(&call);
	return rc;
}

/* Between the padded plain array and the tensor. */
static int permute(struct fc_device *device, const struct fc_tensor *tensor, float *plain, bool write,
		   struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(tensor);
	dnnl_memory_desc_t md;

	if (layout->block) {
		permute_activation(tensor, plain, write);
		return 0;
	}
	if (!layout->md.ndims) {
		memcpy(write ? tensor->data : plain, write ? plain : tensor->data, tensor->bytes);
		return 0;
	}
	if (plain_md(layout, &md, err))
		return -1;
	return write ? reorder_now(device, &md, plain, &layout->md, tensor->data, err) :
		       reorder_now(device, &layout->md, tensor->data, &md, plain, err);
}

int onednn_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(tensor);
	float *padded = fc_calloc(1, plain_bytes(layout->physical));
	int rc;

	copy_corner(plain, layout->logical, padded, layout->physical, layout->logical);
	rc = permute(device, tensor, padded, true, err);
	free(padded);
	return rc;
}

int onednn_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err)
{
	const struct onednn_layout *layout = onednn_layout(tensor);
	float *padded = fc_calloc(1, plain_bytes(layout->physical));
	const int rc = permute(device, tensor, padded, false, err);

	if (rc == 0)
		copy_corner(padded, layout->physical, plain, layout->logical, layout->logical);
	free(padded);
	return rc;
}
