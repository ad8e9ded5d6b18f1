/* The memory of one training step as the default executor lays it out, announced before anything is allocated. */
#include "flopclock/schedule.h"

static uint64_t param_elements(const struct fc_graph *graph)
{
	uint64_t sum = 0;

	for (int n = 0; n < graph->node_count; n++)
		for (int p = 0; p < graph->nodes[n].param_count; p++)
			sum += (uint64_t)fc_shape_elements(graph->nodes[n].params[p].shape);
	return sum;
}

/* A batch norm keeps a running mean and a running variance per channel. */
static uint64_t statistic_elements(const struct fc_graph *graph)
{
	uint64_t sum = 0;

	for (int n = 0; n < graph->node_count; n++)
		if (graph->nodes[n].op == FC_OP_BATCH_NORM)
			sum += 2 * (uint64_t)graph->nodes[n].shape.c;
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

int fc_memory_estimate(const struct fc_graph *graph, bool momentum, struct fc_memory *memory, struct fc_error *err)
{
	struct fc_schedule schedule;

	if (fc_schedule_build(graph, FC_PASS_TRAIN, NULL, &schedule, err))
		return -1;
	memory->params = 4 * param_elements(graph);
	memory->param_gradients = memory->params;
	memory->optimizer = momentum ? memory->params : 0;
	memory->statistics = 4 * statistic_elements(graph);
	memory->kept = kept_bytes(&schedule);
	memory->activations = fc_schedule_pack(schedule.buffers, schedule.buffer_count);
	memory->total = memory->params + memory->param_gradients + memory->optimizer + memory->statistics +
			memory->activations;
	fc_schedule_release(&schedule);
	return 0;
}
