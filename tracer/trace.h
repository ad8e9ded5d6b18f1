/*
 * Inside of `flopclock trace`: cmd_trace.c (its options, all of its runs), trace_choose.c (from settings to requests),
 * trace_tell.c (what a person sees), overhead.c (the same steps without a probe).
 */
#ifndef FLOPCLOCK_TRACER_TRACE_H
#define FLOPCLOCK_TRACER_TRACE_H

#include "flopclock/model.h"
#include "flopclock/option.h"
#include "flopclock/trainer.h"

#define TRACE_UNSET UINT64_MAX

/* What was given on the command line. TRACE_UNSET, NaN: not given, the preset or the probe says. */
struct trace_settings {
	const char *device, *backend, *data, *probe, *output, *workspace;
	int64_t input[3];
	uint64_t classes, batch, epochs, steps, validate_steps, seed, threads, warmup, overhead_steps;
	double rate, momentum, weight_decay;
	int precision, preset;
	struct fc_texts set;
	bool timeline, deterministic, no_autotune, no_graph;
};

/* "auto", then the precisions in the order of their enum, NULL. */
extern const char *const trace_precisions[];

/* One model to be trained. */
struct trace_run {
	const char *model;		/* as given */
	struct fc_graph graph;
	struct fc_trainer_config config;
};

/* Backend, device and precision; and who measures. */
int trace_choose(const struct trace_settings *settings, struct fc_trainer_config *config,
		 const struct fc_probe_kind **probe, struct fc_error *err);
/* What was given wins over the preset. */
int trace_apply_preset(const struct trace_settings *settings, const char *model, struct fc_trainer_config *config,
		       struct fc_model_request *request, struct fc_error *err);

/* Why a device that was left to us is no GPU. */
void trace_tell_device(const struct fc_backend *backend);
void trace_tell_run(const struct trace_run *run);
/* The row of results; with the first one the header. */
int trace_print_row(const struct trace_run *run, const struct fc_trainer_result *result, bool first,
		    struct fc_error *err);
/* Words about a run that is done: where its time went, what measuring cost, what all the data would take. */
void trace_tell_result(const struct trace_run *run, const struct fc_trainer_result *result);

#endif
