/*
 * All that `flopclock analyze` says about one model, computed; and the columns in which every format says it.
 */
#ifndef ANALYZER_ANALYZE_H
#define ANALYZER_ANALYZE_H

#include "flopclock/cost.h"
#include "flopclock/json.h"
#include "flopclock/model.h"
#include "flopclock/schedule.h"

#include "roofline.h"
#include "sheet.h"

/* Of the analyses' JSON: raised when a member changes its meaning or goes. */
#define FC_ANALYZE_SCHEMA 1

/* What a phase, a layer or a network computes and moves; the times are floors, 0 without a device. */
struct work {
	uint64_t macs, flops, bytes_read, bytes_written;
	double arithmetic_floor_s, bytes_floor_s; /* by either alone */
	double floor_s;				  /* step by step the longer of the two */
	double bytes_bound_s;			  /* of that: in steps that bytes bound */
};

/* The phases of a step, and forward once more where activations were thrown away. */
enum { WORK_RECOMPUTE = FC_PHASE_COUNT, WORK_COUNT };

/* One layer, or several of one block, or all. */
struct layer {
	const char *name;
	const struct fc_node *node; /* NULL: several */
	int layers;
	struct fc_shape output; /* of the last */
	bool train_only;
	uint64_t params;
	uint64_t charge; /* by the rule, of the pass; of another phase than forward its FLOPs */
	unsigned phases; /* a bit for each work that it has */
	struct work work[WORK_COUNT], iteration; /* iteration: the sum of them */
};

/* What --phase asks for. */
enum selection {
	SELECT_ALL,
	SELECT_FORWARD,
	SELECT_BACKWARD_DATA,
	SELECT_BACKWARD_WEIGHTS,
	SELECT_UPDATE,
	SELECT_TRAINING,
};

/* The images of a data set once. Training leaves out those that fill no batch, validation fills the last batch up. */
struct epoch {
	uint64_t images, iterations, left_out, filled_up;
	struct work work;
};

struct analyze_options {
	const struct fc_rule *rule;
	enum fc_pass pass; /* what headline and counts cover */
	enum selection phase;
	struct fc_cost_options cost;
	uint64_t recompute_millionths;	/* of the forward pass */
	uint64_t images[FC_PASS_COUNT]; /* of the data set */
	bool epoch;			/* was asked for: one that does not fit 64 bits is an error */
	struct roofline roofline;	/* name NULL: none */
	bool per_layer;
	int depth;	    /* components of names that are shown; 0: as the format has it */
	const char *plan;   /* a device's description */
	uint64_t fit_bytes; /* of memory */
};

struct analysis {
	const struct analyze_options *options; /* borrowed */
	struct fc_graph graph;
	struct fc_cost_table costs; /* of a training iteration; with --phase forward of the pass */
	struct fc_arena arena;
	uint64_t rule_total;  /* of the pass, in the rule's unit; of another phase than forward its MACs */
	uint64_t macs, flops; /* the same as MACs and FLOPs: see analyze.c */
	struct fc_counts counts;
	struct layer *layers; /* per node */
	struct layer total;
	struct work inference; /* of a batch in validation */
	struct epoch epochs[FC_PASS_COUNT];
	struct work epoch; /* both */
	bool no_epoch;	   /* its costs do not fit 64 bits */
	struct fc_memory memory[FC_PASS_COUNT];
	const struct fc_node *largest_layer; /* with its input, parameters and output */
	uint64_t largest_layer_bytes;
	uint64_t output_bytes, autograd_bytes;
	int unseen; /* layers that the rule does not know */
};

int fc_analysis_open(const struct fc_model_request *request, const struct analyze_options *options,
		     struct analysis *analysis, struct fc_error *err);
void fc_analysis_close(struct analysis *analysis);

/* Names of the layers that the rule does not know, "a, b and 3 more". */
void fc_analysis_unseen(const struct analysis *analysis, struct fc_str *out);

/* Kinds of layers that no rule could count, with their numbers: "3 NonZero, 1 Loop". */
void fc_analysis_uncounted(const struct analysis *analysis, struct fc_str *out);

/* A node is part of the pass that the headline covers. */
bool fc_analysis_covers(const struct analysis *analysis, const struct fc_node *node);

/* Heads that run in training only. */
int fc_analysis_auxiliary_heads(const struct analysis *analysis);

/* What --phase asks for, of a layer; forward where it asks for all. */
const struct work *fc_layer_selected(const struct analysis *analysis, const struct layer *layer);

/* Bits of enum sheet_need: what there is to show with these options. */
unsigned fc_analyze_has(const struct analyze_options *options);

/* "all", "backward_data" ... and in the name of a work: "forward" ... "recompute". */
const char *fc_selection_name(enum selection selection);
const char *fc_work_name(int work);

/* -------- analyze_layers.c, analyze_blocks.c -------- */

/* Fills layers, total, inference, epochs. Fails when a sum does not fit 64 bits, naming the layer. */
int fc_analysis_layers(struct analysis *analysis, struct fc_error *err);

/* Rows of at most `depth` components of names, in the order of their first layers. */
struct layer *fc_analysis_blocks(const struct analysis *analysis, int depth, struct fc_arena *arena, int *count);

/* The most components that a name has. */
int fc_analysis_depth(const struct analysis *analysis);

/* -------- rows and columns: analyze_columns.c, analyze_layer_columns.c -------- */

struct planned;
struct fc_plan;

/* What a row is about; most views' own rows are behind `item`. */
struct sheet_row {
	const struct analysis *analysis;
	const struct fc_node *node;
	const struct layer *layer;
	const struct work *work;
	const char *phase; /* the name of the work */
	const char *title; /* of a row of sums */
	const void *item;
	const struct planned *planned;
	const struct fc_plan *plan;
};

extern const struct sheet_column fc_identity_columns[], fc_model_columns[], fc_layer_columns[], fc_work_columns[],
	fc_epoch_columns[], fc_memory_columns[];

/* Of the column "batch", so that a view can leave it out. */
void fc_identity_batch(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell);

#endif
