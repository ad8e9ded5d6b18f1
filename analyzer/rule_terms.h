/*
 * What makes the difference between two ways of counting: total = base + everything added - everything omitted, where the
 * base is core, in a rule that counts FLOPs 2 x core.
 */
#ifndef ANALYZER_RULE_TERMS_H
#define ANALYZER_RULE_TERMS_H

#include "flopclock/cost.h"
#include "flopclock/str.h"

struct rule_term {
	const char *what;	/* "norm elements", "avg_pool outputs of modules" */
	uint64_t weight, count;	/* weight 0: no product */
	uint64_t added, omitted; /* one of them is 0 */
};

struct rule_terms {
	const struct fc_rule *rule;
	uint64_t total, base;
	uint64_t added, omitted;	/* total against base; one of them is 0 */
	int unseen;			/* layers that the rule does not know */
	int count;
	struct rule_term *terms;
};

/* Fails where a sum does not fit 64 bits. Texts and terms live in the arena. */
int fc_rule_terms(const struct fc_rule *rule, const struct fc_cost_table *table, enum fc_pass pass, struct fc_arena *arena,
		  struct rule_terms *terms, struct fc_error *err);

/* "4 x norm elements = 9,934,848; less matmul MACs = 12". */
void fc_rule_terms_text(const struct rule_terms *terms, struct fc_str *out);

#endif
