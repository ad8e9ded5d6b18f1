#include "plan.h"

#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/module.h"

static const struct fc_planner *find_planner(struct fc_error *err)
{
	const struct fc_module *const module = fc_module_load("cuda", err);

	if (module && !module->planner)
		fc_fail(err, "the module %s was built without cuDNN, which makes the plans", module->name);
	return module ? module->planner : NULL;
}

static int open_planner(struct planning *p, const struct planning_request *request, struct fc_error *err)
{
	struct fc_plan_request wanted = { .precision = request->precision };
	char *json;
	int rc;

	if (fc_plan_device_read(request->device, &json, err))
		return -1;
	wanted.device = json;
	p->planner = find_planner(err);
	rc = !p->planner || p->planner->library(p->library, err) ? -1 : 0;
	if (!rc && p->planner->open(&wanted, &p->opened, err))
		rc = fc_fail_context(err, "the description of device %s", request->device);
	free(json);
	if (!rc)
		p->device = p->planner->device(p->opened);
	return rc;
}

static void add_up(struct planned *m, const struct fc_plan *plan)
{
	m->found += plan->found;
	m->tensor_cores += plan->found && plan->tensor_cores;
	m->nondeterministic += plan->found && !plan->deterministic;
	if (plan->found && plan->workspace_bytes > m->workspace_bytes)
		m->workspace_bytes = plan->workspace_bytes;
}

static bool is_planned(const struct analysis *a, const struct fc_cost *cost)
{
	static const unsigned needs[FC_PHASE_COUNT] = {
		[FC_PHASE_FORWARD] = NEED_FORWARD,
		[FC_PHASE_BACKWARD_DATA] = NEED_BACKWARD_DATA,
		[FC_PHASE_BACKWARD_WEIGHTS] = NEED_BACKWARD_WEIGHTS,
	};

	return a->graph.nodes[cost->step.node].op == FC_OP_CONV &&
	       needs[cost->step.phase] & fc_analyze_has(a->options);
}

/* A training iteration has a cost for each phase that it runs: none for backward_data of what reads the images. */
static int plan_model(struct planning *p, const struct analysis *a, struct fc_error *err)
{
	struct planned *const m = &p->models[p->model_count++];

	*m = (struct planned){ .planning = p, .analysis = a };
	m->plans = fc_calloc((size_t)a->costs.count + 1, sizeof(*m->plans));
	for (int i = 0; i < a->costs.count; i++) {
		const struct fc_cost *const cost = &a->costs.costs[i];
		struct fc_plan *const plan = &m->plans[m->count];

		if (!is_planned(a, cost))
			continue;
		if (p->planner->plan(p->opened, &a->graph, cost->step, plan, err))
			return fc_fail_context(err, "%s", a->graph.name);
		add_up(m, plan);
		m->count++;
	}
	return 0;
}

int fc_planning_open(const struct planning_request *request, const struct analysis *analyses, int count,
		     struct planning *p, struct fc_error *err)
{
	int rc;

	*p = (struct planning){ .description = request->device, .precision = request->precision };
	p->models = fc_calloc((size_t)count, sizeof(*p->models));
	rc = open_planner(p, request, err);
	for (int i = 0; i < count && !rc; i++)
		rc = plan_model(p, &analyses[i], err);
	if (rc)
		fc_planning_close(p);
	return rc;
}

void fc_planning_close(struct planning *p)
{
	while (p->model_count)
		free(p->models[--p->model_count].plans);
	free(p->models);
	if (p->opened)
		p->planner->close(p->opened);
}
