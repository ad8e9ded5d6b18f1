/*
 * The input: bilinear resizing of grey bytes with taps computed once per image size, normalisation, one value written
 * to every channel. Formula: reference_feed.c.
 */
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "onednn.h"

/* Where an output row or column reads: value = low * (1 - share) + high * share. */
struct tap {
	int32_t low, high;
	float share;
};

struct feed {
	const struct fc_layer *input;
	const struct fc_batch *batch;
	const struct tap *rows, *columns;
	struct onednn_view view;
	float scale, offset; /* value = byte * scale + offset */
};

/* The layer's impl: taps for images of that size. */
struct taps {
	int64_t height, width; /* of the raw images; 0: not computed yet */
	struct tap taps[];     /* of the output's rows, then of its columns */
};

static struct tap tap(int64_t in, int64_t out, int64_t position)
{
	double source = ((double)position + 0.5) * (double)in / (double)out - 0.5;
	struct tap t;

	source = source < 0 ? 0 : source > (double)(in - 1) ? (double)(in - 1) : source;
	t.low = (int32_t)source;
	t.high = t.low + 1 < in ? t.low + 1 : t.low;
	t.share = (float)(source - t.low);
	return t;
}

static void find_taps(const struct fc_layer *input, const struct fc_batch *batch)
{
	const struct fc_shape y = input->y->shape;
	struct taps *taps = input->impl;

	if (taps->height == batch->height && taps->width == batch->width)
		return;
	for (int64_t i = 0; i < y.h; i++)
		taps->taps[i] = tap(batch->height, y.h, i);
	for (int64_t j = 0; j < y.w; j++)
		taps->taps[y.h + j] = tap(batch->width, y.w, j);
	taps->height = batch->height;
	taps->width = batch->width;
}

/* One output row into the first plane, `step` floats apart. */
static void feed_row(const struct feed *f, const uint8_t *image, int64_t row, float *to)
{
	const struct tap r = f->rows[row];
	const uint8_t *low = image + r.low * f->batch->width, *high = image + r.high * f->batch->width;
	const int64_t width = f->input->y->shape.w, step = f->view.step;

	for (int64_t j = 0; j < width; j++) {
		const struct tap c = f->columns[j];
		const float above = (float)low[c.low] + c.share * (float)(low[c.high] - low[c.low]);
		const float below = (float)high[c.low] + c.share * (float)(high[c.high] - high[c.low]);

		to[j * step] = (above + r.share * (below - above)) * f->scale + f->offset;
	}
}

static void copy_channels(const struct feed *f, float *image)
{
	const int64_t plane = f->view.pixels * f->view.step;

	if (f->view.step == 1) {
		for (int64_t c = 1; c < f->view.channels; c++)
			memcpy(image + c * plane, image, (size_t)plane * sizeof(float));
		return;
	}
	for (int64_t c = 1; c < f->input->y->shape.c; c++)
		for (int64_t k = 0; k < f->view.pixels; k++)
			image[c / f->view.block * plane + k * f->view.step + c % f->view.block] =
				image[k * f->view.step];
}

static void feed_images(const void *context, int64_t first, int64_t end)
{
	const struct feed *f = context;
	const struct fc_shape y = f->input->y->shape;
	const int64_t floats = f->view.channels * f->view.pixels;

	for (int64_t n = first; n < end; n++) {
		float *image = (float *)f->input->y->data + n * floats;

		if (n >= f->batch->count || f->view.channels != y.c)
			memset(image, 0, (size_t)floats * sizeof(float));
		if (n >= f->batch->count)
			continue;
		for (int64_t i = 0; i < y.h; i++)
			feed_row(f, f->batch->pixels + n * f->batch->height * f->batch->width, i,
				 image + i * y.w * f->view.step);
		copy_channels(f, image);
	}
}

int onednn_feed(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch, struct fc_error *err)
{
	const struct taps *taps = input->impl;
	struct feed f = {
		.input = input,
		.batch = batch,
		.rows = taps->taps,
		.columns = taps->taps + input->y->shape.h,
		.view = onednn_view(input->y),
		.scale = 1 / (255 * batch->deviation),
		.offset = -batch->mean / batch->deviation,
	};

	(void)err;
	find_taps(input, batch);
	onednn_parallel(device, f.view.images, 4 * input->y->bytes, feed_images, &f);
	return 0;
}

/* Up to three channels stay plain: that is how oneDNN's kernels for first convolutions want them. */
static int input_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct fc_shape y = layer->y->shape;
	const enum onednn_order order = onednn_order_of(layer->graph);

	(void)err;
	onednn_choose_activation(device, layer->y, order == ONEDNN_BLOCKED && y.c <= 3 ? ONEDNN_PLAIN : order);
	layer->impl = fc_calloc(1, sizeof(struct taps) + (size_t)(y.h + y.w) * sizeof(struct tap));
	return 0;
}

static int input_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	(void)device;
	(void)layer;
	(void)phase;
	(void)err;
	return 0;
}

const struct onednn_leaf onednn_input = { .prepare = input_prepare, .run = input_run, .kernel = "flopclock:feed" };
