#include "rebatch.h"

#include "model_machine.h"
#include "op.h"

static int check_size(const struct fc_graph *graph, const struct fc_node *node, struct fc_error *err)
{
	if (op_has_at_most(node->shape, MODEL_MAX_ELEMENTS))
		return 0;
	return fc_fail(err, "%s: layer '%s' (line %d): has more than %lld values with a batch of %lld", graph->path, node->name,
		       node->line, (long long)MODEL_MAX_ELEMENTS, (long long)graph->batch);
}

/* A layer whose shape its reader found has images in front, or is the same for every batch. */
static void scale(struct fc_node *node, int64_t from, int64_t to)
{
	if (node->shape.n % from == 0)
		node->shape.n = node->shape.n / from * to;
}

int fc_graph_rebatch(struct fc_graph *graph, int64_t batch, struct fc_error *err)
{
	const int64_t before = graph->batch;

	graph->batch = batch;
	for (int i = 0; i < graph->node_count; i++) {
		struct fc_node *const node = &graph->nodes[i];
		const struct op_kind *const kind = fc_op_kind(node->op);

		if (!kind->shape)
			scale(node, before, batch);
		else if (kind->shape(graph, node, err))
			return -1;
		if (check_size(graph, node, err))
			return -1;
	}
	return 0;
}
