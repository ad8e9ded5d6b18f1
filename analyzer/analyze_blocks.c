/* Layers folded into blocks by what their names have in common before the dots. */
#include <string.h>

#include "analyze.h"

/* The length of the first components of a name. */
static size_t prefix_length(const char *name, int components)
{
	const char *end = name;

	for (; *end; end++)
		if (*end == '.' && --components == 0)
			break;
	return (size_t)(end - name);
}

int fc_analysis_depth(const struct analysis *a)
{
	int most = 1;

	for (int i = 0; i < a->graph.node_count; i++) {
		int components = 1;

		for (const char *c = a->graph.nodes[i].name; *c; c++)
			components += *c == '.';
		if (components > most)
			most = components;
	}
	return most;
}

/* Nearly always the last row. */
static struct layer *find_row(struct layer *rows, int count, const char *name, size_t length)
{
	while (count--)
		if (!strncmp(rows[count].name, name, length) && !rows[count].name[length])
			return &rows[count];
	return NULL;
}

/* The total fits, so its parts do. */
static void add_work(struct work *sum, const struct work *w)
{
	sum->macs += w->macs;
	sum->flops += w->flops;
	sum->bytes_read += w->bytes_read;
	sum->bytes_written += w->bytes_written;
	sum->arithmetic_floor_s += w->arithmetic_floor_s;
	sum->bytes_floor_s += w->bytes_floor_s;
	sum->floor_s += w->floor_s;
	sum->bytes_bound_s += w->bytes_bound_s;
}

static void join(struct layer *row, const struct layer *layer)
{
	row->node = NULL;
	row->layers += layer->layers;
	row->output = layer->output;
	row->train_only = row->train_only && layer->train_only;
	row->params += layer->params;
	row->charge += layer->charge;
	row->phases |= layer->phases;
	for (int i = 0; i < WORK_COUNT; i++)
		add_work(&row->work[i], &layer->work[i]);
	add_work(&row->iteration, &layer->iteration);
}

struct layer *fc_analysis_blocks(const struct analysis *a, int depth, struct fc_arena *arena, int *count)
{
	struct layer *const rows = FC_NEW_ARRAY(arena, struct layer, a->graph.node_count);

	*count = 0;
	for (int i = 0; i < a->graph.node_count; i++) {
		const struct layer *const layer = &a->layers[i];
		const size_t length = prefix_length(layer->name, depth);
		struct layer *const row = find_row(rows, *count, layer->name, length);

		if (row) {
			join(row, layer);
			continue;
		}
		rows[*count] = *layer;
		rows[*count].name = fc_arena_strndup(arena, layer->name, length);
		++*count;
	}
	/* A block of one layer is that layer. */
	for (int i = 0; i < *count; i++)
		if (rows[i].node)
			rows[i].name = rows[i].node->name;
	return rows;
}
