/* What views compute: floors of time by hand, layers folded into blocks, epochs, recomputation. */
#include <math.h>

#include "analyzer_numbers.h"

/* -------- floors -------- */

static void near(double found, double expected)
{
	if (fabs(found - expected) > 1e-12 * fabs(expected))
		fail_msg("found %.17g, expected %.17g", found, expected);
}

/*
 * conv 1x1 from 2 to 4 channels of 8x8, batch 1: 512 MACs, 1024 FLOPs; reads 4 (128 + 8) bytes, writes 4 * 256. dense from
 * 256 to 2: 512 MACs, reads 4 (256 + 512 + 2), writes 8. Peak 100 FLOP/s, of updates 10, 50 bytes/s.
 */
static void floors_by_hand(void **state)
{
	struct analyze_options o = plain();
	struct analysis a;
	const struct layer *conv, *dense;

	(void)state;
	o.roofline = (struct roofline){ "test", "hand", 100, 10, 50 };
	open_text("floor.net", "network x\ninput 2x8x8\nclasses 2\nconv 4 1 bias=false\ndense 2\noutput\n", 1, &o,
		  &a);
	conv = &a.layers[1];
	dense = &a.layers[2];
	near(conv->work[FC_PHASE_FORWARD].arithmetic_floor_s, 1024 / 100.0);
	near(conv->work[FC_PHASE_FORWARD].bytes_floor_s, 4 * (128 + 8 + 256) / 50.0);
	near(conv->work[FC_PHASE_FORWARD].floor_s, 4 * (128 + 8 + 256) / 50.0);
	near(conv->work[FC_PHASE_FORWARD].bytes_bound_s, 4 * (128 + 8 + 256) / 50.0);
	near(dense->work[FC_PHASE_FORWARD].floor_s, 4 * (256 + 512 + 2 + 2) / 50.0);
	/* Updates have a peak of their own: 2 FLOPs and 12 bytes per value. */
	near(conv->work[FC_PHASE_UPDATE].arithmetic_floor_s, 2 * 8 / 10.0);
	near(conv->work[FC_PHASE_UPDATE].bytes_floor_s, 12 * 8 / 50.0);
	near(conv->work[FC_PHASE_UPDATE].floor_s, 12 * 8 / 50.0);
	near(a.total.work[FC_PHASE_FORWARD].floor_s,
	     conv->work[FC_PHASE_FORWARD].floor_s + dense->work[FC_PHASE_FORWARD].floor_s);
	fc_analysis_close(&a);
	/* Arithmetic binds where bytes are fast. */
	o.roofline.bandwidth = 1e6;
	open_text("floor.net", "network x\ninput 2x8x8\nclasses 2\nconv 4 1 bias=false\ndense 2\noutput\n", 1, &o,
		  &a);
	near(a.layers[1].work[FC_PHASE_FORWARD].floor_s, 1024 / 100.0);
	near(a.layers[1].work[FC_PHASE_FORWARD].bytes_bound_s, 0);
	near(a.total.work[FC_PHASE_INPUT].floor_s, 4 * 128 / 1e6);
	fc_analysis_close(&a);
}

/* A floor is a sum of floors, and no shorter than either alone. */
static void floors_hold(void **state)
{
	struct analyze_options o = plain();
	struct fc_error err = { "" };
	struct analysis a;
	double sum = 0;

	(void)state;
	assert_int_equal(fc_roofline_find("h100", FC_PRECISION_TF32, &o.roofline, &err), 0);
	open_model("googlenet", 8, &o, &a);
	for (int i = 0; i < a.graph.node_count; i++) {
		const struct work *const w = &a.layers[i].iteration;

		assert_true(w->floor_s >= w->arithmetic_floor_s * (1 - 1e-12) &&
			    w->floor_s >= w->bytes_floor_s * (1 - 1e-12));
		assert_true(w->bytes_bound_s >= 0 && w->bytes_bound_s <= w->floor_s * (1 + 1e-12));
		sum += w->floor_s;
	}
	assert_true(fabs(sum - a.total.iteration.floor_s) < 1e-9 * sum);
	near(a.total.work[FC_PHASE_FORWARD].arithmetic_floor_s,
	     (double)a.total.work[FC_PHASE_FORWARD].flops / 494.7e12);
	fc_analysis_close(&a);
}

static void devices(void **state)
{
	const struct roofline_device *d, *before = NULL;
	struct roofline r;
	struct fc_error err = { "" };
	int count = 0;

	(void)state;
	for (; (d = fc_roofline_device_at(count)); count++) {
		assert_true(strlen(d->title) > 4 && strlen(d->source) > 10 && d->gb_per_s > 100);
		assert_true(d->tflops[FC_PRECISION_FP32] > 0);
		for (int p = 0; p < FC_PRECISION_COUNT; p++) {
			const bool has = d->tflops[p] > 0;

			assert_true(!has || d->tflops[p] >= d->tflops[FC_PRECISION_FP32]);
			assert_int_equal(fc_roofline_find(d->name, (enum fc_precision)p, &r, &err), has ? 0 : -1);
		}
		/* In alphabetical order, so that none is there twice. */
		assert_true(!before || strcmp(before->name, d->name) < 0);
		before = d;
	}
	assert_true(count > 10);
	assert_int_equal(fc_roofline_find("", FC_PRECISION_FP32, &r, &err), -1);
	assert_null(fc_roofline_device_at(-1));
}

/* -------- blocks -------- */

static void blocks(void **state)
{
	const struct analyze_options o = plain();
	struct analysis a;

	(void)state;
	open_model("densenet121", 2, &o, &a);
	for (int depth = 1; depth < 7; depth++) {
		struct layer sum = { .layers = 0 };
		struct fc_arena arena;
		struct layer *rows;
		int count;

		fc_arena_init(&arena);
		rows = fc_analysis_blocks(&a, depth, &arena, &count);
		for (int i = 0; i < count; i++) {
			int dots = 0;

			for (const char *c = rows[i].name; *c; c++)
				dots += *c == '.';
			/* A block has exactly so many components; what has fewer is a layer. */
			assert_true(rows[i].node ? rows[i].layers == 1 : dots == depth - 1 && rows[i].layers > 1);
			for (int k = 0; k < i; k++)
				assert_string_not_equal(rows[k].name, rows[i].name);
			sum.layers += rows[i].layers;
			sum.params += rows[i].params;
			sum.charge += rows[i].charge;
			sum.iteration.flops += rows[i].iteration.flops;
			sum.iteration.bytes_read += rows[i].iteration.bytes_read;
			sum.work[FC_PHASE_BACKWARD_DATA].macs += rows[i].work[FC_PHASE_BACKWARD_DATA].macs;
		}
		assert_int_equal(sum.layers, a.graph.node_count);
		assert_int_equal(sum.params, a.total.params);
		assert_int_equal(sum.charge, a.rule_total);
		assert_int_equal(sum.iteration.flops, a.total.iteration.flops);
		assert_int_equal(sum.iteration.bytes_read, a.total.iteration.bytes_read);
		assert_int_equal(sum.work[FC_PHASE_BACKWARD_DATA].macs, a.total.work[FC_PHASE_BACKWARD_DATA].macs);
		if (depth >= fc_analysis_depth(&a))
			assert_int_equal(count, a.graph.node_count);
		fc_arena_release(&arena);
	}
	fc_analysis_close(&a);
}

/* A block whose layers do not follow each other is still one. */
static void scattered_block(void **state)
{
	static const char text[] = "network x\ninput 2x8x8\nclasses 2\na.one: conv 2 1\nb.one: conv 2 1\na.two: conv "
				   "2 1\ndense 2\noutput\n";
	const struct analyze_options o = plain();
	struct fc_arena arena;
	struct analysis a;
	struct layer *rows;
	int count;

	(void)state;
	open_text("scattered.net", text, 1, &o, &a);
	fc_arena_init(&arena);
	rows = fc_analysis_blocks(&a, 1, &arena, &count);
	assert_int_equal(count, 4);
	assert_string_equal(rows[1].name, "a");
	assert_int_equal(rows[1].layers, 2);
	assert_int_equal(rows[1].params, 12);
	assert_string_equal(rows[2].name, "b.one");
	fc_arena_release(&arena);
	fc_analysis_close(&a);
}

/* -------- epochs and recomputation -------- */

static void epochs(void **state)
{
	struct analyze_options o = plain();
	struct analysis a;
	const struct epoch *e;

	(void)state;
	open_model("resnet18", 8, &o, &a);
	e = &a.epochs[FC_PASS_TRAIN];
	assert_int_equal(e->iterations, 12);
	assert_int_equal(e->left_out, 4);
	assert_int_equal(e->work.flops, 12 * a.total.iteration.flops);
	assert_int_equal(e->work.bytes_read, 12 * a.total.iteration.bytes_read);
	e = &a.epochs[FC_PASS_VALIDATE];
	assert_int_equal(e->iterations, 7);
	assert_int_equal(e->filled_up, 6);
	assert_int_equal(e->work.macs, 7 * a.macs);
	/* An inference writes less than the forward pass of training: neither statistics nor what backward needs. */
	assert_true(a.inference.bytes_written <
		    a.total.work[FC_PHASE_FORWARD].bytes_written + a.total.work[FC_PHASE_INPUT].bytes_written);
	assert_int_equal(a.epoch.flops, a.epochs[0].work.flops + a.epochs[1].work.flops);
	fc_analysis_close(&a);
	o.images[FC_PASS_TRAIN] = UINT64_C(1000000000000000);
	open_model("resnet18", 8, &o, &a);
	assert_true(a.no_epoch);
	assert_int_equal(a.epochs[FC_PASS_TRAIN].iterations, 0);
	fc_analysis_close(&a);
}

static void recomputation(void **state)
{
	static const uint64_t millionths[] = { 0, 1, 333333, 500000, 1000000, 2500000 };

	(void)state;
	for (size_t i = 0; i < sizeof(millionths) / sizeof(millionths[0]); i++) {
		struct analyze_options o = plain();
		struct analysis a;
		uint64_t flops = 0, expected = 0;

		o.recompute_millionths = millionths[i];
		open_model("googlenet", 3, &o, &a);
		for (int n = 0; n < a.graph.node_count; n++) {
			const __uint128_t exact =
				(__uint128_t)a.layers[n].work[FC_PHASE_FORWARD].flops * millionths[i];

			assert_int_equal(a.layers[n].work[WORK_RECOMPUTE].flops,
					 (uint64_t)((exact + 500000) / 1000000));
			expected += a.layers[n].work[WORK_RECOMPUTE].flops;
			flops += a.layers[n].iteration.flops;
		}
		assert_int_equal(a.total.work[WORK_RECOMPUTE].flops, expected);
		assert_int_equal(a.total.iteration.flops, flops);
		fc_analysis_close(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floors_by_hand), cmocka_unit_test(floors_hold),     cmocka_unit_test(devices),
		cmocka_unit_test(blocks),	  cmocka_unit_test(scattered_block), cmocka_unit_test(epochs),
		cmocka_unit_test(recomputation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
