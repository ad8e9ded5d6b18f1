/* A request for a product in cuBLASLt's words. */
#include "product_cublas.h"

/* Without a bound of the request's; as much as NVIDIA advises for Hopper (cuBLAS documentation, cublasSetWorkspace). */
#define DEFAULT_WORKSPACE (32ull << 20)

static cudaDataType_t data_type(enum gpu_type type)
{
	return type == GPU_BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

static cublasLtEpilogue_t epilogue(const struct gpu_product_request *request)
{
	if (!request->bias)
		return request->relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
	return request->relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
}

static int set(const struct libraries *l, cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t attribute,
	       const void *value, size_t bytes, const char *what, struct fc_error *err)
{
	return cublas_check(l, l->cublas.cublasLtMatmulDescSetAttribute(operation, attribute, value, bytes), what,
			    err);
}

/* fp32 sums always. Products of fp32 numbers are exact to fp32, or rounded to TF32 before, where that is asked for. */
static int make_operation(const struct libraries *l, const struct gpu_product_request *request,
			  cublasLtMatmulDesc_t *operation, struct fc_error *err)
{
	const cublasComputeType_t compute = request->precision == FC_PRECISION_TF32 && request->type == GPU_F32
						    ? CUBLAS_COMPUTE_32F_FAST_TF32
						    : CUBLAS_COMPUTE_32F;
	const cublasOperation_t left = request->transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
	const cublasOperation_t right = request->transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
	const cublasLtEpilogue_t behind = epilogue(request);

	if (cublas_check(l, l->cublas.cublasLtMatmulDescCreate(operation, compute, CUDA_R_32F),
			 "describing a product", err))
		return -1;
	if (set(l, *operation, CUBLASLT_MATMUL_DESC_TRANSA, &left, sizeof(left), "its left operand", err) ||
	    set(l, *operation, CUBLASLT_MATMUL_DESC_TRANSB, &right, sizeof(right), "its right operand", err))
		return -1;
	return set(l, *operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &behind, sizeof(behind), "what follows it", err);
}

/* Row-major (rows, columns) as it is stored, so many behind each other. */
static int make_layout(const struct libraries *l, enum gpu_type type, int64_t rows, int64_t columns, int64_t batch,
		       cublasLtMatrixLayout_t *layout, struct fc_error *err)
{
	const int32_t count = (int32_t)batch;
	const int64_t distance = rows * columns;

	if (cublas_check(l,
			 l->cublas.cublasLtMatrixLayoutCreate(layout, data_type(type), (uint64_t)columns,
							      (uint64_t)rows, columns),
			 "describing a matrix", err))
		return -1;
	if (batch == 1)
		return 0;
	if (cublas_check(l,
			 l->cublas.cublasLtMatrixLayoutSetAttribute(*layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT,
								    &count, sizeof(count)),
			 "describing a batch of matrices", err))
		return -1;
	return cublas_check(l,
			    l->cublas.cublasLtMatrixLayoutSetAttribute(*layout,
								       CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
								       &distance, sizeof(distance)),
			    "describing a batch of matrices", err);
}

void product_matrices_release(const struct libraries *l, struct product_matrices *m)
{
	if (m->operation)
		l->cublas.cublasLtMatmulDescDestroy(m->operation);
	if (m->left)
		l->cublas.cublasLtMatrixLayoutDestroy(m->left);
	if (m->right)
		l->cublas.cublasLtMatrixLayoutDestroy(m->right);
	if (m->result)
		l->cublas.cublasLtMatrixLayoutDestroy(m->result);
	*m = (struct product_matrices){ .operation = NULL };
}

int product_matrices_init(const struct libraries *l, const struct gpu_product_request *r, struct product_matrices *m,
			  struct fc_error *err)
{
	const int64_t a_rows = r->transpose_a ? r->k : r->m, a_columns = r->transpose_a ? r->m : r->k;
	const int64_t b_rows = r->transpose_b ? r->n : r->k, b_columns = r->transpose_b ? r->k : r->n;
	const int64_t batch = gpu_product_batch(r);

	*m = (struct product_matrices){ .operation = NULL };
	if (r->bias && r->result_type != r->type)
		return fc_fail(err, "cuBLASLt adds no bias of another type than the result's");
	if (batch > INT32_MAX)
		return fc_fail(err, "cuBLASLt knows batches of at most %d products, found %lld", INT32_MAX,
			       (long long)batch);
	if (make_operation(l, r, &m->operation, err) ||
	    make_layout(l, r->type, b_rows, b_columns, batch, &m->left, err) ||
	    make_layout(l, r->type, a_rows, a_columns, batch, &m->right, err) ||
	    make_layout(l, r->result_type, r->m, r->n, batch, &m->result, err) ||
	    /* What is offered depends on how the address of the bias is aligned; it is not read. */
	    (r->bias && product_matrices_bias(l, m, (const void *)(uintptr_t)PRODUCT_ALIGNMENT, err))) {
		product_matrices_release(l, m);
		return -1;
	}
	return 0;
}

int product_matrices_bias(const struct libraries *l, const struct product_matrices *m, const void *bias,
			  struct fc_error *err)
{
	return set(l, m->operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof(bias), "the bias of a product",
		   err);
}

/*
 * How partial sums may be put together. In fp32 only, so not in the result's memory where that is bf16; and in memory of
 * the result the order of the sums is that in which they are finished.
 */
static uint32_t reductions(const struct gpu_product_request *request)
{
	uint32_t mask = CUBLASLT_REDUCTION_SCHEME_NONE | CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;

	if (request->result_type == GPU_F32)
		mask |= CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;
	if (request->result_type == GPU_F32 && !request->deterministic)
		mask |= CUBLASLT_REDUCTION_SCHEME_INPLACE;
	return mask;
}

/* Of the addresses of all matrices of a batch that begins on a border. */
static uint32_t alignment_of(const struct gpu_product_request *request, int64_t values, enum gpu_type type)
{
	const uint64_t distance = (uint64_t)values * gpu_type_bytes(type);
	uint32_t alignment = PRODUCT_ALIGNMENT;

	while (gpu_product_batch(request) > 1 && distance % alignment)
		alignment /= 2;
	return alignment;
}

int product_preference(const struct libraries *l, const struct gpu_product_request *request,
		       cublasLtMatmulPreference_t *preference, struct fc_error *err)
{
	const uint64_t bound = request->workspace_bytes ? request->workspace_bytes : DEFAULT_WORKSPACE;
	const uint64_t workspace = bound > PRODUCT_WORKSPACE_ALIGNMENT ? bound - PRODUCT_WORKSPACE_ALIGNMENT : 0;
	const uint32_t reduction = reductions(request);
	const uint32_t left = alignment_of(request, request->k * request->n, request->type),
		       right = alignment_of(request, request->m * request->k, request->type),
		       result = alignment_of(request, request->m * request->n, request->result_type);
	const uint64_t arithmetic =
		request->precision == FC_PRECISION_FP32 ? ~CUBLASLT_NUMERICAL_IMPL_FLAGS_TENSOR_OP_MASK : ~0ull;
	const struct {
		cublasLtMatmulPreferenceAttributes_t attribute;
		const void *value;
		size_t bytes;
	} rows[] = {
		{ CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof(workspace) },
		{ CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &reduction, sizeof(reduction) },
		{ CUBLASLT_MATMUL_PREF_IMPL_MASK, &arithmetic, sizeof(arithmetic) },
		{ CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, &left, sizeof(left) },
		{ CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, &right, sizeof(right) },
		{ CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, &result, sizeof(result) },
		{ CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, &result, sizeof(result) },
	};

	if (cublas_check(l, l->cublas.cublasLtMatmulPreferenceCreate(preference), "describing what a product may use",
			 err))
		return -1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (cublas_check(l,
				 l->cublas.cublasLtMatmulPreferenceSetAttribute(*preference, rows[i].attribute,
										rows[i].value, rows[i].bytes),
				 "describing what a product may use", err)) {
			l->cublas.cublasLtMatmulPreferenceDestroy(*preference);
			return -1;
		}
	return 0;
}
