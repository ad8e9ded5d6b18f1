/* The inputs of ONNX files: what is fixed, what has a name, what counts images, and other batches. */
#include "analyzer_onnx_given.h"

#include "../../analyzer/rebatch.h"

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

/* A file that is made for one batch is one for others, also where it says the batch inside. */
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
	g = good("input x float 4 3 8 8\ntensor s int64 2 : 4 192\ntensor w float 192 5\nReshape x,s -> f\nMatMul "
		 "f,w -> y\n"
		 "output y float 4 5",
		 &(struct given){ .batch = 6 });
	assert_int_equal(g.batch, 6);
	check_shape(g.nodes[g.node_count - 1].shape, 6, 5, 1, 1);
	assert_int_equal(macs_of(&g), 6 * 192 * 5);
	fc_graph_release(&g);
	/* Four images of four windows: sixteen rows that belong to the images. */
	g = good("input x float 4 8 6\ntensor s int64 3 : 16 2 6\nReshape x,s -> f\nTranspose f -> t "
		 "perm=[0,2,1]\nMatMul f,t -> y\n"
		 "output y float 16 2 2",
		 &(struct given){ .batch = 12 });
	assert_int_equal(macs_of(&g), 48 * 2 * 6 * 2);
	check_shape(g.nodes[g.node_count - 1].shape, 12, 4, 2, 2);
	fc_graph_release(&g);
	/* One row for all images of the batch is no part of any of them. */
	bad("input x float 4 3\nReduceMax x -> r axes=[0]\nExp r -> y\noutput y float 1 3",
	    &(struct given){ .batch = 5 }, "layer 'r' can only be counted for a batch of 4");
	bad(text, &(struct given){ .classes = 10 }, "found --classes 10, expected none: the file answers with 4");
	bad(text, &(struct given){ .input = { 3, 9, 9 } }, "which is 4 x 3 x 8 x 8");
}

static void compare_costs(const struct fc_graph *a, const struct fc_graph *b)
{
	struct fc_cost_table x, y;
	struct fc_error err = { "" };

	assert_int_equal(a->node_count, b->node_count);
	if (fc_cost_build(a, &x, &err) || fc_cost_build(b, &y, &err))
		fail_msg("%s", err.text);
	assert_int_equal(x.count, y.count);
	for (int i = 0; i < a->node_count; i++) {
		assert_memory_equal(&a->nodes[i].shape, &b->nodes[i].shape, sizeof(struct fc_shape));
		assert_memory_equal(&x.counts[i], &y.counts[i], sizeof(struct fc_counts));
	}
	for (int i = 0; i < x.count; i++)
		if (memcmp(&x.costs[i], &y.costs[i], sizeof(struct fc_cost)))
			fail_msg("layer %s costs something else in phase %s", a->nodes[x.costs[i].step.node].name,
				 fc_phase_name(x.costs[i].step.phase));
	fc_cost_release(&x);
	fc_cost_release(&y);
}

/* A graph that was made for one batch and then made one of another is the one that is made for that. */
static void other_batches(void **state)
{
	static const char *const texts[] = {
		"input x float batch 3 4 5 6\ntensor w float 4 3 2 2 2\ntensor p float 4 1 1 1\nConv x,w -> c\nMul "
		"c,p -> d\nReduceMax d -> y axes=[1]\noutput y float none",
		"input x float batch 5 6\ninput z float batch 6 4\ninput k float 6 4\nEinsum x,z -> a "
		"equation='bij,bjk->bik'\nMatMul x,k -> b\nAdd a,b -> y\noutput y float none",
		"input x float batch 6 6\ntensor w float 6 6\nMatMul x,w -> a\nMatMul a,w -> b\ntensor p float 6 "
		"6\ntensor q float 6 6\nAdd p,q -> r\nMul b,r -> y\noutput y float none",
		"input x float 7 batch 5\ntensor w float 1 16 5\ntensor r float 1 16 4\nLSTM x,w,r -> y\noutput y "
		"float none",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fc_graph one = good(texts[i], NULL), five = good(texts[i], &(struct given){ .batch = 5 });
		struct fc_error err = { "" };

		if (fc_graph_rebatch(&one, 5, &err))
			fail_msg("%s", err.text);
		compare_costs(&one, &five);
		if (fc_graph_rebatch(&five, 1, &err) || fc_graph_rebatch(&one, 1, &err))
			fail_msg("%s", err.text);
		compare_costs(&one, &five);
		fc_graph_release(&one);
		fc_graph_release(&five);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols),
		cmocka_unit_test(sides),
		cmocka_unit_test(fixed_batch),
		cmocka_unit_test(other_batches),
		cmocka_unit_test(listed_initialisers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
