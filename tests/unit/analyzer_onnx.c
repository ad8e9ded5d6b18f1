/* What the reader of ONNX does beside counting one op: inputs, initialisers, constants, functions, what it cannot count. */
#include "analyzer_onnx_write.h"

#include <sys/stat.h>
#include <unistd.h>

#include "flopclock/cost.h"
#include "flopclock/file.h"
#include "flopclock/model.h"

struct given {
	int64_t batch, input[3], classes;
	const char *settings[4];
};

static int load(const char *text, const struct given *given, struct fc_graph *graph, struct fc_error *err)
{
	struct fc_model_request request = { .model = "x.onnx", .batch = given && given->batch ? given->batch : 1 };
	struct fc_str file = write_onnx(text);
	int rc;

	for (int i = 0; given && i < 3; i++)
		request.input[i] = given->input[i];
	request.classes = given ? given->classes : 0;
	for (int i = 0; given && i < 4 && given->settings[i]; i++)
		request.settings.text[request.settings.count++] = given->settings[i];
	rc = fc_model_read(&request, file.text, file.length, graph, err);
	fc_str_release(&file);
	return rc;
}

static struct fc_graph good(const char *text, const struct given *given)
{
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (load(text, given, &graph, &err))
		fail_msg("%s\n%s", err.text, text);
	return graph;
}

static void bad(const char *text, const struct given *given, const char *sentence)
{
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (!load(text, given, &graph, &err))
		fail_msg("no error, expected: %s", sentence);
	if (!strstr(err.text, sentence) || strncmp(err.text, "x.onnx: ", 8) || strchr(err.text, '\n'))
		fail_msg("%s\nexpected %s", err.text, sentence);
}

/* "2 6 1 1" */
static void check_shape(struct fc_shape s, int n, int c, int h, int w)
{
	assert_int_equal(s.n, n);
	assert_int_equal(s.c, c);
	assert_int_equal(s.h, h);
	assert_int_equal(s.w, w);
}

static uint64_t params_of(const struct fc_graph *graph)
{
	uint64_t params = 0;

	for (int i = 0; i < graph->node_count; i++)
		for (int p = 0; p < graph->nodes[i].param_count; p++)
			params += (uint64_t)fc_shape_elements(graph->nodes[i].params[p].shape);
	return params;
}

#define CONV "tensor w float 4 3 3 3\nConv x,w -> c name:first\n"
#define END  "GlobalAveragePool c -> g\nFlatten g -> y\noutput y float none"

/* -------- inputs -------- */

static void symbols(void **state)
{
	static const char text[] = "input x float batch 3 height width\n" CONV END;
	struct fc_graph g = good(text, &(struct given){ .batch = 5, .input = { 3, 20, 30 } });

	(void)state;
	check_shape(g.nodes[0].shape, 5, 3, 20, 30);
	check_shape(g.nodes[1].shape, 5, 4, 18, 28);
	assert_int_equal(g.batch, 5);
	assert_int_equal(g.classes, 4);
	assert_string_equal(g.name, "x");
	assert_string_equal(g.settings, "");
	assert_null(g.untrainable);
	fc_graph_release(&g);
	g = good(text, &(struct given){ .settings = { "height=9", "width=11" } });
	check_shape(g.nodes[0].shape, 1, 3, 9, 11);
	assert_string_equal(g.settings, "height=9, width=11");
	fc_graph_release(&g);
	bad(text, NULL,
	    "the input 'x' is batch x 3 x height x width: found no size for 'height', expected --input CxHxW or "
	    "--set height=N");
	bad(text, &(struct given){ .input = { 1, 20, 30 } },
	    "found --input 1x20x30, expected one that fits the input 'x', which is batch x 3 x height x width");
	bad(text, &(struct given){ .settings = { "height=9", "width=11", "depth=3" } },
	    "found the setting 'depth', expected the name of a side of an input");
	bad(text, &(struct given){ .settings = { "height=0" } },
	    "found the setting 'height=0', expected a side from 1 to 2147483647");
	bad(text, &(struct given){ .settings = { "height=9", "height=9" } }, "found 'height' set a second time");
	bad(text, &(struct given){ .settings = { "height" } }, "found the setting 'height', expected NAME=VALUE");
}

/* A side without a name, one name twice, and which side counts images. */
static void sides(void **state)
{
	struct fc_graph g =
		good("input x float ? 3 ? 8\n" CONV END, &(struct given){ .batch = 2, .settings = { "x.2=9" } });

	(void)state;
	check_shape(g.nodes[0].shape, 2, 3, 9, 8);
	fc_graph_release(&g);
	bad("input x float ? 3 ? 8\n" CONV END, NULL, "the input 'x' is x.0 x 3 x x.2 x 8: found no size for 'x.2'");
	g = good("input x float n 3 s s\n" CONV END, &(struct given){ .input = { 3, 9, 9 } });
	check_shape(g.nodes[0].shape, 1, 3, 9, 9);
	fc_graph_release(&g);
	bad("input x float n 3 s s\n" CONV END, &(struct given){ .input = { 3, 9, 8 } },
	    "expected one that fits the input 'x'");
	/* Sequences first: the side that is called so counts, here and in the state. */
	g = good("input x float steps batch_size 5\ninput h float 1 batch_size 4\ntensor w float 1 16 5\ntensor r "
		 "float 1 16 4\n"
		 "LSTM x,w,r,_,_,h,h -> y\noutput y float none",
		 &(struct given){ .batch = 6, .settings = { "steps=7" } });
	assert_int_equal(g.batch, 6);
	check_shape(g.nodes[0].shape, 6, 1, 7, 5);
	check_shape(g.nodes[2].shape, 6, 7, 1, 4);
	assert_string_equal(g.untrainable, "its input is no batch of images");
	fc_graph_release(&g);
	g = good("input x float N 5 6\ntensor w float 6 3\nMatMul x,w -> y\noutput y float none",
		 &(struct given){ .input = { 5, 6, 1 } });
	check_shape(g.nodes[1].shape, 1, 1, 5, 3);
	fc_graph_release(&g);
	bad("input x float N 5 6 7 8\nRelu x -> y\noutput y float none", &(struct given){ .input = { 5, 6, 7 } },
	    "found --input, expected --set NAME=N: the input 'x' is N x 5 x 6 x 7 x 8");
	bad("input x float none\nRelu x -> y\noutput y float none", NULL, "the input 'x': found no shape");
	bad("input x float 1 2000000 2000000\nRelu x -> y\noutput y float none", NULL,
	    "the input 'x': found more than");
}

/* A file that is made for one batch is one for others, unless it says the batch inside. */
static void fixed_batch(void **state)
{
	static const char text[] =
		"input x float 4 3 8 8\n" CONV "GlobalAveragePool c -> g\nFlatten g -> y\noutput y float 4 4";
	struct fc_graph g = good(text, NULL);

	(void)state;
	assert_int_equal(g.batch, 4);
	fc_graph_release(&g);
	g = good(text, &(struct given){ .batch = 32 });
	assert_int_equal(g.batch, 32);
	check_shape(g.nodes[g.node_count - 1].shape, 32, 4, 1, 1);
	fc_graph_release(&g);
	bad("input x float 4 3 8 8\ntensor s int64 2 : 4 192\nReshape x,s -> y\noutput y float 4 192",
	    &(struct given){ .batch = 5 },
	    "made for a batch of 4, not 5: node 1 'y' (Reshape): found a shape of 4x192 for 5x3x8x8");
	bad("input x float 4 3 8 8\ntensor s int64 2 : 192 -1\nReshape x,s -> f\nRelu f -> y\noutput y float 4 192",
	    &(struct given){ .batch = 5 },
	    "the output 'y' has 192 rows for a batch of 5: the file is made for a batch of 4 alone");
	bad(text, &(struct given){ .classes = 10 }, "found --classes 10, expected none: the file answers with 4");
	bad(text, &(struct given){ .input = { 3, 9, 9 } }, "which is 4 x 3 x 8 x 8");
}

/* Older files list initialisers among the inputs. */
static void listed_initialisers(void **state)
{
	struct fc_graph g = good("input x float 1 3 8 8\ninput w float 4 3 3 3\n" CONV END, NULL);

	(void)state;
	assert_string_equal(fc_node_kind(&g.nodes[1]), "conv");
	assert_int_equal(params_of(&g), 108);
	fc_graph_release(&g);
}

/* -------- initialisers -------- */

static void shared(void **state)
{
	/* One weight in two layers is one; so is a matrix that came through an Identity, but not a vector. */
	struct fc_graph g =
		good("input x float 1 4 8 8\ntensor w float 4 4 3 3\nConv x,w -> a\nConv a,w -> c\n" END, NULL);

	(void)state;
	assert_int_equal(params_of(&g), 144);
	assert_string_equal(fc_node_kind(&g.nodes[2]), "Conv");
	assert_non_null(strstr(g.untrainable, "(Conv) is counted but not trained"));
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
	/* Through a cast and a transposition it is still itself. */
	g = good("input x float 2 6\ntensor w float16 4 6\nCast w -> c to=1\nTranspose c -> t\nMatMul x,t -> "
		 "y\noutput y float none",
		 NULL);
	assert_int_equal(params_of(&g), 24);
	assert_null(strstr(fc_node_kind(&g.nodes[1]), "MatMul"));
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

/* -------- what cannot be counted -------- */

static void check_uncounted(const struct fc_graph *g, int index, const char *kind, int count)
{
	assert_true(index < g->uncounted_count);
	assert_string_equal(g->uncounted[index].kind, kind);
	assert_int_equal(g->uncounted[index].count, count);
}

static void uncounted(void **state)
{
	/* The file says the shape of one: the network goes on behind it. Of the other it does not. */
	struct fc_graph g = good("input x float batch 3 8 8\n" CONV
				 "Magic c -> m domain:org.example name:m\nMagic m -> n domain:org.example\n"
				 "info m float batch 4 6 6\ninfo n float batch 7\nRelu n -> y\noutput y float none",
				 &(struct given){ .batch = 3 });

	(void)state;
	assert_int_equal(g.uncounted_count, 1);
	check_uncounted(&g, 0, "org.example.Magic", 2);
	assert_int_equal(g.node_count, 5);
	assert_true(g.nodes[2].foreign->uncounted);
	check_shape(g.nodes[3].shape, 3, 7, 1, 1);
	assert_non_null(strstr(g.untrainable, "org.example.Magic"));
	fc_graph_release(&g);
	g = good("input x float 1 3 8 8\n" CONV "Loop c -> m\nRelu m -> r\nConv r,w -> s\nReshape s,w -> t\nNonZero "
						"c -> y\noutput t float none\noutput y int64 none",
		 NULL);
	assert_int_equal(g.uncounted_count, 4);
	check_uncounted(&g, 0, "Loop", 1);
	check_uncounted(&g, 1, "Relu (of unknown shape)", 1);
	check_uncounted(&g, 2, "Conv (of unknown shape)", 1);
	check_uncounted(&g, 3, "NonZero (whose result only a run can tell)", 1);
	assert_int_equal(g.node_count, 2);
	assert_int_equal(g.head_count, 0);
	fc_graph_release(&g);
}

/* How many values come out depends on the values that go in. */
static void only_a_run_can_tell(void **state)
{
	static const char *const ops[] = { "NonZero x",	  "Unique x",	      "Compress x,c", "NonMaxSuppression x,x",
					   "Range a,a,a", "ConstantOfShape i" };

	(void)state;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct fc_str text = { 0 };
		char kind[128];
		struct fc_graph g;

		fc_str_addf(&text,
			    "input x float 2 5 6\ninput c bool 2\ninput a int64\ninput i int64 3\n%s -> y\noutput y "
			    "float none",
			    ops[i]);
		g = good(text.text, NULL);
		snprintf(kind, sizeof(kind), "%.*s (whose result only a run can tell)", (int)strcspn(ops[i], " "),
			 ops[i]);
		assert_int_equal(g.uncounted_count, 1);
		check_uncounted(&g, 0, kind, 1);
		fc_graph_release(&g);
		fc_str_release(&text);
	}
}

/* Nothing reads it, so it is not there: not counted, not unknown. */
static void dead_nodes(void **state)
{
	struct fc_graph g =
		good("input x float 1 3 8 8\n" CONV "Magic c -> m domain:org.example\nConv c,w -> n\n" END, NULL);

	(void)state;
	assert_int_equal(g.uncounted_count, 0);
	assert_int_equal(g.node_count, 3);
	fc_graph_release(&g);
}

/* Names from a file are shown: they are cleaned, cut and made different from each other. */
static void names(void **state)
{
	struct fc_graph g =
		good("input x float 1 3 8 8\ntensor w float 3 3 1 1\ntensor v float 3 3 1 1\ntensor u float 3 3 1 1\n"
		     "Conv x,w -> a name:same\nConv a,v -> b name:same\nConv b,u -> c name:t\x1b[31m\nRelu c -> y "
		     "name:größe\x80\noutput y float none",
		     NULL);

	(void)state;
	assert_string_equal(g.nodes[0].name, "input");
	assert_string_equal(g.nodes[1].name, "same");
	assert_string_equal(g.nodes[2].name, "same_2");
	assert_string_equal(g.nodes[3].name, "t\\x1b[31m");
	assert_string_equal(g.nodes[4].name, "größe\\x80");
	fc_graph_release(&g);
}

/* The structure and the settings make the digest, the weights do not. */
static void digest(void **state)
{
	static const char *const texts[] = {
		"input x float 1 2\ntensor w float 2 2 : 1 2 3 4\nMatMul x,w -> y\noutput y float none",
		"input x float 1 2\ntensor w float 2 2 : 1 2 3 4\nMatMul x,w -> z\noutput z float none",
	};
	struct fc_graph a = good(texts[0], NULL), b = good(texts[0], NULL), c = good(texts[1], NULL);

	(void)state;
	assert_int_equal(strlen(a.digest), 64);
	assert_string_equal(a.digest, b.digest);
	assert_string_not_equal(a.digest, c.digest);
	fc_graph_release(&a);
	fc_graph_release(&b);
	fc_graph_release(&c);
}

/* -------- mistakes -------- */

static void mistakes(void **state)
{
	static const char *const rows[][2] = {
		{ "opset 6\ninput x float 1 3\nRelu x -> y\noutput y float none",
		  "found version 6 of the operator set, expected at least 7" },
		{ "input x float 1 3\nRelu z -> y\noutput y float none",
		  "node 1 'y' (Relu): found the input 'z', expected one that a node above makes" },
		{ "input x float 1 3\nRelu x -> z\noutput y float none", "found no node that makes the output 'y'" },
		{ "input x float 1 3\nRelu _ -> y\noutput y float none", "found no input 1, expected at least 1" },
		{ "Constant -> y value_int=1\noutput y float none", "found no input, expected at least one" },
		{ "input x float 1 3 8 8\ntensor w float 4 2 3 3\nConv x,w -> y\noutput y float none",
		  "found 3 channels in and 4 out, expected 2 in" },
		{ "input x float 1 3 8 8\ntensor w float 4 3 3\nConv x,w -> y\noutput y float none",
		  "found 1x3x8x8 and a weight of 4x3x3" },
		{ "input x float 1 3 8 8\ntensor w float 4 3 9 3\nConv x,w -> y\noutput y float none",
		  "found a side of 8, expected one for a window of 9" },
		{ "input x float 1 3 8 8\ntensor w float 4 3 3 3\nConv x,w -> y strides=[0,1]\noutput y float none",
		  "found 0 among strides, expected 1 to 65536" },
		{ "input x float 1 3 8 8\ntensor w float 4 3 3 3\nConv x,w -> y pads=[1,1]\noutput y float none",
		  "found 2 numbers as pads, expected 4" },
		{ "input x float 1 3 8 8\ntensor w float 4 3 3 3\nConv x,w -> y group=0\noutput y float none",
		  "found 0 groups" },
		{ "input x float 1 3 8 8\nMaxPool x -> y\noutput y float none", "found no kernel_shape" },
		{ "input x float 2 3\ntensor w float 4 5\nMatMul x,w -> y\noutput y float none",
		  "found 2x3 times 4x5, expected as many columns as rows" },
		{ "input x float 2 3\ntensor w float 4 5\nGemm x,w -> y\noutput y float none",
		  "found 2x3 times 4x5, expected as many columns as rows" },
		{ "input x float 2 3\ntensor w float 4\nAdd x,w -> y\noutput y float none",
		  "found operands of 2x3 and 4, expected sides that are equal or 1" },
		{ "input x float 2 3\ntensor w float 4 3\nConcat x,w -> y axis=1\noutput y float none",
		  "found 4x3 behind 2x3, expected sides that are equal but at the axis 1" },
		{ "input x float 2 3\nConcat x -> y axis=2\noutput y float none",
		  "found the axis 2, expected one of 2 dimensions" },
		{ "input x float 2 3\nTranspose x -> y perm=[0,0]\noutput y float none", "found the axis 0 twice" },
		{ "input x float 2 3\nTranspose x -> y perm=[0]\noutput y float none",
		  "found an order of 1 axes, expected 2" },
		{ "input x float 2 3\ntensor s int64 2 : -1 -1\nReshape x,s -> y\noutput y float none",
		  "found two sides of -1" },
		{ "input x float 2 3\ntensor s int64 2 : -1 4\nReshape x,s -> y\noutput y float none",
		  "found 6 values for rows of 4" },
		{ "input x float 2 3\ntensor i int64 : 3\nGather x,i -> y axis=1\noutput y float none",
		  "found the index 3, expected one of 3" },
		{ "input x float 2 3\nSqueeze x -> y axes=[0]\noutput y float none",
		  "found a side of 2 at the axis 0, expected 1" },
		{ "input x float 2 3\nSplit x -> y,z axis=1 split=[2,2]\noutput y float none",
		  "found parts that are larger than the side of 3" },
		{ "input x float 7 2 5\ntensor w float 1 15 5\ntensor r float 1 16 4\nLSTM x,w,r -> y\noutput y "
		  "float none",
		  "found weights of 1x15x5 and 1x16x4 for 7x2x5" },
		{ "input x float 2 5 24\nAttention x,x,x -> y\noutput y float none", "found 2x5x24 for 0 heads" },
		{ "input x float 2 3\ninput z float 3 4\nEinsum x,z -> y equation='ij,ik->jk'\noutput y float none",
		  "found sizes of 2 and 3 for one letter" },
		{ "input x float 2 3\nEinsum x -> y equation='i->i'\noutput y float none",
		  "found 2 dimensions for 'i'" },
		{ "input x float 2 3\ntensor a int64 : 0\ntensor e int64 : 9\ntensor s int64 : 0\nRange a,e,s -> "
		  "y\noutput y int64 none",
		  "found a range without an end" },
		{ "input x float 2 3 8 8\ntensor s float 4 : 1 1 -1 1\nResize x,_,s -> y\noutput y float none",
		  "found a scale of -1" },
		{ "input x float 2 3\ntensor t int64 2 : 1099511627776 2\nExpand x,t -> y\noutput y float none",
		  "expected sides that are equal or 1" },
		{ "input x float 2 1\ntensor t int64 2 : 2 1099511627776\nExpand x,t -> y\noutput y float none",
		  "found an output of more than 1099511627776 values" },
		{ "input x float 2 3\ntensor w float 1099511627776 2\nMul x,w -> y\noutput y float none",
		  "tensor 'w': found more than 1099511627776 values" },
		{ "input x float 2 3\ntensor w float 1 1 1 1 1 1 1 1 1 1 1 1 1\nMul x,w -> y\noutput y float none",
		  "tensor 'w': found 13 dimensions, expected at most 12" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		bad(rows[i][0], NULL, rows[i][1]);
}

/* Counts of more than 64 bits are said, not wrapped. */
static void overflow(void **state)
{
	struct fc_str text = { 0 };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph g;

	(void)state;
	fc_str_add(&text, "input v0 float 1048576 1048576\ntensor w float 1048576 1048576\n");
	for (int i = 0; i < 8; i++)
		fc_str_addf(&text, "MatMul v%d,w -> v%d\n", i, i + 1);
	fc_str_add(&text, "output v8 float none");
	g = good(text.text, NULL);
	assert_int_equal(fc_cost_build(&g, &table, &err), -1);
	assert_non_null(strstr(err.text, "do not fit 64 bits"));
	fc_graph_release(&g);
	fc_str_release(&text);
}

/* -------- files -------- */

static void put_file(const char *path, const void *data, size_t size)
{
	FILE *const file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void refused(const char *path, const char *sentence)
{
	const struct fc_model_request request = { .model = path, .batch = 1 };
	struct fc_error err = { "" };
	struct fc_graph graph;

	assert_int_equal(fc_model_load(&request, &graph, &err), -1);
	if (strncmp(err.text, path, strlen(path)) || !strstr(err.text, sentence))
		fail_msg("%s\nexpected %s", err.text, sentence);
}

static void files(void **state)
{
	struct fc_str file = write_onnx("input x float 1 3 8 8\n" CONV END);
	const struct fc_model_request request = { .model = "folder/Some Net.onnx", .batch = 1 };
	struct fc_error err = { "" };
	struct fc_graph graph;

	(void)state;
	mkdir("folder", 0777);
	put_file("folder/Some Net.onnx", file.text, file.length);
	if (fc_model_load(&request, &graph, &err))
		fail_msg("%s", err.text);
	assert_string_equal(graph.name, "Some Net");
	assert_string_equal(graph.path, "folder/Some Net.onnx");
	fc_graph_release(&graph);
	refused("none.onnx", "cannot be read: No such file or directory");
	assert_int_equal(rename("folder", "folder.onnx"), 0);
	refused("folder.onnx", "found a folder, expected an ONNX file");
	assert_int_equal(mkfifo("pipe.onnx", 0600), 0);
	refused("pipe.onnx", "found no regular file, expected an ONNX file");
	put_file("empty.onnx", "", 0);
	refused("empty.onnx", "found an empty file");
	put_file("text.onnx", "network x\n", 10);
	refused("text.onnx", "byte 0: found a field of an unknown wire type in a model, expected an ONNX file");
	put_file("lfs.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", 56);
	refused("lfs.onnx", "found a pointer of Git LFS");
	put_file("cut.onnx", file.text, file.length - 20);
	refused("cut.onnx", "found a field that is longer than what is left (the file may be cut short) in a model");
	put_file("nothing.onnx", "\x08\x08", 2);
	refused("nothing.onnx", "found no graph, expected an ONNX file");
	put_file("large.onnx", "", 0);
	assert_int_equal(truncate("large.onnx", INT64_C(2147483648)), 0);
	refused("large.onnx", "found 2147483648 bytes, expected at most 2147483647");
	fc_str_release(&file);
}

/* Messages inside each other: graphs in attributes of nodes of graphs. */
static void nesting(void **state)
{
	struct fc_str message = { 0 };

	(void)state;
	for (int i = 0; i < 30000; i++) {
		struct fc_str outer = { 0 };

		put_message(&outer, i % 3 == 0 ? 6 : i % 3 == 1 ? 5 : 1, &message);
		message = outer;
		if (i % 3 == 2 && i < 29999 && message.length > 40000)
			break;
	}
	struct fc_str model = { 0 };

	put_message(&model, 7, &message);
	put_file("deep.onnx", model.text, model.length);
	fc_str_release(&model);
	refused("deep.onnx", "found messages nested more than 64 deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols),     cmocka_unit_test(sides),
		cmocka_unit_test(fixed_batch), cmocka_unit_test(listed_initialisers),
		cmocka_unit_test(shared),      cmocka_unit_test(external_data),
		cmocka_unit_test(constants),   cmocka_unit_test(folding),
		cmocka_unit_test(functions),   cmocka_unit_test(exploding_functions),
		cmocka_unit_test(branches),    cmocka_unit_test(patterns),
		cmocka_unit_test(uncounted),   cmocka_unit_test(only_a_run_can_tell),
		cmocka_unit_test(dead_nodes),  cmocka_unit_test(names),
		cmocka_unit_test(digest),      cmocka_unit_test(mistakes),
		cmocka_unit_test(overflow),    cmocka_unit_test(files),
		cmocka_unit_test(nesting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
