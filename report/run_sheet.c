/* The CSV files of a run: which columns go where, and the one reader that follows the tables. */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/csv.h"
#include "flopclock/str.h"
#include "run_read.h"

/* A run of 100,000 rows has some 30 MB; what is larger by far is not one of ours. */
#define SHEET_LIMIT ((size_t)1 << 30)

#define COST(column, type) { #column, type, offsetof(struct fc_run_cost, column) }
const struct fc_field fc_costs_fields[] = {
	COST(layer_index, FC_FIELD_INDEX),
	COST(layer, FC_FIELD_TEXT),
	COST(op, FC_FIELD_TEXT),
	COST(phase, FC_FIELD_TEXT),
	COST(validate, FC_FIELD_BOOL),
	COST(macs, FC_FIELD_COUNT),
	COST(flops, FC_FIELD_COUNT),
	COST(params, FC_FIELD_COUNT),
	COST(bytes_read, FC_FIELD_COUNT),
	COST(bytes_written, FC_FIELD_COUNT),
	COST(bytes_min, FC_FIELD_COUNT),
	COST(output_shape, FC_FIELD_TEXT_OR_EMPTY),
};

#define LAYER(column, type) { #column, type, offsetof(struct fc_run_layer, column) }
const struct fc_field fc_layers_fields[] = {
	/* Time that belongs to no step has neither index nor op nor phase. */
	LAYER(layer_index, FC_FIELD_INDEX_IF_ANY),
	LAYER(layer, FC_FIELD_TEXT),
	LAYER(op, FC_FIELD_TEXT_OR_EMPTY),
	LAYER(phase, FC_FIELD_TEXT_OR_EMPTY),
	LAYER(pass, FC_FIELD_TEXT),
	LAYER(covers, FC_FIELD_TEXT_OR_EMPTY),
	LAYER(macs, FC_FIELD_COUNT),
	LAYER(flops, FC_FIELD_COUNT),
	LAYER(bytes_min, FC_FIELD_COUNT),
	LAYER(steps, FC_FIELD_COUNT),
	LAYER(kernels_per_step, FC_FIELD_OPTIONAL),
	/* Without a probe nothing is timed but whole iterations. */
	LAYER(time_median_s, FC_FIELD_OPTIONAL),
	LAYER(time_mad_s, FC_FIELD_OPTIONAL),
	LAYER(time_p95_s, FC_FIELD_OPTIONAL),
	LAYER(time_min_s, FC_FIELD_OPTIONAL),
	LAYER(time_total_s, FC_FIELD_OPTIONAL),
};

#define STEP(column, type) { #column, type, offsetof(struct fc_run_step, column) }
const struct fc_field fc_steps_fields[] = {
	STEP(step, FC_FIELD_COUNT),
	STEP(epoch, FC_FIELD_COUNT),
	STEP(pass, FC_FIELD_TEXT),
	STEP(measured, FC_FIELD_BOOL),
	STEP(images, FC_FIELD_COUNT),
	STEP(wall_s, FC_FIELD_SECONDS),
	STEP(kernel_sum_s, FC_FIELD_OPTIONAL),
	STEP(device_busy_s, FC_FIELD_OPTIONAL),
	STEP(idle_s, FC_FIELD_DIFFERENCE),
	STEP(loss, FC_FIELD_OPTIONAL),
	STEP(correct, FC_FIELD_OPTIONAL),
};

#define EPOCH(column, type) { #column, type, offsetof(struct fc_run_epoch, column) }
const struct fc_field fc_epochs_fields[] = {
	EPOCH(epoch, FC_FIELD_INDEX),
	EPOCH(train_s, FC_FIELD_SECONDS),
	EPOCH(validate_s, FC_FIELD_SECONDS),
	EPOCH(train_images, FC_FIELD_COUNT),
	EPOCH(validate_images, FC_FIELD_COUNT),
	EPOCH(train_loss, FC_FIELD_OPTIONAL),
	EPOCH(train_accuracy, FC_FIELD_OPTIONAL),
	EPOCH(validate_loss, FC_FIELD_OPTIONAL),
	EPOCH(validate_accuracy, FC_FIELD_OPTIONAL),
	EPOCH(images_per_s, FC_FIELD_OPTIONAL),
	EPOCH(validate_images_per_s, FC_FIELD_OPTIONAL),
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
const size_t fc_costs_field_count = COUNT_OF(fc_costs_fields), fc_layers_field_count = COUNT_OF(fc_layers_fields),
	     fc_steps_field_count = COUNT_OF(fc_steps_fields), fc_epochs_field_count = COUNT_OF(fc_epochs_fields);

static int find_columns(const struct fc_csv_table *table, const struct fc_field *fields, size_t count, int *columns,
			struct fc_error *err)
{
	for (size_t i = 0; i < count; i++) {
		columns[i] = fc_csv_column(table, fields[i].name);
		if (columns[i] < 0)
			return fc_fail(err, "%s: the column %s is missing", table->path, fields[i].name);
	}
	return 0;
}

static int store_rows(const struct fc_csv_table *table, const struct fc_field *fields, const int *columns,
		      size_t field_count, char *objects, size_t object_size, struct fc_error *err)
{
	for (size_t row = 0; row < table->rows; row++) {
		for (size_t i = 0; i < field_count; i++) {
			const char *text = fc_csv_cell(table, row, columns[i]);

			if (fc_field_store(&fields[i], text, objects + row * object_size))
				return fc_fail(err, "%s: row %zu, column %s: found \"%.40s\", expected %s",
					       table->path, row + 1, fields[i].name, text,
					       fc_field_expected(fields[i].type));
		}
	}
	return 0;
}

int fc_sheet_read(const char *folder, const char *file, const struct fc_field *fields, size_t field_count,
		  size_t object_size, struct fc_arena *arena, void **objects, int *count, struct fc_error *err)
{
	struct fc_str path = { 0 };
	struct fc_csv_table table;
	int *columns = fc_calloc(field_count, sizeof(*columns));
	int rc;

	fc_str_addf(&path, "%s/%s", folder, file);
	rc = fc_csv_read(path.text, SHEET_LIMIT, arena, &table, err);
	fc_str_release(&path);
	if (!rc && table.rows > INT_MAX / 2)
		rc = fc_fail(err, "%s: has too many rows", table.path);
	if (!rc)
		rc = find_columns(&table, fields, field_count, columns, err);
	if (!rc) {
		*count = (int)table.rows;
		*objects = fc_arena_alloc(arena, table.rows + 1, object_size);
		rc = store_rows(&table, fields, columns, field_count, *objects, object_size, err);
	}
	free(columns);
	return rc;
}

static bool is_remainder(const struct fc_run_layer *row)
{
	return row->layer_index < 0 && !strcmp(row->layer, FC_RUN_UNATTRIBUTED);
}

static int check_layer(const struct fc_run_layer *row, struct fc_error *err)
{
	const char *const missing = row->layer_index < 0 ? "layer_index" : !*row->op ? "op" :
				    !*row->phase	 ? "phase"	 : NULL;

	return missing ? fc_fail(err, "column %s: is empty", missing) : 0;
}

/* What belongs to no step goes behind the layers. */
static int part_layers(const char *folder, struct fc_run *run, struct fc_error *err)
{
	struct fc_run_layer *const remainder =
		FC_NEW_ARRAY(&run->arena, struct fc_run_layer, run->layer_count + 1);
	const int count = run->layer_count;

	run->layer_count = 0;
	for (int i = 0; i < count; i++) {
		const struct fc_run_layer row = run->layers[i];

		if (is_remainder(&row))
			remainder[run->remainder_count++] = row;
		else if (check_layer(&row, err))
			return fc_fail_context(err, "%s/layers.csv: row %d", folder, i + 1);
		else
			run->layers[run->layer_count++] = row;
	}
	for (int i = 0; i < run->remainder_count; i++)
		run->layers[run->layer_count + i] = remainder[i];
	return 0;
}

static int check_steps(const char *folder, struct fc_run *run, struct fc_error *err)
{
	struct fc_arena arena;
	void *steps;
	int count, rc;

	fc_arena_init(&arena);
	rc = fc_sheet_read(folder, "steps.csv", fc_steps_fields, fc_steps_field_count, sizeof(struct fc_run_step),
			   &arena, &steps, &count, err);
	if (!rc)
		rc = fc_run_check_steps(run, steps, count, err);
	fc_arena_release(&arena);
	return rc;
}

/* kernels.csv is not used here; that it is whole is part of the run's being whole. */
static int check_kernels(const char *folder, struct fc_error *err)
{
	static const char *const columns[] = {
#define X(name) #name,
		FC_KERNELS_COLUMNS(X)
#undef X
	};
	struct fc_field fields[COUNT_OF(columns)];
	const char *row[COUNT_OF(columns)];
	struct fc_arena arena;
	void *rows;
	int count, rc;

	for (size_t i = 0; i < COUNT_OF(columns); i++)
		fields[i] = (struct fc_field){ columns[i], FC_FIELD_TEXT_OR_EMPTY, i * sizeof(row[0]) };
	fc_arena_init(&arena);
	rc = fc_sheet_read(folder, "kernels.csv", fields, COUNT_OF(columns), sizeof(row), &arena, &rows, &count, err);
	fc_arena_release(&arena);
	return rc;
}

int fc_run_read_sheets(const char *folder, struct fc_run *run, struct fc_error *err)
{
	void *costs, *layers, *epochs;

	if (fc_sheet_read(folder, "costs.csv", fc_costs_fields, fc_costs_field_count, sizeof(*run->costs),
			  &run->arena, &costs, &run->cost_count, err) ||
	    fc_sheet_read(folder, "layers.csv", fc_layers_fields, fc_layers_field_count, sizeof(*run->layers),
			  &run->arena, &layers, &run->layer_count, err) ||
	    fc_sheet_read(folder, "epochs.csv", fc_epochs_fields, fc_epochs_field_count, sizeof(*run->epochs),
			  &run->arena, &epochs, &run->epoch_count, err))
		return -1;
	run->costs = costs;
	run->layers = layers;
	run->epochs = epochs;
	if (part_layers(folder, run, err))
		return -1;
	return check_steps(folder, run, err) || check_kernels(folder, err) ? -1 : 0;
}
