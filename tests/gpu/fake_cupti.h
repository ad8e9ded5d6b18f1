/*
 * A stand-in for CUPTI and the device under it. A test opens it, puts the probe on its table of functions, and plays a
 * program on it: kernels, copies, graphs. Times are invented on a clock that only moves with what is played.
 *
 * Records go into the buffers that the probe provides, those of the host and those of the device into separate ones, and a
 * thread of its own gives the full ones back, in no particular order. What is played is played from one thread.
 *
 * One at a time. The walk over a buffer is the real CUPTI's.
 */
#ifndef FLOPCLOCK_TESTS_FAKE_CUPTI_H
#define FLOPCLOCK_TESTS_FAKE_CUPTI_H

#include <stdbool.h>

#include <libraries_cuda.h>

/* All zero: everything works. */
struct fake_cupti_config {
	bool no_driver;
	uint32_t version;	 /* 0: 130001 */
	const char *failing;	 /* the function that fails, "cuptiSubscribe_v2" */
	CUptiResult result;	 /* with this */
	CUpti_ActivityKind kind; /* cuptiActivityEnable fails only for this; 0: for all */
	const char *holder;	 /* who is attached */
	int hold_back;		 /* this many flushes that are not forced give nothing */
	bool two_ids;		 /* copies carry the driver's id and the runtime's; only the latter has a name */
	bool nested;		 /* a call of the driver within every call of the runtime, with the same id */
	uint64_t seed;		 /* of the order in which buffers come */
};

struct fake_graph;

/* The real library walks the buffers; false where it is not installed, then nothing is open. */
bool fake_cupti_open(const struct fake_cupti_config *config, struct libraries *libraries);
void fake_cupti_close(void);

/* What the probe has done so far, and what it has left behind. */
struct fake_cupti_state {
	bool subscribed;
	int enabled;  /* kinds */
	int named;    /* external ids on the stack of the thread */
	int silenced; /* calls */
	int flushes, forced, synchronised;
	uint64_t kernels; /* whose records were written */
	const char *log;  /* names of functions, each followed by a blank, in their order; pushes and pops left out */
};
struct fake_cupti_state fake_cupti_state(void);

/* -------- the program -------- */

/* Where on the device's time line something ran. */
struct fake_span {
	int64_t start_ns, end_ns;
};

struct fake_span fake_kernel(const char *name, int64_t ns);
struct fake_span fake_copy(uint8_t kind, int64_t ns);
struct fake_span fake_fill(int64_t ns);
/* The host does something else. */
void fake_pause(int64_t ns);
/* The device catches up, as cudaDeviceSynchronize. */
void fake_wait(void);
int64_t fake_now(void);

/* The records of the next kernel, copy or memset carry these times instead; its span stays as it would be. */
void fake_stamp_next(int64_t start_ns, int64_t end_ns);
/* Some records are lost. */
void fake_drop(size_t records);
/* CUPTI gives up, with a word. */
void fake_fail(const char *message);

/* Between the two kernels, copies and memsets become nodes of the graph and take no time. */
void fake_capture_begin(void);
struct fake_graph *fake_capture_end(void);
/* The executable copies of a graph keep its order. */
struct fake_graph *fake_instantiate(const struct fake_graph *graph);
int fake_graph_length(const struct fake_graph *graph);
/* Writes a span per node. */
void fake_replay(const struct fake_graph *graph, struct fake_span *spans);
/* Of a graph or of an executable copy. */
void fake_destroy(struct fake_graph *graph);

#endif
