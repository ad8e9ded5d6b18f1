/* Matrix products as loops over rows; the innermost runs along a row of the result. */
#include <stdlib.h>
#include <string.h>

#include "host_call.h"
#include "host_number.h"

struct gpu_product {
	struct gpu_product_request r;
	uint64_t workspace_bytes;
};

/* rows * columns in this order, from an array that has it so or transposed. */
static float *matrix(const void *data, int64_t rows, int64_t columns, bool transposed,
		     const struct gpu_product_request *r)
{
	float *plain = host_floats(data, rows * columns, r->type, r->precision);
	float *turned;

	if (!transposed)
		return plain;
	turned = fc_calloc((size_t)(rows * columns) + 1, sizeof(*turned));
	for (int64_t i = 0; i < rows; i++)
		for (int64_t j = 0; j < columns; j++)
			turned[i * columns + j] = plain[j * rows + i];
	free(plain);
	return turned;
}

/* Row i of all products' rows. */
static void end_row(const struct host_call *call, int64_t i, const float *sum, const struct gpu_product_request *r)
{
	for (int64_t j = 0; j < r->n; j++) {
		const int64_t at = i * r->n + j;
		float value = sum[j] + (r->bias ? value_load(call->bias, j, r->type) : 0);

		value = r->relu && value < 0 ? 0 : value;
		value_store(
			call->out, at, r->result_type,
			given(r->accumulate, r->accumulate ? value_load(call->out, at, r->result_type) : 0, value));
	}
}

static const void *behind(const void *data, int64_t values, enum gpu_type type)
{
	return (const char *)data + values * (int64_t)gpu_type_bytes(type);
}

/* One product of the batch. */
static void run_one(const struct host_call *call, int64_t at, const struct gpu_product_request *r)
{
	float *a = matrix(behind(call->a, at * r->m * r->k, r->type), r->m, r->k, r->transpose_a, r),
	      *b = matrix(behind(call->b, at * r->k * r->n, r->type), r->k, r->n, r->transpose_b, r);
	float *sum = fc_calloc((size_t)r->n, sizeof(*sum));

	for (int64_t i = 0; i < r->m; i++) {
		memset(sum, 0, (size_t)r->n * sizeof(*sum));
		for (int64_t k = 0; k < r->k; k++)
			host_add_row(sum, b + k * r->n, a[i * r->k + k], r->n);
		end_row(call, at * r->m + i, sum, r);
	}
	free(a);
	free(b);
	free(sum);
}

static int run(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const struct gpu_product *product = call->plan;

	(void)gpu;
	(void)err;
	if (product->workspace_bytes)
		memset(call->workspace, 0xff, product->workspace_bytes);
	for (int64_t at = 0; at < gpu_product_batch(&product->r); at++)
		run_one(call, at, &product->r);
	return 0;
}

int host_product_open(struct gpu *gpu, const struct gpu_product_request *request, struct gpu_product **product,
		      struct fc_error *err)
{
	struct host_gpu *host = (struct host_gpu *)gpu;

	*product = NULL;
	if (host_may(host, err, "planning"))
		return -1;
	*product = fc_calloc(1, sizeof(**product));
	(*product)->r = *request;
	(*product)->workspace_bytes =
		request->workspace_bytes < HOST_WORKSPACE ? request->workspace_bytes : HOST_WORKSPACE;
	host->plans++;
	return 0;
}

void host_product_close(struct gpu *gpu, struct gpu_product *product)
{
	((struct host_gpu *)gpu)->plans--;
	free(product);
}

void host_product_plan(struct gpu *gpu, const struct gpu_product *product, struct gpu_plan *plan)
{
	(void)gpu;
	*plan = host_plan("host:product", product->workspace_bytes);
}

int host_product_run(struct gpu *gpu, struct gpu_product *product, const void *a, const void *b, const void *bias,
		     void *c, void *workspace, struct fc_error *err)
{
	const struct gpu_product_request *r = &product->r;
	const uint64_t size = gpu_type_bytes(r->type), batch = (uint64_t)gpu_product_batch(r),
		       result = batch * (uint64_t)(r->m * r->n) * gpu_type_bytes(r->result_type);
	struct host_call call = { .name = "a product",
				  .run = run,
				  .plan = product,
				  .a = a,
				  .b = b,
				  .bias = bias,
				  .out = c,
				  .workspace = workspace };

	if (!a || !b || !c || r->bias != (bias != NULL) || (r->bias && batch > 1) ||
	    (product->workspace_bytes && !workspace))
		return host_forbid((struct host_gpu *)gpu, err, "a product",
				   "without one of its operands, or with one too many");
	host_call_access(&call, a, batch * (uint64_t)(r->m * r->k) * size, false);
	host_call_access(&call, b, batch * (uint64_t)(r->k * r->n) * size, false);
	host_call_access(&call, bias, (uint64_t)r->n * size, false);
	host_call_access(&call, r->accumulate ? c : NULL, result, false);
	host_call_access(&call, c, result, true);
	host_call_access(&call, workspace, product->workspace_bytes, true);
	return host_submit((struct host_gpu *)gpu, &call, err);
}
