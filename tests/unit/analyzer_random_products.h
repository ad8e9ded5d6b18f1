/* Layers of products, drawn and counted one multiplication at a time. */
#ifndef TEST_ANALYZER_RANDOM_PRODUCTS_H
#define TEST_ANALYZER_RANDOM_PRODUCTS_H

#include "analyzer_random_world.h"

struct window {
	int kernel[2], stride[2], pad[2], dilation[2];
};

static inline struct window random_window(struct world *w)
{
	struct window k;

	for (int side = 0; side < 2; side++) {
		k.kernel[side] = roll(w, 1, 3);
		k.stride[side] = roll(w, 1, 2);
		k.dilation[side] = roll(w, 1, 2);
		k.pad[side] = roll(w, 0, k.dilation[side] * (k.kernel[side] - 1) / 2 + 1);
	}
	return k;
}

static inline void write_window(struct world *w, const struct window *k)
{
	fc_str_addf(&w->text, " %dx%d stride=%dx%d pad=%dx%d dilation=%dx%d", k->kernel[0], k->kernel[1],
		    k->stride[0], k->stride[1], k->pad[0], k->pad[1], k->dilation[0], k->dilation[1]);
}

/*
 * Positions times taps in one plane of `of`, and those of them that lie within `inside`: the loops of a convolution, and of a
 * transposed one, whose positions are its inputs and whose taps lie in its output.
 */
static inline void plane(const struct window *k, const int of[2], const int inside[2], uint64_t *all,
			 uint64_t *in_bounds)
{
	*all = *in_bounds = 0;
	for (int y = 0; y < of[0]; y++)
		for (int x = 0; x < of[1]; x++)
			for (int r = 0; r < k->kernel[0]; r++)
				for (int s = 0; s < k->kernel[1]; s++) {
					const int v = y * k->stride[0] - k->pad[0] + r * k->dilation[0];
					const int u = x * k->stride[1] - k->pad[1] + s * k->dilation[1];

					++*all;
					*in_bounds += v >= 0 && v < inside[0] && u >= 0 && u < inside[1];
				}
}

static inline void convolution(struct world *w, int x)
{
	const struct value in = w->values[x];
	const struct window k = random_window(w);
	const int groups = divisor(w, in.c), out = groups * roll(w, 1, 2), bias = roll(w, 0, 1);
	const int sides[2] = { in.h, in.w };
	int size[2];
	uint64_t all, in_bounds, pairs = 0;

	for (int side = 0; side < 2; side++)
		size[side] = slide(sides[side], k.kernel[side], k.stride[side], k.pad[side], k.dilation[side]);
	if (size[0] < 1 || size[1] < 1)
		return;
	for (int o = 0; o < out; o++)
		for (int i = 0; i < in.c; i++)
			pairs += o / (out / groups) == i / (in.c / groups);
	plane(&k, size, sides, &all, &in_bounds);
	begin(w);
	fc_str_addf(&w->text, "conv %d", out);
	write_window(w, &k);
	fc_str_addf(&w->text, " groups=%d bias=%d", groups, bias);
	from(w, x);
	count_layer(w, (uint64_t)w->n * pairs * all, (uint64_t)w->n * pairs * in_bounds, in.wants,
		    pairs * (uint64_t)(k.kernel[0] * k.kernel[1]) + (uint64_t)(bias * out));
	add(w, out, size[0], size[1], true);
}

/* The last pixel that any input writes, without what the padding cuts off on both sides. */
static inline int written(int in, int kernel, int stride, int pad, int dilation)
{
	int last = 0;

	for (int i = 0; i < in; i++)
		for (int t = 0; t < kernel; t++)
			if (i * stride + t * dilation > last)
				last = i * stride + t * dilation;
	return last + 1 - 2 * pad;
}

static inline void transposed(struct world *w, int x)
{
	const struct value in = w->values[x];
	const struct window k = random_window(w);
	const int groups = divisor(w, in.c), out = groups * roll(w, 1, 2);
	const int sides[2] = { in.h, in.w };
	int size[2], more[2];
	uint64_t all, in_bounds, pairs = 0;

	for (int side = 0; side < 2; side++) {
		more[side] = k.stride[side] > 1 ? roll(w, 0, 1) : 0;
		size[side] = written(sides[side], k.kernel[side], k.stride[side], k.pad[side], k.dilation[side]) +
			     more[side];
		if (size[side] < 1)
			return;
	}
	for (int o = 0; o < out; o++)
		for (int i = 0; i < in.c; i++)
			pairs += o / (out / groups) == i / (in.c / groups);
	plane(&k, sides, size, &all, &in_bounds);
	begin(w);
	fc_str_addf(&w->text, "conv_transpose %d", out);
	write_window(w, &k);
	fc_str_addf(&w->text, " groups=%d out_pad=%dx%d bias=false", groups, more[0], more[1]);
	from(w, x);
	count_layer(w, (uint64_t)w->n * pairs * all, (uint64_t)w->n * pairs * in_bounds, in.wants,
		    pairs * (uint64_t)(k.kernel[0] * k.kernel[1]));
	add(w, out, size[0], size[1], true);
}

static inline void dense(struct world *w, int x)
{
	const struct value in = w->values[x];
	const bool rows = roll(w, 0, 1);
	const int out = roll(w, 1, 5), features = rows ? in.w : in.c * in.h * in.w, count = rows ? in.c * in.h : 1;
	uint64_t products = 0;

	for (int r = 0; r < w->n * count; r++)
		for (int o = 0; o < out; o++)
			for (int i = 0; i < features; i++)
				products++;
	begin(w);
	fc_str_addf(&w->text, "%s %d", rows ? "linear" : "dense", out);
	from(w, x);
	count_layer(w, products, products, in.wants, (uint64_t)(out * (features + 1)));
	add(w, rows ? in.c : out, rows ? in.h : 1, rows ? out : 1, true);
}

/* A value with itself, its last two sides exchanged on one side or the other: two gradients of one value. */
static inline void matmul(struct world *w, int x)
{
	const struct value in = w->values[x];
	const bool first = roll(w, 0, 1);
	const int side = first ? in.w : in.h, between = first ? in.h : in.w;
	uint64_t products = 0;

	for (int p = 0; p < w->n * in.c; p++)
		for (int i = 0; i < side; i++)
			for (int j = 0; j < side; j++)
				for (int k = 0; k < between; k++)
					products++;
	begin(w);
	fc_str_add(&w->text, "matmul ");
	name(w, x);
	fc_str_addc(&w->text, ' ');
	name(w, x);
	fc_str_addf(&w->text, " %s\n", first ? "transpose_a" : "transpose_b");
	w->counted.forward += products;
	w->counted.in_bounds += products;
	w->counted.backward_data += in.wants ? 2 * products : 0;
	add(w, in.c, side, side, in.wants);
}

/* One pass back gives all gradients; where the inputs need none, the weights' and that of the state before remain. */
static inline void recurrent(struct world *w, int x)
{
	const struct value in = w->values[x];
	const bool lstm = roll(w, 0, 1);
	const int hidden = roll(w, 1, 4), gates = lstm ? 4 : 3;
	uint64_t inputs = 0, states = 0;

	for (int step = 0; step < w->n * in.c * in.h; step++)
		for (int g = 0; g < gates * hidden; g++) {
			for (int i = 0; i < in.w; i++)
				inputs++;
			for (int i = 0; i < hidden; i++)
				states++;
		}
	begin(w);
	fc_str_addf(&w->text, "%s %d", lstm ? "lstm" : "gru", hidden);
	from(w, x);
	w->counted.forward += inputs + states;
	w->counted.in_bounds += inputs + states;
	if (in.wants)
		w->counted.backward_data += 2 * (inputs + states);
	else
		w->counted.backward_weights += inputs + 2 * states;
	w->counted.params += (uint64_t)(gates * hidden * (in.w + hidden + 2));
	add(w, in.c, in.h, hidden, true);
}

#endif
