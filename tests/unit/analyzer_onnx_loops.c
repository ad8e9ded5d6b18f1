/* Loops, scans and sequences: as many layers as turns, one parameter for all of them, shapes that grow. */
#include "analyzer_onnx_given.h"

#define ROUND_BODY                                                                                                   \
	"graph body\ninput i int64 none\ninput c bool none\ninput s float 2 6\ntensor v float 6 6\nMatMul s,w -> "   \
	"a\n"                                                                                                        \
	"MatMul a,v -> b\n%s\noutput %s bool none\noutput b float 2 6\noutput a float 2 6\nend\n"                    \
	"input x float 2 6\ntensor w float 6 6\n%s\n"

/* A turn multiplies by one matrix of the graph and one of the body; what is collected has a side for the turns. */
static void loop(void **state)
{
	static const struct {
		const char *inside, *condition, *outside;
		uint64_t turns;
	} rows[] = {
		{ "", "c", "tensor n int64 : 3\nLoop n,_,x -> y,z body=@body", 3 },
		{ "Identity c -> d", "d", "tensor n int64 : 5\ntensor t bool : 1\nLoop n,t,x -> y,z body=@body", 5 },
		/* Until the condition fails, and not at all. */
		{ "Constant -> k value_int=2\nLess i,k -> d", "d", "Loop _,_,x -> y,z body=@body", 3 },
		{ "", "c", "tensor n int64 : 7\ntensor t bool : 0\nLoop n,t,x -> f,z body=@body\nRelu f -> y", 0 },
		/* Inside a loop. */
		{ "", "c",
		  "graph outer\ninput j int64 none\ninput e bool none\ninput u float 2 6\ntensor m int64 : 3\n"
		  "Loop m,_,u -> o,p body=@body\noutput e bool none\noutput o float 2 6\nend\ntensor n int64 : 2\n"
		  "Loop n,_,x -> y body=@outer",
		  6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fc_str text = { 0 };
		struct fc_graph g;

		fc_str_addf(&text, ROUND_BODY "output y float none", rows[i].inside, rows[i].condition,
			    rows[i].outside);
		g = good(text.text, NULL);
		if (macs_of(&g) != rows[i].turns * 2 * 2 * 36 || params_of(&g) != (rows[i].turns ? 72u : 0))
			fail_msg("%s: %llu MACs, %llu parameters", rows[i].outside, (unsigned long long)macs_of(&g),
				 (unsigned long long)params_of(&g));
		assert_int_equal(g.uncounted_count, 0);
		fc_graph_release(&g);
		fc_str_release(&text);
	}
}

static void collected(void **state)
{
	struct fc_str text = { 0 };
	struct fc_graph g;

	(void)state;
	fc_str_addf(&text, ROUND_BODY "tensor u float 6 4\nMatMul z,u -> y\noutput y float none", "", "c",
		    "tensor n int64 : 3\nLoop n,_,x -> f,z body=@body");
	g = good(text.text, NULL);
	/* Three turns of two products, the last of which nothing needs but its state; then 3 x 2 rows. */
	assert_int_equal(macs_of(&g), 3 * 2 * 2 * 36 + 3 * 2 * 6 * 4);
	assert_int_equal(fc_shape_elements(g.nodes[g.node_count - 1].shape), 3 * 2 * 4);
	fc_graph_release(&g);
	fc_str_release(&text);
}

/* A state that grows is a different product in each turn: 1 + 2 + 3 + 4 rows. */
static void growing(void **state)
{
	struct fc_graph g =
		good("graph body\ninput i int64 none\ninput c bool none\ninput s float none\nMatMul s,w -> p\n"
		     "Concat s,x -> t axis=0\noutput c bool none\noutput t float none\noutput q float none\n"
		     "ReduceSum p -> q\nend\ninput x float 1 6\ntensor w float 6 6\ntensor n int64 : 4\n"
		     "Loop n,_,x -> y,z body=@body\noutput y float none\noutput z float none",
		     NULL);

	(void)state;
	assert_int_equal(macs_of(&g), (1 + 2 + 3 + 4) * 36);
	assert_int_equal(params_of(&g), 36);
	fc_graph_release(&g);
}

static void check_uncounted(const char *text, const char *kind)
{
	struct fc_graph g = good(text, NULL);

	assert_int_equal(g.uncounted_count, 1);
	assert_string_equal(g.uncounted[0].kind, kind);
	assert_int_equal(g.uncounted[0].count, 1);
	assert_int_equal(macs_of(&g), 1 * 3 * 3);
	fc_graph_release(&g);
}

/* What cannot be told is named, and nothing of it remains. */
static void open_ends(void **state)
{
#define AROUND(loop)                                                                                                 \
	"input x float 1 3\ntensor w float 3 3\ninput k int64\n" loop                                                \
	"\nMatMul x,w -> m\noutput m float none\noutput y float none"
#define BODY(condition)                                                                                              \
	"graph body\ninput i int64 none\ninput c bool none\ninput s float 1 3\nMatMul s,w -> t\n" condition          \
	"\noutput d bool none\noutput t float 1 3\nend\n"
	(void)state;
	check_uncounted(BODY("Identity c -> d") AROUND("Loop k,_,x -> y body=@body"),
			"Loop (whose result only a run can tell)");
	check_uncounted(BODY("ReduceMax t -> n\nCast n -> d to=9") AROUND("Loop _,_,x -> y body=@body"),
			"Loop (whose result only a run can tell)");
	check_uncounted(BODY("Identity c -> d") AROUND("tensor n int64 : 4097\nLoop n,_,x -> y body=@body"),
			"Loop (whose result only a run can tell)");
	bad(AROUND("Loop k,_,x -> y"), NULL, "(Loop): found no body, expected one");
	bad(BODY("Identity c -> d") AROUND("tensor n int64 : 2\nLoop n,_ -> y body=@body"), NULL,
	    "found a body of 3 inputs and 2 outputs for 0 states");
	bad("graph body\ninput i int64 none\ninput c bool none\ninput s float 1 3\ntensor w float 4 3\nMatMul s,w -> "
	    "t\n"
	    "output c bool none\noutput t float 1 3\nend\n" AROUND("tensor n int64 : 2\nLoop n,_,x -> y body=@body"),
	    NULL, "(MatMul): found 1x3 times 4x3");
}

/* Loops inside loops that do nothing end all the same. */
static void turns_are_limited(void **state)
{
	struct fc_str text = { 0 };

	(void)state;
	fc_str_add(&text, "graph b0\ninput i int64 none\ninput c bool none\ninput s float 1 3\nIdentity s -> t\n"
			  "output c bool none\noutput t float 1 3\nend\n");
	for (int i = 1; i < 4; i++)
		fc_str_addf(&text,
			    "graph b%d\ninput i int64 none\ninput c bool none\ninput s float 1 3\nLoop n,_,s -> t "
			    "body=@b%d\noutput c bool none\noutput t float 1 3\nend\n",
			    i, i - 1);
	fc_str_add(&text, "input x float 1 3\ntensor n int64 : 4096\nLoop n,_,x -> y body=@b3\noutput y float none");
	bad(text.text, NULL, "found more than 200000 nodes, those of functions and loops counted each time");
	fc_str_release(&text);
}

static void scan(void **state)
{
	static const char body[] = "graph body\ninput s float 2 4\ninput e float 2 6\nMatMul e,w -> p\nAdd s,p -> t\n"
				   "output t float 2 4\noutput p float 2 4\nend\n"
				   "tensor w float 6 4\ntensor o float 2 4 : 0 0 0 0 0 0 0 0\n";
	struct fc_str text = { 0 };
	struct fc_graph g;

	(void)state;
	fc_str_addf(&text, "%s%s", body,
		    "input x float 2 5 6\nScan o,x -> f,z body=@body num_scan_inputs=1 scan_input_axes=[1] "
		    "scan_output_axes=[-1]\ntensor u float 5 3\nMatMul z,u -> y\noutput f float none\noutput y float "
		    "none");
	g = good(text.text, NULL);
	/* Five steps of 2 x 6 times 6 x 4, then (2, 4, 5) times 5 x 3. */
	assert_int_equal(macs_of(&g), 5 * 2 * 6 * 4 + 2 * 4 * 5 * 3);
	assert_int_equal(g.uncounted_count, 0);
	fc_graph_release(&g);
	text.length = 0;
	fc_str_addf(&text, "%s%s", body,
		    "input x float 5 2 6\nScan o,x -> y,z body=@body num_scan_inputs=1\noutput y float none");
	g = good(text.text, NULL);
	assert_int_equal(macs_of(&g), 5 * 2 * 6 * 4);
	fc_graph_release(&g);
	text.length = 0;
	fc_str_addf(&text, "%s%s", body, "input x float 5 2 6\nScan o,x -> y,z body=@body\noutput y float none");
	bad(text.text, NULL, "(Scan): found 0 inputs to go through among 2, expected at least one");
	fc_str_release(&text);
}

/* -------- sequences -------- */

static void sequences(void **state)
{
	static const char *const rows[] = {
		"SequenceConstruct a,b,c -> s;SequenceErase s,one -> t;ConcatFromSequence t -> y axis=0",
		"SequenceConstruct a,b,c -> s;SequenceErase s -> t;SequenceInsert t,c -> u;SequenceAt u,minus -> y",
		"SequenceEmpty -> s;SequenceInsert s,b -> t;SequenceInsert t,c,zero -> u;SequenceAt u,zero -> y",
		"SequenceConstruct a,b,c -> s;SequenceLength s -> n;Sub n,one -> m;SequenceAt s,m -> y",
		"Unsqueeze c,zeros -> d;SplitToSequence d -> s keepdims=0;ConcatFromSequence s -> y axis=0",
		"SplitToSequence c -> s keepdims=0;ConcatFromSequence s -> y axis=0 new_axis=1",
		"SplitToSequence c -> s keepdims=0;ConcatFromSequence s -> t axis=-1 new_axis=1;Transpose t -> y",
		"Optional c -> o;OptionalHasElement o -> h;If h -> y then_branch=@get else_branch=@other",
	};

	(void)state;
	/* Four rows come out: those of c, or those of a and c. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fc_str text = { 0 };
		struct fc_graph g;

		fc_str_addf(&text,
			    "graph get;OptionalGetElement o -> g;output g float none;end;graph other;Relu a -> "
			    "e;output e float none;end;input a float 1 6;input b float 2 6;input c float %d 6;"
			    "tensor zero int64 : 0;tensor zeros int64 1 : 0;tensor one int64 : 1;tensor minus int64 "
			    ": -1;%s;"
			    "tensor w float 6 5;MatMul y,w -> r;output r float none",
			    i ? 4 : 3, rows[i]);
		g = good(text.text, NULL);
		if (macs_of(&g) != 4 * 6 * 5)
			fail_msg("%s: %llu MACs", rows[i], (unsigned long long)macs_of(&g));
		fc_graph_release(&g);
		fc_str_release(&text);
	}
	bad("input x float 1 6;SequenceEmpty -> s;SequenceErase s -> t;SequenceAt t,x -> y;output y float none", NULL,
	    "(SequenceErase): found an empty sequence");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loop),	     cmocka_unit_test(collected), cmocka_unit_test(growing),
		cmocka_unit_test(open_ends), cmocka_unit_test(scan),	  cmocka_unit_test(turns_are_limited),
		cmocka_unit_test(sequences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
