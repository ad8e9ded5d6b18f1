/* Branches whose condition is known, and loops whose conditions and number of turns are. */
#include <math.h>

#include "onnx_loop.h"
#include "onnx_ops.h"

int fc_onnx_run_if(struct onnx_call *call)
{
	const struct onnx_value *const condition = call->in[0];
	const struct onnx_attribute *branch;

	if (condition->content.count != 1 || !condition->content.integers)
		return ONNX_LATER;
	branch = fc_onnx_attribute(call, condition->content.integers[0] ? "then_branch" : "else_branch");
	if (!branch || !branch->graph)
		return fc_onnx_fail(call, "found no branch, expected two");
	return fc_onnx_run_branch(call, branch->graph);
}

/* -------- Loop -------- */

enum { MOST_INPUT, CONDITION_INPUT, STATE_INPUT };

static struct onnx_value *known(struct onnx_machine *m, int type, int64_t integer)
{
	struct onnx_value *const value = fc_onnx_value(m, "");
	int64_t *const content = FC_NEW(&m->arena, int64_t);

	*content = integer;
	value->rank = 0;
	value->type = type;
	value->content = (struct onnx_content){ .count = 1, .integers = content };
	return value;
}

/* One that is left out holds. */
static int read_condition(const struct onnx_value *value, bool *holds)
{
	*holds = true;
	if (!value)
		return 0;
	if (value->content.count != 1 || !value->content.integers)
		return ONNX_LATER;
	*holds = value->content.integers[0] != 0;
	return 0;
}

/* The body's outputs are a condition, the states and what is collected. */
static int run_turns(struct onnx_loop *l)
{
	struct onnx_call *const call = l->call;
	bool holds;
	int rc = read_condition(fc_onnx_input(call, CONDITION_INPUT), &holds);

	for (int i = 0; i < l->state_count; i++)
		l->outputs[1 + i] = call->in[STATE_INPUT + i];
	while (!rc && holds && l->done < l->turns) {
		struct onnx_scope turn = { 0 };

		fc_onnx_loop_give(l, &turn, 0, known(call->m, ONNX_INT64, l->done));
		fc_onnx_loop_give(l, &turn, 1, known(call->m, ONNX_BOOL, 1));
		for (int i = 0; i < l->state_count; i++)
			fc_onnx_loop_give(l, &turn, 2 + i, l->outputs[1 + i]);
		rc = fc_onnx_loop_turn(l, &turn, 1);
		if (!rc && l->done < l->turns)
			rc = read_condition(l->outputs[0], &holds);
	}
	return rc;
}

static int run(struct onnx_loop *l)
{
	const struct onnx_value *const most = fc_onnx_input(l->call, MOST_INPUT);
	double turns = INFINITY;
	int rc;

	l->state_count = l->call->in_count > STATE_INPUT ? l->call->in_count - STATE_INPUT : 0;
	l->collected_count = l->body->output_count - 1 - l->state_count;
	if (l->body->input_count != 2 + l->state_count || l->collected_count < 0)
		return fc_onnx_fail(l->call,
				    "found a body of %d inputs and %d outputs for %d states, expected others",
				    l->body->input_count, l->body->output_count, l->state_count);
	if (most && !fc_onnx_scalar(most, &turns))
		return ONNX_LATER;
	turns = turns > 0 ? turns : 0;
	fc_onnx_loop_start(l, (int64_t)fmin(turns, ONNX_MAX_TURNS));
	rc = run_turns(l);
	if (!rc && l->done == ONNX_MAX_TURNS && turns > ONNX_MAX_TURNS)
		rc = ONNX_LATER;
	return rc ? rc : fc_onnx_loop_end(l, 1, NULL);
}

int fc_onnx_run_loop(struct onnx_call *call)
{
	struct onnx_loop l;
	int rc;

	for (int i = STATE_INPUT; i < call->in_count; i++)
		if (!call->in[i])
			return fc_onnx_fail(call, "found no input %d, expected one", i + 1);
	rc = fc_onnx_loop_open(&l, call);
	return fc_onnx_loop_close(&l, rc ? rc : run(&l));
}
