#include "flopclock/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"
#include "idx.h"

#define DEFAULT_FOLDER "/usr/share/datasets/fashion-mnist"
#define MAX_SIDE 4096

struct split_names {
	const char *images, *labels;
};

static const struct split_names train_names = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" };
static const struct split_names validate_names = { "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" };

/* FOLDER/NAME or FOLDER/NAME.gz, whichever exists. */
static int find_file(const char *folder, const char *name, struct fc_str *path, struct fc_error *err)
{
	static const char *const endings[] = { "", ".gz" };
	struct stat st;

	for (size_t i = 0; i < 2; i++) {
		fc_str_clear(path);
		fc_str_addf(path, "%s/%s%s", folder, name, endings[i]);
		if (!stat(path->text, &st))
			return 0;
	}
	return fc_fail(err, "%s/%s: is not there, neither plain nor as .gz", folder, name);
}

static int read_images(const char *path, struct fc_split *split, struct fc_error *err)
{
	int64_t dims[IDX_MAX_DIMENSIONS];

	if (idx_read(path, 3, dims, &split->pixels, err))
		return -1;
	split->count = dims[0];
	split->height = dims[1];
	split->width = dims[2];
	if (dims[1] > MAX_SIDE || dims[2] > MAX_SIDE)
		return fc_fail(err, "%s: has images of %lld x %lld pixels, at most %d x %d are expected", path,
			       (long long)dims[1], (long long)dims[2], MAX_SIDE, MAX_SIDE);
	return 0;
}

static int read_labels(const char *path, const char *images, struct fc_split *split, struct fc_error *err)
{
	int64_t dims[IDX_MAX_DIMENSIONS];

	if (idx_read(path, 1, dims, &split->labels, err))
		return -1;
	if (dims[0] != split->count)
		return fc_fail(err, "%s: has %lld labels for the %lld images of %s", path, (long long)dims[0],
			       (long long)split->count, images);
	return 0;
}

static void digest_split(struct fc_split *split)
{
	const size_t pixels = (size_t)(split->count * split->height * split->width);
	uint8_t *const all = fc_calloc(pixels + (size_t)split->count, 1);

	memcpy(all, split->pixels, pixels);
	memcpy(all + pixels, split->labels, (size_t)split->count);
	fc_sha256(all, pixels + (size_t)split->count, split->digest);
	free(all);
}

static int read_split(const char *folder, const struct split_names *names, struct fc_split *split,
		      struct fc_error *err)
{
	struct fc_str images = { 0 }, labels = { 0 };
	int rc = -1;

	if (!find_file(folder, names->images, &images, err) && !find_file(folder, names->labels, &labels, err) &&
	    !read_images(images.text, split, err) && !read_labels(labels.text, images.text, split, err)) {
		digest_split(split);
		rc = 0;
	}
	fc_str_release(&images);
	fc_str_release(&labels);
	return rc;
}

static int largest_label(const struct fc_split *split)
{
	int largest = 0;

	for (int64_t i = 0; i < split->count; i++)
		if (split->labels[i] > largest)
			largest = split->labels[i];
	return largest;
}

static int check_splits(struct fc_dataset *dataset, struct fc_error *err)
{
	const struct fc_split *const t = &dataset->train, *const v = &dataset->validate;
	const int train = largest_label(t), validate = largest_label(v);

	if (t->height != v->height || t->width != v->width)
		return fc_fail(err, "%s/%s: has images of %lld x %lld pixels, those of %s have %lld x %lld",
			       dataset->path, validate_names.images, (long long)v->height, (long long)v->width,
			       train_names.images, (long long)t->height, (long long)t->width);
	if (validate > train)
		return fc_fail(err, "%s/%s: has the label %d, the largest to train on is %d", dataset->path,
			       validate_names.labels, validate, train);
	dataset->classes = train + 1;
	return 0;
}

/* Of the training pixels on the 0-1 scale, from exact integer sums. */
static void measure_pixels(struct fc_dataset *dataset)
{
	const struct fc_split *const split = &dataset->train;
	const int64_t count = split->count * split->height * split->width;
	uint64_t histogram[256] = { 0 };
	double sum = 0, squares = 0;

	for (int64_t i = 0; i < count; i++)
		histogram[split->pixels[i]]++;
	for (int v = 0; v < 256; v++) {
		sum += (double)histogram[v] * v;
		squares += (double)histogram[v] * v * v;
	}
	dataset->mean = sum / (double)count / 255;
	dataset->deviation = sqrt(squares / (double)count - (sum / (double)count) * (sum / (double)count)) / 255;
	/* Images of a single grey: nothing to scale by. */
	if (!(dataset->deviation > 0))
		dataset->deviation = 1;
}

int fc_dataset_read(const char *folder, struct fc_dataset *dataset, struct fc_error *err)
{
	const char *const variable = getenv("FLOPCLOCK_DATA");
	const char *const path = folder ? folder : variable && *variable ? variable : DEFAULT_FOLDER;

	*dataset = (struct fc_dataset){ .classes = 0 };
	if (!fc_dir_exists(path)) {
		if (folder)
			return fc_fail(err, "%s: there is no such folder with the data set", path);
		return fc_fail(err,
			       "%s: there is no such folder with the data set; install dataset-fashion-mnist or name "
			       "another by --data",
			       path);
	}
	dataset->path = strdup(path);
	if (read_split(path, &train_names, &dataset->train, err) ||
	    read_split(path, &validate_names, &dataset->validate, err) || check_splits(dataset, err)) {
		fc_dataset_release(dataset);
		return -1;
	}
	measure_pixels(dataset);
	return 0;
}

static void release_split(struct fc_split *split)
{
	free(split->pixels);
	free(split->labels);
}

void fc_dataset_release(struct fc_dataset *dataset)
{
	free(dataset->path);
	release_split(&dataset->train);
	release_split(&dataset->validate);
	*dataset = (struct fc_dataset){ .classes = 0 };
}
