/* Counters by number, in the order of FC_COUNTERS. */
#ifndef ANALYZER_RULE_COUNTER_H
#define ANALYZER_RULE_COUNTER_H

#include "flopclock/cost.h"

enum counter {
#define X(name) COUNT_##name,
	FC_COUNTERS(X)
#undef X
	COUNTER_COUNT
};

static inline const uint64_t *counter_array(const struct fc_counts *counts)
{
	_Static_assert(sizeof(struct fc_counts) == COUNTER_COUNT * sizeof(uint64_t), "counters are 64-bit integers only");
	return (const uint64_t *)(const void *)counts;
}

#endif
