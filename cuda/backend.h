/*
 * Inside of the cuda backend: what it knows of its device, its tensors and its layers.
 *
 * backend.c (the table's functions), layout.c (how tensors lie, reading and writing them), order.c (layers between tensors that
 * lie differently), stream.c (data set, losses, capture), choice.c (own kernel or the library's), layer_*.c (one kind of layer
 * each). None of them knows a vendor: everything goes through gpu.h.
 *
 * Activations are in fp32 or bf16, without gaps, in one of two orders: channels-last where images are worked on, plain
 * (N, C, H, W) where rows of the last side are, as tokens are. A kind of layer says in which order its output lies; inputs that
 * lie otherwise are brought into the same order first (order.c), so that any mixture is right and only unusual ones pay.
 * Only the images may have more channels than the network sees (zeros), where tensor cores want a multiple of eight.
 * Parameters, gradients, momentum and statistics are fp32; with bf16 every parameter has a bf16 shadow, which the products
 * read. Weights are (O, KH, KW, I / groups), those of a dense layer in the order of its input.
 */
#ifndef FLOPCLOCK_CUDA_BACKEND_H
#define FLOPCLOCK_CUDA_BACKEND_H

#include "gpu.h"
#include "kernels.h"

enum layout_order {
	LAYOUT_LAST,	/* (N, H, W, C) */
	LAYOUT_PLAIN,	/* (N, C, H, W) */
};

struct layout {
	enum gpu_type type;
	enum layout_order order;
	/*
	 * As the data lie, outermost first: N, H, W, C, or in plain order N, C, H, W. The innermost of LAYOUT_LAST may be
	 * more than there are channels.
	 */
	int64_t rows, height, width, channels;
	struct fc_shape shape;		/* logical; weights are (O, I, KH, KW), with a dense layer's I features unfolded */
};

struct choice;

struct fc_device {
	struct gpu *gpu;
	struct fc_device_config config;
	enum gpu_type type;		/* of activations */
	struct gpu_control *control[FC_PASS_COUNT];	/* on the device */
	struct gpu_result *ring[FC_PASS_COUNT];
	struct gpu_images images[FC_PASS_COUNT];	/* loaded */
	uint32_t *order[FC_PASS_COUNT];
	/* What the device's control structs hold, without asking it. */
	uint32_t iterations[FC_PASS_COUNT], results[FC_PASS_COUNT];
	/* The iteration under way. */
	enum fc_pass pass;
	int64_t batch;
	const struct gpu_images *current;
	int head;
	bool capturing;
	/* Single batches that the caller brings along. */
	struct gpu_images staged;
	struct fc_loss *waiting[FC_MAX_HEADS];
	struct choice *choices;		/* made so far */
};

/* One kind of layer: a row of the table in backend.c. */
struct layer_kind {
	/* In which order the output lies. NULL: channels-last. */
	enum layout_order (*order)(const struct fc_layer *layer);
	/* Takes its inputs as they lie. Otherwise they have the output's order when the functions below see them. */
	bool any_order;
	/* Layouts are chosen before; saved_bytes, scratch_bytes and impl are this function's. NULL: nothing to do. */
	int (*prepare)(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);
	void (*release)(struct fc_device *device, struct fc_layer *layer);
	int (*forward)(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);
	int (*backward_data)(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);
	int (*backward_weights)(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);
	/* NULL: `kernel` for every phase. */
	const char *(*kernel_of)(const struct fc_layer *layer, enum fc_phase phase);
	const char *kernel;
	bool (*plan)(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase, struct fc_json *json);
	unsigned fuses_relu;		/* phases, a bit each */
};

extern const struct layer_kind layer_conv, layer_dense, layer_batch_norm, layer_relu, layer_sigmoid, layer_dropout,
	layer_function, layer_stochastic_depth, layer_max_pool, layer_avg_pool, layer_adaptive_avg_pool, layer_add, layer_pair,
	layer_concat, layer_move, layer_permute, layer_reshape, layer_learned, layer_linear, layer_matmul, layer_layer_norm,
	layer_softmax;

/* -------- layout.c -------- */

static inline const struct layout *layout_of(const struct fc_tensor *tensor)
{
	return tensor->layout;
}

/* Values as they lie, padding channels included. */
static inline int64_t layout_count(const struct fc_tensor *tensor)
{
	const struct layout *const l = tensor->layout;

	return l->rows * l->height * l->width * l->channels;
}

/* How many rows of neighbouring values there are: N * H * W of `channels`, or in plain order N * C * H of W. */
static inline int64_t layout_rows(const struct fc_tensor *tensor)
{
	const struct layout *const l = tensor->layout;

	return l->rows * l->height * l->width;
}

/* A tensor as if it were channels-last: what the kernels call its shape. */
static inline struct fc_shape layout_lying(const struct fc_tensor *tensor)
{
	const struct layout *const l = tensor->layout;

	return (struct fc_shape){ l->rows, l->channels, l->height, l->width };
}

/* Chooses the layouts of the output (in an order), the parameters and the statistics where they have none yet. */
void layout_choose(struct fc_device *device, struct fc_layer *layer, enum layout_order order);
/* The layout of an activation of a shape without more channels than it has. */
struct layout layout_activation(enum gpu_type type, struct fc_shape shape, enum layout_order order);
/* Whether it lies in this order, whatever it is called: with one channel or one pixel the two are the same. */
bool layout_is(const struct layout *layout, enum layout_order order);
/* Distances of neighbours along N, C, H and W, in values. */
void layout_strides(const struct layout *layout, int64_t stride[4]);
void layout_release(struct fc_device *device, struct fc_tensor *tensor);
bool layout_same(const struct fc_tensor *a, const struct fc_tensor *b);
int layout_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err);
int layout_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err);

/* What products read of a parameter. */
static inline const void *layout_operand(const struct fc_device *device, const struct fc_tensor *param)
{
	return device->type == GPU_BF16 ? param->shadow : param->data;
}

/* -------- order.c -------- */

/* The order of the largest input that can lie in one order only; what most kinds give their output. */
enum layout_order order_of_inputs(const struct fc_layer *layer);
/* Always plain. */
enum layout_order order_plain(const struct fc_layer *layer);
/* N, C, H, W as 0 ... 3 as they lie in memory, outermost first. */
const int *order_axes(enum layout_order order);
/* to = or += from, value by value of the same shape (N, C, H, W), each in its own layout. */
int order_copy(struct fc_device *device, const struct layout *from_layout, const void *from, const struct layout *to_layout,
	       void *to, bool accumulate, struct fc_error *err);
/* Copies values to other places; a launch of its own kind where they keep their places. */
int order_move(struct fc_device *device, const struct kernel_move *move, const void *from, void *to, bool accumulate,
	       struct fc_error *err);
/* Whether all values keep their places. */
bool order_keeps_places(const struct kernel_move *move);

/*
 * A layer whose inputs are seen in the order of its output. Views copy nothing; the others are brought into scratch in front
 * of forward and backward_weights, and their gradients out of it behind backward_data.
 */
bool order_differs(const struct fc_layer *layer);
struct fc_layer *order_inner(const struct fc_layer *layer);
/* The inner layer, to be prepared; order_close() undoes it. */
struct fc_layer *order_open(struct fc_device *device, struct fc_layer *layer);
/* Behind the preparation of the inner layer: what both want as memory. */
void order_finish(struct fc_layer *layer);
void order_close(struct fc_layer *layer);
int order_before(struct fc_device *device, struct fc_layer *layer, bool reads_inputs, struct fc_error *err);
int order_behind(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);

/* -------- choice.c -------- */

/*
 * Our kernel or the library's call, whichever was faster when both were measured (without autotune: ours). Equal requests
 * are measured once per device. `own` runs ours on the buffers of a call that it gets.
 */
struct choice_request {
	struct gpu_legacy_request legacy;
	bool relu;			/* to be applied behind the library's call, is part of ours */
	int (*own)(struct fc_device *device, const struct choice_request *request, const struct gpu_legacy_call *call,
		   void *scratch, struct fc_error *err);
	uint64_t scratch_bytes;		/* of ours */
};

struct choice {
	struct choice *next;
	struct choice_request request;
	struct gpu_legacy *legacy;	/* NULL: ours */
	float own_ms, legacy_ms;	/* NaN: not measured */
};

int choice_make(struct fc_device *device, const struct choice_request *request, const struct choice **choice,
		struct fc_error *err);
/* Runs what was chosen. */
int choice_run(struct fc_device *device, const struct choice *choice, const struct gpu_legacy_call *call, void *scratch,
	       struct fc_error *err);
bool choice_plan(const struct choice *choice, struct fc_json *json);
void choice_release(struct fc_device *device);

/* -------- stream.c -------- */

extern const struct fc_stream_ops stream_ops;
int stream_open(struct fc_device *device, struct fc_error *err);
void stream_close(struct fc_device *device);
int stream_feed(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch, struct fc_error *err);
int stream_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits, const struct fc_batch *batch,
		double weight, struct fc_loss *loss, struct fc_error *err);
int stream_sync(struct fc_device *device, struct fc_error *err);

/* -------- backend.c -------- */

void backend_close(struct fc_device *device);
void backend_describe(struct fc_device *device, struct fc_json *json);
uint64_t backend_memory_available(struct fc_device *device);
int backend_memory_alloc(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err);
void backend_memory_free(struct fc_device *device, void *memory);
int backend_supports(const struct fc_graph *graph, const struct fc_node *node, struct fc_error *err);
unsigned backend_fuses(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass);
int backend_update_all(struct fc_device *device, const struct fc_flat *flat, struct fc_error *err);
int backend_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);
void backend_release(struct fc_device *device, struct fc_layer *layer);
int backend_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err);
bool backend_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase, struct fc_json *json);
const char *backend_kernel(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase);

/* A backend over some struct gpu is these and its own name, available() and open(). */
#define BACKEND_FUNCTIONS                                                                                                  \
	.precisions = 1u << FC_PRECISION_FP32 | 1u << FC_PRECISION_TF32 | 1u << FC_PRECISION_BF16, .close = backend_close, \
	.describe = backend_describe, .memory_available = backend_memory_available, .memory_alloc = backend_memory_alloc,  \
	.memory_free = backend_memory_free, .supports = backend_supports, .fuses = backend_fuses,                          \
	.updates_last = true, .update_all = backend_update_all, .stream = &stream_ops,                               \
	.prepare = backend_prepare, .release = backend_release,                                                            \
	.same_layout = layout_same, .tensor_release = layout_release, .run = backend_run, .plan = backend_plan,            \
	.kernel = backend_kernel, .write = layout_write, .read = layout_read, .feed = stream_feed, .loss = stream_loss,    \
	.sync = stream_sync

/* Members of a plan, for run.json. */
void backend_add_plan(const struct gpu_plan *plan, struct fc_json *json);

/*
 * What backward_weights of a convolution or dense layer begins with, in one pass over the output's gradient: the mask of a
 * ReLU that is fused backward (in place: nobody else reads this gradient then) and the gradient of the bias.
 */
int layer_finish_gradient(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);

/* Raises what the layer wants as scratch. */
static inline void backend_want_scratch(struct fc_layer *layer, uint64_t bytes)
{
	if (bytes > layer->scratch_bytes)
		layer->scratch_bytes = bytes;
}

static inline void *backend_dx(const struct fc_layer *layer, int k)
{
	return layer->dx[k] ? layer->dx[k]->data : NULL;
}

#endif
