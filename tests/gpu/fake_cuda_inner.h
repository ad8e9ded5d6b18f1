/* Inside of the stand-in for CUDA: what its parts share. */
#ifndef FLOPCLOCK_TESTS_FAKE_CUDA_INNER_H
#define FLOPCLOCK_TESTS_FAKE_CUDA_INNER_H

#include "fake_cuda.h"

/* The one that is open: the functions have no place for it. */
extern _Thread_local struct fake_cuda *fake;

/* Begins every call that may fail. */
#define MAY_FAIL(status)                                                                                             \
	do {                                                                                                         \
		if (++fake->calls == fake->fail_at) {                                                                \
			fake->failed = __func__;                                                                     \
			return (status);                                                                             \
		}                                                                                                    \
	} while (0)

/* Things without content: a stream, a handle, a descriptor. */
void *fake_make(size_t bytes);
void fake_discard(void *thing);

extern const struct cublas_functions fake_cublas;
extern const struct cudnn_functions fake_cudnn;

#endif
