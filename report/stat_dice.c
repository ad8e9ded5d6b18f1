/* Whole numbers by chance, from Philox: a function of seed, stream and index. */
#include <assert.h>

#include "flopclock/random.h"
#include "stat.h"

uint32_t fc_dice_throw(struct fc_dice *dice, uint32_t bound)
{
	/* Values below `skip` would make some results likelier than others: 2^32 modulo bound. */
	assert(bound >= 1);

	const uint32_t skip = (uint32_t)(-bound) % bound;

	for (;;) {
		if (dice->index % 4 == 0)
			fc_philox(dice->seed, dice->stream, dice->index / 4, dice->block);

		const uint64_t product = (uint64_t)dice->block[dice->index++ % 4] * bound;

		if ((uint32_t)product >= skip)
			return (uint32_t)(product >> 32);
	}
}
