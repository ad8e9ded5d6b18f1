/*
 * From grey bytes on the device to the network's input: gathered, resized, normalised, replicated. Bilinear resizing with
 * half-pixel centres: output p of P reads the source of H rows at (p + 0.5) * H / P - 0.5, clamped to the image, and mixes
 * the two nearest rows. Everything about a position is a fraction of 2 * P, so it is exact in integers.
 *
 * A block makes FEED_PIXELS values first and then writes them out along the channels, each as often as it is wanted.
 */
#include "kernel_pack.h"

struct feed_mix {
	uint32_t low, high;
	float share; /* of `high` */
};

DEVICE struct feed_mix feed_mix(uint32_t in, uint32_t out, uint32_t position, struct kernel_divisor by_2out)
{
	const uint32_t at = (2 * position + 1) * in; /* in 1 / (2 * out) */
	const uint32_t source = at > out ? at - out : 0;
	struct feed_mix mix;

	mix.low = (uint32_t)least(quotient(source, by_2out), in - 1);
	mix.high = (uint32_t)least(mix.low + 1, in - 1);
	mix.share = (float)(source - mix.low * 2 * out) / (float)(2 * out);
	return mix;
}

DEVICE float feed_between(float low, float high, float share)
{
	return low * (1 - share) + high * share;
}

/* The value of output pixel `pixel`, counted through all images of the batch. */
DEVICE float feed_value(const struct feed_args *a, int64_t pixel)
{
	const uint32_t line = quotient((uint32_t)pixel, a->by_w), image = quotient(line, a->by_h);
	const uint32_t column = (uint32_t)pixel - line * a->w, row = line - image * a->h;
	const uint32_t height = (uint32_t)a->images.height, width = (uint32_t)a->images.width;
	const int64_t index = (int64_t)a->control->batch * a->n + image;
	const struct feed_mix p = feed_mix(height, a->h, row, a->by_2h), q = feed_mix(width, a->w, column, a->by_2w);
	const uint8_t *source, *low, *high;
	float mixed;

	if (index >= a->control->images)
		return 0;
	source = a->images.pixels + (a->images.order ? a->images.order[index] : index) * (int64_t)height * width;
	low = source + p.low * width;
	high = source + p.high * width;
	mixed = feed_between(feed_between(low[q.low], low[q.high], q.share),
			     feed_between(high[q.low], high[q.high], q.share), p.share);
	return (mixed / 255 - a->images.mean) / a->images.deviation;
}

/* The block's values, from its first pixel on, to element `at` of its part of y. */
DEVICE float feed_element(const struct feed_args *a, const float *values, uint32_t at)
{
	const uint32_t pixel = quotient(at, a->by_channels);

	return at - pixel * (uint32_t)a->channels < (uint32_t)a->filled ? values[pixel] : 0;
}

DEVICE void feed(const struct feed_args *a, const enum gpu_type type)
{
	const int width = pack_width(type);
	const int64_t first = (int64_t)blockIdx.x * FEED_PIXELS;
	const int pixels = (int)least(FEED_PIXELS, a->pixels - first), elements = pixels * a->channels;
	float *values = shared_memory();

	for (int i = (int)threadIdx.x; i < pixels; i += BLOCK_THREADS)
		values[i] = feed_value(a, first + i);
	__syncthreads();
	for (int at = (int)threadIdx.x * width; at < elements; at += BLOCK_THREADS * width) {
		const int64_t to = first * a->channels + at;
		struct pack p = pack_zero();

		UNROLL
		for (int k = 0; k < width; k++)
			p.v[k] = at + k < elements ? feed_element(a, values, (uint32_t)(at + k)) : 0;
		if (a->vector && at + width <= elements) {
			pack_store(a->y, to, type, width, &p);
		} else {
			UNROLL
			for (int k = 0; k < width; k++)
				if (at + k < elements)
					value_store(a->y, to + k, type, p.v[k]);
		}
	}
}

TYPED_KERNEL(feed, feed_args, BLOCK_THREADS, feed)
