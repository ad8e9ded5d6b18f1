#include "sheet.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "analyze.h"

#define BAR_LENGTH 20

void fc_si(struct fc_str *out, uint64_t value, const char *unit)
{
	static const char prefixes[] = "kMGTPE";
	uint64_t divisor = 1000;
	int prefix = 0, decimals;
	double scaled;

	if (value < 10000) {
		fc_str_addf(out, "%" PRIu64 "%s%s", value, *unit ? " " : "", unit);
		return;
	}
	/* The prefix under which the rounded value has one to three digits in front of the point. */
	while (prefix < 5 && (double)value / (double)divisor >= 999.95) {
		divisor *= 1000;
		prefix++;
	}
	scaled = (double)value / (double)divisor;
	decimals = scaled >= 99.995 ? 1 : scaled >= 9.9995 ? 2 : 3;
	fc_str_addf(out, "%.*f %c%s", decimals, scaled, prefixes[prefix], unit);
}

void fc_grouped(struct fc_str *out, uint64_t value)
{
	char digits[24];
	const int length = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			fc_str_addc(out, ',');
		fc_str_addc(out, digits[i]);
	}
}

void fc_sheet_time(struct fc_str *out, double seconds)
{
	static const struct {
		double from, unit;
		const char *name;
	} units[] = { { 0.9995, 1, "s" }, { 0.9995e-3, 1e-3, "ms" }, { 0.9995e-6, 1e-6, "us" }, { 0, 1e-9, "ns" } };
	int i = 0;
	double scaled;

	while (seconds < units[i].from)
		i++;
	scaled = seconds / units[i].unit;
	fc_str_addf(out, "%.*f %s", scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2, scaled, units[i].name);
}

const struct sheet_column *fc_sheet_next(const struct sheet *sheet, int *index)
{
	for (++*index; sheet->columns[*index].name; ++*index) {
		const struct sheet_column *const column = &sheet->columns[*index];

		if (column->heading && !(column->needs & ~sheet->has))
			return column;
	}
	return NULL;
}

bool fc_sheet_left(const struct sheet_column *column)
{
	return column->unit == UNIT_TEXT || column->unit == UNIT_BAR || column->unit == UNIT_FLAG;
}

static void add_bar(struct fc_str *out, double share)
{
	const int length = (int)lround(share * BAR_LENGTH);

	for (int i = 0; i < length; i++)
		fc_str_addc(out, '#');
}

static void add_cell(const struct sheet_column *column, const struct sheet_cell *cell, struct fc_str *out)
{
	switch (column->unit) {
	case UNIT_TEXT:
	case UNIT_NUMBER_TEXT:
		fc_str_add(out, cell->owned ? (cell->owned->text ? cell->owned->text : "") : cell->text);
		break;
	case UNIT_COUNT:
		fc_si(out, cell->count, "");
		break;
	case UNIT_EXACT:
		fc_grouped(out, cell->count);
		break;
	case UNIT_BYTES:
		fc_si(out, cell->count, "B");
		break;
	case UNIT_RATIO:
		fc_str_addf(out, cell->real < 9.995 ? "%.2f" : cell->real < 99.95 ? "%.1f" : "%.0f", cell->real);
		break;
	case UNIT_FIXED:
		fc_str_addf(out, "%.2f", cell->real);
		break;
	case UNIT_SHARE:
		fc_str_addf(out, "%.1f %%", 100 * cell->real);
		break;
	case UNIT_BAR:
		add_bar(out, cell->real);
		break;
	case UNIT_FLAG:
		fc_str_add(out, cell->count ? "yes" : "no");
		break;
	case UNIT_TIME:
		fc_sheet_time(out, cell->real);
		break;
	}
}

void fc_sheet_text(const struct sheet *sheet, int row, const struct sheet_column *column, struct fc_str *out)
{
	struct fc_str owned = { 0 };
	struct sheet_cell cell = { .owned = NULL };

	cell.owned = &owned;
	column->get(&sheet->rows[row], column, &cell);
	if (cell.text)
		cell.owned = NULL;
	if (!cell.missing && !(column->blank_zero && !cell.count && cell.real == 0))
		add_cell(column, &cell, out);
	fc_str_release(&owned);
}
