/*
 * The input step on real FashionMNIST images against torch.nn.functional.interpolate: tests/golden/pytorch-resize.csv, made by
 * tests/peer/resize.py. Skipped where the data set is not installed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/backend.h"
#include "flopclock/dataset.h"
#include "flopclock/file.h"

enum { CHANNELS = 3 };

struct pixel {
	unsigned long image;
	long height, width, row, column;
	double value;
};

/* One resized image, as a plain array of 2 x 3 x height x width; the second image of the batch is missing. */
static float *feed(const struct fc_backend *backend, const struct fc_split *split, const struct pixel *pixel)
{
	struct fc_device_config config = { .threads = 1 };
	struct fc_shape shape = { 2, CHANNELS, pixel->height, pixel->width };
	struct fc_node node = { .name = "input", .op = FC_OP_INPUT, .shape = shape };
	struct fc_graph graph = { .name = "resize", .batch = 2, .node_count = 1, .nodes = &node };
	struct fc_tensor y = { .shape = shape };
	struct fc_iteration iteration = { .seed = 1 };
	struct fc_layer layer = { .graph = &graph, .node = &node, .iteration = &iteration, .y = &y };
	struct fc_batch batch = { .pixels = split->pixels + pixel->image * 28 * 28, .labels = split->labels, .count = 1,
				  .height = 28, .width = 28, .mean = 0.2860f, .deviation = 0.3530f };
	struct fc_device *device;
	struct fc_error err = { "" };
	void *memory = NULL, *scratch = NULL;
	float *plain = malloc((size_t)fc_shape_elements(shape) * sizeof(float));

	assert_non_null(plain);
	if (backend->open(&config, &device, &err) || backend->prepare(device, &layer, &err) ||
	    backend->memory_alloc(device, y.bytes, &memory, &err) ||
	    (layer.scratch_bytes && backend->memory_alloc(device, layer.scratch_bytes, &scratch, &err)))
		fail_msg("%s", err.text);
	y.data = memory;
	layer.scratch = scratch;
	if (backend->feed(device, &layer, &batch, &err) || backend->sync(device, &err) || backend->read(device, &y, plain, &err))
		fail_msg("%s", err.text);
	backend->release(device, &layer);
	backend->tensor_release(device, &y);
	if (scratch)
		backend->memory_free(device, scratch);
	backend->memory_free(device, memory);
	backend->close(device);
	return plain;
}

static void compare(const struct fc_backend *backend, const struct fc_split *split, const struct pixel *pixel, double *worst)
{
	const size_t plane = (size_t)(pixel->height * pixel->width);
	const size_t at = (size_t)(pixel->row * pixel->width + pixel->column);
	float *plain = feed(backend, split, pixel);

	for (size_t c = 0; c < CHANNELS; c++) {
		const double difference = fabs((double)plain[c * plane + at] - pixel->value);

		if (!(difference <= 2e-6))
			fail_msg("image %lu at %ldx%ld, channel %d, pixel %ld,%ld: %.9g, PyTorch has %.9g",
				 pixel->image, pixel->height,
				 pixel->width, (int)c, pixel->row, pixel->column, (double)plain[c * plane + at], pixel->value);
		*worst = fmax(*worst, difference);
		/* The place of an image that is not there is zero. */
		assert_true(plain[(CHANNELS + c) * plane + at] == 0);
	}
	free(plain);
}

static void resize_equals_pytorch(void **state)
{
	const char *root = getenv("FC_ROOT");
	struct fc_error err = { "" };
	const struct fc_backend *backend = fc_backend_find(*state, &err);
	struct fc_dataset dataset;
	struct pixel pixel;
	char path[4096], *text, *rest, *line;
	double worst = 0;
	size_t size;
	int count = 0;

	if (!backend || backend->available(&err) || fc_dataset_read(NULL, &dataset, &err)) {
		print_message("%s\n", err.text);
		skip();
	}
	snprintf(path, sizeof(path), "%s/tests/golden/pytorch-resize.csv", root ? root : ".");
	if (fc_file_read(path, 1 << 20, &text, &size, &err))
		fail_msg("%s", err.text);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%lu,%ld,%ld,%ld,%ld,%lf", &pixel.image, &pixel.height, &pixel.width, &pixel.row, &pixel.column,
			   &pixel.value) != 6)
			continue;
		assert_true((int64_t)pixel.image < dataset.train.count);
		compare(backend, &dataset.train, &pixel, &worst);
		count++;
	}
	assert_true(count > 100);
	print_message("%s: %d pixels equal PyTorch's; largest difference %.1e\n", backend->name, count, worst);
	fc_dataset_release(&dataset);
	free(text);
}

int main(void)
{
	static char reference[] = "reference", onednn[] = "onednn";
	const struct CMUnitTest tests[] = {
		{ "reference_resize_equals_pytorch", resize_equals_pytorch, NULL, NULL, reference },
		{ "onednn_resize_equals_pytorch", resize_equals_pytorch, NULL, NULL, onednn },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
