#include "host_block.h"

#include <stdlib.h>
#include <string.h>

#include "host_fiber.h"
#include "kernel_runtime.h"

#define MAX_THREADS 1024
#define WARP	    32

/* One microsecond passes between two readings of the clock. */
#define TICK_NS 1000

enum state { READY, AT_BARRIER, IN_EXCHANGE, DONE };

struct thread {
	struct host_thread place;
	enum state state;
	struct host_blocks *blocks;
	int exchanges; /* so far: two of them never meet in one slot */
};

struct warp {
	int arrived;
	uint32_t slot[2][WARP];
};

struct host_blocks {
	struct host_fibers *fibers;
	struct thread threads[MAX_THREADS];
	struct warp warps[MAX_THREADS / WARP];
	struct thread *now;
	const struct host_kernel *kernel;
	const struct gpu_launch *launch;
	void *shared;
	bool fibered;
	const char *forbidden;
	uint64_t *time_ns;
};

/* A kernel's body knows of nothing but the names that CUDA gives it; behind them stands the thread that runs here. */
static _Thread_local struct host_blocks *running;

const struct host_thread *host_thread(void)
{
	return &running->now->place;
}

void *host_shared_memory(void)
{
	return running->shared;
}

uint64_t host_device_time_ns(void)
{
	*running->time_ns += TICK_NS;
	return *running->time_ns;
}

static int index_of(const struct host_blocks *b, const struct thread *thread)
{
	return (int)(thread - b->threads);
}

static void wait_as(struct host_blocks *b, enum state state)
{
	if (!b->fibered) {
		b->forbidden = "waits for other threads without having asked for shared memory";
		return;
	}
	b->now->state = state;
	host_fiber_pause(b->fibers);
}

void host_barrier(void)
{
	wait_as(running, AT_BARRIER);
}

uint32_t host_exchange(uint32_t bits, int mask)
{
	struct host_blocks *b = running;
	struct thread *thread = b->now;
	const int index = index_of(b, thread), lane = index % WARP, side = thread->exchanges++ % 2;
	struct warp *warp = &b->warps[index / WARP];

	warp->slot[side][lane] = bits;
	if (b->fibered && ++warp->arrived == WARP) {
		warp->arrived = 0;
		for (int i = index - lane; i < index - lane + WARP; i++)
			b->threads[i].state = READY;
	} else {
		wait_as(b, IN_EXCHANGE);
	}
	return warp->slot[side][lane ^ mask];
}

static uint32_t threads_of(const struct gpu_launch *launch)
{
	return launch->block[0] * launch->block[1] * launch->block[2];
}

static void place_thread(struct host_blocks *b, uint32_t i, struct host_index block)
{
	const struct gpu_launch *l = b->launch;
	struct thread *thread = &b->threads[i];

	*thread = (struct thread){ .blocks = b };
	thread->place.thread =
		(struct host_index){ i % l->block[0], i / l->block[0] % l->block[1], i / l->block[0] / l->block[1] };
	thread->place.block = block;
	thread->place.threads = (struct host_index){ l->block[0], l->block[1], l->block[2] };
	thread->place.blocks = (struct host_index){ l->grid[0], l->grid[1], l->grid[2] };
}

static void run_thread(void *data)
{
	struct thread *thread = data;

	thread->blocks->kernel->run(thread->blocks->launch->args);
}

/* Every thread that can go on does so, once; returns how many did. */
static int run_ready(struct host_blocks *b, int threads, bool reverse)
{
	int ran = 0;

	for (int k = 0; k < threads; k++) {
		const int i = reverse ? threads - 1 - k : k;

		if (b->threads[i].state != READY)
			continue;
		b->now = &b->threads[i];
		if (host_fiber_resume(b->fibers, i))
			b->threads[i].state = DONE;
		ran++;
	}
	return ran;
}

static int count_in(const struct host_blocks *b, int threads, enum state state)
{
	int count = 0;

	for (int i = 0; i < threads; i++)
		count += b->threads[i].state == state;
	return count;
}

/* Until all have ended: the barrier opens when every thread of the block is at it. */
static void run_fibers(struct host_blocks *b, int threads, bool reverse)
{
	for (int i = 0; i < threads; i++)
		host_fiber_start(b->fibers, i, run_thread, &b->threads[i]);
	while (count_in(b, threads, DONE) < threads) {
		if (run_ready(b, threads, reverse))
			continue;
		if (count_in(b, threads, IN_EXCHANGE)) {
			b->forbidden = "exchanges values within a warp of which some threads do not take part";
			return;
		}
		if (count_in(b, threads, AT_BARRIER) < threads) {
			b->forbidden = "has a barrier that some threads of the block never reach";
			return;
		}
		for (int i = 0; i < threads; i++)
			b->threads[i].state = READY;
	}
}

static void run_loop(struct host_blocks *b, int threads, bool reverse)
{
	for (int k = 0; k < threads && !b->forbidden; k++) {
		b->now = &b->threads[reverse ? threads - 1 - k : k];
		run_thread(b->now);
	}
}

static void run_block(struct host_blocks *b, struct host_index block, bool reverse)
{
	const int threads = (int)threads_of(b->launch);

	for (int i = 0; i < threads; i++)
		place_thread(b, (uint32_t)i, block);
	memset(b->warps, 0, sizeof(b->warps));
	/* Nothing is in shared memory but what the block writes: NaN. */
	if (b->shared)
		memset(b->shared, 0xff, b->launch->shared_bytes);
	if (b->fibered)
		run_fibers(b, threads, reverse);
	else
		run_loop(b, threads, reverse);
}

static const char *check_shape(const struct host_kernel *kernel, const struct gpu_launch *launch)
{
	for (int d = 0; d < 3; d++)
		if (!launch->grid[d] || !launch->block[d] || launch->grid[d] > (d ? 65535u : 0x7fffffffu))
			return "has a grid that no device takes";
	if (threads_of(launch) > kernel->threads)
		return "has more threads in a block than it was compiled for";
	if (launch->shared_bytes > 48 * 1024)
		return "asks for more shared memory than a device has";
	if (launch->args_bytes != kernel->args_bytes)
		return "is launched with the parameter of another kernel";
	return NULL;
}

const char *host_blocks_run(struct host_blocks *blocks, const struct host_kernel *kernel,
			    const struct gpu_launch *launch, bool reverse, uint64_t *time_ns)
{
	const uint64_t count = (uint64_t)launch->grid[0] * launch->grid[1] * launch->grid[2];

	blocks->forbidden = check_shape(kernel, launch);
	blocks->kernel = kernel;
	blocks->launch = launch;
	blocks->time_ns = time_ns;
	blocks->fibered = launch->shared_bytes > 0;
	blocks->shared = launch->shared_bytes ? aligned_alloc(16, (launch->shared_bytes + 15) / 16 * 16) : NULL;
	running = blocks;
	for (uint64_t k = 0; k < count && !blocks->forbidden; k++) {
		const uint64_t i = reverse ? count - 1 - k : k, line = i / launch->grid[0];

		run_block(blocks,
			  (struct host_index){ (uint32_t)(i % launch->grid[0]), (uint32_t)(line % launch->grid[1]),
					       (uint32_t)(line / launch->grid[1]) },
			  reverse);
	}
	free(blocks->shared);
	return blocks->forbidden;
}

struct host_blocks *host_blocks_new(void)
{
	struct host_blocks *blocks = calloc(1, sizeof(*blocks));

	if (!blocks)
		abort();
	blocks->fibers = host_fibers_new(MAX_THREADS);
	return blocks;
}

void host_blocks_free(struct host_blocks *blocks)
{
	host_fibers_free(blocks->fibers);
	free(blocks);
}
