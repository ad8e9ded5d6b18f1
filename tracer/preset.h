/* Named protocols of training, as rows of a table. */
#ifndef FLOPCLOCK_TRACER_PRESET_H
#define FLOPCLOCK_TRACER_PRESET_H

#include <stdint.h>

struct preset {
	const char *name, *models;	/* models: a pattern with '*'; the first row that fits is taken */
	int64_t input[3];		/* C = 0: the model's own */
	uint64_t batch, epochs;
	uint64_t steps, validate_steps;	/* per epoch; 0: all */
	double rate, momentum, weight_decay;
	const char *note;		/* what a person must know before quoting the result; NULL: nothing */
};

/* NULL-terminated, for the option; the first is "none". */
extern const char *const preset_names[];

/* The row for a model (a name or a path), NULL where the preset has none. */
const struct preset *preset_find(const char *name, const char *model);

#endif
