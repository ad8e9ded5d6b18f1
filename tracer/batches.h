/* The images of one split, batch by batch: shuffled for training, in order for validation. */
#ifndef FLOPCLOCK_TRACER_BATCHES_H
#define FLOPCLOCK_TRACER_BATCHES_H

#include <stdbool.h>

#include "flopclock/backend.h"
#include "flopclock/dataset.h"

struct batches {
	const struct fc_split *split;	/* borrowed */
	bool training;			/* shuffled, and only full batches */
	int64_t size;
	uint64_t seed;
	uint32_t *order;		/* NULL: as they are */
	uint8_t *pixels, *labels;	/* of one batch */
	struct fc_batch batch;
};

void batches_open(struct batches *batches, const struct fc_dataset *dataset, bool training, int64_t size,
		  uint64_t seed);
void batches_close(struct batches *batches);

/* How many batches an epoch has: training drops the images that do not fill the last one, validation pads it. */
uint64_t batches_count(const struct batches *batches);

/* A new order, a function of the seed and the epoch. */
void batches_shuffle(struct batches *batches, uint64_t epoch);

/* The index-th batch of the epoch; valid until the next call. */
const struct fc_batch *batches_gather(struct batches *batches, uint64_t index);

#endif
