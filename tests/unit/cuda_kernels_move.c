/* Values that only go elsewhere: axes in another order, slices, shuffles, repeated values; beside plain loops. */
#include "cuda_kernels.h"

static const struct move_case {
	const char *name;
	struct kernel_move move;
} cases[] = {
	{ "a single value", { .side = { 1, 1, 1, 1, 1 }, .from_count = 1, .to_count = 1 } },
	{ "all of them",
	  { .side = { 2, 3, 4, 5, 8 },
	    .from_stride = { 480, 160, 40, 8, 1 },
	    .to_stride = { 480, 160, 40, 8, 1 },
	    .from_count = 960,
	    .to_count = 960 } },
	{ "rows and columns change places",
	  { .side = { 1, 1, 2, 5, 7 },
	    .from_stride = { 0, 0, 35, 1, 5 },
	    .to_stride = { 0, 0, 35, 7, 1 },
	    .from_count = 70,
	    .to_count = 70 } },
	{ "heads and tokens change places, packs stay together",
	  { .side = { 1, 3, 4, 17, 16 },
	    .from_stride = { 0, 1088, 16, 64, 1 },
	    .to_stride = { 0, 1088, 272, 16, 1 },
	    .from_count = 3264,
	    .to_count = 3264 } },
	{ "packs only of fp32",
	  { .side = { 1, 3, 4, 17, 4 },
	    .from_stride = { 0, 272, 4, 16, 1 },
	    .to_stride = { 0, 272, 68, 4, 1 },
	    .from_count = 816,
	    .to_count = 816 } },
	{ "a slice of rows",
	  { .side = { 1, 1, 1, 40, 16 },
	    .from_stride = { 0, 0, 0, 48, 1 },
	    .to_stride = { 0, 0, 0, 16, 1 },
	    .from_offset = 32,
	    .from_count = 1920,
	    .to_count = 640 } },
	{ "a slice of rows that begins within a pack",
	  { .side = { 1, 1, 1, 40, 16 },
	    .from_stride = { 0, 0, 0, 48, 1 },
	    .to_stride = { 0, 0, 0, 16, 1 },
	    .from_offset = 31,
	    .from_count = 1920,
	    .to_count = 640 } },
	{ "every third",
	  { .side = { 1, 1, 3, 5, 4 },
	    .from_stride = { 0, 0, 60, 12, 3 },
	    .to_stride = { 0, 0, 20, 4, 1 },
	    .from_offset = 1,
	    .from_count = 180,
	    .to_count = 60 } },
	{ "back into every third",
	  { .side = { 1, 1, 3, 5, 4 },
	    .from_stride = { 0, 0, 20, 4, 1 },
	    .to_stride = { 0, 0, 60, 12, 3 },
	    .to_offset = 2,
	    .from_count = 60,
	    .to_count = 180 } },
	{ "shuffled channels",
	  { .side = { 2, 3, 5, 4, 2 },
	    .from_stride = { 120, 40, 8, 1, 4 },
	    .to_stride = { 120, 40, 8, 2, 1 },
	    .from_count = 240,
	    .to_count = 240 } },
	{ "the same for every image",
	  { .side = { 1, 1, 1, 9, 136 },
	    .from_stride = { 0, 0, 0, 0, 1 },
	    .to_stride = { 0, 0, 0, 136, 1 },
	    .from_count = 136,
	    .to_count = 1224 } },
	{ "sides of one between the others",
	  { .side = { 7, 1, 3, 1, 5 },
	    .from_stride = { 15, 99, 5, 99, 1 },
	    .to_stride = { 1, 99, 7, 99, 21 },
	    .from_count = 105,
	    .to_count = 105 } },
};

static void move_plainly(const struct kernel_move *m, const float *from, float *to, bool accumulate)
{
	int64_t count = 1;

	for (int d = 0; d < MOVE_SIDES; d++)
		count *= m->side[d];
	for (int64_t i = 0; i < count; i++) {
		int64_t rest = i, source = m->from_offset, target = m->to_offset;

		for (int d = MOVE_SIDES - 1; d >= 0; rest /= m->side[d--]) {
			source += rest % m->side[d] * m->from_stride[d];
			target += rest % m->side[d] * m->to_stride[d];
		}
		to[target] = (accumulate ? to[target] : 0) + from[source];
	}
}

static void check_move(struct bench *b, const struct move_case *c, enum gpu_type type, bool accumulate)
{
	float *from = bench_random(b, type, c->move.from_count, 1), *to = bench_random(b, type, c->move.to_count, 2);
	void *on_from = bench_put(b, type, from, c->move.from_count),
	     *on_to = bench_put(b, type, to, c->move.to_count);
	struct fc_error err;

	move_plainly(&c->move, from, to, accumulate);
	bench_must(kernel_move(b->gpu, type, &c->move, on_from, on_to, accumulate, &err), c->name, &err);
	bench_near(c->name, type, bench_get(b, type, on_to, c->move.to_count), to, c->move.to_count, 1);
	if (!accumulate)
		bench_equal(c->name, bench_get(b, type, on_to, c->move.to_count), to, c->move.to_count);
	bench_clear(b);
}

static void test_move(void **state)
{
	struct bench *b = *state;

	for (size_t k = 0; k < 8 * sizeof(cases) / sizeof(cases[0]); k++) {
		b->shift = k >> 2 & 1;
		check_move(b, &cases[k / 8], k & 1 ? GPU_BF16 : GPU_F32, k & 2);
	}
}

/* What is said of a launch is what a kernel gets: packs where there are any, as few sides as it takes. */
static int look(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err)
{
	const struct bench *b = (const void *)((const char *)gpu->ops - offsetof(struct bench, ops));
	const struct move_args *const args = launch->args;
	int sides = 0;

	for (int d = 0; d < MOVE_SIDES; d++)
		sides += args->side[d] > 1;
	assert_true(args->vector && args->small);
	assert_int_equal(args->count, 3264 / kernel_width(launch->type));
	assert_int_equal(sides, launch->type == GPU_F32 || args->side[MOVE_SIDES - 1] > 1 ? 4 : 3);
	return b->launch(gpu, launch, err);
}

static void test_packs(void **state)
{
	struct bench *b = *state;

	b->ops = *b->gpu->ops;
	b->launch = b->ops.launch;
	b->ops.launch = look;
	b->gpu->ops = &b->ops;
	check_move(b, &cases[3], GPU_F32, false);
	check_move(b, &cases[3], GPU_BF16, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = { BENCH_TEST(test_move), BENCH_TEST(test_packs) };

	return cmocka_run_group_tests_name("cuda_kernels_move", tests, NULL, NULL);
}
