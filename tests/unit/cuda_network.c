/*
 * Whole networks on the emulated GPU (host_gpu.h), which runs the very kernels on the host, against the reference backend: losses,
 * gradients and parameters after some steps; replayed iterations against single ones, bit for bit.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../gpu/host_gpu.h"
#include "backend.h"
#include "backends.h"
#include "flopclock/executor.h"
#include "flopclock/model.h"
#include "flopclock/random.h"

/* Every kind of layer, fusions of every sort, values that many read, an auxiliary head, odd numbers of channels. */
static const char everything[] = "network everything\n"
				 "input 3x9x9\n"
				 "classes 5\n"
				 "conv1: conv 6 3 pad=1\n"
				 "relu1: relu\n"
				 "b1: conv 6 3 pad=1 bias=false\n"
				 "n1: batch_norm\n"
				 "r1: relu\n"
				 "add relu1 r1\n"
				 "r2: relu\n"
				 "d1: conv 4 1 from r2\n"
				 "c1: relu\n"
				 "c2: conv 4 3 pad=1 groups=2 from r2\n"
				 "s2: sigmoid\n"
				 "p2: max_pool 3 stride=1 pad=1 from r2\n"
				 "j: concat c1 s2 p2 r2\n"
				 "n2: batch_norm\n"
				 "r3: relu\n"
				 "c3: conv 8 3 pad=2 dilation=2\n"
				 "n3: batch_norm\n"
				 "d3: conv 8 1 from j\n"
				 "n4: batch_norm\n"
				 "a2: add n3 n4\n"
				 "r4: relu\n"
				 "a3: add r4 n3 r4\n"
				 "q: avg_pool 3 stride=2 pad=1\n"
				 "m: max_pool 2 ceil\n"
				 "f1: dense 12\n"
				 "r5: relu\n"
				 "x: dropout 0.4\n"
				 "dense classes\n"
				 "output\n"
				 "auxiliary_head: sequence from a3 { adaptive_avg_pool 2; dense classes }\n"
				 "output weight=0.3 train_only\n";

/* Functions, values of one number per channel, slices, shuffles, depthwise convolutions. */
static const char functions[] = "network functions\n"
				"input 4x8x8\n"
				"classes 3\n"
				"c1: conv 8 3 pad=1\n"
				"n1: batch_norm\n"
				"f1: silu\n"
				"dw: conv 8 3 pad=1 groups=8 bias=false\n"
				"n2: batch_norm\n"
				"f2: hard_swish\n"
				"sq: adaptive_avg_pool 1 from f2\n"
				"e1: conv 4 1\n"
				"f3: relu6\n"
				"e2: conv 8 1\n"
				"gate: hard_sigmoid\n"
				"se: multiply f2 gate\n"
				"left: slice 0 4 from se\n"
				"right: slice 4 4 from se\n"
				"c2: conv 4 1 from right\n"
				"f4: tanh\n"
				"j: concat left f4\n"
				"sh: channel_shuffle 2\n"
				"c3: conv 8 1 from sh\n"
				"sd: stochastic_depth 0.4\n"
				"a1: add sh sd\n"
				"f5: gelu\n"
				"p1: permute 2 1 3\n"
				"f6: leaky_relu slope=0.1\n"
				"bias: adaptive_avg_pool 1 from f6\n"
				"a2: add f6 bias\n"
				"f7: softplus\n"
				"dense classes\n"
				"output\n";

/* Attention as transformers have it: tokens of a convolution's pixels, one that is learned, heads, a row's norm and products. */
static const char tokens[] =
	"network tokens\n"
	"input 3x8x8\n"
	"classes 4\n"
	"init learned normal 0.5\n"
	"block part(number) { slice number*8 8 axis=3; reshape in.channels 2 4; permute 2 1 3 }\n"
	"proj: conv 8 2 stride=2\n"
	"flat: reshape 8 1 16\n"
	"rows: permute 3 2 1\n"
	"class: learned 1 1 8\n"
	"joined: concat class rows\n"
	"place: learned 17 1 8\n"
	"x: add joined place\n"
	"ln1: layer_norm\n"
	"all: linear 24\n"
	"q: part 0 from all\n"
	"k: part 1 from all\n"
	"v: part 2 from all\n"
	"m1: matmul q k transpose_b\n"
	"sc: scale 0.5\n"
	"sm: softmax axis=3\n"
	"m2: matmul sm v\n"
	"back: permute 2 1 3\n"
	"wide: reshape 17 1 8\n"
	"out: linear 8 bias=0\n"
	"d: dropout 0.3\n"
	"sd: stochastic_depth 0.4\n"
	"x2: add x sd\n"
	"ln2: layer_norm\n"
	"f1: linear 12\n"
	"r1: relu\n"
	"f2: linear 8\n"
	"x3: add x2 f2\n"
	"first: slice 0 1\n"
	"dense classes\n"
	"output\n";

/* A block of convnext: rows of channels without moving a value, a factor per channel that is learned. */
static const char rows[] = "network rows\n"
			   "input 3x8x8\n"
			   "classes 3\n"
			   "init learned normal 0.5\n"
			   "stem: conv 8 2 stride=2\n"
			   "ln1: layer_norm channels\n"
			   "dw: conv 8 3 pad=1 groups=8\n"
			   "to: permute 2 3 1\n"
			   "ln2: layer_norm\n"
			   "f1: linear 16\n"
			   "g: gelu\n"
			   "f2: linear 8\n"
			   "home: permute 3 1 2\n"
			   "factor: learned 8 1 1\n"
			   "scaled: multiply factor home\n"
			   "sd: stochastic_depth 0.3\n"
			   "sum: add sd ln1\n"
			   "pool: adaptive_avg_pool 1\n"
			   "ln3: layer_norm channels\n"
			   "dense classes\n"
			   "output\n";

/* Every kind behind one that leaves its values in the other order, and joins of both. */
static const char mixed[] = "network mixed\n"
			    "input 3x6x6\n"
			    "classes 3\n"
			    "init learned normal 0.5\n"
			    "c1: conv 6 3 pad=1\n"
			    "l1: linear 5\n"
			    "c2: conv 4 3 pad=1\n"
			    "n2: batch_norm\n"
			    "s1: softmax axis=1\n"
			    "s2: softmax axis=2 from n2\n"
			    "s3: softmax axis=3 from n2\n"
			    "own: learned 4 6 5\n"
			    "a1: add s1 own s2 own s3\n"
			    "a2: add own a1\n"
			    "r0: relu\n"
			    "j: concat r0 l1\n"
			    "j2: concat l1 a1\n"
			    "m1: matmul j j transpose_b\n"
			    "mm: scale 0.1\n"
			    "m2: matmul j j2 transpose_a\n"
			    "m3: matmul m2 j2 transpose_a transpose_b\n"
			    "n3: layer_norm sides=2\n"
			    "five: slice 0 5 axis=2 from mm\n"
			    "cut: multiply five n3\n"
			    "n4: layer_norm sides=3 from c2\n"
			    "n5: layer_norm channels from l1\n"
			    "mp: max_pool 3 stride=2 pad=1 from l1\n"
			    "ap: avg_pool 3 stride=2 pad=1 from l1\n"
			    "both: multiply mp ap\n"
			    "back: permute 3 1 2\n"
			    "sh: channel_shuffle 2 from n5\n"
			    "every: slice 0 3 axis=2 step=2 from l1\n"
			    "drop: dropout 0.3\n"
			    "col: adaptive_avg_pool 1 from c1\n"
			    "few: slice 0 6\n"
			    "sub: subtract drop few\n"
			    "line: learned 1 1 5\n"
			    "div: maximum n4 line\n"
			    "re: reshape 5 4 6 from div\n"
			    "turned: permute 1 3 2\n"
			    "re2: reshape 5 3 8\n"
			    "d1: dense 7 from re2\n"
			    "d2: dense 7 from div\n"
			    "d3: dense 7 from cut\n"
			    "d4: dense 7 from back\n"
			    "d5: dense 7 from sh\n"
			    "d6: dense 7 from sub\n"
			    "c3: conv 4 1 from c2\n"
			    "c4: conv 4 1\n"
			    "l3: linear 5 from c3\n"
			    "a3: add c4 l3\n"
			    "re3: reshape 8 5 3\n"
			    "d7: dense 7\n"
			    "up: reshape 1 1 7 from d6\n"
			    "l2: linear 7\n"
			    "down: reshape 7 1 1\n"
			    "all: add d1 d2 d3 d4 d5 d7 down\n"
			    "calm: scale 0.1\n"
			    "dense classes\n"
			    "output\n";

#define IMAGES 14
#define SIDE   28

struct images {
	uint8_t pixels[IMAGES * SIDE * SIDE], labels[IMAGES];
	struct fc_images split;
};

static void make_images(struct images *images, int classes)
{
	for (uint64_t i = 0; i < sizeof(images->pixels); i++)
		images->pixels[i] = (uint8_t)(256 * fc_uniform_at(3, 1, i));
	for (uint64_t i = 0; i < IMAGES; i++)
		images->labels[i] = (uint8_t)((float)classes * fc_uniform_at(3, 2, i));
	images->split = (struct fc_images){ images->pixels, images->labels, IMAGES, SIDE, SIDE, 0.3f, 0.4f };
}

/* -------- the emulated backends -------- */

static int always(struct fc_error *err)
{
	(void)err;
	return 0;
}

static int open_emulated(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	struct gpu *gpu;

	if (host_gpu_open(&gpu, err))
		return -1;
	return backend_cuda_open_on(gpu, config, device, err);
}

/* With batch norms and pools of the vendor's library, which it also emulates. */
static int open_legacy(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	struct gpu *gpu;

	if (host_gpu_open(&gpu, err))
		return -1;
	host_gpu_set(gpu, &(struct host_gpu_options){ .legacy = true });
	return backend_cuda_open_on(gpu, config, device, err);
}

static const struct fc_backend emulated = {
	.name = "emulated",
	.device = "cuda",
	.summary = "our kernels on the host",
	.available = always,
	.open = open_emulated,
	BACKEND_FUNCTIONS,
};
static const struct fc_backend emulated_legacy = {
	.name = "emulated",
	.device = "cuda",
	.summary = "our kernels on the host",
	.available = always,
	.open = open_legacy,
	BACKEND_FUNCTIONS,
};

/* -------- running -------- */

struct setting {
	const struct fc_backend *backend;
	const char *model, *text; /* a shipped model, or a text of one */
	int64_t input[3];	  /* c 0: the model's own */
	struct fc_texts settings; /* "layers=1" */
	int64_t batch;
	int steps;
	enum fc_precision precision;
	bool deterministic, no_replay;
};

/* What training leaves: losses of all heads, parameters, gradients, running statistics, one after the other. */
struct outcome {
	double losses[64];
	int loss_count;
	float *values;
	int64_t value_count;
};

static void must(int rc, const struct fc_error *err)
{
	if (rc)
		fail_msg("%s", err->text);
}

static float *room(struct outcome *o, int64_t count)
{
	o->values = realloc(o->values, (size_t)(o->value_count + count) * sizeof(float));
	assert_non_null(o->values);
	o->value_count += count;
	return o->values + o->value_count - count;
}

static void read_values(struct fc_network *network, const struct fc_graph *graph, struct outcome *o)
{
	struct fc_error err;

	for (int n = 0; n < graph->node_count; n++) {
		for (int p = 0; p < graph->nodes[n].param_count; p++) {
			const int64_t count = fc_shape_elements(graph->nodes[n].params[p].shape);

			must(fc_network_read_param(network, n, p, false, room(o, count), &err), &err);
			must(fc_network_read_param(network, n, p, true, room(o, count), &err), &err);
		}
		for (int k = 0; graph->nodes[n].op == FC_OP_BATCH_NORM && k < 2; k++)
			must(fc_network_read_state(network, n, k, room(o, graph->nodes[n].shape.c), &err), &err);
	}
}

static void open_network(const struct setting *s, struct fc_graph *graph, struct fc_network **network)
{
	const struct fc_model_request request = { .model = s->text ? "test.net" : s->model,
						  .batch = s->batch,
						  .classes = s->text ? 0 : 10,
						  .input = { s->input[0], s->input[1], s->input[2] },
						  .settings = s->settings };
	const struct fc_network_config config = {
		.backend = s->backend,
		.device = { .threads = 1,
			    .precision = s->precision,
			    .deterministic = s->deterministic,
			    .autotune = true },
		.seed = 5,
		.sgd = { 0.05, 0.9, 0.001 },
		.no_replay = s->no_replay,
	};
	struct fc_error err;

	must(s->text ? fc_model_read(&request, s->text, strlen(s->text), graph, &err)
		     : fc_model_load(&request, graph, &err),
	     &err);
	must(fc_network_open(graph, &config, network, &err), &err);
}

/* Batch by batch, each brought along; then one validation of a batch that is not full. */
static void train_singly(const struct setting *s, struct outcome *o)
{
	struct fc_loss loss[FC_MAX_HEADS];
	struct fc_network *network;
	struct images images;
	struct fc_graph graph;
	struct fc_error err;

	*o = (struct outcome){ .loss_count = 0 };
	open_network(s, &graph, &network);
	make_images(&images, (int)graph.classes);
	for (int i = 0; i <= s->steps; i++) {
		const enum fc_pass pass = i < s->steps ? FC_PASS_TRAIN : FC_PASS_VALIDATE;
		const int64_t first = i % 3 * s->batch;
		const struct fc_batch batch = {
			.pixels = images.pixels + first * SIDE * SIDE,
			.labels = images.labels + first,
			.count = pass == FC_PASS_TRAIN ? s->batch : s->batch - 1,
			.height = SIDE,
			.width = SIDE,
			.mean = 0.3f,
			.deviation = 0.4f,
		};

		memset(loss, 0, sizeof(loss));
		must(fc_network_run(network, pass, &batch, NULL, loss, &err) || fc_network_sync(network, &err), &err);
		for (int head = 0; head < (pass == FC_PASS_TRAIN ? graph.head_count : 1); head++) {
			o->losses[o->loss_count++] = loss[head].sum;
			o->losses[o->loss_count++] = (double)loss[head].correct;
		}
	}
	read_values(network, &graph, o);
	fc_network_close(network);
	fc_graph_release(&graph);
}

/* The same images in the same order, from the data set on the device. */
static void train_streaming(const struct setting *s, struct outcome *o)
{
	struct fc_result results[16];
	struct fc_network *network;
	uint32_t order[IMAGES];
	struct images images;
	struct fc_graph graph;
	struct fc_error err;

	*o = (struct outcome){ .loss_count = 0 };
	open_network(s, &graph, &network);
	make_images(&images, (int)graph.classes);
	assert_true(fc_network_streams(network));
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		must(fc_network_load(network, pass, &images.split, &err), &err);
	for (int done = 0; done < s->steps;) {
		const int steps = s->steps - done < 3 ? s->steps - done : 3;

		for (uint32_t i = 0; i < (uint32_t)steps * (uint32_t)s->batch; i++)
			order[i] = i;
		must(fc_network_begin(network, FC_PASS_TRAIN, order, steps * s->batch, &err), &err);
		for (int i = 0; i < steps; i++)
			must(fc_network_stream(network, FC_PASS_TRAIN, NULL, &err), &err);
		must(fc_network_collect(network, FC_PASS_TRAIN, (uint64_t)steps, results, &err), &err);
		for (int i = 0; i < steps; i++)
			for (int head = 0; head < graph.head_count; head++) {
				assert_int_equal(results[i].images, s->batch);
				o->losses[o->loss_count++] = results[i].loss[head].sum;
				o->losses[o->loss_count++] = (double)results[i].loss[head].correct;
			}
		done += steps;
	}
	/* train_singly() takes its last batch from the same place when steps % 3 is 0. */
	must(fc_network_begin(network, FC_PASS_VALIDATE, NULL, s->batch - 1, &err), &err);
	must(fc_network_stream(network, FC_PASS_VALIDATE, NULL, &err), &err);
	must(fc_network_collect(network, FC_PASS_VALIDATE, 1, results, &err), &err);
	assert_int_equal(results[0].images, s->batch - 1);
	o->losses[o->loss_count++] = results[0].loss[0].sum;
	o->losses[o->loss_count++] = (double)results[0].loss[0].correct;
	read_values(network, &graph, o);
	fc_network_close(network);
	fc_graph_release(&graph);
}

static void release(struct outcome *o)
{
	free(o->values);
}

/* -------- comparing -------- */

static void assert_same(const struct outcome *a, const struct outcome *b)
{
	assert_int_equal(a->loss_count, b->loss_count);
	for (int i = 0; i < a->loss_count; i++)
		if (memcmp(&a->losses[i], &b->losses[i], sizeof(double)))
			fail_msg("loss %d: %.17g and %.17g", i, a->losses[i], b->losses[i]);
	assert_int_equal(a->value_count, b->value_count);
	assert_memory_equal(a->values, b->values, (size_t)a->value_count * sizeof(float));
}

/* The distance of two vectors against the length of the first: one number for all parameters and gradients. */
static double distance(const struct outcome *a, const struct outcome *b)
{
	double difference = 0, length = 0;

	assert_int_equal(a->value_count, b->value_count);
	for (int64_t i = 0; i < a->value_count; i++) {
		difference += pow((double)a->values[i] - (double)b->values[i], 2);
		length += pow((double)a->values[i], 2);
	}
	return sqrt(difference / length);
}

static void assert_close(const struct outcome *a, const struct outcome *b, double loss_tolerance, double tolerance,
			 const char *what)
{
	assert_int_equal(a->loss_count, b->loss_count);
	for (int i = 0; i < a->loss_count; i += 2)
		if (!(fabs(a->losses[i] - b->losses[i]) <= loss_tolerance * fabs(a->losses[i])))
			fail_msg("%s: loss %d is %.9g, expected %.9g", what, i / 2, b->losses[i], a->losses[i]);
	if (!(distance(a, b) <= tolerance))
		fail_msg("%s: values differ by %.3g of their length, at most %.3g is expected", what, distance(a, b),
			 tolerance);
}

static void compare(struct setting s, double loss_tolerance, double tolerance)
{
	const struct fc_backend *const backend = s.backend;
	const enum fc_precision precision = s.precision;
	struct outcome expected, got;
	char what[48];

	s.backend = &fc_backend_reference;
	s.precision = FC_PRECISION_FP32;
	train_singly(&s, &expected);
	s.backend = backend;
	s.precision = precision;
	train_singly(&s, &got);
	snprintf(what, sizeof(what), "%.20s in %s", s.text ? strchr(s.text, ' ') + 1 : s.model,
		 fc_precision_name(precision));
	what[strcspn(what, "\n")] = ' ';
	assert_close(&expected, &got, loss_tolerance, tolerance, what);
	release(&expected);
	release(&got);
}

static const struct setting small = { .backend = &emulated, .text = everything, .batch = 4, .steps = 3 };

static void test_everything_fp32(void **state)
{
	(void)state;
	compare(small, 1e-5, 1e-5);
}

static void test_functions(void **state)
{
	struct setting s = small;

	(void)state;
	s.text = functions;
	compare(s, 1e-5, 1e-5);
	s.precision = FC_PRECISION_BF16;
	s.steps = 1;
	compare(s, 3e-2, 1e-1);
}

/* The same in bf16 for one step: later ones show how small differences grow. */
static void compare_text(const char *text)
{
	struct setting s = small;

	s.text = text;
	compare(s, 1e-5, 1e-5);
	s.precision = FC_PRECISION_TF32;
	s.steps = 1;
	compare(s, 1e-2, 2e-2);
	s.precision = FC_PRECISION_BF16;
	compare(s, 3e-2, 1e-1);
}

static void test_tokens(void **state)
{
	(void)state;
	compare_text(tokens);
}

static void test_rows(void **state)
{
	(void)state;
	compare_text(rows);
}

static void test_mixed_orders(void **state)
{
	(void)state;
	compare_text(mixed);
}

static void test_everything_legacy(void **state)
{
	struct setting s = small;

	(void)state;
	s.backend = &emulated_legacy;
	compare(s, 1e-5, 1e-5);
}

static void test_everything_deterministic(void **state)
{
	struct setting s = small;
	struct outcome a, b;

	(void)state;
	s.deterministic = true;
	train_singly(&s, &a);
	train_singly(&s, &b);
	assert_same(&a, &b);
	release(&a);
	release(&b);
}

/* bf16 has eight bits: what is stored between layers is off by up to 2^-9, and batch norms of few values enlarge it. */
static void test_everything_bf16(void **state)
{
	struct setting s = small;

	(void)state;
	s.precision = FC_PRECISION_BF16;
	s.steps = 1;
	compare(s, 3e-2, 1e-1);
}

static void replay_changes_nothing(const char *text, enum fc_precision precision)
{
	struct setting s = small;
	struct outcome single, stepwise, replayed;

	s.text = text;
	s.precision = precision;
	s.steps = 6;
	train_singly(&s, &single);
	s.no_replay = true;
	train_streaming(&s, &stepwise);
	s.no_replay = false;
	train_streaming(&s, &replayed);
	assert_same(&single, &stepwise);
	assert_same(&single, &replayed);
	release(&single);
	release(&stepwise);
	release(&replayed);
}

static void test_replay_changes_nothing(void **state)
{
	static const char *const texts[] = { everything, tokens, rows, mixed };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (int p = 0; p < FC_PRECISION_COUNT; p++)
			if (i || p == FC_PRECISION_FP32)
				replay_changes_nothing(texts[i], (enum fc_precision)p);
}

static void test_shipped_models(void **state)
{
	static const struct setting models[] = {
		{ .backend = &emulated, .model = "lenet5", .batch = 4, .steps = 2 },
		/* Few values per channel would make batch norms chaotic. */
		{ .backend = &emulated, .model = "resnet18", .input = { 3, 64, 64 }, .batch = 3, .steps = 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		compare(models[i], 1e-4, 1e-4);
}

/* The families of tokens and of rows, small. */
static void test_shipped_tokens(void **state)
{
	static const struct setting models[] = {
		{ .model = "vit",
		  .input = { 1, 8, 8 },
		  .settings = { { "patch=4", "layers=1", "heads=2", "width=8", "hidden=16" }, 5 } },
		{ .model = "vit",
		  .input = { 3, 16, 16 },
		  .settings = { { "patch=4", "layers=2", "heads=1", "width=12", "hidden=20" }, 5 } },
		{ .model = "convnext",
		  .input = { 3, 64, 64 },
		  .settings = { { "depths=1,2,1,1", "width=6", "drop=0.3" }, 3 } },
		{ .model = "convnext",
		  .input = { 1, 32, 32 },
		  .settings = { { "depths=1,1,1,1", "width=8", "drop=0" }, 3 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct setting s = models[i];

		s.backend = &emulated;
		s.batch = 3;
		s.steps = 3;
		compare(s, 1e-5, 1e-5);
		s.precision = FC_PRECISION_TF32;
		compare(s, 1e-2, 2e-2);
		s.precision = FC_PRECISION_BF16;
		compare(s, 3e-2, 1e-1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_fp32),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_mixed_orders),
		cmocka_unit_test(test_everything_legacy),
		cmocka_unit_test(test_everything_deterministic),
		cmocka_unit_test(test_everything_bf16),
		cmocka_unit_test(test_replay_changes_nothing),
		cmocka_unit_test(test_shipped_models),
		cmocka_unit_test(test_shipped_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
