/*
 * Costs against loops that do what the definition says, and against figures worked out by hand.
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

struct loaded {
	struct fc_graph graph;
	struct fc_cost_table table;
};

static void load_text(struct loaded *loaded, const char *text, int64_t batch)
{
	const struct fc_model_request request = { .model = "x.net", .batch = batch };
	struct fc_error err = { "" };

	if (fc_model_read(&request, text, strlen(text), &loaded->graph, &err) ||
	    fc_cost_build(&loaded->graph, &loaded->table, &err))
		fail_msg("%s\n%s", err.text, text);
}

static void release(struct loaded *loaded)
{
	fc_cost_release(&loaded->table);
	fc_graph_release(&loaded->graph);
}

static const struct fc_cost *cost_of(const struct loaded *loaded, int node, enum fc_phase phase)
{
	return fc_cost_find(&loaded->table, (struct fc_step){ node, phase });
}

struct problem {
	int n, in, out, groups, h, w, kh, kw, sh, sw, ph, pw, dh, dw;
};

static int pick(uint64_t problem, uint64_t *index, int low, int high)
{
	return low + (int)(fc_uniform_at(7, problem, (*index)++) * (float)(high - low + 1));
}

static struct problem random_problem(uint64_t number)
{
	uint64_t i = 0;
	const int groups = pick(number, &i, 1, 3);

	return (struct problem){
		.n = pick(number, &i, 1, 2),
		.groups = groups,
		.in = groups * pick(number, &i, 1, 3),
		.out = groups * pick(number, &i, 1, 3),
		.h = pick(number, &i, 1, 9),
		.w = pick(number, &i, 1, 9),
		.kh = pick(number, &i, 1, 4),
		.kw = pick(number, &i, 1, 4),
		.sh = pick(number, &i, 1, 3),
		.sw = pick(number, &i, 1, 3),
		.ph = pick(number, &i, 0, 3),
		.pw = pick(number, &i, 0, 3),
		.dh = pick(number, &i, 1, 3),
		.dw = pick(number, &i, 1, 3),
	};
}

/* Positions of a window along one axis, found by sliding it. */
static int slide(int in, int kernel, int stride, int pad, int dilation)
{
	int count = 0;

	for (int start = -pad; start + dilation * (kernel - 1) < in + pad; start += stride)
		count++;
	return count;
}

/* The loop nest of a convolution: how often it multiplies, and how often not with padding. */
static void loop_nest(const struct problem *p, int oh, int ow, uint64_t *all, uint64_t *in_bounds)
{
	*all = *in_bounds = 0;
	for (int n = 0; n < p->n; n++)
		for (int o = 0; o < p->out; o++)
			for (int y = 0; y < oh; y++)
				for (int x = 0; x < ow; x++)
					for (int i = 0; i < p->in / p->groups; i++)
						for (int r = 0; r < p->kh; r++)
							for (int s = 0; s < p->kw; s++) {
								const int v = y * p->sh - p->ph + r * p->dh;
								const int u = x * p->sw - p->pw + s * p->dw;

								++*all;
								*in_bounds +=
									v >= 0 && v < p->h && u >= 0 && u < p->w;
							}
}

static void convolutions_by_loops(void **state)
{
	int counted = 0;

	(void)state;
	for (uint64_t number = 0; number < 600; number++) {
		const struct problem p = random_problem(number);
		const int oh = slide(p.h, p.kh, p.sh, p.ph, p.dh), ow = slide(p.w, p.kw, p.sw, p.pw, p.dw);
		char text[512];
		struct loaded l;
		uint64_t all, in_bounds;

		if (oh < 1 || ow < 1)
			continue;
		snprintf(text, sizeof(text),
			 "network x\ninput %dx%dx%d\nclasses 2\nrelu\nconv %d %dx%d stride=%dx%d pad=%dx%d "
			 "dilation=%dx%d "
			 "groups=%d\nadaptive_avg_pool 1\ndense classes\noutput\n",
			 p.in, p.h, p.w, p.out, p.kh, p.kw, p.sh, p.sw, p.ph, p.pw, p.dh, p.dw, p.groups);
		load_text(&l, text, p.n);
		loop_nest(&p, oh, ow, &all, &in_bounds);
		assert_int_equal(l.graph.nodes[2].shape.h, oh);
		assert_int_equal(l.graph.nodes[2].shape.w, ow);
		assert_int_equal(l.table.counts[2].conv_macs, all);
		assert_int_equal(l.table.counts[2].conv_macs_in_bounds, in_bounds);
		assert_int_equal(cost_of(&l, 2, FC_PHASE_FORWARD)->macs, all);
		assert_int_equal(cost_of(&l, 2, FC_PHASE_BACKWARD_WEIGHTS)->macs, all);
		/* Nothing below the first convolution learns. */
		assert_null(cost_of(&l, 2, FC_PHASE_BACKWARD_DATA));
		assert_null(cost_of(&l, 1, FC_PHASE_BACKWARD_DATA));
		release(&l);
		counted++;
	}
	assert_true(counted > 300);
}

/* PyTorch's rule for ceil mode: no window begins behind the input and its first padding. */
static int slide_ceil(int in, int kernel, int stride, int pad)
{
	int count = slide(in, kernel, stride, pad, 1);
	const int next = count * stride - pad;

	/* One more window when something is left over that the last one did not reach, if it begins on the input. */
	if (count > 0 && (count - 1) * stride - pad + kernel < in + pad && next < in)
		count++;
	if (count == 0 && next < in && in + 2 * pad - kernel > -stride)
		count = 1;
	return count;
}

static void pools_by_sliding(void **state)
{
	(void)state;
	for (int in = 1; in <= 12; in++)
		for (int kernel = 1; kernel <= 4; kernel++)
			for (int stride = 1; stride <= 4; stride++)
				for (int pad = 0; pad <= kernel / 2; pad++)
					for (int ceil = 0; ceil < 2; ceil++) {
						const int out = ceil ? slide_ceil(in, kernel, stride, pad) :
								       slide(in, kernel, stride, pad, 1);
						char text[256];
						struct loaded l;

						if (out < 1)
							continue;
						snprintf(text, sizeof(text),
							 "network x\ninput 2x%dx%d\nclasses 2\nmax_pool %d stride=%d "
							 "pad=%d%s\n"
							 "adaptive_avg_pool 1\ndense 2\noutput\n",
							 in, in, kernel, stride, pad, ceil ? " ceil" : "");
						load_text(&l, text, 1);
						if (l.graph.nodes[1].shape.h != out)
							fail_msg("%sfound %d, expected %d", text,
								 (int)l.graph.nodes[1].shape.h, out);
						release(&l);
					}
}

struct expected_cost {
	const char *layer;
	enum fc_phase phase;
	uint64_t macs, flops, read, written;
};

/*
 * By hand, batch 2. x: 3x4x4 (96 values with the batch), conv 8 3 pad 1 with bias: W 216, b 8, Y 256; batch_norm: 8 + 8
 * parameters, 16 running, 16 saved; max_pool to 8x2x2: 64 values and 64 bytes of indices; add; dense 4: W 128, b 4, Y 8.
 */
static void bytes_by_hand(void **state)
{
	static const char text[] =
		"network x\ninput 3x4x4\nclasses 4\nconv: conv 8 3 pad=1\nbn: batch_norm\nrelu: relu\n"
		"pool: max_pool 2\navg: avg_pool 1\nadd: add pool avg\ncat: concat pool add\n"
		"drop: dropout 0.5\nsig: sigmoid\nfc: dense 4\noutput\n";
	static const struct expected_cost expected[] = {
		{ "conv", FC_PHASE_FORWARD, 6912, 13824, 4 * (96 + 216 + 8), 4 * 256 },
		{ "conv", FC_PHASE_BACKWARD_WEIGHTS, 6912, 13824, 4 * (96 + 256), 4 * (216 + 8) },
		{ "conv", FC_PHASE_UPDATE, 0, 4 * 224, 12 * 224, 8 * 224 },
		{ "bn", FC_PHASE_FORWARD, 0, 0, 4 * (256 + 16 + 16), 4 * (256 + 16 + 16) },
		{ "bn", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * (256 + 256 + 8 + 16), 4 * (256 + 16) },
		{ "bn", FC_PHASE_UPDATE, 0, 4 * 16, 12 * 16, 8 * 16 },
		{ "relu", FC_PHASE_FORWARD, 0, 0, 4 * 256, 4 * 256 },
		{ "relu", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * 512, 4 * 256 },
		{ "pool", FC_PHASE_FORWARD, 0, 0, 4 * 256, 4 * 64 + 64 },
		{ "pool", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * 64 + 64, 4 * 256 },
		{ "avg", FC_PHASE_FORWARD, 0, 0, 4 * 64, 4 * 64 },
		{ "avg", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * 64, 4 * 64 },
		{ "add", FC_PHASE_FORWARD, 0, 0, 4 * 128, 4 * 64 },
		{ "add", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * 64, 4 * 128 },
		{ "cat", FC_PHASE_FORWARD, 0, 0, 4 * 128, 4 * 128 },
		{ "cat", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * 128, 4 * 128 },
		{ "drop", FC_PHASE_FORWARD, 0, 0, 4 * 128, 4 * 128 },
		{ "drop", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * 128, 4 * 128 },
		{ "sig", FC_PHASE_BACKWARD_DATA, 0, 0, 4 * 256, 4 * 128 },
		{ "fc", FC_PHASE_FORWARD, 512, 1024, 4 * (128 + 256 + 4), 4 * 8 },
		{ "fc", FC_PHASE_BACKWARD_DATA, 512, 1024, 4 * (8 + 256), 4 * 128 },
		{ "fc", FC_PHASE_BACKWARD_WEIGHTS, 512, 1024, 4 * (128 + 8), 4 * (256 + 4) },
		{ "fc", FC_PHASE_LOSS, 0, 0, 4 * 8 + 2, 4 * 8 },
		{ "input", FC_PHASE_INPUT, 0, 0, 0, 4 * 96 },
	};
	struct loaded l;
	int found = 0;

	(void)state;
	load_text(&l, text, 2);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		for (int n = 0; n < l.graph.node_count; n++) {
			const struct fc_cost *const cost = cost_of(&l, n, expected[i].phase);

			if (strcmp(l.graph.nodes[n].name, expected[i].layer))
				continue;
			assert_non_null(cost);
			if (cost->macs != expected[i].macs || cost->flops != expected[i].flops ||
			    cost->bytes_read != expected[i].read || cost->bytes_written != expected[i].written)
				fail_msg("%s %s: found %llu MACs, %llu FLOPs, %llu and %llu bytes", expected[i].layer,
					 fc_phase_name(expected[i].phase), (unsigned long long)cost->macs,
					 (unsigned long long)cost->flops, (unsigned long long)cost->bytes_read,
					 (unsigned long long)cost->bytes_written);
			found++;
		}
	assert_int_equal(found, sizeof(expected) / sizeof(expected[0]));
	/* The joint backward pass of the norm leaves nothing for backward_weights; a ReLU has none. */
	assert_null(cost_of(&l, 2, FC_PHASE_BACKWARD_WEIGHTS));
	assert_null(cost_of(&l, 3, FC_PHASE_BACKWARD_WEIGHTS));
	assert_int_equal(l.table.params, 224 + 16 + 260);
	release(&l);
}

/* A norm on the images has no gradient to hand down: its parameters' are a step of their own. */
static void norm_on_images(void **state)
{
	struct loaded l;

	(void)state;
	load_text(&l, "network x\ninput 3x4x4\nclasses 4\nbatch_norm\ndense 4\noutput\n", 2);
	assert_null(cost_of(&l, 1, FC_PHASE_BACKWARD_DATA));
	assert_non_null(cost_of(&l, 1, FC_PHASE_BACKWARD_WEIGHTS));
	assert_non_null(cost_of(&l, 2, FC_PHASE_BACKWARD_DATA));
	release(&l);
}

/* Only the input that learns gets a gradient. */
static void gradients_where_needed(void **state)
{
	struct loaded l;

	(void)state;
	load_text(&l, "network x\ninput 3x4x4\nclasses 4\na: conv 3 1\nb: add a in\ndense 4\noutput\n", 1);
	assert_int_equal(cost_of(&l, 2, FC_PHASE_BACKWARD_DATA)->bytes_written, 4 * 48);
	assert_int_equal(cost_of(&l, 2, FC_PHASE_FORWARD)->bytes_read, 4 * 96);
	release(&l);
}

static void the_table_is_in_order(void **state)
{
	struct loaded l;
	int previous = 0;

	(void)state;
	load_text(&l, "network x\ninput 3x4x4\nclasses 4\nconv 3 1\nbatch_norm\nrelu\ndense 4\noutput\n", 1);
	for (int i = 0; i < l.table.count; i++) {
		const struct fc_cost *const c = &l.table.costs[i];
		const bool late = c->step.phase == FC_PHASE_INPUT || c->step.phase == FC_PHASE_LOSS;
		const int key = late ? 1000 + (int)c->step.phase : c->step.node * 8 + (int)c->step.phase;

		assert_true(key > previous);
		previous = key;
		assert_ptr_equal(fc_cost_find(&l.table, c->step), c);
	}
	assert_null(fc_cost_find(&l.table, (struct fc_step){ 0, FC_PHASE_FORWARD }));
	assert_null(fc_cost_find(&l.table, (struct fc_step){ 3, FC_PHASE_LOSS }));
	release(&l);
}

/* Eight images, 2^36 outputs each, 2^24 products per output: 2^63 MACs still fit, twice as many FLOPs do not. */
static void what_does_not_fit(void **state)
{
	static const char format[] = "network x\ninput 16x1024x1024\nclasses 2\nconv 65536 1024 pad=512 stride=%d\n"
				     "adaptive_avg_pool 1\ndense 2\noutput\n";
	const struct fc_model_request request = { .model = "x.net", .batch = 8 };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;
	struct loaded l;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), format, 4);
	load_text(&l, text, 8);
	assert_true(l.table.counts[1].conv_macs > UINT64_C(1) << 56);
	release(&l);
	snprintf(text, sizeof(text), format, 1);
	assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), 0);
	assert_int_equal(fc_cost_build(&graph, &table, &err), -1);
	assert_string_equal(err.text, "x.net: layer 'conv' (line 4): its FLOPs do not fit 64 bits");
	fc_graph_release(&graph);
}

static void expect_overflow(const char *text, int64_t batch, const char *error)
{
	const struct fc_model_request request = { .model = "x.net", .batch = batch };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;

	if (fc_model_read(&request, text, strlen(text), &graph, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fc_cost_build(&graph, &table, &err), -1);
	assert_string_equal(err.text, error);
	fc_graph_release(&graph);
}

/* 2^63 products of a transposed convolution; products of matrices of 2^60 each, of which eight are too many. */
static void what_else_does_not_fit(void **state)
{
	struct loaded l;

	(void)state;
	expect_overflow("network x\ninput 16x1024x1024\nclasses 2\nconv_transpose 65536 1024 pad=512\nadaptive_avg_pool 1\n"
			"dense 2\noutput\n",
			8, "x.net: layer 'conv_transpose' (line 4): its FLOPs do not fit 64 bits");
	load_text(&l, "network x\ninput 256x65536x65536\nclasses 2\nm: reshape 1 1048576 1048576\np: matmul m m\n"
		      "adaptive_avg_pool 1\ndense 2\noutput\n",
		  1);
	assert_int_equal(l.table.counts[2].matmul_macs, UINT64_C(1) << 60);
	assert_int_equal(cost_of(&l, 2, FC_PHASE_FORWARD)->flops, UINT64_C(1) << 61);
	release(&l);
	expect_overflow("network x\ninput 256x65536x65536\nclasses 2\nm: reshape 1 1048576 1048576\nkeep all = m\n"
			"for i in 1..8 { p{i}: matmul m m; a{i}: adaptive_avg_pool 1; keep all = all a{i} }\n"
			"first: adaptive_avg_pool 1 from m\nrest: concat a1 a2 a3 a4 a5 a6 a7 a8 first\ndense 2\noutput\n",
			1, "x.net: layer 'p8' (line 6): its costs, added to those before it, do not fit 64 bits");
}

struct kind_cost {
	const char *layer;
	enum fc_phase phase;
	uint64_t macs, read, written;
};

/*
 * By hand, batch 2. x: 2x3x4 (48 values with the batch); t: transposed convolution to 3x7x9 (378), weight 2*3*3*3 = 54, bias 3;
 * l: linear to 2x3x5 (60), weight 20, bias 5; s: lstm to 2x3x2, gates saved (24 * 5 floats), parameters 32 + 16 + 8 + 8;
 * n: layer norm over 4, means of 12 groups; p: product of 2x3x4 and its transpose, 2x3x3 (36); e: a table of 6 rows of 3.
 */
static void bytes_of_other_kinds(void **state)
{
	static const char text[] =
		"network x\ninput 2x3x4\nclasses 4\nt: conv_transpose 3 3 stride=2\nl: linear 5 from in\ns: lstm 2 from in\n"
		"n: layer_norm from in\np: matmul n n transpose_b\nw: learned 2 3 1\nm: multiply n w\ng: silu\n"
		"sl: slice 1 2 axis=3\nta: adaptive_avg_pool 1 from t\nla: adaptive_avg_pool 1 from l\n"
		"sa: adaptive_avg_pool 1 from s\npa: adaptive_avg_pool 1 from p\nga: adaptive_avg_pool 1 from sl\n"
		"concat ta la sa pa ga\ndense 4\noutput\n";
	static const struct kind_cost expected[] = {
		{ "t", FC_PHASE_FORWARD, 48 * 3 * 9, 4 * (48 + 54 + 3), 4 * 378 },
		{ "t", FC_PHASE_BACKWARD_WEIGHTS, 48 * 3 * 9, 4 * (48 + 378), 4 * 57 },
		{ "l", FC_PHASE_FORWARD, 60 * 4, 4 * (48 + 25), 4 * 60 },
		{ "s", FC_PHASE_FORWARD, 12 * 8 * 6, 4 * (48 + 64), 4 * (24 + 120) },
		{ "s", FC_PHASE_BACKWARD_WEIGHTS, 12 * 8 * (6 + 2), 4 * (48 + 24 + 24 + 64 + 120), 4 * 64 },
		{ "n", FC_PHASE_FORWARD, 0, 4 * (48 + 8), 4 * (48 + 24) },
		{ "n", FC_PHASE_BACKWARD_WEIGHTS, 0, 4 * (48 + 48 + 24), 4 * 8 },
		{ "p", FC_PHASE_FORWARD, 36 * 4, 4 * 96, 4 * 36 },
		{ "p", FC_PHASE_BACKWARD_DATA, 2 * 36 * 4, 4 * (96 + 36), 4 * 96 },
		{ "w", FC_PHASE_FORWARD, 0, 4 * 6, 4 * 12 },
		{ "w", FC_PHASE_BACKWARD_WEIGHTS, 0, 4 * 12, 4 * 6 },
		{ "m", FC_PHASE_FORWARD, 0, 4 * 60, 4 * 48 },
		{ "m", FC_PHASE_BACKWARD_DATA, 0, 4 * (60 + 48), 4 * 60 },
		{ "g", FC_PHASE_BACKWARD_DATA, 0, 4 * 96, 4 * 48 },
		{ "sl", FC_PHASE_FORWARD, 0, 4 * 48, 4 * 24 },
		{ "sl", FC_PHASE_BACKWARD_DATA, 0, 4 * 24, 4 * 48 },
	};
	struct loaded l;
	size_t found = 0;

	(void)state;
	load_text(&l, text, 2);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		for (int n = 0; n < l.graph.node_count; n++) {
			const struct fc_cost *const cost = cost_of(&l, n, expected[i].phase);

			if (strcmp(l.graph.nodes[n].name, expected[i].layer))
				continue;
			assert_non_null(cost);
			if (cost->macs != expected[i].macs || cost->bytes_read != expected[i].read ||
			    cost->bytes_written != expected[i].written)
				fail_msg("%s %s: found %llu MACs, %llu and %llu bytes", expected[i].layer,
					 fc_phase_name(expected[i].phase), (unsigned long long)cost->macs,
					 (unsigned long long)cost->bytes_read, (unsigned long long)cost->bytes_written);
			found++;
		}
	assert_int_equal(found, sizeof(expected) / sizeof(expected[0]));
	release(&l);
}

/* -------- the smallest images -------- */

static void smallest_inputs(void **state)
{
	static const struct {
		const char *model;
		int smallest;
		const char *layer; /* that refuses one pixel less */
	} cases[] = {
		{ "alexnet", 63, "features.12" },
		{ "vgg11", 32, "features.20" },
		{ "vgg16", 32, "features.30" },
		{ "googlenet", 15, "maxpool3" },
		{ "resnet18", 1, "" },
		{ "resnet34", 1, "" },
		{ "densenet121", 29, "transition3.pool" },
		{ "densenet161", 29, "transition3.pool" },
		{ "lenet5", 28, "pool2" },
		{ "resnet50", 1, "" },
		{ "inception_v3", 75, "Mixed_7a.branch3x3_2.conv" },
		{ "squeezenet1_0", 21, "features.11" },
		{ "squeezenet1_1", 17, "features.8" },
		{ "mobilenet_v2", 1, "" },
		{ "mobilenet_v3_small", 1, "" },
		{ "shufflenet_v2_x1_0", 1, "" },
		{ "efficientnet_b0", 1, "" },
	};

	(void)state;
	setenv("FLOPCLOCK_SHARE", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_model_request request = { .model = cases[i].model, .batch = 2 };
		struct fc_error err = { "" };
		struct fc_graph graph;

		request.input[0] = strcmp(cases[i].model, "lenet5") ? 3 : 1;
		request.input[1] = request.input[2] = cases[i].smallest;
		if (fc_model_load(&request, &graph, &err))
			fail_msg("%s", err.text);
		fc_graph_release(&graph);
		if (cases[i].smallest == 1)
			continue;
		request.input[1] = request.input[2] = cases[i].smallest - 1;
		assert_int_equal(fc_model_load(&request, &graph, &err), -1);
		if (!strstr(err.text, cases[i].layer))
			fail_msg("%s, expected %s to be named", err.text, cases[i].layer);
	}
}

/* "Every larger size is accepted": no hole above the smallest. */
static void larger_inputs(void **state)
{
	static const struct {
		const char *model;
		int smallest;
	} cases[] = {
		{ "alexnet", 63 }, { "vgg16", 32 }, { "googlenet", 15 }, { "resnet18", 1 }, { "densenet121", 29 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int size = cases[i].smallest; size < 70; size++) {
			struct fc_model_request request = { .model = cases[i].model,
							    .input = { 3, size, size + 3 },
							    .batch = 1 };
			struct fc_error err = { "" };
			struct fc_graph graph;

			if (fc_model_load(&request, &graph, &err))
				fail_msg("%s", err.text);
			fc_graph_release(&graph);
		}
}

/* -------- rules -------- */

static void rules_are_whole(void **state)
{
	const struct fc_rule *rule;
	int count = 0;

	(void)state;
	for (; (rule = fc_rule_at(count)); count++) {
		assert_true(rule->name && rule->version && rule->formula && rule->source);
		assert_true(!strcmp(rule->unit, "MAC") || !strcmp(rule->unit, "FLOP"));
		assert_ptr_equal(fc_rule_find(rule->name), rule);
	}
	assert_true(count >= 6);
	assert_null(fc_rule_find("nonsense"));
	assert_null(fc_rule_at(-1));
	/* Halves go up, and doubling comes after rounding. */
	assert_int_equal(fc_rule_published_hundredths(714206912), 142);
	assert_int_equal(fc_rule_published_hundredths(7845841056), 1570);
	assert_int_equal(fc_rule_published_hundredths(4999999), 0);
	assert_int_equal(fc_rule_published_hundredths(5000000), 2);
}

/* A batch multiplies every count but the parameters and what belongs to them. */
static void batch_is_a_factor(void **state)
{
	const struct fc_model_request one = { .model = "resnet18", .input = { 3, 64, 64 }, .batch = 1 };
	const struct fc_model_request many = { .model = "resnet18", .input = { 3, 64, 64 }, .batch = 48 };
	struct fc_cost_table a, b;
	struct fc_graph g, h;
	struct fc_error err = { "" };

	(void)state;
	assert_int_equal(fc_model_load(&one, &g, &err) || fc_model_load(&many, &h, &err), 0);
	assert_int_equal(fc_cost_build(&g, &a, &err) || fc_cost_build(&h, &b, &err), 0);
	assert_int_equal(a.count, b.count);
	assert_int_equal(a.params, b.params);
	for (int i = 0; i < a.count; i++) {
		assert_int_equal(48 * a.costs[i].macs, b.costs[i].macs);
		if (a.costs[i].step.phase == FC_PHASE_UPDATE)
			assert_int_equal(a.costs[i].flops, b.costs[i].flops);
	}
	fc_cost_release(&a);
	fc_cost_release(&b);
	fc_graph_release(&g);
	fc_graph_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_by_loops),  cmocka_unit_test(pools_by_sliding),
		cmocka_unit_test(bytes_by_hand),	  cmocka_unit_test(norm_on_images),
		cmocka_unit_test(gradients_where_needed), cmocka_unit_test(the_table_is_in_order),
		cmocka_unit_test(what_does_not_fit),	  cmocka_unit_test(what_else_does_not_fit),
		cmocka_unit_test(bytes_of_other_kinds),  	  cmocka_unit_test(smallest_inputs),
		cmocka_unit_test(larger_inputs),	  cmocka_unit_test(rules_are_whole),
		cmocka_unit_test(batch_is_a_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
