/*
 * Planning without a device: which implementation a vendor's library would take for a step on a device that is only
 * described. The planner is a module's (flopclock/module.h).
 */
#ifndef FLOPCLOCK_PLAN_H
#define FLOPCLOCK_PLAN_H

#include <stdbool.h>

#include "flopclock/error.h"
#include "flopclock/graph.h"
#include "flopclock/precision.h"
#include "flopclock/step.h"

/* Texts are borrowed from the planner until close; none is NULL. */
struct fc_plan {
	struct fc_step step;
	bool found;			/* false: the library has none; `why` says what it answers */
	bool bias, relu;		/* are in it */
	int engine;			/* the library's own number */
	bool tensor_cores, deterministic;
	const char *notes;		/* "tensor_core strict_nan_prop": what the library says of how it computes */
	const char *knobs;		/* "tile_size=1 tilek=0": choices in the library's words */
	uint64_t workspace_bytes;
	int candidates;			/* how many the library offers under the request's conditions; this is its favourite */
	const char *why;
};

struct fc_plan_request {
	const char *device;		/* the text of a device description, JSON */
	enum fc_precision precision;
	bool deterministic;
	uint64_t workspace_bytes;	/* most that a plan may ask for; 0: the backend's own bound */
};

struct fc_planner {
	const char *name;		/* "cudnn" */
	/* The library and its version, "cuDNN 9.19.0"; NULL-terminated. Fails with a sentence when it cannot be loaded. */
	int (*library)(char text[64], struct fc_error *err);
	/* The request's text is read, not kept. A description that cannot be used fails with a sentence that names its key. */
	int (*open)(const struct fc_plan_request *request, void **planner, struct fc_error *err);
	void (*close)(void *planner);
	const char *(*device)(void *planner);	/* the name in the description */
	/*
	 * Plans a convolution of a graph in one phase (forward, backward_data, backward_weights). A plan that does not
	 * exist is no failure (found = false).
	 */
	int (*plan)(void *planner, const struct fc_graph *graph, struct fc_step step, struct fc_plan *plan, struct fc_error *err);
};

#endif
