/*
 * How a launcher (kernel_*.c) fills a struct gpu_launch: what is launched, on which grid, what it reads and writes.
 *
 *   struct gpu_launch launch = kernel_launch(KERNEL_RELU, type, &args, sizeof(args));
 *   kernel_reads(&launch, x, bytes); kernel_writes(&launch, y, bytes);
 *   return kernel_run_flat(gpu, &launch, count, width, err);
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_LAUNCH_H
#define FLOPCLOCK_CUDA_KERNEL_LAUNCH_H

#include "kernel_args.h"

/* What a kernel's parameter may be at most. */
#define KERNEL_MAX_ARGS 4096

#define KERNEL_ARGS_FIT(arguments)                                                                                   \
	_Static_assert(sizeof(struct arguments) <= KERNEL_MAX_ARGS, "parameter of a kernel")

struct gpu_launch kernel_launch(enum kernel_id kernel, enum gpu_type type, const void *args, size_t args_bytes);

/* Lists an access; NULL is none. */
void kernel_reads(struct gpu_launch *launch, const void *data, int64_t bytes);
void kernel_writes(struct gpu_launch *launch, const void *data, int64_t bytes);
/* An output that is written, or added to. */
void kernel_gives(struct gpu_launch *launch, const void *data, int64_t bytes, bool accumulate);

/* Launches `blocks` blocks of a row of threads; over nothing, nothing is launched. */
int kernel_run(struct gpu *gpu, struct gpu_launch *launch, int64_t blocks, int64_t threads, struct fc_error *err);
/* One of the flat kernels: kernel_flat.h. */
int kernel_run_flat(struct gpu *gpu, struct gpu_launch *launch, int64_t count, int width, struct fc_error *err);
/* One of the kernels on a tile: kernel_tile.h. */
int kernel_run_tile(struct gpu *gpu, struct gpu_launch *launch, const struct kernel_tile *tile, struct fc_error *err);

/* Values of a pack. */
int kernel_width(enum gpu_type type);
/* Whether a pointer (NULL too) allows 16-byte moves. */
bool kernel_aligned(const void *pointer);

/*
 * How the work on a matrix is shared, rows cut into chunks: so that every thread has enough of them, and all chunks together
 * fill a large device a few times over. `sums`: each chunk leaves a partial sum behind, of which there are to be few.
 */
struct kernel_tile kernel_tile(enum gpu_type type, bool vector, int64_t rows, int64_t channels, bool sums);
int64_t kernel_tile_chunks(const struct kernel_tile *tile);

/* A matrix of rows and channels in memory, and how a kernel shares it. */
struct kernel_matrix {
	enum gpu_type type;
	struct kernel_tile tile;
	int64_t bytes; /* of the matrix */
	int64_t line;  /* bytes of a float per channel */
	int64_t chunks;
};

/* aligned: all pointers allow 16-byte moves. */
struct kernel_matrix kernel_matrix(enum gpu_type type, int64_t rows, int64_t channels, bool aligned, bool sums);
/* The k-th array of partial sums in the scratch: a float per channel and chunk. */
float *kernel_partial(const struct kernel_matrix *matrix, void *scratch, int k);
/* A launch that leaves partial sums behind, and one that adds them up. */
int kernel_run_sum(struct gpu *gpu, struct gpu_launch *launch, const struct kernel_matrix *matrix, struct fc_error *err);
int kernel_run_finish(struct gpu *gpu, struct gpu_launch *launch, int64_t channels, struct fc_error *err);
/* Adds up one array of partial sums. */
int kernel_run_total(struct gpu *gpu, const struct kernel_matrix *matrix, const float *partial, float *sum,
		     struct fc_error *err);

/* d >= 1, below 2^31. */
struct kernel_divisor kernel_divisor(int64_t d);

#endif
