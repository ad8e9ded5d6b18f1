#include "backends.h"
#include "flopclock/host.h"
#include "plain_backend.h"
#include "reference.h"

/* The input has nothing to compute: feed() fills it. */
static const struct reference_leaf nothing;

static const struct reference_leaf *const leaves[FC_OP_COUNT] = {
	[FC_OP_INPUT] = &nothing,
	[FC_OP_CONV] = &reference_conv,
	[FC_OP_CONV_TRANSPOSE] = &reference_conv_transpose,
	[FC_OP_DENSE] = &reference_dense,
	[FC_OP_LINEAR] = &reference_dense,
	[FC_OP_MATMUL] = &reference_matmul,
	[FC_OP_LSTM] = &reference_recurrent,
	[FC_OP_GRU] = &reference_recurrent,
	[FC_OP_BATCH_NORM] = &reference_batch_norm,
	[FC_OP_LAYER_NORM] = &reference_layer_norm,
	[FC_OP_GROUP_NORM] = &reference_group_norm,
	[FC_OP_LOCAL_RESPONSE_NORM] = &reference_local_response_norm,
	[FC_OP_SOFTMAX] = &reference_softmax,
#define X(upper, lower) [FC_OP_##upper] = &reference_elementwise,
	FC_ELEMENTWISE_OPS(X)
#undef X
	[FC_OP_DROPOUT] = &reference_dropout,
	[FC_OP_STOCHASTIC_DEPTH] = &reference_dropout,
	[FC_OP_MAX_POOL] = &reference_max_pool,
	[FC_OP_AVG_POOL] = &reference_avg_pool,
	[FC_OP_ADAPTIVE_AVG_POOL] = &reference_adaptive_avg_pool,
	[FC_OP_ADAPTIVE_MAX_POOL] = &reference_adaptive_max_pool,
	[FC_OP_MEAN] = &reference_mean,
	[FC_OP_RESIZE] = &reference_resize,
#define X(upper, lower) [FC_OP_##upper] = &reference_broadcast,
	FC_BROADCAST_OPS(X)
#undef X
	[FC_OP_CONCAT] = &reference_concat,
	[FC_OP_SLICE] = &reference_copy,
	[FC_OP_PAD] = &reference_copy,
	[FC_OP_PERMUTE] = &reference_copy,
	[FC_OP_CHANNEL_SHUFFLE] = &reference_copy,
	[FC_OP_RESHAPE] = &reference_reshape,
	[FC_OP_EMBEDDING] = &reference_embedding,
	[FC_OP_LEARNED] = &reference_learned,
};

static int reference_supports(const struct fc_graph *graph, const struct fc_node *node, struct fc_error *err)
{
	(void)graph;
	return leaves[node->op] ? 0 : fc_backend_refuse("reference", node, NULL, err);
}

static void reference_describe(struct fc_device *device, struct fc_json *json)
{
	struct fc_str name = { 0 };

	(void)device;
	fc_host_processor(&name);
	fc_json_text(json, "name", name.text);
	fc_str_release(&name);
	fc_json_u64(json, "threads", 1);
	fc_json_text(json, "layout", "nchw");
}

static int reference_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)device;
	if (reference_supports(layer->graph, layer->node, err))
		return -1;
	plain_choose(layer);
	layer->saved_bytes = 0;
	layer->scratch_bytes = 0;
	if (leaves[layer->node->op]->prepare)
		leaves[layer->node->op]->prepare(layer);
	return 0;
}

static void update_param(const struct fc_layer *layer, int k)
{
	const struct fc_sgd sgd = layer->iteration->sgd;
	const int64_t count = fc_shape_elements(layer->param[k]->shape);
	const float *gradient = layer->param_gradient[k]->data;
	float *weight = layer->param[k]->data, *momentum = layer->momentum[k] ? layer->momentum[k]->data : NULL;

	for (int64_t i = 0; i < count; i++) {
		double step = gradient[i] + sgd.weight_decay * weight[i];

		/* The momentum starts at zero, so the first step sets it to the gradient. */
		if (momentum)
			step = momentum[i] = (float)(sgd.momentum * momentum[i] + step);
		weight[i] = (float)(weight[i] - sgd.rate * step);
	}
}

static int reference_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct reference_leaf *leaf = leaves[layer->node->op];

	(void)device;
	(void)err;
	if (phase == FC_PHASE_FORWARD && leaf->forward)
		leaf->forward(layer);
	else if (phase == FC_PHASE_BACKWARD_DATA && leaf->backward_data)
		leaf->backward_data(layer);
	else if (phase == FC_PHASE_BACKWARD_WEIGHTS && leaf->backward_weights)
		leaf->backward_weights(layer);
	else if (phase == FC_PHASE_UPDATE)
		for (int k = 0; k < layer->node->param_count; k++)
			update_param(layer, k);
	return 0;
}

static const char *reference_kernel(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	(void)device;
	(void)layer;
	(void)phase;
	return "reference:loops";
}

static int run_feed(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch,
		    struct fc_error *err)
{
	(void)device;
	(void)err;
	return reference_feed(input, batch);
}

static int run_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
		    const struct fc_batch *batch, double weight, struct fc_loss *loss, struct fc_error *err)
{
	(void)device;
	(void)err;
	reference_loss(logits, dlogits, batch, weight, loss);
	return 0;
}

const struct fc_backend fc_backend_reference = {
	.name = "reference",
	.device = "cpu",
	.summary = "plain loops, slow: the oracle that the other backends are tested against",
	.available = plain_available,
	.open = plain_open,
	.close = plain_close,
	.precisions = 1u << FC_PRECISION_FP32,
	.describe = reference_describe,
	.memory_alloc = plain_alloc,
	.memory_free = plain_free,
	.supports = reference_supports,
	.fuses = plain_fuses,
	.prepare = reference_prepare,
	.release = plain_release,
	.tensor_release = plain_tensor_release,
	.run = reference_run,
	.kernel = reference_kernel,
	.write = plain_write,
	.read = plain_read,
	.feed = run_feed,
	.loss = run_loss,
	.sync = plain_sync,
};
