#include "onnx_loop.h"

#include "onnx_ops.h"

int fc_onnx_loop_open(struct onnx_loop *l, struct onnx_call *call)
{
	const struct onnx_attribute *const body = fc_onnx_attribute(call, "body");

	*l = (struct onnx_loop){ .call = call,
				 .body = body ? body->graph : NULL,
				 .layers = call->m->graph->node_count,
				 .constants.parent = call->m->scope };
	if (!l->body)
		return fc_onnx_fail(call, "found no body, expected one");
	l->outputs = FC_NEW_ARRAY(&call->m->arena, struct onnx_value *, l->body->output_count + 1);
	fc_onnx_enter(call->m, &l->constants, l->body);
	return 0;
}

void fc_onnx_loop_start(struct onnx_loop *l, int64_t turns)
{
	l->turns = turns;
	l->collected = FC_NEW_ARRAY(&l->call->m->arena, struct onnx_value *, l->collected_count * turns + 1);
}

void fc_onnx_loop_give(struct onnx_loop *l, struct onnx_scope *turn, int input, struct onnx_value *value)
{
	/* Inside it may be read by many. */
	value->reader_count += 2;
	fc_onnx_map_put(&turn->values, l->body->inputs[input].name, value);
}

int fc_onnx_loop_turn(struct onnx_loop *l, struct onnx_scope *turn, int first)
{
	int rc;

	turn->parent = &l->constants;
	turn->infos = l->constants.infos;
	rc = fc_onnx_run_turn(l->call, turn, l->body, l->outputs);
	fc_onnx_map_release(&turn->values);
	for (int i = 0; i < l->collected_count && !rc; i++)
		l->collected[i * l->turns + l->done] = l->outputs[first + l->state_count + i];
	l->done += !rc;
	return rc;
}

int64_t fc_onnx_loop_entry(const struct onnx_call *call, const char *name, int index)
{
	const struct onnx_attribute *const a = name ? fc_onnx_attribute(call, name) : NULL;

	return a && a->integers && index < a->count ? a->integers[index] : 0;
}

static int collect(struct onnx_loop *l, int index, int64_t axis)
{
	struct onnx_call inner = *l->call;
	struct onnx_value *out = l->call->out[l->state_count + index];
	const struct onnx_value *const part = l->done ? l->collected[index * l->turns] : NULL;
	int64_t dims[ONNX_MAX_RANK + 1];
	int at;

	if (!part || part->rank < 0)
		return 0;
	if (fc_onnx_axis(l->call, axis, part->rank + 1, &at))
		return -1;
	for (int i = 0; i <= part->rank; i++)
		dims[i] = i < at ? part->dims[i] : i == at ? l->done : part->dims[i - 1];
	inner.in = l->collected + index * l->turns;
	inner.in_count = (int)l->done;
	inner.out = &out;
	inner.out_count = 1;
	return fc_onnx_set_shape(&inner, 0, part->type, dims, part->rank + 1) ? -1 : fc_onnx_move(&inner);
}

int fc_onnx_loop_end(struct onnx_loop *l, int first, const char *axes)
{
	struct onnx_call *const call = l->call;

	for (int i = 0; i < l->state_count && i < call->out_count; i++)
		fc_onnx_hand_over(call, i, l->outputs[first + i]);
	for (int i = 0; i < l->collected_count && l->state_count + i < call->out_count; i++)
		if (collect(l, i, fc_onnx_loop_entry(call, axes, i)))
			return -1;
	return 0;
}

int fc_onnx_loop_close(struct onnx_loop *l, int rc)
{
	if (rc == ONNX_LATER)
		l->call->m->graph->node_count = l->layers;
	fc_onnx_leave(&l->constants);
	return rc;
}
