/* Values put elsewhere: nothing is computed, but bytes move. */
#include <string.h>

#include "onnx_ops.h"

/* What only a run can tell: how many values are not zero, where boxes overlap. */
int fc_onnx_run_later(struct onnx_call *call)
{
	(void)call;
	return ONNX_LATER;
}

/* The output has the shape of the first input; some say of which type it is. */
int fc_onnx_run_same_move(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const int64_t type = fc_onnx_integer(call, "to", fc_onnx_integer(call, "dtype", x->type));

	return fc_onnx_set_shape(call, 0, (int)type, x->dims, x->rank) ? -1 : fc_onnx_move(call);
}

/* -------- joined -------- */

static int join_shape(struct onnx_call *call, int axis)
{
	const struct onnx_value *const first = call->in[0];
	int64_t dims[ONNX_MAX_RANK];

	memcpy(dims, first->dims, sizeof(dims));
	for (int k = 1; k < call->in_count; k++) {
		const struct onnx_value *const x = call->in[k];
		char a[ONNX_SHAPE_TEXT], b[ONNX_SHAPE_TEXT];
		bool fits = x && x->rank == first->rank;

		for (int i = 0; fits && i < x->rank; i++)
			fits = i == axis || x->dims[i] == first->dims[i];
		if (!fits)
			return fc_onnx_fail(
				call, "found %s behind %s, expected sides that are equal but at the axis %d",
				x ? fc_onnx_shape_text(x, b) : "nothing", fc_onnx_shape_text(first, a), axis);
		if (__builtin_add_overflow(dims[axis], x->dims[axis], &dims[axis]))
			return fc_onnx_fail(call, "found sides that do not fit 64 bits, expected smaller ones");
	}
	return fc_onnx_set_shape(call, 0, first->type, dims, first->rank);
}

static bool join_integers(struct onnx_call *call, struct onnx_value *y)
{
	int64_t *const to = fc_onnx_new_integers(call, y);
	int64_t done = 0;

	for (int k = 0; k < call->in_count && to; k++) {
		const struct onnx_content *const c = &call->in[k]->content;

		memcpy(to + done, c->integers, (size_t)c->count * sizeof(*to));
		done += c->count;
	}
	return to != NULL;
}

static bool join_reals(struct onnx_call *call, struct onnx_value *y)
{
	double *const to = fc_onnx_new_reals(call, y);
	int64_t done = 0;

	for (int k = 0; k < call->in_count && to; k++) {
		const struct onnx_content *const c = &call->in[k]->content;

		memcpy(to + done, c->reals, (size_t)c->count * sizeof(*to));
		done += c->count;
	}
	return to != NULL;
}

/* Lists of numbers, as shapes and scales are put together; of more sides their rows. */
static bool join_content(struct onnx_call *call, int axis)
{
	struct onnx_value *const y = call->out[0];
	int integers = 0, reals = 0;

	for (int k = 0; k < call->in_count; k++) {
		integers += call->in[k]->content.integers != NULL;
		reals += call->in[k]->content.reals != NULL;
	}
	if (axis)
		return false;
	return integers == call->in_count ? join_integers(call, y) : reals == call->in_count && join_reals(call, y);
}

int fc_onnx_run_concat(struct onnx_call *call)
{
	const struct onnx_value *const first = call->in[0];
	const struct onnx_wish wish = { .op = FC_OP_CONCAT, .data = ONNX_ALL_INPUTS, .learns = true };
	int axis;

	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", 1), first->rank, &axis) || join_shape(call, axis))
		return -1;
	if (join_content(call, axis) || (axis == 1 && fc_onnx_lower(call, &wish)))
		return 0;
	return fc_onnx_count(call,
			     &(struct onnx_cost){ .counts.concat_elements = (uint64_t)fc_onnx_elements(call->out[0]),
						  .moves = true });
}

/* -------- repeated, padded -------- */

struct tiling {
	const struct onnx_value *from;
};

static int64_t tile_source(const void *context, const int64_t *at)
{
	const struct onnx_value *const from = ((const struct tiling *)context)->from;
	int64_t own[ONNX_MAX_RANK];

	for (int i = 0; i < from->rank; i++)
		own[i] = at[i] % from->dims[i];
	return fc_onnx_element(from, own);
}

int fc_onnx_run_tile(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	int64_t dims[ONNX_MAX_RANK];
	const int64_t *repeats;
	int count, rc = fc_onnx_integers(call, NULL, 1, &repeats, &count);

	if (rc)
		return rc;
	if (count != x->rank)
		return fc_onnx_fail(call, "found %d repeats, expected %d", count, x->rank);
	for (int i = 0; i < count; i++)
		if (repeats[i] < 0 || __builtin_mul_overflow(x->dims[i], repeats[i], &dims[i]))
			return fc_onnx_fail(call, "found %lld repeats, expected 0 or more that fit 64 bits",
					    (long long)repeats[i]);
	if (fc_onnx_set_shape(call, 0, x->type, dims, x->rank))
		return -1;
	fc_onnx_move_content(call, call->out[0], x, tile_source, &(struct tiling){ x });
	return fc_onnx_is_known(call->out[0]) ? 0 : fc_onnx_move(call);
}

/* Rows and columns around images. */
static bool lower_pad(struct onnx_call *call, const int64_t *begin, const int64_t *end)
{
	static const char *const modes[] = { "constant", "reflect", "edge" };
	const char *const mode = fc_onnx_word(call, "mode", "constant");
	struct onnx_wish wish = { .op = FC_OP_PAD, .data = 1 };
	double value;

	for (int i = 0; i < 4; i++)
		if (begin[i] < 0 || end[i] < 0 || begin[i] > 65536 || end[i] > 65536 ||
		    (i < 2 && (begin[i] || end[i])))
			return false;
	if (strcmp(mode, modes[0]) && strcmp(mode, modes[1]) && strcmp(mode, modes[2]))
		return false;
	if (fc_onnx_number(call, "value", 2, 0, &value) || !(value >= -1e30 && value <= 1e30))
		return false;
	wish.attributes = (struct fc_attributes){
		.pad_h = begin[2],
		.pad_w = begin[3],
		.pad_end_h = end[2],
		.pad_end_w = end[3],
		.a = value,
		.reflect = !strcmp(mode, "reflect"),
		.edge = !strcmp(mode, "edge"),
	};
	return fc_onnx_lower(call, &wish);
}

int fc_onnx_run_pad(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	int64_t begin[ONNX_MAX_RANK] = { 0 }, end[ONNX_MAX_RANK] = { 0 }, dims[ONNX_MAX_RANK];
	const int64_t *pads, *axes;
	int count, axis_count, axis;
	bool nothing = true;

	if (fc_onnx_integers(call, "pads", 1, &pads, &count) || fc_onnx_integers(call, NULL, 3, &axes, &axis_count))
		return ONNX_LATER;
	if (!axes)
		axis_count = x->rank;
	if (count != 2 * axis_count)
		return fc_onnx_fail(call, "found %d paddings, expected %d", count, 2 * axis_count);
	for (int i = 0; i < axis_count; i++) {
		if (fc_onnx_axis(call, axes ? axes[i] : i, x->rank, &axis))
			return -1;
		begin[axis] = pads[i];
		end[axis] = pads[axis_count + i];
	}
	for (int i = 0; i < x->rank; i++) {
		if (__builtin_add_overflow(x->dims[i], begin[i], &dims[i]) ||
		    __builtin_add_overflow(dims[i], end[i], &dims[i]))
			return fc_onnx_fail(call,
					    "found a padding that does not fit 64 bits, expected a smaller one");
		nothing = nothing && !begin[i] && !end[i];
	}
	if (fc_onnx_set_shape(call, 0, x->type, dims, x->rank))
		return -1;
	if (nothing) {
		fc_onnx_view(call->out[0], x);
		return 0;
	}
	return x->rank == 4 && lower_pad(call, begin, end) ? 0 : fc_onnx_move(call);
}

/* -------- pixels -------- */

static int check_blocks(struct onnx_call *call, int64_t *block)
{
	*block = fc_onnx_integer(call, "blocksize", 0);
	if (*block < 1 || *block > 65536 || call->in[0]->rank != 4)
		return fc_onnx_fail(call, "found a block of %lld for %d dimensions, expected 1 or more for 4",
				    (long long)*block, call->in[0]->rank);
	return 0;
}

int fc_onnx_run_depth_to_space(struct onnx_call *call)
{
	const int64_t *const d = call->in[0]->dims;
	int64_t block;

	if (check_blocks(call, &block))
		return -1;
	if (d[1] % (block * block))
		return fc_onnx_fail(call, "found %lld channels, expected a multiple of %lld", (long long)d[1],
				    (long long)(block * block));
	return fc_onnx_set_shape(call, 0, call->in[0]->type,
				 (const int64_t[]){ d[0], d[1] / (block * block), d[2] * block, d[3] * block }, 4)
		       ? -1
		       : fc_onnx_move(call);
}

int fc_onnx_run_space_to_depth(struct onnx_call *call)
{
	const int64_t *const d = call->in[0]->dims;
	int64_t block, channels;

	if (check_blocks(call, &block))
		return -1;
	if (d[2] % block || d[3] % block || __builtin_mul_overflow(d[1], block * block, &channels))
		return fc_onnx_fail(call, "found %lldx%lld pixels, expected multiples of %lld", (long long)d[2],
				    (long long)d[3], (long long)block);
	return fc_onnx_set_shape(call, 0, call->in[0]->type,
				 (const int64_t[]){ d[0], channels, d[2] / block, d[3] / block }, 4)
		       ? -1
		       : fc_onnx_move(call);
}

/* -------- columns of blocks -------- */

/* Columns of blocks back into an image: (N, C * block, positions) to (N, C, image). */
int fc_onnx_run_col2im(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	int64_t dims[ONNX_MAX_RANK + 2], block = 1;
	const int64_t *image, *sides;
	int count, side_count;

	if (fc_onnx_integers(call, NULL, 1, &image, &count) || fc_onnx_integers(call, NULL, 2, &sides, &side_count))
		return ONNX_LATER;
	if (x->rank != 3 || count != side_count || count > ONNX_MAX_RANK)
		return fc_onnx_fail(call,
				    "found %d dimensions, an image of %d and a block of %d, expected 3 and as many",
				    x->rank, count, side_count);
	for (int i = 0; i < count; i++) {
		dims[2 + i] = image[i];
		if (sides[i] < 1 || __builtin_mul_overflow(block, sides[i], &block))
			return fc_onnx_fail(call, "found a block with a side of %lld, expected another",
					    (long long)sides[i]);
	}
	if (x->dims[1] % block)
		return fc_onnx_fail(call, "found %lld values in a column, expected a multiple of %lld",
				    (long long)x->dims[1], (long long)block);
	dims[0] = x->dims[0];
	dims[1] = x->dims[1] / block;
	return fc_onnx_set_shape(call, 0, x->type, dims, 2 + count) ? -1 : fc_onnx_move(call);
}
