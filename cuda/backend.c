/* The cuda backend's table of functions, over whatever stands behind gpu.h. */
#include "backend.h"
#include "conv_request.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "flopclock/arena.h"

/* The input has nothing to compute: feed() fills it. */
static const struct layer_kind nothing = { .kernel = "flopclock:feed" };

static const struct layer_kind *const kinds[FC_OP_COUNT] = {
	[FC_OP_INPUT] = &nothing,
	[FC_OP_CONV] = &layer_conv,
	[FC_OP_DENSE] = &layer_dense,
	[FC_OP_LINEAR] = &layer_linear,
	[FC_OP_MATMUL] = &layer_matmul,
	[FC_OP_BATCH_NORM] = &layer_batch_norm,
	[FC_OP_LAYER_NORM] = &layer_layer_norm,
	[FC_OP_SOFTMAX] = &layer_softmax,
	[FC_OP_DROPOUT] = &layer_dropout,
	[FC_OP_STOCHASTIC_DEPTH] = &layer_stochastic_depth,
	[FC_OP_MAX_POOL] = &layer_max_pool,
	[FC_OP_AVG_POOL] = &layer_avg_pool,
	[FC_OP_ADAPTIVE_AVG_POOL] = &layer_adaptive_avg_pool,
	[FC_OP_ADD] = &layer_add,
	[FC_OP_SUBTRACT] = &layer_pair,
	[FC_OP_MULTIPLY] = &layer_pair,
	[FC_OP_DIVIDE] = &layer_pair,
	[FC_OP_MAXIMUM] = &layer_pair,
	[FC_OP_MINIMUM] = &layer_pair,
	[FC_OP_CONCAT] = &layer_concat,
	[FC_OP_SLICE] = &layer_move,
	[FC_OP_RESHAPE] = &layer_reshape,
	[FC_OP_PERMUTE] = &layer_permute,
	[FC_OP_CHANNEL_SHUFFLE] = &layer_move,
	[FC_OP_LEARNED] = &layer_learned,
	[FC_OP_RELU] = &layer_relu,
	[FC_OP_SIGMOID] = &layer_sigmoid,
	[FC_OP_RELU6] = &layer_function,
	[FC_OP_LEAKY_RELU] = &layer_function,
	[FC_OP_ELU] = &layer_function,
	[FC_OP_HARD_SIGMOID] = &layer_function,
	[FC_OP_SILU] = &layer_function,
	[FC_OP_HARD_SWISH] = &layer_function,
	[FC_OP_GELU] = &layer_function,
	[FC_OP_MISH] = &layer_function,
	[FC_OP_TANH] = &layer_function,
	[FC_OP_SOFTPLUS] = &layer_function,
	[FC_OP_EXP] = &layer_function,
	[FC_OP_LOG] = &layer_function,
	[FC_OP_SQRT] = &layer_function,
	[FC_OP_ERF] = &layer_function,
	[FC_OP_ABS] = &layer_function,
	[FC_OP_POWER] = &layer_function,
	[FC_OP_SCALE] = &layer_function,
	[FC_OP_CLIP] = &layer_function,
};

int backend_cuda_open_on(struct gpu *gpu, const struct fc_device_config *config, struct fc_device **opened,
			 struct fc_error *err)
{
	struct fc_device *const device = fc_calloc(1, sizeof(*device));

	device->gpu = gpu;
	device->config = *config;
	if (!device->config.workspace_bytes)
		device->config.workspace_bytes = CONV_WORKSPACE_BYTES;
	device->type = conv_type(config->precision);
	if (stream_open(device, err)) {
		backend_close(device);
		return -1;
	}
	*opened = device;
	return 0;
}

void backend_close(struct fc_device *device)
{
	choice_release(device);
	stream_close(device);
	device->gpu->ops->close(device->gpu);
	free(device);
}

void backend_describe(struct fc_device *device, struct fc_json *json)
{
	device->gpu->ops->describe(device->gpu, json);
	fc_json_text(json, "layout", "nhwc");
	fc_json_text(json, "precision", fc_precision_name(device->config.precision));
	fc_json_bool(json, "deterministic", device->config.deterministic);
	fc_json_bool(json, "autotune", device->config.autotune);
	fc_json_u64(json, "workspace_limit_bytes", device->config.workspace_bytes);
}

uint64_t backend_memory_available(struct fc_device *device)
{
	return device->gpu->ops->memory_available(device->gpu);
}

int backend_memory_alloc(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err)
{
	return device->gpu->ops->alloc(device->gpu, bytes, memory, err);
}

void backend_memory_free(struct fc_device *device, void *memory)
{
	device->gpu->ops->free(device->gpu, memory);
}

/* Beyond the plain form only two values of different shapes, and windows whose end needs another padding in a max pool. */
static bool beyond_us(const struct fc_graph *graph, const struct fc_node *node)
{
	if (!fc_op_beyond(graph, node) || node->op == FC_OP_MAX_POOL)
		return false;
	return !(kinds[node->op] == &layer_pair || node->op == FC_OP_ADD) || node->input_count != 2;
}

int backend_supports(const struct fc_graph *graph, const struct fc_node *node, struct fc_error *err)
{
	const bool beyond = kinds[node->op] && beyond_us(graph, node);

	if (kinds[node->op] && !beyond && (kinds[node->op] != &layer_pair || node->input_count == 2))
		return 0;
	return fc_backend_refuse("cuda", node, beyond ? fc_op_beyond(graph, node) : NULL, err);
}

unsigned backend_fuses(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	const struct layer_kind *const kind = kinds[producer->op];

	(void)pass;
	if (activation->op != FC_OP_RELU || !kind)
		return 0;
	/* The library adds a bias and the ReLU in one go; without a bias there is no such plan. */
	if (producer->op == FC_OP_CONV && !producer->attributes.bias)
		return 0;
	return kind->fuses_relu;
}

int backend_update_all(struct fc_device *device, const struct fc_flat *flat, struct fc_error *err)
{
	return kernel_sgd(device->gpu, flat, err);
}

/* -------- layers -------- */

static bool turns(const struct layer_kind *kind, const struct fc_layer *layer)
{
	return !kind->any_order && order_differs(layer);
}

/* The layer as its kind sees it. */
static const struct fc_layer *inner(const struct layer_kind *kind, const struct fc_layer *layer)
{
	return turns(kind, layer) ? order_inner(layer) : layer;
}

static int prepare_kind(const struct layer_kind *kind, struct fc_device *device, struct fc_layer *layer,
			struct fc_error *err)
{
	return kind->prepare ? kind->prepare(device, layer, err) : 0;
}

static int prepare_turned(const struct layer_kind *kind, struct fc_device *device, struct fc_layer *layer,
			  struct fc_error *err)
{
	if (prepare_kind(kind, device, order_open(device, layer), err)) {
		order_close(layer);
		return -1;
	}
	order_finish(layer);
	return 0;
}

int backend_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct layer_kind *const kind = kinds[layer->node->op];

	if (backend_supports(layer->graph, layer->node, err))
		return -1;
	layout_choose(device, layer, kind->order ? kind->order(layer) : LAYOUT_LAST);
	layer->saved_bytes = layer->scratch_bytes = 0;
	layer->impl = NULL;
	return turns(kind, layer) ? prepare_turned(kind, device, layer, err) : prepare_kind(kind, device, layer, err);
}

void backend_release(struct fc_device *device, struct fc_layer *layer)
{
	const struct layer_kind *const kind = kinds[layer->node->op];

	if (kind->release)
		kind->release(device, turns(kind, layer) ? order_inner(layer) : layer);
	if (turns(kind, layer))
		order_close(layer);
	layer->impl = NULL;
}

typedef int phase_of_layer(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);

/* Where a kind has a step for its weights, the other backward step does not read the input. */
static int run_turned(const struct layer_kind *kind, phase_of_layer *run, struct fc_device *device,
		      struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const bool data = phase == FC_PHASE_BACKWARD_DATA;
	const bool reads = !data || (fc_op_traits(layer->node->op)->backward_reads_input && !kind->backward_weights);

	if (order_before(device, layer, reads, err) || run(device, order_inner(layer), err))
		return -1;
	return data ? order_behind(device, layer, err) : 0;
}

int backend_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct layer_kind *const kind = kinds[layer->node->op];
	phase_of_layer *const run = phase == FC_PHASE_FORWARD	      ? kind->forward
				    : phase == FC_PHASE_BACKWARD_DATA ? kind->backward_data
								      : kind->backward_weights;

	/* All updates go through backend_update_all(). */
	assert(phase != FC_PHASE_UPDATE);
	if (!run)
		return 0;
	return turns(kind, layer) ? run_turned(kind, run, device, layer, phase, err) : run(device, layer, err);
}

bool backend_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase, struct fc_json *json)
{
	const struct layer_kind *const kind = kinds[layer->node->op];

	return kind->plan && kind->plan(device, inner(kind, layer), phase, json);
}

const char *backend_kernel(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	const struct layer_kind *const kind = kinds[layer->node->op];

	(void)device;
	if (phase == FC_PHASE_UPDATE)
		return "flopclock:sgd";
	if (phase == FC_PHASE_LOSS)
		return "flopclock:loss";
	return kind->kernel_of ? kind->kernel_of(inner(kind, layer), phase) : kind->kernel;
}

void backend_add_plan(const struct gpu_plan *plan, struct fc_json *json)
{
	fc_json_text(json, "implementation", plan->name);
	fc_json_i64(json, "engine", plan->engine);
	fc_json_bool(json, "tensor_cores", plan->tensor_cores);
	fc_json_text(json, "notes", plan->notes);
	fc_json_text(json, "knobs", plan->knobs);
	fc_json_u64(json, "workspace_bytes", plan->workspace_bytes);
	fc_json_i64(json, "candidates", plan->candidates);
	fc_json_i64(json, "rank", plan->rank);
	fc_json_array(json, "measured_s");
	for (int i = 0; i < plan->measured; i++)
		fc_json_number(json, NULL, (double)plan->times_ms[i] / 1e3);
	fc_json_end_array(json);
}
