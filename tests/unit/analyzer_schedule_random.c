/* Schedules of networks that nobody would draw, and packing by itself. */
#include "analyzer_schedule.h"

#include "flopclock/model.h"
#include "flopclock/random.h"

static uint32_t dice(uint64_t seed, int *at, uint32_t sides)
{
	uint32_t word[4];

	fc_philox(seed, 77, (uint64_t)(*at)++, word);
	return word[0] % sides;
}

static int input_count(enum fc_op op, int of_joins)
{
	switch (op) {
	case FC_OP_LEARNED:
		return 0;
	case FC_OP_MATMUL:
		return 2;
#define X(upper, lower) case FC_OP_##upper:
		FC_BROADCAST_OPS(X)
#undef X
	case FC_OP_CONCAT:
		return of_joins;
	default:
		return 1;
	}
}

static bool learns(enum fc_op op)
{
	static const enum fc_op kinds[] = { FC_OP_CONV,	      FC_OP_CONV_TRANSPOSE, FC_OP_DENSE,
					    FC_OP_LINEAR,     FC_OP_LSTM,	    FC_OP_GRU,
					    FC_OP_BATCH_NORM, FC_OP_LAYER_NORM,	    FC_OP_GROUP_NORM,
					    FC_OP_LEARNED };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i] == op)
			return true;
	return false;
}

static void random_graph(uint64_t seed, struct fc_graph *graph)
{
	/* Every kind once, and those again that share buffers. */
	static const enum fc_op kinds[] = {
#define X(upper, lower) FC_OP_##upper,
		FC_OPS(X)
#undef X
			FC_OP_CONV,
		FC_OP_CONV,
		FC_OP_BATCH_NORM,
		FC_OP_BATCH_NORM,
		FC_OP_RELU,
		FC_OP_RELU,
		FC_OP_RELU,
		FC_OP_RELU,
		FC_OP_SIGMOID,
		FC_OP_SIGMOID,
		FC_OP_DROPOUT,
		FC_OP_DROPOUT,
		FC_OP_DROPOUT,
		FC_OP_ADD,
		FC_OP_ADD,
		FC_OP_ADD,
		FC_OP_ADD,
		FC_OP_ADD,
		FC_OP_ADD,
		FC_OP_CONCAT,
		FC_OP_CONCAT,
		FC_OP_MAX_POOL,
		FC_OP_MULTIPLY,
		FC_OP_MULTIPLY,
		FC_OP_RESHAPE,
		FC_OP_RESHAPE,
		FC_OP_LAYER_NORM,
	};
	int at = 0;
	const int count = 3 + (int)dice(seed, &at, 22);

	*graph = (struct fc_graph){ .name = "random", .batch = 2, .classes = 4, .node_count = count };
	fc_arena_init(&graph->arena);
	graph->nodes = FC_NEW_ARRAY(&graph->arena, struct fc_node, count);
	for (int n = 0; n < count; n++) {
		struct fc_node *const node = &graph->nodes[n];
		int *const inputs = FC_NEW_ARRAY(&graph->arena, int, 4);

		node->index = n;
		node->op = n ? kinds[1 + dice(seed, &at, sizeof(kinds) / sizeof(kinds[0]) - 1)] : FC_OP_INPUT;
		node->attributes.axis = node->attributes.groups = 1;
		node->name = fc_arena_printf(&graph->arena, "n%d_%d", n, (int)node->op);
		node->shape = (struct fc_shape){ 2, 4, 4, 4 };
		node->inputs = inputs;
		if (!n)
			continue;
		node->input_count = input_count(node->op, 1 + (int)dice(seed, &at, 3));
		/* Mostly the last one, so that chains appear; else anything before. */
		for (int k = 0; k < node->input_count; k++)
			inputs[k] = !k && dice(seed, &at, 3) ? n - 1 : (int)dice(seed, &at, (uint32_t)n);
		node->train_only = false;
		for (int k = 0; k < node->input_count; k++) {
			graph->nodes[inputs[k]].use_count++;
			node->train_only |= graph->nodes[inputs[k]].train_only;
		}
		node->train_only |= dice(seed, &at, 20) == 0;
		if (learns(node->op)) {
			node->param_count = 1;
			node->params[0].shape = (struct fc_shape){ 4, 4, 1, 1 };
		}
	}
	/* Concat would change the shape; only liveness matters here, so that all nodes have the same. */
	for (int h = 0; h < 3; h++) {
		const int node = count - 1 - (h ? (int)dice(seed, &at, (uint32_t)count - 1) : 0);
		bool taken = false;

		for (int k = 0; k < graph->head_count; k++)
			taken |= graph->heads[k].node == node;
		if (taken || (h && dice(seed, &at, 2)))
			continue;
		graph->heads[graph->head_count++] = (struct fc_head){ .node = node,
								      .loss_weight = 1,
								      .train_only = graph->nodes[node].train_only };
		graph->nodes[node].use_count++;
	}
}

static void random_networks(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4000; seed++) {
		struct fc_graph graph;
		bool separate[32] = { false };
		int at = 1000;

		random_graph(seed, &graph);
		for (int n = 0; n < graph.node_count; n++)
			separate[n] = dice(seed, &at, 4) == 0;
		simulate_all(&graph, seed % 2 ? separate : NULL);
		fc_graph_release(&graph);
	}
}

static void two_heads_on_one_node(void **state)
{
	struct fc_schedule schedule;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	random_graph(1, &graph);
	graph.head_count = 2;
	graph.heads[0] = graph.heads[1] = (struct fc_head){ .node = 2, .loss_weight = 1 };
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &schedule, &err), -1);
	assert_non_null(strstr(err.text, "two heads"));
	fc_graph_release(&graph);
}

static void sizes_beyond_reason(void **state)
{
	struct fc_schedule schedule;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	random_graph(1, &graph);
	graph.nodes[1].shape = (struct fc_shape){ INT64_MAX / 2, 65536, 65536, 65536 };
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &schedule, &err), -1);
	assert_non_null(strstr(err.text, "more than any memory"));
	fc_graph_release(&graph);
}

/* -------- packing alone -------- */

static void random_packing(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct fc_buffer buffers[120] = { 0 };
		int at = 0;
		const int count = 1 + (int)dice(seed, &at, 120);
		uint64_t total;

		for (int i = 0; i < count; i++) {
			buffers[i].role = dice(seed, &at, 9) ? FC_ROLE_VALUE : FC_ROLE_PARAM;
			buffers[i].bytes = dice(seed, &at, 10) ? 1 + dice(seed, &at, 100000) : 0;
			buffers[i].first = (int)dice(seed, &at, 50);
			buffers[i].last = buffers[i].first + (int)dice(seed, &at, 12);
		}
		total = fc_schedule_pack(buffers, count);
		/* What lives through is none of its business. */
		for (int i = 0; i < count; i++)
			if (buffers[i].role == FC_ROLE_PARAM) {
				assert_int_equal(buffers[i].offset, 0);
				buffers[i].bytes = 0;
			}
		assert_true((double)total <= 1.35 * (double)check_packed(buffers, count, 70, total));
	}
}

static void packing_nothing(void **state)
{
	struct fc_buffer none = { .role = FC_ROLE_VALUE, .first = 0, .last = 3 };

	(void)state;
	assert_int_equal(fc_schedule_pack(NULL, 0), 0);
	assert_int_equal(fc_schedule_pack(&none, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_networks),     cmocka_unit_test(two_heads_on_one_node),
		cmocka_unit_test(sizes_beyond_reason), cmocka_unit_test(random_packing),
		cmocka_unit_test(packing_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
