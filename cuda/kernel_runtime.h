/*
 * What the bodies of our kernels are written with. They are C that CUDA's compiler takes as C++: no templates, no
 * references, no vendor header. A kernel for two types is one function whose `type` is a constant at every call, so that
 * it folds; the same holds for widths. A C compiler gets the same names from kernel_host.h.
 *
 *   DEVICE       a function of the device, always inlined
 *   CALLED       one that is too large to be inlined everywhere
 *   KERNEL       NAME(ARGS): what the host launches, at most THREADS a block; its body is the function BODY. Registers
 *                leave room for BLOCKS blocks on a processor; 0: as many as the compiler likes
 *   UNROLL       in front of a loop with a constant number of turns whose arrays are to be registers
 *   UNROLL_FOUR  in front of any other loop whose loads are to be under way together
 *   ROLLED       in front of a loop that is seldom run and not worth much code
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_RUNTIME_H
#define FLOPCLOCK_CUDA_KERNEL_RUNTIME_H

#include <math.h>
#include <stdint.h>

#include "kernel_args.h"

/* Four bytes of whatever lies there. */
typedef uint32_t bits32 __attribute__((may_alias));

#ifdef __CUDACC__

#define DEVICE	    static __device__ __forceinline__
#define CALLED	    static __device__ __noinline__
#define UNROLL	    _Pragma("unroll")
#define UNROLL_FOUR _Pragma("unroll 4")
#define ROLLED	    _Pragma("unroll 1")
#define KERNEL(name, arguments, threads, blocks, body)                                                               \
	extern "C" __global__ void __launch_bounds__(threads, blocks)                                                \
		name(const __grid_constant__ struct arguments args)                                                  \
	{                                                                                                            \
		body;                                                                                                \
	}

/* As many floats as the launch asked for, 16-byte aligned. */
DEVICE float *shared_memory(void)
{
	extern __shared__ float4 shared[];

	return (float *)shared;
}

DEVICE uint64_t device_time_ns(void)
{
	uint64_t ns;

	asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(ns));
	return ns;
}

/* The value that lane (own lane XOR mask) passes; all 32 lanes of a warp call it together. */
DEVICE float warp_float(float value, int mask)
{
	return __shfl_xor_sync(0xffffffffu, value, mask);
}

DEVICE int warp_int(int value, int mask)
{
	return __shfl_xor_sync(0xffffffffu, value, mask);
}

DEVICE uint32_t high_product(uint32_t a, uint32_t b)
{
	return __umulhi(a, b);
}

DEVICE float float_of_bits(uint32_t bits)
{
	return __uint_as_float(bits);
}

DEVICE uint32_t bits_of_float(float value)
{
	return __float_as_uint(value);
}

/* Two floats rounded to the nearest bf16, ties to even; a NaN becomes 0x7fff. `low` comes first in memory. */
DEVICE uint32_t bf16_pair(float low, float high)
{
	uint32_t pair;

	asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
	return pair;
}

#else
#include "kernel_host.h"
#endif

/* One kernel per type of activations, and one for kernels that have none. */
#define TYPED_KERNEL(name, arguments, threads, body) SHARED_KERNEL(name, arguments, threads, 0, body)
#define PLAIN_KERNEL(name, arguments, threads, body) KERNEL(name, arguments, threads, 0, body(&args))
/* With registers for so many blocks on a processor: what the compiler would choose spills some of them. */
#define SHARED_KERNEL(name, arguments, threads, blocks, body)                                                        \
	KERNEL(name##_f32, arguments, threads, blocks, body(&args, GPU_F32))                                         \
	KERNEL(name##_bf16, arguments, threads, blocks, body(&args, GPU_BF16))

DEVICE int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

DEVICE int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* n / d for n < 2^31, with the constants that kernel_divisor() found for d. */
DEVICE uint32_t quotient(uint32_t n, struct kernel_divisor d)
{
	return (high_product(n, d.multiply) + n) >> d.shift;
}

#endif
