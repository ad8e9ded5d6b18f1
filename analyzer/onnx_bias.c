/* A bias that stands behind its product becomes part of that layer. */
#include "onnx_operand.h"
#include "op.h"

static bool foreign_bias(struct onnx_machine *m, struct fc_node *node, uint64_t values)
{
	const struct fc_foreign *const old = node->foreign;
	struct fc_counts *const counts = FC_NEW(&m->graph->arena, struct fc_counts);
	struct fc_foreign *const foreign = FC_NEW(&m->graph->arena, struct fc_foreign);

	if (!old->counts->linear_macs || old->counts->linear_bias)
		return false;
	*counts = *old->counts;
	counts->linear_bias = counts->linear_out;
	*foreign = *old;
	foreign->counts = counts;
	node->foreign = foreign;
	fc_onnx_add_param(node, values);
	return true;
}

bool fc_onnx_merge_bias(struct onnx_call *call, struct onnx_value *product, struct onnx_value *bias)
{
	struct onnx_machine *const m = call->m;
	struct fc_node *const node = product->node > 0 ? &m->graph->nodes[product->node] : NULL;
	struct fc_error ignored;

	/* A single number without a side is a constant that is added. */
	if (!node || product->reader_count != 1 || product->place == ONNX_PART || product->rank < 1 ||
	    !bias->parameter || bias->node >= 0 || fc_onnx_is_shared(bias) || bias->rank < 1 ||
	    bias->dims[bias->rank - 1] != product->dims[product->rank - 1] ||
	    bias->parameter->values != (uint64_t)bias->dims[bias->rank - 1] ||
	    fc_shape_elements(node->shape) != fc_onnx_elements(product))
		return false;
	if (node->foreign) {
		if (!foreign_bias(m, node, bias->parameter->values))
			return false;
	} else {
		if ((node->op != FC_OP_DENSE && node->op != FC_OP_LINEAR) || node->attributes.bias)
			return false;
		node->attributes.bias = true;
		fc_op_kind(node->op)->shape(m->graph, node, &ignored);
	}
	bias->parameter->owned = true;
	fc_onnx_view(call->out[0], product);
	return true;
}
