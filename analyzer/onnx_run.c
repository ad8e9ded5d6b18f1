/* Nodes one after the other: their operands are found, their op or function is carried out. */
#include <string.h>

#include "onnx_graph.h"
#include "onnx_layer.h"
#include "onnx_machine.h"
#include "onnx_pattern.h"
#include "onnx_survey.h"

struct onnx_value *fc_onnx_find(const struct onnx_scope *scope, const char *name)
{
	struct onnx_value *value = NULL;

	for (; scope && !value; scope = scope->parent)
		value = fc_onnx_map_find(&scope->values, name);
	return value;
}

/* -------- a node -------- */

static int find_operands(struct onnx_call *call, const struct onnx_map *readers)
{
	struct onnx_machine *const m = call->m;
	const struct onnx_node *const node = call->node;

	call->in_count = node->input_count;
	call->in = FC_NEW_ARRAY(&m->arena, struct onnx_value *, node->input_count + 1);
	for (int k = 0; k < node->input_count; k++) {
		if (!*node->inputs[k])
			continue;
		call->in[k] = fc_onnx_find(m->scope, node->inputs[k]);
		if (!call->in[k])
			return fc_onnx_fail(call, "found the input '%.200s', expected one that a node above makes",
					    node->inputs[k]);
	}
	call->out_count = node->output_count;
	call->out = FC_NEW_ARRAY(&m->arena, struct onnx_value *, node->output_count + 1);
	for (int i = 0; i < node->output_count; i++) {
		const int *const count = fc_onnx_map_find(readers, node->outputs[i]);

		call->out[i] = fc_onnx_value(m, node->outputs[i]);
		call->out[i]->reader_count = count ? *count : 0;
	}
	return 0;
}

static void publish(struct onnx_call *call)
{
	for (int i = 0; i < call->out_count; i++)
		if (*call->node->outputs[i])
			fc_onnx_map_put(&call->m->scope->values, call->node->outputs[i], call->out[i]);
}

void fc_onnx_hand_over(struct onnx_call *call, int output, const struct onnx_value *value)
{
	struct onnx_value *const to = call->out[output];
	const struct onnx_value had = *to;

	*to = *value;
	to->name = had.name;
	to->reader_count += had.reader_count - 1;
}

/* The outputs of a body become the call's. */
static int hand_back(struct onnx_call *call, const struct onnx_scope *scope, const char *const *names, int count)
{
	for (int i = 0; i < count && i < call->out_count; i++) {
		const struct onnx_value *const value = fc_onnx_find(scope, names[i]);

		if (!value)
			return fc_onnx_fail(call, "found no '%.200s' in its body, expected it as an output",
					    names[i]);
		fc_onnx_hand_over(call, i, value);
	}
	return 0;
}

static int run_inside(struct onnx_call *call, struct onnx_scope *scope, const struct onnx_graph *body,
		      const char *const *names, int count)
{
	struct onnx_machine *const m = call->m;
	int rc;

	if (m->depth == ONNX_MAX_DEPTH)
		return fc_onnx_fail(call, "found functions and branches more than %d deep, expected fewer",
				    ONNX_MAX_DEPTH);
	/* All of a body is looked at each time, also what nothing needs. */
	m->steps += 1 + body->node_count / 16;
	m->depth++;
	rc = fc_onnx_run_graph(m, scope, body, names, count);
	m->depth--;
	return rc;
}

/* The scope ends with it. */
static int run_body(struct onnx_call *call, struct onnx_scope *scope, const struct onnx_graph *body,
		    const char *const *names, int count)
{
	int rc;

	fc_onnx_enter(call->m, scope, body);
	rc = run_inside(call, scope, body, names, count) || hand_back(call, scope, names, count) ? -1 : 0;
	fc_onnx_leave(scope);
	return rc;
}

static const char *const *output_names(struct onnx_machine *m, const struct onnx_graph *graph)
{
	const char **const names = FC_NEW_ARRAY(&m->arena, const char *, graph->output_count + 1);

	for (int i = 0; i < graph->output_count; i++)
		names[i] = graph->outputs[i].name;
	return names;
}

int fc_onnx_run_branch(struct onnx_call *call, const struct onnx_graph *branch)
{
	struct onnx_scope scope = { .parent = call->m->scope };

	return run_body(call, &scope, branch, output_names(call->m, branch), branch->output_count);
}

int fc_onnx_run_turn(struct onnx_call *call, struct onnx_scope *scope, const struct onnx_graph *body,
		     struct onnx_value **outputs)
{
	if (run_inside(call, scope, body, output_names(call->m, body), body->output_count))
		return -1;
	for (int i = 0; i < body->output_count; i++) {
		outputs[i] = fc_onnx_find(scope, body->outputs[i].name);
		if (!outputs[i])
			return fc_onnx_fail(call, "found no '%.200s' in its body, expected it as an output",
					    body->outputs[i].name);
	}
	return 0;
}

static int run_function(struct onnx_call *call, const struct onnx_function *f)
{
	struct onnx_scope scope = { .function = f, .caller = call, .outer = call->m->scope };

	for (int k = 0; k < f->input_count && k < call->in_count; k++)
		if (call->in[k]) {
			/* Inside it may be read by many. */
			call->in[k]->reader_count++;
			fc_onnx_map_put(&scope.values, f->inputs[k], call->in[k]);
		}
	return run_body(call, &scope, &f->body, f->outputs, f->output_count);
}

static int run_op(struct onnx_call *call)
{
	const struct onnx_op *const op = call->op;
	bool known = true;
	int rc;

	for (int k = 0; k < op->inputs; k++)
		if (!fc_onnx_input(call, k))
			return fc_onnx_fail(call, "found no input %d, expected at least %d", k + 1, op->inputs);
	if (!call->out_count)
		return fc_onnx_fail(call, "found no output, expected at least one");
	for (int k = 0; k < call->in_count; k++)
		known = known && (!call->in[k] || call->in[k]->rank >= 0);
	if (!known && !op->takes_any)
		return op->free ? fc_onnx_unfollowed(call) : fc_onnx_uncounted(call, "of unknown shape");
	rc = op->run(call);
	if (!rc)
		fc_onnx_inherit(call);
	return rc == ONNX_LATER ? fc_onnx_uncounted(call, "whose result only a run can tell") : rc;
}

static int check_steps(struct onnx_call *call)
{
	if (++call->m->steps <= ONNX_MAX_STEPS)
		return 0;
	return fc_onnx_fail(
		call, "found more than %d nodes, those of functions and loops counted each time, expected fewer",
		ONNX_MAX_STEPS);
}

static int carry_out(struct onnx_machine *m, const struct onnx_node *node, const struct onnx_map *readers)
{
	struct onnx_call call = { .m = m, .node = node };
	const struct onnx_function *function;
	int rc;

	if (check_steps(&call))
		return -1;
	if (find_operands(&call, readers))
		return -1;
	function = m->model->function_count
			   ? fc_onnx_map_find(&m->functions,
					      fc_onnx_function_key(m, node->domain, node->op, node->overload))
			   : NULL;
	call.op = fc_onnx_op_find(node->domain, node->op);
	if (function)
		rc = run_function(&call, function);
	else
		rc = call.op ? run_op(&call) : fc_onnx_uncounted(&call, "");
	publish(&call);
	return rc;
}

const char *fc_onnx_function_key(struct onnx_machine *m, const char *domain, const char *name, const char *overload)
{
	return fc_arena_printf(&m->arena, "%s:%s:%s", domain, name, overload);
}

/* -------- a graph -------- */

static bool is_uniform(const struct onnx_content *content)
{
	if (content->count < 1 || !content->reals)
		return false;
	for (int64_t i = 1; i < content->count; i++)
		if (content->reals[i] != content->reals[0])
			return false;
	return true;
}

static void add_tensor(struct onnx_machine *m, struct onnx_scope *scope, const struct onnx_tensor *tensor)
{
	struct onnx_value *const value = fc_onnx_value(m, tensor->name);
	struct onnx_parameter *const parameter = &m->parameters[tensor->number];

	*parameter = (struct onnx_parameter){
		.name = tensor->name, .values = 1, .owned = parameter->owned, .uniform = is_uniform(&tensor->content)
	};
	value->type = tensor->type;
	value->rank = tensor->rank;
	value->content = tensor->content;
	for (int i = 0; i < tensor->rank; i++) {
		value->dims[i] = tensor->dims[i];
		parameter->values *= (uint64_t)tensor->dims[i];
		parameter->sides += tensor->dims[i] > 1;
	}
	value->parameter = parameter;
	fc_onnx_map_put(&scope->values, tensor->name, value);
}

void fc_onnx_enter(struct onnx_machine *m, struct onnx_scope *scope, const struct onnx_graph *graph)
{
	for (int i = 0; i < graph->tensor_count; i++)
		add_tensor(m, scope, &graph->tensors[i]);
	for (int i = 0; i < graph->info_count; i++)
		fc_onnx_map_put(&scope->infos, graph->infos[i].name, &graph->infos[i]);
	for (int i = 0; i < graph->output_count; i++)
		fc_onnx_map_put(&scope->infos, graph->outputs[i].name, &graph->outputs[i]);
}

void fc_onnx_leave(struct onnx_scope *scope)
{
	fc_onnx_map_release(&scope->values);
	fc_onnx_map_release(&scope->infos);
}

int fc_onnx_run_graph(struct onnx_machine *m, struct onnx_scope *scope, const struct onnx_graph *graph,
		      const char *const *wanted, int wanted_count)
{
	struct onnx_scope *const outer = m->scope;
	const struct onnx_node *const nodes = fc_onnx_patterns(m, graph, wanted, wanted_count);
	struct onnx_map readers = { 0 };
	const bool *const needed = fc_onnx_survey(m, nodes, graph->node_count, wanted, wanted_count, &readers);
	int rc = 0;

	m->scope = scope;
	for (int n = 0; n < graph->node_count && !rc; n++)
		if (needed[n])
			rc = carry_out(m, &nodes[n], &readers);
	m->scope = outer;
	fc_onnx_map_release(&readers);
	return rc;
}
