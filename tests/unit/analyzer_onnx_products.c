/* Ops that multiply matrices: convolutions, products, recurrences, attention; and their gradients. */
#include "analyzer_onnx_row.h"

/* -------- products -------- */

#define WEIGHT "; tensor w float "

static void convolutions(void **state)
{
	/* 2 x 6 x 8 x 10; in-bounds pairs by hand: a 3-tap window with padding 1 over 8 has 22, over 10 has 28. */
	static const struct row rows[] = {
		{ 7, IMAGE WEIGHT "4 6 3 3", "Conv x,w -> y pads=[1,1,1,1]", "2 4 8 10", "conv",
		  "conv_macs=34560 conv_macs_in_bounds=29568 conv_out=640 params=216 weights=34560" },
		{ 11, IMAGE WEIGHT "4 6 3 3; tensor b float 4", "Conv x,w,b -> y kernel_shape=[3,3]", "2 4 6 8",
		  "conv", "conv_macs=20736 conv_macs_in_bounds=20736 conv_out=384 conv_bias=384 params=220" },
		{ 22, IMAGE WEIGHT "6 2 1 3", "Conv x,w -> y group=3 strides=[1,2] auto_pad='SAME_UPPER'", "2 6 8 5",
		  "conv", "conv_macs=2880 conv_macs_in_bounds=2688 conv_out=480" },
		{ 22, IMAGE WEIGHT "6 2 1 3", "Conv x,w -> y group=3 strides=[1,2] auto_pad='SAME_LOWER'", "2 6 8 5",
		  "conv", "conv_macs=2880 conv_macs_in_bounds=2688 conv_out=480" },
		{ 22, IMAGE WEIGHT "6 1 2 2", "Conv x,w -> y group=6 dilations=[2,3] auto_pad='VALID'", "2 6 6 7",
		  "conv", "conv_macs=2016 conv_macs_in_bounds=2016 conv_out=504" },
		{ 22, IMAGE WEIGHT "4 6 2 2", "Conv x,w -> y pads=[0,1,1,0] strides=[2,2]", "2 4 4 5", "conv",
		  "conv_macs=3840 conv_macs_in_bounds=3456 conv_out=160" },
		{ 13, "input x float 2 6 10" WEIGHT "4 6 3", "Conv x,w -> y pads=[1,1]", "2 4 10", "conv",
		  "conv_macs=1440 conv_macs_in_bounds=1344 conv_out=80" },
		{ 13, "input x float 2 3 4 5 6" WEIGHT "4 3 2 2 2", "Conv x,w -> y", "2 4 3 4 5", "Conv",
		  "conv_macs=11520 conv_macs_in_bounds=11520 conv_out=480 params=96 weights=11520" },
		{ 13, "input x float 1 3 4 4; input w float 2 3 3 3", "Conv x,w -> y", "1 2 2 2", "Conv",
		  "conv_macs=216 conv_macs_in_bounds=216 conv_out=8 params=0" },
		{ 11, "input x float 2 4 8 8" WEIGHT "4 6 4 4", "ConvTranspose x,w -> y strides=[2,2] pads=[1,1,1,1]",
		  "2 6 16 16", "conv_transpose",
		  "conv_macs=49152 conv_macs_in_bounds=43200 conv_out=3072 weights=49152" },
		{ 11, "input x float 2 4 8 8" WEIGHT "4 1 3 3",
		  "ConvTranspose x,w -> y strides=[2,2] pads=[1,1,1,1] output_padding=[1,1] group=4", "2 4 16 16",
		  "conv_transpose", "conv_macs=4608 conv_macs_in_bounds=4232 conv_out=2048" },
		{ 11, "input x float 2 6 8 8" WEIGHT "6 2 2 2", "ConvTranspose x,w -> y strides=[2,2] group=3",
		  "2 6 16 16", "conv_transpose", "conv_macs=6144 conv_macs_in_bounds=6144 conv_out=3072" },
		{ 11, "input x float 1 3 2 2" WEIGHT "3 1 2 2; tensor b float 1",
		  "ConvTranspose x,w,b -> y strides=[2,2]", "1 1 4 4", "conv_transpose",
		  "conv_macs=48 conv_macs_in_bounds=48 conv_out=16 conv_bias=16" },
		{ 11, "input x float 1 3 5 5" WEIGHT "3 2 3 3",
		  "ConvTranspose x,w -> y strides=[2,2] output_shape=[10,10]", "1 2 10 10", "",
		  "conv_macs=1350 conv_macs_in_bounds=1176 conv_out=200" },
		{ 11, "input x float 1 3 5 5" WEIGHT "3 2 3 3",
		  "ConvTranspose x,w -> y strides=[2,2] auto_pad='SAME_UPPER'", "1 2 10 10", "",
		  "conv_macs=1350 conv_macs_in_bounds=1176 conv_out=200" },
		{ 19, "input x float 1 3 4 4; input o float 1 18 2 2" WEIGHT "2 3 3 3", "DeformConv x,w,o -> y",
		  "1 2 2 2", "DeformConv", "conv_macs=216 conv_macs_in_bounds=216 conv_out=8 params=54" },
		{ 10, "input x uint8 1 3 4 4; tensor w uint8 2 3 3 3", "ConvInteger x,w -> y", "1 2 2 2",
		  "ConvInteger", "conv_macs=216 conv_macs_in_bounds=216 conv_out=8 params=54" },
		{ 10, "input x uint8 1 3 4 4; tensor w uint8 2 3 3 3; tensor s float 2 : 1 1; tensor z uint8 : 0",
		  "QLinearConv x,s,z,w,s,z,s,z -> y", "1 2 2 2", "QLinearConv",
		  "conv_macs=216 conv_macs_in_bounds=216 conv_out=8 params=54" },
		{ 27, "input x float 2 6 10" WEIGHT "6 1 4; tensor b float 6", "CausalConvWithState x,w,b -> y",
		  "2 6 10", "CausalConvWithState",
		  "conv_macs=480 conv_macs_in_bounds=480 conv_out=120 conv_bias=120 params=30" },
	};

	(void)state;
	CHECK(rows);
}

static void products(void **state)
{
	static const struct row rows[] = {
		{ 7, "input x float 2 6" WEIGHT "6 4", "MatMul x,w -> y", "2 4", "dense",
		  "linear_macs=48 linear_out=8 params=24" },
		{ 13, "input x float 2 5 6" WEIGHT "6 4", "MatMul x,w -> y", "2 5 4", "linear",
		  "linear_macs=240 linear_out=40 weights=240" },
		{ 13, "input x float 2 3 5 6" WEIGHT "6 4; tensor b float 4", "MatMul x,w -> z; Add z,b -> y",
		  "2 3 5 4", "linear", "linear_macs=720 linear_out=120 linear_bias=120 params=28" },
		{ 13, "input x float 2 3 5 6" WEIGHT "6 4; tensor b float 4", "MatMul x,w -> z; Add b,z -> y",
		  "2 3 5 4", "linear", "linear_macs=720 linear_out=120 linear_bias=120 params=28" },
		{ 13, "input x float 2 5 6" WEIGHT "4 5", "MatMul w,x -> y", "2 4 6", "MatMul",
		  "linear_macs=240 linear_out=48 weights=240" },
		{ 13, "input x float 2 3 5 6; input z float 2 3 6 4", "MatMul x,z -> y", "2 3 5 4", "matmul",
		  "matmul_macs=720 params=0" },
		{ 13, "input x float 2 3 5 6; input z float 2 3 4 6",
		  "Transpose z -> t perm=[0,1,3,2]; MatMul x,t -> y", "2 3 5 4", "matmul", "matmul_macs=720" },
		{ 13, "input x float 5 6; input z float 2 3 6 4", "MatMul x,z -> y", "2 3 5 4", "MatMul",
		  "matmul_macs=720" },
		{ 13, "input x float 6; input z float 2 6 4", "MatMul x,z -> y", "2 4", "MatMul", "matmul_macs=48" },
		{ 13, "input x float 2 5 6; input z float 6", "MatMul x,z -> y", "2 5", "MatMul", "matmul_macs=60" },
		{ 13, "input x float 2 6 5" WEIGHT "4 6; tensor k float 2 : 1 2",
		  "FusedMatMul x,w -> y transA=1 transB=1 domain:com.microsoft", "2 5 4", "FusedMatMul",
		  "linear_macs=240 linear_out=40" },
		{ 10, "input x uint8 2 6; tensor w uint8 6 4", "MatMulInteger x,w -> y", "2 4", "MatMulInteger",
		  "linear_macs=48 linear_out=8" },
		{ 10, "input x uint8 2 6; tensor w uint8 6 4; tensor s float : 1; tensor z uint8 : 0",
		  "QLinearMatMul x,s,z,w,s,z,s,z -> y", "2 4", "QLinearMatMul",
		  "linear_macs=48 linear_out=8 params=24" },
		{ 7, "input x float 2 6" WEIGHT "4 6; tensor b float 4", "Gemm x,w,b -> y transB=1", "2 4", "dense",
		  "linear_macs=48 linear_out=8 linear_bias=8 params=28 weights=48" },
		{ 11, "input x float 2 6" WEIGHT "6 4", "Gemm x,w -> y", "2 4", "dense",
		  "linear_macs=48 linear_out=8" },
		{ 13, "input x float 6 2" WEIGHT "6 4; tensor b float 1 4", "Gemm x,w,b -> y transA=1", "2 4", "Gemm",
		  "linear_macs=48 linear_out=8 linear_bias=8 params=28" },
		{ 13, "input x float 2 6" WEIGHT "6 4; tensor b float 4", "Gemm x,w,b -> y alpha=0.5", "2 4", "Gemm",
		  "linear_macs=48 linear_out=8 linear_bias=8" },
		{ 13, "input x float 2 6; input z float 6 4; input c float 4", "Gemm x,z,c -> y", "2 4", "Gemm",
		  "matmul_macs=48 add_elements=8" },
		{ 12, "input x float 2 3 5 6; input z float 2 3 4 6", "Einsum x,z -> y equation='bhid,bhjd->bhij'",
		  "2 3 5 4", "Einsum", "matmul_macs=720" },
		{ 12, "input x float 2 5 6" WEIGHT "6 4", "Einsum x,w -> y equation='...d,de->...e'", "2 5 4",
		  "Einsum", "linear_macs=240 linear_out=40 params=24 weights=240" },
		{ 12, "input x float 5 6; input z float 6 4", "Einsum x,z -> y equation='ij,jk'", "5 4", "Einsum",
		  "matmul_macs=120" },
		{ 12, "input x float 2 5 6", "Einsum x -> y equation='bij->bji'", "2 6 5", "Einsum", "" },
	};

	(void)state;
	CHECK(rows);
}

/* The data gradient of both factors, of one, of none; of weights that two layers share. */
static void gradients(void **state)
{
	static const struct row rows[] = {
		{ 13, "input x float 2 3 5 6; tensor p float 6; tensor q float 6",
		  "Mul x,p -> a; Mul x,q -> b; Transpose b -> c perm=[0,1,3,2]; MatMul a,c -> y", NULL, "matmul",
		  "multiply_elements=360 matmul_macs=900 data=1800 weights=0" },
		{ 13, "input x float 2 5 6; input z float 2 6 4; tensor p float 6",
		  "Mul x,p -> a; Einsum a,z -> y equation='bij,bjk->bik'", NULL, "Einsum",
		  "multiply_elements=60 matmul_macs=240 data=240 weights=0" },
		{ 13, "input x float 2 5 6" WEIGHT "6 6", "MatMul x,w -> a; MatMul a,w -> y", NULL, "MatMul",
		  "linear_macs=720 linear_out=120 params=36 data=720 weights=360" },
		{ 13, "input x float 1 3 4 4" WEIGHT "3 3 1 1; tensor v float 2 3 3 3; tensor s int64 5 : 1 3 1 4 4",
		  "Conv x,w -> a; Conv a,v -> y", NULL, "conv",
		  "conv_macs=360 conv_macs_in_bounds=360 conv_out=56 data=216 weights=360" },
		{ 13, "input x float 1 3 4 4 4" WEIGHT "3 3 1 1 1; tensor v float 2 3 3 3 3",
		  "Conv x,w -> a; Conv a,v -> y", NULL, "Conv",
		  "conv_macs=1872 conv_macs_in_bounds=1872 conv_out=208 data=1296 weights=1872" },
		{ 23, "input x float 2 7 8; tensor p float 8; tensor q float 8; tensor r float 8",
		  "Mul x,p -> a; Mul x,q -> b; Mul x,r -> c; Attention a,b,c -> y q_num_heads=2 kv_num_heads=2",
		  "2 7 8", "Attention",
		  "multiply_elements=532 matmul_macs=1568 other_activation_elements=196 data=3136" },
	};

	(void)state;
	CHECK(rows);
}

static void recurrences(void **state)
{
	/* 7 steps of 2 sequences of 5 values, 4 units. */
	static const struct row rows[] = {
		{ 7, "input x float 7 2 5; tensor w float 1 16 5; tensor r float 1 16 4; tensor b float 1 32",
		  "LSTM x,w,r,b -> y,h,c hidden_size=4", "7 1 2 4", "LSTM",
		  "linear_macs=2016 linear_out=224 linear_bias=448 other_activation_elements=280 "
		  "multiply_elements=168 add_elements=56 "
		  "params=176 weights=2912" },
		{ 14,
		  "input x float 2 7 5; tensor w float 2 16 5; tensor r float 2 16 4; tensor l int32 2; tensor h "
		  "float 2 2 4; "
		  "tensor c float 2 2 4; tensor p float 2 12",
		  "LSTM x,w,r,_,l,h,c,p -> y,e hidden_size=4 direction='bidirectional' layout=1", "2 7 2 4", "LSTM",
		  "linear_macs=4032 linear_out=448 other_activation_elements=560 multiply_elements=672 "
		  "add_elements=448 params=312" },
		{ 14, "input x float 7 2 5; tensor w float 1 12 5; tensor r float 1 12 4; tensor b float 1 24",
		  "GRU x,w,r,b -> y hidden_size=4 linear_before_reset=1", "7 1 2 4", "GRU",
		  "linear_macs=1512 linear_out=168 linear_bias=336 other_activation_elements=168 "
		  "multiply_elements=168 add_elements=112" },
		{ 14, "input x float 7 2 5; tensor w float 1 4 5; tensor r float 1 4 4",
		  "RNN x,w,r -> s,y hidden_size=4", "1 2 4", "RNN",
		  "linear_macs=504 linear_out=56 other_activation_elements=56" },
	};

	(void)state;
	CHECK(rows);
}

#define LINEAR                                                                                                       \
	"input q float 2 5 32; input k float 2 5 16; input v float 2 5 12; input g float 2 5 2; input b float 2 5 2"

static void attentions(void **state)
{
	static const struct row rows[] = {
		{ 23, "input q float 2 3 5 8; input k float 2 3 7 8; input v float 2 3 7 6", "Attention q,k,v -> y",
		  "2 3 5 6", "Attention", "matmul_macs=2940 other_activation_elements=210 multiply_elements=210" },
		{ 23, "input q float 2 5 24; input k float 2 7 8; input v float 2 7 8",
		  "Attention q,k,v -> y q_num_heads=3 kv_num_heads=1", "2 5 24", "Attention",
		  "matmul_macs=3360 other_activation_elements=210 multiply_elements=210" },
		{ 23, "input q float 2 3 1 8; input k float 2 3 1 8; input v float 2 3 1 8; input p float 2 3 9 8",
		  "Attention q,k,v,_,p,p -> y,l", "2 3 1 8", "Attention",
		  "matmul_macs=960 other_activation_elements=60 multiply_elements=60" },
		{ 23, "input q float 2 3 1 8; input k float 2 3 1 8; input v float 2 3 1 8; input p float 2 3 9 8",
		  "Attention q,k,v,_,p,p -> a,y", "2 3 10 8", "Attention",
		  "matmul_macs=960 other_activation_elements=60 multiply_elements=60" },
		{ 17, "input q float 2 5 24; input k float 2 7 24; input v float 2 7 24",
		  "MultiHeadAttention q,k,v -> y num_heads=3 domain:com.microsoft", "2 5 24", "MultiHeadAttention",
		  "matmul_macs=3360 other_activation_elements=210 multiply_elements=210" },
		/* 2 x 5 rows; a state of 8 x 6 for each of 2 heads, read by 4 heads of queries. */
		{ 27, LINEAR, "LinearAttention q,k,v -> y q_num_heads=4 kv_num_heads=2 update_rule='linear'",
		  "2 5 24", "LinearAttention", "matmul_macs=2880" },
		{ 27, LINEAR, "LinearAttention q,k,v,_,g -> y q_num_heads=4 kv_num_heads=2 update_rule='gated'",
		  "2 5 24", "LinearAttention", "matmul_macs=2880 multiply_elements=960" },
		{ 27, LINEAR, "LinearAttention q,k,v,_,g,b -> s,y q_num_heads=4 kv_num_heads=2", "2 2 8 6",
		  "LinearAttention", "matmul_macs=3840 multiply_elements=960" },
	};

	(void)state;
	CHECK(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions), cmocka_unit_test(products),   cmocka_unit_test(gradients),
		cmocka_unit_test(recurrences),	cmocka_unit_test(attentions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
