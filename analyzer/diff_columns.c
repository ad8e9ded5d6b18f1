/* Layers of two networks side by side: the item of a row is a struct diff_row; column->phase says which side. */
#include <stddef.h>
#include <string.h>

#include "diff.h"
#include "sheet_cell.h"

static const struct layer *side_of(const struct sheet_row *row, const struct sheet_column *column)
{
	return ((const struct diff_row *)row->item)->side[column->phase];
}

SHEET_GET(layer_status)
{
	set_text(cell, fc_diff_status_name(((const struct diff_row *)row->item)->status));
}

SHEET_GET(layer_name)
{
	const struct layer *const layer = side_of(row, column);

	cell->missing = !layer;
	set_text(cell, layer ? layer->name : "");
}

SHEET_GET(layer_op)
{
	const struct layer *const layer = side_of(row, column);

	cell->missing = !layer;
	set_text(cell, layer ? fc_node_kind(layer->node) : "");
}

SHEET_GET(layer_arguments)
{
	const struct layer *const layer = side_of(row, column);

	cell->missing = !layer;
	if (layer)
		fc_op_describe(layer->node, cell->owned);
}

SHEET_GET(layer_output)
{
	const struct layer *const layer = side_of(row, column);

	cell->missing = !layer;
	if (layer)
		set_shape(cell, layer->output);
}

SHEET_GET(layer_count)
{
	const struct layer *const layer = side_of(row, column);

	cell->missing = !layer;
	cell->count = layer ? *(const uint64_t *)(const void *)((const char *)layer + column->offset) : 0;
}

/* "a" or "a -> b": what people read in one cell. */
static void add_both(const struct sheet_row *row, struct sheet_cell *cell,
		     void (*get)(const struct sheet_row *, const struct sheet_column *, struct sheet_cell *))
{
	struct fc_str texts[2] = { { 0 }, { 0 } };

	for (int side = 0; side < 2; side++) {
		const struct sheet_column column = { .phase = side };
		struct sheet_cell one = { .owned = &texts[side] };

		get(row, &column, &one);
		if (one.text)
			fc_str_add(&texts[side], one.text);
	}
	const char *const a = texts[0].text ? texts[0].text : "", *const b = texts[1].text ? texts[1].text : "";

	if (!*a || !*b || !strcmp(a, b))
		fc_str_add(cell->owned, *a ? a : b);
	else
		fc_str_addf(cell->owned, "%s -> %s", a, b);
	fc_str_release(&texts[0]);
	fc_str_release(&texts[1]);
}

SHEET_GET(both_names)
{
	add_both(row, cell, layer_name);
}

SHEET_GET(both_ops)
{
	add_both(row, cell, layer_op);
}

SHEET_GET(both_arguments)
{
	add_both(row, cell, layer_arguments);
}

SHEET_GET(both_outputs)
{
	add_both(row, cell, layer_output);
}

#define BOTH(word, kind, getter)                                                                                     \
	{ .name = word "_a", .unit = kind, .get = getter, .phase = 0 },                                              \
	{                                                                                                            \
		.name = word "_b", .unit = kind, .get = getter, .phase = 1                                           \
	}
#define COUNT(word, field, side)                                                                                     \
	.name = word, .blank_zero = true, .unit = UNIT_COUNT, .get = layer_count, .phase = side,                     \
	.offset = offsetof(struct layer, field)
#define COUNTS(word, head_a, head_b, field)                                                                          \
	{ .heading = head_a, COUNT(word "_a", field, 0) },                                                           \
	{                                                                                                            \
		.heading = head_b, COUNT(word "_b", field, 1)                                                        \
	}
#define CHARGES(head_a, head_b, need)                                                                                \
	{ .heading = head_a, .needs = need, .only_text = true, COUNT("charge_a", charge, 0) },                       \
	{                                                                                                            \
		.heading = head_b, .needs = need, .only_text = true, COUNT("charge_b", charge, 1)                    \
	}
#define SHOWN(word, getter)                                                                                          \
	{                                                                                                            \
		.name = word, .heading = word, .unit = UNIT_TEXT, .only_text = true, .get = getter                   \
	}

const struct sheet_column diff_layer_columns[] = {
	{ .name = "status", .heading = "", .unit = UNIT_TEXT, .get = layer_status },
	BOTH("layer", UNIT_TEXT, layer_name),
	BOTH("op", UNIT_TEXT, layer_op),
	BOTH("arguments", UNIT_TEXT, layer_arguments),
	BOTH("output", UNIT_TEXT, layer_output),
	SHOWN("layer", both_names),
	SHOWN("op", both_ops),
	SHOWN("arguments", both_arguments),
	SHOWN("output", both_outputs),
	COUNTS("params", "params A", "params B", params),
	COUNTS("rule_total", NULL, NULL, charge),
	CHARGES("MACs A", "MACs B", NEED_MACS),
	CHARGES("FLOPs A", "FLOPs B", NEED_FLOPS),
	COUNTS("iteration_flops", NULL, NULL, iteration.flops),
	{ .name = NULL },
};
