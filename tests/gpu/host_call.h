/* Inside of the emulated GPU: what goes into its stream, to be run at once or recorded and run with every replay. */
#ifndef FLOPCLOCK_TESTS_HOST_CALL_H
#define FLOPCLOCK_TESTS_HOST_CALL_H

#include "host_block.h"
#include "host_gpu.h"
#include "host_heap.h"

/* Bytes of workspace that every plan asks for, if it may: they are spoilt in each run, so nothing else may lie there. */
#define HOST_WORKSPACE 4096

struct host_gpu;

/* One piece of work. Operands as their operation has them; `launch` with a parameter of its own. */
struct host_call {
	struct host_call *next;
	const char *name;
	int (*run)(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err);
	const void *plan;
	const void *a, *b, *bias;
	void *out, *workspace;
	struct gpu_legacy_call legacy;
	struct gpu_launch launch;
	struct gpu_access access[GPU_MAX_ACCESS];
	int access_count;
};

struct host_graph {
	struct host_call *first, **end;
};

struct host_gpu {
	struct gpu gpu; /* first */
	struct host_gpu_options options;
	struct host_heap heap;
	struct host_blocks *blocks;
	struct host_graph *capturing;
	uint64_t time_ns, launches, measures;
	bool reverse;		     /* blocks and threads run from the last to the first */
	int plans, graphs;	     /* not given back yet */
	char misuse[256], told[256]; /* misuse: empty when there is none that nobody asked for */
};

/* Notes what a device forbids; returns -1 with the same sentence. */
int host_forbid(struct host_gpu *gpu, struct fc_error *err, const char *name, const char *what);
/* 0 outside of a capture. */
int host_may(struct host_gpu *gpu, struct fc_error *err, const char *what);

/* NULL is no access. */
void host_call_access(struct host_call *call, const void *data, uint64_t bytes, bool write);
/* Runs it, or keeps a copy while capturing. */
int host_submit(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err);

int host_capture_begin(struct gpu *gpu, struct fc_error *err);
int host_capture_end(struct gpu *gpu, void **graph, struct fc_error *err);
int host_replay(struct gpu *gpu, void *graph, struct fc_error *err);
void host_graph_release(struct gpu *gpu, void *graph);

int host_conv_open(struct gpu *gpu, const struct gpu_conv_request *request, struct gpu_conv **conv,
		   struct fc_error *err);
void host_conv_close(struct gpu *gpu, struct gpu_conv *conv);
void host_conv_plan(struct gpu *gpu, const struct gpu_conv *conv, struct gpu_plan *plan);
int host_conv_run(struct gpu *gpu, struct gpu_conv *conv, const void *a, const void *b, const void *bias, void *out,
		  void *workspace, struct fc_error *err);

int host_product_open(struct gpu *gpu, const struct gpu_product_request *request, struct gpu_product **product,
		      struct fc_error *err);
void host_product_close(struct gpu *gpu, struct gpu_product *product);
void host_product_plan(struct gpu *gpu, const struct gpu_product *product, struct gpu_plan *plan);
int host_product_run(struct gpu *gpu, struct gpu_product *product, const void *a, const void *b, const void *bias,
		     void *c, void *workspace, struct fc_error *err);

int host_legacy_open(struct gpu *gpu, const struct gpu_legacy_request *request, struct gpu_legacy **legacy,
		     struct fc_error *err);
void host_legacy_close(struct gpu *gpu, struct gpu_legacy *legacy);
int host_legacy_run(struct gpu *gpu, struct gpu_legacy *legacy, const struct gpu_legacy_call *call,
		    struct fc_error *err);

/* What a plan of the emulation says of itself. */
struct gpu_plan host_plan(const char *name, uint64_t workspace_bytes);

#endif
