#include "flopclock/csv.h"

#include <csv.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "flopclock/number.h"
#include "flopclock/version.h"

void fc_csv_release(struct fc_csv_writer *csv)
{
	fc_str_release(&csv->out);
	csv->cells = 0;
}

static void begin_cell(struct fc_csv_writer *csv)
{
	if (csv->cells++)
		fc_str_addc(&csv->out, ',');
}

void fc_csv_text(struct fc_csv_writer *csv, const char *text)
{
	const size_t length = text ? strlen(text) : 0;
	size_t quoted;

	begin_cell(csv);
	if (!length)
		return;
	/* libcsv always quotes; a plain word stays readable without. */
	if (!strpbrk(text, ",\"\r\n;\t") && text[0] != ' ' && text[length - 1] != ' ') {
		fc_str_addn(&csv->out, text, length);
		return;
	}
	quoted = csv_write(NULL, 0, text, length);
	for (size_t i = 0; i < quoted; i++)
		fc_str_addc(&csv->out, ' ');
	csv_write(csv->out.text + csv->out.length - quoted, quoted, text, length);
}

void fc_csv_u64(struct fc_csv_writer *csv, uint64_t value)
{
	begin_cell(csv);
	fc_str_addf(&csv->out, "%" PRIu64, value);
}

void fc_csv_number(struct fc_csv_writer *csv, double value)
{
	char buffer[FC_NUMBER_SIZE];

	begin_cell(csv);
	if (!isnan(value))
		fc_str_add(&csv->out, fc_number(buffer, value));
}

void fc_csv_missing(struct fc_csv_writer *csv)
{
	begin_cell(csv);
}

void fc_csv_end_row(struct fc_csv_writer *csv)
{
	fc_str_addc(&csv->out, '\n');
	csv->cells = 0;
}

#define TEXT(x) #x
#define STRING(x) TEXT(x)

const char *fc_library_csv(void)
{
	return STRING(CSV_MAJOR) "." STRING(CSV_MINOR) "." STRING(CSV_RELEASE);
}
