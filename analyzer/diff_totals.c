/* Totals of two networks side by side: the item of a row is a struct diff_total, its analysis the first of the two. */
#include "diff.h"
#include "sheet_cell.h"

#define AT(field) offsetof(struct analysis, field)

const struct diff_total diff_totals[] = {
	{ "layers", "layers", UNIT_COUNT, 0, 0 },
	{ "params", "parameters", UNIT_COUNT, 0, AT(total.params) },
	{ "macs", "MACs", UNIT_COUNT, 0, AT(macs) },
	{ "flops", "FLOPs", UNIT_COUNT, 0, AT(flops) },
	{ "training_flops", "FLOPs of a training iteration", UNIT_COUNT, NEED_TRAINING, AT(total.iteration.flops) },
	{ "training_bytes_read", "bytes that it reads", UNIT_BYTES, NEED_TRAINING, AT(total.iteration.bytes_read) },
	{ "training_bytes_written", "bytes that it writes", UNIT_BYTES, NEED_TRAINING,
	  AT(total.iteration.bytes_written) },
	{ "training_floor_s", "floor of its time", UNIT_TIME, NEED_TRAINING | NEED_FLOOR,
	  AT(total.iteration.floor_s) },
	{ "training_memory_bytes", "memory that it takes", UNIT_BYTES, NEED_ALL, AT(memory[FC_PASS_TRAIN].total) },
	{ "inference_memory_bytes", "memory of an inference", UNIT_BYTES, NEED_ALL,
	  AT(memory[FC_PASS_VALIDATE].total) },
	{ .name = NULL },
};

uint64_t diff_total_count(const struct analysis *a, const struct diff_total *t)
{
	if (!t->offset)
		return (uint64_t)a->graph.node_count - 1;
	return *(const uint64_t *)(const void *)((const char *)a + t->offset);
}

double diff_total_number(const struct analysis *a, const struct diff_total *t)
{
	return t->unit == UNIT_TIME ? *(const double *)(const void *)((const char *)a + t->offset)
				    : (double)diff_total_count(a, t);
}

SHEET_GET(total_name)
{
	const struct diff_total *const t = row->item;

	set_text(cell, t->text);
}

static void add_value(struct fc_str *out, const struct diff_total *t, uint64_t count, double number)
{
	if (t->unit == UNIT_TIME)
		fc_sheet_time(out, number);
	else
		fc_si(out, count, t->unit == UNIT_BYTES ? "B" : "");
}

/* row->analysis is the first of the two. */
SHEET_GET(total_value)
{
	const struct analysis *const a = row->analysis + column->phase;

	add_value(cell->owned, row->item, diff_total_count(a, row->item), diff_total_number(a, row->item));
}

SHEET_GET(total_difference)
{
	const struct diff_total *const t = row->item;
	const uint64_t a = diff_total_count(row->analysis, t), b = diff_total_count(row->analysis + 1, t);
	const double x = diff_total_number(row->analysis, t), y = diff_total_number(row->analysis + 1, t);

	if (t->unit == UNIT_TIME ? x == y : a == b)
		return;
	fc_str_addc(cell->owned, y > x || (y == x && b > a) ? '+' : '-');
	add_value(cell->owned, t, b > a ? b - a : a - b, y > x ? y - x : x - y);
}

SHEET_GET(total_ratio)
{
	const double a = diff_total_number(row->analysis, row->item);

	cell->missing = !(a > 0);
	cell->real = a > 0 ? diff_total_number(row->analysis + 1, row->item) / a : 0;
}

const struct sheet_column diff_total_columns[] = {
	{ .name = "quantity", .heading = "total", .unit = UNIT_TEXT, .get = total_name },
	{ .name = "a", .heading = "A", .unit = UNIT_NUMBER_TEXT, .get = total_value, .phase = 0 },
	{ .name = "b", .heading = "B", .unit = UNIT_NUMBER_TEXT, .get = total_value, .phase = 1 },
	{ .name = "difference", .heading = "B - A", .unit = UNIT_NUMBER_TEXT, .get = total_difference },
	{ .name = "ratio", .heading = "B / A", .unit = UNIT_RATIO, .get = total_ratio },
	{ .name = NULL },
};
