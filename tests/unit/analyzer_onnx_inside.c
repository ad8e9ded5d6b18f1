/* What is inside of ONNX files: initialisers, constants, functions, branches, functions written as several nodes. */
#include "analyzer_onnx_given.h"

/* -------- initialisers -------- */

static void shared(void **state)
{
	/* One weight in two layers is one; so is a matrix that came through an Identity, but not a vector. */
	struct fc_graph g =
		good("input x float 1 4 8 8\ntensor w float 4 4 3 3\nConv x,w -> a\nConv a,w -> c\n" END, NULL);

	(void)state;
	assert_int_equal(params_of(&g), 144);
	assert_string_equal(fc_node_kind(&g.nodes[2]), "Conv");
	assert_string_equal(g.untrainable, "layer 'c' (Conv) has parameters of an earlier layer");
	fc_graph_release(&g);
	g = good("input x float 1 4 8 8\ntensor w float 4 4 3 3\nIdentity w -> v\nConv x,w -> a\nConv a,v -> c\n" END,
		 NULL);
	assert_int_equal(params_of(&g), 144);
	fc_graph_release(&g);
	g = good("input x float 1 4 8 8\ntensor w float 4 4 3 3\ntensor v float 4 4 3 3\ntensor b float 4\nIdentity "
		 "b -> d\n"
		 "Conv x,w,b -> a\nConv a,v,d -> c\n" END,
		 NULL);
	assert_int_equal(params_of(&g), 2 * 144 + 2 * 4);
	assert_null(g.untrainable);
	fc_graph_release(&g);
	/* Vectors of one number are those of a network that was never trained: merged, not shared. */
	g = good("input x float 1 4 8 8\ntensor w float 4 4 3 3\ntensor v float 4 4 3 3\ntensor z float 4 : 0 0 0 0\n"
		 "Conv x,w,z -> a\nConv a,v,z -> c\n" END,
		 NULL);
	assert_int_equal(params_of(&g), 2 * 144 + 2 * 4);
	assert_null(g.untrainable);
	fc_graph_release(&g);
	/* But where the matrix is shared, so is the vector; and so is one of several numbers. */
	g = good("input x float 1 4 8 8\ntensor w float 4 4 3 3\ntensor z float 4 : 0 0 0 0\nConv x,w,z -> a\nConv "
		 "a,w,z -> c\n" END,
		 NULL);
	assert_int_equal(params_of(&g), 144 + 4);
	fc_graph_release(&g);
	g = good("input x float 1 4 8 8\ntensor w float 4 4 3 3\ntensor v float 4 4 3 3\ntensor z float 4 : 0 0 0 1\n"
		 "Conv x,w,z -> a\nConv a,v,z -> c\n" END,
		 NULL);
	assert_int_equal(params_of(&g), 2 * 144 + 4);
	fc_graph_release(&g);
	/* Through a cast and a transposition it is still itself. */
	g = good("input x float 2 6\ntensor w float16 4 6\nCast w -> c to=1\nTranspose c -> t\nMatMul x,t -> "
		 "y\noutput y float none",
		 NULL);
	assert_int_equal(params_of(&g), 24);
	assert_null(strstr(fc_node_kind(&g.nodes[1]), "MatMul"));
	fc_graph_release(&g);
}

/* Parts of one weight through a sequence are that weight still, a single number with a side is a bias. */
static void parts(void **state)
{
	struct fc_graph g =
		good("input x float 1 5 6\ntensor w float 12 6\ntensor n int64 2 : 4 8\ntensor zero int64 : 0\n"
		     "tensor one int64 : 1\nSplitToSequence w,n -> s\nSequenceAt s,zero -> a\nSequenceAt s,one -> b\n"
		     "Transpose a -> c\nTranspose b -> d\nMatMul x,c -> p\nMatMul x,d -> q\n"
		     "Concat p,q -> y axis=2\noutput y float none",
		     NULL);

	(void)state;
	assert_int_equal(params_of(&g), 72);
	fc_graph_release(&g);
	g = good("input x float 2 5 6\ntensor w float 6 1\ntensor b float 1\nMatMul x,w -> a\nAdd a,b -> y\n"
		 "output y float none",
		 NULL);
	assert_int_equal(params_of(&g), 7);
	assert_int_equal(g.node_count, 2);
	fc_graph_release(&g);
	/* What is computed from weights that are known is made of them. */
	g = good("input x float 2 5 4\ntensor p float 4 : 1 2 3 4\ntensor q float 4 : 5 6 7 9\nAdd p,q -> r\nMul x,r "
		 "-> y\n"
		 "output y float none",
		 NULL);
	assert_int_equal(params_of(&g), 8);
	fc_graph_release(&g);
	g = good("input x float 2 3 4 4 4\ntensor w float 1 3 1 1 1\ntensor b float 1\nConv x,w,b -> y\noutput y "
		 "float none",
		 NULL);
	assert_int_equal(params_of(&g), 4);
	fc_graph_release(&g);
}

/* Values in other files are not needed, so neither are the files. */
static void external_data(void **state)
{
	struct fc_graph g = good(
		"input x float 1 3 8 8\ntensor w float 4 3 3 3 @/nowhere/weights.bin\nConv x,w -> c\n" END, NULL);

	(void)state;
	assert_int_equal(params_of(&g), 108);
	assert_null(g.untrainable);
	fc_graph_release(&g);
}

/* Constants are nothing to train, nor zeros that stand for no bias. */
static void constants(void **state)
{
	struct fc_graph g = good("input x float 1 3 8 8\n" CONV
				 "Constant -> k value_floats=[1.0,2.0,3.0,4.0]\nConstant -> s value_ints=[1,4,1,1]\n"
				 "Reshape k,s -> m\nMul c,m -> y\noutput y float none",
				 NULL);

	(void)state;
	assert_int_equal(params_of(&g), 108);
	assert_string_equal(fc_node_kind(&g.nodes[2]), "Mul");
	fc_graph_release(&g);
	g = good("input x float 1 3 8 8\ntensor w float 4 3 3 3\ntensor z float : 0\nShape w -> s end=1\nExpand z,s "
		 "-> b\nConv x,w,b -> c\n" END,
		 NULL);
	assert_false(g.nodes[1].attributes.bias);
	fc_graph_release(&g);
	/* As exporters of old versions wrote the first state of a recurrence. */
	g = good("opset 7\ninput x float 1 3\ntensor n int64 2 : 1 3\nConstantFill n -> k input_as_shape=1\nSub x,k "
		 "-> y\n"
		 "output y float none",
		 NULL);
	assert_int_equal(g.uncounted_count, 0);
	assert_string_equal(fc_node_kind(&g.nodes[1]), "Sub");
	fc_graph_release(&g);
	/* A network of constants alone is none. */
	bad("input x float 1 3\ntensor w float 4 3\nRelu w -> r\nShape x -> y\noutput y int64 2", NULL,
	    "found no layer that depends on its inputs");
}

/* The shapes that PyTorch's exporters compute in the file: all of it must fold. */
static void folding(void **state)
{
	static const char *const texts[] = {
		"Shape x -> s;Gather s,two -> h;Gather s,three -> v;Mul h,v -> p;Unsqueeze p,zero1 -> q;Concat "
		"minus,q -> t axis=0",
		"Shape x -> s;Slice s,two1,four1 -> p;ReduceProd p -> q;Concat minus,q -> t axis=0",
		"Shape x -> s;Slice s,two1,four1 -> p;Cast p -> k to=1;Unsqueeze k,zero1 -> a;Concat a,a -> b axis=0;"
		"ReduceMax b,zero1 -> m keepdims=0;ReduceProd m -> q;Cast q -> i to=7;Concat minus,i -> t axis=0",
		"Shape x -> p start=2;ReduceProd p -> q keepdims=1;Concat minus,q -> t axis=0",
		"Size x -> n;Constant -> k value_int=24;Div n,k -> q;Reshape q,minus -> p;Concat minus,p -> t axis=0",
		"Constant -> k value_ints=[-1,80];ConstantOfShape two1 -> r;Cast r -> i to=7;Equal i,zero -> e;Where "
		"e,k,zero -> t",
		"Range three,five,one -> r;Constant -> k value_ints=[-4,76];Add r,k -> t",
		"Constant -> k value_floats=[-1.4,80.6];Cast k -> t to=7",
		"Constant -> k value_ints=[80,-1];Gather k,swap -> t",
		"Constant -> k value_ints=[-1,80];Equal k,minus -> e;Not e -> n;Cast n -> m to=7;Mul k,m -> p;Sub "
		"p,m -> q;"
		"Constant -> d value_ints=[-1,1];Add q,d -> t",
		"Constant -> k value_ints=[-1,81,80];Split k,sizes -> a,b,c;Concat a,c -> t axis=0",
		"Constant -> k value_ints=[80,-1];Slice k,last1,first1,zero1,minus -> t",
		"Constant -> k value_ints=[-1];Constant -> e value_ints=[80];SequenceConstruct k,e -> "
		"l;ConcatFromSequence l -> t axis=0",
		"Constant -> k value_ints=[7,-1,80];SplitToSequence k,sizes -> l;SequenceAt l,one -> a;SequenceAt "
		"l,last -> b;Concat a,b -> t axis=0",
		"Constant -> k value_ints=[-1,80];SplitToSequence k -> l;SequenceLength l -> n;Constant -> d "
		"value_int=2;Sub n,d -> e;Add k,e -> t",
		"Shape x -> s;Squeeze s -> u;Gather u,swap -> v;Min v,minus -> a;Constant -> e value_ints=[0,81];Max "
		"a,e -> m;Max m,minus -> n;"
		"Constant -> d value_ints=[-1,-1];Add n,d -> t",
	};
	static const char constants[] = "input x float 2 12 8 10;tensor two int64 : 2;tensor three int64 : 3;tensor "
					"one int64 : 1;tensor five int64 : 5;"
					"tensor zero int64 2 : 0 0;tensor zero1 int64 1 : 0;tensor two1 int64 1 : "
					"2;tensor four1 int64 1 : 4;tensor minus int64 1 : -1;"
					"tensor swap int64 2 : 1 0;tensor sizes int64 3 : 1 1 1;tensor last1 int64 1 "
					": -1;tensor first1 int64 1 : -9;tensor last int64 : -1;";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fc_str text = { 0 };
		struct fc_graph g;

		fc_str_addf(&text, "%s%s;Reshape x,t -> f;tensor w float 80 5;MatMul f,w -> y;output y float none",
			    constants, texts[i]);
		g = good(text.text, NULL);
		assert_int_equal(g.uncounted_count, 0);
		if (g.node_count != 2)
			fail_msg("%s: %d layers", texts[i], g.node_count);
		fc_graph_release(&g);
		fc_str_release(&text);
	}
}

/* -------- functions and branches -------- */

static void functions(void **state)
{
	static const char text[] = "function my.scaled x,w -> y\n"
				   "Conv x,w -> c group=$g\n"
				   "LeakyRelu c -> y alpha=$slope\n"
				   "end\n"
				   "function my.twice x,w -> y\n"
				   "scaled x,w -> a domain:my g=1 slope=0.5\n"
				   "scaled a,w -> y domain:my g=$groups slope=0.25\n"
				   "end\n"
				   "input x float 1 4 8 8\ntensor w float 4 4 3 3\ntwice x,w -> y domain:my "
				   "groups=1\noutput y float none";
	struct fc_graph g = good(text, NULL);

	(void)state;
	assert_int_equal(g.node_count, 5);
	assert_int_equal(g.nodes[2].op, FC_OP_LEAKY_RELU);
	assert_true(g.nodes[2].attributes.a == 0.5);
	assert_string_equal(fc_node_kind(&g.nodes[3]), "Conv");
	assert_true(g.nodes[4].attributes.a == 0.25);
	assert_int_equal(params_of(&g), 144);
	fc_graph_release(&g);
	bad("function my.again x -> y\nagain x -> y domain:my\nend\ninput x float 1 4\nagain x -> y "
	    "domain:my\noutput y float none",
	    NULL, "found functions and branches more than 32 deep");
	bad("function my.none x -> y\nRelu x -> z\nend\ninput x float 1 4\nnone x -> y domain:my\noutput y float "
	    "none",
	    NULL, "found no 'y' in its body");
}

/* Each function calls another ten times: a small file, 10^6 nodes. */
static void exploding_functions(void **state)
{
	static const char *const steps[] = { "x", "a", "b", "c", "d", "e", "f", "g", "h", "i", "y" };
	struct fc_str text = { 0 };

	(void)state;
	fc_str_add(&text, "function my.f0 x -> y\nRelu x -> y\nend\n");
	for (int i = 1; i < 7; i++) {
		fc_str_addf(&text, "function my.f%d x -> y\n", i);
		for (int k = 0; k < 10; k++)
			fc_str_addf(&text, "f%d %s -> %s domain:my\n", i - 1, steps[k], steps[k + 1]);
		fc_str_add(&text, "end\n");
	}
	fc_str_add(&text, "input x float 1 4\nf6 x -> y domain:my\noutput y float none");
	bad(text.text, NULL, "found more than 50000 layers");
	fc_str_release(&text);
}

static void branches(void **state)
{
	static const char text[] = "graph yes\nRelu x -> o\noutput o float none\nend\n"
				   "graph no\ntensor w float 4 4 1 1\nConv x,w -> p\noutput p float none\nend\n"
				   "input x float 1 4 8 8\ntensor c bool : %d\nIf c -> y then_branch=@yes "
				   "else_branch=@no\noutput y float none";
	char written[sizeof(text) + 16];

	(void)state;
	for (int condition = 0; condition < 2; condition++) {
		struct fc_graph g;

		snprintf(written, sizeof(written), text, condition);
		g = good(written, NULL);
		assert_string_equal(fc_node_kind(&g.nodes[1]), condition ? "relu" : "conv");
		fc_graph_release(&g);
	}
}

/* -------- functions in several nodes -------- */

static void patterns(void **state)
{
	static const char *const rows[][2] = {
		{ "silu", "Sigmoid x -> a;Mul x,a -> y" },
		{ "silu", "Sigmoid x -> a;Mul a,x -> y" },
		{ "Swish", "tensor k float : 1.702;Mul x,k -> b;Sigmoid b -> a;Mul x,a -> y" },
		{ "mish", "Softplus x -> a;Tanh a -> b;Mul x,b -> y" },
		{ "hard_swish", "HardSigmoid x -> a alpha=0.16666667;Mul a,x -> y" },
		{ "hard_swish", "Constant -> t value_float=3.0;Add x,t -> a;Clip a -> b min=0.0 max=6.0;Mul x,b -> "
				"c;tensor s float : 6;Div c,s -> y" },
		{ "hard_swish", "tensor t float : 3;tensor o float : 0;tensor s float : 6;Add t,x -> a;Clip a,o,s -> "
				"b;Div b,s -> c;Mul x,c -> y" },
		{ "hard_sigmoid", "tensor t float : 3;tensor o float : 0;tensor s float : 6;Add t,x -> a;Clip a,o,s "
				  "-> b;Div b,s -> y" },
		{ "gelu", "tensor r float : 1.4142135;tensor e float : 1;tensor h float : 0.5;Div x,r -> a;Erf a -> "
			  "b;Add b,e -> c;Mul x,c -> d;Mul d,h -> y" },
		{ "gelu", "tensor r float : 0.70710677;tensor e float : 1;tensor h float : 0.5;Mul x,r -> a;Erf a -> "
			  "b;Add e,b -> c;Mul h,c -> d;Mul d,x -> y" },
		{ "gelu", "tensor r float : 1.4142135;tensor e float : 1;tensor h float : 0.5;Mul x,h -> i;Div x,r "
			  "-> a;Erf a -> b;Add b,e -> c;Mul i,c -> y" },
		{ "gelu", "tensor e float : 1;tensor h float : 0.5;tensor n float : 3;tensor k float : "
			  "0.044715;tensor q float : 0.79788458;"
			  "Mul x,h -> i;Pow x,n -> a;Mul k,a -> b;Add x,b -> c;Mul c,q -> d;Tanh d -> f;Add f,e -> "
			  "g;Mul i,g -> y" },
		{ "layer_norm", "tensor n float : 2;tensor e float : 0.00001;tensor p float 6;tensor q float "
				"6;ReduceMean x -> m axes=[-1];"
				"Sub x,m -> d;Pow d,n -> a;ReduceMean a -> v axes=[-1];Add v,e -> b;Sqrt b -> c;Div "
				"d,c -> g;Mul g,p -> h;Add h,q -> y" },
		{ "layer_norm", "opset 18;tensor l int64 1 : -1;tensor n float : 2;tensor e float : 0.00001;tensor p "
				"float 6;tensor q float 6;"
				"ReduceMean x,l -> m;Sub x,m -> d;Pow d,n -> a;ReduceMean a,l -> v;Add e,v -> b;Sqrt "
				"b -> c;Div d,c -> g;Mul p,g -> h;"
				"Add q,h -> y" },
		{ "RMSNormalization", "tensor n float : 2;tensor e float : 0.00001;tensor p float 6;Pow x,n -> "
				      "a;ReduceMean a -> v axes=[-1];Add v,e -> b;"
				      "Sqrt b -> c;Reciprocal c -> d;Mul x,d -> f;Mul p,f -> y" },
		/* Not these: another axis, another number, another reader of the inside, another value. */
		{ "4", "Sigmoid x -> a;Mul x,a -> b;Relu a -> c;Add b,c -> y" },
		{ "4", "Relu x -> r;Sigmoid r -> a;Mul x,a -> b;Exp b -> y" },
		{ "4", "HardSigmoid x -> a alpha=0.2;Mul x,a -> b;Exp b -> y;Relu y -> z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fc_str text = { 0 };
		struct fc_graph g;

		fc_str_addf(&text, "input x float 2 5 6;%s;output y float none", rows[i][1]);
		g = good(text.text, NULL);
		if (strtol(rows[i][0], NULL, 10) ? g.node_count < strtol(rows[i][0], NULL, 10)
						 : g.node_count != 2 || strcmp(fc_node_kind(&g.nodes[1]), rows[i][0]))
			fail_msg("%s became %d layers, the last of them %s", rows[i][1], g.node_count,
				 fc_node_kind(&g.nodes[g.node_count - 1]));
		fc_graph_release(&g);
		fc_str_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared),
		cmocka_unit_test(external_data),
		cmocka_unit_test(parts),
		cmocka_unit_test(constants),
		cmocka_unit_test(folding),
		cmocka_unit_test(functions),
		cmocka_unit_test(exploding_functions),
		cmocka_unit_test(branches),
		cmocka_unit_test(patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
