/*
 * Convolutions over any number of sides.
 *
 * MACs = N * O * (output positions) * (I / groups) * (kernel positions); of a transposed one input positions and
 * O / groups. Positions on padding included, bias excluded.
 */
#include <string.h>

#include "onnx_ops.h"
#include "onnx_window.h"
#include "product.h"

/* -------- operands -------- */

/* Where an op has its operands and what it adds, which others are scales, and what type comes out; 0: what goes in. */
struct places {
	int x, weight, bias, sum;
	unsigned scales;
	int type;
};

static const struct places places[] = {
	{ 0, 1, 2, 0, 0, 0 },		/* Conv, ConvTranspose, CausalConvWithState */
	{ 0, 1, -1, 0, 0, ONNX_INT32 }, /* ConvInteger */
	{ 0, 3, 8, 0, 0xf6, 0 },	/* QLinearConv */
	{ 0, 1, 3, 0, 0, 0 },		/* DeformConv */
	{ 0, 1, 2, 3, 0, 0 },		/* FusedConv */
};

struct conv {
	const struct places *at;
	const struct onnx_value *x, *weight, *bias;
	struct onnx_window window;
	int64_t groups;
};

/* Some exporters write zeros where there is no bias. */
static bool is_zero(const struct onnx_value *value)
{
	if (value->parameter || !fc_onnx_is_known(value))
		return false;
	for (int64_t i = 0; i < value->content.count; i++)
		if (value->content.reals ? value->content.reals[i] != 0 : value->content.integers[i] != 0)
			return false;
	return true;
}

static int read_conv(struct onnx_call *call, struct conv *c)
{
	char x[ONNX_SHAPE_TEXT], w[ONNX_SHAPE_TEXT];

	*c = (struct conv){ .at = &places[call->op->variant], .groups = fc_onnx_integer(call, "group", 1) };
	c->x = fc_onnx_input(call, c->at->x);
	c->weight = fc_onnx_input(call, c->at->weight);
	c->bias = fc_onnx_input(call, c->at->bias);
	if (!c->x || !c->weight)
		return fc_onnx_fail(call, "found no weight, expected one");
	if (c->bias && is_zero(c->bias))
		c->bias = NULL;
	if (c->x->rank < 3 || c->weight->rank != c->x->rank)
		return fc_onnx_fail(call, "found %s and a weight of %s, expected as many dimensions, at least 3",
				    fc_onnx_shape_text(c->x, x), fc_onnx_shape_text(c->weight, w));
	if (c->groups < 1 || c->groups > 1000000000)
		return fc_onnx_fail(call, "found %lld groups, expected 1 or more", (long long)c->groups);
	if (fc_onnx_read_window(call, c->x, c->weight->dims + 2, &c->window))
		return -1;
	/* Pairs on pixels are counted tap by tap: a file full of giant windows is refused like one full of nodes. */
	for (int i = 0; i < c->window.rank; i++)
		call->m->steps += (int)(c->window.kernel[i] / 16);
	return 0;
}

static bool sides(const int64_t *dims, int rank, uint64_t *product)
{
	*product = 1;
	for (int i = 0; i < rank; i++)
		if (__builtin_mul_overflow(*product, (uint64_t)dims[i], product))
			return false;
	return true;
}

static bool pairs(const struct conv *c, const int64_t *positions, const int64_t *pixels, uint64_t *product)
{
	*product = 1;
	for (int i = 0; i < c->window.rank; i++)
		if (__builtin_mul_overflow(*product, fc_onnx_window_pairs(&c->window, i, positions[i], pixels[i]),
					   product))
			return false;
	return true;
}

/* The gradient of input and weight are products of the same size. */
static int count(struct onnx_call *call, const struct conv *c, uint64_t macs, uint64_t in_bounds)
{
	const uint64_t out = (uint64_t)fc_onnx_elements(call->out[0]);
	struct onnx_cost cost = { .counts = { .conv_macs = macs,
					      .conv_macs_in_bounds = in_bounds,
					      .conv_out = out,
					      .conv_bias = c->bias ? out : 0 },
				  .untrained = c->at->scales,
				  .learned = 1u << c->at->weight | (c->bias ? 1u << c->at->bias : 0) };

	if (c->at->x < FC_FOREIGN_INPUTS)
		cost.input_macs[c->at->x] = macs;
	if (c->at->weight < FC_FOREIGN_INPUTS)
		cost.input_macs[c->at->weight] = macs;
	if (c->at->sum > 0 && fc_onnx_input(call, c->at->sum))
		cost.counts.add_elements = out;
	fc_onnx_count_fused(call, &cost.counts);
	return fc_onnx_count(call, &cost);
}

static int too_large(struct onnx_call *call)
{
	return fc_onnx_fail(call, "found more multiply-accumulates than fit 64 bits, expected fewer");
}

static bool wish_of(const struct conv *c, int64_t out, struct onnx_wish *wish)
{
	const int last = c->window.rank - 1;

	if (c->window.rank > 2)
		return false;
	wish->data = 1u << c->at->x;
	wish->params = 1u << c->at->weight | (c->bias ? 1u << c->at->bias : 0);
	wish->attributes = fc_onnx_window_attributes(&c->window);
	wish->attributes.dilation_h = last ? c->window.dilation[0] : 1;
	wish->attributes.dilation_w = c->window.dilation[last];
	wish->attributes.out = out;
	wish->attributes.groups = c->groups;
	wish->attributes.bias = c->bias != NULL;
	return true;
}

/* -------- Conv -------- */

static int check_channels(struct onnx_call *call, const struct conv *c, int64_t in, int64_t out)
{
	if (c->x->dims[1] == in && out % c->groups == 0)
		return 0;
	return fc_onnx_fail(call,
			    "found %lld channels in and %lld out, expected %lld in and a multiple of %lld groups out",
			    (long long)c->x->dims[1], (long long)out, (long long)in, (long long)c->groups);
}

static int count_conv(struct onnx_call *call, const struct conv *c)
{
	const struct onnx_value *const y = call->out[0];
	const uint64_t depth = (uint64_t)c->weight->dims[1];
	uint64_t kernel, macs, in_bounds;

	if (!sides(c->window.kernel, c->window.rank, &kernel) || !pairs(c, y->dims + 2, c->x->dims + 2, &in_bounds) ||
	    !FC_PRODUCT(&macs, (uint64_t)fc_onnx_elements(y), depth, kernel) ||
	    !FC_PRODUCT(&in_bounds, in_bounds, (uint64_t)y->dims[0], (uint64_t)y->dims[1], depth))
		return too_large(call);
	return count(call, c, macs, in_bounds);
}

int fc_onnx_run_conv(struct onnx_call *call)
{
	struct onnx_wish wish = { .op = FC_OP_CONV };
	int64_t dims[ONNX_MAX_RANK], in;
	struct conv c;

	if (read_conv(call, &c))
		return -1;
	if (__builtin_mul_overflow(c.weight->dims[1], c.groups, &in) ||
	    check_channels(call, &c, in, c.weight->dims[0]))
		return -1;
	dims[0] = c.x->dims[0];
	dims[1] = c.weight->dims[0];
	if (fc_onnx_window_outputs(call, &c.window, c.x, false, dims + 2) ||
	    fc_onnx_set_shape(call, 0, c.at->type ? c.at->type : c.x->type, dims, c.x->rank))
		return -1;
	return call->op->kind && wish_of(&c, dims[1], &wish) && fc_onnx_lower(call, &wish) ? 0 : count_conv(call, &c);
}

/* Each step sees itself and those before it; the last ones are carried over. */
int fc_onnx_run_causal_conv(struct onnx_call *call)
{
	struct onnx_cost cost = { .untrained = 8 };
	int64_t carried[3];
	struct conv c;

	if (read_conv(call, &c) || fc_onnx_same_shape(call, 0, c.x))
		return -1;
	carried[0] = c.x->dims[0];
	carried[1] = c.x->dims[1];
	carried[2] = c.weight->dims[2] - 1;
	if (call->out_count > 1 && fc_onnx_set_shape(call, 1, c.x->type, carried, 3))
		return -1;
	cost.counts.conv_out = (uint64_t)fc_onnx_elements(call->out[0]);
	cost.counts.conv_bias = c.bias ? cost.counts.conv_out : 0;
	if (!FC_PRODUCT(&cost.counts.conv_macs, cost.counts.conv_out, (uint64_t)c.weight->dims[1],
			(uint64_t)c.weight->dims[2]))
		return too_large(call);
	cost.counts.conv_macs_in_bounds = cost.counts.conv_macs;
	cost.input_macs[0] = cost.input_macs[1] = cost.counts.conv_macs;
	fc_onnx_count_fused(call, &cost.counts);
	return fc_onnx_count(call, &cost);
}

/* -------- ConvTranspose -------- */

static int transposed_sides(struct onnx_call *call, struct conv *c, const int64_t *more, int64_t *dims)
{
	const struct onnx_attribute *const shape = fc_onnx_attribute(call, "output_shape");
	const struct onnx_window *const w = &c->window;

	if (shape && shape->integers && shape->count < w->rank)
		return fc_onnx_fail(call, "found an output of %d sides, expected %d", shape->count, w->rank);
	for (int i = 0; i < w->rank; i++) {
		const int64_t reach = w->dilation[i] * (w->kernel[i] - 1) + 1;
		const int64_t full = w->stride[i] * (c->x->dims[2 + i] - 1) + more[i] + reach;

		if (shape && shape->integers)
			dims[i] = shape->integers[shape->count - w->rank + i];
		else if (w->same)
			dims[i] = w->stride[i] * c->x->dims[2 + i];
		else
			dims[i] = full - w->begin[i] - w->end[i];
		if (dims[i] < 1)
			return fc_onnx_fail(call, "found an output side of %lld, expected at least 1",
					    (long long)dims[i]);
	}
	return 0;
}

static int count_transposed(struct onnx_call *call, const struct conv *c)
{
	const uint64_t width = (uint64_t)c->weight->dims[1];
	uint64_t kernel, macs, in_bounds;

	/* Every input pixel is a position of the window over the output. */
	if (!sides(c->window.kernel, c->window.rank, &kernel) ||
	    !pairs(c, c->x->dims + 2, call->out[0]->dims + 2, &in_bounds) ||
	    !FC_PRODUCT(&macs, (uint64_t)fc_onnx_elements(c->x), width, kernel) ||
	    !FC_PRODUCT(&in_bounds, in_bounds, (uint64_t)c->x->dims[0], (uint64_t)c->x->dims[1], width))
		return too_large(call);
	return count(call, c, macs, in_bounds);
}

static bool lower_transposed(struct onnx_call *call, const struct conv *c, const int64_t *more)
{
	struct onnx_wish wish = { .op = FC_OP_CONV_TRANSPOSE };
	const int w = c->window.rank - 1;

	if (!wish_of(c, call->out[0]->dims[1], &wish))
		return false;
	wish.attributes.out_pad_h = w ? more[0] : 0;
	wish.attributes.out_pad_w = more[w];
	for (int i = 0; i <= w; i++)
		if (c->window.begin[i] != c->window.end[i])
			return false;
	return fc_onnx_lower(call, &wish);
}

int fc_onnx_run_conv_transpose(struct onnx_call *call)
{
	const struct onnx_attribute *const a = fc_onnx_attribute(call, "output_padding");
	int64_t dims[ONNX_MAX_RANK], more[ONNX_MAX_RANK] = { 0 };
	struct conv c;

	if (read_conv(call, &c))
		return -1;
	for (int i = 0; a && a->integers && i < a->count && i < c.window.rank; i++) {
		more[i] = a->integers[i];
		if (more[i] < 0 || more[i] > ONNX_MAX_WINDOW)
			return fc_onnx_fail(call, "found a padding of %lld, expected 0 to %d", (long long)more[i],
					    ONNX_MAX_WINDOW);
	}
	dims[0] = c.x->dims[0];
	if (__builtin_mul_overflow(c.weight->dims[1], c.groups, &dims[1]) ||
	    check_channels(call, &c, c.weight->dims[0], dims[1]) || transposed_sides(call, &c, more, dims + 2) ||
	    fc_onnx_set_shape(call, 0, c.x->type, dims, c.x->rank))
		return -1;
	return lower_transposed(call, &c, more) ? 0 : count_transposed(call, &c);
}
