/* Kernels of replayed graphs, each put to its step by its node. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include "cuda_cupti_study.h"

#define NODE(graph, local) ((uint64_t)(graph) << 32 | (local))

/* Nodes 1 .. count of a graph, one for each step from 0 on. */
static void capture(struct study *s, uint32_t graph, int count, enum fc_pass pass, uint16_t run)
{
	for (int i = 0; i < count; i++) {
		const struct cupti_scope where = { .iteration = 1, .step = (uint16_t)i, .run = run, .pass = pass };

		cupti_nodes_open(&s->nodes, &where);
		cupti_nodes_created(&s->nodes, NODE(graph, (uint32_t)i + 1));
		cupti_nodes_close(&s->nodes);
	}
}

static void instantiate(struct study *s, uint32_t from, uint32_t to, int count)
{
	for (int i = 0; i < count; i++)
		cupti_nodes_copied(&s->nodes, NODE(to, (uint32_t)i + 1), NODE(from, (uint32_t)i + 1));
}

/* A replay in iteration 0 at `start`: one call, then a kernel of 10 ns for every node, 100 ns apart. */
static void replay(struct study *s, uint32_t graph, int count, uint32_t correlation, int64_t start)
{
	put_call(s, correlation, CUPTI_STEP_REPLAY, start);
	for (int i = 0; i < count; i++)
		fake_put_kernel(&s->buffer, "node", correlation, start + 4000 + 100 * i, start + 4010 + 100 * i,
				NODE(graph, (uint32_t)i + 1));
}

static void replays_reach_their_steps(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	capture(&s, 3, s.f.steps, FC_PASS_TRAIN, 1);
	instantiate(&s, 3, 4, s.f.steps);
	/* Another one from the same graph: the originals are still there. */
	instantiate(&s, 3, 5, s.f.steps);
	assert_int_equal(cupti_nodes_count(&s.nodes), 3 * s.f.steps);
	s.f.recorder->expects = true;
	for (uint32_t i = 0; i < 6; i++)
		replay(&s, i % 2 ? 4 : 5, s.f.steps, 10 + i, 2000 + 10000 * i);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	for (int i = 0; i < s.f.steps; i++) {
		assert_int_equal(step_records(&s, i), 6);
		assert_int_equal(step_time(&s, i), 60);
	}
	assert_int_equal(s.decoder.tally.replayed, 6 * s.f.steps);
	assert_int_equal(s.decoder.tally.missed, 0);
	/* A launch of a graph has one way to the device, not one for each of its kernels. */
	assert_int_equal(s.decoder.tally.queue.count, 6);
	assert_int_equal(s.decoder.tally.queue.least, 1000);
	assert_int_equal(s.decoder.tally.queue.most, 1000);
	close_study(&s);
}

/* The kernels of a replay in two buffers, the later ones first. */
static void a_replay_may_be_split(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	capture(&s, 3, 2, FC_PASS_TRAIN, 1);
	instantiate(&s, 3, 4, 2);
	fake_put_kernel(&s.buffer, "second", 10, 7000, 7010, NODE(4, 2));
	send(&s);
	put_call(&s, 10, CUPTI_STEP_REPLAY, 2000);
	fake_put_kernel(&s.buffer, "first", 10, 6000, 6010, NODE(4, 1));
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(step_records(&s, 0), 1);
	assert_int_equal(step_records(&s, 1), 1);
	assert_int_equal(s.decoder.tally.queue.count, 1);
	assert_int_equal(s.decoder.tally.queue.least, 1000);
	close_study(&s);
}

static void a_node_without_a_step_is_a_miss(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	/* Nobody's, of validation, of another run, not of a graph at all. */
	cupti_nodes_created(&s.nodes, NODE(7, 1));
	capture(&s, 8, 1, FC_PASS_VALIDATE, 1);
	capture(&s, 9, 1, FC_PASS_TRAIN, 2);
	put_call(&s, 1, CUPTI_STEP_REPLAY, 2000);
	fake_put_kernel(&s.buffer, "a", 1, 6000, 6001, NODE(7, 1));
	fake_put_kernel(&s.buffer, "b", 1, 6010, 6012, NODE(8, 1));
	fake_put_kernel(&s.buffer, "c", 1, 6020, 6024, NODE(9, 1));
	fake_put_kernel(&s.buffer, "d", 1, 6030, 6038, 0);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 1u << FC_ANOMALY_UNATTRIBUTED);
	assert_int_equal(s.decoder.tally.missed, 4);
	assert_int_equal(s.f.recorder->iterations[0].unattributed_ns, 15);
	assert_int_equal(s.f.recorder->iterations[0].busy_ns, 15);
	close_study(&s);
}

/* A library's own graph within a step: the step is known, whatever the node. */
static void a_graph_within_a_step_is_the_steps(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	put_call(&s, 1, 1, 2000);
	fake_put_kernel(&s.buffer, "a", 1, 6000, 6005, NODE(7, 1));
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(step_time(&s, 1), 5);
	close_study(&s);
}

static void nodes_go_with_their_graph(void **state)
{
	struct cupti_scope scope_of_node;
	struct study s;

	(void)state;
	open_study(&s);
	capture(&s, 3, 2, FC_PASS_TRAIN, 1);
	instantiate(&s, 3, 4, 2);
	instantiate(&s, 3, 5, 2);
	replay(&s, 4, 2, 10, 2000);
	/* Its kernels are still on their way. */
	cupti_nodes_destroyed(&s.nodes, 4);
	send(&s);
	assert_true(cupti_nodes_find(&s.nodes, NODE(4, 1), &scope_of_node));
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(step_records(&s, 1), 1);
	assert_false(cupti_nodes_find(&s.nodes, NODE(4, 1), &scope_of_node));
	assert_true(cupti_nodes_find(&s.nodes, NODE(5, 2), &scope_of_node));
	assert_int_equal(scope_of_node.step, 1);
	assert_true(cupti_nodes_find(&s.nodes, NODE(3, 1), &scope_of_node));
	close_study(&s);
}

/* An id that is used again: the new node counts, also where it belongs to no step, and outlives the old graph's end. */
static void ids_may_be_used_again(void **state)
{
	struct cupti_scope scope_of_node;
	struct study s;

	(void)state;
	open_study(&s);
	capture(&s, 3, 2, FC_PASS_TRAIN, 1);
	instantiate(&s, 3, 4, 2);
	cupti_nodes_destroyed(&s.nodes, 4);
	cupti_nodes_copied(&s.nodes, NODE(4, 1), NODE(3, 2));
	cupti_nodes_created(&s.nodes, NODE(4, 2));
	assert_false(cupti_nodes_find(&s.nodes, NODE(4, 2), &scope_of_node));
	cupti_nodes_drop(&s.nodes);
	assert_true(cupti_nodes_find(&s.nodes, NODE(4, 1), &scope_of_node));
	assert_int_equal(scope_of_node.step, 1);
	assert_false(cupti_nodes_find(&s.nodes, NODE(4, 2), &scope_of_node));
	close_study(&s);
}

static void *create_elsewhere(void *argument)
{
	cupti_nodes_created(argument, NODE(6, 1));
	return NULL;
}

/* What another thread creates while a step is captured is not the step's. */
static void only_the_capturing_thread_counts(void **state)
{
	const struct cupti_scope where = { .step = 1, .run = 1 };
	struct cupti_scope scope_of_node;
	pthread_t thread;
	struct study s;

	(void)state;
	open_study(&s);
	cupti_nodes_open(&s.nodes, &where);
	assert_int_equal(pthread_create(&thread, NULL, create_elsewhere, &s.nodes), 0);
	pthread_join(thread, NULL);
	cupti_nodes_created(&s.nodes, NODE(6, 2));
	cupti_nodes_close(&s.nodes);
	cupti_nodes_created(&s.nodes, NODE(6, 3));
	assert_false(cupti_nodes_find(&s.nodes, NODE(6, 1), &scope_of_node));
	assert_true(cupti_nodes_find(&s.nodes, NODE(6, 2), &scope_of_node));
	assert_false(cupti_nodes_find(&s.nodes, NODE(6, 3), &scope_of_node));
	close_study(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replays_reach_their_steps),
		cmocka_unit_test(a_replay_may_be_split),
		cmocka_unit_test(a_node_without_a_step_is_a_miss),
		cmocka_unit_test(a_graph_within_a_step_is_the_steps),
		cmocka_unit_test(nodes_go_with_their_graph),
		cmocka_unit_test(ids_may_be_used_again),
		cmocka_unit_test(only_the_capturing_thread_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
