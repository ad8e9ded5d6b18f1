/*
 * The real GPU behind gpu.h. gpu_cuda.c opens and closes it; each group of its functions stands in a file of its own, as
 * functions with the signatures of struct gpu_ops.
 */
#ifndef FLOPCLOCK_CUDA_GPU_CUDA_H
#define FLOPCLOCK_CUDA_GPU_CUDA_H

#include "gpu.h"
#include "kernels.h"
#include "libraries_cuda.h"

struct state_sampler;

struct gpu_cuda {
	struct gpu gpu; /* first */
	struct libraries libraries;
	struct fc_device_config config;
	cudaStream_t stream; /* all work goes into it */
	cudnnHandle_t cudnn; /* its stream is set */
	cublasLtHandle_t cublas;
	cudaLibrary_t kernel_library;
	cudaKernel_t kernels[KERNEL_COUNT][GPU_TYPE_COUNT];
	struct cudaDeviceProp properties;
	struct state_sampler *sampler; /* NULL: no NVML */
	cudaEvent_t begin, end;	       /* of measure() */
};

static inline struct gpu_cuda *gpu_cuda_of(struct gpu *gpu)
{
	return (struct gpu_cuda *)gpu;
}

#endif
