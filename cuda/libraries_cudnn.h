/*
 * cuDNN as a table of functions that is filled at run time: the graph interface for convolutions, and the older calls
 * for batch norms and pools.
 */
#ifndef FLOPCLOCK_CUDA_LIBRARIES_CUDNN_H
#define FLOPCLOCK_CUDA_LIBRARIES_CUDNN_H

#include <cudnn.h>

/* clang-format off */
#define CUDNN_FUNCTIONS(X)                                                                                      \
	X(cudnnGetVersion) X(cudnnGetCudartVersion) X(cudnnGetErrorString) X(cudnnGetLastErrorString)           \
	X(cudnnCreate) X(cudnnDestroy) X(cudnnSetStream) X(cudnnBackendCreateDescriptor)                        \
	X(cudnnBackendDestroyDescriptor) X(cudnnBackendFinalize) X(cudnnBackendSetAttribute)                    \
	X(cudnnBackendGetAttribute) X(cudnnBackendExecute) X(cudnnCreateTensorDescriptor)                       \
	X(cudnnSetTensor4dDescriptor) X(cudnnDestroyTensorDescriptor) X(cudnnDeriveBNTensorDescriptor)          \
	X(cudnnBatchNormalizationForwardTrainingEx)                                                             \
	X(cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize)                                             \
	X(cudnnGetBatchNormalizationTrainingExReserveSpaceSize)                                                 \
	X(cudnnGetBatchNormalizationBackwardExWorkspaceSize) X(cudnnBatchNormalizationForwardInference)         \
	X(cudnnBatchNormalizationBackwardEx) X(cudnnCreatePoolingDescriptor) X(cudnnSetPooling2dDescriptor)     \
	X(cudnnDestroyPoolingDescriptor) X(cudnnGetPooling2dForwardOutputDim) X(cudnnPoolingForward)            \
	X(cudnnPoolingBackward)
/* clang-format on */

struct cudnn_functions {
#define X(name) __typeof__(name) *name;
	CUDNN_FUNCTIONS(X)
#undef X
};

#endif
