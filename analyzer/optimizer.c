/* Optimizers and their arithmetic; cost.h says how it is counted. */
#include <string.h>

#include "flopclock/cost.h"

static const struct fc_optimizer optimizers[] = {
	{ .name = "momentum", .formula = "m = b m + g; w -= rate m", .flops = 4, .decay_flops = 2, .state = 1 },
	{ .name = "sgd", .formula = "w -= rate g", .flops = 2, .decay_flops = 2, .state = 0 },
	{ .name = "adam",
	  .formula = "m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g g; w -= rate (m / c1) / (sqrt(v / c2) + e)",
	  .flops = 14,
	  .decay_flops = 2,
	  .state = 2 },
};

const struct fc_optimizer *fc_optimizer_at(int index)
{
	return index >= 0 && index < (int)(sizeof(optimizers) / sizeof(optimizers[0])) ? &optimizers[index] : NULL;
}

const struct fc_optimizer *fc_optimizer_find(const char *name)
{
	const struct fc_optimizer *optimizer;

	for (int i = 0; (optimizer = fc_optimizer_at(i)); i++)
		if (!strcmp(optimizer->name, name))
			return optimizer;
	return NULL;
}
