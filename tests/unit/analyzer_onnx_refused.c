/* What cannot be counted, what is wrong with a file, and files that are none. */
#include "analyzer_onnx_given.h"

#include <sys/stat.h>
#include <unistd.h>

#include "flopclock/file.h"

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
	g = good("input x float 1 3 8 8\n" CONV "Det c -> m\nRelu m -> r\nConv r,w -> s\nReshape s,w -> t\nNonZero "
		 "c -> y\noutput t float none\noutput y int64 none",
		 NULL);
	assert_int_equal(g.uncounted_count, 4);
	check_uncounted(&g, 0, "Det", 1);
	check_uncounted(&g, 1, "Relu (of unknown shape)", 1);
	check_uncounted(&g, 2, "Conv (of unknown shape)", 1);
	check_uncounted(&g, 3, "NonZero (whose result only a run can tell)", 1);
	assert_int_equal(g.node_count, 2);
	assert_int_equal(g.head_count, 0);
	fc_graph_release(&g);
	bad("input x float 1 3 8 8\nDet x -> y\nDet x -> z\noutput y float none\noutput z float none", NULL,
	    "found no layer that can be counted, expected a network: behind Det (2 times) no shape is known");
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
		cmocka_unit_test(uncounted),  cmocka_unit_test(only_a_run_can_tell),
		cmocka_unit_test(dead_nodes), cmocka_unit_test(names),
		cmocka_unit_test(digest),     cmocka_unit_test(mistakes),
		cmocka_unit_test(overflow),   cmocka_unit_test(files),
		cmocka_unit_test(nesting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
