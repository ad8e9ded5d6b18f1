/* cuBLASLt as a table of functions that is filled at run time. */
#ifndef FLOPCLOCK_CUDA_LIBRARIES_CUBLAS_H
#define FLOPCLOCK_CUDA_LIBRARIES_CUBLAS_H

#include <cublasLt.h>

/* clang-format off */
#define CUBLAS_FUNCTIONS(X)                                                                                     \
	X(cublasLtGetVersion) X(cublasLtGetStatusName) X(cublasLtGetStatusString) X(cublasLtCreate)             \
	X(cublasLtDestroy) X(cublasLtMatmulDescCreate) X(cublasLtMatmulDescDestroy)                             \
	X(cublasLtMatmulDescSetAttribute) X(cublasLtMatmulDescGetAttribute) X(cublasLtMatrixLayoutCreate)       \
	X(cublasLtMatrixLayoutDestroy) X(cublasLtMatrixLayoutGetAttribute) X(cublasLtMatrixLayoutSetAttribute)  \
	X(cublasLtMatmulPreferenceCreate) X(cublasLtMatmulPreferenceDestroy)                                    \
	X(cublasLtMatmulPreferenceSetAttribute)                                                                 \
	X(cublasLtMatmulAlgoGetHeuristic) X(cublasLtMatmulAlgoConfigGetAttribute)                               \
	X(cublasLtMatmulAlgoCapGetAttribute) X(cublasLtMatmul)
/* clang-format on */

struct cublas_functions {
#define X(name) __typeof__(name) *name;
	CUBLAS_FUNCTIONS(X)
#undef X
};

#endif
