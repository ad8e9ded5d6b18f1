/* Whole schedules through the simulation, plain and with the fusions that backends have; how well buffers are packed. */
#ifndef TEST_ANALYZER_SCHEDULE_H
#define TEST_ANALYZER_SCHEDULE_H

#include "analyzer_schedule_machine.h"

/* No two buffers that are alive at one moment overlap. Returns the peak of what is alive at once. */
static inline uint64_t check_packed(const struct fc_buffer *b, int count, int steps, uint64_t total)
{
	uint64_t peak = 0;

	for (int i = 0; i < count; i++) {
		assert_true(b[i].offset % 64 == 0);
		assert_true(!b[i].bytes || b[i].offset + b[i].bytes <= total);
		for (int k = i + 1; k < count; k++)
			if (b[i].bytes && b[k].bytes && b[i].first <= b[k].last && b[k].first <= b[i].last)
				assert_true(b[i].offset + b[i].bytes <= b[k].offset ||
					    b[k].offset + b[k].bytes <= b[i].offset);
	}
	for (int step = 0; step < steps; step++) {
		uint64_t sum = 0;

		for (int i = 0; i < count; i++)
			if (b[i].first <= step && b[i].last >= step)
				sum += (b[i].bytes + 63) / 64 * 64;
		peak = sum > peak ? sum : peak;
	}
	assert_true(total >= peak);
	return peak;
}

/* Simulates one pass; returns how much more memory packing takes than is alive at once. */
static inline double simulate(const struct fc_graph *graph, enum fc_pass pass,
			      const struct fc_schedule_options *options)
{
	struct fc_schedule schedule;
	struct fc_error err;
	struct machine m = { .graph = graph, .s = &schedule, .name = graph->name };
	const size_t nodes = (size_t)graph->node_count;
	uint64_t total, peak;
	int *runs;

	if (options)
		m.options = *options;
	if (fc_schedule_build(graph, pass, options, &schedule, &err))
		fail_msg("%s", err.text);
	const size_t buffers = (size_t)schedule.buffer_count;

	m.value_tag = malloc(buffers * sizeof(int));
	m.saved_tag = malloc(buffers * sizeof(int));
	memset(m.value_tag, 0xff, buffers * sizeof(int));
	memset(m.saved_tag, 0xff, buffers * sizeof(int));
	m.holds = calloc(buffers * nodes, 1);
	m.got = calloc(nodes, sizeof(int));
	m.expected = calloc(nodes, sizeof(int));
	m.reached = calloc(nodes, 1);
	m.needs = calloc(nodes, 1);
	m.passed_on = calloc(nodes, 1);
	runs = calloc(nodes * FC_PHASE_COUNT, sizeof(int));
	expect(&m);
	run_steps(&m, runs);
	check_complete(&m, runs);
	total = fc_schedule_pack(schedule.buffers, schedule.buffer_count);
	peak = check_packed(schedule.buffers, schedule.buffer_count, schedule.step_count, total);
	free(m.value_tag);
	free(m.saved_tag);
	free(m.holds);
	free(m.got);
	free(m.expected);
	free(m.reached);
	free(m.needs);
	free(m.passed_on);
	free(runs);
	fc_schedule_release(&schedule);
	return (double)total / (double)peak;
}

/* -------- fusions as backends have them -------- */

static inline unsigned fuse_forward(const struct fc_node *producer, const struct fc_node *activation,
				    enum fc_pass pass)
{
	(void)pass;
	return producer->op == FC_OP_CONV && activation->op == FC_OP_RELU ? 1u << FC_PHASE_FORWARD : 0;
}

static inline unsigned fuse_all(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	(void)pass;
	if (producer->op == FC_OP_INPUT || activation->op == FC_OP_DROPOUT)
		return 0;
	return 1u << FC_PHASE_FORWARD | 1u << FC_PHASE_BACKWARD_DATA;
}

static inline void simulate_all(const struct fc_graph *graph, const bool *separate)
{
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int fuse = 0; fuse < 3; fuse++)
			for (int last = 0; last < 3; last++) {
				const struct fc_schedule_options options = {
					.updates_last = last > 0,
					.update_once = last > 1,
					.separate = separate,
					.fuses = fuse == 0   ? NULL
						 : fuse == 1 ? fuse_forward
							     : fuse_all,
				};

				simulate(graph, pass, &options);
			}
}

#endif
