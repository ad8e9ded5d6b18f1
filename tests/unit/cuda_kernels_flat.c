/* Kernels that go element by element: activations, joins, conversions, the optimizer. */
#include "cuda_kernels.h"

/* Around packs of 4 and 8, around whole blocks of 256 threads with two packs each, and several blocks. */
static const int64_t counts[] = { 1, 3, 5, 8, 64, 65, 2047, 2048, 2049, 4096, 4103, 9000 };

enum { COUNTS = sizeof(counts) / sizeof(counts[0]), WAYS = 8 };

/* A type, in place or not, added to or not. */
struct way {
	enum gpu_type type;
	bool in_place, accumulate;
};

static struct way way_of(int k)
{
	return (struct way){ k & 1 ? GPU_BF16 : GPU_F32, k & 2, k & 4 };
}

/* Runs a check in all ways on all sizes. */
static void each_way(struct bench *b, void (*check)(struct bench *b, const struct way *way, int64_t count))
{
	for (int k = 0; k < WAYS * COUNTS; k++) {
		const struct way way = way_of(k % WAYS);

		if (way.in_place && way.accumulate)
			continue;
		check(b, &way, counts[k / WAYS]);
		bench_clear(b);
	}
}

/* ---- activations ---- */

static const struct activation {
	const char *name;
	enum fc_op op;
	int (*forward)(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t count,
		       struct fc_error *err);
	int (*backward)(struct gpu *gpu, enum gpu_type type, const void *y, const void *dy, void *dx, bool accumulate,
			int64_t count, struct fc_error *err);
} activations[] = {
	{ "relu", FC_OP_RELU, kernel_relu, kernel_relu_backward },
	{ "sigmoid", FC_OP_SIGMOID, kernel_sigmoid, kernel_sigmoid_backward },
};

static void check_activation(struct bench *b, const struct activation *a, const struct way *way, int64_t count)
{
	const struct fc_shape shape = { 1, count, 1, 1 };
	float *x = bench_random(b, way->type, count, 1), *dy = bench_random(b, way->type, count, 2);
	float *dx = bench_random(b, way->type, count, 3);
	const struct oracle o = { .op = a->op,
				  .accumulate = way->accumulate,
				  .input_count = 1,
				  .x_shape = { shape },
				  .y_shape = shape,
				  .x = { x },
				  .dx = { bench_copy(b, dx, count) },
				  .y = bench_values(b, count),
				  .dy = dy };
	void *on_x = bench_put(b, way->type, x, count), *on_dy = bench_put(b, way->type, dy, count);
	void *on_y = way->in_place ? on_x : bench_blank(b, way->type, count);
	void *on_dx = way->in_place	? on_dy
		      : way->accumulate ? bench_put(b, way->type, dx, count)
					: bench_blank(b, way->type, count);
	struct oracle_layer l;
	struct fc_error err;

	oracle_open(b, &reference_elementwise, &o, &l);
	reference_elementwise.forward(&l.layer);
	bench_must(a->forward(b->gpu, way->type, on_x, on_y, count, &err), a->name, &err);
	bench_near(a->name, way->type, bench_get(b, way->type, on_y, count), o.y, count, 0);
	/* Backward sees y as the tensor holds it. */
	memcpy(o.y, bench_get(b, way->type, on_y, count), (size_t)count * sizeof(*o.y));
	reference_elementwise.backward_data(&l.layer);
	bench_must(a->backward(b->gpu, way->type, on_y, on_dy, on_dx, way->accumulate, count, &err), a->name, &err);
	bench_near(a->name, way->type, bench_get(b, way->type, on_dx, count), o.dx[0], count, 0.1);
}

static void check_activations(struct bench *b, const struct way *way, int64_t count)
{
	for (size_t k = 0; k < sizeof(activations) / sizeof(activations[0]); k++)
		check_activation(b, &activations[k], way, count);
}

static void test_activations(void **state)
{
	each_way(*state, check_activations);
}

/* Far from zero, infinite and not a number: what the formula says, NaN stays NaN. */
static void test_activation_limits(void **state)
{
	static const float x[] = { -INFINITY, -200, -90, -1e-3f, -0.f, 0, 90, 200, INFINITY, NAN };
	enum { COUNT = sizeof(x) / sizeof(x[0]) };
	struct bench *b = *state;
	float *relu = bench_values(b, COUNT), *sigmoid = bench_values(b, COUNT);
	struct fc_error err;

	for (int i = 0; i < COUNT; i++) {
		relu[i] = x[i] < 0 ? 0 : x[i];
		sigmoid[i] = (float)(1 / (1 + exp(-(double)x[i])));
	}
	for (int k = 0; k < 2; k++) {
		void *on_x = bench_put(b, GPU_F32, x, COUNT), *on_y = bench_blank(b, GPU_F32, COUNT);

		bench_must((k ? kernel_sigmoid : kernel_relu)(b->gpu, GPU_F32, on_x, on_y, COUNT, &err), "limits",
			   &err);
		for (int i = 0; i < COUNT; i++) {
			const float want = (k ? sigmoid : relu)[i], got = bench_get(b, GPU_F32, on_y, COUNT)[i];

			if (isnan(want)	  ? !isnan(got)
			    : isinf(want) ? got != want
					  : !(fabsf(got - want) <= 1e-6f * fabsf(want) + 1e-38f))
				fail_msg("%s(%g) is %g instead of %g", k ? "sigmoid" : "relu", (double)x[i],
					 (double)got, (double)want);
		}
	}
}

/* ---- joins ---- */

static void check_add(struct bench *b, const struct way *way, int64_t count)
{
	for (int inputs = 2; inputs <= KERNEL_MAX_INPUTS; inputs += 3) {
		float *want = bench_values(b, count);
		const void *on_x[KERNEL_MAX_INPUTS];
		void *on_y = bench_blank(b, way->type, count);
		const bool relu = way->accumulate;
		struct fc_error err;

		memset(want, 0, (size_t)count * sizeof(*want));
		for (int k = 0; k < inputs; k++) {
			const float *x = bench_random(b, way->type, count, 10 + (uint64_t)k);

			on_x[k] = bench_put(b, way->type, x, count);
			for (int64_t i = 0; i < count; i++)
				want[i] += x[i];
		}
		for (int64_t i = 0; relu && i < count; i++)
			want[i] = want[i] < 0 ? 0 : want[i];
		if (way->in_place)
			on_y = (void *)(uintptr_t)on_x[0];
		bench_must(kernel_add(b->gpu, way->type, on_x, inputs, on_y, relu, count, &err), "add", &err);
		bench_near("add", way->type, bench_get(b, way->type, on_y, count), want, count, inputs);
	}
}

static void test_add(void **state)
{
	each_way(*state, check_add);
}

static void check_give(struct bench *b, const struct way *way, int64_t count)
{
	const float *dy = bench_random(b, way->type, count, 1), *old = bench_random(b, way->type, count, 2);
	float *want = bench_values(b, count);
	void *on_dx = bench_put(b, way->type, old, count);
	struct fc_error err;

	for (int64_t i = 0; i < count; i++)
		want[i] = way->accumulate ? old[i] + dy[i] : dy[i];
	bench_must(kernel_give(b->gpu, way->type, bench_put(b, way->type, dy, count), on_dx, way->accumulate, count,
			       &err),
		   "give", &err);
	bench_near("give", way->type, bench_get(b, way->type, on_dx, count), want, count, 1);
	/* A copy is one to the last bit. */
	if (!way->accumulate)
		bench_equal("give", bench_get(b, way->type, on_dx, count), dy, count);
}

static void test_give(void **state)
{
	each_way(*state, check_give);
}

/* ---- conversions ---- */

/* Values at and beside the middle between two bf16, the largest, the smallest, and what is no number. */
static float hard_value(int64_t i)
{
	static const uint32_t bits[] = { 0x3f808000, 0x3f808001, 0x3f807fff, 0x3f818000, 0xbf808000, 0x7f7fffff,
					 0xff7fffff, 0x00000001, 0x80008000, 0x7f800000, 0xff800000, 0x7fc00000,
					 0x7f800001, 0x00000000, 0x80000000, 0x7f7f8000, 0x7f7f7fff };
	float value;

	memcpy(&value, &bits[i % (int64_t)(sizeof(bits) / sizeof(bits[0]))], sizeof(value));
	return value;
}

static void check_conversion(struct bench *b, const struct way *way, int64_t count)
{
	float *master = bench_values(b, count), *want = bench_values(b, count);
	void *on_shadow = bench_blank(b, GPU_BF16, count), *on_wide = bench_blank(b, GPU_F32, count);
	struct fc_error err;

	(void)way;
	for (int64_t i = 0; i < count; i++) {
		master[i] = i % 2 ? hard_value(i / 2) : bench_random(b, GPU_F32, 1, (uint64_t)i)[0];
		want[i] = bench_rounded(GPU_BF16, master[i]);
	}
	bench_must(kernel_shadow(b->gpu, bench_put(b, GPU_F32, master, count), on_shadow, count, &err), "shadow",
		   &err);
	bench_equal("shadow", bench_get(b, GPU_BF16, on_shadow, count), want, count);
	bench_must(kernel_widen(b->gpu, on_shadow, on_wide, count, &err), "widen", &err);
	bench_equal("widen", bench_get(b, GPU_F32, on_wide, count), want, count);
}

static void test_conversion(void **state)
{
	each_way(*state, check_conversion);
}

static void check_noise(struct bench *b, const struct way *way, int64_t count)
{
	void *on_y[3];
	float *y[3];
	int64_t positive = 0, differ = 0;
	struct fc_error err;

	for (int k = 0; k < 3; k++) {
		on_y[k] = bench_blank(b, way->type, count);
		bench_must(kernel_noise(b->gpu, way->type, on_y[k], count, k < 2 ? 5 : 6, &err), "noise", &err);
		y[k] = bench_get(b, way->type, on_y[k], count);
	}
	bench_equal("noise", y[0], y[1], count);
	for (int64_t i = 0; i < count; i++) {
		assert_true(fabsf(y[0][i]) <= 0.0625f);
		positive += y[0][i] > 0;
		differ += y[0][i] != y[2][i];
	}
	if (count > 1000) {
		assert_in_range(positive, count * 45 / 100, count * 55 / 100);
		assert_true(differ > count * 95 / 100);
	}
}

static void test_noise(void **state)
{
	each_way(*state, check_noise);
}

/* ---- the optimizer ---- */

struct sgd_case {
	int64_t count;
	bool momentum, shadows;
};

static void check_sgd(struct bench *b, const struct sgd_case *c)
{
	const struct fc_sgd sgd = { 0.1, c->momentum ? 0.9 : 0, 0.01 };
	float *w = bench_random(b, GPU_F32, c->count, 1), *g = bench_random(b, GPU_F32, c->count, 2);
	float *m = bench_random(b, GPU_F32, c->count, 3);
	struct fc_flat flat = { .params = bench_put(b, GPU_F32, w, c->count),
				.gradients = bench_put(b, GPU_F32, g, c->count),
				.momentum = c->momentum ? bench_put(b, GPU_F32, m, c->count) : NULL,
				.shadows = c->shadows ? bench_blank(b, GPU_BF16, c->count) : NULL,
				.bytes = (uint64_t)c->count * sizeof(float),
				.sgd = sgd };
	struct fc_error err;

	for (int64_t i = 0; i < c->count; i++) {
		double step = (double)g[i] + sgd.weight_decay * (double)w[i];

		if (c->momentum)
			step = m[i] = (float)(sgd.momentum * (double)m[i] + step);
		w[i] = (float)((double)w[i] - sgd.rate * step);
	}
	bench_must(kernel_sgd(b->gpu, &flat, &err), "sgd", &err);
	bench_near("sgd, parameters", GPU_F32, bench_get(b, GPU_F32, flat.params, c->count), w, c->count, 1);
	if (c->momentum)
		bench_near("sgd, momentum", GPU_F32, bench_get(b, GPU_F32, flat.momentum, c->count), m, c->count, 1);
	if (c->shadows)
		bench_near("sgd, shadows", GPU_BF16, bench_get(b, GPU_BF16, flat.shadows, c->count), w, c->count, 1);
}

static void test_sgd(void **state)
{
	struct bench *b = *state;

	for (int k = 0; k < 8 * COUNTS; k++) {
		b->shift = k >> 2 & 1;
		check_sgd(b, &(struct sgd_case){ counts[k / 8], k & 1, k & 2 });
		bench_clear(b);
	}
}

/* ---- whichever way values are moved ---- */

/* The same sums of the same values, on tensors that lie beside 16-byte boundaries: to the last bit. */
static void test_alignment(void **state)
{
	struct bench *b = *state;

	for (int k = 0; k < 2 * COUNTS; k++) {
		const enum gpu_type type = k % 2 ? GPU_BF16 : GPU_F32;
		const int64_t count = counts[k / 2];
		float *got[2][3];
		struct fc_error err;

		for (int side = 0; side < 2; side++) {
			const void *x[3];
			void *y[3];

			b->shift = side;
			for (int i = 0; i < 3; i++) {
				x[i] = bench_put(b, type, bench_random(b, type, count, (uint64_t)i), count);
				y[i] = bench_put(b, type, bench_random(b, type, count, 9), count);
			}
			bench_must(kernel_add(b->gpu, type, x, 3, y[0], true, count, &err), "add", &err);
			bench_must(kernel_sigmoid(b->gpu, type, x[0], y[1], count, &err), "sigmoid", &err);
			bench_must(kernel_sigmoid_backward(b->gpu, type, x[0], x[1], y[2], true, count, &err),
				   "sigmoid", &err);
			for (int i = 0; i < 3; i++)
				got[side][i] = bench_get(b, type, y[i], count);
		}
		for (int i = 0; i < 3; i++)
			bench_equal("beside a boundary", got[1][i], got[0][i], count);
		bench_clear(b);
	}
}

/* Nothing is launched over nothing. */
static void test_empty(void **state)
{
	struct bench *b = *state;
	const uint64_t before = host_gpu_launches(b->gpu);
	struct fc_error err;

	assert_int_equal(kernel_relu(b->gpu, GPU_F32, NULL, NULL, 0, &err), 0);
	assert_int_equal(kernel_sgd(b->gpu, &(struct fc_flat){ 0 }, &err), 0);
	assert_int_equal(host_gpu_launches(b->gpu), before);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(kernel_name(KERNEL_RELU, GPU_F32), "relu_f32");
	assert_string_equal(kernel_name(KERNEL_NORM_BACKWARD_APPLY, GPU_BF16), "norm_backward_apply_bf16");
	assert_string_equal(kernel_name(KERNEL_SGD, GPU_F32), "sgd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_activations), BENCH_TEST(test_activation_limits), BENCH_TEST(test_add),
		BENCH_TEST(test_give),	      BENCH_TEST(test_conversion),	  BENCH_TEST(test_noise),
		BENCH_TEST(test_sgd),	      BENCH_TEST(test_alignment),	  BENCH_TEST(test_empty),
		BENCH_TEST(test_names),
	};

	return cmocka_run_group_tests_name("cuda_kernels_flat", tests, NULL, NULL);
}
