/* What the report says between its tables and figures. Every number comes from the study. */
#include <math.h>
#include <string.h>

#include "document.h"

#define FIG_NETWORKS	"fig-1-flops-time"
#define FIG_LAYERS	"fig-2-layers"
#define FIG_PHASES	"fig-3-phases"
#define FIG_KINDS	"fig-4-kinds"
#define FIG_SPREAD	"fig-5-spread"
#define FIG_RANKS	"fig-6-ranks"

static struct fc_arena *arena_of(struct fc_document *document)
{
	return &document->galley.canvas.arena;
}

/* "Figure 1 shows it." where there is such a figure. */
static const char *where(struct fc_document *document, const char *before, const char *name, const char *after)
{
	return *name ? fc_arena_printf(arena_of(document), "%s%s%s", before, name, after) : "";
}

/* The picture stands with the answer, before anything is explained; then the numbers behind both. */
static int result(struct fc_document *document, struct fc_error *err)
{
	const struct fc_verdict *verdict = &document->study->verdict;

	if (fc_document_figure(document, FIG_NETWORKS, err))
		return -1;
	if (verdict->sentence_count == 0)
		return 0;
	fc_document_heading(document, "The answer in numbers");
	for (int i = 0; i < verdict->sentence_count; i++)
		fc_document_bullet(document,
				   fc_document_powers(document, fc_document_clean(document, verdict->sentences[i])));
	return 0;
}

static int question(struct fc_document *document, struct fc_error *err)
{
	(void)err;
	fc_document_heading(document, "The question");
	fc_document_text(document, "What a neural network costs is usually said in FLOPs, the floating-point "
			 "operations of one forward pass, because they can be counted from the architecture "
			 "alone. It is tempting to read them as time: half the FLOPs, half the time. This "
			 "report puts that to the test. Every layer of every network was counted, every layer "
			 "was timed while the network really trained and validated, and both were joined by "
			 "layer and phase.%s",
			 where(document, " ", fc_document_figure_name(document, FIG_NETWORKS),
			       " shows the result: if time followed FLOPs, its columns would look alike."));
	return 0;
}

static int counts(struct fc_document *document, struct fc_error *err)
{
	(void)err;
	if (document->study->tables[FC_TABLE_FLOPS].row_count == 0)
		return 0;
	fc_document_heading(document, "What the networks compute");
	fc_document_text(document, "%s lists the counts. They are exact: every one follows from the shapes of "
			 "the layers, in whole numbers. A multiply-accumulate of a convolution or of a fully "
			 "connected layer is two FLOPs; normalisation, activation and pooling count for "
			 "nothing, as is the custom. Training counts what it really computes: beside the "
			 "forward pass the gradients of the data and of the weights, each about as much again, "
			 "and the optimizer's update.",
			 fc_document_table_name(document, FC_TABLE_FLOPS));
	fc_document_table(document, FC_TABLE_FLOPS);
	return 0;
}

/* The networks that take least and most time for a GFLOP of training. */
static const char *extremes(struct fc_document *document)
{
	const struct fc_study *study = document->study;
	const struct fc_study_network *least = NULL, *most = NULL;
	char number[FC_TEXT_NUMBER];

	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_network *network = &study->networks[i];
		const double time = network->passes[FC_PASS_TRAIN].time_per_gflop_s;

		if (!network->passes[FC_PASS_TRAIN].present || !(time > 0) || !isfinite(time))
			continue;
		if (!least || time < least->passes[FC_PASS_TRAIN].time_per_gflop_s)
			least = network;
		if (!most || time > most->passes[FC_PASS_TRAIN].time_per_gflop_s)
			most = network;
	}
	if (!least || least == most)
		return "";
	return fc_arena_printf(arena_of(document),
			       " For the same number of FLOPs in training, %s takes %s times as long as %s.",
			       fc_document_clean(document, most->name),
			       fc_text_significant(number, most->passes[FC_PASS_TRAIN].time_per_gflop_s /
							   least->passes[FC_PASS_TRAIN].time_per_gflop_s, 2),
			       fc_document_clean(document, least->name));
}

static int times(struct fc_document *document, struct fc_error *err)
{
	(void)err;
	if (document->study->tables[FC_TABLE_TIME].row_count == 0)
		return 0;
	fc_document_heading(document, "How long they take");
	fc_document_text(document, "%s holds the running times: wall time over many iterations, warm-up left "
			 "out, everything that happens between the layers included. GFLOP/s are the counted "
			 "FLOPs divided by that time; were time proportional to FLOPs, they would be the same "
			 "for all networks.%s",
			 fc_document_table_name(document, FC_TABLE_TIME), extremes(document));
	fc_document_table(document, FC_TABLE_TIME);
	return 0;
}

static int layers(struct fc_document *document, struct fc_error *err)
{
	if (!*fc_document_figure_name(document, FIG_LAYERS) &&
	    document->study->tables[FC_TABLE_TOP_LAYERS].row_count == 0)
		return 0;
	fc_document_heading(document, "Layer by layer");
	if (*fc_document_figure_name(document, FIG_LAYERS))
		fc_document_text(document, "A network is a sum of layers, so the relation is decided there. In "
				 "%s every point is one layer in one phase of training. If time were FLOPs "
				 "divided by a speed, all points would lie on the dashed line; a point one "
				 "decade above it takes ten times as long as its FLOPs say. Both axes are "
				 "logarithmic, so small scatter in the picture is a large factor in time.",
				 fc_document_figure_name(document, FIG_LAYERS));
	if (fc_document_figure(document, FIG_LAYERS, err))
		return -1;
	if (document->study->tables[FC_TABLE_TOP_LAYERS].row_count)
		fc_document_text(
			document,
			"%s names the steps that weigh most. Its last column is the speed at which their "
			"counted FLOPs were worked off; were time proportional to FLOPs, it would be the same in "
			"every row.",
			fc_document_table_name(document, FC_TABLE_TOP_LAYERS));
	fc_document_table(document, FC_TABLE_TOP_LAYERS);
	return 0;
}

/* The kind of layer without FLOPs that takes the largest part of a network's training. */
static const char *largest_uncounted(struct fc_document *document)
{
	const struct fc_study *study = document->study;
	const struct fc_study_network *network = NULL;
	enum fc_family family = FC_FAMILY_OTHER;
	double share = 0.01;
	char number[FC_TEXT_NUMBER];

	for (int i = 0; i < study->network_count; i++) {
		for (enum fc_family f = 0; f < FC_FAMILY_COUNT; f++) {
			const struct fc_part *part = &study->networks[i].passes[FC_PASS_TRAIN].families[f];

			if (!(part->time_share > share) || !(part->flops_share < 0.001))
				continue;
			share = part->time_share;
			network = &study->networks[i];
			family = f;
		}
	}
	if (!network)
		return "";
	return fc_arena_printf(
		arena_of(document),
		" In %s the kind \xE2\x80\x9C%s\xE2\x80\x9D takes %s of the training time, with %s FLOPs.",
		fc_document_clean(document, network->name), fc_family_title(family), fc_text_percent(number, share),
		network->passes[FC_PASS_TRAIN].families[family].flops ? "less than one in a thousand of the" : "no");
}

static int shares(struct fc_document *document, struct fc_error *err)
{
	if (!*fc_document_figure_name(document, FIG_PHASES))
		return 0;
	fc_document_heading(document, "Where the time goes");
	fc_document_text(document,
			 "The forward pass, the gradient of the data and the gradient of the weights count about "
			 "the same FLOPs each. %s shows which part of the time each of them takes%s.",
			 fc_document_figure_name(document, FIG_PHASES),
			 where(document, " (numbers in ", fc_document_table_name(document, FC_TABLE_PHASES), ")"));
	if (fc_document_figure(document, FIG_PHASES, err))
		return -1;
	fc_document_table(document, FC_TABLE_PHASES);
	if (*fc_document_figure_name(document, FIG_KINDS))
		fc_document_text(document, "%s sets the time of each kind of layer beside its FLOPs%s.%s",
				 fc_document_figure_name(document, FIG_KINDS),
				 where(document, " (", fc_document_table_name(document, FC_TABLE_FAMILIES), ")"),
				 largest_uncounted(document));
	if (fc_document_figure(document, FIG_KINDS, err))
		return -1;
	fc_document_table(document, FC_TABLE_FAMILIES);
	return 0;
}

static int models(struct fc_document *document, struct fc_error *err)
{
	const struct fc_study *study = document->study;

	if (study->tables[FC_TABLE_RELATIONS].row_count == 0 && study->tables[FC_TABLE_FITS].row_count == 0 &&
	    !*fc_document_figure_name(document, FIG_SPREAD))
		return 0;
	fc_document_heading(document, "How well FLOPs predict time");
	if (study->tables[FC_TABLE_RELATIONS].row_count)
		fc_document_text(document, "%s puts the relation into numbers. A rank correlation near 1 is no "
				 "proof of proportionality: FLOPs vary over decades, and then even a poor "
				 "predictor gets most of the order right. More telling are the inverted pairs, "
				 "where the step with fewer FLOPs takes longer, and the spread of the time for "
				 "the same number of FLOPs%s.",
				 fc_document_table_name(document, FC_TABLE_RELATIONS),
				 where(document, " (", fc_document_figure_name(document, FIG_SPREAD), ")"));
	fc_document_table(document, FC_TABLE_RELATIONS);
	if (study->tables[FC_TABLE_FITS].row_count)
		fc_document_text(document, "In %s four models compete for the same times. The proportional "
				 "model knows nothing but a speed. The affine one adds a constant time per "
				 "step, the power lets time grow more slowly or more quickly than FLOPs, and "
				 "the roofline asks whether arithmetic or memory traffic is the limit. All are "
				 "fitted to the logarithm of time, so that an error is a factor and small "
				 "layers count as much as large ones.",
				 fc_document_table_name(document, FC_TABLE_FITS));
	fc_document_table(document, FC_TABLE_FITS);
	return fc_document_figure(document, FIG_SPREAD, err);
}

static int order(struct fc_document *document, struct fc_error *err)
{
	if (!*fc_document_figure_name(document, FIG_RANKS))
		return 0;
	fc_document_heading(document, "Networks that change places");
	fc_document_text(document, "Often only the order matters: which of two networks is the faster one? %s "
			 "compares the order by FLOPs with the order by time.%s",
			 fc_document_figure_name(document, FIG_RANKS),
			 document->study->inversion_count ?
			 where(document, " ", fc_document_table_name(document, FC_TABLE_INVERSIONS),
			       " lists every pair for which FLOPs give the wrong answer.") :
			 " Here FLOPs give the right answer for every pair.");
	if (fc_document_figure(document, FIG_RANKS, err))
		return -1;
	fc_document_table(document, FC_TABLE_INVERSIONS);
	return 0;
}

static int method(struct fc_document *document, struct fc_error *err)
{
	(void)err;
	fc_document_heading(document, "How it was measured");
	fc_document_text(document, "The unit of everything is the " FC_ITALIC "step" FC_ITALIC ", a layer in a "
			 "phase: forward, backward to the data, backward to the weights, update. It is "
			 "counted, executed, timed and joined as a step; nothing is matched by name or by "
			 "time. Where a library computes two layers in one go, their costs are added and the "
			 "row says so.");
	fc_document_text(document, "The time of a step is the median over the measured iterations, which a few "
			 "disturbed ones cannot move; sums and shares use totals, which add up. The first "
			 "iterations of a run, in which caches fill and code is generated, are run but not "
			 "measured. What the steps do not account for stands beside them as time between "
			 "steps: the parts add up to the wall time, and the runs record how closely.%s%s",
			 where(document, " ", fc_document_table_name(document, FC_TABLE_METHOD), " has the settings"),
			 where(document, ", ", fc_document_table_name(document, FC_TABLE_ENVIRONMENT),
			       " the machine."));
	fc_document_table(document, FC_TABLE_METHOD);
	fc_document_table(document, FC_TABLE_ENVIRONMENT);
	return 0;
}

static int limits(struct fc_document *document, struct fc_error *err)
{
	const struct fc_verdict *verdict = &document->study->verdict;

	(void)err;
	if (verdict->limit_count == 0)
		return 0;
	fc_document_heading(document, "What the numbers do not show");
	for (int i = 0; i < verdict->limit_count; i++)
		fc_document_bullet(document, fc_document_clean(document, verdict->limits[i]));
	return 0;
}

int fc_document_body(struct fc_document *document, struct fc_error *err)
{
	static int (*const sections[])(struct fc_document *document, struct fc_error *err) = {
		result, question, counts, times, layers, shares, models, order, limits, method,
	};

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		if (sections[i](document, err))
			return -1;
	}
	return 0;
}
