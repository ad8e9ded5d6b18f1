/* A random network while it is drawn: its text, the values that there are, what was counted so far. */
#ifndef TEST_ANALYZER_RANDOM_WORLD_H
#define TEST_ANALYZER_RANDOM_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"
#include "flopclock/random.h"
#include "flopclock/str.h"

enum { MAX_VALUES = 64, MAX_ELEMENTS = 1500 };

struct value {
	int c, h, w;
	bool wants; /* something at or below it learns */
	bool read;
};

struct counted {
	uint64_t forward, in_bounds, backward_data, backward_weights, params;
};

struct world {
	uint64_t seed;
	int rolls, count, n;
	struct value values[MAX_VALUES];
	struct fc_str text;
	struct counted counted;
};

static inline int roll(struct world *w, int low, int high)
{
	uint32_t word[4];

	fc_philox(w->seed, 13, (uint64_t)w->rolls++, word);
	return low + (int)(word[0] % (uint32_t)(high - low + 1));
}

static inline int divisor(struct world *w, int number)
{
	int d;

	do
		d = roll(w, 1, number);
	while (number % d);
	return d;
}

/* How many positions a window takes, by sliding it. */
static inline int slide(int in, int kernel, int stride, int pad, int dilation)
{
	int count = 0;

	for (int start = -pad; start + dilation * (kernel - 1) < in + pad; start += stride)
		count++;
	return count;
}

static inline void name(struct world *w, int value)
{
	if (value)
		fc_str_addf(&w->text, "v%d", value);
	else
		fc_str_add(&w->text, "in");
	w->values[value].read = true;
}

static inline void begin(struct world *w)
{
	fc_str_addf(&w->text, "v%d: ", w->count);
}

static inline void from(struct world *w, int value)
{
	fc_str_add(&w->text, " from ");
	name(w, value);
	fc_str_addc(&w->text, '\n');
}

static inline void add(struct world *w, int c, int h, int width, bool wants)
{
	w->values[w->count++] = (struct value){ c, h, width, wants, false };
}

/* A layer with one weight per product: as many products again for each gradient. */
static inline void count_layer(struct world *w, uint64_t products, uint64_t in_bounds, bool wants, uint64_t params)
{
	w->counted.forward += products;
	w->counted.in_bounds += in_bounds;
	w->counted.backward_data += wants ? products : 0;
	w->counted.backward_weights += products;
	w->counted.params += params;
}

/* -------- kinds -------- */

#endif
