/* Other numbers of pixels: interpolation is no arithmetic of any counting rule, its bytes move. */
#include <math.h>
#include <string.h>

#include "onnx_ops.h"

/* Up to version 9 an attribute or the second input, then the third; sizes come in the fourth. */
static const struct onnx_value *scales_of(struct onnx_call *call)
{
	const struct onnx_value *const third = fc_onnx_input(call, 2), *const second = fc_onnx_input(call, 1);

	if (third && third->content.count > 0)
		return third;
	return call->in_count == 2 && second && second->content.count > 0 ? second : NULL;
}

static int read_axes(struct onnx_call *call, int *axes, int *count)
{
	const struct onnx_value *const x = call->in[0];
	const struct onnx_attribute *const a = fc_onnx_attribute(call, "axes");

	*count = a && a->integers ? a->count : x->rank;
	if (*count > x->rank)
		return fc_onnx_fail(call, "found %d axes, expected at most %d", *count, x->rank);
	for (int i = 0; i < *count; i++)
		if (fc_onnx_axis(call, a && a->integers ? a->integers[i] : i, x->rank, &axes[i]))
			return -1;
	return 0;
}

static int scaled(struct onnx_call *call, const double *scales, const int *axes, int count, int64_t *dims)
{
	for (int i = 0; i < count; i++) {
		const double side = floor((double)dims[axes[i]] * scales[i]);

		if (!(side >= 0 && side <= 1e12))
			return fc_onnx_fail(call, "found a scale of %g, expected one that gives a size", scales[i]);
		dims[axes[i]] = (int64_t)side;
	}
	return 0;
}

/* Sizes that the output keeps within, or reaches, in the proportions of the input. */
static void keep_proportions(const char *policy, const int *axes, int count, const int64_t *from, int64_t *dims)
{
	const bool larger = !strcmp(policy, "not_smaller");
	double scale = larger ? 0 : HUGE_VAL;

	for (int i = 0; i < count; i++) {
		const double each = (double)dims[axes[i]] / (double)(from[axes[i]] ? from[axes[i]] : 1);

		scale = larger ? fmax(scale, each) : fmin(scale, each);
	}
	for (int i = 0; i < count; i++)
		dims[axes[i]] = (int64_t)floor(scale * (double)from[axes[i]] + 0.5);
}

static int sized(struct onnx_call *call, const int64_t *sizes, const int *axes, int count, int64_t *dims)
{
	const char *const policy = fc_onnx_word(call, "keep_aspect_ratio_policy", "stretch");

	for (int i = 0; i < count; i++) {
		dims[axes[i]] = sizes[i];
		if (sizes[i] < 0 || sizes[i] > ONNX_MAX_ELEMENTS)
			return fc_onnx_fail(call, "found a size of %lld, expected another", (long long)sizes[i]);
	}
	if (strcmp(policy, "stretch"))
		keep_proportions(policy, axes, count, call->in[0]->dims, dims);
	return 0;
}

/* 0 where the sizes are known. */
static int find_dims(struct onnx_call *call, int64_t *dims)
{
	const struct onnx_value *const scales = scales_of(call), *const sizes = fc_onnx_input(call, 3);
	const struct onnx_attribute *const a = fc_onnx_attribute(call, "scales");
	const struct onnx_content *const given = scales ? &scales->content : sizes ? &sizes->content : NULL;
	int axes[ONNX_MAX_RANK], count;

	memcpy(dims, call->in[0]->dims, sizeof(call->in[0]->dims));
	if (read_axes(call, axes, &count))
		return -1;
	if (!given && a && a->reals)
		return a->count == count ? scaled(call, a->reals, axes, count, dims)
					 : fc_onnx_fail(call, "found %d scales, expected %d", a->count, count);
	if (!given || given->count < 0)
		return ONNX_LATER;
	if (given->count != count)
		return fc_onnx_fail(call, "found %lld sizes, expected %d", (long long)given->count, count);
	if (given->reals)
		return scaled(call, given->reals, axes, count, dims);
	return sized(call, given->integers, axes, count, dims);
}

static bool lower(struct onnx_call *call)
{
	const struct onnx_value *const y = call->out[0];
	const char *const mode = fc_onnx_word(call, "mode", "nearest");
	const int64_t opset = call->m->model->opset;
	/* Upsample, and what became of it first, know one way alone. */
	const bool old = call->op->variant || (opset && opset < 11), nearest = !strcmp(mode, "nearest");
	const char *const where =
		fc_onnx_word(call, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
	const bool corners = !strcmp(where, "align_corners"), asymmetric = !strcmp(where, "asymmetric");
	const bool down = old || !strcmp(fc_onnx_word(call, "nearest_mode", "round_prefer_floor"), "floor");
	struct onnx_wish wish = { .op = FC_OP_RESIZE, .data = 1 };

	if (y->rank != 4 || y->dims[2] > 65536 || y->dims[3] > 65536 || fc_onnx_integer(call, "antialias", 0))
		return false;
	/* The kind's nearest pixel is floor(j * in / out), its bilinear one lies between centres or corners. */
	if (nearest ? !asymmetric || !down
		    : strcmp(mode, "linear") || asymmetric || !strcmp(where, "tf_crop_and_resize"))
		return false;
	wish.attributes = (struct fc_attributes){
		.kernel_h = y->dims[2],
		.kernel_w = y->dims[3],
		.bilinear = !nearest,
		.align_corners = !nearest && corners,
	};
	return fc_onnx_lower(call, &wish);
}

int fc_onnx_run_resize(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	int64_t dims[ONNX_MAX_RANK];
	const int rc = find_dims(call, dims);

	if (rc)
		return rc;
	if (fc_onnx_set_shape(call, 0, x->type, dims, x->rank))
		return -1;
	if (!memcmp(dims, x->dims, sizeof(*dims) * (size_t)x->rank)) {
		fc_onnx_view(call->out[0], x);
		return 0;
	}
	return lower(call) ? 0 : fc_onnx_move(call);
}

/* Pixels at given places: the places' shape with the channels of the input. */
int fc_onnx_run_grid_sample(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0], *const grid = call->in[1];
	int64_t dims[ONNX_MAX_RANK];

	if (x->rank < 3 || grid->rank != x->rank)
		return fc_onnx_fail(call, "found %d and %d dimensions, expected as many, 3 or more", x->rank,
				    grid->rank);
	dims[0] = x->dims[0];
	dims[1] = x->dims[1];
	for (int i = 2; i < x->rank; i++)
		dims[i] = grid->dims[i - 1];
	return fc_onnx_set_shape(call, 0, x->type, dims, x->rank) ? -1 : fc_onnx_move(call);
}

/* (N, C, H, W) by its size to (N, H, W, 2), or with a depth. */
int fc_onnx_run_affine_grid(struct onnx_call *call)
{
	int64_t dims[ONNX_MAX_RANK];
	const int64_t *size;
	int count, rank = 0, rc = fc_onnx_integers(call, NULL, 1, &size, &count);

	if (rc)
		return rc;
	if (count != 4 && count != 5)
		return fc_onnx_fail(call, "found a size of %d numbers, expected 4 or 5", count);
	dims[rank++] = size[0];
	for (int i = 2; i < count; i++)
		dims[rank++] = size[i];
	dims[rank++] = count - 2;
	return fc_onnx_set_shape(call, 0, call->in[0]->type, dims, rank) ? -1 : fc_onnx_move(call);
}

/* Boxes of an image, brought to one size. */
int fc_onnx_run_roi(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0], *const boxes = call->in[1];
	const struct onnx_attribute *const shape = fc_onnx_attribute(call, "pooled_shape");
	const int64_t h = shape && shape->count == 2 && shape->integers ? shape->integers[0]
									: fc_onnx_integer(call, "output_height", 1);
	const int64_t w = shape && shape->count == 2 && shape->integers ? shape->integers[1]
									: fc_onnx_integer(call, "output_width", 1);

	if (x->rank != 4 || boxes->rank != 2)
		return fc_onnx_fail(call, "found %d and %d dimensions, expected 4 and 2", x->rank, boxes->rank);
	return fc_onnx_set_shape(call, 0, x->type, (const int64_t[]){ boxes->dims[0], x->dims[1], h, w }, 4)
		       ? -1
		       : fc_onnx_move_part(call);
}
