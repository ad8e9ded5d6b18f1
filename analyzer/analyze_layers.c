/* From the rows of a cost table to layers, blocks of layers, iterations and epochs. */
#include <string.h>

#include "flopclock/number.h"

#include "analyze.h"

/* -------- sums -------- */

static bool add_times(struct work *sum, const struct work *w, uint64_t times)
{
	const uint64_t factors[] = { w->macs, w->flops, w->bytes_read, w->bytes_written };
	uint64_t *const sums[] = { &sum->macs, &sum->flops, &sum->bytes_read, &sum->bytes_written };
	uint64_t part, bytes;

	for (int i = 0; i < 4; i++)
		if (!fc_mul_u64(factors[i], times, &part) || !fc_add_u64(*sums[i], part, sums[i]))
			return false;
	sum->arithmetic_floor_s += (double)times * w->arithmetic_floor_s;
	sum->bytes_floor_s += (double)times * w->bytes_floor_s;
	sum->floor_s += (double)times * w->floor_s;
	sum->bytes_bound_s += (double)times * w->bytes_bound_s;
	return fc_add_u64(sum->bytes_read, sum->bytes_written, &bytes);
}

static int overflow(const struct analysis *a, const struct fc_node *node, const char *what, struct fc_error *err)
{
	return fc_fail(err, "%s: layer '%s' (line %d): the costs of %s up to here do not fit 64 bits", a->graph.path,
		       node->name, node->line, what);
}

static struct work floored(const struct analysis *a, const struct fc_cost *cost)
{
	const struct roofline *const r = &a->options->roofline;
	struct work w = { cost->macs, cost->flops, cost->bytes_read, cost->bytes_written, 0, 0, 0, 0 };

	if (!r->name)
		return w;
	w.arithmetic_floor_s =
		(double)w.flops / (cost->step.phase == FC_PHASE_UPDATE ? r->update_flops : r->peak_flops);
	w.bytes_floor_s = ((double)w.bytes_read + (double)w.bytes_written) / r->bandwidth;
	w.floor_s = w.arithmetic_floor_s > w.bytes_floor_s ? w.arithmetic_floor_s : w.bytes_floor_s;
	w.bytes_bound_s = w.bytes_floor_s >= w.arithmetic_floor_s ? w.bytes_floor_s : 0;
	return w;
}

/* Rounded to the nearest whole number. */
static uint64_t share_of(uint64_t value, uint64_t millionths)
{
	const uint64_t million = 1000000;

	return value / million * millionths + (value % million * millionths + million / 2) / million;
}

static bool is_in_range(const struct fc_cost *cost, uint64_t millionths)
{
	uint64_t ignored;

	return fc_mul_u64(cost->flops / 1000000 + 1, millionths, &ignored) &&
	       fc_mul_u64(cost->bytes_read / 1000000 + 1, millionths, &ignored) &&
	       fc_mul_u64(cost->bytes_written / 1000000 + 1, millionths, &ignored);
}

static struct fc_cost recomputed(const struct fc_cost *forward, uint64_t millionths)
{
	struct fc_cost cost = *forward;

	cost.macs = share_of(forward->macs, millionths);
	cost.flops = share_of(forward->flops, millionths);
	cost.bytes_read = share_of(forward->bytes_read, millionths);
	cost.bytes_written = share_of(forward->bytes_written, millionths);
	return cost;
}

/* -------- layers -------- */

static int add_work(struct analysis *a, struct layer *layer, int index, const struct fc_cost *cost,
		    struct fc_error *err)
{
	const struct work w = floored(a, cost);

	layer->work[index] = w;
	layer->phases |= 1u << index;
	a->total.phases |= 1u << index;
	if (!add_times(&layer->iteration, &w, 1) || !add_times(&a->total.work[index], &w, 1) ||
	    !add_times(&a->total.iteration, &w, 1))
		return overflow(a, layer->node, "an iteration", err);
	return 0;
}

static int add_cost(struct analysis *a, const struct fc_cost *cost, struct fc_error *err)
{
	struct layer *const layer = &a->layers[cost->step.node];
	const uint64_t millionths = a->options->phase == SELECT_FORWARD ? 0 : a->options->recompute_millionths;
	struct fc_cost again;

	if (add_work(a, layer, (int)cost->step.phase, cost, err))
		return -1;
	if (!millionths || cost->step.phase != FC_PHASE_FORWARD)
		return 0;
	if (!is_in_range(cost, millionths))
		return overflow(a, layer->node, "an iteration", err);
	again = recomputed(cost, millionths);
	return add_work(a, layer, WORK_RECOMPUTE, &again, err);
}

static void begin_layer(struct analysis *a, const struct fc_node *node)
{
	struct layer *const layer = &a->layers[node->index];

	*layer = (struct layer){
		.name = node->name, .node = node, .layers = 1, .output = node->shape, .train_only = node->train_only
	};
	for (int p = 0; p < node->param_count; p++)
		layer->params += (uint64_t)fc_shape_elements(node->params[p].shape);
	a->total.params += layer->params;
	a->total.layers++;
}

/* -------- passes over the data set -------- */

static struct epoch epoch_of(const struct analysis *a, enum fc_pass pass)
{
	const uint64_t images = a->options->images[pass], batch = (uint64_t)a->graph.batch;
	const bool training = pass == FC_PASS_TRAIN;
	const uint64_t rest = images % batch;

	return (struct epoch){
		.images = images,
		.iterations = images / batch + (!training && rest),
		.left_out = training ? rest : 0,
		.filled_up = !training && rest ? batch - rest : 0,
	};
}

static int add_training_epoch(struct analysis *a, struct fc_error *err)
{
	struct epoch *const e = &a->epochs[FC_PASS_TRAIN];
	const enum selection phase = a->options->phase;

	*e = epoch_of(a, FC_PASS_TRAIN);
	for (int i = 0; i < a->graph.node_count; i++) {
		const struct layer *const layer = &a->layers[i];
		const struct work *const w = phase == SELECT_ALL ? &layer->iteration : fc_layer_selected(a, layer);

		if (!add_times(&e->work, w, e->iterations))
			return overflow(a, layer->node, "an epoch", err);
	}
	return 0;
}

static int add_validation_epoch(struct analysis *a, struct fc_error *err)
{
	struct epoch *const e = &a->epochs[FC_PASS_VALIDATE];
	struct fc_cost_options options = a->options->cost;
	struct fc_cost_table table;
	int rc = 0;

	options.pass = FC_PASS_VALIDATE;
	if (fc_cost_build_as(&a->graph, &options, &table, err))
		return -1;
	*e = epoch_of(a, FC_PASS_VALIDATE);
	for (int i = 0; i < table.count && !rc; i++) {
		const struct fc_cost *const cost = &table.costs[i];
		const struct work w = floored(a, cost);

		if (a->options->phase == SELECT_FORWARD && cost->step.phase != FC_PHASE_FORWARD)
			continue;
		if (!add_times(&a->inference, &w, 1) || !add_times(&e->work, &w, e->iterations))
			rc = overflow(a, &a->graph.nodes[cost->step.node], "an epoch", err);
	}
	fc_cost_release(&table);
	return rc;
}

/* Which passes --phase speaks of. */
static int add_epochs(struct analysis *a, struct fc_error *err)
{
	const enum selection phase = a->options->phase;
	const bool forward = phase == SELECT_FORWARD;

	if ((forward ? a->options->pass == FC_PASS_TRAIN : true) && add_training_epoch(a, err))
		return -1;
	if ((forward ? a->options->pass == FC_PASS_VALIDATE : phase == SELECT_ALL) && add_validation_epoch(a, err))
		return -1;
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		if (!add_times(&a->epoch, &a->epochs[pass].work, 1))
			return fc_fail(err, "%s: the costs of an epoch with its validation do not fit 64 bits",
				       a->graph.path);
	return 0;
}

/* Nobody may want an epoch of what is that large. */
static int try_epochs(struct analysis *a, struct fc_error *err)
{
	if (!add_epochs(a, err))
		return 0;
	if (a->options->epoch)
		return -1;
	memset(a->epochs, 0, sizeof(a->epochs));
	a->epoch = (struct work){ 0 };
	a->no_epoch = true;
	*err = (struct fc_error){ "" };
	return 0;
}

int fc_analysis_layers(struct analysis *a, struct fc_error *err)
{
	a->layers = FC_NEW_ARRAY(&a->arena, struct layer, a->graph.node_count);
	for (int i = 0; i < a->graph.node_count; i++)
		begin_layer(a, &a->graph.nodes[i]);
	for (int i = 0; i < a->costs.count; i++)
		if (add_cost(a, &a->costs.costs[i], err))
			return -1;
	return try_epochs(a, err);
}
