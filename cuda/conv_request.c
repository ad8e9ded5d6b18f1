#include "conv_request.h"

#include <stdio.h>

#include "flopclock/precision.h"
#include "flopclock/step.h"

/* Tensor cores take bf16 in groups of eight channels; cuDNN would otherwise copy the images on every use. */
#define BF16_GROUP 8

#define WORKSPACE_BORDER 256

/* Only ordinary convolutions read the images: then more channels of zeros change nothing. */
static bool images_may_be_padded(const struct fc_graph *graph)
{
	for (int n = 1; n < graph->node_count; n++)
		for (int k = 0; k < graph->nodes[n].input_count; k++)
			if (graph->nodes[n].inputs[k] == 0 &&
			    (graph->nodes[n].op != FC_OP_CONV || graph->nodes[n].attributes.groups != 1))
				return false;
	return true;
}

int64_t conv_image_channels(const struct fc_graph *graph, enum gpu_type type)
{
	const int64_t channels = graph->nodes[0].shape.c;

	if (type != GPU_BF16 || !images_may_be_padded(graph))
		return channels;
	return (channels + BF16_GROUP - 1) / BF16_GROUP * BF16_GROUP;
}

/* The ReLU that is the only reader of a node. */
static bool has_own_relu(const struct fc_graph *graph, const struct fc_node *node)
{
	if (node->use_count != 1)
		return false;
	for (int n = node->index + 1; n < graph->node_count; n++)
		for (int k = 0; k < graph->nodes[n].input_count; k++)
			if (graph->nodes[n].inputs[k] == node->index)
				return graph->nodes[n].op == FC_OP_RELU;
	return false;
}

struct gpu_conv_request conv_request(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase,
				     enum fc_precision precision)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape x = fc_graph_input_shape(graph, node, 0), y = node->shape;
	const enum gpu_type type = conv_type(precision);
	const bool bias = phase == FC_PHASE_FORWARD && a->bias;

	return (struct gpu_conv_request){
		.phase = phase,
		.n = x.n,
		.c = node->inputs[0] ? x.c : conv_image_channels(graph, type),
		.h = x.h,
		.w = x.w,
		.k = y.c,
		.p = y.h,
		.q = y.w,
		.r = a->kernel_h,
		.s = a->kernel_w,
		.stride_h = a->stride_h,
		.stride_w = a->stride_w,
		.pad_h = a->pad_h,
		.pad_w = a->pad_w,
		.dilation_h = a->dilation_h,
		.dilation_w = a->dilation_w,
		.groups = a->groups,
		.type = type,
		.precision = precision,
		.bias = bias,
		.relu = bias && has_own_relu(graph, node),
	};
}

uint64_t conv_staging_bytes(const struct gpu_conv_request *q)
{
	const uint64_t bytes = (uint64_t)(q->k * q->r * q->s * (q->c / q->groups)) * gpu_type_bytes(q->type);

	if (q->phase != FC_PHASE_BACKWARD_WEIGHTS || q->type == GPU_F32)
		return 0;
	return (bytes + WORKSPACE_BORDER - 1) / WORKSPACE_BORDER * WORKSPACE_BORDER;
}

void conv_request_key(const struct gpu_conv_request *q, char key[CONV_KEY_SIZE])
{
	snprintf(key, CONV_KEY_SIZE,
		 "%s x %lldx%lldx%lldx%lld y %lldx%lldx%lld w %lldx%lld stride %lldx%lld pad %lldx%lld dilation "
		 "%lldx%lld "
		 "groups %lld %s%s%s%s%s%s %llu",
		 fc_phase_name(q->phase), (long long)q->n, (long long)q->c, (long long)q->h, (long long)q->w,
		 (long long)q->k, (long long)q->p, (long long)q->q, (long long)q->r, (long long)q->s,
		 (long long)q->stride_h, (long long)q->stride_w, (long long)q->pad_h, (long long)q->pad_w,
		 (long long)q->dilation_h, (long long)q->dilation_w, (long long)q->groups,
		 fc_precision_name(q->precision), q->type == GPU_BF16 ? "/bf16" : "/f32", q->bias ? " bias" : "",
		 q->relu ? " relu" : "", q->accumulate ? " accumulate" : "", q->deterministic ? " deterministic" : "",
		 (unsigned long long)q->workspace_bytes);
}
