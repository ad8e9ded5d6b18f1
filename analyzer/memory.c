/* The memory of one step as the default executor lays it out, announced before anything is allocated. */
#include <stdlib.h>

#include "flopclock/schedule.h"

#include "op.h"

#define ALIGNMENT 64u /* fc_schedule_pack()'s */

static uint64_t param_elements(const struct fc_graph *graph)
{
	uint64_t sum = 0;

	for (int n = 0; n < graph->node_count; n++)
		for (int p = 0; p < graph->nodes[n].param_count; p++)
			sum += op_elements(graph->nodes[n].params[p].shape);
	return sum;
}

static uint64_t statistic_bytes(const struct fc_graph *graph)
{
	uint64_t sum = 0;

	for (int n = 0; n < graph->node_count; n++) {
		const struct op_kind *const kind = fc_op_kind(graph->nodes[n].op);

		if (kind->state_bytes)
			sum += kind->state_bytes(graph, &graph->nodes[n]);
	}
	return sum;
}

static bool is_backward(enum fc_phase phase)
{
	return phase == FC_PHASE_BACKWARD_DATA || phase == FC_PHASE_BACKWARD_WEIGHTS;
}

static uint64_t kept_bytes(const struct fc_schedule *schedule)
{
	uint64_t sum = 0;
	int begin = 0;

	while (begin < schedule->step_count && !is_backward(schedule->steps[begin].phase))
		begin++;
	for (int i = 0; i < schedule->buffer_count; i++) {
		const struct fc_buffer *const b = &schedule->buffers[i];

		if ((b->role == FC_ROLE_VALUE || b->role == FC_ROLE_SAVED) && b->first < begin && b->last >= begin)
			sum += b->bytes;
	}
	return sum;
}

/* Statistics and indices stay as they are. */
static void halve(const struct fc_schedule *schedule)
{
	for (int i = 0; i < schedule->buffer_count; i++) {
		struct fc_buffer *const b = &schedule->buffers[i];

		if (b->role == FC_ROLE_VALUE || b->role == FC_ROLE_GRADIENT)
			b->bytes /= 2;
	}
}

/* Sums over lives: what begins at a step, less what has ended before it. */
static void find_peak(const struct fc_schedule *schedule, struct fc_memory *memory)
{
	uint64_t *const begins = fc_calloc((size_t)schedule->step_count + 1, 2 * sizeof(*begins));
	uint64_t *const ends = begins + schedule->step_count + 1;
	uint64_t alive = 0;

	for (int i = 0; i < schedule->buffer_count; i++) {
		const struct fc_buffer *const b = &schedule->buffers[i];
		const uint64_t bytes = (b->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

		if (b->first < 0)
			continue;
		begins[b->first] += bytes;
		ends[b->last + 1] += bytes;
	}
	for (int step = 0; step < schedule->step_count; step++) {
		alive += begins[step] - ends[step];
		if (alive <= memory->alive)
			continue;
		memory->alive = alive;
		memory->peak = schedule->steps[step];
	}
	free(begins);
}

static void add_params(const struct fc_graph *graph, const struct fc_memory_options *options,
		       struct fc_memory *memory)
{
	const uint64_t values = param_elements(graph);
	const bool half = options->precision == FC_PRECISION_BF16;

	memory->params = values * (half && options->pass == FC_PASS_VALIDATE ? 2 : 4);
	memory->statistics = statistic_bytes(graph);
	if (options->pass == FC_PASS_VALIDATE)
		return;
	memory->param_gradients = 4 * values;
	memory->optimizer = 4 * values * (uint64_t)options->optimizer_values;
	memory->shadows = half ? 2 * values : 0;
}

int fc_memory_plan(const struct fc_graph *graph, const struct fc_memory_options *options, struct fc_memory *memory,
		   struct fc_error *err)
{
	struct fc_schedule schedule;

	*memory = (struct fc_memory){ .params = 0 };
	if (fc_schedule_build(graph, options->pass, NULL, &schedule, err))
		return -1;
	if (options->precision == FC_PRECISION_BF16)
		halve(&schedule);
	add_params(graph, options, memory);
	find_peak(&schedule, memory);
	memory->kept = options->pass == FC_PASS_TRAIN ? kept_bytes(&schedule) : 0;
	memory->activations = fc_schedule_pack(schedule.buffers, schedule.buffer_count);
	memory->total = memory->params + memory->param_gradients + memory->optimizer + memory->shadows +
			memory->statistics + memory->activations;
	fc_schedule_release(&schedule);
	return 0;
}

int fc_memory_estimate(const struct fc_graph *graph, bool momentum, struct fc_memory *memory, struct fc_error *err)
{
	return fc_memory_plan(graph, &(struct fc_memory_options){ .optimizer_values = momentum }, memory, err);
}
