/* The operands of a node that becomes a foreign layer, told apart: data of the network, parameters, constants. */
#ifndef ANALYZER_ONNX_OPERAND_H
#define ANALYZER_ONNX_OPERAND_H

#include "onnx_layer.h"

struct onnx_operands {
	struct fc_node node;		/* its inputs and parameters; the inputs are in the machine's arena */
	struct fc_foreign foreign;	/* what it reads, and what their gradients cost */
	int *inputs;			/* of the node */
	int data_products, param_products;	/* operands that are multiplied */
	bool shares;			/* parameters with an earlier layer */
};

/* Parameters that no earlier layer has are this one's from now on. Fails where sums do not fit 64 bits. */
int fc_onnx_gather(struct onnx_call *call, const struct onnx_cost *cost, struct onnx_operands *operands);
/* So many values more to train; what is more than a layer has names for goes into the last one. */
void fc_onnx_add_param(struct fc_node *node, uint64_t values);

#endif
