/*
 * First values of parameters and running statistics: functions of (seed, node, parameter, index) alone, so that every
 * backend and any number of threads gives the same.
 */
#include <math.h>
#include <stdlib.h>

#include "flopclock/random.h"
#include "network.h"

/* Box-Muller on the two words of a pair: index % 4 of 0 and 2 take the cosine, 1 and 3 the sine. */
static void normal_block(uint64_t seed, uint64_t stream, uint64_t block, float out[4])
{
	uint32_t word[4];

	fc_philox(seed, stream, block, word);
	for (int pair = 0; pair < 4; pair += 2) {
		/* 1 - u lies in (0, 1]: the logarithm is finite. */
		const float radius = sqrtf(-2.0f * logf(1.0f - fc_uniform(word[pair])));
		const float angle = 6.28318530717958648f * fc_uniform(word[pair + 1]);

		out[pair] = radius * cosf(angle);
		out[pair + 1] = radius * sinf(angle);
	}
}

/* Redrawn until it lies within the bound; the attempts beyond the first come from far up the same stream. */
static float truncated(const struct fc_init *init, uint64_t seed, uint64_t stream, uint64_t index, float first)
{
	double value = init->a * first;

	for (uint64_t attempt = 1; fabs(value) > init->b && attempt < 64; attempt++) {
		float block[4];

		normal_block(seed, stream, (attempt << 40) + index, block);
		for (int i = 0; i < 4 && fabs(value) > init->b; i++)
			value = init->a * block[i];
	}
	return (float)fmax(-init->b, fmin(init->b, value));
}

static void fill_block(const struct fc_init *init, uint64_t seed, uint64_t stream, uint64_t block, float out[4])
{
	uint32_t word[4];

	switch (init->kind) {
	case FC_INIT_CONSTANT:
		for (int i = 0; i < 4; i++)
			out[i] = (float)init->a;
		break;
	case FC_INIT_UNIFORM:
		fc_philox(seed, stream, block, word);
		for (int i = 0; i < 4; i++)
			out[i] = (float)(init->a * (2.0 * fc_uniform(word[i]) - 1.0));
		break;
	case FC_INIT_NORMAL:
		normal_block(seed, stream, block, out);
		for (int i = 0; i < 4; i++)
			out[i] = (float)(init->a * out[i]);
		break;
	case FC_INIT_TRUNCATED_NORMAL:
		normal_block(seed, stream, block, out);
		for (uint64_t i = 0; i < 4; i++)
			out[i] = truncated(init, seed, stream, 4 * block + i, out[i]);
		break;
	}
}

static void fill(float *plain, int64_t count, const struct fc_init *init, uint64_t seed, uint64_t stream)
{
#pragma omp parallel for schedule(static)
	for (int64_t block = 0; block < (count + 3) / 4; block++) {
		float out[4];

		fill_block(init, seed, stream, (uint64_t)block, out);
		for (int64_t i = 4 * block; i < count && i < 4 * block + 4; i++)
			plain[i] = out[i % 4];
	}
}

/* Tensors that no program of this network uses (an auxiliary head where only validation runs) have no layout. */
static int set(struct fc_network *network, struct fc_tensor *tensor, const struct fc_init *init, uint64_t stream,
	       struct fc_error *err)
{
	const int64_t count = fc_shape_elements(tensor->shape);
	float *plain;
	int rc;

	if (!tensor->bytes)
		return 0;
	plain = fc_calloc((size_t)count, sizeof(*plain));
	fill(plain, count, init, network->config.seed, stream);
	rc = network->config.backend->write(network->device, tensor, plain, err);
	free(plain);
	return rc;
}

int network_initialise(struct fc_network *network, struct fc_error *err)
{
	/* Running mean 0, running variance 1. */
	static const struct fc_init statistics[2] = { { FC_INIT_CONSTANT, 0, 0 }, { FC_INIT_CONSTANT, 1, 0 } };

	for (int n = 0; n < network->graph->node_count; n++) {
		const struct fc_node *const node = &network->graph->nodes[n];
		struct node_state *const state = &network->nodes[n];

		for (int p = 0; p < node->param_count; p++)
			if (set(network, &state->param[p], &node->params[p].init,
				fc_stream(FC_STREAM_INIT, (uint32_t)n, (uint32_t)p), err))
				return -1;
		for (int k = 0; k < state->statistic_count; k++)
			if (set(network, &state->statistic[k], &statistics[k], 0, err))
				return -1;
	}
	return 0;
}
