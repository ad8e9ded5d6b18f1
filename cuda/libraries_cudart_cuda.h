/* The CUDA runtime as a table of functions that is filled at run time. */
#ifndef FLOPCLOCK_CUDA_LIBRARIES_CUDART_CUDA_H
#define FLOPCLOCK_CUDA_LIBRARIES_CUDART_CUDA_H

#include <cuda_runtime_api.h>

/* clang-format off */
#define CUDART_FUNCTIONS(X)                                                                                     \
	X(cudaDriverGetVersion) X(cudaRuntimeGetVersion) X(cudaGetErrorName) X(cudaGetErrorString)              \
	X(cudaGetLastError) X(cudaGetDeviceCount) X(cudaSetDevice) X(cudaSetDeviceFlags)                        \
	X(cudaGetDeviceProperties) X(cudaDeviceGetAttribute) X(cudaDeviceGetPCIBusId)                           \
	X(cudaDeviceSynchronize) X(cudaMemGetInfo) X(cudaMalloc) X(cudaFree) X(cudaMemcpyAsync)                 \
	X(cudaMemsetAsync) X(cudaStreamCreateWithFlags) X(cudaStreamDestroy) X(cudaStreamSynchronize)           \
	X(cudaStreamBeginCapture) X(cudaStreamEndCapture) X(cudaGraphInstantiate) X(cudaGraphUpload)            \
	X(cudaGraphLaunch) X(cudaGraphDestroy) X(cudaGraphExecDestroy) X(cudaEventCreateWithFlags)              \
	X(cudaEventElapsedTime) X(cudaEventDestroy) X(cudaEventRecordWithFlags) X(cudaLibraryLoadData)          \
	X(cudaLibraryUnload) X(cudaLibraryGetKernel) X(cudaKernelSetAttributeForDevice)                         \
	X(cudaLaunchKernelExC)
/* clang-format on */

struct cudart_functions {
#define X(name) __typeof__(name) *name;
	CUDART_FUNCTIONS(X)
#undef X
};

#endif
