/* What the tests of plans share: cuDNN, an H100 that is only described, the shipped models. */
#ifndef FLOPCLOCK_TESTS_CUDA_PLAN_FIXTURE_H
#define FLOPCLOCK_TESTS_CUDA_PLAN_FIXTURE_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"
#include "flopclock/model.h"
#include "flopclock/plan.h"

/* The text of a shipped description; the caller frees it. */
static inline char *read_description(const char *name)
{
	struct fc_str path = { 0 };
	struct fc_error err;
	char *json = NULL;
	size_t size;

	assert_int_equal(fc_share_dir("devices", &path, &err), 0);
	fc_str_addf(&path, "/%s.json", name);
	if (fc_file_read(path.text, 65536, &json, &size, &err))
		fail_msg("%s", err.text);
	fc_str_release(&path);
	return json;
}

/* At 3 x 96 x 96 and batch 128; what does not take that, at its own size. false: there is no such model. */
static inline bool load_model(const char *model, struct fc_graph *graph)
{
	struct fc_model_request request = { .model = model, .input = { 3, 96, 96 }, .batch = 128 };
	struct fc_error err;

	if (!fc_model_load(&request, graph, &err))
		return true;
	request.input[0] = 0;
	return !fc_model_load(&request, graph, &err);
}

/* The phases that a convolution runs: what reads the images has no gradient to hand on. */
static inline bool runs(const struct fc_graph *graph, int node, int phase)
{
	return graph->nodes[node].op == FC_OP_CONV &&
	       (phase != FC_PHASE_BACKWARD_DATA || graph->nodes[node].inputs[0] != 0);
}

#ifdef HAVE_CUDA

#include "conv_cudnn.h"

extern const struct fc_planner fc_planner_cudnn;

/* cuDNN for a test, which is skipped where there is none. */
static inline void open_libraries(struct libraries *libraries)
{
	struct fc_error err;

	if (!libraries_open(libraries, LIBRARIES_PLAN, 0, &err))
		return;
	print_message("skipped: %s\n", err.text);
	skip();
}

static inline void *open_planner(const char *device, enum fc_precision precision)
{
	char *const json = read_description(device);
	const struct fc_plan_request request = { .device = json, .precision = precision };
	struct fc_error err;
	void *planner;

	if (fc_planner_cudnn.open(&request, &planner, &err))
		fail_msg("%s", err.text);
	free(json);
	return planner;
}

/* A described H100 for the functions below the planner; `descriptors` is released by the caller. */
static inline struct conv_target describe(const struct libraries *libraries, struct descriptors *descriptors,
					  struct fc_error *err)
{
	char *const json = read_description("h100");
	const struct attribute text = { CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
					(int64_t)strlen(json), json };
	struct conv_target target = { .libraries = libraries };

	*descriptors = (struct descriptors){ .libraries = libraries, .err = err };
	target.described = descriptor_make(descriptors, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, "device",
					   (const struct attribute[]){ text, END_OF_ATTRIBUTES });
	free(json);
	assert_non_null(target.described);
	return target;
}

#endif

static inline void needs_module(void **state)
{
	(void)state;
	print_message("skipped: built without the CUDA module\n");
	skip();
}

#endif
