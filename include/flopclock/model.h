/*
 * Reading a model file: text in, graph out. The language is described in models/README.md.
 */
#ifndef FLOPCLOCK_MODEL_H
#define FLOPCLOCK_MODEL_H

#include "flopclock/graph.h"
#include "flopclock/option.h"
#include "flopclock/str.h"

struct fc_model_request {
	const char *model;		/* a name from models/ or a path (has a '/' or ends in ".net" or ".onnx") */
	int64_t input[3];		/* C, H, W; C = 0: the model's own input */
	int64_t classes;		/* 0: the model's own */
	int64_t batch;			/* N >= 1 */
	struct fc_texts settings;	/* "name=value" */
};

/*
 * Fills *graph, which the caller releases. Errors: "FILE:LINE:COLUMN: found this, expected that", also for shapes that
 * do not fit the input. On failure there is nothing to release.
 */
int fc_model_load(const struct fc_model_request *request, struct fc_graph *graph, struct fc_error *err);

/* The same from text in memory; request->model is the path that messages show and that `use` starts from. */
int fc_model_read(const struct fc_model_request *request, const char *text, size_t size, struct fc_graph *graph,
		  struct fc_error *err);

/* Whether such a file says itself how many classes there are, so that a request can only repeat it: ONNX. */
bool fc_model_fixes_classes(const char *model);

#endif
