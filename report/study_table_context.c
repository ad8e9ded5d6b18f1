/* How it was measured, and on what. */
#include <stdlib.h>
#include <string.h>

#include "flopclock/number.h"
#include "quantity.h"
#include "run_read.h"
#include "study_build.h"

enum { NAME, VALUE, COLUMNS };

static const struct fc_column method_columns[COLUMNS] = {
	{ .name = "what", .header = "What" },
	{ .name = "how", .header = "How" },
};

static const struct fc_column environment_columns[COLUMNS] = {
	{ .name = "item", .header = "Item" },
	{ .name = "value", .header = "Value" },
};

static void add(struct fc_table *table, const char *name, const char *value)
{
	struct fc_cell *row;

	if (!value || !*value)
		return;
	row = fc_table_add_row(table);
	row[NAME] = fc_cell_text(name);
	row[VALUE] = fc_cell_text(value);
}

/* -------- method -------- */

/* "20" or "20 to 40": what a number is over all networks. */
static const char *range(struct fc_study *study, uint64_t (*of)(const struct fc_study_network *network))
{
	uint64_t low = UINT64_MAX, high = 0;

	for (int i = 0; i < study->network_count; i++) {
		const uint64_t value = of(&study->networks[i]);

		low = value < low ? value : low;
		high = value > high ? value : high;
	}
	return low == high ? fc_arena_printf(&study->arena, "%llu", (unsigned long long)low)
			   : fc_arena_printf(&study->arena, "%llu to %llu", (unsigned long long)low,
					     (unsigned long long)high);
}

static uint64_t train_measured(const struct fc_study_network *network)
{
	return network->run->train.measured_iterations;
}

static uint64_t validate_measured(const struct fc_study_network *network)
{
	return network->run->validate.measured_iterations;
}

/* What really went before, which may be less than what was asked for in a short run. */
static uint64_t train_warmup(const struct fc_study_network *network)
{
	return network->run->train.iterations - network->run->train.measured_iterations;
}

static uint64_t validate_warmup(const struct fc_study_network *network)
{
	return network->run->validate.iterations - network->run->validate.measured_iterations;
}

static uint64_t epochs(const struct fc_study_network *network)
{
	return network->run->configured_epochs;
}

static uint64_t seeds(const struct fc_study_network *network)
{
	return network->run->seed;
}

static void build_method(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_METHOD];
	const struct fc_run *run = study->networks[0].run;
	struct fc_arena *arena = &study->arena;

	fc_table_init(table, arena, "tab-9-method", "How it was measured.", method_columns, COLUMNS);
	add(table, "Setting", study->setting);
	if (*run->preset)
		add(table, "Preset", run->preset);
	add(table, "Training", fc_arena_printf(arena, "stochastic gradient descent, rate %g, momentum %g, weight "
						      "decay %g; epochs: %s; seed: %s",
					       run->rate, run->momentum, run->weight_decay, range(study, epochs),
					       range(study, seeds)));
	add(table, "Measured", fc_arena_printf(arena, "%s iterations of training after %s of warm-up, %s of "
						      "validation after %s; warm-up counts for nothing",
					       range(study, train_measured), range(study, train_warmup),
					       range(study, validate_measured), range(study, validate_warmup)));
	add(table, "Probe", fc_arena_printf(arena, "%s: every step, that is a layer in a phase, is timed for "
						   "itself", run->probe));
	add(table, "Time of a step", "median over the measured iterations; shares and sums use totals");
	add(table, "Time of a network", "wall time of the measured iterations, time between steps included");
	add(table, "FLOPs", "2 multiply-accumulates of convolutions and fully connected layers, positions on padding "
			    "included, biases not; an update has the optimizer's own operations");
	add(table, "Bytes", "every operand of a step moved once, fp32, no cache");
	add(table, "Join", "by layer and phase, never by name or time; a step that computes several layers has the "
			   "sum of their costs");
	add(table, "Statistics", fc_arena_printf(arena, "rank correlations and fits over steps of training with "
							"FLOPs, forward and backward; intervals by %d resamples of "
							"networks, seed %llu",
						 study->resamples, (unsigned long long)study->seed));
	for (int i = 0; i < study->note_count; i++)
		fc_table_add_note(table, "%s", study->notes[i]);
}

/* -------- environment -------- */

struct describe {
	struct fc_study *study;
	const char *prefix;
};

static bool ends_in(const char *text, const char *end)
{
	const size_t length = strlen(text), size = strlen(end);

	return length >= size && !strcmp(text + length - size, end);
}

/* The unit that a member's name ends in, and how a value in it is said. */
static const struct {
	const char *suffix;
	const char *(*say)(struct fc_arena *arena, double value);
} units[] = {
	{ "_bytes", fc_quantity_bytes },
	{ "_per_s", NULL },	/* ends in _s, but is no time */
	{ "_s", fc_quantity_time },
};

/* "memory_bytes": "8589934592" becomes "Host: memory", "8.00 GiB". */
static void describe_row(void *user, const char *key, const char *text)
{
	const struct describe *d = user;
	struct fc_arena *arena = &d->study->arena;
	char *name = fc_arena_strdup(arena, key);
	const char *value = fc_arena_strdup(arena, text);
	double number;
	size_t i = 0;

	while (i < sizeof(units) / sizeof(units[0]) && !ends_in(key, units[i].suffix))
		i++;
	if (i < sizeof(units) / sizeof(units[0]) && units[i].say && fc_parse_double(text, &number)) {
		name[strlen(name) - strlen(units[i].suffix)] = 0;
		value = units[i].say(arena, number);
	}
	for (char *c = name; *c; c++)
		if (*c == '_')
			*c = ' ';
	add(&d->study->tables[FC_TABLE_ENVIRONMENT], fc_arena_printf(arena, "%s: %s", d->prefix, name), value);
}

static void build_environment(struct fc_study *study)
{
	static const struct {
		const char *object, *prefix;
	} parts[] = { { "device", "Device" }, { "probe", "Probe" }, { "host", "Host" }, { "data", "Data" } };
	struct fc_table *table = &study->tables[FC_TABLE_ENVIRONMENT];
	const struct fc_run *run = study->networks[0].run;

	fc_table_init(table, &study->arena, "tab-10-environment", "The environment.", environment_columns, COLUMNS);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct describe describe = { study, parts[i].prefix };

		fc_run_describe(run, parts[i].object, describe_row, &describe);
	}
	add(table, "flopclock", run->version);
	for (int i = 0; i < study->network_count; i++)
		add(table, fc_arena_printf(&study->arena, "Run: %s", study->networks[i].name),
		    fc_arena_printf(&study->arena, "%s, finished %s, model %.12s",
				    fc_run_name(study->networks[i].run), study->networks[i].run->finished,
				    study->networks[i].run->model_digest));
	if (study->network_count > 1)
		fc_table_add_note(table, "As the run of %s states it; device, backend, precision and probe are the "
					 "same in all runs.",
				  study->networks[0].name);
}

void fc_study_tables_context(struct fc_study *study)
{
	build_method(study);
	build_environment(study);
}
