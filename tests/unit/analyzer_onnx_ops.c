/* Families of ops of ONNX, and that no op is without a test. */
#include "analyzer_onnx_row.h"

#include "flopclock/file.h"

#include "../../analyzer/onnx_machine.h"

static const struct {
	const char *ops, *operands, *node, *shape, *costs; /* %s: the op */
} families[] = {
	{ "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh Elu Erf Exp Floor HardSigmoid HardSwish LeakyRelu "
	  "Log Mish Round Selu "
	  "Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Swish Gelu Hardmax "
	  "LogSoftmax Softmax",
	  IMAGE, "%s x -> y", "2 6 8 10", ACTIVATION },
	{ "Gelu QuickGelu", IMAGE, "%s x -> y domain:com.microsoft", "2 6 8 10", ACTIVATION },
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
	{ "ConstantFill", "input x float 2 6", "%s -> r shape=[2,6]; Add x,r -> y", "2 6", "add_elements=12" },
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
	static const char *const files[] = { "analyzer_onnx_ops.c",	  "analyzer_onnx_products.c",
					     "analyzer_onnx_functions.c", "analyzer_onnx_moves.c",
					     "analyzer_onnx_inside.c",	  "analyzer_onnx_refused.c",
					     "analyzer_onnx_loops.c",	  "analyzer_onnx_runtime.c" };
	const struct onnx_op *op;
	struct fc_str all = { 0 };

	(void)state;
	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
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
		cmocka_unit_test(each_of_a_family),
		cmocka_unit_test(every_op_is_tested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
