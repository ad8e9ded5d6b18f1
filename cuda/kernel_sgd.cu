/*
 * g += decay * w; m = inertia * m + g; w -= rate * m, over all parameters of the network in one launch; then the parameters'
 * bf16 shadows.
 */
#include "kernel_flat.h"

DEVICE float sgd_step(const struct sgd_args *a, float weight, float gradient, float momentum)
{
	const float step = gradient + a->decay * weight;

	return a->momentum ? a->inertia * momentum + step : step;
}

DEVICE void sgd_value(const struct sgd_args *a, int64_t i)
{
	const float weight = a->params[i];
	const float step = sgd_step(a, weight, a->gradients[i], a->momentum ? a->momentum[i] : 0);

	a->params[i] = weight - a->rate * step;
	if (a->momentum)
		a->momentum[i] = step;
	if (a->shadows)
		value_store(a->shadows, i, GPU_BF16, weight - a->rate * step);
}

DEVICE void sgd_shadow(const struct sgd_args *a, int64_t at, const struct pack *w)
{
	uint2 pair;

	pair.x = bf16_pair(w->v[0], w->v[1]);
	pair.y = bf16_pair(w->v[2], w->v[3]);
	*(uint2 *)(a->shadows + at) = pair;
}

DEVICE void sgd_packs(const struct sgd_args *a)
{
	struct pack w[FLAT_PACKS], g[FLAT_PACKS], m[FLAT_PACKS];

	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++) {
		const int64_t at = flat_pack(j, 4);

		w[j] = pack_load(a->params, at, GPU_F32, 4);
		g[j] = pack_load(a->gradients, at, GPU_F32, 4);
		m[j] = a->momentum ? pack_load(a->momentum, at, GPU_F32, 4) : pack_zero();
	}
	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++) {
		const int64_t at = flat_pack(j, 4);

		UNROLL
		for (int k = 0; k < 4; k++) {
			m[j].v[k] = sgd_step(a, w[j].v[k], g[j].v[k], m[j].v[k]);
			w[j].v[k] -= a->rate * m[j].v[k];
		}
		pack_store(a->params, at, GPU_F32, 4, &w[j]);
		if (a->momentum)
			pack_store(a->momentum, at, GPU_F32, 4, &m[j]);
		if (a->shadows)
			sgd_shadow(a, at, &w[j]);
	}
}

DEVICE void sgd_all(const struct sgd_args *a)
{
	if (flat_whole(a->count, a->vector, 4)) {
		sgd_packs(a);
		return;
	}
	ROLLED
	for (int64_t i = flat_first(4); i < flat_end(a->count, 4); i += BLOCK_THREADS)
		sgd_value(a, i);
}

PLAIN_KERNEL(sgd, sgd_args, BLOCK_THREADS, sgd_all)
