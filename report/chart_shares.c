/* Where the time of a training iteration goes: one bar per network, from nothing to all of the wall time. */
#include <math.h>

#include "chart_stack.h"

#define PARTS 6

static bool shown(const struct fc_study_network *network)
{
	const struct fc_study_pass *pass = &network->passes[FC_PASS_TRAIN];

	return pass->present && pass->measured_iterations > 0 && pass->wall_s > 0 && isfinite(pass->wall_s) &&
	       pass->all.time_s >= 0;
}

bool fc_chart_shares_wanted(const struct fc_study *study)
{
	for (int i = 0; i < study->network_count; i++) {
		if (shown(&study->networks[i]))
			return true;
	}
	return false;
}

/* Parts of the wall time of an iteration; what no step accounts for is the last part. */
static void share_out(const struct fc_study_pass *pass, double *shares)
{
	const double wall = fmax(pass->wall_s / (double)pass->measured_iterations, pass->all.time_s);
	const double parts[PARTS] = {
		pass->phases[FC_PHASE_FORWARD].time_s, pass->phases[FC_PHASE_BACKWARD_DATA].time_s,
		pass->phases[FC_PHASE_BACKWARD_WEIGHTS].time_s, pass->phases[FC_PHASE_UPDATE].time_s,
		pass->phases[FC_PHASE_INPUT].time_s + pass->phases[FC_PHASE_LOSS].time_s, wall - pass->all.time_s,
	};
	double sum = 0;

	for (int i = 0; i < PARTS; i++) {
		shares[i] = isfinite(parts[i]) && parts[i] > 0 ? parts[i] : 0;
		sum += shares[i];
	}
	for (int i = 0; i < PARTS; i++)
		shares[i] /= sum > 0 ? sum : 1;
}

static void describe(struct fc_plot *plot, const struct fc_stack *stack)
{
	fc_str_add(plot->caption,
		   "Shares of the wall time of a training iteration, in per cent. Forward, backward to data and "
		   "backward to weights count about the same FLOPs each, the update almost none: if time followed "
		   "FLOPs, "
		   "every bar would have three parts of the same length.");
	fc_str_add(plot->caption, stack->used[PARTS - 1] ? " Between steps is wall time in which no step ran." :
		   " Time between steps is too small to be seen.");
	if (stack->count < plot->study->network_count)
		fc_str_addf(plot->caption, " %d of %d networks are shown.", stack->count, plot->study->network_count);
	fc_str_add(plot->alt, "Stacked bars of training time by phase.");
	for (int i = 0; i < stack->count; i++) {
		fc_str_addf(plot->alt, " %s:", stack->rows[i].name);
		fc_stack_describe(stack, i, plot->alt);
	}
}

int fc_chart_shares(struct fc_plot *plot, struct fc_error *err)
{
	const struct fc_rows rows = fc_plot_rows(plot, shown, fc_stack_rooms(plot, 1));
	struct fc_stack stack = {
		.id = "shares",
		.axis = "Share of training time",
		.parts = PARTS,
		.count = rows.count,
		.texts = { "Forward", "Backward, data", "Backward, weights", "Update", "Input and loss",
			   "Between steps" },
		.looks = { 0, 1, 2, 3, 4, 5 },
	};

	stack.rows = FC_NEW_ARRAY(&plot->canvas->arena, struct fc_stack_row, rows.count);
	for (int i = 0; i < rows.count; i++) {
		const struct fc_study_network *network = &plot->study->networks[rows.networks[i]];

		stack.rows[i].name = network->name;
		share_out(&network->passes[FC_PASS_TRAIN], stack.rows[i].shares);
	}
	if (fc_stack_draw(plot, &stack, err))
		return -1;
	describe(plot, &stack);
	return 0;
}
