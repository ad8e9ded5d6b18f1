/* The bodies of our kernels, compiled for the host, and the table of them. */
#include "kernel_add.cu"
#include "kernel_broadcast.cu"
#include "kernel_column.cu"
#include "kernel_convert.cu"
#include "kernel_depth.cu"
#include "kernel_dropout.cu"
#include "kernel_elementwise.cu"
#include "kernel_feed.cu"
#include "kernel_flat.cu"
#include "kernel_layer_norm.cu"
#include "kernel_loss.cu"
#include "kernel_move.cu"
#include "kernel_noise.cu"
#include "kernel_norm.cu"
#include "kernel_norm_apply.cu"
#include "kernel_norm_backward.cu"
#include "kernel_pool_avg.cu"
#include "kernel_pool_max.cu"
#include "kernel_sgd.cu"
#include "kernel_slice.cu"
#include "kernel_softmax.cu"

#include "host_block.h"

#define ROW(name)                                                                                                    \
	{                                                                                                            \
#name, name, name##_threads, name##_args_bytes                                                       \
	}
#define ROWS_true(lower)  { ROW(lower##_f32), ROW(lower##_bf16) },
#define ROWS_false(lower) { ROW(lower), ROW(lower) },

static const struct host_kernel kernels[KERNEL_COUNT][GPU_TYPE_COUNT] = {
#define X(upper, lower, typed) ROWS_##typed(lower)
	KERNELS(X)
#undef X
};

const struct host_kernel *host_kernel(int kernel, enum gpu_type type)
{
	return kernel >= 0 && kernel < KERNEL_COUNT ? &kernels[kernel][type] : NULL;
}
