/* What ONNX Runtime's optimiser and quantiser make of a network: as many products and parameters as before. */
#include "analyzer_onnx_row.h"

#define RELU_OF(n) "relu_elements=" #n " relu_module_elements=" #n
#define MS	   " domain:com.microsoft"
#define SCALE	   "; tensor s float : 0.1; tensor z uint8 : 0"

static void fused(void **state)
{
	static const struct row rows[] = {
		{ 17, "input x float 2 3 8 8; tensor w float 4 3 3 3; tensor b float 4",
		  "FusedConv x,w,b -> y activation='Relu'" MS, "2 4 6 6", "FusedConv",
		  "conv_macs=7776 conv_macs_in_bounds=7776 conv_out=288 conv_bias=288 " RELU_OF(288) " params=112" },
		{ 17, "input x float 2 3 8 8; tensor w float 4 3 3 3; tensor b float 4; input o float 2 4 6 6",
		  "FusedConv x,w,b,o -> y activation='HardSigmoid'" MS, "2 4 6 6", "FusedConv",
		  "conv_macs=7776 conv_macs_in_bounds=7776 conv_out=288 conv_bias=288 add_elements=288 "
		  "other_activation_elements=288 params=112" },
		{ 17, "input x float 2 6; tensor w float 5 6; tensor b float 5",
		  "FusedGemm x,w,b -> y transB=1 activation='Relu'" MS, "2 5", "FusedGemm",
		  "linear_macs=60 linear_out=10 linear_bias=10 " RELU_OF(10) " params=35" },
		{ 17, "input x float 2 5 6; tensor b float 6", "BiasGelu x,b -> y" MS, "2 5 6", "BiasGelu",
		  "add_elements=60 other_activation_elements=60 params=6" },
		{ 17, "input x float 2 5 6; tensor b float 6", "FastGelu x,b -> y" MS, "2 5 6", "FastGelu",
		  "add_elements=60 other_activation_elements=60 params=6" },
		{ 17, "input x float 2 5 6", "FastGelu x -> y" MS, "2 5 6", "gelu", "other_activation_elements=60" },
		{ 17, "input x float 2 5 6", "QuickGelu x -> y" MS, "2 5 6", "QuickGelu",
		  "other_activation_elements=60" },
		/* Four heads of queries share two of keys; three rows are from before. */
		{ 17,
		  "input q float 2 5 24; input k float 2 5 12; input v float 2 5 12; input p float 2 2 3 6; input n "
		  "int32 2",
		  "GroupQueryAttention q,k,v,p,p,n -> y num_heads=4 kv_num_heads=2" MS, "2 5 24",
		  "GroupQueryAttention", "matmul_macs=3840 other_activation_elements=320 multiply_elements=320" },
	};

	(void)state;
	CHECK(rows);
}

static void quantised(void **state)
{
	static const struct row rows[] = {
		{ 17, "input x uint8 2 5 6; input o uint8 2 5 6" SCALE, "QLinearAdd x,s,z,o,s,z,s,z -> y" MS, "2 5 6",
		  "QLinearAdd", "add_elements=60" },
		{ 17, "input x uint8 2 5 6; tensor b uint8 6" SCALE, "QLinearAdd x,s,z,b,s,z,s,z -> y" MS, "2 5 6",
		  "QLinearAdd", "add_elements=60 params=6" },
		{ 17, "input x uint8 2 5 6; input o uint8 2 1 6" SCALE, "QLinearMul x,s,z,o,s,z,s,z -> y" MS, "2 5 6",
		  "QLinearMul", "multiply_elements=60" },
		{ 17, "input x uint8 2 6; tensor w uint8 5 6; tensor c float 5; tensor b int32 5" SCALE,
		  "QGemm x,s,z,w,c,z,b,s,z -> y transB=1" MS, "2 5", "QGemm",
		  "linear_macs=60 linear_out=10 linear_bias=10 params=35" },
		{ 17, "input x uint8 2 3 4; input o uint8 2 5 4" SCALE,
		  "QLinearConcat s,z,x,s,z,o,s,z -> y axis=1" MS, "2 8 4", "concat", "concat_elements=64" },
		{ 17, IMAGE SCALE, "QLinearAveragePool x,s,z,s,z -> y kernel_shape=[2,2] strides=[2,2]" MS, "2 6 4 5",
		  "QLinearAveragePool", "avg_pool_in=960 avg_pool_out=240" },
		{ 17, IMAGE SCALE, "QLinearGlobalAveragePool x,s,z,s,z -> y" MS, "2 6 1 1",
		  "QLinearGlobalAveragePool", POOL(960, 12) },
		{ 17, IMAGE SCALE, "QLinearLeakyRelu x,s,z,s,z -> y" MS, "2 6 8 10", "QLinearLeakyRelu", ACTIVATION },
		{ 17, IMAGE SCALE, "QLinearSigmoid x,s,z,s,z -> y" MS, "2 6 8 10", "QLinearSigmoid", ACTIVATION },
		{ 17, IMAGE SCALE, "QLinearSoftmax x,s,z,s,z -> y axis=1" MS, "2 6 8 10", "QLinearSoftmax",
		  ACTIVATION },
		{ 17, "input x float 2 7 6; tensor w int8 6 5; tensor c float 5; tensor b float 5",
		  "DynamicQuantizeMatMul x,w,c,_,b -> y" MS, "2 7 5", "DynamicQuantizeMatMul",
		  "linear_macs=420 linear_out=70 linear_bias=70 params=35" },
		{ 17,
		  "input x uint8 2 7 6; tensor w int8 6 5; tensor a float : 1; tensor c float 5; tensor b float 5",
		  "MatMulIntegerToFloat x,w,a,c,_,_,b -> y" MS, "2 7 5", "MatMulIntegerToFloat",
		  "linear_macs=420 linear_out=70 linear_bias=70 params=35" },
		/* Weights as inputs times gates; their scales are no parameters. */
		{ 17,
		  "input x float 7 2 6; tensor w int8 1 6 20; tensor r int8 1 5 20; tensor b float 1 40; tensor c "
		  "float 1 20;"
		  "tensor k int8 1 20",
		  "DynamicQuantizeLSTM x,w,r,b,_,_,_,_,c,k,c,k -> y hidden_size=5" MS, "7 1 2 5",
		  "DynamicQuantizeLSTM",
		  "linear_macs=3080 linear_out=280 linear_bias=560 other_activation_elements=350 "
		  "multiply_elements=210 "
		  "add_elements=70 params=260" },
		{ 10, "input x uint8 1 3 4 4; tensor w uint8 2 3 3 3; tensor b int32 2" SCALE,
		  "QLinearConv x,s,z,w,s,z,s,z,b -> y", "1 2 2 2", "QLinearConv",
		  "conv_macs=216 conv_macs_in_bounds=216 conv_out=8 conv_bias=8 params=56" },
	};

	(void)state;
	CHECK(rows);
}

/* Channels last, or sides in another order: their shapes are not guessed. */
static void other_orders(void **state)
{
	static const char *const texts[] = {
		"input x uint8 2 8 10 6" SCALE ";QLinearGlobalAveragePool x,s,z,s,z -> y channels_last=1" MS
		";Abs x -> a;output a float none;output y float none",
		"input x uint8 2 8 10 6" SCALE
		";QLinearAveragePool x,s,z,s,z -> y kernel_shape=[2,2] channels_last=1" MS
		";Abs x -> a;output a float none;output y float none",
		"input x float 2 8 10 6;tensor w float 2 10 3;FusedMatMul x,w -> y transBatchA=1" MS
		";Abs x -> a;output a float none;output y float none",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fc_error err = { "" };
		struct fc_graph graph;

		if (load(texts[i], &graph, &err))
			fail_msg("%s", err.text);
		assert_int_equal(graph.uncounted_count, 1);
		fc_graph_release(&graph);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fused),
		cmocka_unit_test(quantised),
		cmocka_unit_test(other_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
