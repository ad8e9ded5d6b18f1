/*
 * What has no leaf of its own here is computed on plain arrays: operands that lie otherwise are copied into the scratch memory
 * before, results behind. By a kernel of ours or, where there is none, by the reference's loops: slow, but far faster than a
 * whole network of such loops.
 */
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "plain.h"

/* A tensor of the layer as the reference sees it. */
struct operand {
	struct fc_tensor plain;
	bool copied;
	uint64_t offset; /* of the copy in the scratch memory */
};

struct plain {
	const struct fc_backend *reference;
	uint64_t scratch; /* where the reference's own begins */
	struct operand *x, *dx, y, dy;
	struct fc_tensor **x_at, **dx_at;
};

/* Whether its floats are where those of the plain array are. */
static bool lies_plain(const struct fc_tensor *tensor)
{
	const struct onednn_layout *const layout = onednn_layout(tensor);

	if (layout->physical[1] != layout->logical[1])
		return false;
	return layout->block == 1 || layout->physical[2] * layout->physical[3] == 1;
}

/* -------- copies -------- */

struct copy {
	struct onednn_view view;
	int64_t channels; /* logical */
	float *blocked, *plain;
};

/* Planes of a channel, counted through all images. */
ONEDNN_SIMD static void to_plain(const void *context, int64_t first, int64_t end)
{
	const struct copy c = *(const struct copy *)context;
	const int64_t block = c.view.block, pixels = c.view.pixels;

	for (int64_t i = first; i < end; i++) {
		const int64_t n = i / c.channels, channel = i % c.channels;
		const float *const from =
			c.blocked + (n * c.view.channels + channel / block * block) * pixels + channel % block;
		float *const to = c.plain + i * pixels;

		for (int64_t k = 0; k < pixels; k++)
			to[k] = from[k * block];
	}
}

/* Physical channels behind the last are zeros. */
ONEDNN_SIMD static void from_plain(const void *context, int64_t first, int64_t end)
{
	const struct copy c = *(const struct copy *)context;
	const int64_t block = c.view.block, pixels = c.view.pixels;

	for (int64_t i = first; i < end; i++) {
		const int64_t n = i / c.view.channels, channel = i % c.view.channels;
		const float *const from = c.plain + (n * c.channels + channel) * pixels;
		float *const to =
			c.blocked + (n * c.view.channels + channel / block * block) * pixels + channel % block;

		for (int64_t k = 0; k < pixels; k++)
			to[k * block] = channel < c.channels ? from[k] : 0;
	}
}

/* `value` says how the data lie: a gradient lies as its value. */
static void fetch(const struct fc_device *device, const struct operand *o, const struct fc_tensor *value, void *data)
{
	const struct copy c = { onednn_view(value), value->shape.c, data, o->plain.data };

	if (o->copied)
		onednn_parallel(device, c.view.images * c.channels, 2 * value->bytes, to_plain, &c);
}

static void store(const struct fc_device *device, const struct operand *o, const struct fc_tensor *value, void *data)
{
	const struct copy c = { onednn_view(value), value->shape.c, data, o->plain.data };

	if (o->copied)
		onednn_parallel(device, c.view.images * c.view.channels, 2 * value->bytes, from_plain, &c);
}

/* -------- the layer -------- */

static void choose_params(struct fc_layer *layer)
{
	static const dnnl_memory_desc_t nothing_to_reorder;

	for (int k = 0; k < layer->node->param_count; k++) {
		const struct fc_shape s = layer->param[k]->shape;
		const int64_t dims[4] = { s.n, s.c, s.h, s.w };

		onednn_choose_param(layer->param[k], dims, dims, 1, &nothing_to_reorder);
	}
}

/* Kinds whose outputs are matrices or sequences: what comes behind them reads rows. */
static const bool makes_rows[FC_OP_COUNT] = {
	[FC_OP_LINEAR] = true,	[FC_OP_MATMUL] = true,	[FC_OP_LSTM] = true,	  [FC_OP_GRU] = true,
	[FC_OP_RESHAPE] = true, [FC_OP_PERMUTE] = true, [FC_OP_EMBEDDING] = true, [FC_OP_LEARNED] = true,
};

/* As the largest input lies, so that what comes behind finds what it would find behind that. */
static enum onednn_order order_of(const struct fc_layer *layer)
{
	const struct fc_tensor *largest = NULL;

	for (int k = 0; !makes_rows[layer->node->op] && k < layer->node->input_count; k++)
		if (!largest || layer->x[k]->bytes > largest->bytes)
			largest = layer->x[k];
	return largest ? onednn_layout(largest)->order : ONEDNN_PLAIN;
}

/* Room for a copy where one is needed, of a tensor or of its gradient, which lies as its value does. */
static void add_operand(struct operand *o, const struct fc_tensor *value, bool always, uint64_t *scratch)
{
	o->plain = (struct fc_tensor){ .shape = value->shape,
				       .bytes = (uint64_t)fc_shape_elements(value->shape) * sizeof(float) };
	o->copied = always || !lies_plain(value);
	if (o->copied)
		o->offset = onednn_reserve(scratch, o->plain.bytes);
}

static int find_reference(const struct fc_backend **reference, struct fc_error *err)
{
	*reference = fc_backend_find("reference", err);
	return *reference ? 0 : -1;
}

/* The layer as the reference sees it; data only where something is bound. */
static struct fc_layer seen(const struct fc_layer *layer)
{
	struct plain *const p = layer->impl;
	struct fc_layer inner = *layer;

	inner.x = p->x_at;
	inner.dx = p->dx_at;
	inner.y = &p->y.plain;
	inner.dy = layer->dy ? &p->dy.plain : NULL;
	inner.fused = NULL;
	inner.fused_backward = false;
	inner.impl = NULL;
	return inner;
}

static void plain_release(struct fc_layer *layer)
{
	struct plain *const p = layer->impl;

	if (!p)
		return;
	free(p->x);
	free(p->dx);
	free(p->x_at);
	free(p->dx_at);
	free(p);
}

static int plain_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const size_t inputs = (size_t)layer->node->input_count + 1;
	struct plain *const p = fc_calloc(1, sizeof(*p));
	struct fc_layer inner;

	p->x = fc_calloc(inputs, sizeof(*p->x));
	p->dx = fc_calloc(inputs, sizeof(*p->dx));
	p->x_at = fc_calloc(inputs, sizeof(struct fc_tensor *));
	p->dx_at = fc_calloc(inputs, sizeof(struct fc_tensor *));
	layer->impl = p;
	choose_params(layer);
	onednn_choose_activation(device, layer->y, order_of(layer));
	for (int k = 0; k < layer->node->input_count; k++) {
		p->x_at[k] = &p->x[k].plain;
		add_operand(&p->x[k], layer->x[k], false, &layer->scratch_bytes);
		if (!layer->dx || !layer->dx[k])
			continue;
		p->dx_at[k] = &p->dx[k].plain;
		add_operand(&p->dx[k], layer->x[k], false, &layer->scratch_bytes);
	}
	add_operand(&p->y, layer->y, false, &layer->scratch_bytes);
	/* The mask of an activation is put on a copy. */
	if (layer->dy)
		add_operand(&p->dy, layer->y, layer->fused_backward, &layer->scratch_bytes);
	inner = seen(layer);
	if (find_reference(&p->reference, err) || p->reference->prepare(NULL, &inner, err)) {
		plain_release(layer);
		layer->impl = NULL;
		return -1;
	}
	layer->saved_bytes = inner.saved_bytes;
	p->scratch = onednn_reserve(&layer->scratch_bytes, inner.scratch_bytes);
	return 0;
}

/* -------- a step -------- */

static void bind(const struct fc_layer *layer, struct operand *o, void *data)
{
	o->plain.data = o->copied ? (char *)layer->scratch + o->offset : data;
}

static void bind_all(const struct fc_layer *layer)
{
	struct plain *const p = layer->impl;

	for (int k = 0; k < layer->node->input_count; k++) {
		bind(layer, &p->x[k], layer->x[k]->data);
		if (p->dx_at[k])
			bind(layer, &p->dx[k], layer->dx[k]->data);
	}
	bind(layer, &p->y, layer->y->data);
	if (layer->dy)
		bind(layer, &p->dy, layer->dy->data);
}

static const struct {
	onednn_plain_kernel *run;
	const char *name;
} kernels[FC_OP_COUNT] = {
	[FC_OP_LINEAR] = { onednn_linear, "onednn:sgemm" },
	[FC_OP_MATMUL] = { onednn_matmul, "onednn:sgemm" },
	[FC_OP_SLICE] = { onednn_move, "flopclock:move" },
	[FC_OP_PERMUTE] = { onednn_move, "flopclock:move" },
};

const char *onednn_plain_kernel_name(const struct fc_layer *layer)
{
	return kernels[layer->node->op].run ? kernels[layer->node->op].name : "reference:loops";
}

static int compute(const struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
		   struct fc_error *err)
{
	onednn_plain_kernel *const kernel = kernels[layer->node->op].run;
	const struct plain *const p = layer->impl;
	struct fc_layer inner = seen(layer);

	if (kernel)
		return kernel(device, &inner, phase)
			       ? fc_fail(err, "oneDNN refuses the product of layer %s", layer->node->name)
			       : 0;
	inner.scratch = (char *)layer->scratch + p->scratch;
	return p->reference->run(NULL, &inner, phase, err);
}

static int forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct plain *const p = layer->impl;
	float *const y = p->y.plain.data;

	for (int k = 0; k < layer->node->input_count; k++)
		fetch(device, &p->x[k], layer->x[k], layer->x[k]->data);
	if (compute(device, layer, FC_PHASE_FORWARD, err))
		return -1;
	for (int64_t i = 0; layer->fused && i < fc_shape_elements(layer->y->shape); i++)
		y[i] = y[i] < 0 ? 0 : y[i];
	store(device, &p->y, layer->y, layer->y->data);
	return 0;
}

static void fetch_gradient(const struct fc_device *device, const struct fc_layer *layer)
{
	const struct plain *const p = layer->impl;
	const float *const y = p->y.plain.data;
	float *const dy = p->dy.plain.data;

	fetch(device, &p->dy, layer->y, layer->dy->data);
	for (int64_t i = 0; layer->fused_backward && i < fc_shape_elements(layer->y->shape); i++)
		dy[i] = y[i] > 0 ? dy[i] : 0;
}

static int backward(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct fc_op_traits *const traits = fc_op_traits(layer->node->op);
	const bool data = phase == FC_PHASE_BACKWARD_DATA;
	const struct plain *const p = layer->impl;

	if (traits->backward_reads_output || layer->fused_backward)
		fetch(device, &p->y, layer->y, layer->y->data);
	fetch_gradient(device, layer);
	for (int k = 0; k < layer->node->input_count; k++) {
		if (traits->backward_reads_input)
			fetch(device, &p->x[k], layer->x[k], layer->x[k]->data);
		if (data && p->dx_at[k] && layer->accumulate[k])
			fetch(device, &p->dx[k], layer->x[k], layer->dx[k]->data);
	}
	if (compute(device, layer, phase, err))
		return -1;
	for (int k = 0; data && k < layer->node->input_count; k++)
		if (p->dx_at[k])
			store(device, &p->dx[k], layer->x[k], layer->dx[k]->data);
	return 0;
}

static int plain_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	bind_all(layer);
	return phase == FC_PHASE_FORWARD ? forward(device, layer, err) : backward(device, layer, phase, err);
}

const struct onednn_leaf onednn_plain = {
	.prepare = plain_prepare,
	.release = plain_release,
	.run = plain_run,
};
