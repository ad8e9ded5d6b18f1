/*
 * One layer on a device whose memory the processor cannot touch, as the executor would provide it: values go there and back
 * through the backend, parameters lie in one piece, and all of them are updated in one step.
 *
 * What the layer must write itself (outputs, gradients, saved data, scratch) is filled with NaN beforehand. Every function
 * that can fail ends the test with the backend's sentence, except device_leaf_open(), whose refusal is an answer.
 */
#ifndef FLOPCLOCK_TESTS_MODULE_LEAF_H
#define FLOPCLOCK_TESTS_MODULE_LEAF_H

#include "tracer_leaf.h"

enum { DEVICE_LEAF_BLOCKS = 32, CLOCK_SIDE = 8 };

/* The three arrays that lie at equal offsets, and bf16 copies at half of them. */
struct device_leaf_flat {
	char *params, *gradients, *momentum, *shadows;
	uint64_t bytes;
};

struct device_leaf {
	const struct leaf_case *c;
	const struct fc_backend *backend;
	struct fc_device *device;
	struct fc_iteration iteration;
	struct fc_graph graph;
	struct fc_node nodes[LEAF_MAX_INPUTS + 2]; /* inputs, the layer, the activation */
	int inputs[LEAF_MAX_INPUTS];
	struct fc_layer layer;
	struct fc_tensor x[LEAF_MAX_INPUTS], dx[LEAF_MAX_INPUTS], y, dy;
	struct fc_tensor param[FC_MAX_PARAMS], gradient[FC_MAX_PARAMS], momentum[FC_MAX_PARAMS], state[2];
	struct fc_tensor *x_at[LEAF_MAX_INPUTS], *dx_at[LEAF_MAX_INPUTS];
	bool accumulate[LEAF_MAX_INPUTS];
	unsigned fused; /* phases of the activation that are computed with the layer */
	struct device_leaf_flat flat;
	/* An input that is fed for the sake of the iteration's number, which the device keeps. */
	struct fc_node clock_node;
	struct fc_layer clock;
	struct fc_tensor clock_y;
	void *blocks[DEVICE_LEAF_BLOCKS];
	int block_count;
};

static inline void device_must(int rc, const char *what, const struct fc_error *err)
{
	if (rc)
		fail_msg("%s: %s", what, err->text);
}

/* ---- memory ---- */

static inline void *device_leaf_memory(struct device_leaf *leaf, uint64_t bytes)
{
	struct fc_error err;
	void *memory;

	if (!bytes)
		return NULL;
	assert_true(leaf->block_count < DEVICE_LEAF_BLOCKS);
	device_must(leaf->backend->memory_alloc(leaf->device, bytes, &memory, &err), leaf->c->name, &err);
	leaf->blocks[leaf->block_count++] = memory;
	return memory;
}

static inline void device_leaf_write(struct device_leaf *leaf, struct fc_tensor *tensor, const float *plain)
{
	struct fc_error err;

	if (tensor->data && plain)
		device_must(leaf->backend->write(leaf->device, tensor, plain, &err), leaf->c->name, &err);
}

static inline void device_leaf_read(struct device_leaf *leaf, const struct fc_tensor *tensor, float *plain)
{
	struct fc_error err;

	if (tensor->data && plain)
		device_must(leaf->backend->read(leaf->device, tensor, plain, &err), leaf->c->name, &err);
}

static inline void device_leaf_poison(struct device_leaf *leaf, struct fc_tensor *tensor)
{
	const int64_t count = fc_shape_elements(tensor->shape);
	float *const nan = malloc((size_t)count * sizeof(float));

	for (int64_t i = 0; i < count; i++)
		nan[i] = NAN;
	device_leaf_write(leaf, tensor, nan);
	free(nan);
}

/* An input of some shape, whose layout the backend chooses. */
static inline void device_leaf_prepare(struct device_leaf *leaf, struct fc_layer *layer)
{
	struct fc_error err;

	layer->graph = &leaf->graph;
	layer->pass = FC_PASS_TRAIN;
	layer->iteration = &leaf->iteration;
	device_must(leaf->backend->prepare(leaf->device, layer, &err), leaf->c->name, &err);
}

/* Bytes that are no tensor are written as if they were rows of eight channels; what is left over stays zero. */
static inline void device_leaf_poison_bytes(struct device_leaf *leaf, void *memory, uint64_t bytes)
{
	const struct fc_node node = { .op = FC_OP_RELU, .input_count = 1, .inputs = leaf->inputs };
	struct fc_tensor rows = { .shape = { 1, 8, 1, 1 } };
	struct fc_layer layer = { .node = &node, .y = &rows };
	struct fc_tensor *x[] = { &leaf->x[0] };

	layer.x = x;
	device_leaf_prepare(leaf, &layer);
	leaf->backend->release(leaf->device, &layer);
	const int64_t count = (int64_t)(bytes / rows.bytes);

	leaf->backend->tensor_release(leaf->device, &rows);
	if (!count)
		return;
	rows.shape.n = count;
	device_leaf_prepare(leaf, &layer);
	rows.data = memory;
	device_leaf_poison(leaf, &rows);
	leaf->backend->release(leaf->device, &layer);
	leaf->backend->tensor_release(leaf->device, &rows);
}

/* ---- opening ---- */

/*
 * The images where no gradient of them is wanted, else what a layer before made of them: a function, or where rows are wanted
 * other sides of the same values.
 */
static inline void device_leaf_produce(struct device_leaf *leaf, int k)
{
	const struct leaf_case *const c = leaf->c;
	const struct fc_shape row = { c->x[k].n, 1, 1, fc_shape_elements(c->x[k]) / c->x[k].n };
	struct fc_tensor images = { .shape = c->dense_inputs && !c->no_dx ? row : c->x[k] };
	struct fc_node node = { .op = FC_OP_INPUT, .shape = c->x[k] };
	struct fc_layer layer = { .node = &node, .y = c->no_dx ? &leaf->x[k] : &images };
	struct fc_tensor *const from[] = { &images };

	leaf->nodes[k] = (struct fc_node){ .index = k, .op = FC_OP_INPUT, .shape = c->x[k] };
	leaf->x[k].shape = c->x[k];
	leaf->inputs[k] = k;
	device_leaf_prepare(leaf, &layer);
	leaf->backend->release(leaf->device, &layer);
	if (!c->no_dx) {
		node.op = c->dense_inputs ? FC_OP_RESHAPE : FC_OP_RELU;
		node.input_count = 1;
		node.inputs = leaf->inputs;
		layer = (struct fc_layer){ .node = &node,
					   .x = (struct fc_tensor **)(uintptr_t)from,
					   .y = &leaf->x[k] };
		device_leaf_prepare(leaf, &layer);
		leaf->backend->release(leaf->device, &layer);
		leaf->backend->tensor_release(leaf->device, &images);
	}
	leaf->x[k].data = device_leaf_memory(leaf, leaf->x[k].bytes);
	leaf->dx[k] = leaf->x[k];
	leaf->dx[k].data = c->no_dx ? NULL : device_leaf_memory(leaf, leaf->x[k].bytes);
	leaf->x_at[k] = &leaf->x[k];
	leaf->dx_at[k] = c->no_dx ? NULL : &leaf->dx[k];
	leaf->accumulate[k] = c->accumulate;
}

static inline void device_leaf_describe(struct device_leaf *leaf)
{
	const struct leaf_case *const c = leaf->c;
	const enum fc_pass pass = c->validate ? FC_PASS_VALIDATE : FC_PASS_TRAIN;
	struct fc_node *const node = &leaf->nodes[c->input_count], *const activation = node + 1;

	*node = (struct fc_node){ .index = c->input_count,
				  .name = c->name,
				  .op = c->op,
				  .attributes = c->a,
				  .input_count = c->input_count,
				  .inputs = leaf->inputs,
				  .shape = c->y,
				  .param_count = leaf_param_count(c) };
	*activation = (struct fc_node){
		.index = c->input_count + 1, .op = FC_OP_RELU, .input_count = 1, .inputs = &node->index, .shape = c->y
	};
	leaf->fused = c->relu ? leaf->backend->fuses(node, activation, pass) : 0;
	leaf->y.shape = c->y;
	leaf->layer = (struct fc_layer){ .graph = &leaf->graph,
					 .node = node,
					 .pass = pass,
					 .iteration = &leaf->iteration,
					 .fused = leaf->fused ? activation : NULL,
					 .fused_backward = leaf->fused & 1u << FC_PHASE_BACKWARD_DATA && !c->validate,
					 .x = leaf->x_at,
					 .y = &leaf->y,
					 .dx = leaf->dx_at,
					 .dy = c->validate ? NULL : &leaf->dy,
					 .accumulate = leaf->accumulate };
	for (int k = 0; k < node->param_count; k++) {
		leaf->param[k].shape = leaf_param_shape(c, k);
		leaf->layer.param[k] = &leaf->param[k];
		leaf->layer.param_gradient[k] = c->validate ? NULL : &leaf->gradient[k];
		leaf->layer.momentum[k] = c->validate ? NULL : &leaf->momentum[k];
	}
	for (int k = 0; c->op == FC_OP_BATCH_NORM && k < 2; k++) {
		leaf->state[k].shape = leaf_param_shape(c, 0);
		leaf->layer.state[k] = &leaf->state[k];
	}
}

static inline void device_leaf_bind_params(struct device_leaf *leaf, const struct leaf_values *v)
{
	struct device_leaf_flat *const flat = &leaf->flat;
	uint64_t at = 0, shadows = 0;

	for (int k = 0; k < leaf_param_count(leaf->c); k++) {
		flat->bytes += leaf->param[k].bytes;
		shadows += leaf->param[k].shadow_bytes;
	}
	flat->params = device_leaf_memory(leaf, flat->bytes);
	flat->gradients = device_leaf_memory(leaf, flat->bytes);
	flat->momentum = device_leaf_memory(leaf, flat->bytes);
	flat->shadows = device_leaf_memory(leaf, shadows);
	for (int k = 0; k < leaf_param_count(leaf->c); k++) {
		leaf->gradient[k] = leaf->momentum[k] = leaf->param[k];
		leaf->gradient[k].shadow_bytes = leaf->momentum[k].shadow_bytes = 0;
		leaf->param[k].data = flat->params + at;
		leaf->param[k].shadow = shadows ? flat->shadows + at / 2 : NULL;
		leaf->gradient[k].data = flat->gradients + at;
		leaf->momentum[k].data = flat->momentum + at;
		at += leaf->param[k].bytes;
		device_leaf_write(leaf, &leaf->param[k], v->param[k]);
		device_leaf_write(leaf, &leaf->momentum[k], v->momentum[k]);
	}
	for (int k = 0; k < 2; k++) {
		leaf->state[k].data = device_leaf_memory(leaf, leaf->state[k].bytes);
		device_leaf_write(leaf, &leaf->state[k], v->state[k]);
	}
}

static inline void device_leaf_bind_values(struct device_leaf *leaf)
{
	const struct leaf_case *const c = leaf->c;

	leaf->y.data = c->in_place ? leaf->x[0].data : device_leaf_memory(leaf, leaf->y.bytes);
	leaf->dy = leaf->y;
	leaf->dy.data = c->in_place ? leaf->dx[0].data : device_leaf_memory(leaf, leaf->y.bytes);
	leaf->layer.saved = device_leaf_memory(leaf, leaf->layer.saved_bytes);
	leaf->layer.scratch = device_leaf_memory(leaf, leaf->layer.scratch_bytes);
	if (leaf->layer.saved)
		device_leaf_poison_bytes(leaf, leaf->layer.saved, leaf->layer.saved_bytes);
}

static inline void device_leaf_open_clock(struct device_leaf *leaf)
{
	leaf->clock_y.shape = (struct fc_shape){ 1, 1, CLOCK_SIDE, CLOCK_SIDE };
	leaf->clock_node = (struct fc_node){ .op = FC_OP_INPUT, .shape = leaf->clock_y.shape };
	leaf->clock = (struct fc_layer){ .node = &leaf->clock_node, .y = &leaf->clock_y };
	device_leaf_prepare(leaf, &leaf->clock);
	leaf->clock_y.data = device_leaf_memory(leaf, leaf->clock_y.bytes);
}

static inline void device_leaf_close(struct device_leaf *leaf)
{
	leaf->backend->release(leaf->device, &leaf->layer);
	leaf->backend->release(leaf->device, &leaf->clock);
	leaf->backend->tensor_release(leaf->device, &leaf->clock_y);
	for (int k = 0; k < leaf->c->input_count; k++)
		leaf->backend->tensor_release(leaf->device, &leaf->x[k]);
	for (int k = 0; k < FC_MAX_PARAMS; k++)
		leaf->backend->tensor_release(leaf->device, &leaf->param[k]);
	for (int k = 0; k < 2; k++)
		leaf->backend->tensor_release(leaf->device, &leaf->state[k]);
	leaf->backend->tensor_release(leaf->device, &leaf->y);
	while (leaf->block_count)
		leaf->backend->memory_free(leaf->device, leaf->blocks[--leaf->block_count]);
}

/* -1: the backend refuses the layer, err says why; nothing is left to close. */
static inline int device_leaf_open(struct device_leaf *leaf, const struct leaf_case *c,
				   const struct fc_backend *backend, struct fc_device *device,
				   const struct leaf_values *v, struct fc_error *err)
{
	int rc;

	*leaf = (struct device_leaf){ .c = c, .backend = backend, .device = device };
	leaf->iteration = (struct fc_iteration){ .seed = 5, .index = 3, .sgd = { 0.1, 0.9, 0.01 } };
	leaf->graph.nodes = leaf->nodes;
	leaf->graph.node_count = c->input_count + (c->relu ? 2 : 1);
	device_leaf_describe(leaf);
	for (int k = 0; k < c->input_count; k++)
		device_leaf_produce(leaf, k);
	device_leaf_open_clock(leaf);
	rc = backend->prepare(device, &leaf->layer, err);
	if (rc) {
		leaf->layer.node = &leaf->clock_node;
		device_leaf_close(leaf);
		return rc;
	}
	device_leaf_bind_values(leaf);
	device_leaf_bind_params(leaf, v);
	return 0;
}

/* ---- running ---- */

static inline void device_leaf_run(struct device_leaf *leaf, enum fc_phase phase)
{
	struct fc_error err;

	if (leaf->layer.scratch)
		device_leaf_poison_bytes(leaf, leaf->layer.scratch, leaf->layer.scratch_bytes);
	device_must(leaf->backend->run(leaf->device, &leaf->layer, phase, &err), leaf->c->name, &err);
}

static inline void device_leaf_forward(struct device_leaf *leaf, struct leaf_values *v)
{
	static const uint8_t pixels[CLOCK_SIDE * CLOCK_SIDE], labels[1];
	const struct fc_batch batch = { pixels, labels, 1, CLOCK_SIDE, CLOCK_SIDE, 0, 1 };
	struct fc_error err;

	device_must(leaf->backend->feed(leaf->device, &leaf->clock, &batch, &err), leaf->c->name, &err);
	if (!leaf->c->in_place)
		device_leaf_poison(leaf, &leaf->y);
	for (int k = 0; k < leaf->c->input_count; k++)
		device_leaf_write(leaf, &leaf->x[k], v->x[k]);
	device_leaf_run(leaf, FC_PHASE_FORWARD);
	device_leaf_read(leaf, &leaf->y, v->y);
	for (int64_t i = 0; leaf->c->relu && i < fc_shape_elements(leaf->c->y); i++)
		v->y[i] = v->y[i] < 0 ? 0 : v->y[i];
}

/* With the outputs of `truth`: what lies near zero may be rounded to another side of a ReLU. */
static inline void device_leaf_backward(struct device_leaf *leaf, struct leaf_values *v,
					const struct leaf_values *truth)
{
	const int64_t count = fc_shape_elements(leaf->c->y);
	float *const dy = malloc((size_t)count * sizeof(float));

	for (int64_t i = 0; i < count; i++)
		dy[i] = leaf->c->relu && !leaf->layer.fused_backward && truth->y[i] <= 0 ? 0 : v->dy[i];
	device_leaf_write(leaf, &leaf->y, truth->y);
	for (int k = 0; k < leaf->c->input_count; k++) {
		if (leaf->c->accumulate)
			device_leaf_write(leaf, &leaf->dx[k], v->dx[k]);
		else if (!leaf->c->in_place && leaf->dx[k].data)
			device_leaf_poison(leaf, &leaf->dx[k]);
	}
	for (int k = 0; k < leaf_param_count(leaf->c); k++)
		device_leaf_poison(leaf, &leaf->gradient[k]);
	device_leaf_write(leaf, &leaf->dy, dy);
	free(dy);
	device_leaf_run(leaf, FC_PHASE_BACKWARD_WEIGHTS);
	if (!leaf->c->no_dx)
		device_leaf_run(leaf, FC_PHASE_BACKWARD_DATA);
	for (int k = 0; !leaf->c->no_dx && k < leaf->c->input_count; k++)
		device_leaf_read(leaf, &leaf->dx[k], v->dx[k]);
	for (int k = 0; k < leaf_param_count(leaf->c); k++)
		device_leaf_read(leaf, &leaf->gradient[k], v->gradient[k]);
}

static inline void device_leaf_update(struct device_leaf *leaf, struct leaf_values *v)
{
	const struct device_leaf_flat *const f = &leaf->flat;
	const struct fc_flat flat = {
		f->params, f->gradients, f->momentum, f->shadows, f->bytes, leaf->iteration.sgd
	};
	struct fc_error err;

	if (f->bytes)
		device_must(leaf->backend->update_all(leaf->device, &flat, &err), leaf->c->name, &err);
	for (int k = 0; k < leaf_param_count(leaf->c); k++) {
		device_leaf_read(leaf, &leaf->param[k], v->param[k]);
		device_leaf_read(leaf, &leaf->momentum[k], v->momentum[k]);
	}
	for (int k = 0; k < 2; k++)
		device_leaf_read(leaf, &leaf->state[k], v->state[k]);
}

#endif
