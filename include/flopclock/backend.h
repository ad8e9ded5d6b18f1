/*
 * Who computes. A backend is a table of functions on opaque tensors; the executor owns the tensors, the order of steps,
 * the accumulation of gradients and the memory, and is the same code for every backend.
 *
 * Life of a layer: the executor fills a struct fc_layer and calls prepare(), in graph order. The backend chooses the
 * layout of the output and of the parameters (where not yet chosen) by setting tensor->bytes and tensor->layout, and
 * says how many bytes it wants for saved data and for scratch. The executor packs all memory, binds tensor->data,
 * layer->saved and layer->scratch, and then calls run() per step; nothing is allocated in run(). release() at the end.
 *
 * A gradient tensor has the layout of its value; a parameter's gradient and momentum have the parameter's.
 * Layouts are the backend's business; write() and read() translate from and to plain (N, C, H, W) float arrays.
 *
 * In-place: where schedule buffers are shared, y->data == x[0]->data, and dx[0]->data == dy->data. Every backend allows
 * it for the kinds whose traits say so.
 */
#ifndef FLOPCLOCK_BACKEND_H
#define FLOPCLOCK_BACKEND_H

#include "flopclock/graph.h"
#include "flopclock/json.h"
#include "flopclock/precision.h"
#include "flopclock/step.h"

struct fc_device;	/* the backend's own */

struct fc_tensor {
	struct fc_shape shape;	/* logical (N, C, H, W) */
	uint64_t bytes;		/* 0: no layout chosen yet */
	void *layout;		/* the backend's; freed by tensor_release */
	void *data;		/* bound by the executor; on the device */
	/*
	 * Of a parameter: a second representation that the backend wants beside it (bf16 beside the fp32 master). 0: none,
	 * else bytes / 2 exactly. Lives through and is bound with data; write() fills both. Gradients and momentum have none.
	 */
	uint64_t shadow_bytes;
	void *shadow;
};

/* SGD as PyTorch defines it: g += weight_decay * w; m = momentum * m + g (m = g at first); w -= rate * m. */
struct fc_sgd {
	double rate, momentum, weight_decay;
};

/* What changes from iteration to iteration; one per program, borrowed by its layers. */
struct fc_iteration {
	uint64_t seed;
	uint32_t index;		/* counts training iterations from 0, through all epochs: dropout masks follow from it */
	struct fc_sgd sgd;
};

struct fc_layer {
	/* Filled by the executor. */
	const struct fc_graph *graph;
	const struct fc_node *node;
	const struct fc_node *fused;	/* an activation behind it that this layer also computes, or NULL */
	bool fused_backward;		/* its backward too: dy is the gradient of the activation's output */
	enum fc_pass pass;		/* validate: no saved data, running statistics, no dropout */
	const struct fc_iteration *iteration;
	struct fc_tensor **x;		/* input_count of them */
	struct fc_tensor *y;		/* with `fused`: the activation's output */
	struct fc_tensor **dx;		/* per input; NULL: not wanted, or shared with dy */
	struct fc_tensor *dy;		/* NULL in validation */
	const bool *accumulate;		/* per input: dx += instead of dx = */
	/* Gradients are NULL in validation, momentum also where the optimizer has none. */
	struct fc_tensor *param[FC_MAX_PARAMS], *param_gradient[FC_MAX_PARAMS], *momentum[FC_MAX_PARAMS];
	struct fc_tensor *state[2];	/* batch_norm: running mean, running variance */
	/* Set by prepare(). */
	uint64_t saved_bytes;		/* from forward to backward */
	uint64_t scratch_bytes;		/* within one run(); the largest of its phases */
	void *impl;			/* the backend's own; freed by release() */
	/* Bound by the executor. */
	void *saved, *scratch;
};

/* Images as they are in the data set and where the batch is in it. */
struct fc_batch {
	const uint8_t *pixels;		/* count images of height * width bytes each, gathered by the executor's caller */
	const uint8_t *labels;
	int64_t count;			/* <= N; the rest of the batch is filled with zeros and has no loss */
	int64_t height, width;		/* of one image, one grey channel */
	float mean, deviation;		/* (pixel / 255 - mean) / deviation after resizing */
};

/* Loss and hits of a batch, summed over its `count` images (not averaged). */
struct fc_loss {
	double sum;
	int64_t correct;
};

struct fc_device_config {
	int index;			/* which GPU */
	int threads;			/* CPU backends; 0: all cores that the process may use */
	enum fc_precision precision;
	bool deterministic;		/* the same bits every time; may be slower */
	bool autotune;			/* measure the best few implementations and take the fastest */
	uint64_t workspace_bytes;	/* most that one step may ask for as scratch; 0: the backend's own bound */
};

/* A split of a data set as it lies in memory; grey images of height * width bytes. */
struct fc_images {
	const uint8_t *pixels, *labels;
	int64_t count, height, width;
	float mean, deviation;
};

/* What came of one iteration. */
struct fc_result {
	struct fc_loss loss[FC_MAX_HEADS];	/* in the order of the heads that run in the pass */
	int64_t images;
	int64_t end_ns;				/* on a clock of the device: only differences mean something */
};

/* All parameters of a network at once, as the executor has laid them out: offset k of one belongs to offset k of all. */
struct fc_flat {
	void *params, *gradients, *momentum;	/* momentum NULL: none. What lies between two of them is zero in all */
	void *shadows;				/* NULL: none; at half the offsets (2 bytes per 4) */
	uint64_t bytes;				/* of params, and of each of the others but the shadows */
	struct fc_sgd sgd;
};

/*
 * For a device that works behind its caller: the data set lies on the device, losses stay there until they are
 * collected, a whole iteration can be captured once and replayed. In an iteration of this kind feed() and loss() get a
 * batch whose pixels and labels are NULL and whose count is N; loss() is called with a NULL loss, head by head in their
 * order, and writes nothing to the host.
 */
struct fc_stream_ops {
	/* Once per pass, before its first iteration. */
	int (*load)(struct fc_device *device, enum fc_pass pass, const struct fc_images *images, struct fc_error *err);
	/*
	 * An epoch of a pass begins: batch b takes images order[b * N ...]; order NULL: as they lie. count images are used,
	 * the last batch may be short. Waits for the device where it must.
	 */
	int (*begin)(struct fc_device *device, enum fc_pass pass, const uint32_t *order, int64_t count, struct fc_error *err);
	/*
	 * Behind the last step of every iteration (also while capturing): the device goes on to the next batch and result.
	 * Its time counts as the input's.
	 */
	int (*advance)(struct fc_device *device, enum fc_pass pass, struct fc_error *err);
	/* Waits, then gives the results of the last `count` iterations of the pass; count <= results. */
	int (*collect)(struct fc_device *device, enum fc_pass pass, uint64_t count, struct fc_result *out, struct fc_error *err);
	uint64_t results;		/* how many iterations of a pass may go by between two collections */
	/*
	 * Between the two run() and its kin are recorded, not executed. When one of the two fails capturing has ended; when
	 * a step between them fails, capture_end() is called all the same and what it gives is thrown away.
	 */
	int (*capture_begin)(struct fc_device *device, struct fc_error *err);
	int (*capture_end)(struct fc_device *device, void **graph, struct fc_error *err);
	int (*replay)(struct fc_device *device, void *graph, struct fc_error *err);
	void (*graph_release)(struct fc_device *device, void *graph);
};

struct fc_backend {
	const char *name;	/* "onednn" */
	const char *device;	/* "cpu" or "cuda": the answer to --device */
	const char *summary;
	/* Writes the library behind it and its version, "oneDNN 2.6.3"; NULL where there is none. */
	void (*library)(char text[64]);
	/* Whether it can run here; a sentence in err when not. */
	int (*available)(struct fc_error *err);
	int (*open)(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err);
	void (*close)(struct fc_device *device);
	unsigned precisions;	/* a bit 1 << enum fc_precision each; the lowest of: tf32, fp32 is the default */
	/* Members for the "device" object of run.json: name, threads, instruction set, library versions ... */
	void (*describe)(struct fc_device *device, struct fc_json *json);

	/* One big block; 64-byte aligned; zeroed; a clear sentence when there is not that much. */
	int (*memory_alloc)(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err);
	void (*memory_free)(struct fc_device *device, void *memory);

	/* Optional: bytes that memory_alloc could give now. NULL: the host's memory. */
	uint64_t (*memory_available)(struct fc_device *device);

	/* Optional: whether it can compute a node; why not in err. NULL: it can compute all kinds. */
	int (*supports)(const struct fc_graph *graph, const struct fc_node *node, struct fc_error *err);

	/*
	 * Which phases of `activation` (in place, the only reader of `producer`) are computed by `producer`'s own step:
	 * a bit 1 << phase each; 0: no fusion. In validation only forward counts.
	 */
	unsigned (*fuses)(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass);

	/* Wants the updates of all layers at the end of an iteration instead of behind each layer. */
	bool updates_last;
	/*
	 * Optional, with updates_last: one step updates all parameters; it is the first update step and covers the others.
	 */
	int (*update_all)(struct fc_device *device, const struct fc_flat *flat, struct fc_error *err);
	const struct fc_stream_ops *stream;	/* NULL: everything is done when run() returns, or at sync() */

	/* On failure nothing of the layer is left to release. */
	int (*prepare)(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);
	void (*release)(struct fc_device *device, struct fc_layer *layer);
	/*
	 * Optional. Whether two tensors of as many elements have their elements at the same places: only then may their
	 * data share memory (in-place nodes, the gradients of an add). NULL: they do when their bytes are as many.
	 */
	bool (*same_layout)(const struct fc_tensor *a, const struct fc_tensor *b);
	void (*tensor_release)(struct fc_device *device, struct fc_tensor *tensor);
	/* Phases forward, backward_data, backward_weights, update. May return before the work is done. */
	int (*run)(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err);
	/*
	 * Optional: members for an object about this step in run.json's "plans" (engine, notes, workspace, times of
	 * candidates); returns false and writes nothing where there is nothing to tell.
	 */
	bool (*plan)(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase, struct fc_json *json);
	/* The implementation that run() uses, e.g. "jit:avx512_core"; for kernels.csv; never NULL. */
	const char *(*kernel)(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase);

	int (*write)(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err);
	int (*read)(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err);

	/*
	 * Phase input: bilinear resize (half-pixel centres, edges clamped, as PyTorch's align_corners=False without
	 * antialiasing) of the raw bytes, scaling, normalisation, replication to the tensor's C channels.
	 * The layout of x is chosen by prepare() of the input node, whose y it is.
	 */
	int (*feed)(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch, struct fc_error *err);
	/*
	 * Phase loss: softmax cross-entropy of logits (N, K, 1, 1). With dlogits: weight * (softmax - onehot) / count,
	 * zero for images beyond count. Correct: the first largest logit is the label.
	 */
	int (*loss)(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits, const struct fc_batch *batch,
		    double weight, struct fc_loss *loss, struct fc_error *err);
	int (*sync)(struct fc_device *device, struct fc_error *err);
};

/* The registry: those that are built in, and those of modules that can be loaded here. NULL behind the last. */
const struct fc_backend *fc_backend_at(int index);
/* By backend name, or by device: "cpu", "cuda", "auto" (the best that is available). */
const struct fc_backend *fc_backend_find(const char *name, struct fc_error *err);
/* Fails with the first layer that the backend cannot compute: "onednn cannot compute layer_norm (layer NAME)". */
int fc_backend_check(const struct fc_backend *backend, const struct fc_graph *graph, struct fc_error *err);
/* What a backend says of a node that it cannot compute: "NAME cannot compute KIND [with WHAT] (layer NAME)"; returns -1. */
int fc_backend_refuse(const char *backend, const struct fc_node *node, const char *with, struct fc_error *err);
/* Whether no backend of a device can run here, and why. */
bool fc_backend_lacks(const char *device, struct fc_error *why);

#endif
