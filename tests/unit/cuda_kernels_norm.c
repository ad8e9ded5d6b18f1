/* Sums over rows: bias gradients, batch norm forward and backward, in training and in validation. */
#include "cuda_kernels.h"

/* Shapes around what a block, a chunk and a tile hold: few and many rows, channels in packs or not, several tiles. */
static const struct fc_shape shapes[] = {
	{ 1, 1, 1, 1 },	  { 2, 1, 1, 1 },  { 1, 3, 1, 2 },   { 2, 5, 3, 3 },   { 3, 8, 5, 7 },
	{ 2, 64, 7, 7 },  { 5, 65, 3, 2 }, { 64, 16, 1, 1 }, { 2, 6, 24, 24 }, { 3, 4, 40, 33 },
	{ 1, 1, 70, 70 }, { 2, 96, 9, 9 }, { 2, 600, 3, 3 }, { 4, 520, 2, 1 },
};

enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

struct norm_case {
	enum gpu_type type;
	struct fc_shape shape;
	bool relu, accumulate, in_place, no_dx;
	double mean; /* added to all inputs; deviation is about 0.6 */
	int shift;
};

/* A norm's arrays on the host, plain; parameters; and how the reference sees them. */
struct norm {
	const struct norm_case *c;
	int64_t count, rows, channels;
	float *x, *dy, *dx, *scale, *shift, *running[2];
	struct oracle oracle;
	struct oracle_layer layer;
	void *on_x, *on_y, *on_dy, *on_dx, *scratch;
	float *on_scale, *on_shift, *on_mean, *on_factor, *on_running[2], *on_dscale, *on_dshift;
};

static void *put_last(struct bench *b, const struct norm *n, const float *plain)
{
	return bench_put(b, n->c->type, bench_last(b, n->c->shape, n->channels, plain), n->count);
}

static float *get_plain(struct bench *b, const struct norm *n, const void *from)
{
	return bench_plain(b, n->c->shape, n->channels, bench_get(b, n->c->type, from, n->count));
}

static void norm_open_host(struct bench *b, struct norm *n, const struct norm_case *c)
{
	*n = (struct norm){ .c = c,
			    .count = fc_shape_elements(c->shape),
			    .channels = c->shape.c,
			    .rows = c->shape.n * c->shape.h * c->shape.w };
	n->x = bench_random(b, c->type, n->count, 1);
	for (int64_t i = 0; c->mean != 0 && i < n->count; i++)
		n->x[i] = bench_rounded(c->type, n->x[i] + (float)c->mean);
	n->dy = bench_random(b, c->type, n->count, 2);
	n->dx = bench_random(b, c->type, n->count, 3);
	n->scale = bench_random(b, GPU_F32, n->channels, 4);
	n->shift = bench_random(b, GPU_F32, n->channels, 5);
	n->running[0] = bench_random(b, GPU_F32, n->channels, 6);
	n->running[1] = bench_random(b, GPU_F32, n->channels, 7);
	for (int64_t k = 0; k < n->channels; k++)
		n->running[1][k] = fabsf(n->running[1][k]);
	n->oracle = (struct oracle){ .op = FC_OP_BATCH_NORM,
				     .accumulate = c->accumulate,
				     .input_count = 1,
				     .x_shape = { c->shape },
				     .y_shape = c->shape,
				     .x = { n->x },
				     .y = bench_values(b, n->count),
				     .dx = { c->no_dx ? NULL : bench_copy(b, n->dx, n->count) },
				     .dy = bench_copy(b, n->dy, n->count),
				     .param = { n->scale, n->shift },
				     .a = { .epsilon = 1e-5, .momentum = 0.1 } };
	for (int k = 0; k < 2; k++) {
		n->oracle.gradient[k] = bench_values(b, n->channels);
		n->oracle.state[k] = bench_copy(b, n->running[k], n->channels);
	}
	oracle_open(b, &reference_batch_norm, &n->oracle, &n->layer);
}

static void norm_open_device(struct bench *b, struct norm *n)
{
	const struct norm_case *c = n->c;

	n->on_x = put_last(b, n, n->x);
	n->on_y = c->in_place ? n->on_x : bench_blank(b, c->type, n->count);
	n->on_dy = put_last(b, n, n->dy);
	n->on_dx = c->no_dx ? NULL : c->in_place ? n->on_dy : put_last(b, n, n->dx);
	n->on_scale = bench_put(b, GPU_F32, n->scale, n->channels);
	n->on_shift = bench_put(b, GPU_F32, n->shift, n->channels);
	n->on_mean = bench_blank(b, GPU_F32, n->channels);
	n->on_factor = bench_blank(b, GPU_F32, n->channels);
	n->on_dscale = bench_blank(b, GPU_F32, n->channels);
	n->on_dshift = bench_blank(b, GPU_F32, n->channels);
	for (int k = 0; k < 2; k++)
		n->on_running[k] = bench_put(b, GPU_F32, n->running[k], n->channels);
	n->scratch = bench_blank(b, GPU_F32, (int64_t)(kernel_column_scratch(n->rows, n->channels) / sizeof(float)));
}

static void apply_relu(float *y, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		y[i] = y[i] < 0 ? 0 : y[i];
}

/* The reference's saved values: the means, then the factors, in double. */
static float *saved_floats(struct bench *b, const struct norm *n, int64_t first)
{
	float *values = bench_values(b, n->channels);

	for (int64_t k = 0; k < n->channels; k++)
		values[k] = (float)((const double *)n->layer.layer.saved)[first + k];
	return values;
}

static void check_forward(struct bench *b, struct norm *n)
{
	const struct norm_case *c = n->c;
	const double far = 1 + fabs(c->mean);
	double deviation;
	struct fc_error err;

	reference_batch_norm.forward(&n->layer.layer);
	deviation = 2 / (double)saved_floats(b, n, n->channels)[0];
	bench_must(kernel_norm_statistics(b->gpu, c->type, n->on_x, n->rows, n->channels, 1e-5, 0.1, n->on_mean,
					  n->on_factor, n->on_running[0], n->on_running[1], n->scratch, &err),
		   "statistics", &err);
	bench_near("mean", GPU_F32, bench_get(b, GPU_F32, n->on_mean, n->channels), saved_floats(b, n, 0),
		   n->channels, deviation);
	bench_near("factor", GPU_F32, bench_get(b, GPU_F32, n->on_factor, n->channels),
		   saved_floats(b, n, n->channels), n->channels, 0.1);
	for (int k = 0; k < 2; k++)
		bench_near("running", GPU_F32, bench_get(b, GPU_F32, n->on_running[k], n->channels),
			   n->oracle.state[k], n->channels, deviation);
	bench_must(kernel_norm_apply(b->gpu, c->type, n->on_x, n->on_y, n->rows, n->channels, n->on_mean,
				     n->on_factor, NULL, 1e-5, n->on_scale, n->on_shift, c->relu, &err),
		   "apply", &err);
	if (c->relu)
		apply_relu(n->oracle.y, n->count);
	/* A variance of zero blows up what a mean's last bit is. */
	bench_near("y", c->type, get_plain(b, n, n->on_y), n->oracle.y, n->count,
		   far * (n->rows > 1 ? 1 : (double)saved_floats(b, n, n->channels)[0]));
}

static void check_backward(struct bench *b, struct norm *n)
{
	const struct norm_case *c = n->c;
	struct fc_error err;

	/* Backward sees the input again, and y as the tensor holds it. */
	if (c->in_place)
		n->on_x = put_last(b, n, n->x);
	memcpy(n->oracle.y, get_plain(b, n, n->on_y), (size_t)n->count * sizeof(float));
	for (int64_t i = 0; c->relu && i < n->count; i++)
		n->oracle.dy[i] = n->oracle.y[i] > 0 ? n->dy[i] : 0;
	reference_batch_norm.backward_data(&n->layer.layer);
	bench_must(kernel_norm_backward(b->gpu, c->type, n->on_x, n->on_dy, c->relu ? n->on_y : NULL, n->on_dx,
					c->accumulate, n->rows, n->channels, n->on_mean, n->on_factor, n->on_scale,
					n->on_dscale, n->on_dshift, n->scratch, &err),
		   "backward", &err);
	/* What is summed is about as large as a value, times its root. */
	bench_near("dscale", GPU_F32, bench_get(b, GPU_F32, n->on_dscale, n->channels), n->oracle.gradient[0],
		   n->channels, (1 + fabs(c->mean)) * sqrt((double)n->rows));
	bench_near("dshift", GPU_F32, bench_get(b, GPU_F32, n->on_dshift, n->channels), n->oracle.gradient[1],
		   n->channels, sqrt((double)n->rows));
	if (!c->no_dx)
		bench_near("dx", c->type, get_plain(b, n, n->on_dx), n->oracle.dx[0], n->count,
			   (1 + fabs(c->mean)) * (n->rows > 2 ? 4 : (double)saved_floats(b, n, n->channels)[0]));
}

static void check_norm(struct bench *b, const struct norm_case *c)
{
	struct norm n;

	b->shift = c->shift;
	norm_open_host(b, &n, c);
	norm_open_device(b, &n);
	check_forward(b, &n);
	check_backward(b, &n);
	bench_clear(b);
}

static void test_norm(void **state)
{
	for (int k = 0; k < 2 * SHAPES; k++)
		check_norm(*state, &(struct norm_case){ .type = k % 2 ? GPU_BF16 : GPU_F32, .shape = shapes[k / 2] });
}

static void test_norm_ways(void **state)
{
	static const struct fc_shape few[] = { { 2, 5, 3, 3 }, { 3, 8, 5, 7 }, { 2, 64, 7, 7 }, { 2, 6, 24, 24 } };

	for (int k = 0; k < 4 * 64; k++) {
		const struct norm_case c = { .type = k & 1 ? GPU_BF16 : GPU_F32,
					     .relu = k & 2,
					     .accumulate = k & 4,
					     .in_place = k & 8,
					     .no_dx = k & 16,
					     .shift = k >> 5 & 1,
					     .shape = few[k >> 6] };

		if ((c.accumulate && (c.in_place || c.no_dx)))
			continue;
		check_norm(*state, &c);
	}
}

/* Threads that go through their loops several times. */
static void test_long(void **state)
{
	bench_lengthen(*state);
	for (int k = 0; k < 2 * SHAPES; k++)
		check_norm(*state, &(struct norm_case){ .type = k % 2 ? GPU_BF16 : GPU_F32,
							.shape = shapes[k / 2],
							.relu = k % 3,
							.accumulate = k % 5 == 0 });
}

/* More rows than all blocks have threads for at a time: the sums of a thread are long too. */
static void test_many_rows(void **state)
{
	struct bench *b = *state;

	host_gpu_set(b->gpu, &(struct host_gpu_options){ 0 });
	check_norm(b, &(struct norm_case){ .shape = { 9, 64, 64, 64 }, .relu = true, .mean = 10 });
}

/* A mean that is large beside the deviation: the variance keeps its digits. */
static void test_far_from_zero(void **state)
{
	static const double means[] = { 10, 300, 3000 };

	for (int k = 0; k < 3 * SHAPES; k++)
		if (shapes[k / 3].n * shapes[k / 3].h * shapes[k / 3].w > 2)
			check_norm(*state, &(struct norm_case){ .shape = shapes[k / 3], .mean = means[k % 3] });
}

/* A first value, from which all others are counted, that is far from all others. */
static void test_outlier(void **state)
{
	struct bench *b = *state;
	const struct norm_case c = { .shape = { 4, 8, 40, 40 } };
	struct norm n;

	norm_open_host(b, &n, &c);
	for (int64_t k = 0; k < 8; k++)
		n.x[k * 1600] = 5000;
	norm_open_device(b, &n);
	check_forward(b, &n);
}

static void test_constant(void **state)
{
	struct bench *b = *state;
	const struct norm_case c = { .shape = { 2, 8, 9, 9 } };
	struct norm n;

	norm_open_host(b, &n, &c);
	for (int64_t i = 0; i < n.count; i++)
		n.x[i] = 0.1f;
	norm_open_device(b, &n);
	check_forward(b, &n);
}

static void test_validation(void **state)
{
	struct bench *b = *state;

	for (int k = 0; k < 4 * SHAPES; k++) {
		const struct norm_case c = { .type = k & 1 ? GPU_BF16 : GPU_F32,
					     .relu = k & 2,
					     .shape = shapes[k / 8] };
		struct norm n;
		struct fc_error err;

		b->shift = k / 4 % 2;
		norm_open_host(b, &n, &c);
		n.layer.layer.pass = FC_PASS_VALIDATE;
		norm_open_device(b, &n);
		reference_batch_norm.forward(&n.layer.layer);
		bench_must(kernel_norm_apply(b->gpu, c.type, n.on_x, n.on_y, n.rows, n.channels, n.on_running[0],
					     NULL, n.on_running[1], 1e-5, n.on_scale, n.on_shift, c.relu, &err),
			   "validation", &err);
		if (c.relu)
			apply_relu(n.oracle.y, n.count);
		bench_near("y", c.type, get_plain(b, &n, n.on_y), n.oracle.y, n.count, 4);
		bench_clear(b);
	}
}

/* ---- sums of columns ---- */

struct column_case {
	enum gpu_type type;
	int64_t rows, channels;
	bool mask, sum;
};

static void check_column_sum(struct bench *b, const struct column_case *c)
{
	const int64_t count = c->rows * c->channels;
	float *dy = bench_random(b, c->type, count, 1), *y = bench_random(b, c->type, count, 2);
	float *want = bench_values(b, c->channels);
	void *on_dy = bench_put(b, c->type, dy, count), *on_y = c->mask ? bench_put(b, c->type, y, count) : NULL;
	float *on_sum = c->sum ? bench_blank(b, GPU_F32, c->channels) : NULL;
	void *scratch = bench_memory(b, kernel_column_scratch(c->rows, c->channels));
	struct fc_error err;

	for (int64_t k = 0; k < c->channels; k++) {
		double sum = 0;

		for (int64_t i = k; i < count; i += c->channels) {
			dy[i] = c->mask && !(y[i] > 0) ? 0 : dy[i];
			sum += (double)dy[i];
		}
		want[k] = (float)sum;
	}
	bench_must(kernel_column_sum(b->gpu, c->type, on_dy, on_y, c->rows, c->channels, on_sum, scratch, &err),
		   "sum", &err);
	bench_equal("dy", bench_get(b, c->type, on_dy, count), dy, count);
	if (c->sum)
		bench_near("sum", GPU_F32, bench_get(b, GPU_F32, on_sum, c->channels), want, c->channels,
			   sqrt((double)c->rows));
}

static void test_column_sum(void **state)
{
	struct bench *b = *state;

	for (int k = 0; k < 16 * SHAPES; k++) {
		const struct fc_shape s = shapes[k / 16];

		b->shift = k >> 3 & 1;
		check_column_sum(
			b, &(struct column_case){ k & 1 ? GPU_BF16 : GPU_F32, s.n * s.h * s.w, s.c, k & 2, k & 4 });
		bench_clear(b);
	}
}

/* Scratch is bounded: partial sums of many rows do not become many. */
static void test_scratch(void **state)
{
	(void)state;
	for (int64_t channels = 1; channels <= 4096; channels = channels * 3 / 2 + 1)
		assert_true(kernel_column_scratch((int64_t)1 << 30, channels) <= (uint64_t)5 << 20);
	assert_true(kernel_column_scratch(64, 64) <= 64 * 64 * sizeof(float));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_norm),	    BENCH_TEST(test_norm_ways),	    BENCH_TEST(test_long),
		BENCH_TEST(test_many_rows), BENCH_TEST(test_far_from_zero), BENCH_TEST(test_outlier),
		BENCH_TEST(test_constant),  BENCH_TEST(test_validation),    BENCH_TEST(test_column_sum),
		BENCH_TEST(test_scratch),
	};

	return cmocka_run_group_tests_name("cuda_kernels_norm", tests, NULL, NULL);
}
