/*
 * Transposed convolution: what the backward pass of a convolution does to its gradient, as a layer. Each input pixel
 * writes a window of the output.
 *
 * MACs = N * I * IH * IW * (O / groups) * KH * KW: input positions; outputs that the padding cuts off included.
 */
#include "op.h"

#include "product.h"
#include "window.h"

static int64_t output_side(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation, int64_t more)
{
	return (in - 1) * stride - 2 * pad + dilation * (kernel - 1) + more + 1;
}

static int check(const struct fc_node *node, struct fc_shape in, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;

	if (in.c % a->groups || a->out % a->groups)
		return fc_fail(err, "found %lld groups, expected a divisor of %lld input and %lld output channels",
			       (long long)a->groups, (long long)in.c, (long long)a->out);
	if ((a->out_pad_h >= a->stride_h && a->out_pad_h >= a->dilation_h) ||
	    (a->out_pad_w >= a->stride_w && a->out_pad_w >= a->dilation_w))
		return fc_fail(err, "found out_pad=%lldx%lld, expected less than the stride or the dilation",
			       (long long)a->out_pad_h, (long long)a->out_pad_w);
	if (node->shape.h < 1 || node->shape.w < 1)
		return fc_fail(err, "found an output of %lldx%lld, expected at least 1x1: the padding takes all of it",
			       (long long)node->shape.h, (long long)node->shape.w);
	return 0;
}

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape in = op_input(graph, node);

	node->shape = (struct fc_shape){
		.n = in.n,
		.c = a->out,
		.h = output_side(in.h, a->kernel_h, a->stride_h, a->pad_h, a->dilation_h, a->out_pad_h),
		.w = output_side(in.w, a->kernel_w, a->stride_w, a->pad_w, a->dilation_w, a->out_pad_w),
	};
	if (check(node, in, err))
		return -1;
	node->params[0].shape = (struct fc_shape){ in.c, a->out / a->groups, a->kernel_h, a->kernel_w };
	node->params[1].shape = (struct fc_shape){ a->out, 1, 1, 1 };
	node->param_count = a->bias ? 2 : 1;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape in = op_input(graph, node), out = node->shape;
	const uint64_t width = (uint64_t)(a->out / a->groups);
	/* Input positions and taps whose target lies in the output: the pairs of the convolution the other way round. */
	const uint64_t pairs_h = fc_window_pairs(out.h, in.h, a->kernel_h, a->stride_h, a->pad_h, a->dilation_h);
	const uint64_t pairs_w = fc_window_pairs(out.w, in.w, a->kernel_w, a->stride_w, a->pad_w, a->dilation_w);

	counts->conv_out = op_elements(out);
	counts->conv_bias = a->bias ? op_elements(out) : 0;
	return FC_PRODUCT(&counts->conv_macs, op_elements(in), width, (uint64_t)a->kernel_h, (uint64_t)a->kernel_w) &&
	       FC_PRODUCT(&counts->conv_macs_in_bounds, (uint64_t)in.n, (uint64_t)in.c, width, pairs_h, pairs_w);
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("out", OP_COUNT, out, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("kernel", OP_SIZE, kernel_h, true, 1, OP_WINDOW_LIMIT, 0),
	OP_ARGUMENT("stride", OP_SIZE, stride_h, false, 1, OP_WINDOW_LIMIT, 1),
	OP_ARGUMENT("pad", OP_SIZE, pad_h, false, 0, OP_WINDOW_LIMIT, 0),
	OP_ARGUMENT("out_pad", OP_SIZE, out_pad_h, false, 0, OP_WINDOW_LIMIT, 0),
	OP_ARGUMENT("dilation", OP_SIZE, dilation_h, false, 1, OP_WINDOW_LIMIT, 1),
	OP_ARGUMENT("groups", OP_COUNT, groups, false, 1, OP_LIMIT, 1),
	OP_ARGUMENT("bias", OP_FLAG, bias, false, 0, 1, 1),
	{ .name = NULL },
};

const struct op_kind fc_op_conv_transpose = {
	.summary = "transposed convolution",
	.arguments = arguments,
	.params = { { "weight", "torch", 0 }, { "bias", "torch", 0 } },
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_WEIGHTS,
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
};
