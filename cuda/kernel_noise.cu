/* Small values of both signs, for measuring with: element i of stream 0 of the seed, from -1/16 to 1/16. */
#include "flopclock/random.h"
#include "kernel_flat.h"

DEVICE void noise(const struct noise_args *a, const enum gpu_type type)
{
	const int width = pack_width(type);

	ROLLED
	for (int64_t i = flat_first(width); i < flat_end(a->count, width); i += BLOCK_THREADS) {
		uint32_t word[4];

		fc_philox(a->seed, 0, (uint64_t)i, word);
		value_store(a->y, i, type, (fc_uniform(word[0]) - 0.5f) * 0.125f);
	}
}

TYPED_KERNEL(noise, noise_args, BLOCK_THREADS, noise)
