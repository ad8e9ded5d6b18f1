/* The part of the stand-in for CUDA that is cuBLASLt. */
#ifdef HAVE_CUDA

#include <stdint.h>
#include <string.h>

#include "fake_cuda_inner.h"

static const char *cublas_text(cublasStatus_t status)
{
	return status == CUBLAS_STATUS_NOT_SUPPORTED ? "NOT_SUPPORTED" : "FAILED";
}

static cublasStatus_t make_cublas(cublasLtHandle_t *handle)
{
	MAY_FAIL(CUBLAS_STATUS_NOT_INITIALIZED);
	*handle = fake_make(1);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t destroy_cublas(cublasLtHandle_t handle)
{
	fake_discard(handle);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t make_operation(cublasLtMatmulDesc_t *operation, cublasComputeType_t compute,
				     cudaDataType_t scale)
{
	(void)compute;
	MAY_FAIL(CUBLAS_STATUS_ALLOC_FAILED);
	if (scale != CUDA_R_32F)
		return CUBLAS_STATUS_INVALID_VALUE;
	*operation = fake_make(sizeof(**operation));
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t destroy_operation(cublasLtMatmulDesc_t operation)
{
	fake_discard(operation);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t set_operation(cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t attribute,
				    const void *value, size_t bytes)
{
	(void)operation;
	MAY_FAIL(CUBLAS_STATUS_INVALID_VALUE);
	if (attribute == CUBLASLT_MATMUL_DESC_BIAS_POINTER)
		memcpy(&fake->bias, value, bytes);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t make_layout(cublasLtMatrixLayout_t *layout, cudaDataType type, uint64_t rows, uint64_t columns,
				  int64_t leading)
{
	(void)type;
	(void)columns;
	MAY_FAIL(CUBLAS_STATUS_ALLOC_FAILED);
	if (leading != (int64_t)rows)
		return CUBLAS_STATUS_INVALID_VALUE;
	*layout = fake_make(sizeof(**layout));
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t set_layout(cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t attribute,
				 const void *value, size_t bytes)
{
	(void)layout;
	MAY_FAIL(CUBLAS_STATUS_INVALID_VALUE);
	if (attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT && bytes == sizeof(fake->batch))
		memcpy(&fake->batch, value, bytes);
	else if (attribute == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET && bytes == sizeof(fake->batch_distance))
		memcpy(&fake->batch_distance, value, bytes);
	else
		return CUBLAS_STATUS_INVALID_VALUE;
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t destroy_layout(cublasLtMatrixLayout_t layout)
{
	fake_discard(layout);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t make_preference(cublasLtMatmulPreference_t *preference)
{
	MAY_FAIL(CUBLAS_STATUS_ALLOC_FAILED);
	*preference = fake_make(sizeof(**preference));
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t destroy_preference(cublasLtMatmulPreference_t preference)
{
	fake_discard(preference);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t set_preference(cublasLtMatmulPreference_t preference,
				     cublasLtMatmulPreferenceAttributes_t attribute, const void *value, size_t bytes)
{
	(void)preference;
	(void)attribute;
	(void)value;
	(void)bytes;
	MAY_FAIL(CUBLAS_STATUS_INVALID_VALUE);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t find_algorithms(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation,
				      cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c,
				      cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference, int wanted,
				      cublasLtMatmulHeuristicResult_t *found, int *count)
{
	MAY_FAIL(CUBLAS_STATUS_INVALID_VALUE);
	if (!handle || !operation || !a || !b || !c || c != d || !preference)
		return CUBLAS_STATUS_INVALID_VALUE;
	for (*count = 0; *count < fake->algorithms && *count < wanted; (*count)++) {
		found[*count] =
			(cublasLtMatmulHeuristicResult_t){ .workspaceSize = fake->algorithm_workspace[*count] };
		found[*count].algo.data[0] = (uint64_t)*count;
	}
	return fake->algorithms ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

static cublasStatus_t algorithm_knob(const cublasLtMatmulAlgo_t *algorithm,
				     cublasLtMatmulAlgoConfigAttributes_t attribute, void *value, size_t bytes,
				     size_t *written)
{
	const uint32_t knob =
		attribute == CUBLASLT_ALGO_CONFIG_ID ? (uint32_t)algorithm->data[0] + 60 : (uint32_t)attribute;

	*written = sizeof(knob);
	memcpy(value, &knob, bytes);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t algorithm_arithmetic(const cublasLtMatmulAlgo_t *algorithm,
					   cublasLtMatmulAlgoCapAttributes_t attribute, void *value, size_t bytes,
					   size_t *written)
{
	(void)algorithm;
	(void)attribute;
	*written = bytes;
	memcpy(value, &fake->algorithm_arithmetic, bytes);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t multiply(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation, const void *alpha,
			       const void *a, cublasLtMatrixLayout_t a_layout, const void *b,
			       cublasLtMatrixLayout_t b_layout, const void *beta, const void *c,
			       cublasLtMatrixLayout_t c_layout, void *d, cublasLtMatrixLayout_t d_layout,
			       const cublasLtMatmulAlgo_t *algorithm, void *workspace, size_t workspace_bytes,
			       cudaStream_t stream)
{
	const int id = (int)algorithm->data[0];

	MAY_FAIL(CUBLAS_STATUS_EXECUTION_FAILED);
	if (!handle || !operation || !stream || !a || !b || !c || c != d || !a_layout || !b_layout || !c_layout ||
	    c_layout != d_layout || *(const float *)alpha != 1 || workspace_bytes < fake->algorithm_workspace[id] ||
	    (uintptr_t)workspace % 256)
		return CUBLAS_STATUS_INVALID_VALUE;
	if (fake->algorithm_ms[id] < 0 || (fake->refuses_capture && fake->capturing))
		return CUBLAS_STATUS_NOT_SUPPORTED;
	/* All of it may be written. */
	if (workspace)
		memset(workspace, 1, workspace_bytes);
	fake->products++;
	fake->clock_ms += fake->algorithm_ms[id];
	fake->algorithm = id;
	fake->beta = *(const float *)beta;
	fake->workspace = workspace;
	fake->workspace_bytes = workspace_bytes;
	return CUBLAS_STATUS_SUCCESS;
}

const struct cublas_functions fake_cublas = {
	.cublasLtGetStatusName = cublas_text,
	.cublasLtGetStatusString = cublas_text,
	.cublasLtCreate = make_cublas,
	.cublasLtDestroy = destroy_cublas,
	.cublasLtMatmulDescCreate = make_operation,
	.cublasLtMatmulDescDestroy = destroy_operation,
	.cublasLtMatmulDescSetAttribute = set_operation,
	.cublasLtMatrixLayoutCreate = make_layout,
	.cublasLtMatrixLayoutDestroy = destroy_layout,
	.cublasLtMatrixLayoutSetAttribute = set_layout,
	.cublasLtMatmulPreferenceCreate = make_preference,
	.cublasLtMatmulPreferenceDestroy = destroy_preference,
	.cublasLtMatmulPreferenceSetAttribute = set_preference,
	.cublasLtMatmulAlgoGetHeuristic = find_algorithms,
	.cublasLtMatmulAlgoConfigGetAttribute = algorithm_knob,
	.cublasLtMatmulAlgoCapGetAttribute = algorithm_arithmetic,
	.cublasLtMatmul = multiply,
};

#endif
