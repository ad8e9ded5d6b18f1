/* Values that are learned and not computed from anything: the same for every image. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;

	(void)err;
	node->shape = (struct fc_shape){ graph->batch, a->out, a->out_h, a->out_w };
	node->params[0].shape = (struct fc_shape){ 1, a->out, a->out_h, a->out_w };
	node->param_count = 1;
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("channels", OP_COUNT, out, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("height", OP_COUNT, out_h, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("width", OP_COUNT, out_w, true, 1, OP_LIMIT, 0),
	{ .name = NULL },
};

const struct op_kind fc_op_learned = {
	.summary = "values that are learned, the same for every image",
	.arguments = arguments,
	.source = true,
	.view = true,
	.params = { { "value", "zero", 0 } },
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_PARAMS, OP_Y },
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_DY, OP_DPARAM },
	},
	.autograd = { .in_place = false },
	.shape = shape,
};
