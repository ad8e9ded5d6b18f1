/*
 * The real GPU behind gpu.h: gpu_cuda.c (whether there is one, opening, closing), gpu_memory_cuda.c, gpu_launch_cuda.c (our
 * kernels), gpu_graph_cuda.c (capture, measuring), gpu_describe_cuda.c, product_cublas.c, legacy_cudnn.c, conv_cudnn.c.
 *
 * What initialises CUDA is called in gpu_cuda_open() at the earliest: a tracer must have been started before.
 */
#ifndef FLOPCLOCK_CUDA_GPU_CUDA_H
#define FLOPCLOCK_CUDA_GPU_CUDA_H

#include "gpu.h"
#include "kernels.h"
#include "libraries_cuda.h"
#include "state.h"

struct conv_tuning;

/* One of our kernels, loaded. */
struct gpu_kernel {
	cudaKernel_t kernel;   /* NULL: there is none of this type */
	uint32_t shared_bytes; /* dynamic shared memory that it may use */
};

struct gpu_cuda {
	struct gpu gpu; /* first */
	struct libraries libraries;
	struct fc_device_config config;
	struct cudaDeviceProp properties;
	cudaStream_t stream; /* all work goes into it */
	bool warm;	     /* clocks are up: times mean something */
	cudnnHandle_t cudnn; /* its stream is set */
	cublasLtHandle_t cublas;
	cudaLibrary_t *images; /* gpu_kernels_fatbin_count of them */
	struct gpu_kernel kernels[KERNEL_COUNT][GPU_TYPE_COUNT];
	struct state_source state;     /* the sampler's */
	struct state_sampler *sampler; /* NULL: why_no_state says why */
	struct fc_error why_no_state;
	struct conv_tuning *tunings; /* conv_cudnn.h; released with the gpu */
};

static inline struct gpu_cuda *gpu_cuda_of(struct gpu *gpu)
{
	return (struct gpu_cuda *)gpu;
}

/* gpu_cuda_open() behind the loading: tests bring functions of their own. The table is copied. */
int gpu_cuda_open_with(const struct libraries *libraries, const struct fc_device_config *config, struct gpu **gpu,
		       struct fc_error *err);

/* Functions of struct gpu_ops. */
uint64_t gpu_memory_available(struct gpu *gpu);
int gpu_memory_alloc(struct gpu *gpu, uint64_t bytes, void **memory, struct fc_error *err);
void gpu_memory_free(struct gpu *gpu, void *memory);
int gpu_memory_upload(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err);
int gpu_memory_download(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err);
int gpu_memory_clear(struct gpu *gpu, void *memory, uint64_t bytes, struct fc_error *err);
int gpu_sync(struct gpu *gpu, struct fc_error *err);

int gpu_launch_run(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err);
/* Finds every kernel of kernels.h in the images that the module carries. */
int gpu_launch_load(struct gpu_cuda *cuda, struct fc_error *err);
void gpu_launch_unload(struct gpu_cuda *cuda);

int gpu_graph_begin(struct gpu *gpu, struct fc_error *err);
int gpu_graph_end(struct gpu *gpu, void **graph, struct fc_error *err);
int gpu_graph_replay(struct gpu *gpu, void *graph, struct fc_error *err);
void gpu_graph_release(struct gpu *gpu, void *graph);
int gpu_graph_measure(struct gpu *gpu, int runs, int (*work)(void *data, struct fc_error *err), void *data, float *ms,
		      struct fc_error *err);

void gpu_describe(struct gpu *gpu, struct fc_json *json);

#endif
