/*
 * From grey bytes to the network's input. Bilinear resizing with half-pixel centres: output row p reads the source at
 * (p + 0.5) * in / out - 0.5, clamped to the image, mixing the two nearest rows; columns likewise.
 */
#include "reference.h"

struct mix {
	int64_t low, high;
	double share; /* of `high` */
};

static struct mix mix(int64_t in, int64_t out, int64_t position)
{
	double source = ((double)position + 0.5) * (double)in / (double)out - 0.5;
	struct mix m;

	if (source < 0)
		source = 0;
	m.low = (int64_t)source;
	if (m.low > in - 1)
		m.low = in - 1;
	m.high = m.low + 1 < in ? m.low + 1 : m.low;
	m.share = source - (double)m.low;
	return m;
}

static float resized(const struct fc_batch *batch, const uint8_t *image, struct mix row, struct mix column)
{
	const uint8_t *low = image + row.low * batch->width, *high = image + row.high * batch->width;
	const double above = low[column.low] * (1 - column.share) + low[column.high] * column.share;
	const double below = high[column.low] * (1 - column.share) + high[column.high] * column.share;
	const double pixel = above * (1 - row.share) + below * row.share;

	return (float)((pixel / 255 - batch->mean) / batch->deviation);
}

int reference_feed(const struct fc_layer *input, const struct fc_batch *batch)
{
	const struct fc_shape y = input->y->shape;
	float *to = input->y->data;

	for (int64_t n = 0; n < y.n; n++)
		for (int64_t p = 0; p < y.h; p++)
			for (int64_t q = 0; q < y.w; q++) {
				const uint8_t *image = batch->pixels + n * batch->height * batch->width;
				float value = 0;

				if (n < batch->count)
					value = resized(batch, image, mix(batch->height, y.h, p),
							mix(batch->width, y.w, q));
				for (int64_t c = 0; c < y.c; c++)
					to[reference_at(y, n, c, p, q)] = value;
			}
	return 0;
}
