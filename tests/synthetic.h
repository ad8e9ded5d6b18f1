/*
 * Run folders whose truth is known: as many layers as wanted, times that follow a law exactly or with noise, and
 * every sum in order. Seeded: the same request writes the same bytes.
 */
#ifndef TESTS_SYNTHETIC_H
#define TESTS_SYNTHETIC_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/csv.h"
#include "flopclock/file.h"
#include "flopclock/json.h"
#include "flopclock/random.h"
#include "flopclock/run.h"

enum synthetic_law {
	SYNTHETIC_LINEAR,	/* t = F / P */
	SYNTHETIC_AFFINE,	/* t = t0 + F / P */
	SYNTHETIC_POWER,	/* t = a F^0.6 */
	SYNTHETIC_ROOFLINE,	/* t = max(F / P, B / W), B of its own */
	SYNTHETIC_CHANCE,	/* t has nothing to do with F */
};

#define SYNTHETIC_RATE 50e9		/* P, FLOP/s */
#define SYNTHETIC_OVERHEAD 2e-3		/* t0, s */
#define SYNTHETIC_BANDWIDTH 10e9	/* W, byte/s */
#define SYNTHETIC_EXPONENT 0.6

struct synthetic {
	const char *model;		/* name of the network; the folder is OUT/MODEL */
	int layers; /* 3 and more: input, a repetition of conv, batch_norm, relu, and dense at the end */
	enum synthetic_law law;
	double noise;			/* deviation of ln t between layers */
	double scatter;			/* MAD of a step's time, relative */
	uint64_t seed, batch, iterations, warmup;
	const char *input;		/* "3x64x64" */
	const char *started;		/* NULL: a fixed date */
	const char *suffix;		/* behind the folder's name; NULL: none */
	const char *layer_prefix;	/* of layer names; NULL: none */
	const char *precision, *device, *backend, *status;	/* NULL: "fp32", "Synthetic", "null", "complete" */
};

struct synthetic_writer {
	const struct synthetic *want;
	struct fc_csv_writer costs, layers, kernels, steps, epochs;
	double sum_s[2];		/* of one iteration, per pass */
	uint64_t macs, flops, params;	/* forward, whole batch */
	uint64_t draws;
};

static inline double synthetic_uniform(struct synthetic_writer *w)
{
	uint32_t word[4];

	fc_philox(w->want->seed, 77, w->draws++, word);
	return ((double)word[0] + 0.5) / 4294967296.0;
}

static inline double synthetic_normal(struct synthetic_writer *w)
{
	const double u = synthetic_uniform(w), v = synthetic_uniform(w);

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static inline double synthetic_time(struct synthetic_writer *w, double flops, double bytes)
{
	const double noise = exp(w->want->noise * synthetic_normal(w));

	if (!(flops > 0))
		return bytes / SYNTHETIC_BANDWIDTH * noise;
	switch (w->want->law) {
	case SYNTHETIC_LINEAR: return flops / SYNTHETIC_RATE * noise;
	case SYNTHETIC_AFFINE: return (SYNTHETIC_OVERHEAD + flops / SYNTHETIC_RATE) * noise;
	case SYNTHETIC_POWER: return 1e-8 * pow(flops, SYNTHETIC_EXPONENT) * noise;
	case SYNTHETIC_ROOFLINE: return fmax(flops / SYNTHETIC_RATE, bytes / SYNTHETIC_BANDWIDTH) * noise;
	case SYNTHETIC_CHANCE: return exp(-9 + 4 * synthetic_uniform(w)) * noise;
	}
	return 0;
}

static inline void synthetic_header(struct fc_csv_writer *csv, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fc_csv_text(csv, names[i]);
	fc_csv_end_row(csv);
}

#define SYNTHETIC_NAME(name) #name,
#define SYNTHETIC_HEADER(csv, COLUMNS)                                                  \
	do {                                                                            \
		static const char *const names[] = { COLUMNS(SYNTHETIC_NAME) };        \
		synthetic_header(csv, names, sizeof(names) / sizeof(names[0]));        \
	} while (0)

struct synthetic_step {
	int index;
	const char *name, *op, *phase;
	bool validate;
	uint64_t macs, params, bytes, flops;
};

static inline void synthetic_cost(struct synthetic_writer *w, const struct synthetic_step *s)
{
	struct fc_csv_writer *csv = &w->costs;

	fc_csv_u64(csv, (uint64_t)s->index);
	fc_csv_text(csv, s->name);
	fc_csv_text(csv, s->op);
	fc_csv_text(csv, s->phase);
	fc_csv_u64(csv, s->validate);
	fc_csv_u64(csv, s->macs);
	fc_csv_u64(csv, s->flops);
	fc_csv_u64(csv, s->params);
	fc_csv_u64(csv, s->bytes / 2);
	fc_csv_u64(csv, s->bytes - s->bytes / 2);
	fc_csv_u64(csv, s->bytes);
	fc_csv_text(csv, "8x16x4x4");
	fc_csv_end_row(csv);
}

/* A row of layers.csv and one of kernels.csv. */
static inline void synthetic_row(struct synthetic_writer *w, const struct synthetic_step *s, const char *pass,
				 const char *covers, uint64_t extra_bytes)
{
	const double steps = (double)w->want->iterations;
	const double t = synthetic_time(w, (double)s->flops, (double)(s->bytes + extra_bytes));
	struct fc_csv_writer *csv = &w->layers;

	fc_csv_u64(csv, (uint64_t)s->index);
	fc_csv_text(csv, s->name);
	fc_csv_text(csv, s->op);
	fc_csv_text(csv, s->phase);
	fc_csv_text(csv, pass);
	fc_csv_text(csv, covers);
	fc_csv_u64(csv, s->macs);
	fc_csv_u64(csv, s->flops);
	fc_csv_u64(csv, s->bytes + extra_bytes);
	fc_csv_u64(csv, w->want->iterations);
	fc_csv_number(csv, 1);
	fc_csv_number(csv, t);
	fc_csv_number(csv, w->want->scatter * t);
	fc_csv_number(csv, t * (1 + 2 * w->want->scatter));
	fc_csv_number(csv, t * (1 - w->want->scatter / 2));
	fc_csv_number(csv, t * steps);
	fc_csv_end_row(csv);
	w->sum_s[strcmp(pass, "train") != 0] += t;

	csv = &w->kernels;
	fc_csv_text(csv, "kernel");
	fc_csv_u64(csv, (uint64_t)s->index);
	fc_csv_text(csv, s->name);
	fc_csv_text(csv, s->op);
	fc_csv_text(csv, s->phase);
	fc_csv_text(csv, pass);
	fc_csv_u64(csv, w->want->iterations);
	fc_csv_number(csv, t * steps);
	fc_csv_number(csv, t);
	for (int i = 0; i < 4; i++)
		fc_csv_missing(csv);
	fc_csv_end_row(csv);
}

/* Sizes are functions of the layer's index, so that a step can know those of the layer that it covers. */
static inline double synthetic_size(const struct synthetic *want, int index, int which)
{
	uint32_t word[4];

	fc_philox(want->seed, 78, (uint64_t)index, word);
	return ((double)word[which] + 0.5) / 4294967296.0;
}

static inline uint64_t synthetic_bytes(const struct synthetic *want, int index)
{
	return (uint64_t)exp(9 + 7 * synthetic_size(want, index, 0)) * 4;
}

static inline const char *synthetic_name(const struct synthetic *want, const char *op, int index, char buffer[128])
{
	snprintf(buffer, 128, "%s%s%d", want->layer_prefix ? want->layer_prefix : "", op, index);
	return buffer;
}

/* One layer in all its phases. `covers`: its forward step also computes that of the next layer; covered: it is
 * computed so. */
static inline void synthetic_layer(struct synthetic_writer *w, int index, const char *op, const char *covers,
				   bool covered)
{
	static const char *const phases[] = { "forward", "backward_data", "backward_weights", "update" };
	const struct synthetic *want = w->want;
	const bool counts = !strcmp(op, "conv") || !strcmp(op, "dense"),
		   has_params = counts || !strcmp(op, "batch_norm");
	const uint64_t macs = counts ? (uint64_t)exp(12 + 8 * synthetic_size(want, index, 1)) * want->batch : 0;
	const uint64_t bytes = synthetic_bytes(want, index), params = has_params ? bytes / 64 + 1 : 0;
	const uint64_t extra = *covers ? synthetic_bytes(want, index + 1) : 0;
	char name[128];

	synthetic_name(want, op, index, name);
	w->macs += macs;
	w->flops += 2 * macs;
	w->params += params;
	for (int phase = 0; phase < 4; phase++) {
		struct synthetic_step s = {index, name, op, phases[phase], phase == 0, macs, params, bytes, 2 * macs};

		/* The first layer needs no gradient of its input; only what has parameters has the last two phases.
		 */
		if ((phase == 1 && index == 1) || (phase == 2 && !counts) || (phase == 3 && !has_params))
			continue;
		if (phase == 3) {
			s.macs = 0;
			s.flops = 6 * params;
			s.bytes = 20 * params;
		}
		synthetic_cost(w, &s);
		if (phase == 0 && covered)
			continue;
		synthetic_row(w, &s, "train", phase == 0 ? covers : "", phase == 0 ? extra : 0);
		if (phase == 0)
			synthetic_row(w, &s, "validate", covers, extra);
	}
}

static inline void synthetic_edge(struct synthetic_writer *w, int index, const char *name, const char *op,
				  const char *phase)
{
	struct synthetic_step s = { index, name, op, phase, true, 0, 0, 4096, 0 };

	synthetic_cost(w, &s);
	synthetic_row(w, &s, "train", "", 0);
	synthetic_row(w, &s, "validate", "", 0);
}

static inline void synthetic_layers(struct synthetic_writer *w)
{
	const int last = w->want->layers - 1;
	char name[128], covers[160];

	synthetic_edge(w, 0, synthetic_name(w->want, "input", 0, name), "input", "input");
	for (int i = 1; i < last; i++) {
		if (i % 3 == 2 && i + 1 < last) {
			snprintf(covers, sizeof(covers), "%s:forward", synthetic_name(w->want, "relu", i + 1, name));
			synthetic_layer(w, i, "batch_norm", covers, false);
			synthetic_layer(w, ++i, "relu", "", true);
		} else {
			synthetic_layer(w, i, i % 3 == 1 ? "conv" : "max_pool", "", false);
		}
	}
	synthetic_layer(w, last, "dense", "", false);
	synthetic_edge(w, last, synthetic_name(w->want, "dense", last, name), "dense", "loss");
}

#define SYNTHETIC_IDLE 0.02		/* of the kernels' time */

static inline void synthetic_steps(struct synthetic_writer *w)
{
	const struct synthetic *want = w->want;
	static const char *const passes[] = { "train", "validate" };
	uint64_t step = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (uint64_t i = 0; i < want->warmup + want->iterations; i++) {
			struct fc_csv_writer *csv = &w->steps;

			fc_csv_u64(csv, step++);
			fc_csv_u64(csv, 0);
			fc_csv_text(csv, passes[pass]);
			fc_csv_u64(csv, i >= want->warmup);
			fc_csv_u64(csv, want->batch);
			fc_csv_number(csv, w->sum_s[pass] * (1 + SYNTHETIC_IDLE));
			fc_csv_number(csv, w->sum_s[pass]);
			fc_csv_number(csv, w->sum_s[pass]);
			fc_csv_number(csv, w->sum_s[pass] * SYNTHETIC_IDLE);
			fc_csv_number(csv, 2.25);
			fc_csv_u64(csv, 3);
			fc_csv_end_row(csv);
		}
	}
}

static inline void synthetic_epochs(struct synthetic_writer *w)
{
	const double n = (double)(w->want->iterations + w->want->warmup), batch = (double)w->want->batch;
	const double wall[2] = { w->sum_s[0] * (1 + SYNTHETIC_IDLE), w->sum_s[1] * (1 + SYNTHETIC_IDLE) };
	struct fc_csv_writer *csv = &w->epochs;

	fc_csv_u64(csv, 0);
	fc_csv_number(csv, wall[0] * n);
	fc_csv_number(csv, wall[1] * n);
	fc_csv_u64(csv, (uint64_t)(n * batch));
	fc_csv_u64(csv, (uint64_t)(n * batch));
	fc_csv_number(csv, 2.25);
	fc_csv_number(csv, 0.25);
	fc_csv_number(csv, 2);
	fc_csv_number(csv, 0.375);
	fc_csv_number(csv, batch / wall[0]);
	fc_csv_number(csv, batch / wall[1]);
	fc_csv_end_row(csv);
}

static inline void synthetic_totals(const struct synthetic_writer *w, struct fc_json *json, const char *name,
				    int pass)
{
	const double n = (double)w->want->iterations, kernels = w->sum_s[pass] * n,
		     wall = kernels * (1 + SYNTHETIC_IDLE);

	fc_json_object(json, name);
	fc_json_u64(json, "iterations", w->want->iterations + w->want->warmup);
	fc_json_u64(json, "measured_iterations", w->want->iterations);
	fc_json_u64(json, "images", w->want->iterations * w->want->batch);
	fc_json_number(json, "wall_s", wall);
	fc_json_number(json, "kernel_sum_s", kernels);
	fc_json_number(json, "device_busy_s", kernels);
	fc_json_number(json, "idle_s", wall - kernels);
	fc_json_number(json, "unattributed_s", 0);
	fc_json_number(json, "images_per_s", n * (double)w->want->batch / wall);
	fc_json_end_object(json);
}

static inline const char *synthetic_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

static inline void synthetic_configuration(const struct synthetic *want, struct fc_json *json)
{
	fc_json_object(json, "configuration");
	fc_json_text(json, "input", want->input);
	fc_json_u64(json, "classes", 10);
	fc_json_u64(json, "batch", want->batch);
	fc_json_u64(json, "epochs", 1);
	fc_json_u64(json, "steps", want->iterations + want->warmup);
	fc_json_u64(json, "validate_steps", want->iterations + want->warmup);
	fc_json_u64(json, "warmup", want->warmup);
	fc_json_text(json, "precision", synthetic_or(want->precision, "fp32"));
	fc_json_u64(json, "seed", want->seed);
	fc_json_text(json, "preset", "");
	fc_json_number(json, "rate", 0.01);
	fc_json_number(json, "momentum", 0.9);
	fc_json_number(json, "weight_decay", 0);
	fc_json_end_object(json);
}

static inline void synthetic_where(const struct synthetic *want, struct fc_json *json)
{
	fc_json_object(json, "data");
	fc_json_text(json, "path", "nowhere");
	fc_json_u64(json, "train_images", 60000);
	fc_json_u64(json, "validate_images", 10000);
	fc_json_text(json, "train_digest", "0");
	fc_json_text(json, "validate_digest", "0");
	fc_json_end_object(json);
	fc_json_object(json, "device");
	fc_json_text(json, "backend", synthetic_or(want->backend, "null"));
	fc_json_text(json, "kind", "cpu");
	fc_json_text(json, "name", synthetic_or(want->device, "Synthetic"));
	fc_json_end_object(json);
	fc_json_object(json, "probe");
	fc_json_text(json, "name", "fake");
	fc_json_end_object(json);
	fc_json_object(json, "host");
	fc_json_text(json, "cpu", "Synthetic");
	fc_json_u64(json, "cores", 2);
	fc_json_u64(json, "memory_bytes", 8589934592);
	fc_json_text(json, "system", "none");
	fc_json_end_object(json);
	fc_json_object(json, "memory");
	fc_json_u64(json, "announced_bytes", 1000000);
	fc_json_u64(json, "allocated_bytes", 1000000);
	fc_json_end_object(json);
}

static inline void synthetic_json(const struct synthetic_writer *w, struct fc_json *json)
{
	const struct synthetic *want = w->want;

	fc_json_object(json, NULL);
	fc_json_u64(json, "schema", FC_RUN_SCHEMA);
	fc_json_text(json, "program", "flopclock");
	fc_json_text(json, "version", "0.0.0");
	fc_json_text(json, "status", synthetic_or(want->status, "complete"));
	fc_json_array(json, "anomalies");
	fc_json_end_array(json);
	fc_json_text(json, "started", synthetic_or(want->started, "2026-01-31T12:00:00Z"));
	fc_json_text(json, "finished", synthetic_or(want->started, "2026-01-31T12:30:00Z"));
	fc_json_object(json, "model");
	fc_json_text(json, "name", want->model);
	fc_json_text(json, "settings", "");
	fc_json_text(json, "digest", "0000000000000000000000000000000000000000000000000000000000000000");
	fc_json_u64(json, "layers", (uint64_t)want->layers);
	fc_json_u64(json, "params", w->params);
	fc_json_u64(json, "macs", w->macs / want->batch);
	fc_json_u64(json, "flops", w->flops / want->batch);
	fc_json_end_object(json);
	synthetic_configuration(want, json);
	synthetic_where(want, json);
	fc_json_object(json, "totals");
	synthetic_totals(w, json, "train", 0);
	synthetic_totals(w, json, "validate", 1);
	fc_json_end_object(json);
	fc_json_end_object(json);
	fc_str_addc(&json->out, '\n');
}

static inline int synthetic_save(const char *folder, const char *file, struct fc_str *text, struct fc_error *err)
{
	struct fc_str path = { 0 };
	int rc;

	fc_str_addf(&path, "%s/%s", folder, file);
	rc = fc_file_write(path.text, text->text, text->length, err);
	fc_str_release(&path);
	fc_str_release(text);
	return rc;
}

/* Writes OUT/MODEL[SUFFIX]. */
static inline int synthetic_run(const char *out, const struct synthetic *want, struct fc_error *err)
{
	struct synthetic_writer w = { .want = want };
	struct fc_str folder = { 0 };
	struct fc_json json = { 0 };
	int rc;

	fc_str_addf(&folder, "%s/%s%s", out, want->model, synthetic_or(want->suffix, ""));
	SYNTHETIC_HEADER(&w.costs, FC_COSTS_COLUMNS);
	SYNTHETIC_HEADER(&w.layers, FC_LAYERS_COLUMNS);
	SYNTHETIC_HEADER(&w.kernels, FC_KERNELS_COLUMNS);
	SYNTHETIC_HEADER(&w.steps, FC_STEPS_COLUMNS);
	SYNTHETIC_HEADER(&w.epochs, FC_EPOCHS_COLUMNS);
	synthetic_layers(&w);
	synthetic_steps(&w);
	synthetic_epochs(&w);
	synthetic_json(&w, &json);
	rc = fc_dir_make(folder.text, err) || synthetic_save(folder.text, "costs.csv", &w.costs.out, err) ||
	     synthetic_save(folder.text, "layers.csv", &w.layers.out, err) ||
	     synthetic_save(folder.text, "kernels.csv", &w.kernels.out, err) ||
	     synthetic_save(folder.text, "steps.csv", &w.steps.out, err) ||
	     synthetic_save(folder.text, "epochs.csv", &w.epochs.out, err) ||
	     synthetic_save(folder.text, "run.json", &json.out, err) ? -1 : 0;
	fc_str_release(&folder);
	return rc;
}

/* A usual one, to be changed field by field. */
static inline struct synthetic synthetic_usual(const char *model, enum synthetic_law law, uint64_t seed)
{
	return (struct synthetic){
		.model = model, .layers = 60, .law = law, .seed = seed, .batch = 8, .iterations = 10, .warmup = 2,
		.input = "3x64x64", .noise = 0.05, .scatter = 0.01,
	};
}

#endif
