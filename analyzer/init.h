/*
 * Rules that fill parameters with their first values, by name: what a model's `init` statements choose from.
 */
#ifndef ANALYZER_INIT_H
#define ANALYZER_INIT_H

#include "flopclock/graph.h"

struct init_fan {
	double in, out;		/* of the layer's weight */
};

struct init_choice {
	bool fan_out;
	double numbers[2];
};

struct init_rule {
	const char *name;
	bool takes_fan;		/* fan_in or fan_out must be given */
	int number_count;	/* how many numbers must be given */
	struct fc_init (*resolve)(const struct init_choice *choice, struct init_fan fan);
};

const struct init_rule *fc_init_find(const char *name);
const struct init_rule *fc_init_at(int index);	/* NULL behind the last */

/* Fan-in and fan-out of a weight (O, I / groups, KH, KW): I / groups * KH * KW and O * KH * KW. */
struct init_fan fc_init_fan(struct fc_shape weight);

#endif
