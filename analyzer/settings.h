/* What the command line of `flopclock analyze` can say, and what follows from it. */
#ifndef ANALYZER_SETTINGS_H
#define ANALYZER_SETTINGS_H

#include "flopclock/option.h"

#include "analyze.h"

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_MD, FORMAT_TEX };

struct settings {
	int64_t input[3];
	uint64_t classes, batch, depth;
	uint64_t images, validate_images;	/* 0: not given */
	const char *rule, *plan, *fit, *device, *out;
	double recompute, peak, bandwidth;	/* peak and bandwidth: 0: not given */
	int phase, pass, precision, optimizer, format;	/* precision -1: not given */
	struct fc_texts set;
	bool per_layer, strict, list, diff, weight_decay, in_bounds;
};

extern const struct fc_option settings_table[];
extern const char settings_text[];
void settings_defaults(void *settings);

/* Which view is asked for: each says whether it is. */
bool settings_list(const struct settings *settings);
bool settings_plan(const struct settings *settings);
bool settings_rules(const struct settings *settings);
bool settings_fit(const struct settings *settings);
bool settings_diff(const struct settings *settings);
bool settings_counts(const struct settings *settings);

/* Views, operands and options that go together; else a sentence: settings_check.c. */
int settings_check(const struct settings *settings, int operand_count, struct fc_error *err);

/* Fails with a sentence where settings contradict each other: bad usage. */
int settings_options(const struct settings *settings, int operand_count, struct analyze_options *options, struct fc_error *err);

#endif
