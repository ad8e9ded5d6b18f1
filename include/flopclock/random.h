/*
 * Random numbers that every backend can reproduce: Philox4x32-10 (Salmon et al., SC 2011), a function of a key and a
 * counter without state, so that element i of a tensor has the same value in whatever order it is computed.
 */
#ifndef FLOPCLOCK_RANDOM_H
#define FLOPCLOCK_RANDOM_H

#include <stdint.h>

/* CUDA's compiler makes them for the device too. */
#ifdef __CUDACC__
#define FC_RANDOM static __host__ __device__ inline
#else
#define FC_RANDOM static inline
#endif

/* Four 32-bit words for (seed, stream, index). */
FC_RANDOM void fc_philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t word[4])
{
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32), c2 = (uint32_t)stream,
		 c3 = (uint32_t)(stream >> 32);

	for (int round = 0; round < 10; round++) {
		const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;

		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c1 = (uint32_t)p1;
		c3 = (uint32_t)p0;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	word[0] = c0;
	word[1] = c1;
	word[2] = c2;
	word[3] = c3;
}

/* [0, 1) with 24 bits, exact in float. */
FC_RANDOM float fc_uniform(uint32_t word)
{
	return (float)(word >> 8) * 0x1p-24f;
}

/* Element `index` of a stream: uniform in [0, 1): word index % 4 of block index / 4. */
FC_RANDOM float fc_uniform_at(uint64_t seed, uint64_t stream, uint64_t index)
{
	uint32_t word[4];

	fc_philox(seed, stream, index / 4, word);
	return fc_uniform(word[index % 4]);
}

/* Streams in use; a node adds its index (and an iteration, where it has one) as fc_stream() packs them. */
enum fc_stream_kind { FC_STREAM_INIT = 1, FC_STREAM_DROPOUT = 2, FC_STREAM_SHUFFLE = 3 };

FC_RANDOM uint64_t fc_stream(enum fc_stream_kind kind, uint32_t node, uint32_t iteration)
{
	return (uint64_t)iteration << 32 | (uint64_t)kind << 24 | (node & 0xffffffu);
}

#endif
