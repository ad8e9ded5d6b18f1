#include "batches.h"

#include <stdlib.h>
#include <string.h>

#include "flopclock/random.h"

void batches_open(struct batches *b, const struct fc_dataset *dataset, bool training, int64_t size, uint64_t seed)
{
	const struct fc_split *const split = training ? &dataset->train : &dataset->validate;
	const size_t image = (size_t)(split->height * split->width);

	*b = (struct batches){ .split = split, .training = training, .size = size, .seed = seed };
	/* No batch holds more images than there are. */
	if (size > split->count)
		size = split->count;
	b->pixels = fc_calloc((size_t)size, image);
	b->labels = fc_calloc((size_t)size, 1);
	if (training)
		b->order = fc_calloc((size_t)split->count, sizeof(*b->order));
	b->batch = (struct fc_batch){
		.pixels = b->pixels,
		.labels = b->labels,
		.height = split->height,
		.width = split->width,
		.mean = (float)dataset->mean,
		.deviation = (float)dataset->deviation,
	};
}

void batches_close(struct batches *b)
{
	free(b->order);
	free(b->pixels);
	free(b->labels);
	*b = (struct batches){ .size = 0 };
}

uint64_t batches_count(const struct batches *b)
{
	return (uint64_t)(b->training ? b->split->count / b->size : (b->split->count + b->size - 1) / b->size);
}

/* Fisher and Yates, from the original order each time, so that an epoch can be repeated alone. */
void batches_shuffle(struct batches *b, uint64_t epoch)
{
	const uint64_t stream = fc_stream(FC_STREAM_SHUFFLE, 0, (uint32_t)epoch);

	for (int64_t i = 0; i < b->split->count; i++)
		b->order[i] = (uint32_t)i;
	for (int64_t i = b->split->count - 1; i > 0; i--) {
		uint32_t word[4];
		uint64_t j;

		/* 64 random bits times a number below 2^32: what is not even about it is below 2^-32. */
		fc_philox(b->seed, stream, (uint64_t)i, word);
		j = (uint64_t)((unsigned __int128)((uint64_t)word[0] << 32 | word[1]) * (uint64_t)(i + 1) >> 64);
		const uint32_t swap = b->order[i];

		b->order[i] = b->order[j];
		b->order[j] = swap;
	}
}

const struct fc_batch *batches_gather(struct batches *b, uint64_t index)
{
	const size_t image = (size_t)(b->split->height * b->split->width);
	const int64_t first = (int64_t)index * b->size;

	b->batch.count = b->split->count - first < b->size ? b->split->count - first : b->size;
	for (int64_t i = 0; i < b->batch.count; i++) {
		const size_t from = b->order ? b->order[first + i] : (size_t)(first + i);

		memcpy(b->pixels + (size_t)i * image, b->split->pixels + from * image, image);
		b->labels[i] = b->split->labels[from];
	}
	return &b->batch;
}
