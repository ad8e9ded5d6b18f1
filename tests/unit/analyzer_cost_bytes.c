/* Costs against figures worked out by hand: what every phase multiplies, reads and writes. */
#include "analyzer_cost.h"

struct expected_cost {
	const char *layer;
	enum fc_phase phase;
	uint64_t macs, read, written;
};

static void expect_cost(const struct fc_cost *cost, const struct expected_cost *e)
{
	/* Momentum takes four operations per value. */
	const uint64_t flops = e->phase == FC_PHASE_UPDATE ? 4 * cost->params : 2 * e->macs;

	if (cost->macs != e->macs || cost->flops != flops || cost->bytes_read != e->read ||
	    cost->bytes_written != e->written)
		fail_msg("%s %s: found %llu MACs, %llu FLOPs, %llu and %llu bytes", e->layer, fc_phase_name(e->phase),
			 (unsigned long long)cost->macs, (unsigned long long)cost->flops,
			 (unsigned long long)cost->bytes_read, (unsigned long long)cost->bytes_written);
}

static void expect_costs(const struct loaded *l, const struct expected_cost *expected, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		for (int n = 0; n < l->graph.node_count; n++) {
			const struct fc_cost *const cost = cost_of(l, n, expected[i].phase);

			if (strcmp(l->graph.nodes[n].name, expected[i].layer) != 0)
				continue;
			assert_non_null(cost);
			expect_cost(cost, &expected[i]);
			found++;
		}
	assert_int_equal(found, count);
}

/*
 * By hand, batch 2. x: 3x4x4 (96 values with the batch), conv 8 3 pad 1 with bias: W 216, b 8, Y 256; batch_norm: 8 + 8
 * parameters, 16 running, 16 saved; max_pool to 8x2x2: 64 values and 64 bytes of indices; add; dense 4: W 128, b 4, Y 8.
 */
static void bytes_by_hand(void **state)
{
	static const char text[] =
		"network x\ninput 3x4x4\nclasses 4\nconv: conv 8 3 pad=1\nbn: batch_norm\nrelu: relu\n"
		"pool: max_pool 2\navg: avg_pool 1\nadd: add pool avg\ncat: concat pool add\n"
		"drop: dropout 0.5\nsig: sigmoid\nfc: dense 4\noutput\n";
	static const struct expected_cost expected[] = {
		{ "conv", FC_PHASE_FORWARD, 6912, 4 * (96 + 216 + 8), 4 * 256 },
		{ "conv", FC_PHASE_BACKWARD_WEIGHTS, 6912, 4 * (96 + 256), 4 * (216 + 8) },
		{ "conv", FC_PHASE_UPDATE, 0, 12 * 224, 8 * 224 },
		{ "bn", FC_PHASE_FORWARD, 0, 4 * (256 + 16 + 16), 4 * (256 + 16 + 16) },
		{ "bn", FC_PHASE_BACKWARD_DATA, 0, 4 * (256 + 256 + 8 + 16), 4 * (256 + 16) },
		{ "bn", FC_PHASE_UPDATE, 0, 12 * 16, 8 * 16 },
		{ "relu", FC_PHASE_FORWARD, 0, 4 * 256, 4 * 256 },
		{ "relu", FC_PHASE_BACKWARD_DATA, 0, 4 * 512, 4 * 256 },
		{ "pool", FC_PHASE_FORWARD, 0, 4 * 256, 4 * 64 + 64 },
		{ "pool", FC_PHASE_BACKWARD_DATA, 0, 4 * 64 + 64, 4 * 256 },
		{ "avg", FC_PHASE_FORWARD, 0, 4 * 64, 4 * 64 },
		{ "avg", FC_PHASE_BACKWARD_DATA, 0, 4 * 64, 4 * 64 },
		{ "add", FC_PHASE_FORWARD, 0, 4 * 128, 4 * 64 },
		{ "add", FC_PHASE_BACKWARD_DATA, 0, 4 * 64, 4 * 128 },
		{ "cat", FC_PHASE_FORWARD, 0, 4 * 128, 4 * 128 },
		{ "cat", FC_PHASE_BACKWARD_DATA, 0, 4 * 128, 4 * 128 },
		{ "drop", FC_PHASE_FORWARD, 0, 4 * 128, 4 * 128 },
		{ "drop", FC_PHASE_BACKWARD_DATA, 0, 4 * 128, 4 * 128 },
		{ "sig", FC_PHASE_BACKWARD_DATA, 0, 4 * 256, 4 * 128 },
		{ "fc", FC_PHASE_FORWARD, 512, 4 * (128 + 256 + 4), 4 * 8 },
		{ "fc", FC_PHASE_BACKWARD_DATA, 512, 4 * (8 + 256), 4 * 128 },
		{ "fc", FC_PHASE_BACKWARD_WEIGHTS, 512, 4 * (128 + 8), 4 * (256 + 4) },
		{ "fc", FC_PHASE_LOSS, 0, 4 * 8 + 2, 4 * 8 },
		{ "input", FC_PHASE_INPUT, 0, 0, 4 * 96 },
	};
	struct loaded l;

	(void)state;
	load_text(&l, text, 2);
	expect_costs(&l, expected, sizeof(expected) / sizeof(expected[0]));
	/* The joint backward pass of the norm leaves nothing for backward_weights; a ReLU has none. */
	assert_null(cost_of(&l, 2, FC_PHASE_BACKWARD_WEIGHTS));
	assert_null(cost_of(&l, 3, FC_PHASE_BACKWARD_WEIGHTS));
	assert_int_equal(l.table.params, 224 + 16 + 260);
	release(&l);
}

/* A norm on the images has no gradient to hand down: its parameters' are a step of their own. */
static void norm_on_images(void **state)
{
	struct loaded l;

	(void)state;
	load_text(&l, "network x\ninput 3x4x4\nclasses 4\nbatch_norm\ndense 4\noutput\n", 2);
	assert_null(cost_of(&l, 1, FC_PHASE_BACKWARD_DATA));
	assert_non_null(cost_of(&l, 1, FC_PHASE_BACKWARD_WEIGHTS));
	assert_non_null(cost_of(&l, 2, FC_PHASE_BACKWARD_DATA));
	release(&l);
}

/* Only the input that learns gets a gradient. */
static void gradients_where_needed(void **state)
{
	struct loaded l;

	(void)state;
	load_text(&l, "network x\ninput 3x4x4\nclasses 4\na: conv 3 1\nb: add a in\ndense 4\noutput\n", 1);
	assert_int_equal(cost_of(&l, 2, FC_PHASE_BACKWARD_DATA)->bytes_written, 4 * 48);
	assert_int_equal(cost_of(&l, 2, FC_PHASE_FORWARD)->bytes_read, 4 * 96);
	release(&l);
}

/*
 * By hand, batch 2. x: 2x3x4 (48 values with the batch); t: transposed convolution to 3x7x9 (378), weight 2*3*3*3 = 54, bias 3;
 * l: linear to 2x3x5 (60), weight 20, bias 5; s: lstm to 2x3x2, gates saved (24 * 5 floats), parameters 32 + 16 + 8 + 8;
 * n: layer norm over 4, means of 12 groups; p: product of 2x3x4 and its transpose, 2x3x3 (36); e: a table of 6 rows of 3.
 */
static void bytes_of_other_kinds(void **state)
{
	static const char text[] =
		"network x\ninput 2x3x4\nclasses 4\nt: conv_transpose 3 3 stride=2\nl: linear 5 from in\ns: lstm 2 "
		"from in\n"
		"n: layer_norm from in\np: matmul n n transpose_b\nw: learned 2 3 1\nm: multiply n w\ng: silu\n"
		"sl: slice 1 2 axis=3\nta: adaptive_avg_pool 1 from t\nla: adaptive_avg_pool 1 from l\n"
		"sa: adaptive_avg_pool 1 from s\npa: adaptive_avg_pool 1 from p\nga: adaptive_avg_pool 1 from sl\n"
		"concat ta la sa pa ga\ndense 4\noutput\n";
	static const struct expected_cost expected[] = {
		{ "t", FC_PHASE_FORWARD, 48 * 3 * 9, 4 * (48 + 54 + 3), 4 * 378 },
		{ "t", FC_PHASE_BACKWARD_WEIGHTS, 48 * 3 * 9, 4 * (48 + 378), 4 * 57 },
		{ "l", FC_PHASE_FORWARD, 60 * 4, 4 * (48 + 25), 4 * 60 },
		{ "s", FC_PHASE_FORWARD, 12 * 8 * 6, 4 * (48 + 64), 4 * (24 + 120) },
		{ "s", FC_PHASE_BACKWARD_WEIGHTS, 12 * 8 * (6 + 2), 4 * (48 + 24 + 24 + 64 + 120), 4 * 64 },
		{ "n", FC_PHASE_FORWARD, 0, 4 * (48 + 8), 4 * (48 + 24) },
		{ "n", FC_PHASE_BACKWARD_WEIGHTS, 0, 4 * (48 + 48 + 24), 4 * 8 },
		{ "p", FC_PHASE_FORWARD, 36 * 4, 4 * 96, 4 * 36 },
		{ "p", FC_PHASE_BACKWARD_DATA, 2 * 36 * 4, 4 * (96 + 36), 4 * 96 },
		{ "w", FC_PHASE_FORWARD, 0, 4 * 6, 4 * 12 },
		{ "w", FC_PHASE_BACKWARD_WEIGHTS, 0, 4 * 12, 4 * 6 },
		{ "m", FC_PHASE_FORWARD, 0, 4 * 60, 4 * 48 },
		{ "m", FC_PHASE_BACKWARD_DATA, 0, 4 * (60 + 48), 4 * 60 },
		{ "g", FC_PHASE_BACKWARD_DATA, 0, 4 * 96, 4 * 48 },
		{ "sl", FC_PHASE_FORWARD, 0, 4 * 48, 4 * 24 },
		{ "sl", FC_PHASE_BACKWARD_DATA, 0, 4 * 24, 4 * 48 },
	};
	struct loaded l;

	(void)state;
	load_text(&l, text, 2);
	expect_costs(&l, expected, sizeof(expected) / sizeof(expected[0]));
	release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_by_hand),
		cmocka_unit_test(norm_on_images),
		cmocka_unit_test(gradients_where_needed),
		cmocka_unit_test(bytes_of_other_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
