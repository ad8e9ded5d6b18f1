/* Stochastic depth: an image's values are all kept, or all zero, by one draw; forward and backward alike. */
#include "flopclock/random.h"
#include "kernel_pack.h"

DEVICE void depth(const struct depth_args *a, const enum gpu_type type)
{
	const int64_t i = (int64_t)blockIdx.x * BLOCK_THREADS + threadIdx.x, image = i / a->each;
	const uint64_t stream = fc_stream(FC_STREAM_DROPOUT, a->node, a->control->iteration);

	if (i >= a->count)
		return;
	value_store(a->out, i, type,
		    given(a->accumulate, a->accumulate ? value_load(a->out, i, type) : 0,
			  fc_uniform_at(a->seed, stream, (uint64_t)image) < a->probability ?
				  0 :
				  value_load(a->in, i, type) * a->keep));
}

TYPED_KERNEL(depth, depth_args, BLOCK_THREADS, depth)
