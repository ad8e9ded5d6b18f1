/*
 * FLOPs beside time by kind of layer: two bars per network that would be the same if time followed FLOPs.
 * Normalisation, activation, pooling and joins have no part of the first and a good part of the second.
 */
#include <math.h>

#include "chart_stack.h"

static bool shown(const struct fc_study_network *network)
{
	const struct fc_study_pass *pass = &network->passes[FC_PASS_TRAIN];

	return pass->present && pass->all.time_s > 0 && isfinite(pass->all.time_s) && pass->all.flops > 0;
}

bool fc_chart_kinds_wanted(const struct fc_study *study)
{
	for (int i = 0; i < study->network_count; i++) {
		if (shown(&study->networks[i]))
			return true;
	}
	return false;
}

/* The largest part of the time of any network that lies outside convolutions and fully connected layers. */
static double largest_elsewhere(const struct fc_study *study, const char **name)
{
	double most = 0;

	*name = NULL;
	for (int i = 0; i < study->network_count; i++) {
		const struct fc_part *parts = study->networks[i].passes[FC_PASS_TRAIN].families;
		const double share = 1 - parts[FC_FAMILY_CONV].time_share - parts[FC_FAMILY_DENSE].time_share;

		if (shown(&study->networks[i]) && share > most) {
			most = share;
			*name = study->networks[i].name;
		}
	}
	return most;
}

static void describe(struct fc_plot *plot, const struct fc_stack *stack)
{
	const char *name;
	const double share = largest_elsewhere(plot->study, &name);
	char number[FC_TEXT_NUMBER];

	fc_str_add(plot->caption,
		   "FLOPs and time of a training iteration by kind of layer, all phases together. If time followed "
		   "FLOPs, both bars of a network would be the same.");
	if (name)
		fc_str_addf(plot->caption, " Kinds with hardly any FLOPs take up to %s of the time (%s).",
			    fc_text_percent(number, share), name);
	if (stack->count / 2 < plot->study->network_count)
		fc_str_addf(plot->caption, " %d of %d networks are shown.", stack->count / 2,
			    plot->study->network_count);
	fc_str_add(plot->alt, "Pairs of stacked bars, FLOPs and time by kind of layer.");
	for (int i = 0; i < stack->count; i++) {
		fc_str_addf(plot->alt, " %s %s:", stack->rows[i - i % 2].name, stack->rows[i].kind);
		fc_stack_describe(stack, i, plot->alt);
	}
}

int fc_chart_kinds(struct fc_plot *plot, struct fc_error *err)
{
	const struct fc_rows rows = fc_plot_rows(plot, shown, fc_stack_rooms(plot, 2));
	struct fc_stack stack = {
		.id = "kinds",
		.axis = "Share of FLOPs and of training time",
		.parts = FC_FAMILY_COUNT,
		.count = 2 * rows.count,
		.texts = { "Convolution", "Fully connected", "Batch norm.", "Activation", "Pooling", "Add, concat",
			   "Other" },
		.looks = { 0, 1, 2, 3, 4, 5, 6 },
	};

	stack.rows = FC_NEW_ARRAY(&plot->canvas->arena, struct fc_stack_row, stack.count);
	for (int i = 0; i < rows.count; i++) {
		const struct fc_study_network *network = &plot->study->networks[rows.networks[i]];
		const struct fc_part *parts = network->passes[FC_PASS_TRAIN].families;
		struct fc_stack_row *flops = &stack.rows[2 * i], *time = flops + 1;

		*flops = (struct fc_stack_row){ .name = network->name, .kind = "FLOPs", .starts = true };
		*time = (struct fc_stack_row){ .name = "", .kind = "Time" };
		for (int k = 0; k < FC_FAMILY_COUNT; k++) {
			flops->shares[k] = parts[k].flops_share;
			time->shares[k] = parts[k].time_share;
		}
	}
	if (fc_stack_draw(plot, &stack, err))
		return -1;
	describe(plot, &stack);
	return 0;
}
