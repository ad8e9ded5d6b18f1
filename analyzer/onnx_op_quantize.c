/* To small integers and back: of weights another form of the same, of data a product per value. */
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
