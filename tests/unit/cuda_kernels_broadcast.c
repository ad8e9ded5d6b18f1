/* Two values become one where a side of 1 is repeated, and their gradients, beside the reference. */
#include "cuda_kernels.h"

static const struct pair {
	struct fc_shape left, right;
} pairs[] = {
	{ { 2, 3, 4, 5 }, { 2, 3, 4, 5 } },   { { 2, 24, 6, 5 }, { 2, 24, 1, 1 } },
	{ { 2, 7, 1, 1 }, { 2, 7, 9, 3 } },   { { 3, 1, 4, 5 }, { 3, 6, 1, 5 } },
	{ { 2, 5, 3, 1 }, { 2, 1, 3, 40 } },  { { 1, 1, 1, 1 }, { 1, 2, 3, 4 } },
	{ { 2, 300, 1, 1 }, { 2, 1, 1, 1 } }, { { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },
};

static const enum fc_op ops[] = {
	FC_OP_ADD, FC_OP_SUBTRACT, FC_OP_MULTIPLY, FC_OP_DIVIDE, FC_OP_MAXIMUM, FC_OP_MINIMUM,
};

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]), OPS = sizeof(ops) / sizeof(ops[0]) };

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct fc_shape shape_of(const struct pair *p)
{
	return (struct fc_shape){ longer(p->left.n, p->right.n), longer(p->left.c, p->right.c),
				  longer(p->left.h, p->right.h), longer(p->left.w, p->right.w) };
}

static void *put(struct bench *b, enum gpu_type type, struct fc_shape s, const float *plain)
{
	return bench_put(b, type, bench_last(b, s, s.c, plain), fc_shape_elements(s));
}

static float *get(struct bench *b, enum gpu_type type, struct fc_shape s, const void *from)
{
	return bench_plain(b, s, s.c, bench_get(b, type, from, fc_shape_elements(s)));
}

static void check_pair(struct bench *b, const struct pair *p, enum fc_op op, enum gpu_type type, bool accumulate)
{
	const struct fc_shape s = shape_of(p), own[2] = { p->left, p->right };
	const int64_t count = fc_shape_elements(s);
	float *x[2], *dx[2];
	struct oracle o = { .op = op,
			    .accumulate = accumulate,
			    .input_count = 2,
			    .x_shape = { p->left, p->right },
			    .y_shape = s,
			    .y = bench_values(b, count),
			    .dy = bench_random(b, type, count, 5) };
	struct kernel_operand operand[2];
	void *on_y = bench_blank(b, type, count), *on_dy = put(b, type, s, o.dy);
	struct oracle_layer l;
	struct fc_error err;

	for (uint64_t k = 0; k < 2; k++) {
		x[k] = o.x[k] = bench_random(b, type, fc_shape_elements(own[k]), 1 + k);
		dx[k] = bench_random(b, type, fc_shape_elements(own[k]), 3 + k);
		o.dx[k] = bench_copy(b, dx[k], fc_shape_elements(own[k]));
		operand[k] = (struct kernel_operand){ put(b, type, own[k], x[k]), own[k] };
	}
	oracle_open(b, &reference_broadcast, &o, &l);
	l.layer.scratch = fc_arena_alloc(&b->arena, (size_t)l.layer.scratch_bytes, 1);
	reference_broadcast.forward(&l.layer);
	reference_broadcast.backward_data(&l.layer);
	bench_must(kernel_broadcast(b->gpu, type, op, operand[0], operand[1], on_y, s, &err), fc_op_name(op), &err);
	bench_near(fc_op_name(op), type, get(b, type, s, on_y), o.y, count, 1);
	for (int k = 0; k < 2; k++) {
		const int64_t each = fc_shape_elements(own[k]);
		void *on_dx = put(b, type, own[k], dx[k]);

		bench_must(kernel_broadcast_backward(b->gpu, type, op, operand[0], operand[1], k, on_dy, s, on_dx,
						     accumulate, &err),
			   fc_op_name(op), &err);
		/* Divisors are at least 0.1. */
		bench_near(fc_op_name(op), type, get(b, type, own[k], on_dx), o.dx[k], each,
			   (op == FC_OP_DIVIDE ? 100 : 1) * (double)count / (double)each);
	}
	bench_clear(b);
}

static void test_broadcast(void **state)
{
	for (int k = 0; k < 4 * PAIRS * OPS; k++)
		check_pair(*state, &pairs[k / 4 % PAIRS], ops[k / 4 / PAIRS], k & 1 ? GPU_BF16 : GPU_F32, k & 2);
}

static void test_too_large(void **state)
{
	const struct kernel_operand left = { NULL, { 1, 1 << 16, 1, 1 } }, right = { NULL, { 1, 1, 1 << 15, 1 } };
	struct bench *b = *state;
	struct fc_error err;

	assert_int_equal(kernel_broadcast(b->gpu, GPU_F32, FC_OP_MULTIPLY, left, right, NULL,
					  (struct fc_shape){ 1, 1 << 16, 1 << 15, 1 }, &err),
			 -1);
	assert_string_equal(err.text, "a tensor of 2147483648 values is too large to be broadcast");
}

int main(void)
{
	const struct CMUnitTest tests[] = { BENCH_TEST(test_broadcast), BENCH_TEST(test_too_large) };

	return cmocka_run_group_tests_name("cuda_kernels_broadcast", tests, NULL, NULL);
}
