/* Scan: a body that goes through its inputs along an axis, states handed on from step to step. */
#include "onnx_loop.h"
#include "onnx_ops.h"

static int scan_axis(const struct onnx_loop *l, int index, int *axis)
{
	const struct onnx_value *const x = l->call->in[l->state_count + index];

	return fc_onnx_axis(l->call, fc_onnx_loop_entry(l->call, "scan_input_axes", index), x->rank, axis);
}

/* One step of an input: a part of it, without the axis. */
static int take_step(const struct onnx_loop *l, int index, struct onnx_value **step)
{
	struct onnx_call inner = *l->call;
	struct onnx_value *const x = l->call->in[l->state_count + index], *in = x;
	int64_t dims[ONNX_MAX_RANK];
	int axis, rank = 0;

	if (scan_axis(l, index, &axis))
		return -1;
	for (int i = 0; i < x->rank; i++)
		if (i != axis)
			dims[rank++] = x->dims[i];
	*step = fc_onnx_value(l->call->m, x->name);
	inner.in = &in;
	inner.in_count = 1;
	inner.out = step;
	inner.out_count = 1;
	return fc_onnx_set_shape(&inner, 0, x->type, dims, rank) ? -1 : fc_onnx_move_part(&inner);
}

static int run_step(struct onnx_loop *l, int inputs)
{
	struct onnx_scope turn = { 0 };
	struct onnx_value *step;

	for (int i = 0; i < l->state_count; i++)
		fc_onnx_loop_give(l, &turn, i, l->outputs[i]);
	for (int i = 0; i < inputs; i++) {
		if (take_step(l, i, &step)) {
			fc_onnx_map_release(&turn.values);
			return -1;
		}
		fc_onnx_loop_give(l, &turn, l->state_count + i, step);
	}
	return fc_onnx_loop_turn(l, &turn, 0);
}

/* The steps are the same for all inputs. */
static int count_steps(const struct onnx_loop *l, int inputs, int64_t *steps)
{
	for (int i = 0; i < inputs; i++) {
		const struct onnx_value *const x = l->call->in[l->state_count + i];
		int axis;

		if (scan_axis(l, i, &axis))
			return -1;
		if (i && x->dims[axis] != *steps)
			return fc_onnx_fail(l->call, "found inputs of %lld and %lld steps, expected as many",
					    (long long)*steps, (long long)x->dims[axis]);
		*steps = x->dims[axis];
	}
	return *steps > ONNX_MAX_TURNS ? ONNX_LATER : 0;
}

static int run(struct onnx_loop *l, int inputs)
{
	struct onnx_call *const call = l->call;
	int64_t steps = 0;
	int rc;

	l->state_count = call->in_count - inputs;
	l->collected_count = l->body->output_count - l->state_count;
	if (l->body->input_count != call->in_count || l->collected_count < 0)
		return fc_onnx_fail(call, "found a body of %d inputs and %d outputs for %d states, expected others",
				    l->body->input_count, l->body->output_count, l->state_count);
	rc = count_steps(l, inputs, &steps);
	if (rc)
		return rc;
	fc_onnx_loop_start(l, steps);
	for (int i = 0; i < l->state_count; i++)
		l->outputs[i] = call->in[i];
	while (l->done < l->turns)
		if (run_step(l, inputs))
			return -1;
	return fc_onnx_loop_end(l, 0, "scan_output_axes");
}

int fc_onnx_run_scan(struct onnx_call *call)
{
	const int64_t inputs = fc_onnx_integer(call, "num_scan_inputs", 0), opset = call->m->model->opset;
	struct onnx_loop l;
	int rc;

	/* Before version 9 of the standard it had a batch of its own. */
	if (opset && opset < 9)
		return ONNX_LATER;
	for (int i = 0; i < call->in_count; i++)
		if (!call->in[i])
			return fc_onnx_fail(call, "found no input %d, expected one", i + 1);
	if (inputs < 1 || inputs > call->in_count)
		return fc_onnx_fail(call, "found %lld inputs to go through among %d, expected at least one",
				    (long long)inputs, call->in_count);
	rc = fc_onnx_loop_open(&l, call);
	return fc_onnx_loop_close(&l, rc ? rc : run(&l, (int)inputs));
}
