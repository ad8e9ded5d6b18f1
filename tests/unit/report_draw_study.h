/*
 * Invented studies for the tests of the drawing side: any number of networks and layers, with names and times as
 * friendly or as hostile as wanted. Included by each test; everything is static.
 */
#ifndef TESTS_UNIT_REPORT_DRAW_STUDY_H
#define TESTS_UNIT_REPORT_DRAW_STUDY_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/study.h"
#include "flopclock/random.h"

enum draw_flavour {
	DRAW_PLAIN,		/* like five networks on a CPU */
	DRAW_HOSTILE_NAMES,	/* 200 characters, markup, no UTF-8, line ends */
	DRAW_EQUAL,		/* all FLOPs and all times the same */
	DRAW_HUGE,		/* times and FLOPs over thirty decades */
	DRAW_FLAVOURS
};

struct draw_dice {
	uint64_t seed, index;
};

static inline double draw_uniform(struct draw_dice *dice)
{
	return fc_uniform_at(dice->seed, 99, dice->index++);
}

static inline const char *draw_name(struct fc_study *study, struct draw_dice *dice, enum draw_flavour flavour,
				    const char *plain)
{
	static const char *const bad[] = { "<b>&\"'</b>",
					   "\xff\xfe\x80 broken",
					   "line\nend\ttab\x01",
					   "=cmd|' /C calc'!A0",
					   "\xE7\xA5\x9E\xE7\xBB\x8F\xE7\xBD\x91\xE7\xBB\x9C",
					   "\xD7\xA9\xE2\x80\xAE evil",
					   "" };
	char text[256] = "";

	if (flavour != DRAW_HOSTILE_NAMES)
		return plain;
	if (draw_uniform(dice) < 0.5)
		return bad[(int)(draw_uniform(dice) * (double)(sizeof bad / sizeof *bad))];
	while (strlen(text) < 200)
		strcat(text, draw_uniform(dice) < 0.2 ? "\xC3\xA9" : draw_uniform(dice) < 0.1 ? " " : "W");
	return fc_arena_strdup(&study->arena, text);
}

/* One layer of a network in up to four phases of training and in validation. */
static inline void draw_layer(struct fc_study *study, struct draw_dice *dice, enum draw_flavour flavour, int network,
			      int index)
{
	static const struct { const char *op; enum fc_family family; } kinds[] = {
		{ "conv", FC_FAMILY_CONV }, { "batch_norm", FC_FAMILY_NORM }, { "relu", FC_FAMILY_ACTIVATION },
		{ "max_pool", FC_FAMILY_POOL }, { "dense", FC_FAMILY_DENSE },
	};
	const int kind = index % 13 == 12 ? 4 : index % 7 == 6 ? 3 : index % 3;
	const double wide = flavour == DRAW_HUGE ? 12 : 2.2;
	const double flops =
		flavour == DRAW_EQUAL ? 1e8 : pow(10, 6.5 + (kind == 4 ? 0.5 : 1) * wide * draw_uniform(dice));
	const char *name = draw_name(study, dice, flavour,
				     fc_arena_printf(&study->arena, "%s%d.%s", kind == 4 ? "classifier." : "layer",
						     index / 3, kinds[kind].op));

	for (int p = 0; p < 5; p++) {
		const enum fc_pass pass = p == 4 ? FC_PASS_VALIDATE : FC_PASS_TRAIN;
		const enum fc_phase phase = p == 4 ? FC_PHASE_FORWARD : (enum fc_phase)p;
		const bool counts = kind == 0 || kind == 4;
		struct fc_study_layer *row = &study->layers[study->layer_count];
		double time;

		if ((p == 2 || p == 3) && kind != 0 && kind != 1 && kind != 4)
			continue;
		*row = (struct fc_study_layer){ .network = network,
						.layer_index = index,
						.layer = name,
						.op = kinds[kind].op,
						.family = kinds[kind].family,
						.phase = phase,
						.pass = pass,
						.covers = "",
						.steps = 10,
						.residual = NAN,
						.flop_per_s = NAN,
						.intensity = NAN };
		row->flops = p == 3 ? (uint64_t)(flops / (kind == 4 ? 10 : 1000)) : counts ? (uint64_t)flops : 0;
		row->bytes = (uint64_t)(flops / (kind == 4 ? 2 : 40));
		time = 2e-5 + fmax((double)row->flops / (kind == 4 ? 2e10 : 8e10), (double)row->bytes / 1e10);
		time *= exp(0.8 * (draw_uniform(dice) + draw_uniform(dice) - 1)) *
			(1 + 0.7 * (phase == FC_PHASE_BACKWARD_WEIGHTS));
		row->time_s = row->mean_s = flavour == DRAW_EQUAL  ? 1e-3
					    : flavour == DRAW_HUGE ? time * pow(10, 8 * draw_uniform(dice) - 4)
								   : time;
		row->in_relation = pass == FC_PASS_TRAIN && p < 3 && row->flops > 0;
		study->layer_count++;
	}
}

static inline void draw_sum(struct fc_study *study, int network)
{
	struct fc_study_network *n = &study->networks[network];

	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *row = &study->layers[i];
		struct fc_study_pass *pass = &n->passes[row->pass];

		if (row->network != network)
			continue;
		pass->all.time_s += row->mean_s;
		pass->all.flops += row->flops;
		pass->phases[row->phase].time_s += row->mean_s;
		pass->families[row->family].time_s += row->mean_s;
		pass->phases[row->phase].flops += row->flops;
		pass->families[row->family].flops += row->flops;
	}
	for (int p = 0; p < FC_PASS_COUNT; p++) {
		struct fc_study_pass *pass = &n->passes[p];

		pass->present = pass->all.time_s > 0;
		pass->measured_iterations = 10;
		pass->images = 10 * n->batch;
		pass->wall_s = 10 * pass->all.time_s * 1.03;
		pass->time_per_image_s = pass->wall_s / (double)pass->images;
		pass->images_per_s = 1 / pass->time_per_image_s;
		pass->flops_per_image = (double)pass->all.flops / (double)n->batch;
		pass->time_per_gflop_s =
			pass->flops_per_image > 0 ? pass->time_per_image_s / pass->flops_per_image * 1e9 : NAN;
		for (int k = 0; k < FC_FAMILY_COUNT; k++) {
			pass->families[k].time_share = pass->families[k].time_s / pass->all.time_s;
			pass->families[k].flops_share = (double)pass->families[k].flops / (double)pass->all.flops;
		}
	}
	n->flops = (uint64_t)n->passes[FC_PASS_VALIDATE].flops_per_image;
	n->macs = n->flops / 2;
	n->params = 1000000;
}

/* Proportional and power fit; nothing about intervals that a test would rely on. */
static inline void draw_relation(struct fc_study *study)
{
	struct fc_relation *r = FC_NEW(&study->arena, struct fc_relation);
	double n = 0, x = 0, y = 0, xx = 0, xy = 0, b;

	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *row = &study->layers[i];
		const double lx = log((double)row->flops), ly = log(row->time_s);

		if (!row->in_relation)
			continue;
		n++;
		x += lx;
		y += ly;
		xx += lx * lx;
		xy += lx * ly;
	}
	study->relations = r;
	study->relation_count = 1;
	*r = (struct fc_relation){
		.id = "layers", .title = "All layers, forward and backward", .network = -1, .n = (size_t)n
	};
	b = (n * xy - x * y) / (n * xx - x * x);
	r->has_statistics = n >= 3 && isfinite(b);
	if (!r->has_statistics)
		return;
	r->fits[FC_FIT_PROPORTIONAL] = (struct fc_fit){ .valid = true, .rate = exp(x / n - y / n) };
	r->fits[FC_FIT_POWER] = (struct fc_fit){ .valid = true, .exponent = b, .factor = exp(y / n - b * x / n) };
	r->exponent = (struct fc_estimate){ b, b - 0.06, b + 0.07 };
	r->spearman = 0.8;
	r->kendall = 0.6;
	r->spread = 14;
	for (size_t i = 0; i < study->layer_count; i++) {
		struct fc_study_layer *row = &study->layers[i];

		if (row->in_relation)
			row->residual = log2(row->time_s / ((double)row->flops / r->fits[FC_FIT_PROPORTIONAL].rate));
	}
}

static inline int draw_compare(const void *a, const void *b)
{
	const struct fc_study_network *x = a, *y = b;

	return x->flops < y->flops ? -1 : x->flops > y->flops;
}

/* Networks in the order of their FLOPs, as in a real study. */
static inline void draw_sort(struct fc_study *study)
{
	int *place = calloc((size_t)study->network_count + 1, sizeof *place);

	for (int i = 0; i < study->network_count; i++)
		study->networks[i].classes = (uint64_t)i;
	qsort(study->networks, (size_t)study->network_count, sizeof *study->networks, draw_compare);
	for (int i = 0; i < study->network_count; i++) {
		place[study->networks[i].classes] = i;
		study->networks[i].classes = 10;
	}
	for (size_t i = 0; i < study->layer_count; i++)
		study->layers[i].network = place[study->layers[i].network];
	free(place);
}

static inline void draw_tables(struct fc_study *study)
{
	static const struct fc_column columns[] = {
		{ .name = "network", .header = "Network" },
		{ .name = "flops",
		  .header = "FLOPs",
		  .unit = "GFLOP/image",
		  .align = FC_ALIGN_RIGHT,
		  .format = FC_FORMAT_SIGNIFICANT,
		  .digits = 3,
		  .scale = 1e-9 },
		{ .name = "train",
		  .header = "Training",
		  .unit = "ms/image",
		  .align = FC_ALIGN_RIGHT,
		  .format = FC_FORMAT_SIGNIFICANT,
		  .digits = 3,
		  .scale = 1e3,
		  .group = "Time" },
		{ .name = "validate",
		  .header = "Validation",
		  .unit = "ms/image",
		  .align = FC_ALIGN_RIGHT,
		  .format = FC_FORMAT_SIGNIFICANT,
		  .digits = 3,
		  .scale = 1e3,
		  .group = "Time" },
	};
	static const struct fc_column layer_columns[] = {
		{ .name = "network", .header = "Network" },
		{ .name = "layer", .header = "Layer", .code = true },
		{ .name = "phase", .header = "Phase" },
		{ .name = "flops", .header = "FLOPs", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_COUNT },
		{ .name = "time",
		  .header = "Time",
		  .unit = "ms",
		  .align = FC_ALIGN_RIGHT,
		  .format = FC_FORMAT_SIGNIFICANT,
		  .digits = 3,
		  .scale = 1e3 },
	};
	struct fc_table *t = &study->tables[FC_TABLE_TIME], *top = &study->tables[FC_TABLE_TOP_LAYERS];

	fc_table_init(t, &study->arena, "tab-2-time", "Running time per image.", columns, 4);
	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_network *n = &study->networks[i];
		struct fc_cell *cells = fc_table_add_row(t);

		cells[0] = fc_cell_text(n->name);
		cells[1] = fc_cell_number((double)n->flops);
		cells[2] = fc_cell_number(n->passes[0].time_per_image_s);
		cells[3] = fc_cell_number(n->passes[1].time_per_image_s);
	}
	fc_table_add_note(t, "Medians of %d iterations.", 10);
	fc_table_init(top, &study->arena, "tab-3-layers", "The layers that take the most time.", layer_columns, 5);
	for (size_t i = 0; i < study->layer_count && i < 60; i++) {
		struct fc_cell *cells = fc_table_add_row(top);

		cells[0] = fc_cell_text(study->networks[study->layers[i].network].name);
		cells[1] = fc_cell_text(study->layers[i].layer);
		cells[2] = fc_cell_text(fc_phase_name(study->layers[i].phase));
		cells[3] = fc_cell_count(study->layers[i].flops);
		cells[4] = fc_cell_number(study->layers[i].time_s);
	}
}

static inline void draw_study(struct fc_study *study, int networks, int layers, uint64_t seed,
			      enum draw_flavour flavour)
{
	static const char *const names[] = { "AlexNet", "VGG16", "GoogLeNet", "ResNet18", "DenseNet-161" };
	static const int counts[] = { 21, 39, 130, 60, 400 };
	static const char *sentences[] = { "FLOPs and time have the same order in most pairs, but not in all.",
					   "Spearman's rank correlation is 0.81." };
	static const char *limits[] = { "The times are those of one machine and one library." };
	struct draw_dice dice = { seed, 0 };

	memset(study, 0, sizeof *study);
	fc_arena_init(&study->arena);
	study->network_count = networks;
	study->networks = FC_NEW_ARRAY(&study->arena, struct fc_study_network, networks + 1);
	study->layers = FC_NEW_ARRAY(&study->arena, struct fc_study_layer,
				     (size_t)networks * (size_t)(layers ? layers : 400) * 5 + 1);
	for (int i = 0; i < networks; i++) {
		struct fc_study_network *n = &study->networks[i];

		n->name = draw_name(study, &dice, flavour,
				    i < 5 ? names[i] : fc_arena_printf(&study->arena, "Network %d", i));
		n->model = n->name;
		n->settings = "";
		n->input = "3x64x64";
		n->batch = 32;
		n->classes = 10;
		for (int k = 0; k < (layers ? layers : counts[i % 5]); k++)
			draw_layer(study, &dice, flavour, i, k);
		draw_sum(study, i);
	}
	draw_sort(study);
	draw_relation(study);
	draw_tables(study);
	study->verdict = (struct fc_verdict){
		FC_VERDICT_NOT_LINEAR, "Time is not proportional to FLOPs.", 2, sentences, 1, limits
	};
	study->device = "A processor (onednn, 2 threads)";
	study->setting = "3x64x64, batch 32, fp32";
	study->date = "2026-01-31T12:00:00Z";
	study->seed = 1;
	study->resamples = 2000;
}

#endif
