/*
 * Random networks counted twice: by the analyzer, and by loops that do what the definitions say, one multiplication at a time,
 * forward and for every gradient that something below needs. The generator knows shapes only from such loops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"
#include "flopclock/random.h"
#include "flopclock/str.h"

enum { NETWORKS = 400, MAX_VALUES = 64, MAX_ELEMENTS = 1500 };

struct value {
	int c, h, w;
	bool wants;	/* something at or below it learns */
	bool read;
};

struct counted {
	uint64_t forward, in_bounds, backward_data, backward_weights, params;
};

struct world {
	uint64_t seed;
	int rolls, count, n;
	struct value values[MAX_VALUES];
	struct fc_str text;
	struct counted counted;
};

static int roll(struct world *w, int low, int high)
{
	uint32_t word[4];

	fc_philox(w->seed, 13, (uint64_t)w->rolls++, word);
	return low + (int)(word[0] % (uint32_t)(high - low + 1));
}

static int divisor(struct world *w, int number)
{
	int d;

	do
		d = roll(w, 1, number);
	while (number % d);
	return d;
}

/* How many positions a window takes, by sliding it. */
static int slide(int in, int kernel, int stride, int pad, int dilation)
{
	int count = 0;

	for (int start = -pad; start + dilation * (kernel - 1) < in + pad; start += stride)
		count++;
	return count;
}

static void name(struct world *w, int value)
{
	if (value)
		fc_str_addf(&w->text, "v%d", value);
	else
		fc_str_add(&w->text, "in");
	w->values[value].read = true;
}

static void begin(struct world *w)
{
	fc_str_addf(&w->text, "v%d: ", w->count);
}

static void from(struct world *w, int value)
{
	fc_str_add(&w->text, " from ");
	name(w, value);
	fc_str_addc(&w->text, '\n');
}

static void add(struct world *w, int c, int h, int width, bool wants)
{
	w->values[w->count++] = (struct value){ c, h, width, wants, false };
}

/* A layer with one weight per product: as many products again for each gradient. */
static void count_layer(struct world *w, uint64_t products, uint64_t in_bounds, bool wants, uint64_t params)
{
	w->counted.forward += products;
	w->counted.in_bounds += in_bounds;
	w->counted.backward_data += wants ? products : 0;
	w->counted.backward_weights += products;
	w->counted.params += params;
}

/* -------- kinds -------- */

struct window {
	int kernel[2], stride[2], pad[2], dilation[2];
};

static struct window random_window(struct world *w)
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

static void write_window(struct world *w, const struct window *k)
{
	fc_str_addf(&w->text, " %dx%d stride=%dx%d pad=%dx%d dilation=%dx%d", k->kernel[0], k->kernel[1], k->stride[0],
		    k->stride[1], k->pad[0], k->pad[1], k->dilation[0], k->dilation[1]);
}

/*
 * Positions times taps in one plane of `of`, and those of them that lie within `inside`: the loops of a convolution, and of a
 * transposed one, whose positions are its inputs and whose taps lie in its output.
 */
static void plane(const struct window *k, const int of[2], const int inside[2], uint64_t *all, uint64_t *in_bounds)
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

static void convolution(struct world *w, int x)
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
static int written(int in, int kernel, int stride, int pad, int dilation)
{
	int last = 0;

	for (int i = 0; i < in; i++)
		for (int t = 0; t < kernel; t++)
			if (i * stride + t * dilation > last)
				last = i * stride + t * dilation;
	return last + 1 - 2 * pad;
}

static void transposed(struct world *w, int x)
{
	const struct value in = w->values[x];
	const struct window k = random_window(w);
	const int groups = divisor(w, in.c), out = groups * roll(w, 1, 2);
	const int sides[2] = { in.h, in.w };
	int size[2], more[2];
	uint64_t all, in_bounds, pairs = 0;

	for (int side = 0; side < 2; side++) {
		more[side] = k.stride[side] > 1 ? roll(w, 0, 1) : 0;
		size[side] = written(sides[side], k.kernel[side], k.stride[side], k.pad[side], k.dilation[side]) + more[side];
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

static void dense(struct world *w, int x)
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
static void matmul(struct world *w, int x)
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
static void recurrent(struct world *w, int x)
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

/* Kinds without products: parameters and shapes only. */
static void other(struct world *w, int x)
{
	static const char *const same[] = { "silu", "relu6", "hard_swish", "gelu", "softmax axis=2", "leaky_relu", "scale 0.5",
					    "dropout 0.1", "stochastic_depth 0.2", "local_response_norm 3", "add %s %s",
					    "multiply %s %s", "maximum %s %s", "channel_shuffle 1" };
	const struct value in = w->values[x];
	const char *const text = same[roll(w, 0, (int)(sizeof(same) / sizeof(same[0])) - 1)];

	begin(w);
	if (strchr(text, '%')) {
		fc_str_addf(&w->text, "%.*s ", (int)strcspn(text, " "), text);
		name(w, x);
		fc_str_addc(&w->text, ' ');
		name(w, x);
		fc_str_addc(&w->text, '\n');
	} else {
		fc_str_add(&w->text, text);
		from(w, x);
	}
	add(w, in.c, in.h, in.w, in.wants);
}

static void norm(struct world *w, int x)
{
	const struct value in = w->values[x];
	const int which = roll(w, 0, 3);
	const int params[] = { in.c, in.w, in.c, in.c };

	begin(w);
	fc_str_add(&w->text, (const char *const[]){ "batch_norm", "layer_norm", "layer_norm channels", "group_norm 1" }[which]);
	from(w, x);
	w->counted.params += 2 * (uint64_t)params[which];
	add(w, in.c, in.h, in.w, true);
}

static void reshape(struct world *w, int x)
{
	const struct value in = w->values[x];
	const int which = roll(w, 0, 4);

	begin(w);
	switch (which) {
	case 0:
		fc_str_addf(&w->text, "reshape %d %d 1", in.h, in.c * in.w);
		break;
	case 1:
		fc_str_add(&w->text, "permute 3 1 2");
		break;
	case 2:
		fc_str_addf(&w->text, "slice %d 1", in.c - 1);
		break;
	case 3:
		fc_str_add(&w->text, "pad 0x1 end=1x0");
		break;
	default:
		fc_str_add(&w->text, "resize scale=1x2 bilinear");
	}
	from(w, x);
	add(w, (const int[]){ in.h, in.w, 1, in.c, in.c }[which], (const int[]){ in.c * in.w, in.c, in.h, in.h + 1, in.h }[which],
	    (const int[]){ 1, in.h, in.w, in.w + 1, 2 * in.w }[which], in.wants);
}

static void (*const kinds[])(struct world *, int) = { convolution, convolution, transposed, dense, matmul,
						      recurrent,   other,	other,	    norm,  reshape };

/* -------- the whole -------- */

/* All that nothing has read yet becomes one row of features: no products, but for the last layer's. */
static void finish(struct world *w)
{
	int features = 0;
	bool wants = false;

	for (int v = 0, last = w->count; v < last; v++) {
		if (w->values[v].read)
			continue;
		begin(w);
		fc_str_add(&w->text, "adaptive_avg_pool 1");
		from(w, v);
		add(w, w->values[v].c, 1, 1, w->values[v].wants);
	}
	fc_str_add(&w->text, "concat");
	for (int v = 0, last = w->count; v < last; v++) {
		if (w->values[v].read)
			continue;
		fc_str_addc(&w->text, ' ');
		features += w->values[v].c;
		wants = wants || w->values[v].wants;
		name(w, v);
	}
	fc_str_add(&w->text, "\ndense 3\noutput\n");
	count_layer(w, (uint64_t)(w->n * 3 * features), (uint64_t)(w->n * 3 * features), wants, (uint64_t)(3 * features + 3));
}

static void generate(struct world *w)
{
	const int layers = roll(w, 2, 14);

	w->n = roll(w, 1, 3);
	w->count = 1;
	w->values[0] = (struct value){ roll(w, 1, 4), roll(w, 1, 7), roll(w, 1, 7), false, false };
	fc_str_addf(&w->text, "network x\ninput %dx%dx%d\nclasses 3\n", w->values[0].c, w->values[0].h, w->values[0].w);
	for (int layer = 0; layer < layers; layer++) {
		const int x = roll(w, 0, 2) ? w->count - 1 : roll(w, 0, w->count - 1);

		if (w->values[x].c * w->values[x].h * w->values[x].w <= MAX_ELEMENTS)
			kinds[roll(w, 0, (int)(sizeof(kinds) / sizeof(kinds[0])) - 1)](w, x);
	}
	finish(w);
}

static uint64_t macs(const struct fc_cost_table *table, enum fc_phase phase)
{
	uint64_t sum = 0;

	for (int i = 0; i < table->count; i++)
		if (table->costs[i].step.phase == phase)
			sum += table->costs[i].macs;
	return sum;
}

static void expect(const struct world *w, const char *what, uint64_t found, uint64_t counted)
{
	if (found != counted)
		fail_msg("%s: found %llu, counted %llu in\n%s", what, (unsigned long long)found, (unsigned long long)counted,
			 w->text.text);
}

static void check(const struct world *w)
{
	const struct fc_model_request request = { .model = "x.net", .batch = w->n };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;
	uint64_t in_bounds;

	if (fc_model_read(&request, w->text.text, w->text.length, &graph, &err) || fc_cost_build(&graph, &table, &err))
		fail_msg("%s\n%s", err.text, w->text.text);
	expect(w, "forward", macs(&table, FC_PHASE_FORWARD), w->counted.forward);
	expect(w, "backward_data", macs(&table, FC_PHASE_BACKWARD_DATA), w->counted.backward_data);
	expect(w, "backward_weights", macs(&table, FC_PHASE_BACKWARD_WEIGHTS), w->counted.backward_weights);
	expect(w, "parameters", table.params, w->counted.params);
	assert_int_equal(fc_rule_apply(fc_rule_find("in-bounds"), &table, FC_PASS_TRAIN, -1, &in_bounds, &err), 0);
	expect(w, "in bounds", in_bounds, w->counted.in_bounds);
	fc_cost_release(&table);
	fc_graph_release(&graph);
}

static void networks_by_loops(void **state)
{
	uint64_t most = 0;

	(void)state;
	for (uint64_t seed = 0; seed < NETWORKS; seed++) {
		struct world w = { .seed = seed };

		generate(&w);
		check(&w);
		most = w.counted.forward > most ? w.counted.forward : most;
		fc_str_release(&w.text);
	}
	assert_true(most > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_by_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
