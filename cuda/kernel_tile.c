/* How the rows and channels of a matrix are shared among blocks. */
#include "kernel_launch.h"

/*
 * Blocks that fill a large device: four on each of 132 processors. Behind sums more of them would mean more to add up; other
 * kernels rather have more blocks than threads with many rows.
 */
#define BLOCKS_OF_SUMS 528
#define BLOCKS	       4096

/* Packs side by side in a block, at most: 1 KiB of a row. */
#define COLUMNS_MOST 64

/* Turns of a thread's loop, at most, where no sums are made. */
#define TURNS_MOST 16

/* Blocks that a grid has side by side, at most. */
#define TILES_MOST 65535

/* Threads of a block side by side and below each other, and how many blocks lie side by side. */
struct shape {
	int64_t columns, rows, tiles;
};

static int64_t parts(int64_t whole, int64_t part)
{
	return (whole + part - 1) / part;
}

/* All tiles have as many columns, so that the last is about as full as the others. */
static struct shape shape(enum gpu_type type, bool vector, int64_t channels)
{
	const int64_t packs = parts(channels, vector ? kernel_width(type) : 1), tiles = parts(packs, COLUMNS_MOST);
	const int64_t columns = parts(packs, tiles);

	return (struct shape){ columns, BLOCK_THREADS / columns, tiles };
}

struct kernel_tile kernel_tile(enum gpu_type type, bool vector, int64_t rows, int64_t channels, bool sums)
{
	const struct shape s = shape(type, vector, channels);
	const int64_t turn = s.rows * TILE_ROWS, blocks = parts(sums ? BLOCKS_OF_SUMS : BLOCKS, s.tiles);
	const int64_t turns = parts(parts(rows, turn), blocks);

	return (struct kernel_tile){ .rows = rows,
				     .channels = (int32_t)channels,
				     .vector = vector,
				     .chunk = turn * (sums || turns < TURNS_MOST ? turns : TURNS_MOST) };
}

int64_t kernel_tile_chunks(const struct kernel_tile *tile)
{
	return parts(tile->rows, tile->chunk);
}

int kernel_run_tile(struct gpu *gpu, struct gpu_launch *launch, const struct kernel_tile *tile, struct fc_error *err)
{
	const struct shape s = shape(launch->type, tile->vector, tile->channels);

	if (s.tiles > TILES_MOST)
		return fc_fail(err, "kernel %s: rows of %d values are too large",
			       kernel_name((enum kernel_id)launch->kernel, launch->type), (int)tile->channels);
	launch->grid[1] = (uint32_t)s.tiles;
	launch->block[1] = (uint32_t)s.rows;
	return kernel_run(gpu, launch, kernel_tile_chunks(tile), s.columns, err);
}
