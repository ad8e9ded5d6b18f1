/*
 * Convolutions through cuDNN's graph interface: a request becomes an operation graph, the library's heuristics offer engine
 * configurations for it, those that break a condition of the request are dropped, and one of the others becomes a plan.
 *
 * conv_descriptor_cudnn.c (making descriptors), conv_graph_cudnn.c (request to operation graph), conv_engine_cudnn.c (what is
 * offered, under which conditions), conv_words_cudnn.c (what it is called), conv_tune_cudnn.c (which is fastest here),
 * conv_cudnn.c (the functions of struct gpu_ops), planner_cudnn.c (the same without a device).
 *
 * A finalised plan holds what it needs of the descriptors that it was made from (tested with cuDNN 9.19: it works and valgrind
 * finds nothing when all others are destroyed), so only plans are kept.
 */
#ifndef FLOPCLOCK_CUDA_CONV_CUDNN_H
#define FLOPCLOCK_CUDA_CONV_CUDNN_H

#include "conv_request.h"
#include "flopclock/arena.h"
#include "gpu.h"
#include "libraries_cuda.h"

/* -------- conv_descriptor_cudnn.c -------- */

/*
 * Descriptors that end together. The first failure writes err and is remembered: what follows does nothing, so that a
 * sequence of makes is checked once, at its end.
 */
struct descriptors {
	const struct libraries *libraries;
	struct fc_error *err;
	cudnnBackendDescriptor_t *all;
	int count, capacity;
	bool failed;
};

struct attribute {
	cudnnBackendAttributeName_t name;
	cudnnBackendAttributeType_t type;
	int64_t count; /* 0 ends a table, so one that may be absent stands last */
	const void *values;
};

/* Rows of such a table; the values are given in place. */
#define VALUES(name, attribute_type, c_type, ...)                                                                    \
	{                                                                                                            \
		CUDNN_ATTR_##name, CUDNN_TYPE_##attribute_type,                                                      \
			(int64_t)(sizeof((const c_type[]){ __VA_ARGS__ }) / sizeof(c_type)), (const c_type[])        \
		{                                                                                                    \
			__VA_ARGS__                                                                                  \
		}                                                                                                    \
	}
#define INT64(name, ...)	VALUES(name, INT64, int64_t, __VA_ARGS__)
#define FLOAT(name, value)	VALUES(name, FLOAT, float, value)
#define BOOLEAN(name, value)	VALUES(name, BOOLEAN, bool, value)
#define DATA_TYPE(name, value)	VALUES(name, DATA_TYPE, cudnnDataType_t, value)
#define DESCRIPTOR(name, value) VALUES(name, BACKEND_DESCRIPTOR, cudnnBackendDescriptor_t, value)
#define END_OF_ATTRIBUTES                                                                                            \
	{                                                                                                            \
		.count = 0                                                                                           \
	}

/* Made, filled and finalised; NULL when failed. `what` stands in the sentence of an error. */
cudnnBackendDescriptor_t descriptor_make(struct descriptors *d, cudnnBackendDescriptorType_t type, const char *what,
					 const struct attribute *attributes);
/* The same; what the library does not support is no failure but NULL. */
cudnnBackendDescriptor_t descriptor_try(struct descriptors *d, cudnnBackendDescriptorType_t type, const char *what,
					const struct attribute *attributes);
/* Made and left empty, for the library to fill. */
cudnnBackendDescriptor_t descriptor_empty(struct descriptors *d, cudnnBackendDescriptorType_t type, const char *what);
/* Takes a descriptor out: whoever asks destroys it. */
cudnnBackendDescriptor_t descriptor_keep(struct descriptors *d, cudnnBackendDescriptor_t descriptor);
void descriptors_release(struct descriptors *d);

/* An attribute that is one number; `fallback` where the library does not have it. */
int64_t descriptor_number(const struct descriptors *d, cudnnBackendDescriptor_t descriptor,
			  cudnnBackendAttributeName_t name, int64_t fallback);
/*
 * An attribute that is a list of descriptors, which the library fills: `list` has room for so many, made empty. Returns how many it
 * has filled. With room 0: how many it would fill at most.
 */
int64_t descriptor_list(const struct descriptors *d, cudnnBackendDescriptor_t descriptor,
			cudnnBackendAttributeName_t name, int64_t room, cudnnBackendDescriptor_t *list);

/* -------- conv_graph_cudnn.c -------- */

/* For whom plans are made. */
struct conv_target {
	const struct libraries *libraries;
	cudnnHandle_t handle;		    /* of the device at hand; NULL: */
	cudnnBackendDescriptor_t described; /* a device that is only described */
};

/* Names of the tensors in a variant pack. */
enum conv_tensor { CONV_X = 1, CONV_W, CONV_Y, CONV_BIAS, CONV_PRODUCT, CONV_SUM };

cudnnBackendDescriptor_t conv_graph(struct descriptors *d, const struct conv_target *target,
				    const struct gpu_conv_request *request);

/* -------- conv_engine_cudnn.c -------- */

struct conv_candidate {
	cudnnBackendDescriptor_t config; /* of the list's descriptors */
	int engine;
	unsigned notes, behaviour; /* a bit each: cudnnBackendNumericalNote_t, cudnnBackendBehaviorNote_t */
	uint64_t workspace_bytes;  /* staging included */
	const char *knobs;	   /* of the list's arena */
};

#define CONV_MAX_KNOBS 64

struct conv_candidates {
	struct conv_target target;
	struct descriptors descriptors;
	struct fc_arena arena;
	struct conv_candidate *all; /* the library's favourite first, no two equal */
	int count;
	cudnnBackendDescriptor_t *knob_choices; /* for reading one configuration after the other */
	/* Those that were dropped for each condition, and the least workspace among those that wanted too much. */
	int numeric, nondeterministic, large;
	uint64_t least_workspace;
};

/* Offers that meet the request's conditions; none is no failure. */
int conv_candidates_find(const struct conv_target *target, const struct gpu_conv_request *request,
			 struct conv_candidates *candidates, struct fc_error *err);
void conv_candidates_release(struct conv_candidates *candidates);
/* The plan of one of them; the caller destroys it. NULL: the library could not do what it offered, err says why. */
cudnnBackendDescriptor_t conv_candidate_plan(struct conv_candidates *candidates, int index, struct fc_error *err);
/* Why there are none: "cuDNN offers 2 engines, 2 that want more workspace, the least 19.3 MB". */
void conv_candidates_why(const struct conv_candidates *candidates, const struct gpu_conv_request *request,
			 struct fc_str *out);

bool conv_uses_tensor_cores(const struct conv_candidate *candidate);
bool conv_is_deterministic(const struct conv_candidate *candidate);
/* -------- conv_words_cudnn.c -------- */

/* The library's notes on its engine: "tensor_core", "nondeterministic runtime_compilation", "". */
void conv_notes(const struct conv_candidate *candidate, struct fc_str *out);
/* "tile_size=4", with a blank in front where something stands there. */
void conv_add_knob(struct fc_str *out, unsigned knob, int64_t value);

/* -------- conv_tune_cudnn.c -------- */

#define CONV_TUNED 8 /* at most so many are measured */

/* What was measured for a request. */
struct conv_tuning {
	struct conv_tuning *next;
	char key[CONV_KEY_SIZE];
	int rank;     /* of the fastest */
	int measured; /* 0: nothing could be measured; rank is the first that can be had */
	float times_ms[CONV_TUNED];
};

struct gpu_cuda;

/* Measures, unless an equal request was measured on this gpu before. The result belongs to the gpu. */
int conv_tune(struct gpu_cuda *gpu, const struct gpu_conv_request *request, struct conv_candidates *candidates,
	      const struct conv_tuning **tuning, struct fc_error *err);
void conv_tunings_release(struct conv_tuning *tunings);

/* -------- conv_cudnn.c -------- */

/* Runs any plan of a request: for struct gpu_conv and while measuring. */
struct conv_runner {
	struct gpu_conv_request request;
	cudnnBackendDescriptor_t plan, pack; /* owned */
	const void *bound[5];		     /* what the pack holds */
};

int conv_runner_run(struct gpu_cuda *gpu, struct conv_runner *runner, const void *a, const void *b, const void *bias,
		    void *out, void *workspace, struct fc_error *err);
void conv_runner_release(const struct libraries *libraries, struct conv_runner *runner);

/* Of struct gpu_ops. */
int conv_cudnn_open(struct gpu *gpu, const struct gpu_conv_request *request, struct gpu_conv **conv,
		    struct fc_error *err);
void conv_cudnn_close(struct gpu *gpu, struct gpu_conv *conv);
void conv_cudnn_plan(struct gpu *gpu, const struct gpu_conv *conv, struct gpu_plan *plan);
int conv_cudnn_run(struct gpu *gpu, struct gpu_conv *conv, const void *a, const void *b, const void *bias, void *out,
		   void *workspace, struct fc_error *err);

/* The description of the device behind a handle, as cuDNN writes it: what a file of devices/ holds. */
int conv_cudnn_device(const struct libraries *libraries, cudnnHandle_t handle, struct fc_str *json,
		      struct fc_error *err);

#endif
