/*
 * Matrix products by cuBLASLt. It thinks in columns: a row-major matrix is a column-major one transposed, and
 * c = a b is c^T = b^T a^T, so that its left operand is our right one and nothing needs to be transposed in memory.
 */
#ifndef FLOPCLOCK_CUDA_PRODUCT_CUBLAS_H
#define FLOPCLOCK_CUDA_PRODUCT_CUBLAS_H

#include "gpu.h"
#include "libraries_cuda.h"

/* What the operands' addresses are multiples of, at least. */
#define PRODUCT_ALIGNMENT 16
/* What the library wants of a workspace's address. The executor does not promise it, so there is room for aligning it. */
#define PRODUCT_WORKSPACE_ALIGNMENT 256u

/* A request in the library's descriptors; needs no device. */
struct product_matrices {
	cublasLtMatmulDesc_t operation;
	cublasLtMatrixLayout_t left, right, result; /* our b, our a, our c */
};

/* On failure everything is released. */
int product_matrices_init(const struct libraries *libraries, const struct gpu_product_request *request,
			  struct product_matrices *matrices, struct fc_error *err);
void product_matrices_release(const struct libraries *libraries, struct product_matrices *matrices);
int product_matrices_bias(const struct libraries *libraries, const struct product_matrices *matrices,
			  const void *bias, struct fc_error *err);

/* What may be offered for a request: workspace, reductions, arithmetic. The caller destroys it. */
int product_preference(const struct libraries *libraries, const struct gpu_product_request *request,
		       cublasLtMatmulPreference_t *preference, struct fc_error *err);

/* Functions of struct gpu_ops. */
int product_cublas_open(struct gpu *gpu, const struct gpu_product_request *request, struct gpu_product **product,
			struct fc_error *err);
void product_cublas_close(struct gpu *gpu, struct gpu_product *product);
void product_cublas_plan(struct gpu *gpu, const struct gpu_product *product, struct gpu_plan *plan);
int product_cublas_run(struct gpu *gpu, struct gpu_product *product, const void *a, const void *b, const void *bias,
		       void *c, void *workspace, struct fc_error *err);

#endif
