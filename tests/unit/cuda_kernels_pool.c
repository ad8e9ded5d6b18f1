/* Pools: windows that overlap, leave pixels out, lie on padding, run over the end; bins that repeat. */
#include "cuda_kernels.h"

struct pool_case {
	int64_t n, c, h, w, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
	bool ceil;
};

static const struct pool_case windows[] = {
	{ 2, 3, 4, 4, 2, 2, 2, 2, 0, 0, false },     { 2, 8, 7, 5, 2, 2, 2, 2, 0, 0, true },
	{ 1, 64, 9, 9, 3, 3, 2, 2, 1, 1, false },    { 2, 5, 8, 8, 3, 3, 2, 2, 0, 0, true },
	{ 3, 16, 7, 7, 3, 3, 1, 1, 1, 1, false },    { 1, 65, 6, 7, 3, 2, 2, 1, 1, 0, false },
	{ 2, 1, 13, 11, 5, 3, 2, 3, 2, 1, true },    { 1, 4, 6, 6, 1, 1, 2, 2, 0, 0, false },
	{ 2, 24, 5, 5, 5, 5, 1, 1, 0, 0, false },    { 1, 8, 12, 12, 2, 2, 3, 3, 0, 0, false },
	{ 1, 6, 40, 40, 17, 16, 3, 5, 0, 0, false }, { 1, 8, 40, 40, 17, 16, 3, 5, 0, 0, false },
	{ 7, 8, 30, 31, 3, 3, 2, 2, 1, 1, true },    { 1, 3, 1, 1, 3, 3, 2, 2, 1, 1, false },
};

/* Bins: down, as they are, up, to one. */
static const struct pool_case bins[] = {
	{ 2, 3, 7, 5, 3, 2, 0, 0, 0, 0, false },  { 1, 64, 4, 4, 1, 1, 0, 0, 0, 0, false },
	{ 2, 8, 1, 1, 6, 6, 0, 0, 0, 0, false },  { 1, 5, 3, 2, 7, 7, 0, 0, 0, 0, false },
	{ 2, 16, 6, 6, 6, 6, 0, 0, 0, 0, false }, { 3, 65, 5, 9, 4, 7, 0, 0, 0, 0, false },
};

enum { WINDOWS = sizeof(windows) / sizeof(windows[0]), BINS = sizeof(bins) / sizeof(bins[0]) };

struct pool_way {
	enum gpu_type type;
	bool accumulate;
	int shift;
};

static int64_t outputs(int64_t in, int64_t kernel, int64_t stride, int64_t pad, bool up)
{
	const int64_t room = in + 2 * pad - kernel, out = (room + (up ? stride - 1 : 0)) / stride + 1;

	/* No window begins behind the image and the padding at its start. */
	return up && (out - 1) * stride >= in + pad ? out - 1 : out;
}

/* A pool's arrays on the host and on the device. */
struct pool {
	struct kernel_pool k;
	struct fc_shape in, out;
	struct oracle oracle;
	struct oracle_layer layer;
	const struct reference_leaf *leaf;
	void *on_x, *on_y, *on_dy, *on_dx, *saved;
};

static void shape_pool(struct pool *p, const struct pool_case *c, enum fc_op op)
{
	const bool adaptive = op == FC_OP_ADAPTIVE_AVG_POOL;

	p->k = (struct kernel_pool){ c->n,	  c->c,	       c->h,	    c->w,	 c->kernel_h,
				     c->kernel_w, c->kernel_h, c->kernel_w, c->stride_h, c->stride_w,
				     c->pad_h,	  c->pad_w,    adaptive };
	if (!adaptive) {
		p->k.p = outputs(c->h, c->kernel_h, c->stride_h, c->pad_h, c->ceil);
		p->k.q = outputs(c->w, c->kernel_w, c->stride_w, c->pad_w, c->ceil);
	}
	p->in = (struct fc_shape){ c->n, c->c, c->h, c->w };
	p->out = (struct fc_shape){ c->n, c->c, p->k.p, p->k.q };
}

static void *put_last(struct bench *b, enum gpu_type type, struct fc_shape shape, const float *plain)
{
	return bench_put(b, type, bench_last(b, shape, shape.c, plain), fc_shape_elements(shape));
}

static float *get_plain(struct bench *b, enum gpu_type type, struct fc_shape shape, const void *from)
{
	return bench_plain(b, shape, shape.c, bench_get(b, type, from, fc_shape_elements(shape)));
}

static void open_pool(struct bench *b, struct pool *p, const struct pool_case *c, enum fc_op op,
		      const struct pool_way *way)
{
	float *x, *dx, *dy;
	int64_t in, out;

	*p = (struct pool){ 0 };
	shape_pool(p, c, op);
	in = fc_shape_elements(p->in);
	out = fc_shape_elements(p->out);
	x = bench_random(b, way->type, in, 1);
	dy = bench_random(b, way->type, out, 2);
	dx = bench_random(b, way->type, in, 3);
	/* Equal values: the first of them is the largest. */
	for (int64_t i = 0; i < in; i += 3)
		x[i] = 0.5f;
	p->oracle = (struct oracle){ .op = op,
				     .accumulate = way->accumulate,
				     .input_count = 1,
				     .x_shape = { p->in },
				     .y_shape = p->out,
				     .x = { x },
				     .dx = { bench_copy(b, dx, in) },
				     .y = bench_values(b, out),
				     .dy = dy,
				     .a = { .kernel_h = c->kernel_h,
					    .kernel_w = c->kernel_w,
					    .stride_h = c->stride_h,
					    .stride_w = c->stride_w,
					    .pad_h = c->pad_h,
					    .pad_w = c->pad_w } };
	p->leaf = op == FC_OP_MAX_POOL	 ? &reference_max_pool
		  : op == FC_OP_AVG_POOL ? &reference_avg_pool
					 : &reference_adaptive_avg_pool;
	oracle_open(b, p->leaf, &p->oracle, &p->layer);
	p->leaf->forward(&p->layer.layer);
	p->leaf->backward_data(&p->layer.layer);
	b->shift = way->shift;
	p->on_x = put_last(b, way->type, p->in, x);
	p->on_y = bench_blank(b, way->type, out);
	p->on_dy = put_last(b, way->type, p->out, dy);
	p->on_dx = way->accumulate ? put_last(b, way->type, p->in, dx) : bench_blank(b, way->type, in);
	p->saved = bench_memory(b, kernel_max_pool_saved(&p->k));
}

static void check_max_pool(struct bench *b, const struct pool_case *c, const struct pool_way *way)
{
	struct pool p;
	float *y, *dx;
	struct fc_error err;

	open_pool(b, &p, c, FC_OP_MAX_POOL, way);
	bench_must(kernel_max_pool(b->gpu, way->type, &p.k, p.on_x, p.on_y, p.saved, &err), "max pool", &err);
	y = get_plain(b, way->type, p.out, p.on_y);
	bench_equal("max pool", y, p.oracle.y, fc_shape_elements(p.out));
	bench_must(
		kernel_max_pool_backward(b->gpu, way->type, &p.k, p.on_dy, p.saved, p.on_dx, way->accumulate, &err),
		"max pool, backward", &err);
	dx = get_plain(b, way->type, p.in, p.on_dx);
	bench_near("max pool, backward", way->type, dx, p.oracle.dx[0], fc_shape_elements(p.in), 4);
	/* Sums are made in the same order. */
	if (way->type == GPU_F32)
		bench_equal("max pool, backward", dx, p.oracle.dx[0], fc_shape_elements(p.in));
	/* Validation saves nothing. */
	p.on_y = bench_blank(b, way->type, fc_shape_elements(p.out));
	bench_must(kernel_max_pool(b->gpu, way->type, &p.k, p.on_x, p.on_y, NULL, &err), "max pool", &err);
	bench_equal("max pool", get_plain(b, way->type, p.out, p.on_y), y, fc_shape_elements(p.out));
	bench_clear(b);
}

static void check_avg_pool(struct bench *b, const struct pool_case *c, enum fc_op op, const struct pool_way *way)
{
	struct pool p;
	struct fc_error err;

	open_pool(b, &p, c, op, way);
	bench_must(kernel_avg_pool(b->gpu, way->type, &p.k, p.on_x, p.on_y, &err), "average pool", &err);
	bench_near("average pool", way->type, get_plain(b, way->type, p.out, p.on_y), p.oracle.y,
		   fc_shape_elements(p.out), 1);
	bench_must(kernel_avg_pool_backward(b->gpu, way->type, &p.k, p.on_dy, p.on_dx, way->accumulate, &err),
		   "average pool, backward", &err);
	bench_near("average pool, backward", way->type, get_plain(b, way->type, p.in, p.on_dx), p.oracle.dx[0],
		   fc_shape_elements(p.in), 4);
	bench_clear(b);
}

static struct pool_way way_of(int k)
{
	return (struct pool_way){ k & 1 ? GPU_BF16 : GPU_F32, k & 2, k >> 2 & 1 };
}

static void test_max_pool(void **state)
{
	for (int k = 0; k < 8 * WINDOWS; k++) {
		const struct pool_way way = way_of(k % 8);

		check_max_pool(*state, &windows[k / 8], &way);
	}
}

static void test_avg_pool(void **state)
{
	for (int k = 0; k < 8 * WINDOWS; k++) {
		const struct pool_way way = way_of(k % 8);

		check_avg_pool(*state, &windows[k / 8], FC_OP_AVG_POOL, &way);
	}
}

static void test_adaptive_avg_pool(void **state)
{
	for (int k = 0; k < 8 * BINS; k++) {
		const struct pool_way way = way_of(k % 8);

		check_avg_pool(*state, &bins[k / 8], FC_OP_ADAPTIVE_AVG_POOL, &way);
	}
}

/* A NaN is the largest of its window, and its place is where the gradient goes. */
static void test_nan(void **state)
{
	struct bench *b = *state;
	const struct kernel_pool k = {
		.n = 1, .c = 1, .h = 2, .w = 4, .p = 1, .q = 2, .r = 2, .s = 2, .stride_h = 2, .stride_w = 2
	};
	const float x[] = { 1, NAN, 5, 6, 7, 3, -INFINITY, 2 }, dy[] = { 10, 20 };
	static const float want[] = { 0, 10, 0, 20, 0, 0, 0, 0 };
	void *on_y = bench_blank(b, GPU_F32, 2), *on_dx = bench_blank(b, GPU_F32, 8), *saved = bench_memory(b, 2);
	struct fc_error err;

	bench_must(kernel_max_pool(b->gpu, GPU_F32, &k, bench_put(b, GPU_F32, x, 8), on_y, saved, &err), "max pool",
		   &err);
	assert_true(isnan(bench_get(b, GPU_F32, on_y, 2)[0]));
	assert_float_equal(bench_get(b, GPU_F32, on_y, 2)[1], 6, 0);
	bench_must(kernel_max_pool_backward(b->gpu, GPU_F32, &k, bench_put(b, GPU_F32, dy, 2), saved, on_dx, false,
					    &err),
		   "max pool", &err);
	bench_equal("max pool, backward", bench_get(b, GPU_F32, on_dx, 8), want, 8);
}

static void test_places(void **state)
{
	struct bench *b = *state;
	struct kernel_pool k = {
		.n = 1, .c = 1, .h = 300, .w = 300, .p = 1, .q = 1, .r = 16, .s = 16, .stride_h = 1, .stride_w = 1
	};
	struct fc_error err;

	assert_int_equal(kernel_max_pool_saved(&k), 1);
	k.r = 17;
	assert_int_equal(kernel_max_pool_saved(&k), 2);
	k.r = k.s = 300;
	assert_int_equal(kernel_max_pool(b->gpu, GPU_F32, &k, NULL, NULL, NULL, &err), -1);
	assert_string_equal(err.text, "max pool: a window of 300 x 300 is too large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_max_pool), BENCH_TEST(test_avg_pool), BENCH_TEST(test_adaptive_avg_pool),
		BENCH_TEST(test_nan),	   BENCH_TEST(test_places),
	};

	return cmocka_run_group_tests_name("cuda_kernels_pool", tests, NULL, NULL);
}
