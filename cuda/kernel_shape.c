/* Launches of functions, broadcasts, moves and stochastic depth. */
#include <assert.h>
#include <stdint.h>

#include "kernel_launch.h"

KERNEL_ARGS_FIT(elementwise_args);
KERNEL_ARGS_FIT(broadcast_args);
KERNEL_ARGS_FIT(move_args);
KERNEL_ARGS_FIT(depth_args);

static int64_t bytes_of(enum gpu_type type, int64_t count)
{
	return count * (int64_t)gpu_type_bytes(type);
}

/* One thread a value. */
static int run(struct gpu *gpu, struct gpu_launch *launch, int64_t count, struct fc_error *err)
{
	return kernel_run(gpu, launch, (count + BLOCK_THREADS - 1) / BLOCK_THREADS, BLOCK_THREADS, err);
}

/* -------- functions -------- */

static struct elementwise_args function_of(const struct fc_node *node, int64_t count)
{
	return (struct elementwise_args){ .op = (int32_t)node->op,
					  .approximate = node->attributes.approximate,
					  .a = (float)node->attributes.a,
					  .b = (float)node->attributes.b,
					  .count = count };
}

int kernel_elementwise(struct gpu *gpu, enum gpu_type type, const struct fc_node *node, const void *x, void *y,
		       int64_t count, struct fc_error *err)
{
	struct elementwise_args args = function_of(node, count);
	struct gpu_launch launch = kernel_launch(KERNEL_ELEMENTWISE, type, &args, sizeof(args));

	args.x = x;
	args.out = y;
	args.vector = kernel_aligned(x) && kernel_aligned(y);
	kernel_reads(&launch, x, bytes_of(type, count));
	kernel_writes(&launch, y, bytes_of(type, count));
	return kernel_run_flat(gpu, &launch, count, kernel_width(type), err);
}

int kernel_elementwise_backward(struct gpu *gpu, enum gpu_type type, const struct fc_node *node, const void *x,
				const void *y, const void *dy, void *dx, bool accumulate, int64_t count,
				struct fc_error *err)
{
	struct elementwise_args args = function_of(node, count);
	struct gpu_launch launch = kernel_launch(KERNEL_ELEMENTWISE_BACKWARD, type, &args, sizeof(args));

	args.x = x;
	args.y = y;
	args.dy = dy;
	args.out = dx;
	args.accumulate = accumulate;
	args.vector = kernel_aligned(x) && kernel_aligned(y) && kernel_aligned(dy) && kernel_aligned(dx);
	kernel_reads(&launch, x, bytes_of(type, count));
	kernel_reads(&launch, y, bytes_of(type, count));
	kernel_reads(&launch, dy, bytes_of(type, count));
	kernel_gives(&launch, dx, bytes_of(type, count), accumulate);
	return kernel_run_flat(gpu, &launch, count, kernel_width(type), err);
}

/* -------- broadcasts -------- */

static void set_sides(int32_t side[4], struct fc_shape shape)
{
	side[0] = (int32_t)shape.n;
	side[1] = (int32_t)shape.h;
	side[2] = (int32_t)shape.w;
	side[3] = (int32_t)shape.c;
}

static int check_size(struct fc_shape shape, struct fc_error *err)
{
	if (fc_shape_elements(shape) <= INT32_MAX)
		return 0;
	return fc_fail(err, "a tensor of %lld values is too large to be broadcast",
		       (long long)fc_shape_elements(shape));
}

/* A side of 1 is repeated: its stride is 0. */
static void set_strides(int32_t stride[4], struct fc_shape shape)
{
	int32_t side[4], step = 1;

	set_sides(side, shape);
	for (int d = 3; d >= 0; d--) {
		stride[d] = side[d] == 1 ? 0 : step;
		step *= side[d];
	}
}

/* shape: of both together; out: of what the kernel writes. */
static int operands(struct broadcast_args *args, enum fc_op op, const struct kernel_operand *left,
		    const struct kernel_operand *right, struct fc_shape shape, struct fc_shape out,
		    struct fc_error *err)
{
	int32_t side[4];

	*args = (struct broadcast_args){ .left = left->data, .right = right->data, .op = (int32_t)op };
	if (check_size(left->shape, err) || check_size(right->shape, err) || check_size(shape, err))
		return -1;
	set_sides(args->side, shape);
	set_strides(args->left_stride, left->shape);
	set_strides(args->right_stride, right->shape);
	set_sides(side, out);
	for (int d = 0; d < 4; d++)
		args->by_side[d] = kernel_divisor(side[d]);
	args->count = fc_shape_elements(out);
	return 0;
}

static void read_operand(struct gpu_launch *launch, enum gpu_type type, const struct kernel_operand *operand)
{
	kernel_reads(launch, operand->data, bytes_of(type, fc_shape_elements(operand->shape)));
}

int kernel_broadcast(struct gpu *gpu, enum gpu_type type, enum fc_op op, struct kernel_operand left,
		     struct kernel_operand right, void *out, struct fc_shape shape, struct fc_error *err)
{
	struct broadcast_args args = { .out = out };
	struct gpu_launch launch = kernel_launch(KERNEL_BROADCAST, type, &args, sizeof(args));

	if (operands(&args, op, &left, &right, shape, shape, err))
		return -1;
	args.out = out;
	read_operand(&launch, type, &left);
	read_operand(&launch, type, &right);
	kernel_writes(&launch, out, bytes_of(type, fc_shape_elements(shape)));
	return run(gpu, &launch, fc_shape_elements(shape), err);
}

int kernel_broadcast_backward(struct gpu *gpu, enum gpu_type type, enum fc_op op, struct kernel_operand left,
			      struct kernel_operand right, int which, const void *dy, struct fc_shape shape, void *dx,
			      bool accumulate, struct fc_error *err)
{
	const struct fc_shape own = which ? right.shape : left.shape;
	struct broadcast_args args = { .out = dx };
	struct gpu_launch launch = kernel_launch(KERNEL_BROADCAST_BACKWARD, type, &args, sizeof(args));

	if (operands(&args, op, &left, &right, shape, own, err))
		return -1;
	set_sides(args.own, own);
	args.which = which;
	args.dy = dy;
	args.out = dx;
	args.accumulate = accumulate;
	if (op != FC_OP_ADD && op != FC_OP_SUBTRACT) {
		read_operand(&launch, type, &left);
		read_operand(&launch, type, &right);
	}
	kernel_reads(&launch, dy, bytes_of(type, fc_shape_elements(shape)));
	kernel_gives(&launch, dx, bytes_of(type, fc_shape_elements(own)), accumulate);
	return run(gpu, &launch, fc_shape_elements(own), err);
}

/* -------- moves -------- */

/* The sides that have any length, innermost last; one that goes on where the next one ends is one with it. */
static void set_moved_sides(struct move_args *args, const struct kernel_move *move)
{
	int to = MOVE_SIDES - 1;

	for (int d = 0; d < MOVE_SIDES; d++)
		args->side[d] = 1;
	for (int d = MOVE_SIDES - 1; d >= 0; d--) {
		const int64_t side = args->side[to];
		const bool follows = move->from_stride[d] == side * args->from_stride[to] &&
				     move->to_stride[d] == side * args->to_stride[to];

		if (move->side[d] == 1)
			continue;
		if (side > 1 && !follows)
			to--;
		if (args->side[to] == 1) {
			args->from_stride[to] = move->from_stride[d];
			args->to_stride[to] = move->to_stride[d];
		}
		args->side[to] *= move->side[d];
	}
}

/* Whether packs of `width` values stay together and begin on 16 bytes, here and there. */
static bool moves_packs(const struct move_args *args, int64_t width)
{
	const int inner = MOVE_SIDES - 1;
	int64_t odd = args->side[inner] % width | args->from_offset % width | args->to_offset % width;

	for (int d = 0; d < inner; d++)
		odd |= args->from_stride[d] % width | args->to_stride[d] % width;
	return !odd && args->from_stride[inner] == 1 && args->to_stride[inner] == 1 && kernel_aligned(args->from) &&
	       kernel_aligned(args->to);
}

static void set_packs(struct move_args *args, int64_t width)
{
	const int inner = MOVE_SIDES - 1;

	args->vector = moves_packs(args, width);
	if (args->vector) {
		args->side[inner] /= width;
		args->from_stride[inner] = args->to_stride[inner] = width;
	}
	args->count = 1;
	for (int d = 0; d < MOVE_SIDES; d++)
		args->count *= args->side[d];
	args->small = args->count <= INT32_MAX;
	for (int d = 0; args->small && d < MOVE_SIDES; d++)
		args->by_side[d] = kernel_divisor(args->side[d]);
}

static int64_t values_of(const struct kernel_move *move)
{
	int64_t count = 1;

	for (int d = 0; d < MOVE_SIDES; d++)
		count *= move->side[d];
	return count;
}

int kernel_move(struct gpu *gpu, enum gpu_type type, const struct kernel_move *move, const void *from, void *to,
		bool accumulate, struct fc_error *err)
{
	struct move_args args = { .from = from,
				  .to = to,
				  .from_offset = move->from_offset,
				  .to_offset = move->to_offset,
				  .accumulate = accumulate };
	struct gpu_launch launch = kernel_launch(KERNEL_MOVE, type, &args, sizeof(args));

	set_moved_sides(&args, move);
	set_packs(&args, kernel_width(type));
	kernel_reads(&launch, from, bytes_of(type, move->from_count));
	/* What is not written stays as it was. */
	kernel_gives(&launch, to, bytes_of(type, move->to_count), accumulate || values_of(move) < move->to_count);
	return run(gpu, &launch, args.count, err);
}

/* -------- stochastic depth -------- */

int kernel_depth(struct gpu *gpu, enum gpu_type type, const void *in, void *out, bool accumulate, int64_t images,
		 int64_t each, double probability, uint64_t seed, uint32_t node, const struct gpu_control *control,
		 struct fc_error *err)
{
	const struct depth_args args = { .in = in,
					 .out = out,
					 .control = control,
					 .seed = seed,
					 .count = images * each,
					 .each = each,
					 .node = node,
					 .accumulate = accumulate,
					 .probability = (float)probability,
					 .keep = (float)(1 / (1 - probability)) };
	struct gpu_launch launch = kernel_launch(KERNEL_DEPTH, type, &args, sizeof(args));

	kernel_reads(&launch, in, bytes_of(type, args.count));
	kernel_reads(&launch, control, sizeof(*control));
	kernel_gives(&launch, out, bytes_of(type, args.count), accumulate);
	return run(gpu, &launch, args.count, err);
}
