/* Small integers: to them and back (of weights another form of the same, of data a product per value), and ops on them. */
#include "onnx_ops.h"

enum { UINT8 = 2 }; /* the type of that number */

static int convert(struct onnx_call *call, int type)
{
	const struct onnx_value *const x = call->in[0];

	if (fc_onnx_set_shape(call, 0, type, x->dims, x->rank))
		return -1;
	if (x->node >= 0)
		return fc_onnx_count(call,
				     &(struct onnx_cost){ .counts.multiply_elements = (uint64_t)fc_onnx_elements(x),
							  .untrained = ~1u });
	fc_onnx_view(call->out[0], x);
	call->out[0]->content = (struct onnx_content){ .count = -1 };
	return 0;
}

int fc_onnx_run_quantize(struct onnx_call *call)
{
	const struct onnx_value *const zero = fc_onnx_input(call, 2);

	return convert(call, zero ? zero->type : (int)fc_onnx_integer(call, "output_dtype", UINT8));
}

int fc_onnx_run_dequantize(struct onnx_call *call)
{
	const struct onnx_value *const scale = fc_onnx_input(call, 1);

	return convert(call, scale ? scale->type : ONNX_FLOAT);
}

int fc_onnx_run_dynamic_quantize(struct onnx_call *call)
{
	for (int i = 1; i < call->out_count; i++)
		if (fc_onnx_set_shape(call, i, i == 1 ? ONNX_FLOAT : UINT8, NULL, 0))
			return -1;
	return convert(call, UINT8);
}

/* -------- ops whose every operand has a scale and a zero behind it -------- */

#define OPERANDS 256

static const struct {
	int first; /* operand, then every third */
	int (*run)(struct onnx_call *call);
} plain_ops[] = {
	{ 0, fc_onnx_run_binary }, /* QLinearAdd, QLinearMul */
	{ 0, fc_onnx_run_gemm },   /* QGemm */
	{ 2, fc_onnx_run_concat }, /* QLinearConcat: the result's scale and zero come first */
};

enum { WITH_BINARY, WITH_GEMM };

/* Of the result there is a scale but no operand. */
int fc_onnx_run_with_scales(struct onnx_call *call)
{
	struct onnx_value *operands[OPERANDS];
	struct onnx_call inner = *call;
	const int most = call->op->variant == WITH_BINARY ? 2 : call->op->variant == WITH_GEMM ? 3 : OPERANDS;

	inner.in = operands;
	inner.in_count = 0;
	for (int k = plain_ops[call->op->variant].first; k < call->in_count && inner.in_count < most; k += 3)
		operands[inner.in_count++] = call->in[k];
	if (!inner.in_count || !operands[0] || (most < OPERANDS && (inner.in_count < 2 || !operands[1])))
		return fc_onnx_fail(call, "found no operands, expected some, each with its scale and zero");
	return plain_ops[call->op->variant].run(&inner);
}
