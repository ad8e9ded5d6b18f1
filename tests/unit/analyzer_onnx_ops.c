/*
 * Every op of ONNX that is counted, by rows: operands, the shape that must come out, what it must cost. Where a row names a
 * kind, the layer must have become one that trains; the same row with a value that is no parameter must cost as much.
 */
#include "analyzer_onnx_write.h"

#include "flopclock/cost.h"
#include "flopclock/file.h"
#include "flopclock/model.h"

#include "../../analyzer/onnx_machine.h"

struct row {
	int opset;
	const char *operands; /* statements in front of the node */
	const char *node;     /* whose first output is y */
	const char *shape;    /* of y; NULL: not looked at */
	const char *kind;     /* of the layer; NULL: none is left; "" any */
	const char *costs;    /* counters as "name=number", data= and weights= for backward MACs, params= */
};

static int load(const char *text, struct fc_graph *graph, struct fc_error *err)
{
	const struct fc_model_request request = { .model = "row.onnx", .batch = 1 };
	struct fc_str file = write_onnx(text);
	const int rc = fc_model_read(&request, file.text, file.length, graph, err);

	fc_str_release(&file);
	return rc;
}

/* -------- costs -------- */

static uint64_t phase_macs(const struct fc_cost_table *table, enum fc_phase phase)
{
	uint64_t macs = 0;

	for (int i = 0; i < table->count; i++)
		macs += table->costs[i].step.phase == phase ? table->costs[i].macs : 0;
	return macs;
}

static uint64_t wanted(const char *costs, const char *name, bool *found)
{
	const size_t length = strlen(name);
	const char *at = costs;

	*found = false;
	while ((at = strstr(at, name))) {
		if ((at == costs || at[-1] == ' ') && at[length] == '=') {
			*found = true;
			return strtoull(at + length + 1, NULL, 10);
		}
		at += length;
	}
	return 0;
}

static void check_number(const struct row *row, const char *name, uint64_t got, bool always)
{
	bool found;
	const uint64_t want = wanted(row->costs, name, &found);

	if ((found || always) && got != want)
		fail_msg("%s: %s is %llu, not %llu", row->node, name, (unsigned long long)got,
			 (unsigned long long)want);
}

static void check_costs(const struct row *row, const struct fc_graph *graph)
{
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_counts sum;

	if (fc_cost_build(graph, &table, &err) || fc_cost_counts(&table, FC_PASS_TRAIN, &sum, &err))
		fail_msg("%s: %s", row->node, err.text);
#define X(name) check_number(row, #name, sum.name, true);
	FC_COUNTERS(X)
#undef X
	check_number(row, "params", table.params, false);
	check_number(row, "data", phase_macs(&table, FC_PHASE_BACKWARD_DATA), false);
	check_number(row, "weights", phase_macs(&table, FC_PHASE_BACKWARD_WEIGHTS), false);
	fc_cost_release(&table);
}

/* -------- a row -------- */

static void check_layers(const struct row *row)
{
	struct fc_error err = { "" };
	struct fc_str text = { 0 };
	struct fc_graph graph;

	/* A layer in front of it all, so that gradients are wanted; it costs nothing that is counted but its product. */
	fc_str_addf(&text, "opset %d\n%s\n%s\noutput y float none", row->opset, row->operands, row->node);
	if (load(text.text, &graph, &err)) {
		/* A constant is no network. */
		if (row->kind || !strstr(err.text, "no layer"))
			fail_msg("%s: %s", row->node, err.text);
		fc_str_release(&text);
		return;
	}
	if (row->kind && *row->kind && strcmp(fc_node_kind(&graph.nodes[graph.node_count - 1]), row->kind))
		fail_msg("%s: became %s, not %s", row->node, fc_node_kind(&graph.nodes[graph.node_count - 1]),
			 row->kind);
	if (!row->kind)
		fail_msg("%s: became %s", row->node, fc_node_kind(&graph.nodes[graph.node_count - 1]));
	check_costs(row, &graph);
	fc_graph_release(&graph);
	fc_str_release(&text);
}

/* Joined with a value of the shape that is wanted: every side must be equal, and the joined one twice as long. */
static void check_shape(const struct row *row)
{
	struct fc_error err = { "" };
	struct fc_str text = { 0 };
	struct fc_graph graph;
	uint64_t elements = 1;

	for (const char *side = row->shape; side && *side; side += strcspn(side, " ") + (strchr(side, ' ') != NULL))
		elements *= strtoull(side, NULL, 10);
	fc_str_addf(&text,
		    "opset %d\n%s\ntensor witness float %s\n%s\nConcat y,witness -> joined axis=0 name:joined\n"
		    "Relu joined -> end\noutput end float none",
		    row->opset, row->operands, row->shape, row->node);
	if (load(text.text, &graph, &err))
		fail_msg("%s: %s", row->node, err.text);
	for (int i = 0; i < graph.node_count; i++)
		if (!strcmp(graph.nodes[i].name, "joined") &&
		    (uint64_t)fc_shape_elements(graph.nodes[i].shape) != 2 * elements)
			fail_msg("%s: the first side is not that of %s", row->node, row->shape);
	fc_graph_release(&graph);
	fc_str_release(&text);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_layers(&rows[i]);
		if (rows[i].shape)
			check_shape(&rows[i]);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))
#define IMAGE	    "input x float 2 6 8 10"

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
	};

	(void)state;
	CHECK(rows);
}

/* -------- element by element -------- */

#define ACTIVATION "other_activation_elements=960"

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

#define POOL(in, out)                                                                                                \
	"adaptive_pool_in=" #in " adaptive_pool_out=" #out " adaptive_pool_module_in=" #in                           \
	" adaptive_pool_module_out=" #out

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

/* -------- moved -------- */

#define RELU		"relu_elements=960 relu_module_elements=960"
#define THEN_RELU(node) node " -> z; Relu z -> y"

static void moves(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE, "Slice x -> y starts=[1] ends=[3] axes=[1]", "2 2 8 10", "slice", "" },
		{ 10,
		  IMAGE "; tensor s int64 1 : 1; tensor e int64 1 : 9223372036854775807; tensor a int64 1 : -1; "
			"tensor t int64 1 : 3",
		  "Slice x,s,e,a,t -> y", "2 6 8 3", "slice", "" },
		{ 10,
		  IMAGE "; tensor s int64 1 : -1; tensor e int64 1 : -9223372036854775807; tensor a int64 1 : 2; "
			"tensor t int64 1 : -2",
		  "Slice x,s,e,a,t -> y", "2 6 4 10", "Slice", "" },
		{ 10, IMAGE "; tensor s int64 2 : 0 2; tensor e int64 2 : 1 4; tensor a int64 2 : 0 1",
		  "Slice x,s,e,a -> y", "1 2 8 10", "Slice", "" },
		{ 7, IMAGE, "Split x -> a,y,c axis=1 split=[1,2,3]", "2 2 8 10", "slice", "" },
		{ 13, IMAGE "; tensor s int64 3 : 1 2 3", "Split x,s -> a,b,y axis=1", "2 3 8 10", "slice", "" },
		{ 18, IMAGE, "Split x -> a,b,y,e axis=1 num_outputs=4", "2 2 8 10", "slice", "" },
		{ 7, IMAGE, "Split x -> a,y axis=3", "2 6 8 5", "slice", "" },
		{ 7, IMAGE "; tensor i int64 : 2", "Gather x,i -> y axis=1", "2 8 10", "slice", "" },
		{ 7, IMAGE "; tensor i int64 2 3 : 0 1 2 3 4 -1", "Gather x,i -> y axis=1", "2 2 3 8 10", "Gather",
		  "" },
		{ 7, "input i int64 2 5; tensor w float 100 8", "Gather w,i -> y", "2 5 8", "embedding",
		  "params=800" },
		{ 7, "input i int64 2 5; tensor w float 100 4 8", "Gather w,i -> y axis=1", "100 2 5 8", "Gather",
		  "params=3200" },
		{ 11, IMAGE "; input i int64 2 6 8 3", "GatherElements x,i -> y axis=3", "2 6 8 3", "GatherElements",
		  "" },
		{ 12, IMAGE "; input i int64 2 7 2", "GatherND x,i -> y batch_dims=1", "2 7 10", "GatherND", "" },
		{ 7, IMAGE, "Pad x -> y pads=[0,0,1,2,0,0,3,4] mode='reflect'", "2 6 12 16", "pad", "" },
		{ 11, IMAGE "; tensor p int64 8 : 0 0 1 1 0 0 0 0; tensor v float : 0", "Pad x,p,v -> y", "2 6 9 11",
		  "pad", "" },
		{ 18, IMAGE "; tensor p int64 2 : 1 1; tensor a int64 1 : 1", "Pad x,p,_,a -> y", "2 8 8 10", "Pad",
		  "" },
		{ 11, IMAGE "; tensor p int64 8 : 0 0 0 0 0 0 0 0", "Pad x,p -> z; Relu z -> y", "2 6 8 10", "relu",
		  RELU },
		{ 13, IMAGE "; tensor r int64 4 : 1 2 1 3", "Tile x,r -> y", "2 12 8 30", "Tile", "" },
		{ 13, "input x float 2 8 3 5", "DepthToSpace x -> y blocksize=2", "2 2 6 10", "DepthToSpace", "" },
		{ 13, IMAGE, "SpaceToDepth x -> y blocksize=2", "2 24 4 5", "SpaceToDepth", "" },
		{ 11, "input x int64 2 5; tensor d int64 : 7; tensor v float 2", "OneHot x,d,v -> y axis=1", "2 7 5",
		  "OneHot", "" },
		{ 11, IMAGE "; tensor k int64 1 : 3", "TopK x,k -> y,i axis=1", "2 3 8 10", "TopK", "" },
		{ 16, IMAGE "; input i int64 4 2; input u float 4 8 10", "ScatterND x,i,u -> y", "2 6 8 10",
		  "ScatterND", "" },
		{ 14, IMAGE, "Trilu x -> y", "2 6 8 10", "Trilu", "" },
		{ 16, IMAGE "; input g float 2 5 4 2", "GridSample x,g -> y", "2 6 5 4", "GridSample", "" },
		{ 20, "input t float 2 2 3; tensor s int64 4 : 2 6 5 4", "AffineGrid t,s -> y", "2 5 4 2",
		  "AffineGrid", "" },
		{ 7, IMAGE, "Upsample x -> y scales=[1.0,1.0,2.0,2.0] mode='nearest'", "2 6 16 20", "resize", "" },
		{ 9, IMAGE "; tensor s float 4 : 1 1 2 2", "Upsample x,s -> y mode='nearest'", "2 6 16 20", "resize",
		  "" },
		{ 10, IMAGE "; tensor s float 4 : 1 1 0.5 0.3", "Resize x,s -> y mode='linear'", "2 6 4 3", "resize",
		  "" },
		{ 11, IMAGE "; tensor r float 0; tensor s float 4 : 1 1 2 2",
		  "Resize x,r,s -> y coordinate_transformation_mode='asymmetric' "
		  "nearest_mode='floor'",
		  "2 6 16 20", "resize", "" },
		{ 13, IMAGE "; tensor n int64 4 : 2 6 5 7", "Resize x,_,_,n -> y mode='cubic'", "2 6 5 7", "Resize",
		  "" },
		{ 18, IMAGE "; tensor n int64 2 : 5 7", "Resize x,_,_,n -> y mode='linear' axes=[2,3]", "2 6 5 7",
		  "resize", "" },
		{ 18, IMAGE "; tensor n int64 2 : 8 10", "Resize x,_,_,n -> z axes=[2,3]; Relu z -> y", "2 6 8 10",
		  "relu", RELU },
		{ 13, IMAGE "; tensor s int64 5 : 2 2 3 8 10; tensor u int64 4 : 2 6 8 10",
		  "Reshape x,s -> g; Transpose g -> t perm=[0,2,1,3,4]; Reshape t,u -> y", "2 6 8 10",
		  "channel_shuffle", "" },
		{ 13, IMAGE "; tensor u int64 2 : 2 -1", "Transpose x -> t perm=[0,2,3,1]; Reshape t,u -> y", "2 480",
		  "permute", "" },
		{ 13, IMAGE "; tensor u int64 2 : 12 -1", "Transpose x -> t perm=[1,0,2,3]; Reshape t,u -> y",
		  "12 80", "Reshape", "" },
	};

	(void)state;
	CHECK(rows);
}

/* Nothing is left of these but the layer behind them. */
static void views(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE, THEN_RELU("Identity x"), "2 6 8 10", "relu", RELU },
		{ 7, IMAGE, THEN_RELU("Dropout x"), "2 6 8 10", "relu", RELU },
		{ 12, IMAGE "; tensor r float : 0.3; tensor t bool : 1", "Dropout x,r,t -> y,m", "2 6 8 10",
		  "dropout", "" },
		{ 12, IMAGE "; tensor r float : 0", THEN_RELU("Dropout x,r"), "2 6 8 10", "relu", RELU },
		{ 7, IMAGE, THEN_RELU("Flatten x"), "2 480", "relu", RELU },
		{ 9, IMAGE, THEN_RELU("Flatten x"), "2 480", "relu", RELU },
		{ 11, IMAGE, "Flatten x -> z axis=-1; Relu z -> y", "96 10", "relu", RELU },
		{ 11, IMAGE, "Flatten x -> z axis=0; Relu z -> y", "1 960", "relu", RELU },
		{ 7, IMAGE "; tensor s int64 3 : 0 -1 10", THEN_RELU("Reshape x,s"), "2 48 10", "relu", RELU },
		{ 14, "input x float 2 6; tensor s int64 2 : 6 2", "Reshape x,s -> z allowzero=1; Relu z -> y", "6 2",
		  "relu", "relu_elements=12 relu_module_elements=12" },
		{ 7, "input x float 2 1 6 1", "Squeeze x -> z axes=[1]; Relu z -> y", "2 6 1", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 13, "input x float 2 1 6 1", THEN_RELU("Squeeze x"), "2 6", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 13, "input x float 2 1 6 1; tensor a int64 1 : -1", THEN_RELU("Squeeze x,a"), "2 1 6", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 7, "input x float 2 6", "Unsqueeze x -> z axes=[0,3]; Relu z -> y", "1 2 6 1", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 13, "input x float 2 6; tensor a int64 1 : -1", THEN_RELU("Unsqueeze x,a"), "2 6 1", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 7, IMAGE, THEN_RELU("Cast x"), "2 6 8 10", "relu", RELU },
		{ 15, IMAGE "; tensor l float16 1", THEN_RELU("CastLike x,l"), "2 6 8 10", "relu", RELU },
		{ 13, "input x float 2 1 6; tensor s int64 3 : 2 5 6", THEN_RELU("Expand x,s"), "2 5 6", "Relu",
		  "relu_elements=60 relu_module_elements=60" },
		{ 13, IMAGE, "Transpose x -> z; Relu z -> y", "10 8 6 2", "relu", RELU },
		{ 13, IMAGE,
		  "Transpose x -> a perm=[0,2,1,3]; Transpose a -> b perm=[0,2,1,3]; MaxPool b -> y "
		  "kernel_shape=[1,1]",
		  "2 6 8 10", "max_pool", "max_pool_in=960 max_pool_out=960" },
		{ 13, IMAGE, "Transpose x -> a perm=[0,3,1,2]; MaxPool a -> y kernel_shape=[1,1]", "2 10 6 8",
		  "max_pool", "max_pool_in=960 max_pool_out=960" },
		{ 13, IMAGE, "Transpose x -> a perm=[1,0,2,3]; MaxPool a -> y kernel_shape=[1,1]", "6 2 8 10",
		  "MaxPool", "max_pool_in=960 max_pool_out=960" },
	};

	(void)state;
	CHECK(rows);
}

/* -------- families: the same row for many ops -------- */

static const struct {
	const char *ops, *operands, *node, *shape, *costs; /* %s: the op */
} families[] = {
	{ "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh Elu Erf Exp Floor HardSigmoid HardSwish LeakyRelu "
	  "Log Mish Round Selu "
	  "Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Swish Gelu Hardmax "
	  "LogSoftmax Softmax",
	  IMAGE, "%s x -> y", "2 6 8 10", ACTIVATION },
	{ "FastGelu Gelu QuickGelu", IMAGE, "%s x -> y domain:com.microsoft", "2 6 8 10", ACTIVATION },
	{ "BitwiseNot IsInf IsNaN Not", "input x bool 2 6", "%s x -> y", "2 6", "" },
	{ "And BitShift BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less LessOrEqual Or Xor",
	  "input x int64 2 6; input z int64 6", "%s x,z -> y", "2 6", "" },
	{ "Max Min Mod Pow", "input x float 2 6; input z float 2 6", "%s x,z -> y", "2 6",
	  "other_activation_elements=12" },
	{ "Add Sub Sum Mean", "input x float 2 6; input z float 2 6", "%s x,z -> y", "2 6", "add_elements=12" },
	{ "Div Mul", "input x float 2 6; input z float 2 6", "%s x,z -> y", "2 6", "multiply_elements=12" },
	{ "ReduceL1 ReduceLogSum ReduceSum", IMAGE, "%s x -> y", "1 1 1 1", "add_elements=960" },
	{ "ReduceL2 ReduceLogSumExp ReduceMax ReduceMin ReduceSumSquare", IMAGE, "%s x -> y", "1 1 1 1", ACTIVATION },
	{ "ReduceProd", IMAGE, "%s x -> y", "1 1 1 1", "multiply_elements=960" },
	{ "CumSum", IMAGE "; tensor a int64 : 1", "%s x,a -> y", "2 6 8 10", "add_elements=960" },
	{ "CumProd", IMAGE "; tensor a int64 : 1", "%s x,a -> y", "2 6 8 10", "multiply_elements=960" },
	{ "ArgMax ArgMin", IMAGE, "%s x -> y axis=1", "2 1 8 10", "" },
	{ "Bernoulli BitCast Trilu", IMAGE, "%s x -> y", "2 6 8 10", "" },
	{ "ReverseSequence", IMAGE "; input l int64 2", "%s x,l -> y", "2 6 8 10", "" },
	{ "Scatter ScatterElements ScatterND TensorScatter", IMAGE "; input i int64 1; input u float 1",
	  "%s x,i,u -> y", "2 6 8 10", "" },
	{ "MaxRoiPool", IMAGE "; input b float 3 5", "%s x,b -> y pooled_shape=[2,4]", "3 6 2 4", "" },
	{ "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", "input x float 2 6; input l int64 2",
	  "%s x,l -> y reduction='none'", "2", "other_activation_elements=12" },
	{ "GlobalLpPool", IMAGE, "%s x -> y", "2 6 1 1", POOL(960, 12) },
	{ "LpNormalization MeanVarianceNormalization", IMAGE, "%s x -> y", "2 6 8 10", "norm_elements=960" },
	{ "SimplifiedLayerNormalization", "input x float 2 5 6; tensor v float 6", "%s x,v -> y domain:com.microsoft",
	  "2 5 6", "norm_elements=60 norm_params=12" },
	{ "SkipLayerNormalization SkipSimplifiedLayerNormalization",
	  "input x float 2 5 6; input z float 2 5 6; tensor v float 6", "%s x,z,v -> y domain:com.microsoft", "2 5 6",
	  "norm_elements=60 add_elements=60" },
	/* Constants: what is left is the sum with them. */
	{ "RandomNormalLike RandomUniformLike EyeLike", "input x float 2 6", "%s x -> r; Add x,r -> y", "2 6",
	  "add_elements=12" },
	{ "RandomNormal RandomUniform", "input x float 2 6", "%s -> r shape=[2,6]; Add x,r -> y", "2 6",
	  "add_elements=12" },
	{ "BlackmanWindow HammingWindow HannWindow", "input x float 2 6; tensor n int64 : 6",
	  "%s n -> r; Add x,r -> y", "2 6", "add_elements=12" },
};

static void each_of_a_family(void **state)
{
	(void)state;
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		char *const ops = strdup(families[f].ops), *rest = ops;

		for (char *op; (op = strsep(&rest, " "));) {
			struct fc_str node = { 0 };
			const char *const place = strstr(families[f].node, "%s");
			struct row row = { 24, families[f].operands, NULL, families[f].shape, "", families[f].costs };

			fc_str_addf(&node, "%s%s", op, place + 2);
			row.node = node.text;
			check_rows(&row, 1);
			fc_str_release(&node);
		}
		free(ops);
	}
}

/* A word of a text, not a part of one. */
static bool has_word(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || at[-1] == ' ' || at[-1] == '"') &&
		    (at[length] == ' ' || at[length] == 0 || at[length] == '"'))
			return true;
	return false;
}

/* Reads the sources of the tests themselves: whoever adds a row to the reader's table is told to add one here. */
static void every_op_is_tested(void **state)
{
	static const char *const files[] = { "analyzer_onnx_ops.c", "analyzer_onnx.c" };
	const struct onnx_op *op;
	struct fc_str all = { 0 };

	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fc_error err = { "" };
		char path[4096], *text;
		size_t size;

		snprintf(path, sizeof(path), "%s/tests/unit/%s", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".",
			 files[f]);
		if (fc_file_read(path, 1 << 20, &text, &size, &err))
			fail_msg("%s", err.text);
		for (char *c = text; *c; c++) {
			if (c[0] == '\\' && c[1] == 'n')
				c[1] = ' ';
			if (strchr(";\n\t\\", *c))
				*c = ' ';
		}
		fc_str_add(&all, text);
		free(text);
	}
	for (int i = 0; (op = fc_onnx_op_at(i)); i++)
		if (!has_word(all.text, op->name))
			fail_msg("%s has no row", op->name);
	fc_str_release(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions),
		cmocka_unit_test(products),
		cmocka_unit_test(gradients),
		cmocka_unit_test(recurrences),
		cmocka_unit_test(attentions),
		cmocka_unit_test(functions),
		cmocka_unit_test(joins),
		cmocka_unit_test(pools),
		cmocka_unit_test(norms),
		cmocka_unit_test(reductions),
		cmocka_unit_test(moves),
		cmocka_unit_test(views),
		cmocka_unit_test(each_of_a_family),
		cmocka_unit_test(every_op_is_tested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
