/*
 * What the library offers for an operation graph, and what of it meets the conditions of a request.
 *
 * Every engine carries notes on how it computes. fp32 means none that uses tensor cores or narrows its inputs; sums that are less
 * than fp32, Winograd and FFT are never taken. Engines that are compiled at run time (seconds each) come in only where there
 * is no other.
 */
#include "conv_cudnn.h"

#include <string.h>

#define NOTE(name) (1u << CUDNN_NUMERICAL_NOTE_##name)

#define NEVER                                                                                                        \
	(NOTE(REDUCED_PRECISION_REDUCTION) | NOTE(DOWN_CONVERT_INPUTS) | NOTE(FFT) | NOTE(WINOGRAD) |                \
	 NOTE(WINOGRAD_TILE_4x4) | NOTE(WINOGRAD_TILE_6x6) | NOTE(WINOGRAD_TILE_13x13))

static const unsigned forbidden[FC_PRECISION_COUNT] = {
	[FC_PRECISION_FP32] = NEVER | NOTE(TENSOR_CORE),
	[FC_PRECISION_TF32] = NEVER,
	[FC_PRECISION_BF16] = NEVER,
};

#define COMPILED_AT_RUN_TIME (1u << CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION)

bool conv_uses_tensor_cores(const struct conv_candidate *candidate)
{
	return candidate->notes & NOTE(TENSOR_CORE);
}

bool conv_is_deterministic(const struct conv_candidate *candidate)
{
	return !(candidate->notes & NOTE(NONDETERMINISTIC));
}

/* -------- reading a configuration -------- */

/* A list of an enumeration as bits. */
static bool read_notes(const struct descriptors *d, cudnnBackendDescriptor_t engine, cudnnBackendAttributeName_t name,
		       cudnnBackendAttributeType_t type, unsigned *bits)
{
	/* Both enumerations are as wide as an int. */
	int notes[32];
	int64_t count = 0;

	if (d->libraries->cudnn.cudnnBackendGetAttribute(engine, name, type, 32, &count, notes) || count > 32)
		return false;
	for (int64_t i = 0; i < count; i++) {
		if (notes[i] < 0 || notes[i] >= 32)
			return false;
		*bits |= 1u << notes[i];
	}
	return true;
}

static const char *read_knobs(struct conv_candidates *c, cudnnBackendDescriptor_t config)
{
	struct descriptors *const d = &c->descriptors;
	cudnnBackendDescriptor_t *const choices = c->knob_choices;
	const int64_t count = descriptor_list(d, config, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CONV_MAX_KNOBS, choices);
	struct fc_str text = { 0 };
	const char *copy;

	for (int64_t i = 0; i < count; i++) {
		cudnnBackendKnobType_t type = 0;
		int64_t got;

		if (d->libraries->cudnn.cudnnBackendGetAttribute(choices[i], CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE,
								 CUDNN_TYPE_KNOB_TYPE, 1, &got, &type))
			continue;
		conv_add_knob(&text, (unsigned)type,
			      descriptor_number(d, choices[i], CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, -1));
	}
	copy = fc_arena_strdup(&c->arena, text.length ? text.text : "");
	fc_str_release(&text);
	return copy;
}

/* false: the library does not tell all of its configuration, so it cannot be judged. */
static bool read_candidate(struct conv_candidates *c, cudnnBackendDescriptor_t config, uint64_t staging,
			   struct conv_candidate *out)
{
	struct descriptors *const d = &c->descriptors;
	cudnnBackendDescriptor_t engine = descriptor_empty(d, CUDNN_BACKEND_ENGINE_DESCRIPTOR, "engine");
	int64_t got = 0, workspace;

	if (d->failed ||
	    d->libraries->cudnn.cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
							 CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &got, &engine))
		return false;
	workspace = descriptor_number(d, config, CUDNN_ATTR_ENGINECFG_WORKSPACE_SIZE, -1);
	*out = (struct conv_candidate){
		.config = config,
		.engine = (int)descriptor_number(d, engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, -1),
		.workspace_bytes = (uint64_t)workspace + staging,
	};
	if (out->engine < 0 || workspace < 0 ||
	    !read_notes(d, engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, &out->notes) ||
	    !read_notes(d, engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE, &out->behaviour))
		return false;
	out->knobs = read_knobs(c, config);
	return true;
}

/* -------- the conditions -------- */

static bool is_known(const struct conv_candidates *c, const struct conv_candidate *one)
{
	for (const struct conv_candidate *other = c->all; other < c->all + c->count; other++)
		if (other->engine == one->engine && !strcmp(other->knobs, one->knobs))
			return true;
	return false;
}

static bool meets(struct conv_candidates *c, const struct gpu_conv_request *q, const struct conv_candidate *one)
{
	const uint64_t bound = q->workspace_bytes ? q->workspace_bytes : CONV_WORKSPACE_BYTES;

	if (one->notes & forbidden[q->precision]) {
		c->numeric++;
		return false;
	}
	if (q->deterministic && !conv_is_deterministic(one)) {
		c->nondeterministic++;
		return false;
	}
	if (one->workspace_bytes > bound) {
		if (!c->large++ || one->workspace_bytes < c->least_workspace)
			c->least_workspace = one->workspace_bytes;
		return false;
	}
	return true;
}

/* Where anything is ready made, what must be compiled first is left out. */
static void drop_compiled(struct conv_candidates *c)
{
	int kept = 0;

	for (int i = 0; i < c->count; i++)
		if (!(c->all[i].behaviour & COMPILED_AT_RUN_TIME))
			c->all[kept++] = c->all[i];
	if (kept)
		c->count = kept;
}

/* -------- asking -------- */

static cudnnBackendDescriptor_t *make_empty(struct conv_candidates *c, cudnnBackendDescriptorType_t type,
					    int64_t count)
{
	cudnnBackendDescriptor_t *const made = FC_NEW_ARRAY(&c->arena, cudnnBackendDescriptor_t, count);

	for (int64_t i = 0; i < count; i++)
		made[i] = descriptor_empty(&c->descriptors, type, "list");
	return made;
}

static cudnnBackendDescriptor_t make_heuristic(struct conv_candidates *c, cudnnBackendDescriptor_t graph,
					       cudnnBackendHeurMode_t mode)
{
	return descriptor_try(&c->descriptors, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, "heuristic",
			      (const struct attribute[]){
				      DESCRIPTOR(ENGINEHEUR_OPERATION_GRAPH, graph),
				      VALUES(ENGINEHEUR_MODE, HEUR_MODE, cudnnBackendHeurMode_t, mode),
				      { CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR,
					c->target.described ? 1 : 0, &c->target.described },
				      END_OF_ATTRIBUTES,
			      });
}

static void ask(struct conv_candidates *c, const struct gpu_conv_request *q, cudnnBackendDescriptor_t graph,
		cudnnBackendHeurMode_t mode)
{
	struct descriptors *const d = &c->descriptors;
	const cudnnBackendDescriptor_t heuristic = make_heuristic(c, graph, mode);
	const int64_t room = heuristic ? descriptor_list(d, heuristic, CUDNN_ATTR_ENGINEHEUR_RESULTS, 0, NULL) : 0;
	cudnnBackendDescriptor_t *const configs = make_empty(c, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, room);
	struct conv_candidate *const all = FC_NEW_ARRAY(&c->arena, struct conv_candidate, c->count + room);
	int64_t offered;

	if (d->failed || !room)
		return;
	offered = descriptor_list(d, heuristic, CUDNN_ATTR_ENGINEHEUR_RESULTS, room, configs);
	if (c->count)
		memcpy(all, c->all, (size_t)c->count * sizeof(*all));
	c->all = all;
	for (int64_t i = 0; i < offered; i++) {
		struct conv_candidate one;

		if (read_candidate(c, configs[i], conv_staging_bytes(q), &one) && !is_known(c, &one) &&
		    meets(c, q, &one))
			c->all[c->count++] = one;
	}
}

int conv_candidates_find(const struct conv_target *target, const struct gpu_conv_request *request,
			 struct conv_candidates *c, struct fc_error *err)
{
	cudnnBackendDescriptor_t graph;

	*c = (struct conv_candidates){ .target = *target,
				       .descriptors = { .libraries = target->libraries, .err = err } };
	c->knob_choices = make_empty(c, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CONV_MAX_KNOBS);
	graph = conv_graph(&c->descriptors, target, request);
	if (graph)
		ask(c, request, graph, CUDNN_HEUR_MODE_A);
	if (graph)
		ask(c, request, graph, CUDNN_HEUR_MODE_FALLBACK);
	if (c->descriptors.failed) {
		conv_candidates_release(c);
		return -1;
	}
	drop_compiled(c);
	return 0;
}

void conv_candidates_release(struct conv_candidates *c)
{
	descriptors_release(&c->descriptors);
	fc_arena_release(&c->arena);
}

cudnnBackendDescriptor_t conv_candidate_plan(struct conv_candidates *c, int index, struct fc_error *err)
{
	struct descriptors *const d = &c->descriptors;
	cudnnBackendDescriptor_t plan;

	d->err = err;
	d->failed = false;
	plan = descriptor_make(d, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, "execution plan",
			       (const struct attribute[]){
				       DESCRIPTOR(EXECUTION_PLAN_ENGINE_CONFIG, c->all[index].config),
				       { CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE,
					 c->target.handle ? 1 : 0, &c->target.handle },
				       END_OF_ATTRIBUTES,
			       });
	return descriptor_keep(d, plan);
}

void conv_candidates_why(const struct conv_candidates *c, const struct gpu_conv_request *q, struct fc_str *out)
{
	const int offered = c->numeric + c->nondeterministic + c->large;

	fc_str_addf(out, "cuDNN offers %d engine%s", offered, offered == 1 ? "" : "s");
	if (c->numeric)
		fc_str_addf(out, ", %d that do not compute in %s as it is defined", c->numeric,
			    fc_precision_name(q->precision));
	if (c->nondeterministic)
		fc_str_addf(out, ", %d that are not deterministic", c->nondeterministic);
	if (c->large)
		fc_str_addf(out, ", %d that want more workspace, the least %.1f MB", c->large,
			    (double)c->least_workspace / 1e6);
}
