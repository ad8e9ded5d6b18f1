/*
 * Random networks, every multiply-accumulate of every phase counted one by one: by the loops that compute a layer, and by
 * those that compute its gradients, which are others.
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

/* -------- drawing networks -------- */

struct dice {
	uint64_t seed, index;
};

static int roll(struct dice *dice, int low, int high)
{
	return low + (int)(fc_uniform_at(23, dice->seed, dice->index++) * (float)(high - low + 1));
}

static void add_conv(struct dice *d, struct fc_str *text, const char *kind)
{
	const int groups = roll(d, 1, 2);

	fc_str_addf(text, "%s %d %dx%d stride=%dx%d pad=%dx%d dilation=%dx%d groups=%d bias=%s\n", kind,
		    groups * roll(d, 1, 3), roll(d, 1, 4), roll(d, 1, 4), roll(d, 1, 3), roll(d, 1, 3), roll(d, 0, 2),
		    roll(d, 0, 2), roll(d, 1, 2), roll(d, 1, 2), groups, roll(d, 0, 1) ? "true" : "false");
}

/* A layer at a time; what does not fit is refused by the reader and drawn anew. */
static void draw(struct dice *d, struct fc_str *text)
{
	const int layers = roll(d, 2, 6);

	fc_str_addf(text, "network x\ninput %dx%dx%d\nclasses 3\n", roll(d, 1, 4), roll(d, 3, 9), roll(d, 3, 9));
	for (int i = 0; i < layers; i++)
		switch (roll(d, 0, 6)) {
		case 0:
		case 1:
			add_conv(d, text, "conv");
			break;
		case 2:
			add_conv(d, text, "conv_transpose");
			break;
		case 3:
			fc_str_add(text, "relu\n");
			break;
		case 4:
			fc_str_add(text, "batch_norm\n");
			break;
		case 5:
			fc_str_addf(text, "linear %d bias=false\n", roll(d, 1, 5));
			break;
		case 6:
			fc_str_addf(text, "a%d: conv 4 3 pad=1\nb%d: conv 4 1 pad=0 from a%d\nadd a%d b%d\n", i, i, i,
				    i, i);
			break;
		}
	fc_str_add(text, "dense 3\noutput\n");
}

/* -------- counting -------- */

/* Products of a phase: all of them, and those that are not with a zero of the padding. */
struct products {
	uint64_t all, in_bounds;
};

static bool inside(int64_t at, int64_t size)
{
	return at >= 0 && at < size;
}

/* What a window of the side of `small` sees of the side of `large`; a transposed convolution has them the other way round. */
struct windows {
	struct fc_shape small, large;
	int64_t depth; /* products per pair of a position and a tap, per image and channel of `small` */
	const struct fc_attributes *a;
};

static struct windows windows_of(const struct fc_graph *graph, const struct fc_node *node)
{
	const struct fc_shape in = fc_graph_input_shape(graph, node, 0), out = node->shape;
	const struct fc_attributes *const a = &node->attributes;

	if (node->op == FC_OP_CONV_TRANSPOSE)
		return (struct windows){ in, out, out.c / a->groups, a };
	return (struct windows){ out, in, in.c / a->groups, a };
}

/* Forward of a convolution, backward data of a transposed one: for each position every tap. */
static struct products gather(const struct windows *w)
{
	struct products p = { 0, 0 };

	for (int64_t n = 0; n < w->small.n; n++)
		for (int64_t c = 0; c < w->small.c; c++)
			for (int64_t y = 0; y < w->small.h; y++)
				for (int64_t x = 0; x < w->small.w; x++)
					for (int64_t i = 0; i < w->depth; i++)
						for (int64_t r = 0; r < w->a->kernel_h; r++)
							for (int64_t s = 0; s < w->a->kernel_w; s++) {
								const int64_t v = y * w->a->stride_h - w->a->pad_h +
										  r * w->a->dilation_h;
								const int64_t u = x * w->a->stride_w - w->a->pad_w +
										  s * w->a->dilation_w;

								p.all++;
								p.in_bounds += inside(v, w->large.h) &&
									       inside(u, w->large.w);
							}
	return p;
}

/* The position whose tap falls on `at`, or -1. */
static int64_t position(int64_t at, int64_t tap, int64_t pad, int64_t stride, int64_t dilation, int64_t count)
{
	const int64_t shifted = at + pad - tap * dilation;

	return shifted % stride == 0 && inside(shifted / stride, count) && shifted >= 0 ? shifted / stride : -1;
}

/* The gradient of what windows look at, pixel by pixel: only real pixels have one. */
static uint64_t scatter(const struct windows *w)
{
	uint64_t products = 0;

	for (int64_t v = 0; v < w->large.h; v++)
		for (int64_t u = 0; u < w->large.w; u++)
			for (int64_t r = 0; r < w->a->kernel_h; r++)
				for (int64_t s = 0; s < w->a->kernel_w; s++) {
					const int64_t y = position(v, r, w->a->pad_h, w->a->stride_h,
								   w->a->dilation_h, w->small.h);
					const int64_t x = position(u, s, w->a->pad_w, w->a->stride_w,
								   w->a->dilation_w, w->small.w);

					for (int64_t c = 0; y >= 0 && x >= 0 && c < w->small.c; c++)
						products += (uint64_t)(w->small.n * w->depth);
				}
	return products;
}

/* The gradient of every weight, one after the other: over all positions. */
static struct products correlate(const struct windows *w)
{
	struct products p = { 0, 0 };

	for (int64_t c = 0; c < w->small.c; c++)
		for (int64_t i = 0; i < w->depth; i++)
			for (int64_t r = 0; r < w->a->kernel_h; r++)
				for (int64_t s = 0; s < w->a->kernel_w; s++)
					for (int64_t n = 0; n < w->small.n; n++)
						for (int64_t y = 0; y < w->small.h; y++)
							for (int64_t x = 0; x < w->small.w; x++) {
								p.all++;
								p.in_bounds +=
									inside(y * w->a->stride_h - w->a->pad_h +
										       r * w->a->dilation_h,
									       w->large.h) &&
									inside(x * w->a->stride_w - w->a->pad_w +
										       s * w->a->dilation_w,
									       w->large.w);
							}
	return p;
}

/* A matrix of weights: rows times what comes in times what goes out. */
static struct products product(const struct fc_graph *graph, const struct fc_node *node)
{
	const struct fc_shape in = fc_graph_input_shape(graph, node, 0);
	const int64_t features = node->op == FC_OP_DENSE ? in.c * in.h * in.w : in.w;
	struct products p = { 0, 0 };

	for (int64_t out = 0; out < fc_shape_elements(node->shape); out++)
		for (int64_t i = 0; i < features; i++) {
			p.all++;
			p.in_bounds++;
		}
	return p;
}

static bool is_conv(const struct fc_node *node)
{
	return node->op == FC_OP_CONV || node->op == FC_OP_CONV_TRANSPOSE;
}

static struct products count(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase)
{
	struct products p = { 0, 0 };
	struct windows w;

	if (node->op == FC_OP_DENSE || node->op == FC_OP_LINEAR)
		return product(graph, node);
	if (!is_conv(node))
		return p;
	w = windows_of(graph, node);
	p = phase == FC_PHASE_BACKWARD_WEIGHTS ? correlate(&w) : gather(&w);
	/* What forward gathers its data gradient scatters; of a transposed convolution it is the reverse. */
	if ((phase == FC_PHASE_BACKWARD_DATA) == (node->op == FC_OP_CONV))
		assert_int_equal(p.in_bounds, scatter(&w));
	return p;
}

/* -------- comparing -------- */

static bool learns(const struct fc_graph *graph, int node)
{
	if (graph->nodes[node].param_count)
		return true;
	for (int k = 0; k < graph->nodes[node].input_count; k++)
		if (learns(graph, graph->nodes[node].inputs[k]))
			return true;
	return false;
}

static bool has_phase(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase)
{
	bool data = false;

	for (int k = 0; k < node->input_count; k++)
		data = data || learns(graph, node->inputs[k]);
	return phase == FC_PHASE_FORWARD || (phase == FC_PHASE_BACKWARD_DATA && data) ||
	       (phase == FC_PHASE_BACKWARD_WEIGHTS && node->param_count);
}

static void compare(const struct fc_graph *graph, const struct fc_cost_table *all,
		    const struct fc_cost_table *in_bounds, const char *text)
{
	for (int n = 1; n < graph->node_count; n++)
		for (enum fc_phase phase = FC_PHASE_FORWARD; phase <= FC_PHASE_BACKWARD_WEIGHTS; phase++) {
			const struct fc_node *const node = &graph->nodes[n];
			const struct fc_cost *const a = fc_cost_find(all, (struct fc_step){ n, phase });
			const struct fc_cost *const b = fc_cost_find(in_bounds, (struct fc_step){ n, phase });
			const struct products p = count(graph, node, phase);

			assert_true(!a == !b);
			if (!is_conv(node) && node->op != FC_OP_DENSE && node->op != FC_OP_LINEAR)
				continue;
			assert_true(has_phase(graph, node, phase) == (a != NULL));
			if (!a || (a->macs == p.all && b->macs == p.in_bounds))
				continue;
			fail_msg("%s\nlayer %s, %s: found %llu and %llu, counted %llu and %llu", text, node->name,
				 fc_phase_name(phase), (unsigned long long)a->macs, (unsigned long long)b->macs,
				 (unsigned long long)p.all, (unsigned long long)p.in_bounds);
		}
}

static void random_networks(void **state)
{
	const struct fc_cost_options only_inside = { .in_bounds = true };
	int counted = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 1200; seed++) {
		struct dice dice = { seed, 0 };
		const struct fc_model_request request = { .model = "x.net", .batch = roll(&dice, 1, 2) };
		struct fc_cost_table all, in_bounds;
		struct fc_str text = { 0 };
		struct fc_error err = { "" };
		struct fc_graph graph;

		draw(&dice, &text);
		if (!fc_model_read(&request, text.text, text.length, &graph, &err)) {
			assert_int_equal(fc_cost_build(&graph, &all, &err), 0);
			assert_int_equal(fc_cost_build_as(&graph, &only_inside, &in_bounds, &err), 0);
			compare(&graph, &all, &in_bounds, text.text);
			fc_cost_release(&all);
			fc_cost_release(&in_bounds);
			fc_graph_release(&graph);
			counted++;
		}
		fc_str_release(&text);
	}
	if (counted < 300)
		fail_msg("only %d of the networks that were drawn are networks", counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_networks) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
