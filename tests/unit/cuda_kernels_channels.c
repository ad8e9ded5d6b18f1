/* Kernels that know channels: dropout, whose mask follows from logical places, and slices, of which concat is made. */
#include "cuda_kernels.h"

/* ---- dropout ---- */

struct dropout_case {
	enum gpu_type type;
	struct fc_shape shape;
	int64_t channels; /* physical */
	bool accumulate;
	int shift;
};

static void check_dropout(struct bench *b, const struct dropout_case *c)
{
	enum { NODE = 11, ITERATION = 29 };
	static const uint64_t seed = 0x123456789abcdef;
	const struct gpu_control control = { .batch = 3, .images = 100, .iteration = ITERATION, .result = 4 };
	const int64_t count = fc_shape_elements(c->shape), last = count / c->shape.c * c->channels;
	const double probability = 0.4;
	float *x = bench_random(b, c->type, count, 1), *dx = bench_random(b, c->type, count, 2);
	const struct oracle o = { .op = FC_OP_DROPOUT,
				  .a = { .probability = probability },
				  .accumulate = c->accumulate,
				  .input_count = 1,
				  .x_shape = { c->shape },
				  .y_shape = c->shape,
				  .x = { x },
				  .dx = { dx },
				  .y = bench_values(b, count),
				  .dy = x,
				  .node = NODE,
				  .iteration = { .seed = seed, .index = ITERATION } };
	void *in, *out, *on_control = bench_upload(b, &control, sizeof(control));
	struct oracle_layer l;
	float *got;
	struct fc_error err;

	b->shift = c->shift;
	in = bench_put(b, c->type, bench_last(b, c->shape, c->channels, x), last);
	out = bench_put(b, c->type, bench_last(b, c->shape, c->channels, dx), last);
	oracle_open(b, &reference_dropout, &o, &l);
	reference_dropout.backward_data(&l.layer);
	bench_must(kernel_dropout(b->gpu, c->type, in, out, c->accumulate, c->shape, c->channels, probability, seed,
				  NODE, on_control, &err),
		   "dropout", &err);
	got = bench_get(b, c->type, out, last);
	bench_near("dropout", c->type, bench_plain(b, c->shape, c->channels, got), dx, count, c->accumulate ? 1 : 0);
	/* A product rounded once: the mask and the factor are the reference's to the last bit. */
	if (c->type == GPU_F32)
		bench_equal("dropout", bench_plain(b, c->shape, c->channels, got), dx, count);
	for (int64_t i = 0; i < last; i++)
		if (i % c->channels >= c->shape.c)
			assert_true(got[i] == 0);
	bench_clear(b);
}

static void test_dropout(void **state)
{
	static const struct dropout_case cases[] = {
		{ .shape = { 3, 16, 1, 1 }, .channels = 16 }, { .shape = { 2, 8, 3, 5 }, .channels = 8 },
		{ .shape = { 5, 65, 2, 2 }, .channels = 65 }, { .shape = { 2, 3, 4, 4 }, .channels = 8 },
		{ .shape = { 1, 1, 1, 1 }, .channels = 1 },   { .shape = { 4, 600, 1, 1 }, .channels = 600 },
		{ .shape = { 40, 8, 7, 3 }, .channels = 8 },
	};

	for (size_t k = 0; k < 8 * sizeof(cases) / sizeof(cases[0]); k++) {
		struct dropout_case c = cases[k / 8];

		c.type = k & 1 ? GPU_BF16 : GPU_F32;
		c.accumulate = k & 2;
		c.shift = k >> 2 & 1;
		check_dropout(*state, &c);
	}
}

static void test_dropout_in_place(void **state)
{
	struct bench *b = *state;
	const struct fc_shape shape = { 2, 8, 3, 3 };
	const struct gpu_control control = { .iteration = 1 };
	void *on_control = bench_upload(b, &control, sizeof(control));
	const float *x = bench_random(b, GPU_F32, 144, 1);
	void *at = bench_put(b, GPU_F32, x, 144), *other = bench_blank(b, GPU_F32, 144);
	struct fc_error err;

	bench_must(kernel_dropout(b->gpu, GPU_F32, at, other, false, shape, 8, 0.5, 1, 2, on_control, &err),
		   "dropout", &err);
	bench_must(kernel_dropout(b->gpu, GPU_F32, at, at, false, shape, 8, 0.5, 1, 2, on_control, &err), "dropout",
		   &err);
	bench_equal("dropout", bench_get(b, GPU_F32, at, 144), bench_get(b, GPU_F32, other, 144), 144);
}

/* ---- slices ---- */

struct slice_case {
	int64_t from_channels, from_offset, to_channels, to_offset, width, rows;
};

static const struct slice_case slices[] = {
	{ 8, 0, 24, 8, 8, 50 },	   { 64, 0, 96, 32, 64, 9 },   { 3, 0, 8, 3, 3, 21 },  { 16, 8, 8, 0, 8, 1 },
	{ 5, 1, 7, 2, 3, 64 },	   { 12, 4, 20, 8, 8, 33 },    { 1, 0, 2, 1, 1, 300 }, { 600, 8, 520, 0, 512, 5 },
	{ 65, 0, 130, 65, 65, 4 }, { 24, 16, 48, 40, 8, 200 },
};

static void check_slice(struct bench *b, const struct slice_case *c, enum gpu_type type, bool accumulate)
{
	const int64_t from_count = c->rows * c->from_channels, to_count = c->rows * c->to_channels;
	float *from = bench_random(b, type, from_count, 1), *to = bench_random(b, type, to_count, 2);
	void *on_from = bench_put(b, type, from, from_count), *on_to = bench_put(b, type, to, to_count);
	struct fc_error err;

	for (int64_t row = 0; row < c->rows; row++)
		for (int64_t k = 0; k < c->width; k++) {
			float *value = &to[row * c->to_channels + c->to_offset + k];

			*value = (accumulate ? *value : 0) + from[row * c->from_channels + c->from_offset + k];
		}
	bench_must(kernel_slice(b->gpu, type, on_from, c->from_channels, c->from_offset, on_to, c->to_channels,
				c->to_offset, c->width, c->rows, accumulate, &err),
		   "slice", &err);
	bench_near("slice", type, bench_get(b, type, on_to, to_count), to, to_count, 1);
	if (!accumulate)
		bench_equal("slice", bench_get(b, type, on_to, to_count), to, to_count);
	bench_clear(b);
}

static void test_slice(void **state)
{
	struct bench *b = *state;

	for (size_t k = 0; k < 8 * sizeof(slices) / sizeof(slices[0]); k++) {
		b->shift = k >> 2 & 1;
		check_slice(b, &slices[k / 8], k & 1 ? GPU_BF16 : GPU_F32, k & 2);
	}
}

/* Threads that go through their loops several times. */
static void test_long(void **state)
{
	bench_lengthen(*state);
	test_slice(state);
	test_dropout(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_dropout),
		BENCH_TEST(test_dropout_in_place),
		BENCH_TEST(test_slice),
		BENCH_TEST(test_long),
	};

	return cmocka_run_group_tests_name("cuda_kernels_channels", tests, NULL, NULL);
}
