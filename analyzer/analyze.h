/*
 * All that `flopclock analyze` says about one model, computed; and the columns in which every format says it.
 */
#ifndef ANALYZER_ANALYZE_H
#define ANALYZER_ANALYZE_H

#include "flopclock/cost.h"
#include "flopclock/json.h"
#include "flopclock/model.h"
#include "flopclock/schedule.h"

#include "sheet.h"

struct traffic_total {
	uint64_t macs, flops, bytes_read, bytes_written;
};

struct analysis {
	struct fc_graph graph;
	struct fc_cost_table costs;
	const struct fc_rule *rule;
	enum fc_pass pass;		/* what headline and counts cover */
	uint64_t rule_total;		/* of that pass, in the rule's unit */
	uint64_t macs, flops;		/* the same as MACs and FLOPs: see analyze.c */
	struct fc_counts counts;
	struct traffic_total phases[FC_PHASE_COUNT];	/* of a training iteration */
	struct traffic_total training;			/* their sum */
	struct fc_memory memory;	/* of a training step */
	uint64_t output_bytes, autograd_bytes;
	uint64_t largest;		/* what the rule charges for the dearest layer */
	int unseen;			/* layers that the rule does not know */
};

struct analyze_options {
	const struct fc_rule *rule;
	enum fc_pass pass;
	bool training;		/* the phases behind forward, and memory */
	bool per_layer;
};

int fc_analysis_open(const struct fc_model_request *request, const struct analyze_options *options,
		     struct analysis *analysis, struct fc_error *err);
void fc_analysis_close(struct analysis *analysis);

/* Names of the layers that the rule does not know, "a, b and 3 more". */
void fc_analysis_unseen(const struct analysis *analysis, struct fc_str *out);

/* Kinds of layers that no rule could count, with their numbers: "3 NonZero, 1 Loop". */
void fc_analysis_uncounted(const struct analysis *analysis, struct fc_str *out);

/* -------- rows and columns: analyze_columns.c -------- */

struct planned;
struct fc_plan;

/* What a row is about: a model; a layer; a phase of either (node NULL: of the whole model); a plan (plan.h). */
struct sheet_row {
	const struct analysis *analysis;
	const struct fc_node *node;
	enum fc_phase phase;
	const struct fc_cost *cost;	/* of the node in that phase */
	const char *title;		/* of a row of sums; NULL: none */
	const struct planned *planned;
	const struct fc_plan *plan;
};

extern const struct sheet_column fc_model_columns[], fc_layer_columns[], fc_phase_columns[], fc_memory_columns[];

/* What the rule charges for a node; 0 where the pass does not run it. */
uint64_t fc_analysis_charge(const struct analysis *analysis, const struct fc_node *node);

/* A node is part of the pass that the headline covers. */
bool fc_analysis_covers(const struct analysis *analysis, const struct fc_node *node);

/* -------- formats -------- */

/* table, md, tex: the same document through the writer of each. */
void fc_analyze_document(const struct sheet_format *format, const struct analysis *analyses, int count,
			 const struct analyze_options *options, struct fc_str *out);
void fc_analyze_csv(const struct analysis *analyses, int count, const struct analyze_options *options,
		    struct fc_str *out);
void fc_analyze_json(const struct analysis *analyses, int count, const struct analyze_options *options,
		     struct fc_str *out);

#endif
