/*
 * Networks and whole runs on a device that works behind its caller (tests/streaming.h), against the same on the reference
 * backend, which is asked step by step: nothing may differ by a bit, and no time may be lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "flopclock/dataset.h"
#include "flopclock/model.h"
#include "flopclock/random.h"

#include "../../tracer/batches.h"
#include "../../tracer/network.h"
#include "../../tracer/probes.h"
#include "../../tracer/recorder.h"
#include "../streaming.h"

/* Batch norms, a dropout, a join, biases, an auxiliary head. */
static const char text[] = "network small\n"
			   "input 2x6x6\n"
			   "classes 3\n"
			   "conv 5 3 pad=1\n"
			   "r1: relu\n"
			   "conv 5 3 pad=1 bias=false\n"
			   "n1: batch_norm\n"
			   "add r1 n1\n"
			   "a: relu\n"
			   "max_pool 2\n"
			   "x: dropout 0.4\n"
			   "dense 7\n"
			   "relu\n"
			   "dense classes\n"
			   "output\n"
			   "auxiliary_head: sequence from a { adaptive_avg_pool 2; dense classes }\n"
			   "output weight=0.3 train_only\n";

enum { IMAGES = 22, CHECKS = 7, SIDE = 5, BATCH = 4, EPOCHS = 3, TRAIN_STEPS = 5, VALIDATE_STEPS = 2 };

struct fixture {
	struct fc_graph graph;
	struct fc_dataset data;
	struct batches batches[FC_PASS_COUNT];
	struct fc_backend backend;
	struct fc_network *network;
};

static void make_split(struct fc_split *split, int64_t count, uint64_t seed)
{
	*split = (struct fc_split){ .count = count, .height = SIDE, .width = SIDE };
	split->pixels = calloc((size_t)count, SIDE * SIDE);
	split->labels = calloc((size_t)count, 1);
	for (int64_t i = 0; i < count * SIDE * SIDE; i++)
		split->pixels[i] = (uint8_t)(256 * fc_uniform_at(seed, 1, (uint64_t)i));
	for (int64_t i = 0; i < count; i++)
		split->labels[i] = (uint8_t)(3 * fc_uniform_at(seed, 2, (uint64_t)i));
}

static int try_open(struct fixture *f, const struct fc_backend *backend, struct fc_network_config config,
		    struct fc_error *err)
{
	const struct fc_model_request request = { .model = "small.net", .batch = BATCH };

	*f = (struct fixture){ .backend = *backend };
	make_split(&f->data.train, IMAGES, 3);
	make_split(&f->data.validate, CHECKS, 4);
	f->data.mean = 0.5;
	f->data.deviation = 0.25;
	if (fc_model_read(&request, text, strlen(text), &f->graph, err))
		fail_msg("%s", err->text);
	batches_open(&f->batches[FC_PASS_TRAIN], &f->data, true, BATCH, 1);
	batches_open(&f->batches[FC_PASS_VALIDATE], &f->data, false, BATCH, 1);
	config.backend = &f->backend;
	config.seed = 1;
	return fc_network_open(&f->graph, &config, &f->network, err);
}

static void open_fixture(struct fixture *f, const struct fc_backend *backend, struct fc_network_config config)
{
	struct fc_error err;

	if (try_open(f, backend, config, &err))
		fail_msg("%s", err.text);
}

static void close_fixture(struct fixture *f)
{
	fc_network_close(f->network);
	for (int pass = 0; pass < FC_PASS_COUNT; pass++) {
		struct fc_split *const split = pass == FC_PASS_TRAIN ? &f->data.train : &f->data.validate;

		batches_close(&f->batches[pass]);
		free(split->pixels);
		free(split->labels);
	}
	fc_graph_release(&f->graph);
}

static const struct fc_network_config usual = { .sgd = { 0.05, 0.9, 0.001 } };

/* -------- the same to the bit -------- */

enum { RESULTS = EPOCHS * (TRAIN_STEPS + VALIDATE_STEPS) };

struct outcome {
	struct fc_result results[RESULTS];
	int count;
	float values[20000];		/* parameters and running statistics */
	size_t value_count;
};

static void read_values(struct fixture *f, struct outcome *o)
{
	struct fc_error err;

	for (int n = 0; n < f->graph.node_count; n++) {
		for (int p = 0; p < f->graph.nodes[n].param_count; p++) {
			assert_int_equal(fc_network_read_param(f->network, n, p, false, o->values + o->value_count, &err), 0);
			o->value_count += (size_t)fc_shape_elements(f->graph.nodes[n].params[p].shape);
		}
		for (int k = 0; f->graph.nodes[n].op == FC_OP_BATCH_NORM && k < 2; k++) {
			assert_int_equal(fc_network_read_state(f->network, n, k, o->values + o->value_count, &err), 0);
			o->value_count += (size_t)f->graph.nodes[n].shape.c;
		}
	}
	assert_true(o->value_count < 20000);
}

static void run_waiting(struct fixture *f, struct outcome *o)
{
	struct fc_loss loss[FC_MAX_HEADS];
	struct fc_error err;

	for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++)
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
			if (pass == FC_PASS_TRAIN)
				batches_shuffle(&f->batches[pass], epoch);
			for (uint64_t i = 0; i < batches_count(&f->batches[pass]); i++) {
				const struct fc_batch *const batch = batches_gather(&f->batches[pass], i);
				struct fc_result *const result = &o->results[o->count++];

				memset(loss, 0, sizeof(loss));
				if (fc_network_run(f->network, pass, batch, NULL, loss, &err) ||
				    fc_network_sync(f->network, &err))
					fail_msg("%s", err.text);
				memcpy(result->loss, loss, sizeof(loss));
				result->images = batch->count;
			}
		}
	read_values(f, o);
}

static void load(struct fixture *f)
{
	struct fc_error err;

	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		const struct fc_split *const split = f->batches[pass].split;
		const struct fc_images images = { split->pixels, split->labels, split->count, SIDE, SIDE, 0.5f, 0.25f };

		assert_int_equal(fc_network_load(f->network, pass, &images, &err), 0);
	}
}

/* Results are fetched `every` so many iterations. */
static void run_behind(struct fixture *f, struct fc_probe *probe, uint64_t every, struct outcome *o)
{
	struct fc_error err;

	load(f);
	for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++)
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
			const uint64_t steps = batches_count(&f->batches[pass]);
			uint64_t waiting = 0;

			if (pass == FC_PASS_TRAIN)
				batches_shuffle(&f->batches[pass], epoch);
			assert_int_equal(fc_network_begin(f->network, pass, f->batches[pass].order,
							  pass == FC_PASS_TRAIN ? TRAIN_STEPS * BATCH : CHECKS, &err),
					 0);
			for (uint64_t i = 0; i < steps; i++) {
				if (fc_network_stream(f->network, pass, probe, &err))
					fail_msg("%s", err.text);
				if (++waiting < every && i + 1 < steps)
					continue;
				if (fc_network_collect(f->network, pass, waiting, &o->results[o->count], &err))
					fail_msg("%s", err.text);
				o->count += (int)waiting;
				waiting = 0;
			}
		}
	read_values(f, o);
}

static void expect_same(const struct outcome *a, const struct outcome *b)
{
	assert_int_equal(a->count, RESULTS);
	assert_int_equal(b->count, RESULTS);
	for (int i = 0; i < RESULTS; i++) {
		assert_int_equal(a->results[i].images, b->results[i].images);
		/* An auxiliary head has no loss in validation. */
		for (int h = 0; h < 2; h++) {
			const bool runs = h == 0 || i % (TRAIN_STEPS + VALIDATE_STEPS) < TRAIN_STEPS;

			if (!runs)
				continue;
			assert_memory_equal(&a->results[i].loss[h].sum, &b->results[i].loss[h].sum, sizeof(double));
			assert_int_equal(a->results[i].loss[h].correct, b->results[i].loss[h].correct);
		}
	}
	assert_int_equal(a->value_count, b->value_count);
	assert_memory_equal(a->values, b->values, a->value_count * sizeof(float));
}

static struct outcome *waiting_outcome(void)
{
	struct outcome *const o = calloc(1, sizeof(*o));
	struct fixture f;

	open_fixture(&f, &fc_backend_reference, usual);
	run_waiting(&f, o);
	close_fixture(&f);
	return o;
}

static void nothing_differs_by_a_bit(void **state)
{
	struct outcome *const waiting = waiting_outcome();

	(void)state;
	assert_true(waiting->results[0].loss[0].sum > 0);
	assert_int_equal(waiting->results[RESULTS - 1].images, CHECKS - BATCH);
	/* Replayed or not, however late the results are fetched. */
	for (int no_replay = 0; no_replay < 2; no_replay++)
		for (uint64_t every = 1; every <= STREAMING_RESULTS; every++) {
			const struct fc_backend backend = streaming_backend();
			struct fc_network_config config = usual;
			struct outcome *const behind = calloc(1, sizeof(*behind));
			struct fixture f;

			config.no_replay = no_replay;
			open_fixture(&f, &backend, config);
			assert_true(fc_network_streams(f.network));
			run_behind(&f, NULL, every, behind);
			expect_same(waiting, behind);
			assert_false(fc_network_device(f.network)->overrun);
			close_fixture(&f);
			free(behind);
		}
	free(waiting);
}

/* The same network can also be asked step by step: one update of all parameters is many small ones. */
static void one_update_is_many(void **state)
{
	struct outcome *const waiting = waiting_outcome(), *const flat = calloc(1, sizeof(*flat));
	const struct fc_backend backend = streaming_backend();
	struct fc_network_config config = usual;
	struct fixture f;

	(void)state;
	open_fixture(&f, &backend, config);
	run_waiting(&f, flat);
	expect_same(waiting, flat);
	close_fixture(&f);
	/* Without momentum. */
	memset(waiting, 0, sizeof(*waiting));
	memset(flat, 0, sizeof(*flat));
	config.sgd.momentum = 0;
	open_fixture(&f, &fc_backend_reference, config);
	run_waiting(&f, waiting);
	close_fixture(&f);
	open_fixture(&f, &backend, config);
	assert_null(f.network->flat.momentum);
	run_waiting(&f, flat);
	expect_same(waiting, flat);
	close_fixture(&f);
	free(waiting);
	free(flat);
}

/* -------- the update step and the shadows -------- */

static void the_update_covers_all(void **state)
{
	const struct fc_backend backend = streaming_backend();
	const struct fc_executed_step *update;
	uint64_t flops = 0;
	struct fixture f;
	int count;

	(void)state;
	open_fixture(&f, &backend, usual);
	count = fc_network_step_count(f.network, FC_PASS_TRAIN);
	for (int i = 0; i < count; i++)
		assert_true((fc_network_step(f.network, FC_PASS_TRAIN, i)->step.phase == FC_PHASE_UPDATE) ==
			    (i == count - 1));
	update = fc_network_step(f.network, FC_PASS_TRAIN, count - 1);
	for (int n = 0; n < f.graph.node_count; n++) {
		const struct fc_step step = { n, FC_PHASE_UPDATE };
		int found = update->step.node == n;

		for (int k = 0; k < update->cover_count; k++) {
			assert_int_equal(update->covers[k].phase, FC_PHASE_UPDATE);
			found += update->covers[k].node == n;
		}
		assert_int_equal(found, f.graph.nodes[n].param_count > 0);
		flops += found ? fc_cost_find(&f.network->costs, step)->flops : 0;
	}
	assert_int_equal(f.network->programs[FC_PASS_TRAIN].steps[count - 1].flops, flops);
	close_fixture(&f);
}

/* Every shadow lies at half its parameter's offset and holds what the parameter is. */
static void check_shadows(struct fixture *f)
{
	const struct fc_flat *const flat = &f->network->flat;

	for (int n = 0; n < f->graph.node_count; n++)
		for (int p = 0; p < f->graph.nodes[n].param_count; p++) {
			const struct fc_tensor *const param = &f->network->nodes[n].param[p];
			const uint64_t offset = (uint64_t)((char *)param->data - (char *)flat->params);
			const float *const values = param->data;

			assert_true(offset % 128 == 0 && offset + param->bytes <= flat->bytes);
			assert_ptr_equal(f->network->nodes[n].gradient[p].data, (char *)flat->gradients + offset);
			assert_ptr_equal(f->network->nodes[n].momentum[p].data, (char *)flat->momentum + offset);
			assert_true(!param->shadow == (p > 0));
			if (p)
				continue;
			assert_ptr_equal(param->shadow, (char *)flat->shadows + offset / 2);
			for (int64_t i = 0; i < fc_shape_elements(param->shape); i++)
				assert_int_equal(((uint16_t *)param->shadow)[i], streaming_upper(values[i]));
		}
}

static void shadows_follow(void **state)
{
	const struct fc_backend backend = streaming_backend();
	struct outcome *const o = calloc(1, sizeof(*o));
	uint64_t bytes[FC_ROLE_COUNT], total, sum = 0;
	struct fixture f;

	(void)state;
	open_fixture(&f, &backend, usual);
	check_shadows(&f);
	run_behind(&f, NULL, 2, o);
	check_shadows(&f);
	fc_network_memory(f.network, bytes, &total);
	for (int role = 0; role < FC_ROLE_COUNT; role++)
		sum += bytes[role];
	assert_int_equal(sum, total);
	assert_int_equal(2 * bytes[FC_ROLE_SHADOW], bytes[FC_ROLE_PARAM]);
	assert_int_equal(f.network->flat.bytes, bytes[FC_ROLE_PARAM]);
	close_fixture(&f);
	free(o);
	/* Where nobody wants them there are none. */
	open_fixture(&f, &fc_backend_reference, usual);
	fc_network_memory(f.network, bytes, &total);
	assert_int_equal(bytes[FC_ROLE_SHADOW], 0);
	assert_null(f.network->flat.shadows);
	close_fixture(&f);
}

/* -------- capturing -------- */

static void the_second_is_captured(void **state)
{
	const struct fc_backend backend = streaming_backend();
	struct fc_result results[4];
	const struct fc_device *device;
	struct fc_error err;
	struct fixture f;
	int steps;

	(void)state;
	open_fixture(&f, &backend, usual);
	device = fc_network_device(f.network);
	steps = fc_network_step_count(f.network, FC_PASS_TRAIN);
	load(&f);
	assert_int_equal(fc_network_begin(f.network, FC_PASS_TRAIN, NULL, IMAGES, &err), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(fc_network_stream(f.network, FC_PASS_TRAIN, NULL, &err), 0);
		/* Every step of the first, and going on to the next; later ones are not handed over step by step. */
		assert_int_equal(device->eager, steps + 1);
		assert_int_equal(device->captures, i >= 1);
		assert_int_equal(device->replays, i);
		assert_int_equal(device->queue.count, (steps + 1) * (i + 1));
	}
	/* Nobody has waited since the epoch began. */
	assert_int_equal(device->syncs, 1);
	assert_int_equal(fc_network_collect(f.network, FC_PASS_TRAIN, 4, results, &err), 0);
	assert_int_equal(device->syncs, 2);
	assert_int_equal(device->released, 0);
	close_fixture(&f);
}

/* A probe that cannot see into a replay has every step run before its eyes. */
static void blind_probes_prevent_replays(void **state)
{
	static const struct {
		const struct fc_probe_kind *kind;
		int replays;
	} cases[] = { { &fc_probe_clock, 0 }, { &fc_probe_none, 3 } };

	(void)state;
	for (int c = 0; c < 2; c++) {
		const struct fc_backend backend = streaming_backend();
		struct fc_probe probe = { .kind = cases[c].kind };
		struct fc_error err;
		struct fixture f;

		open_fixture(&f, &backend, usual);
		assert_int_equal(probe.kind->open(&probe, &err), 0);
		probe.recorder = recorder_open(f.network, true, NULL);
		load(&f);
		assert_int_equal(fc_network_begin(f.network, FC_PASS_TRAIN, NULL, IMAGES, &err), 0);
		for (int i = 0; i < 4; i++) {
			probe.kind->iteration(&probe, FC_PASS_TRAIN,
					      recorder_begin(probe.recorder, FC_PASS_TRAIN, 1, true, 0));
			assert_int_equal(fc_network_stream(f.network, FC_PASS_TRAIN, &probe, &err), 0);
		}
		assert_int_equal(fc_network_device(f.network)->replays, cases[c].replays);
		recorder_close(probe.recorder);
		probe.kind->close(&probe);
		close_fixture(&f);
	}
}

static void failed_captures(void **state)
{
	const struct fc_backend backend = streaming_backend();

	(void)state;
	for (int fail = 0; fail < 2; fail++) {
		struct fc_device *device;
		struct fc_error err;
		struct fixture f;

		open_fixture(&f, &backend, usual);
		device = fc_network_device(f.network);
		device->fail_step = fail == 0;
		device->fail_end = fail == 1;
		load(&f);
		assert_int_equal(fc_network_begin(f.network, FC_PASS_TRAIN, NULL, IMAGES, &err), 0);
		assert_int_equal(fc_network_stream(f.network, FC_PASS_TRAIN, NULL, &err), 0);
		assert_int_equal(fc_network_stream(f.network, FC_PASS_TRAIN, NULL, &err), -1);
		assert_string_equal(err.text, fail ? "small: capturing a train iteration: a graph cannot be made of it" :
						     "small: capturing a train iteration: cannot be captured");
		/* Capturing has ended, nothing of it is left. */
		assert_null(device->capture);
		assert_int_equal(device->released, 1);
		close_fixture(&f);
	}
}

/* -------- losses that went wrong -------- */

/* The sentence with which training with this rate ends, asked after every step or fetched later. */
static void end_of(const struct fc_backend *backend, double rate, uint64_t every, struct fc_error *err)
{
	struct fc_network_config config = { .sgd = { rate, 0, 0 } };
	struct fc_result results[STREAMING_RESULTS];
	struct fc_loss loss[FC_MAX_HEADS];
	struct fixture f;
	int rc = 0;

	open_fixture(&f, backend, config);
	batches_shuffle(&f.batches[FC_PASS_TRAIN], 1);
	if (every) {
		load(&f);
		assert_int_equal(
			fc_network_begin(f.network, FC_PASS_TRAIN, f.batches[FC_PASS_TRAIN].order, IMAGES, err), 0);
	}
	for (uint64_t i = 0; i < TRAIN_STEPS && !rc; i++) {
		if (!every)
			rc = fc_network_run(f.network, FC_PASS_TRAIN, batches_gather(&f.batches[FC_PASS_TRAIN], i), NULL,
					    loss, err) ||
			     fc_network_sync(f.network, err);
		else
			rc = fc_network_stream(f.network, FC_PASS_TRAIN, NULL, err) ||
			     (i % every == every - 1 &&
			      fc_network_collect(f.network, FC_PASS_TRAIN, every, results, err));
	}
	assert_true(rc);
	close_fixture(&f);
}

static void infinite_losses_are_named(void **state)
{
	const struct fc_backend backend = streaming_backend();
	static const struct {
		double rate;
		const char *where;
	} cases[] = { { 1e5, "train iteration 5 (layer dense_2)" },
		      { 1e6, "train iteration 4 (layer auxiliary_head.1)" },
		      { 1e7, "train iteration 3 (layer dense_2)" },
		      { 1e20, "train iteration 2 (layer dense_2)" } };
	struct fc_error waiting, behind;

	(void)state;
	for (int i = 0; i < 4; i++) {
		end_of(&fc_backend_reference, cases[i].rate, 0, &waiting);
		assert_non_null(strstr(waiting.text, cases[i].where));
		for (uint64_t every = 1; every <= TRAIN_STEPS; every += TRAIN_STEPS - 1) {
			end_of(&backend, cases[i].rate, every, &behind);
			assert_string_equal(waiting.text, behind.text);
		}
	}
}

/* -------- memory -------- */

static uint64_t left;

static uint64_t little_memory(struct fc_device *device)
{
	(void)device;
	return left;
}

static uint64_t shrinking_memory(struct fc_device *device)
{
	/* Whenever somebody looks, 1000 bytes more are gone. */
	return 1000000 - (uint64_t)(1000 * device->syncs++);
}

static void the_device_is_asked(void **state)
{
	struct fc_backend backend = streaming_backend();
	struct fc_error err;
	uint64_t bytes[FC_ROLE_COUNT];
	struct fixture f;
	int batch = 0;

	(void)state;
	open_fixture(&f, &backend, usual);
	fc_network_memory(f.network, bytes, &left);
	close_fixture(&f);
	backend.memory_available = little_memory;
	open_fixture(&f, &backend, usual);
	close_fixture(&f);
	left--;
	assert_int_equal(try_open(&f, &backend, usual, &err), -1);
	assert_non_null(strstr(err.text, "small with batch 4 needs 0.00 GB of memory and 0.00 GB are available; batch"));
	assert_int_equal(sscanf(strstr(err.text, "; batch"), "; batch %d would fit", &batch), 1);
	assert_in_range(batch, 1, BATCH - 1);
	close_fixture(&f);
	backend.memory_available = shrinking_memory;
	open_fixture(&f, &backend, usual);
	/* Looked at when the device was open, prepared, before and behind the allocation, and now. */
	assert_int_equal(fc_network_peak(f.network), 4000);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_differs_by_a_bit), cmocka_unit_test(one_update_is_many),
		cmocka_unit_test(the_update_covers_all),    cmocka_unit_test(shadows_follow),
		cmocka_unit_test(the_second_is_captured),   cmocka_unit_test(blind_probes_prevent_replays),
		cmocka_unit_test(failed_captures),	    cmocka_unit_test(infinite_losses_are_named),
		cmocka_unit_test(the_device_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
