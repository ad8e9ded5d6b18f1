/*
 * Blocks of threads on the host: one thread of the device after the other, up to its next barrier. What a device forbids ends
 * in a sentence: a barrier that some threads never reach, an exchange that part of a warp does not take part in.
 */
#ifndef FLOPCLOCK_TESTS_HOST_BLOCK_H
#define FLOPCLOCK_TESTS_HOST_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu.h"

/* A kernel's body for one thread; `args` as launched. */
struct host_kernel {
	const char *name;
	void (*run)(const void *args);
	uint32_t threads; /* of a block, at most */
	size_t args_bytes;
};

/* NULL: there is no such kernel. */
const struct host_kernel *host_kernel(int kernel, enum gpu_type type);

struct host_blocks;

struct host_blocks *host_blocks_new(void);
void host_blocks_free(struct host_blocks *blocks);

/*
 * Runs all blocks of a grid. `reverse`: blocks and threads from the last to the first; a kernel whose result depends on it
 * misses a barrier. `time_ns` is the device's clock, which a reading moves on. Returns NULL, or what is forbidden.
 */
const char *host_blocks_run(struct host_blocks *blocks, const struct host_kernel *kernel,
			    const struct gpu_launch *launch, bool reverse, uint64_t *time_ns);

#endif
