/*
 * One layer on its own, on any processor backend: tensors, parameters and memory as the executor would provide them. What a
 * leaf must write itself (outputs, saved data, scratch) is filled with NaN beforehand, and every block is exactly as large
 * as asked for, so that a sanitizer sees a step beyond it.
 */
#ifndef FLOPCLOCK_TESTS_TRACER_LEAF_H
#define FLOPCLOCK_TESTS_TRACER_LEAF_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/backend.h"
#include "flopclock/model.h"
#include "flopclock/random.h"

enum { LEAF_MAX_INPUTS = 4 };

struct leaf_case {
	const char *name;
	/*
	 * The layer as a model has it, "conv 4 3 pad=1" or "multiply in x1": what it says of kind, attributes, output and
	 * parameters need not be given. in, x1, x2 ... are the inputs. NULL: the fields below say it all.
	 */
	const char *text;
	enum fc_op op;
	int input_count;
	struct fc_shape x[LEAF_MAX_INPUTS], y;
	struct fc_attributes a;
	bool relu;		/* an activation behind it */
	bool accumulate;	/* the inputs' gradients are added to */
	bool in_place;
	bool gradient_in_place;	/* the input's gradient lies where the output's was, the output does not */
	bool no_dx;		/* the inputs' gradients are not wanted */
	bool dense_inputs;	/* the inputs come from dense layers, not from the network's input */
	bool whole;		/* the layer and its inputs are the whole network: nothing in it is wider */
	bool validate;
	double tolerance;	/* 0: the usual */
	double spread, shift;	/* values of the inputs: times spread (0: 1), plus shift */
	int param_count;	/* of a text */
	struct fc_shape params[FC_MAX_PARAMS];
};

/* Plain arrays: what goes into a layer and what comes out. */
struct leaf_values {
	float *x[LEAF_MAX_INPUTS], *dx[LEAF_MAX_INPUTS];	/* dx: initial content too, where it is accumulated */
	float *y, *dy;
	float *param[FC_MAX_PARAMS], *gradient[FC_MAX_PARAMS], *momentum[FC_MAX_PARAMS];
	float *state[2];
};

struct leaf {
	const struct leaf_case *c;
	const struct fc_backend *backend;
	struct fc_device *device;
	struct fc_iteration iteration;
	struct fc_graph graph;
	struct fc_node nodes[LEAF_MAX_INPUTS + 2];	/* inputs, the layer, the activation */
	int inputs[LEAF_MAX_INPUTS];
	struct fc_layer producer[LEAF_MAX_INPUTS], layer;
	struct fc_tensor x[LEAF_MAX_INPUTS], dx[LEAF_MAX_INPUTS], y, dy;
	struct fc_tensor producer_x[LEAF_MAX_INPUTS], producer_weight[LEAF_MAX_INPUTS];
	struct fc_tensor param[FC_MAX_PARAMS], gradient[FC_MAX_PARAMS], momentum[FC_MAX_PARAMS], state[2];
	struct fc_tensor *x_at[LEAF_MAX_INPUTS], *dx_at[LEAF_MAX_INPUTS], *no_gradient[LEAF_MAX_INPUTS];
	bool accumulate[LEAF_MAX_INPUTS];
	bool value_in_place, gradient_in_place;	/* as the case wants, where the backend's layouts agree */
	unsigned fused;		/* phases of the activation that the backend computes with the layer */
};

/* ---- shapes of parameters and the values of a case */

static inline int leaf_param_count(const struct leaf_case *c)
{
	if (c->text)
		return c->param_count;
	if (c->op == FC_OP_CONV || c->op == FC_OP_DENSE)
		return c->a.bias ? 2 : 1;
	return c->op == FC_OP_BATCH_NORM ? 2 : 0;
}

static inline struct fc_shape leaf_param_shape(const struct leaf_case *c, int k)
{
	const struct fc_shape x = c->x[0];

	if (c->text)
		return c->params[k];
	if (c->op == FC_OP_BATCH_NORM)
		return (struct fc_shape){ x.c, 1, 1, 1 };
	if (k == 1)
		return (struct fc_shape){ c->y.c, 1, 1, 1 };
	if (c->op == FC_OP_DENSE)
		return (struct fc_shape){ c->y.c, x.c * x.h * x.w, 1, 1 };
	return (struct fc_shape){ c->y.c, x.c / c->a.groups, c->a.kernel_h, c->a.kernel_w };
}

/* Uniform in -1 ... -0.1 and 0.1 ... 1: away from the kink of a ReLU. */
static inline float *leaf_random(struct fc_shape shape, uint64_t stream)
{
	const int64_t count = fc_shape_elements(shape);
	float *values = malloc((size_t)count * sizeof(float));

	for (int64_t i = 0; i < count; i++) {
		const float u = 2 * fc_uniform_at(7, stream, (uint64_t)i) - 1;

		values[i] = u < 0 ? 0.9f * u - 0.1f : 0.9f * u + 0.1f;
	}
	return values;
}

static inline struct leaf_values leaf_values_new(const struct leaf_case *c)
{
	struct leaf_values v = { 0 };

	for (int k = 0; k < c->input_count; k++) {
		v.x[k] = leaf_random(c->x[k], 10 + (uint64_t)k);
		for (int64_t i = 0; i < fc_shape_elements(c->x[k]); i++)
			v.x[k][i] = v.x[k][i] * (float)(c->spread ? c->spread : 1) + (float)c->shift;
		v.dx[k] = leaf_random(c->x[k], 20 + (uint64_t)k);
	}
	v.y = leaf_random(c->y, 30);
	v.dy = leaf_random(c->y, 31);
	for (int k = 0; k < leaf_param_count(c); k++) {
		v.param[k] = leaf_random(leaf_param_shape(c, k), 40 + (uint64_t)k);
		v.gradient[k] = leaf_random(leaf_param_shape(c, k), 50 + (uint64_t)k);
		v.momentum[k] = leaf_random(leaf_param_shape(c, k), 60 + (uint64_t)k);
	}
	for (int k = 0; c->op == FC_OP_BATCH_NORM && k < 2; k++) {
		v.state[k] = leaf_random(leaf_param_shape(c, 0), 70 + (uint64_t)k);
		for (int64_t i = 0; k == 1 && i < c->x[0].c; i++)
			v.state[k][i] = fabsf(v.state[k][i]);
	}
	return v;
}

static inline void leaf_values_free(struct leaf_values *v)
{
	for (int k = 0; k < LEAF_MAX_INPUTS; k++) {
		free(v->x[k]);
		free(v->dx[k]);
	}
	for (int k = 0; k < FC_MAX_PARAMS; k++) {
		free(v->param[k]);
		free(v->gradient[k]);
		free(v->momentum[k]);
	}
	for (int k = 0; k < 2; k++)
		free(v->state[k]);
	free(v->y);
	free(v->dy);
}

/* ---- opening: nodes, tensors, layouts, memory */

static inline void *leaf_memory(uint64_t bytes)
{
	void *memory = NULL;

	if (!bytes)
		return NULL;
	assert_int_equal(posix_memalign(&memory, 64, bytes), 0);
	memset(memory, 0xff, bytes);	/* NaN */
	return memory;
}

/* A gradient, a momentum: the layout of its value. */
static inline void leaf_borrow(struct fc_tensor *tensor, const struct fc_tensor *from)
{
	*tensor = *from;
	tensor->data = leaf_memory(from->bytes);
}

/* The layer that chooses the layout of input k; it never runs. */
static inline void leaf_produce(struct leaf *leaf, int k)
{
	const struct leaf_case *c = leaf->c;
	struct fc_layer *producer = &leaf->producer[k];
	struct fc_error err;

	leaf->nodes[k] = (struct fc_node){ .index = k, .op = FC_OP_INPUT, .shape = c->x[k] };
	leaf->x[k].shape = c->x[k];
	*producer = (struct fc_layer){ .graph = &leaf->graph, .node = &leaf->nodes[k], .pass = FC_PASS_VALIDATE,
				       .iteration = &leaf->iteration, .y = &leaf->x[k] };
	if (c->dense_inputs) {
		leaf->nodes[k].op = FC_OP_DENSE;
		leaf->nodes[k].input_count = 1;
		leaf->nodes[k].inputs = leaf->inputs;
		leaf->nodes[k].attributes.out = c->x[k].c;
		leaf->nodes[k].param_count = 1;
		leaf->producer_x[k].shape = (struct fc_shape){ c->x[k].n, 1, 1, 1 };
		leaf->producer_weight[k].shape = (struct fc_shape){ c->x[k].c, 1, 1, 1 };
		leaf->no_gradient[k] = &leaf->producer_x[k];
		producer->x = &leaf->no_gradient[k];
		producer->param[0] = &leaf->producer_weight[k];
		/* Its own input must have a layout first. */
		struct fc_node input = { .op = FC_OP_INPUT, .shape = leaf->producer_x[k].shape };
		struct fc_layer first = { .graph = &leaf->graph, .node = &input,
					  .pass = FC_PASS_VALIDATE, .y = &leaf->producer_x[k] };

		assert_int_equal(leaf->backend->prepare(leaf->device, &first, &err), 0);
		leaf->backend->release(leaf->device, &first);
	}
	if (leaf->backend->prepare(leaf->device, producer, &err))
		fail_msg("%s: %s", c->name, err.text);
	leaf->x[k].data = leaf_memory(leaf->x[k].bytes);
	leaf_borrow(&leaf->dx[k], &leaf->x[k]);
	leaf->x_at[k] = &leaf->x[k];
	leaf->dx_at[k] = c->no_dx ? NULL : &leaf->dx[k];
	leaf->accumulate[k] = c->accumulate;
	leaf->inputs[k] = k;
}

static inline void leaf_fill_layer(struct leaf *leaf)
{
	const struct leaf_case *c = leaf->c;
	const enum fc_pass pass = c->validate ? FC_PASS_VALIDATE : FC_PASS_TRAIN;
	struct fc_node *node = &leaf->nodes[c->input_count], *activation = node + 1;

	*node = (struct fc_node){ .index = c->input_count, .name = c->name, .op = c->op, .attributes = c->a,
				  .input_count = c->input_count, .inputs = leaf->inputs, .shape = c->y,
				  .param_count = leaf_param_count(c) };
	*activation = (struct fc_node){ .index = c->input_count + 1, .op = FC_OP_RELU, .input_count = 1, .shape = c->y };
	leaf->fused = c->relu ? leaf->backend->fuses(node, activation, pass) : 0;
	leaf->y.shape = c->y;
	leaf->layer = (struct fc_layer){ .graph = &leaf->graph, .node = node, .pass = pass, .iteration = &leaf->iteration,
					 .fused = leaf->fused ? activation : NULL, .x = leaf->x_at, .y = &leaf->y,
					 .dx = leaf->dx_at, .accumulate = leaf->accumulate };
	leaf->layer.dy = c->validate ? NULL : &leaf->dy;
	for (int k = 0; k < node->param_count; k++) {
		leaf->param[k].shape = leaf->gradient[k].shape = leaf->momentum[k].shape = leaf_param_shape(c, k);
		leaf->layer.param[k] = &leaf->param[k];
		leaf->layer.param_gradient[k] = c->validate ? NULL : &leaf->gradient[k];
		leaf->layer.momentum[k] = c->validate ? NULL : &leaf->momentum[k];
	}
	for (int k = 0; c->op == FC_OP_BATCH_NORM && k < 2; k++) {
		leaf->state[k].shape = leaf_param_shape(c, 0);
		leaf->layer.state[k] = &leaf->state[k];
	}
}

static inline void leaf_write(struct leaf *leaf, struct fc_tensor *tensor, const float *plain)
{
	struct fc_error err;

	if (tensor->data && plain)
		assert_int_equal(leaf->backend->write(leaf->device, tensor, plain, &err), 0);
}

static inline void leaf_read(const struct leaf *leaf, const struct fc_tensor *tensor, float *plain)
{
	struct fc_error err;

	if (tensor->data && plain)
		assert_int_equal(leaf->backend->read(leaf->device, tensor, plain, &err), 0);
}

static inline void leaf_open(struct leaf *leaf, const struct leaf_case *c, const struct fc_backend *backend,
			     const struct leaf_values *v)
{
	const struct fc_device_config config = { 0 };
	struct fc_error err;

	memset(leaf, 0, sizeof(*leaf));
	leaf->c = c;
	leaf->backend = backend;
	leaf->iteration = (struct fc_iteration){ .seed = 5, .index = 3, .sgd = { 0.1, 0.9, 0.01 } };
	leaf->graph.nodes = leaf->nodes;
	leaf->graph.node_count = c->whole ? c->input_count : 0;
	assert_int_equal(backend->open(&config, &leaf->device, &err), 0);
	for (int k = 0; k < c->input_count; k++)
		leaf_produce(leaf, k);
	leaf_fill_layer(leaf);
	if (backend->prepare(leaf->device, &leaf->layer, &err))
		fail_msg("%s: %s", c->name, err.text);
	const bool agree = c->input_count && (!backend->same_layout || backend->same_layout(&leaf->x[0], &leaf->y));

	leaf->value_in_place = c->in_place && agree;
	leaf->gradient_in_place = (c->in_place || c->gradient_in_place) && agree;
	leaf->y.data = leaf->value_in_place ? leaf->x[0].data : leaf_memory(leaf->y.bytes);
	leaf_borrow(&leaf->dy, &leaf->y);
	if (leaf->gradient_in_place) {
		free(leaf->dx[0].data);
		leaf->dx[0].data = leaf->dy.data;
	}
	for (int k = 0; k < leaf_param_count(c); k++) {
		leaf->param[k].data = leaf_memory(leaf->param[k].bytes);
		leaf_borrow(&leaf->gradient[k], &leaf->param[k]);
		leaf_borrow(&leaf->momentum[k], &leaf->param[k]);
		leaf_write(leaf, &leaf->param[k], v->param[k]);
		leaf_write(leaf, &leaf->momentum[k], v->momentum[k]);
	}
	for (int k = 0; k < 2; k++) {
		leaf->state[k].data = leaf_memory(leaf->state[k].bytes);
		leaf_write(leaf, &leaf->state[k], v->state[k]);
	}
	leaf->layer.saved = leaf_memory(leaf->layer.saved_bytes);
	leaf->layer.scratch = leaf_memory(leaf->layer.scratch_bytes);
}

static inline void leaf_close(struct leaf *leaf)
{
	const struct leaf_case *c = leaf->c;

	leaf->backend->release(leaf->device, &leaf->layer);
	for (int k = 0; k < c->input_count; k++) {
		leaf->backend->release(leaf->device, &leaf->producer[k]);
		free(leaf->x[k].data);
		if (!leaf->gradient_in_place || k > 0)
			free(leaf->dx[k].data);
		leaf->backend->tensor_release(leaf->device, &leaf->x[k]);
		leaf->backend->tensor_release(leaf->device, &leaf->producer_x[k]);
		leaf->backend->tensor_release(leaf->device, &leaf->producer_weight[k]);
	}
	if (!leaf->value_in_place)
		free(leaf->y.data);
	free(leaf->dy.data);
	for (int k = 0; k < FC_MAX_PARAMS; k++) {
		free(leaf->param[k].data);
		free(leaf->gradient[k].data);
		free(leaf->momentum[k].data);
		leaf->backend->tensor_release(leaf->device, &leaf->param[k]);
	}
	for (int k = 0; k < 2; k++) {
		free(leaf->state[k].data);
		leaf->backend->tensor_release(leaf->device, &leaf->state[k]);
	}
	leaf->backend->tensor_release(leaf->device, &leaf->y);
	free(leaf->layer.saved);
	free(leaf->layer.scratch);
	leaf->backend->close(leaf->device);
}

/* ---- running */

static inline void leaf_run(struct leaf *leaf, enum fc_phase phase)
{
	struct fc_error err;

	if (leaf->backend->run(leaf->device, &leaf->layer, phase, &err))
		fail_msg("%s: %s", leaf->c->name, err.text);
}

/* What lies behind the last channel must stay zero: the raw floats hold nothing that the plain ones do not. */
static inline void leaf_check_physical(const struct leaf *leaf, const struct fc_tensor *tensor, const float *plain)
{
	const float *raw = tensor->data;
	int64_t zeros = 0, raw_zeros = 0;

	for (int64_t i = 0; i < fc_shape_elements(tensor->shape); i++)
		zeros += plain[i] == 0;
	for (uint64_t i = 0; i < tensor->bytes / sizeof(float); i++)
		raw_zeros += raw[i] == 0;
	if (raw_zeros - zeros != (int64_t)(tensor->bytes / sizeof(float)) - fc_shape_elements(tensor->shape))
		fail_msg("%s: a physical channel is not zero", leaf->c->name);
}

static inline void leaf_forward(struct leaf *leaf, struct leaf_values *v)
{
	const int64_t count = fc_shape_elements(leaf->c->y);

	for (int k = 0; k < leaf->c->input_count; k++)
		leaf_write(leaf, &leaf->x[k], v->x[k]);
	leaf_run(leaf, FC_PHASE_FORWARD);
	leaf_read(leaf, &leaf->y, v->y);
	leaf_check_physical(leaf, &leaf->y, v->y);
	for (int64_t i = 0; leaf->c->relu && i < count; i++)
		v->y[i] = v->y[i] < 0 ? 0 : v->y[i];
	if (leaf->c->relu)
		leaf_write(leaf, &leaf->y, v->y);
}

static inline void leaf_backward(struct leaf *leaf, struct leaf_values *v)
{
	const int64_t count = fc_shape_elements(leaf->c->y);
	float *dy = malloc((size_t)count * sizeof(float));

	for (int64_t i = 0; i < count; i++)
		dy[i] = leaf->c->relu && !(leaf->fused & 1u << FC_PHASE_BACKWARD_DATA) && v->y[i] <= 0 ? 0 : v->dy[i];
	for (int k = 0; leaf->c->accumulate && k < leaf->c->input_count; k++)
		leaf_write(leaf, &leaf->dx[k], v->dx[k]);
	leaf_write(leaf, &leaf->dy, dy);
	free(dy);
	if (leaf->layer.scratch)
		memset(leaf->layer.scratch, 0xff, leaf->layer.scratch_bytes);
	leaf_run(leaf, FC_PHASE_BACKWARD_WEIGHTS);
	leaf_run(leaf, FC_PHASE_BACKWARD_DATA);
	for (int k = 0; !leaf->c->no_dx && k < leaf->c->input_count; k++) {
		leaf_read(leaf, &leaf->dx[k], v->dx[k]);
		leaf_check_physical(leaf, &leaf->dx[k], v->dx[k]);
	}
	for (int k = 0; k < leaf_param_count(leaf->c); k++)
		leaf_read(leaf, &leaf->gradient[k], v->gradient[k]);
}

static inline void leaf_update(struct leaf *leaf, struct leaf_values *v)
{
	leaf_run(leaf, FC_PHASE_UPDATE);
	for (int k = 0; k < leaf_param_count(leaf->c); k++) {
		leaf_read(leaf, &leaf->param[k], v->param[k]);
		leaf_read(leaf, &leaf->momentum[k], v->momentum[k]);
	}
	for (int k = 0; k < 2; k++)
		leaf_read(leaf, &leaf->state[k], v->state[k]);
}

/* ---- cases in short */

#define LEAF_CONV(kernel, stride, pad, dilation, group_count, with_bias)                                             \
	{                                                                                                            \
		.kernel_h = (kernel), .kernel_w = (kernel), .stride_h = (stride), .stride_w = (stride),              \
		.pad_h = (pad), .pad_w = (pad), .dilation_h = (dilation), .dilation_w = (dilation),                  \
		.groups = (group_count), .bias = (with_bias)                                                         \
	}
#define LEAF_POOL(kernel, stride, pad, up)                                                                           \
	{                                                                                                            \
		.kernel_h = (kernel), .kernel_w = (kernel), .stride_h = (stride), .stride_w = (stride),              \
		.pad_h = (pad), .pad_w = (pad), .ceil = (up)                                                         \
	}

static inline int64_t leaf_window(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation, bool up)
{
	const int64_t room = in + 2 * pad - dilation * (kernel - 1) - 1;
	int64_t out = (up ? room + stride - 1 : room) / stride + 1;

	if (up && (out - 1) * stride >= in + pad)
		out--;
	return out;
}

/* A model of the layer alone: other inputs than the images stand there as learned values. */
static inline void leaf_from_text(struct leaf_case *c)
{
	struct fc_model_request request = { .model = "x.net", .batch = c->x[0].n };
	struct fc_graph graph;
	struct fc_error err;
	char text[1024];
	int length = snprintf(text, sizeof(text), "network x\ninput %dx%dx%d\nclasses 1\n", (int)c->x[0].c, (int)c->x[0].h,
			      (int)c->x[0].w);
	const struct fc_node *node;

	for (int k = 1; k < LEAF_MAX_INPUTS && c->x[k].n; k++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "x%d: learned %d %d %d\n", k, (int)c->x[k].c,
				   (int)c->x[k].h, (int)c->x[k].w);
	/* Who reads several names them; the others read the images, or nothing. */
	snprintf(text + length, sizeof(text) - (size_t)length,
		 "group from in { y: %s }\ny: dense 1\nx: dense 1 from in\nadd x y\noutput\n", c->text);
	if (fc_model_read(&request, text, strlen(text), &graph, &err))
		fail_msg("%s: %s", c->name, err.text);
	for (node = graph.nodes; strcmp(node->name, "group.y"); node++)
		assert_true(node < graph.nodes + graph.node_count - 1);
	c->op = node->op;
	c->a = node->attributes;
	c->input_count = node->input_count;
	c->y = node->shape;
	c->param_count = node->param_count;
	for (int k = 0; k < node->param_count; k++)
		c->params[k] = node->params[k].shape;
	fc_graph_release(&graph);
}

/* The shape of the output, where the case does not give it. */
static inline struct leaf_case leaf_complete(const struct leaf_case *given)
{
	struct leaf_case c = *given;
	const int64_t dilation_h = c.a.dilation_h ? c.a.dilation_h : 1, dilation_w = c.a.dilation_w ? c.a.dilation_w : 1;

	if (c.text)
		leaf_from_text(&c);
	else
		c.input_count = c.input_count ? c.input_count : 1;
	if (c.y.n)
		return c;
	c.y = c.x[0];
	if (c.op == FC_OP_CONV || c.op == FC_OP_MAX_POOL || c.op == FC_OP_AVG_POOL) {
		c.y.h = leaf_window(c.x[0].h, c.a.kernel_h, c.a.stride_h, c.a.pad_h, dilation_h, c.a.ceil);
		c.y.w = leaf_window(c.x[0].w, c.a.kernel_w, c.a.stride_w, c.a.pad_w, dilation_w, c.a.ceil);
	}
	if (c.op == FC_OP_CONV)
		c.y.c = c.a.out;
	if (c.op == FC_OP_DENSE)
		c.y = (struct fc_shape){ c.x[0].n, c.a.out, 1, 1 };
	if (c.op == FC_OP_ADAPTIVE_AVG_POOL) {
		c.y.h = c.a.kernel_h;
		c.y.w = c.a.kernel_w;
	}
	for (int k = 1; c.op == FC_OP_CONCAT && k < c.input_count; k++)
		c.y.c += c.x[k].c;
	return c;
}

#endif
