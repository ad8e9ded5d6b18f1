/*
 * The backend `onednn`: convolutions and dense layers are oneDNN's primitives; what only moves memory (norms, pools,
 * activations, joins, updates) is done by own kernels on the same blocked layouts, one pass over memory each where possible.
 *
 * An activation lies in blocks of 16 (AVX-512) or 8 channels, (N, C / block, H, W, block), or plainly (block 1) where it is
 * an input of at most three channels or comes from a dense layer. Channels behind the last are physical: they are
 * zeros, every kernel keeps them zeros, and oneDNN is told that they exist. That way ten channels are computed as
 * sixteen, by the vectorised kernels that oneDNN does not have for ten, and the weights behind the last channel stay zero by
 * themselves. Networks that have at most sixteen channels everywhere (LeNet-5) would waste memory so: theirs lie last,
 * (N, H, W, C), for which oneDNN has kernels that do not mind.
 */
#ifndef FLOPCLOCK_ONEDNN_H
#define FLOPCLOCK_ONEDNN_H

#include <stddef.h>
#include <oneapi/dnnl/dnnl.h>

#include "flopclock/backend.h"

extern const struct fc_backend fc_backend_onednn;

struct fc_device {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	int threads;
	int block;	/* of activations: the lanes of a vector */
};

/*
 * The same source for several instruction sets; the loader picks one. Such functions need names of their own in the whole
 * library: clang makes even static ones visible to the linker.
 */
#if defined(__x86_64__) && defined(__gnu_linux__)
#define ONEDNN_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ONEDNN_SIMD
#endif
#define ONEDNN_INLINE static inline __attribute__((always_inline))

/* ---- layouts */

enum { ONEDNN_MAX_LANES = 16 };

enum onednn_order {
	ONEDNN_PLAIN,		/* block 1 */
	ONEDNN_BLOCKED,		/* block 16 or 8, the device's */
	ONEDNN_LAST,		/* block C */
};

/*
 * How an activation is walked through: per image and group of `lanes` channels a plane of pixels, `step` floats apart. The
 * step is the block; so are the lanes, unless they would be too many.
 */
struct onednn_view {
	int64_t images, channels, pixels;	/* channels: physical */
	int64_t block;
	int64_t lanes, step, groups;
};

/*
 * From the plain array to the tensor: (d0, d1, d2, d3) of `logical` are padded with zeros to `physical`, d1 is blocked, and
 * what lies there in that order is, to oneDNN, the plain array that is reordered to md.
 */
struct onednn_layout {
	enum onednn_order order;		/* activations */
	int64_t block;				/* activations, and dense weights, which follow their input: of d1; else 1 */
	int64_t logical[4], physical[4];	/* activations: (N, C, H, W) */
	dnnl_memory_desc_t md;			/* parameters; no dimensions: nothing to reorder */
};

/* Sets bytes and layout of a tensor that has none. */
void onednn_choose_activation(const struct fc_device *device, struct fc_tensor *tensor, enum onednn_order order);
/* For what a convolution, or the input, of a network writes. */
enum onednn_order onednn_order_of(const struct fc_graph *graph);
void onednn_choose_param(struct fc_tensor *tensor, const int64_t logical[4], const int64_t physical[4], int64_t block,
			 const dnnl_memory_desc_t *md);
/* One value per channel; as many as the activation has physically. */
void onednn_choose_vector(struct fc_tensor *tensor, int64_t physical);
bool onednn_same_layout(const struct fc_tensor *a, const struct fc_tensor *b);
void onednn_tensor_release(struct fc_device *device, struct fc_tensor *tensor);
int onednn_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err);
int onednn_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err);

static inline const struct onednn_layout *onednn_layout(const struct fc_tensor *tensor)
{
	return tensor->layout;
}

struct onednn_view onednn_view(const struct fc_tensor *activation);

/* The same where it does not matter which channels form a group: images of one pixel are walked in whole vectors. */
struct onednn_view onednn_view_wide(const struct fc_tensor *activation);

static inline size_t onednn_floats(const struct fc_tensor *tensor)
{
	return tensor->bytes / sizeof(float);
}

/* Where the plane of a group of lanes begins. */
static inline size_t onednn_plane(const struct onednn_view *view, int64_t n, int64_t group)
{
	const int64_t c = group * view->lanes;

	return (size_t)(((n * (view->channels / view->block) + c / view->block) * view->pixels) * view->block +
			c % view->block);
}

/* Zeros into the physical channels behind the last. */
void onednn_clear_physical(const struct fc_tensor *activation);

/* Calls kernel(..., lanes, step) with constants where there is a fast variant. */
#define ONEDNN_LANES(view, kernel, ...)                                   \
	do {                                                              \
		if ((view)->lanes == 16)                                  \
			kernel(__VA_ARGS__, 16, 16);                      \
		else if ((view)->lanes == 8)                              \
			kernel(__VA_ARGS__, 8, 8);                        \
		else                                                      \
			kernel(__VA_ARGS__, (view)->lanes, (view)->step); \
	} while (0)

/* The memory descriptor of an activation as oneDNN is to see it: with or without the physical channels. */
int onednn_activation_md(const struct fc_device *device, const struct fc_tensor *activation, bool physical,
			 dnnl_memory_desc_t *md, struct fc_error *err);

/* ---- threads */

/* Splits 0 ... count - 1 evenly among the threads; stays on one where `bytes`, the traffic of it all, are few. */
void onednn_parallel(const struct fc_device *device, int64_t count, uint64_t bytes,
		     void (*body)(const void *context, int64_t first, int64_t end), const void *context);

/* ---- calls of primitives, their arguments bound at the first run */

enum { ONEDNN_MAX_ARGUMENTS = 6 };

struct onednn_argument {
	int index;
	dnnl_memory_desc_t md;
	const struct fc_tensor *tensor;	/* NULL: in the layer's scratch, at `offset` */
	uint64_t offset;
};

struct onednn_call {
	dnnl_primitive_t primitive;	/* NULL: nothing to do */
	char kernel[64];
	int count;
	bool bound;
	struct onednn_argument arguments[ONEDNN_MAX_ARGUMENTS];
	dnnl_exec_arg_t bindings[ONEDNN_MAX_ARGUMENTS];
};

/* Takes over pd, also when it fails. Its scratchpad starts at *scratch, which moves behind it. */
int onednn_call_create(struct onednn_call *call, dnnl_primitive_desc_t pd, uint64_t *scratch, struct fc_error *err);
void onednn_call_argument(struct onednn_call *call, int index, const dnnl_memory_desc_t *md,
			  const struct fc_tensor *tensor, uint64_t offset);
/* A copy from one layout to another; no call where they are equal. */
int onednn_call_reorder(struct fc_device *device, struct onednn_call *call, const dnnl_memory_desc_t *from,
			const dnnl_memory_desc_t *to, uint64_t *scratch, struct fc_error *err);
int onednn_call_run(struct fc_device *device, struct onednn_call *call, const struct fc_layer *layer,
		    struct fc_error *err);
void onednn_call_release(struct onednn_call *call);

int onednn_check(dnnl_status_t status, const char *what, struct fc_error *err);
/* Room in the scratch memory for something of that size; returns where. */
uint64_t onednn_reserve(uint64_t *scratch, uint64_t bytes);
/* An attribute with our scratchpad and, with `relu`, a ReLU behind the primitive. */
int onednn_attribute(bool relu, dnnl_primitive_attr_t *attribute, struct fc_error *err);

/* ---- the three phases of what multiplies matrices: convolution and dense layer */

enum onednn_operand { ONEDNN_X, ONEDNN_WEIGHTS, ONEDNN_Y, ONEDNN_OPERANDS };

/* A phase: the primitive, and for each operand the copy from or to the layout that the primitive wants, where it differs. */
struct onednn_phase {
	struct onednn_call call, copy[ONEDNN_OPERANDS];
	bool add;		/* what comes out of it is added to the gradient of x: */
	uint64_t sum_offset;	/* there it lies in this layer's scratch */
};

struct onednn_product {
	struct onednn_phase phases[FC_PHASE_UPDATE];	/* forward, backward_data, backward_weights */
};

union onednn_descriptor {
	dnnl_convolution_desc_t conv;
	dnnl_inner_product_desc_t dense;
};

/* What the two kinds fill in. */
struct onednn_product_spec {
	dnnl_memory_desc_t operands[ONEDNN_OPERANDS], bias;	/* weights: in any layout */
	int64_t logical[4], physical[4], block;			/* of the weights, see struct onednn_layout */
	/* Optional: a kernel of ours for a phase, and its name, instead of an implementation that would multiply matrices. */
	bool (*replaces)(const struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase);
	const char *own;
	/* Fills the descriptor of a phase for operands, or their gradients, in these layouts. */
	dnnl_status_t (*describe)(const struct fc_layer *layer, enum fc_phase phase,
				  const dnnl_memory_desc_t operands[ONEDNN_OPERANDS], const dnnl_memory_desc_t *bias,
				  union onednn_descriptor *descriptor);
};

int onednn_product_prepare(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			   struct fc_error *err);
void onednn_product_release(struct fc_layer *layer);
/* Whether the phase is left to the kernel of ours. */
bool onednn_product_replaced(const struct fc_layer *layer, enum fc_phase phase);
int onednn_product_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err);
const char *onednn_product_kernel(const struct fc_layer *layer, enum fc_phase phase);

/* ---- leaves */

struct onednn_leaf {
	/* Whether it computes this form of its kind, inputs' layouts chosen; NULL: what fc_op_beyond() has nothing to say of. */
	bool (*suits)(const struct fc_layer *layer);
	/* Chooses layouts, sets saved_bytes, scratch_bytes and impl. */
	int (*prepare)(struct fc_device *device, struct fc_layer *layer, struct fc_error *err);
	void (*release)(struct fc_layer *layer);	/* NULL: impl, if any, is one block for free() */
	int (*run)(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err);
	const char *kernel;				/* of own kernels */
	unsigned fuses_relu;				/* phases of a ReLU behind it: 1 << phase each */
};

extern const struct onednn_leaf onednn_input, onednn_conv, onednn_dense, onednn_batch_norm, onednn_relu, onednn_sigmoid,
	onednn_dropout, onednn_max_pool, onednn_avg_pool, onednn_add, onednn_concat, onednn_function, onednn_multiply,
	onednn_channels, onednn_depth;
/* Every form of its kind, for `suits`. */
bool onednn_suits_all(const struct fc_layer *layer);
/* Everything else, on plain arrays. */
extern const struct onednn_leaf onednn_plain;
const char *onednn_plain_kernel_name(const struct fc_layer *layer);

void onednn_update(const struct fc_device *device, const struct fc_layer *layer);
/* to += from */
void onednn_accumulate(const struct fc_device *device, float *to, const float *from, size_t count);
int onednn_feed(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch, struct fc_error *err);
int onednn_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
		const struct fc_batch *batch, double weight, struct fc_loss *loss, struct fc_error *err);

#endif
