/* Rows that are worked on by themselves: layer norm and softmax, forward and backward. */
#include "cuda_kernels.h"

/* A type, in place or not, added to or not, tensors on 16-byte boundaries or beside them. */
struct way {
	enum gpu_type type;
	bool in_place, accumulate;
	int shift;
};

enum { WAYS = 8 };

static struct way way_of(int k)
{
	return (struct way){ k & 1 ? GPU_BF16 : GPU_F32, k & 2, k & 4, k == 2 || k == 3 || k == 5 };
}

/* Runs a check in all ways on all cases. */
static void each_way(struct bench *b, void (*check)(struct bench *b, const struct way *way, int which), int cases)
{
	for (int k = 0; k < WAYS * cases; k++) {
		const struct way way = way_of(k % WAYS);

		if (way.in_place && way.accumulate)
			continue;
		b->shift = way.shift;
		check(b, &way, k / WAYS);
		bench_clear(b);
	}
	b->shift = 0;
}

/* ---- layer norm ---- */

/* Rows of part of a warp, of a warp, of a block; in packs and not; a mean that is large beside the deviation. */
static const struct norm_case {
	int64_t rows, width;
	double mean;
} norms[] = {
	{ 1, 1, 0 },   { 260, 1, 0 },  { 1, 7, 0 },   { 5, 8, 0 },    { 70, 16, 0 },  { 9, 33, 0 },
	{ 20, 64, 0 }, { 11, 197, 0 }, { 4, 768, 0 }, { 3, 4100, 0 }, { 2, 8200, 0 }, { 20, 96, 50 },
};

enum { NORMS = sizeof(norms) / sizeof(norms[0]) };

/* The arrays of one on the host; the reference has a row as an image of as many channels. */
struct norm {
	int64_t rows, width, count;
	double far; /* how much larger errors may be */
	float *x, *dy, *dx;
	struct oracle oracle;
	struct oracle_layer layer;
};

static void norm_open(struct bench *b, struct norm *n, const struct norm_case *c, const struct way *way)
{
	const struct fc_shape shape = { c->rows, c->width, 1, 1 };

	*n = (struct norm){ .rows = c->rows, .width = c->width, .count = c->rows * c->width, .far = 1 + c->mean };
	n->x = bench_random(b, way->type, n->count, 1);
	for (int64_t i = 0; c->mean != 0 && i < n->count; i++)
		n->x[i] = bench_rounded(way->type, n->x[i] + (float)c->mean);
	n->dy = bench_random(b, way->type, n->count, 2);
	n->dx = bench_random(b, way->type, n->count, 3);
	n->oracle = (struct oracle){ .op = FC_OP_LAYER_NORM,
				     .a = { .axis = 3, .epsilon = 1e-3 },
				     .accumulate = way->accumulate,
				     .input_count = 1,
				     .x_shape = { shape },
				     .y_shape = shape,
				     .x = { n->x },
				     .dx = { bench_copy(b, n->dx, n->count) },
				     .y = bench_values(b, n->count),
				     .dy = n->dy,
				     .param = { bench_random(b, GPU_F32, n->width, 4),
						bench_random(b, GPU_F32, n->width, 5) },
				     .gradient = { bench_values(b, n->width), bench_values(b, n->width) } };
	oracle_open(b, &reference_layer_norm, &n->oracle, &n->layer);
	n->layer.layer.scratch = fc_arena_alloc(&b->arena, (size_t)n->layer.layer.scratch_bytes, 1);
	reference_layer_norm.forward(&n->layer.layer);
	reference_layer_norm.backward_data(&n->layer.layer);
}

/* What the reference saved: the means, then the factors, in double. */
static float *saved(struct bench *b, const struct norm *n, int64_t first)
{
	float *const values = bench_values(b, n->rows);

	for (int64_t i = 0; i < n->rows; i++)
		values[i] = (float)((const double *)n->layer.layer.saved)[first + i];
	return values;
}

static void check_norm(struct bench *b, const struct way *way, int which)
{
	float *on_scale, *on_shift, *on_mean, *on_factor;
	void *on_x, *on_y;
	struct fc_error err;
	struct norm n;

	norm_open(b, &n, &norms[which], way);
	on_x = bench_put(b, way->type, n.x, n.count);
	on_y = way->in_place ? on_x : bench_blank(b, way->type, n.count);
	on_scale = bench_put(b, GPU_F32, n.oracle.param[0], n.width);
	on_shift = bench_put(b, GPU_F32, n.oracle.param[1], n.width);
	/* Added to or not is nothing to a forward pass: it is validation instead. */
	on_mean = way->accumulate ? NULL : bench_blank(b, GPU_F32, n.rows);
	on_factor = way->accumulate ? NULL : bench_blank(b, GPU_F32, n.rows);
	bench_must(kernel_layer_norm(b->gpu, way->type, on_x, on_y, n.rows, n.width, 1e-3, on_scale, on_shift,
				     on_mean, on_factor, &err),
		   "layer norm", &err);
	bench_near("layer norm", way->type, bench_get(b, way->type, on_y, n.count), n.oracle.y, n.count, 4 * n.far);
	if (!on_mean)
		return;
	bench_near("mean", GPU_F32, bench_get(b, GPU_F32, on_mean, n.rows), saved(b, &n, 0), n.rows, n.far);
	bench_near("factor", GPU_F32, bench_get(b, GPU_F32, on_factor, n.rows), saved(b, &n, n.rows), n.rows, n.far);
}

static void test_layer_norm(void **state)
{
	each_way(*state, check_norm, NORMS);
}

static void check_norm_backward(struct bench *b, const struct way *way, int which)
{
	float *on_scale, *on_mean, *on_factor, *on_dscale, *on_dshift;
	void *on_x, *on_dy, *on_dx, *scratch;
	struct fc_error err;
	struct norm n;

	norm_open(b, &n, &norms[which], way);
	on_x = bench_put(b, way->type, n.x, n.count);
	on_dy = bench_put(b, way->type, n.dy, n.count);
	on_dx = way->in_place ? on_dy : bench_put(b, way->type, n.dx, n.count);
	on_scale = bench_put(b, GPU_F32, n.oracle.param[0], n.width);
	on_mean = bench_put(b, GPU_F32, saved(b, &n, 0), n.rows);
	on_factor = bench_put(b, GPU_F32, saved(b, &n, n.rows), n.rows);
	on_dscale = bench_blank(b, GPU_F32, n.width);
	on_dshift = bench_blank(b, GPU_F32, n.width);
	scratch = bench_blank(b, GPU_F32, (int64_t)(kernel_column_scratch(n.rows, n.width) / sizeof(float)));
	/* Without a gradient of the input first: the others are the same. */
	for (int wanted = 0; wanted < 2; wanted++) {
		bench_must(kernel_layer_norm_backward(b->gpu, way->type, on_x, on_dy, wanted ? on_dx : NULL,
						      way->accumulate, n.rows, n.width, on_mean, on_factor, on_scale,
						      on_dscale, on_dshift, scratch, &err),
			   "layer norm", &err);
		bench_near("dscale", GPU_F32, bench_get(b, GPU_F32, on_dscale, n.width), n.oracle.gradient[0],
			   n.width, 2 * n.far * (double)n.rows);
		bench_near("dshift", GPU_F32, bench_get(b, GPU_F32, on_dshift, n.width), n.oracle.gradient[1],
			   n.width, (double)n.rows);
	}
	bench_near("dx", way->type, bench_get(b, way->type, on_dx, n.count), n.oracle.dx[0], n.count, 8 * n.far);
}

static void test_layer_norm_backward(void **state)
{
	each_way(*state, check_norm_backward, NORMS);
}

/* ---- softmax ---- */

/* Along each axis: neighbours, values that lie apart; lines of part of a warp, of a warp, of a block, many and few. */
static const struct softmax_case {
	struct fc_shape shape;
	int64_t axis;
} softmaxes[] = {
	{ { 1, 1, 1, 1 }, 3 },	 { { 2, 3, 4, 5 }, 1 },	  { { 2, 3, 4, 5 }, 2 },    { { 2, 3, 4, 5 }, 3 },
	{ { 300, 1, 1, 3 }, 3 }, { { 2, 2, 3, 197 }, 3 }, { { 1, 1, 2, 1030 }, 3 }, { { 1, 1, 1, 5000 }, 3 },
	{ { 2, 90, 1, 2 }, 1 },	 { { 3, 33, 1, 1 }, 1 },  { { 2, 40, 70, 1 }, 1 },  { { 40, 1, 8, 32 }, 3 },
};

enum { SOFTMAXES = sizeof(softmaxes) / sizeof(softmaxes[0]) };

static struct kernel_lines lines_of(const struct softmax_case *c)
{
	const int64_t side[4] = { c->shape.n, c->shape.c, c->shape.h, c->shape.w };
	struct kernel_lines lines = { fc_shape_elements(c->shape) / side[c->axis], side[c->axis], 1 };

	for (int64_t inner = c->axis + 1; inner < 4; inner++)
		lines.stride *= side[inner];
	return lines;
}

static void check_softmax(struct bench *b, const struct way *way, int which)
{
	const struct softmax_case *const c = &softmaxes[which];
	const int64_t count = fc_shape_elements(c->shape);
	const struct kernel_lines lines = lines_of(c);
	float *x = bench_random(b, way->type, count, 1), *dy = bench_random(b, way->type, count, 2),
	      *dx = bench_random(b, way->type, count, 3);
	const struct oracle o = { .op = FC_OP_SOFTMAX,
				  .a = { .axis = c->axis },
				  .accumulate = way->accumulate,
				  .input_count = 1,
				  .x_shape = { c->shape },
				  .y_shape = c->shape,
				  .x = { x },
				  .dx = { bench_copy(b, dx, count) },
				  .y = bench_values(b, count),
				  .dy = dy };
	void *on_x, *on_y, *on_dy, *on_dx;
	struct oracle_layer l;
	struct fc_error err;

	/* Far from each other, so that exp of the difference is all there is. */
	for (int64_t i = 0; i < count; i++)
		x[i] *= 8;
	on_x = bench_put(b, way->type, x, count);
	on_y = way->in_place ? on_x : bench_blank(b, way->type, count);
	on_dy = bench_put(b, way->type, dy, count);
	on_dx = way->in_place ? on_dy : bench_put(b, way->type, dx, count);
	oracle_open(b, &reference_softmax, &o, &l);
	reference_softmax.forward(&l.layer);
	bench_must(kernel_softmax(b->gpu, way->type, on_x, on_y, &lines, &err), "softmax", &err);
	bench_near("softmax", way->type, bench_get(b, way->type, on_y, count), o.y, count, 1);
	/* Backward sees y as the tensor holds it. */
	memcpy(o.y, bench_get(b, way->type, on_y, count), (size_t)count * sizeof(*o.y));
	reference_softmax.backward_data(&l.layer);
	bench_must(kernel_softmax_backward(b->gpu, way->type, on_y, on_dy, on_dx, way->accumulate, &lines, &err),
		   "softmax", &err);
	bench_near("dx", way->type, bench_get(b, way->type, on_dx, count), o.dx[0], count, 1);
}

static void test_softmax(void **state)
{
	each_way(*state, check_softmax, SOFTMAXES);
}

/* Numbers whose exp is none, infinities, and what is no number: as the reference says. */
static void test_softmax_limits(void **state)
{
	enum { LINES = 6, SIZE = 4 };
	static const float x[LINES * SIZE] = {
		1000,	   999, -1000,	0, -1000, -1001, -1002, -5000, -INFINITY, 1, 2, -INFINITY,
		-INFINITY, 7,	-1e30f, 7, NAN,	  1,	 2,	3,     INFINITY,  1, 2, 3,
	};
	const struct fc_shape shape = { LINES, 1, 1, SIZE };
	const struct kernel_lines lines = { LINES, SIZE, 1 };
	struct bench *b = *state;
	float *const y = bench_values(b, LINES * SIZE);
	const struct oracle o = { .op = FC_OP_SOFTMAX,
				  .a = { .axis = 3 },
				  .input_count = 1,
				  .x_shape = { shape },
				  .y_shape = shape,
				  .x = { bench_copy(b, x, LINES * SIZE) },
				  .y = y };
	void *on_x = bench_put(b, GPU_F32, x, LINES * SIZE);
	struct oracle_layer l;
	struct fc_error err;

	oracle_open(b, &reference_softmax, &o, &l);
	reference_softmax.forward(&l.layer);
	bench_must(kernel_softmax(b->gpu, GPU_F32, on_x, on_x, &lines, &err), "softmax", &err);
	bench_near("softmax", GPU_F32, bench_get(b, GPU_F32, on_x, LINES * SIZE), y, LINES * SIZE, 0.1);
	assert_true(isnan(y[16]) && y[1] > 0);
}

/* ---- what is too large ---- */

static void test_too_large(void **state)
{
	struct bench *b = *state;
	const struct kernel_lines lines = { 1, (int64_t)1 << 31, 1 };
	struct fc_error err;

	assert_int_equal(kernel_softmax(b->gpu, GPU_F32, NULL, NULL, &lines, &err), -1);
	assert_string_equal(err.text, "kernel softmax_f32: rows of 2147483648 values are too large");
	assert_int_equal(kernel_column_sum(b->gpu, GPU_F32, NULL, NULL, 1, (int64_t)1 << 30, NULL, NULL, &err), -1);
	assert_string_equal(err.text, "kernel column_sum_f32: rows of 1073741824 values are too large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_layer_norm),	 BENCH_TEST(test_layer_norm_backward), BENCH_TEST(test_softmax),
		BENCH_TEST(test_softmax_limits), BENCH_TEST(test_too_large),
	};

	return cmocka_run_group_tests_name("cuda_kernels_row", tests, NULL, NULL);
}
