/*
 * Plans for a device that is only described: cuDNN's own heuristics and engines answer, no driver and no GPU is needed. The same
 * conditions as on a device hold (conv_engine_cudnn.c), so what is planned here is what a run without autotune takes there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv_cudnn.h"
#include "device_jansson.h"
#include "flopclock/plan.h"

struct known {
	struct known *next;
	char key[CONV_KEY_SIZE];
	struct fc_plan plan;
};

struct planner {
	struct libraries libraries;
	struct descriptors descriptors;
	struct conv_target target;
	struct fc_plan_request request;
	struct fc_str device;
	struct fc_arena arena;
	struct known *known; /* equal convolutions are planned once */
};

static int library(char text[64], struct fc_error *err)
{
	struct libraries *const libraries = fc_calloc(1, sizeof(*libraries));
	const int rc = libraries_open(libraries, LIBRARIES_PLAN, 0, err);
	char version[24];

	if (!rc) {
		library_version(LIBRARY_CUDNN, libraries->version[LIBRARY_CUDNN], version);
		snprintf(text, 64, "%s %s", library_name(LIBRARY_CUDNN), version);
	}
	free(libraries);
	return rc;
}

static void close_planner(void *data)
{
	struct planner *const p = data;

	descriptors_release(&p->descriptors);
	fc_str_release(&p->device);
	fc_arena_release(&p->arena);
	free(p);
}

static void describe_device(struct planner *p, const char *json, struct fc_error *err)
{
	p->descriptors = (struct descriptors){ .libraries = &p->libraries, .err = err };
	p->target = (struct conv_target){
		.libraries = &p->libraries,
		.described = descriptor_make(&p->descriptors, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, "device",
					     (const struct attribute[]){
						     { CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
						       (int64_t)strlen(json), json },
						     END_OF_ATTRIBUTES,
					     }),
	};
}

static int open_planner(const struct fc_plan_request *request, void **planner, struct fc_error *err)
{
	struct planner *const p = fc_calloc(1, sizeof(*p));

	p->request = *request;
	p->request.device = NULL;
	if (!device_check(request->device, &p->device, err) && !libraries_open(&p->libraries, LIBRARIES_PLAN, 0, err))
		describe_device(p, request->device, err);
	if (!p->target.described) {
		close_planner(p);
		return -1;
	}
	*planner = p;
	return 0;
}

static const char *device(void *planner)
{
	const struct planner *const p = planner;

	return p->device.text;
}

/* -------- one plan -------- */

static const char *keep(struct planner *p, struct fc_str *text)
{
	const char *const kept = fc_arena_strdup(&p->arena, text->length ? text->text : "");

	fc_str_release(text);
	return kept;
}

/* The library's favourite among those that it can really make. */
static void take_first(struct planner *p, struct conv_candidates *c, struct fc_plan *plan)
{
	struct fc_error refused;

	for (int i = 0; i < c->count && !plan->found; i++) {
		const struct conv_candidate *const candidate = &c->all[i];
		const cudnnBackendDescriptor_t made = conv_candidate_plan(c, i, &refused);
		struct fc_str notes = { 0 };

		if (!made) {
			plan->why = fc_arena_strdup(&p->arena, refused.text);
			continue;
		}
		p->libraries.cudnn.cudnnBackendDestroyDescriptor(made);
		conv_notes(candidate, &notes);
		plan->found = true;
		plan->engine = candidate->engine;
		plan->tensor_cores = conv_uses_tensor_cores(candidate);
		plan->deterministic = conv_is_deterministic(candidate);
		plan->notes = keep(p, &notes);
		plan->knobs = fc_arena_strdup(&p->arena, candidate->knobs);
		plan->workspace_bytes = candidate->workspace_bytes;
		plan->why = "";
	}
}

static int make_plan(struct planner *p, const struct gpu_conv_request *request, struct fc_plan *plan,
		     struct fc_error *err)
{
	struct conv_candidates candidates;
	struct fc_str why = { 0 };

	if (conv_candidates_find(&p->target, request, &candidates, err))
		return -1;
	*plan = (struct fc_plan){ .bias = request->bias,
				  .relu = request->relu,
				  .notes = "",
				  .knobs = "",
				  .candidates = candidates.count,
				  .why = "" };
	take_first(p, &candidates, plan);
	if (!candidates.count) {
		conv_candidates_why(&candidates, request, &why);
		plan->why = keep(p, &why);
	}
	conv_candidates_release(&candidates);
	return 0;
}

static int plan_request(struct planner *p, const struct gpu_conv_request *request, struct fc_plan *plan,
			struct fc_error *err)
{
	struct known *known = p->known;
	char key[CONV_KEY_SIZE];

	conv_request_key(request, key);
	while (known && strcmp(known->key, key))
		known = known->next;
	if (!known) {
		known = FC_NEW(&p->arena, struct known);
		if (make_plan(p, request, &known->plan, err))
			return -1;
		memcpy(known->key, key, sizeof(key));
		known->next = p->known;
		p->known = known;
	}
	*plan = known->plan;
	return 0;
}

static int plan_step(void *planner, const struct fc_graph *graph, struct fc_step step, struct fc_plan *plan,
		     struct fc_error *err)
{
	struct planner *const p = planner;
	const struct fc_node *const node = &graph->nodes[step.node];
	struct gpu_conv_request request;

	if (node->op != FC_OP_CONV || step.phase > FC_PHASE_BACKWARD_WEIGHTS)
		return fc_fail(err, "%s, %s: is no phase of a convolution", node->name, fc_phase_name(step.phase));
	request = conv_request(graph, node, step.phase, p->request.precision);
	request.deterministic = p->request.deterministic;
	request.workspace_bytes = p->request.workspace_bytes;
	if (plan_request(p, &request, plan, err))
		return fc_fail_context(err, "%s, %s", node->name, fc_phase_name(step.phase));
	plan->step = step;
	return 0;
}

extern const struct fc_planner fc_planner_cudnn;

const struct fc_planner fc_planner_cudnn = {
	.name = "cudnn",
	.library = library,
	.open = open_planner,
	.close = close_planner,
	.device = device,
	.plan = plan_step,
};
