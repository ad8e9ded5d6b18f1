/* The tables and some of the sentences of a model's document. */
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "counts.h"

#define TEXT_DEPTH 2 /* how far people see into blocks when they do not say */

bool counts_shows(const struct analyze_options *o, int work)
{
	static const unsigned needs[WORK_COUNT] = {
		[FC_PHASE_FORWARD] = NEED_FORWARD,
		[FC_PHASE_BACKWARD_DATA] = NEED_BACKWARD_DATA,
		[FC_PHASE_BACKWARD_WEIGHTS] = NEED_BACKWARD_WEIGHTS,
		[FC_PHASE_UPDATE] = NEED_UPDATE,
		[FC_PHASE_INPUT] = NEED_TRAINING,
		[FC_PHASE_LOSS] = NEED_TRAINING,
		[WORK_RECOMPUTE] = NEED_RECOMPUTE,
	};

	return !(needs[work] & ~fc_analyze_has(o));
}

/* -------- passes over the data set -------- */

static void iterations(struct document *d, const struct analysis *a, const struct epoch *e)
{
	fc_str_addf(&d->line, "%llu images in %llu iteration%s", (unsigned long long)e->images,
		    (unsigned long long)e->iterations, e->iterations == 1 ? "" : "s");
	if (a->graph.batch > 1)
		fc_str_addf(&d->line, " of %lld", (long long)a->graph.batch);
	if (e->left_out)
		fc_str_addf(&d->line, ", %llu left out", (unsigned long long)e->left_out);
	if (e->filled_up)
		fc_str_addf(&d->line, ", the last one filled up");
}

/* A rule counts forward passes: so many of them. */
void counts_epoch_line(struct document *d, const struct analysis *a)
{
	const bool validation = a->options->phase == SELECT_FORWARD && a->options->pass == FC_PASS_VALIDATE;
	const struct epoch *const e = &a->epochs[validation ? FC_PASS_VALIDATE : FC_PASS_TRAIN];
	uint64_t macs, flops;

	if (a->no_epoch) {
		fc_str_add(&d->line, "no epoch: its costs do not fit 64 bits");
		document_sentence(d);
		return;
	}
	if (a->options->phase == SELECT_ALL || !e->iterations ||
	    __builtin_mul_overflow(a->macs, e->iterations, &macs) ||
	    __builtin_mul_overflow(a->flops, e->iterations, &flops))
		return;
	fc_str_add(&d->line, "an epoch: ");
	iterations(d, a, e);
	fc_str_add(&d->line, ": ");
	document_quantity(d, macs, "MACs");
	fc_str_add(&d->line, ", ");
	document_quantity(d, flops, "FLOPs");
	document_sentence(d);
}

static void epoch_sheet(struct document *d, const struct analysis *a)
{
	const struct epoch *const train = &a->epochs[FC_PASS_TRAIN], *const validate = &a->epochs[FC_PASS_VALIDATE];
	const struct sheet_row rows[] = {
		{ .analysis = a, .item = train, .work = &train->work, .title = "training" },
		{ .analysis = a, .item = validate, .work = &validate->work, .title = "validation" },
		{ .analysis = a, .work = &a->epoch, .title = "epoch" },
	};

	if (a->no_epoch)
		return;
	if (!train->iterations) {
		fc_str_addf(&d->line, "no epoch: %llu images do not fill a batch of %lld",
			    (unsigned long long)train->images, (long long)a->graph.batch);
		document_sentence(d);
		document_gap(d);
		return;
	}
	fc_str_add(&d->line, "an epoch: training ");
	iterations(d, a, train);
	fc_str_add(&d->line, "; validation ");
	iterations(d, a, validate);
	fc_str_addc(&d->line, ':');
	document_sentence(d);
	d->format->sheet(d->out, &(struct sheet){ .columns = fc_epoch_columns,
						  .has = fc_analyze_has(a->options),
						  .rows = rows,
						  .row_count = 3,
						  .sum_rows = 1 });
}

/* -------- layers -------- */

static void notes(struct document *d, const struct analysis *a, int rows, int depth)
{
	const int all = fc_analysis_depth(a);
	int outside = 0;

	for (int i = 0; i < a->graph.node_count; i++)
		outside += !fc_analysis_covers(a, &a->graph.nodes[i]);
	if (outside) {
		fc_str_addf(&d->line, "%d layers of auxiliary heads run in training only", outside);
		document_sentence(d);
	}
	if (rows < a->graph.node_count) {
		fc_str_addf(&d->line, "%d layers in %d rows: ", a->graph.node_count - 1, rows - 1);
		if (depth + 1 < all)
			fc_str_addf(&d->line, "--depth %d unfolds one step more, ", depth + 1);
		fc_str_addf(&d->line, "--depth %d%s", all, depth + 1 < all ? " all" : " unfolds all");
		document_sentence(d);
	}
	if (outside || rows < a->graph.node_count)
		document_gap(d);
}

static void layer_sheet(struct document *d, const struct analysis *a)
{
	const int depth = a->options->depth ? a->options->depth : TEXT_DEPTH;
	struct fc_arena arena;
	struct sheet_row *rows;
	struct layer *layers;
	uint64_t dearest = 0;
	int count;

	fc_arena_init(&arena);
	layers = fc_analysis_blocks(a, depth, &arena, &count);
	rows = FC_NEW_ARRAY(&arena, struct sheet_row, count + 1);
	for (int i = 0; i < count; i++) {
		rows[i] = (struct sheet_row){ .analysis = a, .layer = &layers[i], .item = &dearest };
		if (layers[i].charge > dearest)
			dearest = layers[i].charge;
	}
	rows[count] = (struct sheet_row){ .analysis = a, .layer = &a->total, .title = "total" };
	d->format->sheet(d->out, &(struct sheet){ .columns = fc_layer_columns,
						  .has = fc_analyze_has(a->options),
						  .rows = rows,
						  .row_count = count + 1,
						  .sum_rows = 1 });
	notes(d, a, count, depth);
	fc_arena_release(&arena);
}

/* -------- phases and memory -------- */

static void phase_sheet(struct document *d, const struct analysis *a)
{
	/* In the order of an iteration. */
	static const int order[] = { FC_PHASE_INPUT, FC_PHASE_FORWARD,	     FC_PHASE_LOSS,
				     WORK_RECOMPUTE, FC_PHASE_BACKWARD_DATA, FC_PHASE_BACKWARD_WEIGHTS,
				     FC_PHASE_UPDATE };
	struct sheet_row rows[WORK_COUNT + 1];
	int count = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (counts_shows(a->options, order[i]))
			rows[count++] = (struct sheet_row){ .analysis = a,
							    .work = &a->total.work[order[i]],
							    .phase = fc_work_name(order[i]) };
	rows[count] = (struct sheet_row){ .analysis = a, .work = &a->total.iteration, .title = "iteration" };
	fc_str_addf(&d->line,
		    "one training iteration of %lld image%s, counted exactly (not three times forward), %s%s:",
		    (long long)a->graph.batch, a->graph.batch == 1 ? "" : "s", a->options->cost.optimizer->name,
		    a->options->cost.weight_decay ? " with weight decay" : "");
	document_sentence(d);
	d->format->sheet(d->out, &(struct sheet){ .columns = fc_work_columns,
						  .has = fc_analyze_has(a->options),
						  .rows = rows,
						  .row_count = count + 1,
						  .sum_rows = 1 });
}

/* One phase as it is, where it is all that was asked for. */
static void selected_sheet(struct document *d, const struct analysis *a)
{
	const struct sheet_row row = { .analysis = a,
				       .work = fc_layer_selected(a, &a->total),
				       .phase = fc_selection_name(a->options->phase) };

	d->format->sheet(d->out, &(struct sheet){ .columns = fc_work_columns,
						  .has = fc_analyze_has(a->options),
						  .rows = &row,
						  .row_count = 1 });
}

static void memory_sheet(struct document *d, const struct analysis *a)
{
	const struct sheet_row rows[] = {
		{ .analysis = a, .item = &a->memory[FC_PASS_TRAIN], .title = "training" },
		{ .analysis = a, .item = &a->memory[FC_PASS_VALIDATE], .title = "inference" },
	};

	fc_str_add(&d->line, "memory at the same time, by the life of every buffer");
	if (a->largest_layer) {
		fc_str_addf(&d->line, "; the largest layer by itself, %s, has ", a->largest_layer->name);
		fc_si(&d->line, a->largest_layer_bytes, "B");
	}
	fc_str_addc(&d->line, ':');
	document_sentence(d);
	d->format->sheet(d->out, &(struct sheet){ .columns = fc_memory_columns,
						  .has = fc_analyze_has(a->options),
						  .rows = rows,
						  .row_count = 2 });
}

void counts_sheets(struct document *d, const struct analysis *a)
{
	if (a->options->per_layer)
		layer_sheet(d, a);
	if (a->options->phase == SELECT_FORWARD && !a->options->roofline.name)
		return;
	if (a->options->phase != SELECT_ALL && a->options->phase != SELECT_TRAINING) {
		selected_sheet(d, a);
		return;
	}
	phase_sheet(d, a);
	if (a->options->phase != SELECT_ALL)
		return;
	epoch_sheet(d, a);
	memory_sheet(d, a);
}
