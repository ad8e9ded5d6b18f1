/*
 * out = or += in * factor. The factor follows from an element's index in (N, C, H, W) order, as the reference has it, so
 * that forward, backward and every other backend draw the same mask. Channels that only pad are zero, whatever they
 * are multiplied with.
 */
#include "flopclock/random.h"
#include "kernel_tile.h"

/* Element `at` of the stream, from a block of four that is kept from one element to the next. */
struct dropout_draw {
	uint64_t block;
	uint32_t word[4];
};

DEVICE float dropout_uniform(struct dropout_draw *draw, uint64_t seed, uint64_t stream, uint64_t at)
{
	const uint32_t place = (uint32_t)at & 3;

	if (draw->block != at / 4) {
		draw->block = at / 4;
		fc_philox(seed, stream, at / 4, draw->word);
	}
	return fc_uniform(place == 0   ? draw->word[0]
			  : place == 1 ? draw->word[1]
			  : place == 2 ? draw->word[2]
				       : draw->word[3]);
}

/* `width` factors of row `row` from `channel` on. */
DEVICE struct pack dropout_factors(const struct dropout_args *a, uint64_t stream, int64_t row, int channel,
				   const int width)
{
	const int64_t image = quotient((uint32_t)row, a->image), place = row - image * a->places;
	struct dropout_draw draw = { ~(uint64_t)0, { 0, 0, 0, 0 } };
	struct pack factor = pack_zero();

	UNROLL
	for (int k = 0; k < width; k++) {
		const int64_t at = (image * a->channels + channel + k) * a->places + place;

		factor.v[k] = dropout_uniform(&draw, a->seed, stream, (uint64_t)at) < a->probability ? 0 : a->keep;
	}
	return factor;
}

DEVICE void dropout_tile(const struct dropout_args *a, const enum gpu_type type, const int width)
{
	const int channel = tile_channel(width);
	const int64_t end = tile_end(&a->tile);
	const uint64_t stream = fc_stream(FC_STREAM_DROPOUT, a->node, a->control->iteration);

	if (channel >= a->tile.channels)
		return;
	for (int64_t row = tile_first(&a->tile); row < end; row += blockDim.y) {
		const int64_t at = row * a->tile.channels + channel;
		struct pack x = pack_load(a->in, at, type, width);
		const struct pack old = a->accumulate ? pack_load(a->out, at, type, width) : pack_zero();
		const struct pack factor = dropout_factors(a, stream, row, channel, width);

		UNROLL
		for (int k = 0; k < width; k++)
			x.v[k] = given(a->accumulate, old.v[k], x.v[k] * factor.v[k]);
		pack_store(a->out, at, type, width, &x);
	}
}

DEVICE void dropout(const struct dropout_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		dropout_tile(a, type, pack_width(type));
	else
		dropout_tile(a, type, 1);
}

TYPED_KERNEL(dropout, dropout_args, BLOCK_THREADS, dropout)
