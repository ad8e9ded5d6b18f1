/* The emulated GPU: what it computes beside plain formulas, and that it notices what a device forbids. */
#include "cuda_kernels.h"

/* ---- convolutions ---- */

struct conv_case {
	int64_t n, c, h, w, k, r, s, stride_h, stride_w, pad_h, pad_w, dilation, groups;
};

static const struct conv_case convs[] = {
	{ 2, 3, 7, 6, 8, 3, 3, 1, 1, 1, 1, 1, 1 },   { 1, 1, 9, 9, 6, 5, 5, 1, 1, 0, 0, 1, 1 },
	{ 3, 8, 5, 5, 4, 1, 1, 2, 2, 0, 0, 1, 1 },   { 2, 6, 8, 9, 12, 3, 2, 2, 1, 1, 0, 1, 3 },
	{ 1, 4, 10, 10, 4, 3, 3, 1, 1, 2, 2, 2, 4 }, { 2, 16, 4, 4, 16, 3, 3, 1, 2, 1, 1, 1, 1 },
};

enum { CONVS = sizeof(convs) / sizeof(convs[0]) };

struct conv_way {
	enum gpu_type type;
	enum fc_precision precision;
	bool bias, relu, accumulate;
};

/* A convolution's arrays in (N, C, H, W); weights (K, C / groups, R, S). */
struct conv {
	struct gpu_conv_request request;
	struct fc_shape x, y, w;
	float *x_at, *y_at, *w_at, *bias, *dx_at, *dw_at;
};

static double tf32_rounded(float value)
{
	int exponent;
	const double fraction = frexp((double)value, &exponent);

	/* 11 bits in all, of which the first is 1. */
	return ldexp(round(ldexp(fraction, 11)), exponent - 11);
}

static void open_conv(struct bench *b, struct conv *v, const struct conv_case *c, const struct conv_way *way)
{
	const int64_t p = (c->h + 2 * c->pad_h - c->dilation * (c->r - 1) - 1) / c->stride_h + 1;
	const int64_t q = (c->w + 2 * c->pad_w - c->dilation * (c->s - 1) - 1) / c->stride_w + 1;

	v->request = (struct gpu_conv_request){ .n = c->n,
						.c = c->c,
						.h = c->h,
						.w = c->w,
						.k = c->k,
						.p = p,
						.q = q,
						.r = c->r,
						.s = c->s,
						.stride_h = c->stride_h,
						.stride_w = c->stride_w,
						.pad_h = c->pad_h,
						.pad_w = c->pad_w,
						.dilation_h = c->dilation,
						.dilation_w = c->dilation,
						.groups = c->groups,
						.type = way->type,
						.precision = way->precision,
						.workspace_bytes = 1 << 20 };
	v->x = (struct fc_shape){ c->n, c->c, c->h, c->w };
	v->y = (struct fc_shape){ c->n, c->k, p, q };
	v->w = (struct fc_shape){ c->k, c->c / c->groups, c->r, c->s };
	v->x_at = bench_random(b, way->type, fc_shape_elements(v->x), 1);
	v->w_at = bench_random(b, way->type, fc_shape_elements(v->w), 2);
	v->y_at = bench_random(b, way->type, fc_shape_elements(v->y), 3);
	v->bias = bench_random(b, way->type, c->k, 4);
	v->dx_at = bench_random(b, way->type, fc_shape_elements(v->x), 5);
	v->dw_at = bench_values(b, fc_shape_elements(v->w));
}

/* One term of all three sums: an output, a weight and the input that they meet at. */
typedef void conv_term(void *sum, int64_t x, int64_t w, int64_t y, const struct conv *v);

static void each_term(const struct conv *v, conv_term *term, void *sum)
{
	const struct gpu_conv_request *r = &v->request;
	const int64_t terms = fc_shape_elements(v->y) * v->w.c * r->r * r->s;

	for (int64_t i = 0; i < terms; i++) {
		const int64_t s = i % r->s, row = i / r->s % r->r, c = i / r->s / r->r % v->w.c,
			      y = i / r->s / r->r / v->w.c;
		const int64_t q = y % r->q, p = y / r->q % r->p, k = y / r->q / r->p % r->k,
			      n = y / r->q / r->p / r->k;
		const int64_t h = p * r->stride_h - r->pad_h + row * r->dilation_h;
		const int64_t w = q * r->stride_w - r->pad_w + s * r->dilation_w;

		if (h >= 0 && h < r->h && w >= 0 && w < r->w)
			term(sum, (int64_t)reference_at(v->x, n, k / (r->k / r->groups) * v->w.c + c, h, w),
			     (int64_t)reference_at(v->w, k, c, row, s), y, v);
	}
}

static double product_of(const struct conv *v, float a, float b)
{
	return v->request.precision == FC_PRECISION_TF32 ? tf32_rounded(a) * tf32_rounded(b) : (double)a * (double)b;
}

static void forward_term(void *sum, int64_t x, int64_t w, int64_t y, const struct conv *v)
{
	((double *)sum)[y] += product_of(v, v->x_at[x], v->w_at[w]);
}

static void data_term(void *sum, int64_t x, int64_t w, int64_t y, const struct conv *v)
{
	((double *)sum)[x] += product_of(v, v->y_at[y], v->w_at[w]);
}

static void weights_term(void *sum, int64_t x, int64_t w, int64_t y, const struct conv *v)
{
	((double *)sum)[w] += product_of(v, v->x_at[x], v->y_at[y]);
}

static double *sums(struct bench *b, const struct conv *v, conv_term *term, struct fc_shape shape)
{
	double *sum = fc_arena_alloc(&b->arena, (size_t)fc_shape_elements(shape), sizeof(*sum));

	memset(sum, 0, (size_t)fc_shape_elements(shape) * sizeof(*sum));
	each_term(v, term, sum);
	return sum;
}

static void *put_last(struct bench *b, enum gpu_type type, struct fc_shape shape, const float *plain)
{
	return bench_put(b, type, bench_last(b, shape, shape.c, plain), fc_shape_elements(shape));
}

static float *get_plain(struct bench *b, enum gpu_type type, struct fc_shape shape, const void *from)
{
	return bench_plain(b, shape, shape.c, bench_get(b, type, from, fc_shape_elements(shape)));
}

static void run_conv(struct bench *b, const struct gpu_conv_request *request, const void *a, const void *other,
		     const void *bias, void *out)
{
	struct gpu_conv *conv;
	struct gpu_plan plan;
	struct fc_error err;

	bench_must(b->gpu->ops->conv_open(b->gpu, request, &conv, &err), "conv", &err);
	b->gpu->ops->conv_plan(b->gpu, conv, &plan);
	assert_string_equal(plan.name, "host:conv");
	assert_true(plan.workspace_bytes > 0 && plan.workspace_bytes <= request->workspace_bytes);
	bench_must(
		b->gpu->ops->conv_run(b->gpu, conv, a, other, bias, out, bench_memory(b, plan.workspace_bytes), &err),
		"conv", &err);
	b->gpu->ops->conv_close(b->gpu, conv);
}

static void check_conv(struct bench *b, const struct conv_case *c, const struct conv_way *way)
{
	struct conv v;
	double *y, *dx, *dw;
	void *on_x, *on_w, *on_y, *on_dy, *on_dx, *on_dw;

	open_conv(b, &v, c, way);
	y = sums(b, &v, forward_term, v.y);
	dx = sums(b, &v, data_term, v.x);
	dw = sums(b, &v, weights_term, v.w);
	on_x = put_last(b, way->type, v.x, v.x_at);
	on_w = put_last(b, way->type, v.w, v.w_at);
	on_dy = put_last(b, way->type, v.y, v.y_at);
	on_y = bench_blank(b, way->type, fc_shape_elements(v.y));
	on_dx = put_last(b, way->type, v.x, v.dx_at);
	on_dw = bench_blank(b, GPU_F32, fc_shape_elements(v.w));
	for (int64_t i = 0; i < fc_shape_elements(v.x); i++)
		v.dx_at[i] = (float)(dx[i] + (way->accumulate ? (double)v.dx_at[i] : 0));
	for (int64_t i = 0; i < fc_shape_elements(v.w); i++)
		v.dw_at[i] = (float)dw[i];
	for (int64_t i = 0; i < fc_shape_elements(v.y); i++) {
		const double value = y[i] + (way->bias ? (double)v.bias[i / v.y.h / v.y.w % v.y.c] : 0);

		v.y_at[i] = (float)(way->relu && value < 0 ? 0 : value);
	}
	v.request.phase = FC_PHASE_BACKWARD_DATA;
	v.request.accumulate = way->accumulate;
	run_conv(b, &v.request, on_dy, on_w, NULL, on_dx);
	bench_near("backward data", way->type, get_plain(b, way->type, v.x, on_dx), v.dx_at, fc_shape_elements(v.x),
		   4);
	v.request.phase = FC_PHASE_BACKWARD_WEIGHTS;
	v.request.accumulate = false;
	run_conv(b, &v.request, on_x, on_dy, NULL, on_dw);
	bench_near("backward weights", GPU_F32, get_plain(b, GPU_F32, v.w, on_dw), v.dw_at, fc_shape_elements(v.w),
		   10);
	v.request.phase = FC_PHASE_FORWARD;
	v.request.bias = way->bias;
	v.request.relu = way->relu;
	run_conv(b, &v.request, on_x, on_w, way->bias ? bench_put(b, way->type, v.bias, c->k) : NULL, on_y);
	bench_near("forward", way->type, get_plain(b, way->type, v.y, on_y), v.y_at, fc_shape_elements(v.y), 4);
	bench_clear(b);
}

static void test_conv(void **state)
{
	for (int k = 0; k < 6 * CONVS; k++) {
		static const struct conv_way ways[] = {
			{ .precision = FC_PRECISION_FP32 },
			{ .precision = FC_PRECISION_FP32, .bias = true, .accumulate = true },
			{ .precision = FC_PRECISION_TF32, .bias = true, .relu = true },
			{ .type = GPU_BF16, .precision = FC_PRECISION_BF16 },
			{ .type = GPU_BF16, .precision = FC_PRECISION_BF16, .bias = true, .accumulate = true },
			{ .type = GPU_BF16, .precision = FC_PRECISION_BF16, .bias = true, .relu = true },
		};

		check_conv(*state, &convs[k / 6], &ways[k % 6]);
	}
}

/* ---- products ---- */

static void check_product(struct bench *b, const struct gpu_product_request *r)
{
	const int64_t m = r->m, n = r->n, k = r->k, batch = gpu_product_batch(r), results = batch * m * n;
	float *a = bench_random(b, r->type, batch * m * k, 1), *other = bench_random(b, r->type, batch * k * n, 2);
	float *bias = bench_random(b, r->type, n, 3), *want = bench_random(b, r->result_type, results, 4);
	void *on_c = bench_put(b, r->result_type, want, results), *workspace;
	struct gpu_product *product;
	struct gpu_plan plan;
	struct fc_error err;

	for (int64_t i = 0; i < results; i++) {
		const float *left = a + i / (m * n) * m * k, *right = other + i / (m * n) * k * n;
		const int64_t row = i / n % m, column = i % n;
		double sum = r->bias ? (double)bias[column] : 0;

		for (int64_t j = 0; j < k; j++)
			sum += (double)left[r->transpose_a ? j * m + row : row * k + j] *
			       (double)right[r->transpose_b ? column * k + j : j * n + column];
		sum = r->relu && sum < 0 ? 0 : sum;
		want[i] = (float)(sum + (r->accumulate ? (double)want[i] : 0));
	}
	bench_must(b->gpu->ops->product_open(b->gpu, r, &product, &err), "product", &err);
	b->gpu->ops->product_plan(b->gpu, product, &plan);
	workspace = bench_memory(b, plan.workspace_bytes + 1);
	bench_must(b->gpu->ops->product_run(b->gpu, product, bench_put(b, r->type, a, batch * m * k),
					    bench_put(b, r->type, other, batch * k * n),
					    r->bias ? bench_put(b, r->type, bias, n) : NULL, on_c, workspace, &err),
		   "product", &err);
	b->gpu->ops->product_close(b->gpu, product);
	bench_near("product", r->result_type, bench_get(b, r->result_type, on_c, results), want, results, 4);
	bench_clear(b);
}

static void test_product(void **state)
{
	for (int k = 0; k < 128; k++)
		check_product(*state, &(struct gpu_product_request){ .m = 5,
								     .n = 7,
								     .k = 11,
								     .transpose_a = k & 1,
								     .transpose_b = k & 2,
								     .type = k & 4 ? GPU_BF16 : GPU_F32,
								     .result_type = k & 8 ? GPU_BF16 : GPU_F32,
								     .precision = k & 4 ? FC_PRECISION_BF16
											: FC_PRECISION_FP32,
								     .bias = k & 16,
								     .relu = k & 32,
								     .accumulate = k & 64,
								     .workspace_bytes = k & 1 ? 100000 : 0 });
}

static void test_products(void **state)
{
	for (int k = 0; k < 32; k++)
		check_product(*state, &(struct gpu_product_request){ .batch = 3,
								     .m = 4,
								     .n = 5,
								     .k = 3,
								     .transpose_a = k & 1,
								     .transpose_b = k & 2,
								     .type = k & 4 ? GPU_BF16 : GPU_F32,
								     .result_type = k & 8 ? GPU_BF16 : GPU_F32,
								     .precision = k & 4 ? FC_PRECISION_BF16
											: FC_PRECISION_FP32,
								     .accumulate = k & 16 });
}

/* ---- the vendor's batch norms and pools, beside our own kernels ---- */

static void open_legacy(struct bench *b, const struct gpu_legacy_request *r, struct gpu_legacy **legacy)
{
	struct fc_error err;

	host_gpu_set(b->gpu, &(struct host_gpu_options){ .strict = true, .legacy = true });
	bench_must(b->gpu->ops->legacy_open(b->gpu, r, legacy, &err), "legacy", &err);
}

static void run_legacy(struct bench *b, const struct gpu_legacy_request *r, const struct gpu_legacy_call *call)
{
	struct gpu_legacy *legacy;
	struct fc_error err;

	open_legacy(b, r, &legacy);
	assert_non_null(legacy);
	bench_must(b->gpu->ops->legacy_run(b->gpu, legacy, call, &err), "legacy", &err);
	b->gpu->ops->legacy_close(b->gpu, legacy);
}

static void check_legacy_norm(struct bench *b, enum gpu_type type, bool accumulate)
{
	enum { ROWS = 2 * 3 * 5, CHANNELS = 8, COUNT = ROWS * CHANNELS };
	struct gpu_legacy_request r = {
		.type = type, .n = 2, .c = CHANNELS, .h = 3, .w = 5, .p = 3, .q = 5, .epsilon = 1e-5, .momentum = 0.1
	};
	const float *dx = bench_random(b, type, COUNT, 9), *line = bench_random(b, GPU_F32, CHANNELS, 3);
	void *x = bench_put(b, type, bench_random(b, type, COUNT, 1), COUNT);
	void *dy = bench_put(b, type, bench_random(b, type, COUNT, 2), COUNT), *scratch;
	void *lines[2][8], *y[2], *to[2];
	struct fc_error err;

	scratch = bench_memory(b, kernel_column_scratch(ROWS, CHANNELS));
	for (int side = 0; side < 2; side++) {
		for (int k = 0; k < 8; k++)
			lines[side][k] = bench_put(b, GPU_F32, line, CHANNELS);
		y[side] = bench_blank(b, type, COUNT);
		to[side] = bench_put(b, type, dx, COUNT);
	}
	/* lines: scale, shift, mean, factor, running mean, running variance, dscale, dshift */
	r.kind = GPU_LEGACY_NORM_TRAIN;
	run_legacy(
		b, &r,
		&(struct gpu_legacy_call){
			x, lines[0][0], lines[0][1], y[0], { lines[0][2], lines[0][3], lines[0][4], lines[0][5] } });
	bench_must(kernel_norm_statistics(b->gpu, type, x, ROWS, CHANNELS, 1e-5, 0.1, lines[1][2], lines[1][3],
					  lines[1][4], lines[1][5], scratch, &err),
		   "norm", &err);
	bench_must(kernel_norm_apply(b->gpu, type, x, y[1], ROWS, CHANNELS, lines[1][2], lines[1][3], NULL, 1e-5,
				     lines[1][0], lines[1][1], false, &err),
		   "norm", &err);
	r.kind = GPU_LEGACY_NORM_BACKWARD;
	r.accumulate = accumulate;
	run_legacy(b, &r,
		   &(struct gpu_legacy_call){
			   x, dy, lines[0][0], to[0], { lines[0][2], lines[0][3], lines[0][6], lines[0][7] } });
	bench_must(kernel_norm_backward(b->gpu, type, x, dy, NULL, to[1], accumulate, ROWS, CHANNELS, lines[1][2],
					lines[1][3], lines[1][0], lines[1][6], lines[1][7], scratch, &err),
		   "norm", &err);
	for (int k = 2; k < 8; k++)
		bench_near("lines", GPU_F32, bench_get(b, GPU_F32, lines[0][k], CHANNELS),
			   bench_get(b, GPU_F32, lines[1][k], CHANNELS), CHANNELS, 5);
	/* Two results, each rounded to the type. */
	bench_near("y", type, bench_get(b, type, y[0], COUNT), bench_get(b, type, y[1], COUNT), COUNT,
		   type == GPU_BF16 ? 4000 : 1);
	bench_near("dx", type, bench_get(b, type, to[0], COUNT), bench_get(b, type, to[1], COUNT), COUNT,
		   type == GPU_BF16 ? 8000 : 4);
	bench_clear(b);
}

static void test_legacy_norm(void **state)
{
	for (int k = 0; k < 4; k++)
		check_legacy_norm(*state, k & 1 ? GPU_BF16 : GPU_F32, k & 2);
}

static void test_legacy_norm_validate(void **state)
{
	enum { ROWS = 6, CHANNELS = 5, COUNT = ROWS * CHANNELS };
	struct bench *b = *state;
	const struct gpu_legacy_request r = { .kind = GPU_LEGACY_NORM_VALIDATE,
					      .n = 6,
					      .c = CHANNELS,
					      .h = 1,
					      .w = 1,
					      .p = 1,
					      .q = 1,
					      .epsilon = 1e-3 };
	float *line = bench_random(b, GPU_F32, CHANNELS, 3), *variance = bench_copy(b, line, CHANNELS);
	void *x = bench_put(b, GPU_F32, bench_random(b, GPU_F32, COUNT, 1), COUNT), *y[2];
	void *on_line = bench_put(b, GPU_F32, line, CHANNELS), *on_variance;
	struct fc_error err;

	for (int k = 0; k < CHANNELS; k++)
		variance[k] = fabsf(variance[k]);
	on_variance = bench_put(b, GPU_F32, variance, CHANNELS);
	y[0] = bench_blank(b, GPU_F32, COUNT);
	y[1] = bench_blank(b, GPU_F32, COUNT);
	run_legacy(b, &r, &(struct gpu_legacy_call){ x, on_line, on_line, y[0], { on_line, on_variance } });
	bench_must(kernel_norm_apply(b->gpu, GPU_F32, x, y[1], ROWS, CHANNELS, on_line, NULL, on_variance, 1e-3,
				     on_line, on_line, false, &err),
		   "norm", &err);
	bench_near("y", GPU_F32, bench_get(b, GPU_F32, y[0], COUNT), bench_get(b, GPU_F32, y[1], COUNT), COUNT, 4);
}

static void test_legacy_pool(void **state)
{
	enum { INPUTS = 2 * 5 * 7 * 6, OUTPUTS = 2 * 5 * 4 * 3 };
	struct bench *b = *state;
	const struct kernel_pool pool = { .n = 2,
					  .c = 5,
					  .h = 7,
					  .w = 6,
					  .p = 4,
					  .q = 3,
					  .r = 3,
					  .s = 2,
					  .stride_h = 2,
					  .stride_w = 2,
					  .pad_h = 1 };
	struct gpu_legacy_request r = { .n = 2,
					.c = 5,
					.h = 7,
					.w = 6,
					.p = 4,
					.q = 3,
					.r = 3,
					.s = 2,
					.stride_h = 2,
					.stride_w = 2,
					.pad_h = 1 };
	void *x = bench_put(b, GPU_F32, bench_random(b, GPU_F32, INPUTS, 1), INPUTS);
	void *dy = bench_put(b, GPU_F32, bench_random(b, GPU_F32, OUTPUTS, 2), OUTPUTS);
	void *saved = bench_memory(b, kernel_max_pool_saved(&pool)), *to[3][2];
	struct fc_error err;

	for (int k = 0; k < 6; k++)
		to[k / 2][k % 2] = bench_blank(b, GPU_F32, k < 4 ? OUTPUTS : INPUTS);
	for (int k = 0; k < 3; k++) {
		r.kind = k == 0 ? GPU_LEGACY_MAX_POOL : k == 1 ? GPU_LEGACY_AVG_POOL : GPU_LEGACY_AVG_POOL_BACKWARD;
		run_legacy(b, &r, &(struct gpu_legacy_call){ .a = k < 2 ? x : dy, .out = to[k][0] });
	}
	bench_must(kernel_max_pool(b->gpu, GPU_F32, &pool, x, to[0][1], saved, &err), "pool", &err);
	bench_must(kernel_avg_pool(b->gpu, GPU_F32, &pool, x, to[1][1], &err), "pool", &err);
	bench_must(kernel_avg_pool_backward(b->gpu, GPU_F32, &pool, dy, to[2][1], false, &err), "pool", &err);
	for (int k = 0; k < 3; k++)
		bench_near("pool", GPU_F32, bench_get(b, GPU_F32, to[k][0], k < 2 ? OUTPUTS : INPUTS),
			   bench_get(b, GPU_F32, to[k][1], k < 2 ? OUTPUTS : INPUTS), k < 2 ? OUTPUTS : INPUTS, 1);
}

static void test_legacy_refusals(void **state)
{
	struct bench *b = *state;
	struct gpu_legacy_request r = { .kind = GPU_LEGACY_AVG_POOL,
					.n = 1,
					.c = 1,
					.h = 4,
					.w = 4,
					.p = 2,
					.q = 2,
					.r = 3,
					.s = 3,
					.stride_h = 2,
					.stride_w = 2 };
	struct gpu_legacy *legacy;
	struct fc_error err;

	/* A window that runs over the end is divided otherwise. */
	open_legacy(b, &r, &legacy);
	assert_null(legacy);
	/* Off: nothing is supported. */
	r.h = r.w = 5;
	host_gpu_set(b->gpu, &(struct host_gpu_options){ 0 });
	bench_must(b->gpu->ops->legacy_open(b->gpu, &r, &legacy, &err), "legacy", &err);
	assert_null(legacy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_conv),	      BENCH_TEST(test_product), BENCH_TEST(test_products),
		BENCH_TEST(test_legacy_norm), BENCH_TEST(test_legacy_norm_validate),
		BENCH_TEST(test_legacy_pool), BENCH_TEST(test_legacy_refusals),
	};

	return cmocka_run_group_tests_name("cuda_host_gpu", tests, NULL, NULL);
}
