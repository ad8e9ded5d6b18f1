/*
 * Programs made up at random, on the stand-in for CUPTI: whatever they do, every nanosecond is put where a sum made by hand
 * puts it. And long ones: memory does not grow with the number of records.
 */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include "flopclock/random.h"

#include "cuda_cupti_play.h"

struct dice {
	uint64_t seed, thrown;
};

static uint32_t throw(struct dice * dice, uint32_t sides)
{
	uint32_t word[4];

	fc_philox(dice->seed, 7, dice->thrown++, word);
	return word[0] % sides;
}

/* Every step, each with one to four activities; the first step comes a second time at the end. */
static void play_at_random(struct play *p, struct dice *dice, enum fc_pass pass, uint32_t iteration)
{
	const int steps = fc_network_step_count(p->f.network, pass);

	for (int i = 0; i <= steps; i++) {
		enter(p, i % steps);
		for (uint32_t k = throw(dice, 4) + 1; k > 0; k--) {
			const uint32_t what = throw(dice, 6);

			play(p, iteration, i % steps,
			     what == 0	 ? FC_ACTIVITY_COPY
			     : what == 1 ? FC_ACTIVITY_FILL
					 : FC_ACTIVITY_KERNEL,
			     throw(dice, 3) ? throw(dice, 20000) + 1 : 1);
		}
		leave(p);
		if (!throw(dice, 5))
			fake_pause(throw(dice, 100000));
	}
}

struct graphs {
	struct fake_graph *exec;
	int node_step[PLAY_NODES], node_count;
	enum fc_activity node_activity[PLAY_NODES];
};

static void capture(struct play *p, struct dice *dice, enum fc_pass pass, uint32_t iteration, struct graphs *g)
{
	struct fake_graph *graph;

	begin_capture(p, pass, true);
	play_at_random(p, dice, pass, iteration);
	graph = begin_capture(p, pass, false);
	/* Sometimes a first copy is thrown away. */
	g->exec = fake_instantiate(graph);
	if (!throw(dice, 2)) {
		fake_destroy(g->exec);
		g->exec = fake_instantiate(graph);
	}
	fake_destroy(graph);
	memcpy(g->node_step, p->node_step, sizeof(g->node_step));
	memcpy(g->node_activity, p->node_activity, sizeof(g->node_activity));
	g->node_count = p->node_count;
}

static void play_again(struct play *p, uint32_t iteration, const struct graphs *g)
{
	memcpy(p->node_step, g->node_step, sizeof(g->node_step));
	memcpy(p->node_activity, g->node_activity, sizeof(g->node_activity));
	p->node_count = g->node_count;
	replay(p, iteration, g->exec);
}

/* Epochs of training and validation, drained at random. */
static void play_program(struct play *p, struct dice *dice)
{
	struct graphs graphs[FC_PASS_COUNT] = { { .exec = NULL } };
	const bool replays = throw(dice, 3);

	for (int pass_count = 0; pass_count < 6; pass_count++) {
		const enum fc_pass pass = pass_count % 2 ? FC_PASS_VALIDATE : FC_PASS_TRAIN;
		const uint32_t count = throw(dice, 12) + 1;

		for (uint32_t i = 0; i < count; i++) {
			const uint32_t iteration = begin_iteration(p, pass);

			if (replays && !graphs[pass].exec && throw(dice, 2))
				capture(p, dice, pass, iteration, &graphs[pass]);
			if (graphs[pass].exec)
				play_again(p, iteration, &graphs[pass]);
			else
				play_at_random(p, dice, pass, iteration);
			if (!throw(dice, 6))
				must_end_window(p, pass);
		}
		if (p->window)
			must_end_window(p, pass);
	}
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		if (graphs[pass].exec)
			fake_destroy(graphs[pass].exec);
}

static void every_nanosecond_has_its_place(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct dice dice = { .seed = seed };
		const struct fake_cupti_config config = { .seed = seed,
							  .nested = throw(&dice, 2),
							  .two_ids = throw(&dice, 2),
							  .hold_back = (int) throw(&dice, 3) };
		const struct cupti_pool_size pool = { throw(&dice, 4) + 1, 256, (size_t)4096 << throw(&dice, 5) };
		struct play p;

		open_play(&p, &config, &pool);
		fake_kernel("set-up", 1000);
		play_program(&p, &dice);
		assert_anomalies(&p.f, 0);
		assert_sums(&p);
		close_play(&p);
	}
}

/* -------- long runs -------- */

static struct fake_graph *capture_many(struct play *p, uint32_t iteration, int nodes)
{
	struct fake_graph *graph, *exec;

	begin_capture(p, FC_PASS_TRAIN, true);
	for (int i = 0; i < nodes; i++) {
		enter(p, i % p->f.steps);
		play(p, iteration, i % p->f.steps, FC_ACTIVITY_KERNEL, 100 + i);
		leave(p);
	}
	graph = begin_capture(p, FC_PASS_TRAIN, false);
	exec = fake_instantiate(graph);
	fake_destroy(graph);
	return exec;
}

#define LONG_ITERATIONS 5000
#define LONG_NODES	200
#define LONG_WINDOW	100

static void memory_does_not_grow(void **state)
{
	const struct fake_cupti_config config = { .seed = 11 };
	const struct cupti_pool_size pool = { 2, 64, (size_t)1 << 20 };
	const size_t most = (size_t)2 * LONG_WINDOW * (LONG_NODES + 2);
	struct fake_graph *exec = NULL;
	const struct cupti_session *session;
	struct play p;

	(void)state;
	open_play(&p, &config, &pool);
	for (uint32_t i = 0; i < LONG_ITERATIONS; i++) {
		const uint32_t iteration = begin_iteration(&p, FC_PASS_TRAIN);

		if (!exec)
			exec = capture_many(&p, iteration, LONG_NODES);
		replay(&p, iteration, exec);
		if ((i + 1) % LONG_WINDOW == 0)
			must_end_window(&p, FC_PASS_TRAIN);
	}
	assert_anomalies(&p.f, 0);
	assert_sums(&p);
	assert_true(fake_cupti_state().kernels >= 1000000);
	/* As much as lies between two drains, and no more. Which part of it waits for its call is a matter of chance. */
	session = cupti_probe_session(&p.probe);
	assert_true(session->decoder.ready.room <= most);
	assert_true(session->decoder.waiting.room <= most);
	assert_true(session->decoder.calls.present.room <= 1024);
	assert_true(session->decoder.calls.past.room <= 1024);
	assert_int_equal(session->decoder.names.count, 2 + 1);
	assert_int_equal(session->nodes.count, 2 * LONG_NODES);
	assert_true(session->pool.made <= 16);
	fake_destroy(exec);
	close_play(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_nanosecond_has_its_place),
		cmocka_unit_test(memory_does_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
