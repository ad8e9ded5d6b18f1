/*
 * The names of kernel_runtime.h for a C compiler: the same kernel bodies run on the host, one thread of the device after
 * the other (tests/gpu has what stands behind the functions). Only for files that include the bodies.
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_HOST_H
#define FLOPCLOCK_CUDA_KERNEL_HOST_H

#include <string.h>

#define DEVICE static inline
#define CALLED static
#define UNROLL
#define UNROLL_FOUR
#define ROLLED

/* A function for a table of kernels, and how many threads its blocks may have. */
#define KERNEL(name, arguments, threads, blocks, body)                                                               \
	enum { name##_threads = (threads), name##_args_bytes = sizeof(struct arguments) };                           \
	static void name(const void *memory)                                                                         \
	{                                                                                                            \
		const struct arguments args = *(const struct arguments *)memory;                                     \
                                                                                                                     \
		body;                                                                                                \
	}

struct host_index {
	uint32_t x, y, z;
};

/* The thread of the device whose body runs. */
struct host_thread {
	struct host_index thread, block, threads, blocks;
};

const struct host_thread *host_thread(void);
void host_barrier(void);
uint32_t host_exchange(uint32_t bits, int mask);
void *host_shared_memory(void);
uint64_t host_device_time_ns(void);

#define threadIdx	(host_thread()->thread)
#define blockIdx	(host_thread()->block)
#define blockDim	(host_thread()->threads)
#define gridDim		(host_thread()->blocks)
#define __syncthreads() host_barrier()

/* As in CUDA; it may lie on any other type, and a sanitizer sees where it is not aligned. */
typedef struct {
	uint32_t x, y, z, w;
} __attribute__((aligned(16), may_alias)) uint4;

typedef struct {
	uint32_t x, y;
} __attribute__((aligned(8), may_alias)) uint2;

DEVICE float *shared_memory(void)
{
	return (float *)host_shared_memory();
}

DEVICE uint64_t device_time_ns(void)
{
	return host_device_time_ns();
}

DEVICE uint32_t high_product(uint32_t a, uint32_t b)
{
	return (uint32_t)((uint64_t)a * b >> 32);
}

DEVICE float float_of_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

DEVICE uint32_t bits_of_float(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

DEVICE float warp_float(float value, int mask)
{
	return float_of_bits(host_exchange(bits_of_float(value), mask));
}

DEVICE int warp_int(int value, int mask)
{
	return (int)host_exchange((uint32_t)value, mask);
}

DEVICE uint32_t bf16_bits(float value)
{
	const uint32_t bits = bits_of_float(value);

	return value != value ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

DEVICE uint32_t bf16_pair(float low, float high)
{
	return bf16_bits(high) << 16 | bf16_bits(low);
}

#endif
