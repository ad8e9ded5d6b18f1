/* y = x[0] + x[1] + ..., summed in fp32 in the order given, then ReLU where asked for. y may be any of the inputs. */
#include "kernel_flat.h"

DEVICE float add_end(float sum, int relu)
{
	return relu && sum < 0 ? 0 : sum;
}

DEVICE void add_packs(const struct add_args *a, const enum gpu_type type)
{
	const int width = pack_width(type);
	struct pack sum[FLAT_PACKS];

	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++)
		sum[j] = pack_load(a->x[0], flat_pack(j, width), type, width);
	for (int i = 1; i < a->inputs; i++) {
		UNROLL
		for (int j = 0; j < FLAT_PACKS; j++) {
			const struct pack x = pack_load(a->x[i], flat_pack(j, width), type, width);

			UNROLL
			for (int k = 0; k < width; k++)
				sum[j].v[k] += x.v[k];
		}
	}
	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++) {
		UNROLL
		for (int k = 0; k < width; k++)
			sum[j].v[k] = add_end(sum[j].v[k], a->relu);
		pack_store(a->y, flat_pack(j, width), type, width, &sum[j]);
	}
}

DEVICE void add(const struct add_args *a, const enum gpu_type type)
{
	const int width = pack_width(type);

	if (flat_whole(a->count, a->vector, width)) {
		add_packs(a, type);
		return;
	}
	ROLLED
	for (int64_t at = flat_first(width); at < flat_end(a->count, width); at += BLOCK_THREADS) {
		float sum = value_load(a->x[0], at, type);

		for (int i = 1; i < a->inputs; i++)
			sum += value_load(a->x[i], at, type);
		value_store(a->y, at, type, add_end(sum, a->relu));
	}
}

TYPED_KERNEL(add, add_args, BLOCK_THREADS, add)
