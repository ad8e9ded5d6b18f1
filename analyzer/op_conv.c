/*
 * Convolution, grouped, dilated, with kernels that need not be square.
 *
 * MACs = N * O * OH * OW * (I / groups) * KH * KW, positions on padding included, bias excluded.
 */
#include "op.h"

#include "product.h"
#include "window.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape in = op_input(graph, node);

	if (in.c % a->groups || a->out % a->groups)
		return fc_fail(err, "found %lld groups, expected a divisor of %lld input and %lld output channels",
			       (long long)a->groups, (long long)in.c, (long long)a->out);
	node->shape = (struct fc_shape){
		.n = in.n,
		.c = a->out,
		.h = fc_window_output(in.h, a->kernel_h, a->stride_h, a->pad_h, a->pad_end_h, a->dilation_h, false),
		.w = fc_window_output(in.w, a->kernel_w, a->stride_w, a->pad_w, a->pad_end_w, a->dilation_w, false),
	};
	node->params[0].shape = (struct fc_shape){ a->out, in.c / a->groups, a->kernel_h, a->kernel_w };
	node->params[1].shape = (struct fc_shape){ a->out, 1, 1, 1 };
	node->param_count = a->bias ? 2 : 1;
	return fc_window_check(in, node, err);
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape in = op_input(graph, node), out = node->shape;
	const uint64_t depth = (uint64_t)(in.c / a->groups);
	const uint64_t pairs_h = fc_window_pairs(in.h, out.h, a->kernel_h, a->stride_h, a->pad_h, a->dilation_h);
	const uint64_t pairs_w = fc_window_pairs(in.w, out.w, a->kernel_w, a->stride_w, a->pad_w, a->dilation_w);

	counts->conv_out = op_elements(out);
	counts->conv_bias = a->bias ? op_elements(out) : 0;
	return FC_PRODUCT(&counts->conv_macs, op_elements(out), depth, (uint64_t)a->kernel_h,
			  (uint64_t)a->kernel_w) &&
	       FC_PRODUCT(&counts->conv_macs_in_bounds, (uint64_t)out.n, (uint64_t)out.c, depth, pairs_h, pairs_w);
}

static const struct op_argument arguments[] = {
	{ "out", OP_COUNT, offsetof(struct fc_attributes, out), true, 1, OP_LIMIT, 0 },
	{ "kernel", OP_SIZE, offsetof(struct fc_attributes, kernel_h), true, 1, OP_WINDOW_LIMIT, 0 },
	{ "stride", OP_SIZE, offsetof(struct fc_attributes, stride_h), false, 1, OP_WINDOW_LIMIT, 1 },
	{ "pad", OP_SIZE, offsetof(struct fc_attributes, pad_h), false, 0, OP_WINDOW_LIMIT, 0 },
	{ "pad_end", OP_SIZE, offsetof(struct fc_attributes, pad_end_h), false, 0, OP_WINDOW_LIMIT, OP_AS_PAD },
	{ "dilation", OP_SIZE, offsetof(struct fc_attributes, dilation_h), false, 1, OP_WINDOW_LIMIT, 1 },
	{ "groups", OP_COUNT, offsetof(struct fc_attributes, groups), false, 1, OP_LIMIT, 1 },
	{ "bias", OP_FLAG, offsetof(struct fc_attributes, bias), false, 0, 1, 1 },
	{ .name = NULL },
};

const struct op_kind fc_op_conv = {
	.summary = "convolution",
	.arguments = arguments,
	.params = { { "weight", "torch", 0 }, { "bias", "torch", 0 } },
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY | OP_WEIGHT, OP_DX },
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_DY, OP_DPARAM },
	},
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
};
