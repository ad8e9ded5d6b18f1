/*
 * Random networks counted twice: by the analyzer, and by loops that do what the definitions say, one multiplication at a time,
 * forward and for every gradient that something below needs. The generator knows shapes only from such loops.
 */
#include "analyzer_random_products.h"

enum { NETWORKS = 400 };

/* Kinds without products: parameters and shapes only. */
static void other(struct world *w, int x)
{
	static const char *const same[] = { "silu",
					    "relu6",
					    "hard_swish",
					    "gelu",
					    "softmax axis=2",
					    "leaky_relu",
					    "scale 0.5",
					    "dropout 0.1",
					    "stochastic_depth 0.2",
					    "local_response_norm 3",
					    "add %s %s",
					    "multiply %s %s",
					    "maximum %s %s",
					    "channel_shuffle 1" };
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
	fc_str_add(&w->text,
		   (const char *const[]){ "batch_norm", "layer_norm", "layer_norm channels", "group_norm 1" }[which]);
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
	add(w, (const int[]){ in.h, in.w, 1, in.c, in.c }[which],
	    (const int[]){ in.c * in.w, in.c, in.h, in.h + 1, in.h }[which],
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
	count_layer(w, (uint64_t)(w->n * 3 * features), (uint64_t)(w->n * 3 * features), wants,
		    (uint64_t)(3 * features + 3));
}

static void generate(struct world *w)
{
	const int layers = roll(w, 2, 14);

	w->n = roll(w, 1, 3);
	w->count = 1;
	w->values[0] = (struct value){ roll(w, 1, 4), roll(w, 1, 7), roll(w, 1, 7), false, false };
	fc_str_addf(&w->text, "network x\ninput %dx%dx%d\nclasses 3\n", w->values[0].c, w->values[0].h,
		    w->values[0].w);
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
		fail_msg("%s: found %llu, counted %llu in\n%s", what, (unsigned long long)found,
			 (unsigned long long)counted, w->text.text);
}

static void check(const struct world *w)
{
	const struct fc_model_request request = { .model = "x.net", .batch = w->n };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;
	uint64_t in_bounds;

	if (fc_model_read(&request, w->text.text, w->text.length, &graph, &err) ||
	    fc_cost_build(&graph, &table, &err))
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
