/* Ops that compute element by element, over windows and over sides. */
#include "analyzer_onnx_row.h"

/* -------- element by element -------- */

static void functions(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE, "Relu x -> y", "2 6 8 10", "relu", "relu_elements=960 relu_module_elements=960" },
		{ 6 + 1, IMAGE, "Clip x -> y min=0.0 max=6.0", "2 6 8 10", "relu6",
		  "relu_elements=960 relu_module_elements=960" },
		{ 11, IMAGE "; tensor a float : 0; tensor b float : 6", "Clip x,a,b -> y", "2 6 8 10", "relu6",
		  "relu_elements=960 relu_module_elements=960" },
		{ 13, IMAGE "; tensor a float : 0", "Clip x,a -> y", "2 6 8 10", "relu",
		  "relu_elements=960 relu_module_elements=960" },
		{ 13, IMAGE "; tensor a float : -1; tensor b float : 2", "Clip x,a,b -> y", "2 6 8 10", "clip",
		  ACTIVATION },
		{ 13, IMAGE "; tensor b float : 2", "Clip x,_,b -> y", "2 6 8 10", "Clip", ACTIVATION },
		{ 13, IMAGE "; input a float", "Clip x,a -> y", "2 6 8 10", "Clip", ACTIVATION },
		{ 7, IMAGE, "Sigmoid x -> y", "2 6 8 10", "sigmoid", ACTIVATION },
		{ 7, IMAGE, "Tanh x -> y", "2 6 8 10", "tanh", ACTIVATION },
		{ 7, IMAGE, "LeakyRelu x -> y alpha=0.2", "2 6 8 10", "leaky_relu", ACTIVATION },
		{ 7, IMAGE, "Elu x -> y", "2 6 8 10", "elu", ACTIVATION },
		{ 7, IMAGE, "Selu x -> y", "2 6 8 10", "Selu", ACTIVATION },
		{ 7, IMAGE, "HardSigmoid x -> y", "2 6 8 10", "hard_sigmoid", ACTIVATION },
		{ 14, IMAGE, "HardSwish x -> y", "2 6 8 10", "hard_swish", ACTIVATION },
		{ 20, IMAGE, "Gelu x -> y approximate='tanh'", "2 6 8 10", "gelu", ACTIVATION },
		{ 18, IMAGE, "Mish x -> y", "2 6 8 10", "mish", ACTIVATION },
		{ 24, IMAGE, "Swish x -> y", "2 6 8 10", "silu", ACTIVATION },
		{ 24, IMAGE, "Swish x -> y alpha=1.5", "2 6 8 10", "Swish", ACTIVATION },
		{ 28, IMAGE "; input z float 2 6 8 10", "SwiGLU x,z -> y", "2 6 8 10", "SwiGLU",
		  ACTIVATION " multiply_elements=960" },
		{ 7, IMAGE, "Exp x -> y", "2 6 8 10", "exp", ACTIVATION },
		{ 9, IMAGE, "Erf x -> y", "2 6 8 10", "erf", ACTIVATION },
		{ 7, IMAGE, "Neg x -> y", "2 6 8 10", "scale", "multiply_elements=960" },
		{ 7, IMAGE, "Floor x -> y", "2 6 8 10", "Floor", ACTIVATION },
		{ 7, IMAGE, "Reciprocal x -> y", "2 6 8 10", "Reciprocal", "multiply_elements=960" },
		{ 7, "input x bool 2 3", "Not x -> y", NULL, "Not", "" },
		{ 7, IMAGE "; tensor s float 6 1 1", "PRelu x,s -> y", "2 6 8 10", "PRelu", ACTIVATION " params=6" },
		{ 7, IMAGE "; tensor s float 1", "PRelu x,s -> y", "2 6 8 10", "PRelu", ACTIVATION " params=1" },
		{ 13, IMAGE, "Softmax x -> y", "2 6 8 10", "softmax", ACTIVATION },
		{ 13, IMAGE, "Softmax x -> y axis=1", "2 6 8 10", "softmax", ACTIVATION },
		{ 11, IMAGE, "Softmax x -> y axis=1", "2 6 8 10", "Softmax", ACTIVATION },
		{ 11, IMAGE, "Softmax x -> y axis=-1", "2 6 8 10", "softmax", ACTIVATION },
		{ 13, "input x float 2 6", "LogSoftmax x -> y", "2 6", "LogSoftmax", "other_activation_elements=12" },
		{ 23, "input x float 2 4 8; tensor c float 4 4; tensor s float 4 4",
		  "RotaryEmbedding x,c,s -> y num_heads=2", "2 4 8", "RotaryEmbedding",
		  "multiply_elements=128 add_elements=64 params=0" },
		/* A chain on transposed data: the order of values does not matter. */
		{ 13, IMAGE, "Transpose x -> t perm=[0,2,3,1]; Relu t -> y", "2 8 10 6", "relu",
		  "relu_elements=960 relu_module_elements=960" },
		{ 13, "input x uint8 2 3; tensor s float : 1; tensor z uint8 : 0", "DequantizeLinear x,s,z -> y",
		  "2 3", "DequantizeLinear", "multiply_elements=6" },
		{ 13, "input x float 2 3; tensor s float : 1; tensor z uint8 : 0", "QuantizeLinear x,s,z -> y", NULL,
		  "QuantizeLinear", "multiply_elements=6" },
		{ 13, "input x float 2 3", "DynamicQuantizeLinear x -> y,s,z", NULL, "DynamicQuantizeLinear",
		  "multiply_elements=6" },
	};

	(void)state;
	CHECK(rows);
}

static void joins(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE "; input z float 2 6 8 10", "Add x,z -> y", "2 6 8 10", "add", "add_elements=960" },
		{ 7, IMAGE, "Relu x -> r; Add x,r -> y", "2 6 8 10", "add",
		  "relu_elements=960 relu_module_elements=960 add_elements=960" },
		{ 7, IMAGE "; tensor p float 6 1 1", "Add x,p -> y", "2 6 8 10", "add", "add_elements=960 params=6" },
		{ 7, IMAGE "; tensor p float 6 1 1", "Mul p,x -> y", "2 6 8 10", "multiply",
		  "multiply_elements=960 params=6" },
		{ 7, IMAGE, "GlobalAveragePool x -> s; Mul x,s -> y", "2 6 8 10", "multiply",
		  "adaptive_pool_in=960 adaptive_pool_out=12 adaptive_pool_module_in=960 adaptive_pool_module_out=12 "
		  "multiply_elements=960" },
		{ 7, IMAGE "; tensor p float : 0.5", "Mul x,p -> y", "2 6 8 10", "scale",
		  "multiply_elements=960 params=0" },
		{ 7, IMAGE "; tensor p float 1 : 0.5", "Div x,p -> y", "2 6 8 10", "scale", "multiply_elements=960" },
		{ 7, IMAGE "; tensor p float : 0.5", "Div p,x -> y", "2 6 8 10", "Div", "multiply_elements=960" },
		{ 7, IMAGE "; tensor p float : 0.5", "Add x,p -> y", "2 6 8 10", "Add", "add_elements=960 params=0" },
		{ 13, IMAGE "; tensor p float : 2", "Pow x,p -> y", "2 6 8 10", "power", ACTIVATION },
		{ 13, IMAGE, "Exp x -> e; Sub x,e -> y", "2 6 8 10", "subtract", ACTIVATION " add_elements=960" },
		{ 13, IMAGE, "Exp x -> e; Max x,e -> y", "2 6 8 10", "maximum", "other_activation_elements=1920" },
		{ 13, IMAGE, "Exp x -> e; Sum x,e,x -> y", "2 6 8 10", "add", ACTIVATION " add_elements=1920" },
		{ 13, IMAGE, "Exp x -> e; Mean x,e -> y", "2 6 8 10", "Mean", ACTIVATION " add_elements=960" },
		{ 13, IMAGE, "Sum x -> e; Relu e -> y", "2 6 8 10", "relu",
		  "relu_elements=960 relu_module_elements=960" },
		{ 13, IMAGE, "Exp x -> e; Greater x,e -> y", NULL, "Greater", ACTIVATION },
		{ 13, "input x bool 2 3; input z bool 3", "And x,z -> y", NULL, "And", "" },
		{ 13, "input x float 2 1 3; input z float 4 1", "Add x,z -> y", "2 4 3", "Add", "add_elements=24" },
		{ 13, IMAGE "; input c bool 8 1", "Exp x -> e; Where c,x,e -> y", "2 6 8 10", "Where", ACTIVATION },
		{ 7, IMAGE, "Relu x -> r; Concat x,r -> y axis=1", "2 12 8 10", "concat",
		  "relu_elements=960 relu_module_elements=960 concat_elements=1920" },
		{ 7, IMAGE, "Relu x -> r; Concat x,r -> y axis=-2", "2 6 16 10", "Concat",
		  "relu_elements=960 relu_module_elements=960 concat_elements=1920" },
	};

	(void)state;
	CHECK(rows);
}

/* -------- windows, norms, reductions -------- */

static void pools(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE, "MaxPool x -> y kernel_shape=[2,2] strides=[2,2]", "2 6 4 5", "max_pool",
		  "max_pool_in=960 max_pool_out=240" },
		{ 10, IMAGE, "MaxPool x -> y kernel_shape=[3,3] strides=[2,2] ceil_mode=1", "2 6 4 5", "max_pool",
		  "max_pool_in=960 max_pool_out=240" },
		{ 10, IMAGE, "MaxPool x -> y kernel_shape=[3,3] strides=[3,3] ceil_mode=1 pads=[1,1,1,1]", "2 6 3 4",
		  "max_pool", "max_pool_in=960 max_pool_out=144" },
		{ 10, IMAGE, "MaxPool x -> y kernel_shape=[3,3] dilations=[2,2]", "2 6 4 6", "MaxPool",
		  "max_pool_in=960 max_pool_out=288" },
		{ 12, IMAGE, "MaxPool x -> y,i kernel_shape=[2,2]", "2 6 7 9", "MaxPool",
		  "max_pool_in=960 max_pool_out=756" },
		{ 12, "input x float 2 6 10", "MaxPool x -> y kernel_shape=[2] strides=[2]", "2 6 5", "max_pool",
		  "max_pool_in=120 max_pool_out=60" },
		{ 7, IMAGE, "AveragePool x -> y kernel_shape=[2,2] strides=[2,2]", "2 6 4 5", "avg_pool",
		  "avg_pool_in=960 avg_pool_out=240" },
		{ 7, IMAGE, "AveragePool x -> y kernel_shape=[3,3] pads=[1,1,1,1] count_include_pad=1", "2 6 8 10",
		  "avg_pool", "avg_pool_in=960 avg_pool_out=960" },
		{ 7, IMAGE, "AveragePool x -> y kernel_shape=[3,3] auto_pad='SAME_UPPER'", "2 6 8 10", "avg_pool",
		  "avg_pool_in=960 avg_pool_out=960" },
		{ 7, IMAGE, "LpPool x -> y kernel_shape=[2,2]", "2 6 7 9", "LpPool",
		  "avg_pool_in=960 avg_pool_out=756" },
		{ 7, IMAGE, "GlobalAveragePool x -> y", "2 6 1 1", "adaptive_avg_pool",
		  "adaptive_pool_in=960 adaptive_pool_out=12 adaptive_pool_module_in=960 "
		  "adaptive_pool_module_out=12" },
		{ 7, IMAGE, "GlobalMaxPool x -> y", "2 6 1 1", "adaptive_max_pool",
		  "max_pool_in=960 max_pool_out=12" },
		{ 7, "input x float 2 6 3 4 5", "GlobalAveragePool x -> y", "2 6 1 1 1", "GlobalAveragePool",
		  "adaptive_pool_in=720 adaptive_pool_out=12 adaptive_pool_module_in=720 "
		  "adaptive_pool_module_out=12" },
		{ 9, "input x float 1 1 2 2; input i int64 1 1 2 2",
		  "MaxUnpool x,i -> y kernel_shape=[2,2] strides=[2,2]", "1 1 4 4", "MaxUnpool", "" },
		{ 16, IMAGE "; input b float 5 4; input n int64 5",
		  "RoiAlign x,b,n -> y output_height=7 output_width=3", "5 6 7 3", "RoiAlign", "" },
	};

	(void)state;
	CHECK(rows);
}

static void norms(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE "; tensor v float 6; tensor u float 6; tensor m float 6; tensor s float 6",
		  "BatchNormalization x,v,u,m,s -> y", "2 6 8 10", "batch_norm",
		  "norm_elements=960 norm_params=24 params=12" },
		{ 15, IMAGE "; tensor v float 6; tensor u float 6; tensor m float 6; tensor s float 6",
		  "BatchNormalization x,v,u,m,s -> y,a,b training_mode=1", "2 6 8 10", "batch_norm",
		  "norm_elements=960 norm_params=24 params=12" },
		{ 9,
		  "input x float 2 6 3 4 5; tensor v float 6; tensor u float 6; tensor m float 6; tensor s float 6",
		  "BatchNormalization x,v,u,m,s -> y", "2 6 3 4 5", "BatchNormalization",
		  "norm_elements=720 norm_params=24 params=12" },
		{ 17, "input x float 2 5 6; tensor v float 6; tensor u float 6", "LayerNormalization x,v,u -> y",
		  "2 5 6", "layer_norm", "norm_elements=60 norm_params=24 params=12" },
		{ 17, IMAGE "; tensor v float 8 10; tensor u float 8 10", "LayerNormalization x,v,u -> y axis=2",
		  "2 6 8 10", "layer_norm", "norm_elements=960 norm_params=320 params=160" },
		{ 17, "input x float 2 5 6; tensor v float 6", "LayerNormalization x,v -> y", "2 5 6",
		  "LayerNormalization", "norm_elements=60 norm_params=12 params=6" },
		{ 17, "input x float 2 5 6; tensor v float 6; tensor u float 6", "LayerNormalization x,v,u -> a,y,b",
		  "2 5 1", "layer_norm", "norm_elements=60 norm_params=24" },
		{ 7, IMAGE "; tensor v float 6; tensor u float 6", "InstanceNormalization x,v,u -> y", "2 6 8 10",
		  "group_norm", "norm_elements=960 norm_params=24 params=12" },
		{ 21, IMAGE "; tensor v float 6; tensor u float 6", "GroupNormalization x,v,u -> y num_groups=3",
		  "2 6 8 10", "group_norm", "norm_elements=960 norm_params=24 params=12" },
		{ 18, IMAGE "; tensor v float 3; tensor u float 3", "GroupNormalization x,v,u -> y num_groups=3",
		  "2 6 8 10", "GroupNormalization", "norm_elements=960 norm_params=12 params=6" },
		{ 23, "input x float 2 5 6; tensor v float 6", "RMSNormalization x,v -> y", "2 5 6",
		  "RMSNormalization", "norm_elements=60 norm_params=12 params=6" },
		{ 7, IMAGE, "LRN x -> y size=5", "2 6 8 10", "local_response_norm", "norm_elements=960" },
		{ 7, IMAGE, "LpNormalization x -> y", "2 6 8 10", "LpNormalization", "norm_elements=960" },
		{ 17, "input x float 2 5 6; input z float 2 5 6; tensor v float 6; tensor u float 6",
		  "SkipLayerNormalization x,z,v,u -> y domain:com.microsoft", "2 5 6", "SkipLayerNormalization",
		  "norm_elements=60 add_elements=60 params=12" },
	};

	(void)state;
	CHECK(rows);
}

static void reductions(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE, "ReduceMean x -> y axes=[2,3]", "2 6 1 1", "adaptive_avg_pool", POOL(960, 12) },
		{ 7, IMAGE, "ReduceMean x -> y axes=[-1,-2] keepdims=0", "2 6", "adaptive_avg_pool", POOL(960, 12) },
		{ 18, IMAGE "; tensor a int64 2 : 2 3", "ReduceMean x,a -> y keepdims=0", "2 6", "adaptive_avg_pool",
		  POOL(960, 12) },
		{ 18, "input x float 2 5 6; tensor a int64 1 : 1", "ReduceMean x,a -> y keepdims=0", "2 6", "mean",
		  "adaptive_pool_in=60 adaptive_pool_out=12" },
		{ 18, IMAGE, "ReduceMean x -> y keepdims=1", "1 1 1 1", "ReduceMean", POOL(960, 1) },
		{ 13, IMAGE "; tensor a int64 1 : 1", "ReduceSum x,a -> y", "2 1 8 10", "ReduceSum",
		  "add_elements=960" },
		{ 11, IMAGE, "ReduceSum x -> y axes=[0,1] keepdims=0", "8 10", "ReduceSum", "add_elements=960" },
		{ 13, IMAGE, "ReduceSum x -> e noop_with_empty_axes=1; Relu e -> y", "2 6 8 10", "relu",
		  "relu_elements=960 relu_module_elements=960" },
		{ 18, IMAGE "; tensor a int64 1 : 3", "ReduceMax x,a -> y", "2 6 8 1", "ReduceMax", ACTIVATION },
		{ 13, IMAGE, "ArgMax x -> y axis=1 keepdims=0", NULL, "ArgMax", "" },
		{ 14, IMAGE "; tensor a int64 : 1", "CumSum x,a -> y", "2 6 8 10", "CumSum", "add_elements=960" },
		{ 13, "input x float 2 6; input l int64 2", "SoftmaxCrossEntropyLoss x,l -> y", NULL,
		  "SoftmaxCrossEntropyLoss", "other_activation_elements=12" },
	};

	(void)state;
	CHECK(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions), cmocka_unit_test(joins),	   cmocka_unit_test(pools),
		cmocka_unit_test(norms),     cmocka_unit_test(reductions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
