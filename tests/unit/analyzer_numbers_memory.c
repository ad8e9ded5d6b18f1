/*
 * Memory of training and of inferences against a walk over the steps, in both precisions; batches that fit against trying every
 * batch; networks made anew for another batch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"
#include "flopclock/schedule.h"

#include "../../analyzer/fit.h"
#include "../../analyzer/rebatch.h"

static const char *const models[] = { "lenet5",	       "alexnet",      "resnet18",	     "googlenet",
				      "densenet121",   "mobilenet_v2", "shufflenet_v2_x1_0", "efficientnet_b0",
				      "squeezenet1_1", "vit_b_16" };

#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

static void load(const char *model, int64_t batch, int size, struct fc_graph *graph)
{
	struct fc_model_request request = { .model = model, .batch = batch };
	struct fc_error err = { "" };

	setenv("FLOPCLOCK_SHARE", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", 1);
	if (size) {
		request.input[0] = 3;
		request.input[1] = request.input[2] = size;
	}
	if (fc_model_load(&request, graph, &err))
		fail_msg("%s", err.text);
}

static struct fc_memory plan(const struct fc_graph *graph, const struct fc_memory_options *options)
{
	struct fc_error err = { "" };
	struct fc_memory memory;

	if (fc_memory_plan(graph, options, &memory, &err))
		fail_msg("%s", err.text);
	return memory;
}

/* -------- what is alive -------- */

static bool lives_through(const struct fc_buffer *b)
{
	return b->role <= FC_ROLE_STATE;
}

/* For each step the sizes of all buffers whose lives hold it, in multiples of 64 bytes. */
static uint64_t walk(const struct fc_graph *graph, enum fc_pass pass, bool half, struct fc_step *peak)
{
	struct fc_schedule s;
	struct fc_error err;
	uint64_t most = 0;

	assert_int_equal(fc_schedule_build(graph, pass, NULL, &s, &err), 0);
	for (int step = 0; step < s.step_count; step++) {
		uint64_t alive = 0;

		for (int i = 0; i < s.buffer_count; i++) {
			const struct fc_buffer *const b = &s.buffers[i];
			const bool activation = b->role == FC_ROLE_VALUE || b->role == FC_ROLE_GRADIENT;

			if (lives_through(b) || step < b->first || step > b->last || b->first < 0)
				continue;
			alive += (b->bytes / (half && activation ? 2 : 1) + 63) / 64 * 64;
		}
		if (alive <= most)
			continue;
		most = alive;
		*peak = s.steps[step];
	}
	fc_schedule_release(&s);
	return most;
}

static void peaks(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODEL_COUNT * 4; i++) {
		const struct fc_memory_options options = { .pass = i % 2 ? FC_PASS_VALIDATE : FC_PASS_TRAIN,
							   .optimizer_values = 1,
							   .precision = i / 2 % 2 ? FC_PRECISION_BF16
										  : FC_PRECISION_FP32 };
		struct fc_graph graph;
		struct fc_memory m;
		struct fc_step peak;

		load(models[i / 4], 3, 0, &graph);
		m = plan(&graph, &options);
		assert_int_equal(m.alive, walk(&graph, options.pass, i / 2 % 2, &peak));
		assert_int_equal(m.peak.node, peak.node);
		assert_int_equal(m.peak.phase, peak.phase);
		assert_true(m.activations >= m.alive);
		/* Packing comes near what is alive at once, less so in the inference of a transformer. */
		if (m.activations > m.alive + m.alive / 5)
			fail_msg("%s: %llu bytes for %llu", models[i / 4], (unsigned long long)m.activations,
				 (unsigned long long)m.alive);
		assert_int_equal(m.total, m.params + m.param_gradients + m.optimizer + m.shadows + m.statistics +
						  m.activations);
		if (options.pass == FC_PASS_VALIDATE)
			assert_int_equal(m.param_gradients + m.optimizer + m.shadows + m.kept, 0);
		fc_graph_release(&graph);
	}
}

/* A chain: what is alive in an inference is the input and the output of one layer. */
static void inference_by_hand(void **state)
{
	static const char text[] =
		"network x\ninput 3x8x8\nclasses 4\nconv 16 3 pad=1\nrelu\nconv 8 3 pad=1\ndense 4\noutput\n";
	const struct fc_model_request request = { .model = "x.net", .batch = 2 };
	struct fc_memory_options options = { .pass = FC_PASS_VALIDATE };
	struct fc_error err = { "" };
	struct fc_graph graph;
	struct fc_memory m;

	(void)state;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), 0);
	m = plan(&graph, &options);
	assert_int_equal(m.activations, 2 * 4 * 64 * (16 + 8));
	assert_int_equal(m.params, 4 * (3 * 16 * 9 + 16 + 16 * 8 * 9 + 8 + 8 * 64 * 4 + 4));
	assert_string_equal(graph.nodes[m.peak.node].name, "conv_2");
	options.precision = FC_PRECISION_BF16;
	m = plan(&graph, &options);
	assert_int_equal(m.activations, 2 * 2 * 64 * (16 + 8));
	assert_int_equal(m.params, 2 * (3 * 16 * 9 + 16 + 16 * 8 * 9 + 8 + 8 * 64 * 4 + 4));
	fc_graph_release(&graph);
}

/* -------- another batch -------- */

static void another_batch(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODEL_COUNT; i++) {
		struct fc_graph graph, wanted;
		struct fc_error err = { "" };

		load(models[i], 7, 0, &graph);
		load(models[i], 40, 0, &wanted);
		assert_int_equal(fc_graph_rebatch(&graph, 40, &err), 0);
		assert_int_equal(graph.batch, wanted.batch);
		for (int n = 0; n < wanted.node_count; n++) {
			assert_memory_equal(&graph.nodes[n].shape, &wanted.nodes[n].shape, sizeof(struct fc_shape));
			assert_int_equal(graph.nodes[n].param_count, wanted.nodes[n].param_count);
			for (int p = 0; p < wanted.nodes[n].param_count; p++)
				assert_memory_equal(&graph.nodes[n].params[p].shape, &wanted.nodes[n].params[p].shape,
						    sizeof(struct fc_shape));
		}
		assert_int_equal(fc_graph_rebatch(&graph, INT64_C(1) << 45, &err), -1);
		assert_non_null(strstr(err.text, "more than"));
		fc_graph_release(&graph);
		fc_graph_release(&wanted);
	}
}

/* -------- what fits -------- */

/* The largest of all batches up to `most` that fits, found by trying every one. */
static int64_t try_all(struct fc_graph *graph, const struct fc_memory_options *options, uint64_t bytes, int64_t most)
{
	int64_t found = 0;
	struct fc_error err;

	for (int64_t batch = 1; batch <= most; batch++) {
		assert_int_equal(fc_graph_rebatch(graph, batch, &err), 0);
		if (plan(graph, options).total <= bytes)
			found = batch;
	}
	return found;
}

static void batches_that_fit(void **state)
{
	static const struct {
		const char *model;
		int size;
		uint64_t megabytes[3];
	} cases[] = {
		{ "lenet5", 0, { 1, 3, 10 } },
		{ "resnet18", 32, { 100, 170, 300 } },
		{ "densenet121", 32, { 60, 100, 180 } },
		{ "googlenet", 64, { 60, 130, 333 } },
		{ "mobilenet_v2", 96, { 50, 100, 250 } },
	};
	int positive = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) * 6; i++) {
		const uint64_t bytes = cases[i / 6].megabytes[i % 3] * 1000000;
		const struct fc_memory_options options = { .pass = i % 6 / 3 ? FC_PASS_VALIDATE : FC_PASS_TRAIN,
							   .optimizer_values = (int)(i % 3),
							   .precision =
								   i % 4 ? FC_PRECISION_FP32 : FC_PRECISION_BF16 };
		struct fc_graph graph;
		struct fc_error err = { "" };
		struct fc_fit fit;
		int64_t expected;

		load(cases[i / 6].model, 5, cases[i / 6].size, &graph);
		assert_int_equal(fc_fit_search(&graph, &options, bytes, &fit, &err), 0);
		/* The graph that was asked about is as it was. */
		assert_int_equal(graph.batch, 5);
		assert_int_equal(graph.nodes[0].shape.n, 5);
		if (fit.batch > 2000)
			fail_msg("%s: %lld are too many to try", cases[i / 6].model, (long long)fit.batch);
		expected = try_all(&graph, &options, bytes, fit.batch + fit.batch / 4 + 20);
		assert_int_equal(fit.batch, expected);
		positive += fit.batch > 0;
		if (fit.batch) {
			assert_true(fit.at.total <= bytes);
			assert_int_equal(fc_graph_rebatch(&graph, fit.batch, &err), 0);
			assert_int_equal(fit.at.total, plan(&graph, &options).total);
		}
		assert_true(fit.beyond.total > bytes);
		fc_graph_release(&graph);
	}
	assert_true(positive > 20);
}

static void amounts(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: refused */
	} cases[] = { { "16G", 16000000000 },
		      { "16GB", 16000000000 },
		      { "16Gi", UINT64_C(16) << 30 },
		      { "16GiB", UINT64_C(16) << 30 },
		      { "1.5T", 1500000000000 },
		      { "1.5Ki", 1536 },
		      { "80k", 80000 },
		      { "12", 12 },
		      { "12B", 12 },
		      { "0.001M", 1000 },
		      { "", 0 },
		      { "G", 0 },
		      { "-1G", 0 },
		      { "+1G", 0 },
		      { "1e9", 0 },
		      { "16 G", 0 },
		      { "16g", 0 },
		      { "16GG", 0 },
		      { "16GBi", 0 },
		      { "1..5G", 0 },
		      { "0", 0 },
		      { "nan", 0 },
		      { "9999999999T", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_error err = { "" };
		uint64_t bytes = 0;
		const int rc = fc_fit_memory(cases[i].text, &bytes, &err);

		if (!rc != (cases[i].bytes != 0) || bytes != cases[i].bytes)
			fail_msg("'%s': found %llu", cases[i].text, (unsigned long long)bytes);
		assert_true(!rc || strstr(err.text, "--fit"));
	}
}

/* Nothing fits, everything fits. */
static void at_the_ends(void **state)
{
	const struct fc_memory_options options = { .pass = FC_PASS_TRAIN };
	static const char text[] = "network x\ninput 1x1x1\nclasses 1\ndense 1\noutput\n";
	const struct fc_model_request request = { .model = "x.net", .batch = 1 };
	struct fc_error err = { "" };
	struct fc_graph graph;
	struct fc_fit fit;

	(void)state;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), 0);
	assert_int_equal(fc_fit_search(&graph, &options, 10, &fit, &err), 0);
	assert_int_equal(fit.batch, 0);
	assert_true(fit.beyond.total > 10);
	assert_int_equal(fc_fit_search(&graph, &options, UINT64_C(1) << 60, &fit, &err), 0);
	assert_int_equal(fit.batch, FC_FIT_MOST);
	assert_int_equal(fit.beyond.total, 0);
	fc_graph_release(&graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peaks),	 cmocka_unit_test(inference_by_hand),
		cmocka_unit_test(another_batch), cmocka_unit_test(batches_that_fit),
		cmocka_unit_test(amounts),	 cmocka_unit_test(at_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
