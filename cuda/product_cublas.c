/* Planning, measuring and running of products. */
#include "product_cublas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "flopclock/arena.h"
#include "gpu_cuda.h"

#define OFFERED 32 /* at most so many are asked for */
#define TUNED	8  /* at most so many are measured */
#define RUNS	7

struct gpu_product {
	struct gpu_product_request request;
	struct product_matrices matrices;
	cublasLtMatmulAlgo_t algorithm;
	uint64_t workspace_bytes; /* with room for aligning it */
	int algorithm_id;
	uint64_t arithmetic; /* CUBLASLT_NUMERICAL_IMPL_FLAGS_... */
	char name[48], notes[64], knobs[96];
	int candidates, rank, measured;
	float times_ms[TUNED];
};

static int run_algorithm(const struct gpu_cuda *cuda, const struct gpu_product *product,
			 const cublasLtMatmulAlgo_t *algorithm, const void *a, const void *b, const void *bias,
			 void *c, void *workspace, struct fc_error *err)
{
	const struct libraries *const l = &cuda->libraries;
	const struct product_matrices *const m = &product->matrices;
	const float alpha = 1, beta = product->request.accumulate ? 1 : 0;
	const uintptr_t place = ((uintptr_t)workspace + PRODUCT_WORKSPACE_ALIGNMENT - 1) /
				PRODUCT_WORKSPACE_ALIGNMENT * PRODUCT_WORKSPACE_ALIGNMENT;
	const uint64_t bytes =
		workspace && product->workspace_bytes ? product->workspace_bytes - PRODUCT_WORKSPACE_ALIGNMENT : 0;

	if (product->request.bias && product_matrices_bias(l, m, bias, err))
		return -1;
	return cublas_check(l,
			    l->cublas.cublasLtMatmul(cuda->cublas, m->operation, &alpha, b, m->left, a, m->right,
						     &beta, c, m->result, c, m->result, algorithm,
						     bytes ? (void *)place : NULL, bytes, cuda->stream),
			    "a matrix product", err);
}

int product_cublas_run(struct gpu *gpu, struct gpu_product *product, const void *a, const void *b, const void *bias,
		       void *c, void *workspace, struct fc_error *err)
{
	return run_algorithm(gpu_cuda_of(gpu), product, &product->algorithm, a, b, bias, c, workspace, err);
}

/* -------- what is offered -------- */

static int find_algorithms(const struct gpu_cuda *cuda, const struct gpu_product *product,
			   cublasLtMatmulHeuristicResult_t *found, int *count, struct fc_error *err)
{
	const struct libraries *const l = &cuda->libraries;
	const struct product_matrices *const m = &product->matrices;
	const struct gpu_product_request *const r = &product->request;
	cublasLtMatmulPreference_t preference;
	cublasStatus_t status;

	*count = 0;
	if (product_preference(l, r, &preference, err))
		return -1;
	status = l->cublas.cublasLtMatmulAlgoGetHeuristic(cuda->cublas, m->operation, m->left, m->right, m->result,
							  m->result, preference, OFFERED, found, count);
	l->cublas.cublasLtMatmulPreferenceDestroy(preference);
	if (!status && *count)
		return 0;
	cublas_check(l, status ? status : CUBLAS_STATUS_NOT_SUPPORTED, "cuBLASLt offers nothing", err);
	if (gpu_product_batch(r) > 1)
		return fc_fail_context(
			err, "%lld products of %lld x %lld by %lld x %lld in %s with at most %llu bytes of workspace",
			(long long)r->batch, (long long)r->m, (long long)r->k, (long long)r->k, (long long)r->n,
			fc_precision_name(r->precision), (unsigned long long)r->workspace_bytes);
	return fc_fail_context(err,
			       "a product of %lld x %lld by %lld x %lld in %s with at most %llu bytes of workspace",
			       (long long)r->m, (long long)r->k, (long long)r->k, (long long)r->n,
			       fc_precision_name(r->precision), (unsigned long long)r->workspace_bytes);
}

/* -------- measuring -------- */

struct trial {
	const struct gpu_cuda *cuda;
	const struct gpu_product *product;
	const cublasLtMatmulAlgo_t *algorithm;
	void *a, *b, *bias, *c, *workspace;
};

static int run_trial(void *data, struct fc_error *err)
{
	const struct trial *const t = data;

	return run_algorithm(t->cuda, t->product, t->algorithm, t->a, t->b, t->bias, t->c, t->workspace, err);
}

static int open_trial(struct gpu *gpu, struct trial *t, struct fc_error *err)
{
	const struct gpu_product_request *const r = &t->product->request;
	const int64_t batch = gpu_product_batch(r);
	const struct {
		void **memory;
		enum gpu_type type;
		int64_t count;
	} rows[] = {
		{ &t->a, r->type, batch * r->m * r->k },
		{ &t->b, r->type, batch * r->k * r->n },
		{ &t->bias, r->type, r->n },
		{ &t->c, r->result_type, batch * r->m * r->n },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gpu->ops->alloc(gpu, (uint64_t)rows[i].count * gpu_type_bytes(rows[i].type), rows[i].memory,
				    err) ||
		    kernel_noise(gpu, rows[i].type, *rows[i].memory, rows[i].count, i, err))
			return -1;
	return gpu->ops->alloc(gpu, t->product->workspace_bytes, &t->workspace, err);
}

static void close_trial(struct gpu *gpu, struct trial *t)
{
	void *const memory[] = { t->a, t->b, t->bias, t->c, t->workspace };

	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (memory[i])
			gpu->ops->free(gpu, memory[i]);
}

/* The fastest of the first few; those that cannot be run lose. */
static int measure(struct gpu *gpu, struct gpu_product *product, const cublasLtMatmulHeuristicResult_t *found,
		   struct fc_error *err)
{
	struct trial t = { .cuda = gpu_cuda_of(gpu), .product = product };
	struct fc_error ignored = { "" };
	int rc = open_trial(gpu, &t, err);

	product->rank = -1;
	for (int i = 0; !rc && i < product->candidates && i < TUNED; i++) {
		float *const ms = &product->times_ms[i];

		t.algorithm = &found[i].algo;
		if (gpu->ops->measure(gpu, RUNS, run_trial, &t, ms, &ignored))
			*ms = NAN;
		else if (product->rank < 0 || *ms < product->times_ms[product->rank])
			product->rank = i;
		product->measured = i + 1;
	}
	close_trial(gpu, &t);
	if (!rc && product->rank < 0)
		return fc_fail(err, "none of the products that cuBLASLt offers can be run: %s", ignored.text);
	return rc;
}

/* -------- the choice -------- */

static uint32_t knob(const struct libraries *l, const cublasLtMatmulAlgo_t *algorithm,
		     cublasLtMatmulAlgoConfigAttributes_t which)
{
	uint32_t value = 0;
	size_t written;

	l->cublas.cublasLtMatmulAlgoConfigGetAttribute(algorithm, which, &value, sizeof(value), &written);
	return value;
}

static void record(const struct libraries *l, struct gpu_product *product)
{
	const cublasLtMatmulAlgo_t *const algorithm = &product->algorithm;
	const uint32_t splits = knob(l, algorithm, CUBLASLT_ALGO_CONFIG_SPLITK_NUM);
	size_t written;

	l->cublas.cublasLtMatmulAlgoCapGetAttribute(algorithm, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS,
						    &product->arithmetic, sizeof(product->arithmetic), &written);
	product->algorithm_id = (int)knob(l, algorithm, CUBLASLT_ALGO_CONFIG_ID);
	snprintf(product->name, sizeof(product->name), "cublaslt:algorithm %d", product->algorithm_id);
	snprintf(product->notes, sizeof(product->notes), "%s%s",
		 product->arithmetic & CUBLASLT_NUMERICAL_IMPL_FLAGS_TENSOR_OP_MASK ? "tensor_core" : "",
		 product->arithmetic & CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32 ? " down_convert_inputs" : "");
	snprintf(product->knobs, sizeof(product->knobs), "tile %u, stages %u, split k %u, reduction %u",
		 knob(l, algorithm, CUBLASLT_ALGO_CONFIG_TILE_ID), knob(l, algorithm, CUBLASLT_ALGO_CONFIG_STAGES_ID),
		 splits, knob(l, algorithm, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME));
}

static uint64_t with_room(uint64_t bytes)
{
	return bytes ? bytes + PRODUCT_WORKSPACE_ALIGNMENT : 0;
}

/* What is measured may differ from run to run, and with it the order of sums: deterministic means the first offer. */
static int choose(struct gpu *gpu, struct gpu_product *product, struct fc_error *err)
{
	cublasLtMatmulHeuristicResult_t found[OFFERED];
	const bool tune = product->request.autotune && !product->request.deterministic;

	if (find_algorithms(gpu_cuda_of(gpu), product, found, &product->candidates, err))
		return -1;
	for (int i = 0; tune && i < product->candidates && i < TUNED; i++)
		if (with_room(found[i].workspaceSize) > product->workspace_bytes)
			product->workspace_bytes = with_room(found[i].workspaceSize);
	if (tune && measure(gpu, product, found, err))
		return -1;
	product->algorithm = found[product->rank].algo;
	product->workspace_bytes = with_room(found[product->rank].workspaceSize);
	record(&gpu_cuda_of(gpu)->libraries, product);
	return 0;
}

int product_cublas_open(struct gpu *gpu, const struct gpu_product_request *request, struct gpu_product **opened,
			struct fc_error *err)
{
	struct gpu_product *const product = fc_calloc(1, sizeof(*product));

	product->request = *request;
	if (product_matrices_init(&gpu_cuda_of(gpu)->libraries, request, &product->matrices, err) ||
	    choose(gpu, product, err)) {
		product_cublas_close(gpu, product);
		return -1;
	}
	*opened = product;
	return 0;
}

void product_cublas_close(struct gpu *gpu, struct gpu_product *product)
{
	product_matrices_release(&gpu_cuda_of(gpu)->libraries, &product->matrices);
	free(product);
}

void product_cublas_plan(struct gpu *gpu, const struct gpu_product *product, struct gpu_plan *plan)
{
	(void)gpu;
	*plan = (struct gpu_plan){
		.name = product->name,
		.notes = product->notes,
		.knobs = product->knobs,
		.engine = product->algorithm_id,
		.tensor_cores = product->arithmetic & CUBLASLT_NUMERICAL_IMPL_FLAGS_TENSOR_OP_MASK,
		.workspace_bytes = product->workspace_bytes,
		.candidates = product->candidates,
		.rank = product->rank,
		.measured = product->measured,
		.times_ms = product->times_ms,
	};
}
