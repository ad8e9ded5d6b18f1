/* The CSV files of a run folder: one function a file, one row function each; columns stand in flopclock/run.h. */
#include <math.h>

#include "run_write.h"

#define HEADER(csv, columns)                 \
	do {                                 \
		columns(HEADER_CELL)         \
		fc_csv_end_row(csv);         \
	} while (0)
#define HEADER_CELL(name) fc_csv_text(csv, #name);

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static void add_step(struct fc_csv_writer *csv, const struct fc_graph *graph, struct fc_step step)
{
	const struct fc_node *const node = &graph->nodes[step.node];

	fc_csv_u64(csv, (uint64_t)step.node);
	fc_csv_text(csv, node->name);
	fc_csv_text(csv, fc_op_name(node->op));
	fc_csv_text(csv, fc_phase_name(step.phase));
}

/* In place of a step: time that has none. */
static void add_remainder(struct fc_csv_writer *csv)
{
	fc_csv_missing(csv);
	fc_csv_text(csv, FC_RUN_UNATTRIBUTED);
	fc_csv_missing(csv);
	fc_csv_missing(csv);
}

/* -------- costs.csv -------- */

static bool validation_runs(const struct fc_network *network, struct fc_step step)
{
	for (int i = 0; i < fc_network_step_count(network, FC_PASS_VALIDATE); i++) {
		const struct fc_executed_step *const e = fc_network_step(network, FC_PASS_VALIDATE, i);

		if (e->step.node == step.node && e->step.phase == step.phase)
			return true;
		for (int k = 0; k < e->cover_count; k++)
			if (e->covers[k].node == step.node && e->covers[k].phase == step.phase)
				return true;
	}
	return false;
}

static void costs_text(const struct run_record *record, struct fc_csv_writer *csv)
{
	const struct fc_cost_table *const table = &record->network->costs;

	HEADER(csv, FC_COSTS_COLUMNS);
	for (int i = 0; i < table->count; i++) {
		const struct fc_cost *const cost = &table->costs[i];
		const struct fc_shape s = record->graph->nodes[cost->step.node].shape;
		struct fc_str shape = { 0 };

		fc_str_addf(&shape, "%lldx%lldx%lldx%lld", (long long)s.n, (long long)s.c, (long long)s.h,
			    (long long)s.w);
		add_step(csv, record->graph, cost->step);
		fc_csv_u64(csv, validation_runs(record->network, cost->step));
		fc_csv_u64(csv, cost->macs);
		fc_csv_u64(csv, cost->flops);
		fc_csv_u64(csv, cost->params);
		fc_csv_u64(csv, cost->bytes_read);
		fc_csv_u64(csv, cost->bytes_written);
		fc_csv_u64(csv, cost->bytes_read + cost->bytes_written);
		fc_csv_text(csv, shape.text);
		fc_csv_end_row(csv);
		fc_str_release(&shape);
	}
}

/* -------- layers.csv -------- */

struct sums {
	uint64_t macs, flops, bytes;
};

static void add_cost(const struct fc_cost_table *table, struct fc_step step, struct sums *sums)
{
	const struct fc_cost *const cost = fc_cost_find(table, step);

	if (!cost)
		return;
	sums->macs += cost->macs;
	sums->flops += cost->flops;
	sums->bytes += cost->bytes_read + cost->bytes_written;
}

static void add_covers(struct fc_csv_writer *csv, const struct run_record *record, const struct fc_executed_step *e,
		       struct sums *sums)
{
	struct fc_str covers = { 0 };

	fc_str_add(&covers, "");
	for (int k = 0; k < e->cover_count; k++) {
		fc_str_addf(&covers, "%s%s:%s", k ? " " : "", record->graph->nodes[e->covers[k].node].name,
			    fc_phase_name(e->covers[k].phase));
		add_cost(&record->network->costs, e->covers[k], sums);
	}
	fc_csv_text(csv, covers.text);
	fc_str_release(&covers);
}

/* Where nothing was measured the cells are empty. */
static void add_times(struct fc_csv_writer *csv, const struct recorder_step *step)
{
	const struct samples *const samples = &step->samples;
	const bool any = samples->count > 0;
	struct samples_summary summary;

	samples_summarise(samples, &summary);
	fc_csv_u64(csv, samples->count);
	fc_csv_number(csv, any ? (double)step->records / (double)samples->count : NAN);
	fc_csv_number(csv, summary.median_s);
	fc_csv_number(csv, summary.mad_s);
	fc_csv_number(csv, summary.p95_s);
	fc_csv_number(csv, any ? seconds(samples->min_ns) : NAN);
	fc_csv_number(csv, any ? seconds(samples->total_ns) : NAN);
}

/* What belongs to no step; where there is nothing of it there is no row. */
static void remainder_row(const struct run_record *record, enum fc_pass pass, struct fc_csv_writer *csv)
{
	const struct recorder_step *const remainder =
		&record->recorder->steps[pass][record->recorder->step_count[pass]];

	if (!remainder->records)
		return;
	add_remainder(csv);
	fc_csv_text(csv, fc_pass_name(pass));
	fc_csv_text(csv, "");
	for (int i = 0; i < 3; i++)
		fc_csv_u64(csv, 0);
	add_times(csv, remainder);
	fc_csv_end_row(csv);
}

static void layer_row(const struct run_record *record, enum fc_pass pass, int index, struct fc_csv_writer *csv)
{
	const struct fc_executed_step *const e = fc_network_step(record->network, pass, index);
	struct sums sums = { 0 };

	add_step(csv, record->graph, e->step);
	fc_csv_text(csv, fc_pass_name(pass));
	add_cost(&record->network->costs, e->step, &sums);
	add_covers(csv, record, e, &sums);
	fc_csv_u64(csv, sums.macs);
	fc_csv_u64(csv, sums.flops);
	fc_csv_u64(csv, sums.bytes);
	add_times(csv, &record->recorder->steps[pass][index]);
	fc_csv_end_row(csv);
}

static void layers_text(const struct run_record *record, struct fc_csv_writer *csv)
{
	HEADER(csv, FC_LAYERS_COLUMNS);
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		for (int i = 0; i < record->recorder->step_count[pass]; i++)
			layer_row(record, pass, i, csv);
		remainder_row(record, pass, csv);
	}
}

/* -------- kernels.csv -------- */

static void add_launch(struct fc_csv_writer *csv, const struct recorder_kernel *kernel)
{
	struct fc_str size = { 0 };

	if (!kernel->launched) {
		for (int i = 0; i < 4; i++)
			fc_csv_missing(csv);
		return;
	}
	recorder_launch_text(kernel->launch.grid, &size);
	fc_csv_text(csv, size.text);
	fc_str_clear(&size);
	recorder_launch_text(kernel->launch.block, &size);
	fc_csv_text(csv, size.text);
	fc_str_release(&size);
	fc_csv_u64(csv, kernel->launch.registers);
	fc_csv_u64(csv, kernel->launch.shared_bytes);
}

static void kernel_rows(const struct run_record *record, enum fc_pass pass, int index, struct fc_csv_writer *csv)
{
	const struct fc_recorder *const recorder = record->recorder;

	for (int k = recorder->steps[pass][index].first_kernel; k >= 0; k = recorder->kernels[k].next) {
		const struct recorder_kernel *const kernel = &recorder->kernels[k];
		struct samples_summary summary;

		if (!kernel->samples.count)
			continue;
		samples_summarise(&kernel->samples, &summary);
		fc_csv_text(csv, kernel->name);
		if (index < recorder->step_count[pass])
			add_step(csv, record->graph, fc_network_step(record->network, pass, index)->step);
		else
			add_remainder(csv);
		fc_csv_text(csv, fc_pass_name(pass));
		fc_csv_u64(csv, kernel->samples.count);
		fc_csv_number(csv, seconds(kernel->samples.total_ns));
		fc_csv_number(csv, summary.median_s);
		add_launch(csv, kernel);
		fc_csv_end_row(csv);
	}
}

static void kernels_text(const struct run_record *record, struct fc_csv_writer *csv)
{
	HEADER(csv, FC_KERNELS_COLUMNS);
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int i = 0; i <= record->recorder->step_count[pass]; i++)
			kernel_rows(record, pass, i, csv);
}

/* -------- steps.csv, epochs.csv -------- */

static void steps_text(const struct run_record *record, struct fc_csv_writer *csv)
{
	const struct fc_recorder *const recorder = record->recorder;

	HEADER(csv, FC_STEPS_COLUMNS);
	for (uint32_t i = 0; i < recorder->iteration_count; i++) {
		const struct recorder_iteration *const it = &recorder->iterations[i];
		const int64_t wall = it->end_ns - it->start_ns;

		fc_csv_u64(csv, i + 1);
		fc_csv_u64(csv, it->epoch);
		fc_csv_text(csv, fc_pass_name(it->pass));
		fc_csv_u64(csv, it->measured);
		fc_csv_u64(csv, (uint64_t)it->images);
		fc_csv_number(csv, seconds(wall));
		fc_csv_number(csv, recorder->expects ? seconds(it->kernel_ns) : NAN);
		fc_csv_number(csv, recorder->expects ? seconds(it->busy_ns) : NAN);
		fc_csv_number(csv, recorder->expects ? seconds(it->idle_ns) : NAN);
		fc_csv_number(csv, it->loss);
		fc_csv_u64(csv, (uint64_t)it->correct);
		fc_csv_end_row(csv);
	}
}

static void epochs_text(const struct run_record *record, struct fc_csv_writer *csv)
{
	HEADER(csv, FC_EPOCHS_COLUMNS);
	for (uint64_t i = 0; i < record->epoch_count; i++) {
		const struct fc_run_epoch *const e = &record->epochs[i];

		fc_csv_u64(csv, (uint64_t)e->epoch);
		fc_csv_number(csv, e->train_s);
		fc_csv_number(csv, e->validate_s);
		fc_csv_u64(csv, e->train_images);
		fc_csv_u64(csv, e->validate_images);
		fc_csv_number(csv, e->train_loss);
		fc_csv_number(csv, e->train_accuracy);
		fc_csv_number(csv, e->validate_loss);
		fc_csv_number(csv, e->validate_accuracy);
		fc_csv_number(csv, e->images_per_s);
		fc_csv_number(csv, e->validate_images_per_s);
		fc_csv_end_row(csv);
	}
}

const struct run_table run_tables[] = {
	{ "costs.csv", costs_text },
	{ "layers.csv", layers_text },
	{ "kernels.csv", kernels_text },
	{ "steps.csv", steps_text },
	{ "epochs.csv", epochs_text },
};

const int run_table_count = sizeof(run_tables) / sizeof(run_tables[0]);
