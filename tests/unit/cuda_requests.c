/*
 * What the networks ask of cuBLASLt and of cuDNN's older calls: every product, batch norm and pool of every shipped model, in
 * every precision, made into the real libraries' descriptors, which need no device; and what those descriptors then say.
 */
#ifdef HAVE_CUDA

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/file.h"
#include "flopclock/model.h"
#include "legacy_cudnn.h"
#include "product_cublas.h"

#define BATCH 64

/* Of the running test. */
static _Thread_local struct {
	struct libraries libraries;
	const char *model;
	int products, norms, pools, refused;
} test;

static int open_libraries(void)
{
	struct fc_error err;

	memset(&test, 0, sizeof(test));
	if (!libraries_open(&test.libraries, 1u << LIBRARY_CUBLAS | 1u << LIBRARY_CUDNN, 0, &err))
		return 0;
	print_message("skipped: %s\n", err.text);
	return -1;
}

static void must(int rc, const struct fc_error *err)
{
	if (rc)
		fail_msg("%s: %s", test.model ? test.model : "", err->text);
}

/* -------- products -------- */

static uint64_t layout_number(cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t attribute)
{
	uint64_t value = 0;
	size_t written;

	assert_int_equal(test.libraries.cublas.cublasLtMatrixLayoutGetAttribute(layout, attribute, &value, sizeof(value),
										&written),
			 CUBLAS_STATUS_SUCCESS);
	return value;
}

static int32_t operation_number(cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t attribute)
{
	int32_t value = -1;
	size_t written;

	assert_int_equal(test.libraries.cublas.cublasLtMatmulDescGetAttribute(operation, attribute, &value, sizeof(value),
									      &written),
			 CUBLAS_STATUS_SUCCESS);
	return value;
}

/* Rows and columns of an operand as the product sees it. */
static void shape_of(cublasLtMatrixLayout_t layout, int32_t transposed, uint64_t *rows, uint64_t *columns)
{
	*rows = layout_number(layout, transposed ? CUBLASLT_MATRIX_LAYOUT_COLS : CUBLASLT_MATRIX_LAYOUT_ROWS);
	*columns = layout_number(layout, transposed ? CUBLASLT_MATRIX_LAYOUT_ROWS : CUBLASLT_MATRIX_LAYOUT_COLS);
	/* Without gaps. */
	assert_int_equal(layout_number(layout, CUBLASLT_MATRIX_LAYOUT_LD), layout_number(layout, CUBLASLT_MATRIX_LAYOUT_ROWS));
}

/* So many matrices behind each other. */
static void check_batch(cublasLtMatrixLayout_t layout, const struct gpu_product_request *q)
{
	int32_t batch = 0;
	size_t written;

	assert_int_equal(test.libraries.cublas.cublasLtMatrixLayoutGetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT,
										&batch, sizeof(batch), &written),
			 CUBLAS_STATUS_SUCCESS);
	assert_int_equal(batch, gpu_product_batch(q));
	if (batch > 1)
		assert_int_equal(layout_number(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET),
				 layout_number(layout, CUBLASLT_MATRIX_LAYOUT_ROWS) *
					 layout_number(layout, CUBLASLT_MATRIX_LAYOUT_COLS));
}

/* In columns the product is c^T (n, m) = b^T (n, k) a^T (k, m). */
static void check_product(const struct gpu_product_request *q)
{
	const struct libraries *const l = &test.libraries;
	struct product_matrices m;
	cublasLtMatmulPreference_t preference;
	struct fc_error err;
	uint64_t rows, columns;

	must(product_matrices_init(l, q, &m, &err), &err);
	shape_of(m.left, operation_number(m.operation, CUBLASLT_MATMUL_DESC_TRANSA), &rows, &columns);
	assert_true(rows == (uint64_t)q->n && columns == (uint64_t)q->k);
	shape_of(m.right, operation_number(m.operation, CUBLASLT_MATMUL_DESC_TRANSB), &rows, &columns);
	assert_true(rows == (uint64_t)q->k && columns == (uint64_t)q->m);
	shape_of(m.result, 0, &rows, &columns);
	assert_true(rows == (uint64_t)q->n && columns == (uint64_t)q->m);
	check_batch(m.left, q);
	check_batch(m.right, q);
	check_batch(m.result, q);
	assert_int_equal(operation_number(m.operation, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE),
			 q->precision == FC_PRECISION_TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F);
	assert_int_equal(operation_number(m.operation, CUBLASLT_MATMUL_DESC_EPILOGUE),
			 q->bias && q->relu ? CUBLASLT_EPILOGUE_RELU_BIAS :
			 q->bias	    ? CUBLASLT_EPILOGUE_BIAS :
					      CUBLASLT_EPILOGUE_DEFAULT);
	must(product_preference(l, q, &preference, &err), &err);
	l->cublas.cublasLtMatmulPreferenceDestroy(preference);
	product_matrices_release(l, &m);
	test.products++;
}

/* y = x w^T + bias, dx = dy w, dw = dy^T x with x (rows, in), w (out, in), y (rows, out). */
static void check_dense(const struct fc_graph *graph, const struct fc_node *node, enum fc_precision precision)
{
	const struct fc_shape x = fc_graph_input_shape(graph, node, 0);
	const bool linear = node->op == FC_OP_LINEAR;
	const int64_t rows = linear ? x.n * x.c * x.h : x.n, in = x.n * x.c * x.h * x.w / rows,
		      out = linear ? node->shape.w : node->shape.c;
	const enum gpu_type type = precision == FC_PRECISION_BF16 ? GPU_BF16 : GPU_F32;
	struct gpu_product_request forward = {
		.m = rows, .n = out, .k = in, .transpose_b = true, .type = type, .result_type = type, .precision = precision,
		.bias = node->attributes.bias, .relu = node->attributes.bias,
	};
	const struct gpu_product_request data = {
		.m = rows, .n = in, .k = out, .type = type, .result_type = type, .precision = precision, .accumulate = true,
	};
	const struct gpu_product_request weights = {
		.m = out, .n = in, .k = rows, .transpose_a = true, .type = type, .precision = precision, .deterministic = true,
	};

	check_product(&forward);
	forward.relu = false;
	check_product(&forward);
	check_product(&data);
	check_product(&weights);
}

/* y = a b of every image and channel. */
static void check_matmul(const struct fc_graph *graph, const struct fc_node *node, enum fc_precision precision)
{
	const struct fc_shape a = fc_graph_input_shape(graph, node, 0), y = node->shape;
	const enum gpu_type type = precision == FC_PRECISION_BF16 ? GPU_BF16 : GPU_F32;

	check_product(&(struct gpu_product_request){
		.batch = y.n * y.c, .m = y.h, .n = y.w, .k = node->attributes.transpose_a ? a.h : a.w,
		.transpose_a = node->attributes.transpose_a, .transpose_b = node->attributes.transpose_b,
		.type = type, .result_type = type, .precision = precision,
	});
}

/* -------- older calls -------- */

/* Whether all descriptors could be made; what came of it is released. */
static bool is_supported(const struct gpu_legacy_request *request)
{
	struct legacy_descriptors descriptors;
	struct fc_error err;
	bool supported = false;

	must(legacy_descriptors_init(&test.libraries, request, &descriptors, &supported, &err), &err);
	if (supported)
		legacy_descriptors_release(&test.libraries, &descriptors);
	return supported;
}

static void check_norm(const struct fc_graph *graph, const struct fc_node *node, enum gpu_type type)
{
	static const enum gpu_legacy_kind kinds[] = { GPU_LEGACY_NORM_TRAIN, GPU_LEGACY_NORM_BACKWARD, GPU_LEGACY_NORM_VALIDATE };
	const struct fc_shape x = fc_graph_input_shape(graph, node, 0);

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		const struct gpu_legacy_request request = {
			.kind = kinds[k], .type = type, .n = x.n, .c = x.c, .h = x.h, .w = x.w, .p = x.h, .q = x.w,
			.epsilon = node->attributes.epsilon, .momentum = node->attributes.momentum,
		};

		if (!is_supported(&request))
			fail_msg("%s: %s has no descriptors", test.model, node->name);
		test.norms++;
	}
}

/* The library and we derive the output of a pool apart; they agree where all windows are whole. */
static void check_pool(const struct fc_graph *graph, const struct fc_node *node, enum gpu_type type)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape x = fc_graph_input_shape(graph, node, 0), y = node->shape;
	const bool whole = (y.h - 1) * a->stride_h + a->kernel_h <= x.h + 2 * a->pad_h &&
			   (y.w - 1) * a->stride_w + a->kernel_w <= x.w + 2 * a->pad_w;
	const struct gpu_legacy_request request = {
		.kind = node->op == FC_OP_MAX_POOL ? GPU_LEGACY_MAX_POOL : GPU_LEGACY_AVG_POOL, .type = type,
		.n = x.n, .c = x.c, .h = x.h, .w = x.w, .p = y.h, .q = y.w, .r = a->kernel_h, .s = a->kernel_w,
		.stride_h = a->stride_h, .stride_w = a->stride_w, .pad_h = a->pad_h, .pad_w = a->pad_w,
	};

	if (is_supported(&request) != whole)
		fail_msg("%s: cuDNN and we do not agree about %s", test.model, node->name);
	test.pools++;
	test.refused += !whole;
}

/* -------- every model -------- */

static void check_graph(const struct fc_graph *graph)
{
	for (int n = 0; n < graph->node_count; n++) {
		const struct fc_node *const node = &graph->nodes[n];

		for (enum fc_precision p = 0; p < FC_PRECISION_COUNT; p++) {
			if (node->op == FC_OP_DENSE || node->op == FC_OP_LINEAR)
				check_dense(graph, node, p);
			else if (node->op == FC_OP_MATMUL)
				check_matmul(graph, node, p);
		}
		for (enum gpu_type type = 0; type < GPU_TYPE_COUNT; type++) {
			if (node->op == FC_OP_BATCH_NORM)
				check_norm(graph, node, type);
			else if (node->op == FC_OP_MAX_POOL || node->op == FC_OP_AVG_POOL)
				check_pool(graph, node, type);
		}
	}
}

static void visit_model(const char *name)
{
	const struct fc_model_request request = { .model = name, .batch = BATCH, .classes = 10 };
	struct fc_graph graph;
	struct fc_error err;

	test.model = name;
	must(fc_model_load(&request, &graph, &err), &err);
	check_graph(&graph);
	fc_graph_release(&graph);
}

/* A file is one model, or as many as it declares variants. */
static int visit_file(const char *folder, const char *file)
{
	struct fc_str path = { 0 };
	struct fc_error err;
	char *text, *line, *rest, name[128];
	int variants = 0;
	size_t size;

	fc_str_addf(&path, "%s/%s", folder, file);
	must(fc_file_read(path.text, 1 << 20, &text, &size, &err), &err);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (sscanf(line, "variant %127s", name) == 1) {
			variants++;
			visit_model(name);
		}
	if (!variants)
		visit_model(path.text);
	free(text);
	fc_str_release(&path);
	return variants ? variants : 1;
}

static void test_every_model(void **state)
{
	struct fc_str folder = { 0 };
	struct dirent *entry;
	struct fc_error err;
	int models = 0;
	DIR *dir;

	(void)state;
	if (open_libraries())
		skip();
	must(fc_share_dir("models", &folder, &err), &err);
	dir = opendir(folder.text);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (strlen(entry->d_name) > 4 && !strcmp(entry->d_name + strlen(entry->d_name) - 4, ".net"))
			models += visit_file(folder.text, entry->d_name);
	closedir(dir);
	fc_str_release(&folder);
	print_message("%d models: %d products, %d batch norms, %d pools, %d of them beyond cuDNN\n", models, test.products,
		      test.norms, test.pools, test.refused);
	assert_true(models >= 9 && test.products >= 9 * 4 * FC_PRECISION_COUNT);
	assert_true(test.norms > 0 && test.pools > test.refused);
}

/* -------- what is refused -------- */

static void test_pool_over_the_edge(void **state)
{
	/* 3x3 windows, stride 2: 7 places give 3 whole windows; a fourth would hang over, with ceil=true. */
	static const struct {
		int64_t h, p, r, stride, pad;
		bool supported;
	} cases[] = {
		{ 7, 3, 3, 2, 0, true }, { 8, 3, 3, 2, 0, true }, { 8, 4, 3, 2, 0, false },
		{ 7, 4, 3, 2, 1, true }, { 28, 14, 2, 2, 0, true }, { 224, 112, 3, 2, 1, true },
	};
	static const enum gpu_legacy_kind kinds[] = { GPU_LEGACY_MAX_POOL, GPU_LEGACY_AVG_POOL, GPU_LEGACY_AVG_POOL_BACKWARD };

	(void)state;
	if (open_libraries())
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t k = 0; k < 3; k++) {
			const struct gpu_legacy_request request = {
				.kind = kinds[k], .type = GPU_F32, .n = 2, .c = 5, .h = cases[i].h, .w = cases[i].h,
				.p = cases[i].p, .q = cases[i].p, .r = cases[i].r, .s = cases[i].r,
				.stride_h = cases[i].stride, .stride_w = cases[i].stride,
				.pad_h = cases[i].pad, .pad_w = cases[i].pad,
			};

			assert_int_equal(is_supported(&request), cases[i].supported);
		}
}

static void test_too_large_for_the_library(void **state)
{
	const struct gpu_legacy_request request = {
		.kind = GPU_LEGACY_NORM_TRAIN, .type = GPU_BF16, .n = 4096, .c = 64, .h = 112, .w = 112, .p = 112, .q = 112,
	};

	(void)state;
	if (open_libraries())
		skip();
	assert_false(is_supported(&request));
}

static void test_bias_of_another_type(void **state)
{
	const struct gpu_product_request request = {
		.m = 4, .n = 8, .k = 16, .type = GPU_BF16, .result_type = GPU_F32, .precision = FC_PRECISION_BF16, .bias = true,
	};
	struct product_matrices matrices;
	struct fc_error err;

	(void)state;
	if (open_libraries())
		skip();
	assert_int_equal(product_matrices_init(&test.libraries, &request, &matrices, &err), -1);
	assert_string_equal(err.text, "cuBLASLt adds no bias of another type than the result's");
}

/* The address of the bias is the call's: it changes from run to run, the descriptor keeps the last. */
static void test_bias_pointer(void **state)
{
	const struct gpu_product_request request = { .m = 4, .n = 8, .k = 16, .bias = true };
	const void *bias = NULL;
	struct product_matrices m;
	struct fc_error err;
	size_t written;

	(void)state;
	if (open_libraries())
		skip();
	must(product_matrices_init(&test.libraries, &request, &m, &err), &err);
	must(product_matrices_bias(&test.libraries, &m, &request, &err), &err);
	test.libraries.cublas.cublasLtMatmulDescGetAttribute(m.operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias,
							     sizeof(bias), &written);
	assert_ptr_equal(bias, &request);
	product_matrices_release(&test.libraries, &m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_model),
		cmocka_unit_test(test_pool_over_the_edge),
		cmocka_unit_test(test_too_large_for_the_library),
		cmocka_unit_test(test_bias_of_another_type),
		cmocka_unit_test(test_bias_pointer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
