/*
 * How a run folder is read: tables say which member or column goes to which field and what it must be, one reader
 * follows them. Every refusal names the file, the place and what was expected there.
 */
#ifndef REPORT_RUN_READ_H
#define REPORT_RUN_READ_H

#include <stddef.h>

#include "flopclock/run.h"

enum fc_field_type {
	FC_FIELD_TEXT,		/* const char *; not empty */
	FC_FIELD_TEXT_OR_EMPTY,
	FC_FIELD_TEXT_IF_ANY,	/* "" when the member is missing; in JSON only */
	FC_FIELD_INDEX,		/* int, 0 to 2^31 - 1 */
	FC_FIELD_INDEX_IF_ANY,	/* the same; -1 when the cell is empty */
	FC_FIELD_COUNT,		/* uint64_t */
	FC_FIELD_BOOL,		/* bool, 0 or 1 */
	FC_FIELD_SECONDS,	/* double, finite, not negative; also for counts per step and rates */
	FC_FIELD_NUMBER,	/* double, finite */
	FC_FIELD_OPTIONAL,	/* double, not negative; NaN when missing */
	FC_FIELD_DIFFERENCE,	/* double, may be a little negative; NaN when missing */
	FC_FIELD_NUMBER_IF_ANY,	/* double; NaN when the member itself is missing, too; in JSON only */
};

struct fc_field {
	const char *name;	/* column, or path of members: "totals.train.wall_s" */
	enum fc_field_type type;
	size_t offset;
};

/* Whether a text is a value of that type; writes it into the field. Shared by CSV cells. */
int fc_field_store(const struct fc_field *field, const char *text, void *object);
/* "a whole number", for messages. */
const char *fc_field_expected(enum fc_field_type type);

/* Reads FOLDER/FILE into an array of objects in the arena. Columns beyond the table are ignored. */
int fc_sheet_read(const char *folder, const char *file, const struct fc_field *fields, size_t field_count,
		  size_t object_size, struct fc_arena *arena, void **objects, int *count, struct fc_error *err);

/* The parts of a run, in the order in which they are read. */
int fc_run_read_json(const char *folder, struct fc_run *run, struct fc_error *err);
int fc_run_read_sheets(const char *folder, struct fc_run *run, struct fc_error *err);
/* Whether the parts agree with each other. */
int fc_run_check(const struct fc_run *run, struct fc_error *err);
void fc_run_release_json(struct fc_run *run);

/* The columns that are read, for the test that they are those of run.h. */
extern const struct fc_field fc_costs_fields[], fc_layers_fields[], fc_steps_fields[], fc_epochs_fields[];
extern const size_t fc_costs_field_count, fc_layers_field_count, fc_steps_field_count, fc_epochs_field_count;

/* A row of steps.csv: read to be checked, not kept. */
struct fc_run_step {
	uint64_t step, epoch, images;
	const char *pass;
	bool measured;
	double wall_s, kernel_sum_s, device_busy_s, idle_s, loss, correct;
};
int fc_run_check_steps(const struct fc_run *run, const struct fc_run_step *steps, int count, struct fc_error *err);

/* Calls row() for every member of an object of run.json that is a text, number or truth value, in the file's order.
 */
void fc_run_describe(const struct fc_run *run, const char *object,
		     void (*row)(void *user, const char *key, const char *text), void *user);

/* A member of run.json as text, e.g. "device.threads"; "" when there is none. In the arena. */
const char *fc_run_text(const struct fc_run *run, const char *path, struct fc_arena *arena);

#endif
