/*
 * FashionMNIST, or anything in its shape: four IDX files, gzipped or not.
 */
#ifndef FLOPCLOCK_DATASET_H
#define FLOPCLOCK_DATASET_H

#include <stdint.h>

#include "flopclock/error.h"

struct fc_split {
	int64_t count, height, width;
	uint8_t *pixels;	/* count * height * width */
	uint8_t *labels;	/* count, each < classes */
	char digest[65];	/* SHA-256 of the unpacked images, then labels */
};

struct fc_dataset {
	char *path;
	struct fc_split train, validate;
	int classes;			/* largest label + 1 */
	double mean, deviation;		/* of the training pixels on the 0-1 scale */
};

/*
 * Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-... and t10k-labels-..., with or without ".gz", from
 * a folder. Missing, truncated, overlong, mislabelled (wrong magic) and mismatched (counts, sizes) files are errors that
 * name the file. folder NULL: $FLOPCLOCK_DATA, else /usr/share/datasets/fashion-mnist.
 */
int fc_dataset_read(const char *folder, struct fc_dataset *dataset, struct fc_error *err);
void fc_dataset_release(struct fc_dataset *dataset);

#endif
