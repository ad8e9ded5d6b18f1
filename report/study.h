/*
 * The study: everything that tables, charts and the PDF show, as plain data.
 *
 * fc_study_build() makes it from runs; whoever draws or prints takes a const struct fc_study * and computes nothing
 * but places. Times are seconds, sizes bytes, rates per second, shares parts of 1. NaN is "not known" for any double
 * and is shown as nothing. Texts come from files that others wrote: they are UTF-8, but may hold anything (quotes,
 * newlines).
 *
 * Which time is which: `time_s` of a layer is the median over measured iterations, the value that the statistics use;
 * `mean_s` is the total divided by the iterations, the value whose sums and shares add up.
 *
 * Order: networks by the forward FLOPs per image at the run's setting, ascending, then by name; layers by network,
 * pass, then order of the run folder. Equal runs give equal studies.
 */
#ifndef REPORT_STUDY_H
#define REPORT_STUDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"
#include "flopclock/run.h"
#include "flopclock/step.h"
#include "table.h"

/* Families of layer kinds, in the order in which legends show them. Several kinds of the graph fall into one. */
#define FC_FAMILIES(X)                                          \
	X(CONV, conv, "Convolution")                            \
	X(DENSE, dense, "Fully connected")                      \
	X(NORM, norm, "Batch normalisation")                    \
	X(ACTIVATION, activation, "Activation")                 \
	X(POOL, pool, "Pooling")                                \
	X(JOIN, join, "Add and concat")                         \
	X(OTHER, other, "Other (input, loss, dropout)")

enum fc_family {
#define X(upper, lower, title) FC_FAMILY_##upper,
	FC_FAMILIES(X)
#undef X
	FC_FAMILY_COUNT
};

const char *fc_family_name(enum fc_family family);	/* "conv" */
const char *fc_family_title(enum fc_family family);	/* "Convolution" */
const char *fc_phase_title(enum fc_phase phase);	/* "Backward, weights" */

/* Sums of a part of one pass of one network (a family, a phase, or all of it), per iteration. */
struct fc_part {
	double time_s;			/* of mean_s */
	double time_share;		/* of the attributed time of the pass */
	uint64_t flops;
	double flops_share;		/* of the FLOPs of the pass; NaN where the pass has none */
	uint64_t bytes;			/* bytes_min */
};

/* One pass of one network. Absent (present = false) when the run has no measured iteration of it. */
struct fc_study_pass {
	bool present;
	uint64_t iterations, measured_iterations, images;	/* images: of measured iterations */
	double wall_s, kernel_sum_s, device_busy_s, idle_s, unattributed_s;	/* sums over measured iterations */
	double time_per_image_s;	/* wall_s / images */
	double images_per_s;
	double epoch_s;			/* time for the whole data set: epoch_images of it */
	uint64_t epoch_images;
	bool extrapolated; /* epoch_s is time_per_image_s * epoch_images; else the median of whole epochs */
	double flops_per_image;		/* counted: training includes backward and update */
	double achieved_flop_per_s;	/* flops_per_image * images_per_s */
	double time_per_gflop_s;	/* time_per_image_s / flops_per_image * 1e9 */
	double median_time_s;		/* medians of all steps added up: one iteration without disturbances; 0: none timed */
	double zero_flop_share;		/* part of the attributed time in steps with zero FLOPs */
	struct fc_part all, phases[FC_PHASE_COUNT], families[FC_FAMILY_COUNT];
};

/* What the paper printed about a network and what its setting gives here. Only for its five networks. */
struct fc_study_paper {
	bool present;
	const char *flops_printed;	/* "1.42", "157" */
	double train_s;			/* as published; the protocol is unknown */
	const char *input;		/* "3x224x224": the setting that reproduces the table */
	uint64_t classes;		/* 1000 */
	bool counted;			/* the next two are known (the shipped model could be read) */
	uint64_t thop_macs;		/* by rule thop at input, classes, one image */
	double gflops;			/* 2 * round(G, 2), the paper's way */
};

struct fc_study_network {
	const struct fc_run *run;	/* borrowed */
	const char *model;		/* "resnet18" */
	const char *name;		/* for people: "ResNet18"; unique within the study */
	const char *settings;		/* "aux=true" or "" */
	const char *input;		/* "3x64x64" */
	uint64_t batch, classes;
	uint64_t params, macs, flops;	/* forward, one image, rule core, at the run's setting */
	bool suspect;			/* the run's own status */
	struct fc_study_pass passes[FC_PASS_COUNT];
	struct fc_study_paper paper;
	double final_train_loss, final_validate_accuracy;	/* of the last epoch */
};

/* One joined row, of a step that was timed: an executed step of one pass with the cost of everything that it covers,
 * per iteration. */
struct fc_study_layer {
	int network;			/* index into networks */
	int layer_index;
	const char *layer, *op;
	enum fc_family family;
	enum fc_phase phase;
	enum fc_pass pass;
	const char *output_shape;	/* "32x64x16x16" */
	const char *covers;		/* "" or "relu1:forward ..." */
	int cover_count;
	uint64_t macs, flops, bytes;
	uint64_t steps;
	double time_s, mad_s, p95_s, min_s, mean_s;	/* of one iteration */
	double share;			/* of mean_s in the attributed time of its network and pass */
	double flop_per_s;		/* flops / time_s; NaN without FLOPs or time */
	double intensity;		/* FLOPs per byte; NaN without either */
	double residual;		/* log2(time_s / the proportional fit); NaN where the row is in no fit */
	bool in_relation; /* a row of the headline relation: training, forward or backward, FLOPs > 0, time > 0 */
};

/* An estimate with a percentile interval of the cluster bootstrap; low and high are NaN where there is none. */
struct fc_estimate {
	double value, low, high;
};

/* The ladder of models, all fitted to ln(time) by least squares. */
#define FC_FITS(X)                                                       \
	X(PROPORTIONAL, "proportional", "t = F / P")                     \
	X(AFFINE, "affine", "t = t0 + F / P")                            \
	X(POWER, "power", "t = a F^b")                                   \
	X(ROOFLINE, "roofline", "t = max(F / P, B / W)")

enum fc_fit_kind {
#define X(upper, name, formula) FC_FIT_##upper,
	FC_FITS(X)
#undef X
	FC_FIT_COUNT
};

const char *fc_fit_name(enum fc_fit_kind kind);
const char *fc_fit_formula(enum fc_fit_kind kind);

struct fc_fit {
	bool valid;
	double rate;		/* P: FLOP/s (proportional, affine, roofline) */
	double overhead;	/* t0: seconds (affine) */
	double factor;		/* a: seconds per FLOP^b (power) */
	double exponent;	/* b (power) */
	double bandwidth;	/* W: byte/s (roofline) */
	int parameters;
	double rss;		/* sum of squared residuals of ln(time) */
	double aicc, weight;	/* Akaike weight among the valid fits */
	double error_factor;	/* exp(mean |residual|): "x 1.9" */
	double cv_error_factor;	/* the same, each network predicted by a fit to the others; NaN with one network */
};

/* Seconds that the fit predicts. */
double fc_fit_time(const struct fc_fit *fit, enum fc_fit_kind kind, double flops, double bytes);

/* A relation: time against FLOPs over some rows. relations[0] is the headline (see in_relation). */
enum fc_relation_level { FC_LEVEL_LAYER, FC_LEVEL_NETWORK };

struct fc_relation {
	const char *id; /* "layers", "layers-forward", "layers-resnet18", "networks-train", "networks-validate" */
	const char *title;		/* "All layers, forward and backward" */
	enum fc_relation_level level;
	enum fc_pass pass;
	int network;			/* -1: all */
	size_t n;			/* rows */
	int clusters;			/* resampled units: networks, or layers where there is one network */
	bool few_clusters;		/* fewer than 8: the intervals are too short */
	bool has_statistics;		/* n >= 3 and FLOPs and times vary; else only n holds */
	double spearman, kendall;	/* tau-b */
	uint64_t pairs, inverted;	/* pairs that differ in both; of them those where fewer FLOPs take longer */
	struct fc_estimate inversion_rate;
	struct fc_estimate exponent;	/* b of the power law */
	struct fc_fit fits[FC_FIT_COUNT];
	double time_per_gflop_p5, time_per_gflop_median, time_per_gflop_p95;	/* seconds */
	double spread;			/* p95 / p5 (networks: largest / smallest) */
};

/* Two networks of which the one with fewer FLOPs takes longer. */
struct fc_study_inversion {
	enum fc_pass pass;
	int fewer, more;		/* networks */
	double flops_ratio;		/* of more to fewer, > 1 */
	double time_ratio;		/* of fewer to more, > 1 */
};

enum fc_verdict_kind {
	FC_VERDICT_LINEAR,		/* FLOPs alone do */
	FC_VERDICT_LINEAR_OVERHEAD,	/* FLOPs and a constant per step do */
	FC_VERDICT_NOT_LINEAR,
	FC_VERDICT_CANNOT_TELL,
};

struct fc_verdict {
	enum fc_verdict_kind kind;
	const char *headline;		/* one sentence, the answer */
	int sentence_count;		/* the numbers behind it */
	const char **sentences;
	int limit_count;		/* what the numbers do not show */
	const char **limits;
};

/* The tables of the study; a table with no rows is not shown. */
#define FC_STUDY_TABLES(X)                                                                   \
	X(FLOPS) X(TIME) X(TOP_LAYERS) X(PHASES) X(FAMILIES) X(RELATIONS) X(FITS) X(INVERSIONS) \
	X(METHOD) X(ENVIRONMENT)

enum fc_study_table {
#define X(upper) FC_TABLE_##upper,
	FC_STUDY_TABLES(X)
#undef X
	FC_TABLE_COUNT
};

struct fc_study {
	struct fc_arena arena;
	int network_count;
	struct fc_study_network *networks;
	size_t layer_count;
	struct fc_study_layer *layers;
	int relation_count;
	struct fc_relation *relations;
	int inversion_count;
	struct fc_study_inversion *inversions;
	struct fc_verdict verdict;
	struct fc_table tables[FC_TABLE_COUNT];
	/* Things a reader must know before believing anything: suspect runs, invented times, mixed settings ... */
	int warning_count;
	const char **warnings;
	int note_count;			/* of less weight: older runs that were passed over ... */
	const char **notes;
	const char *device;		/* "Intel Xeon ... (onednn, 2 threads)" */
	const char *setting;		/* "3x64x64, batch 32, fp32", or a text that says that settings differ */
	const char *date; /* when the youngest run finished: "2026-01-31T12:00:00Z"; the date of all output */
	uint64_t seed;			/* of the bootstrap */
	int resamples;
};

/* Runs are borrowed and must outlive the study. Released in any case by fc_study_release, after failures too. */
int fc_study_build(const struct fc_run *runs, int run_count, struct fc_study *study, struct fc_error *err);
void fc_study_release(struct fc_study *study);

/* NULL when there is none of that id. */
const struct fc_relation *fc_study_relation(const struct fc_study *study, const char *id);

#endif
