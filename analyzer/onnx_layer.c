/* Foreign layers: the counts of a node beside its operands. */
#include "onnx_layer.h"

#include <stdio.h>
#include <string.h>

#include "onnx_graph.h"
#include "onnx_operand.h"

bool fc_onnx_fold(const struct onnx_value *value, enum onnx_fold fold, struct fc_shape *shape)
{
	const int64_t *const d = value->dims;
	const bool rows = fold == ONNX_ROWS;
	const struct fc_shape shapes[] = {
		{ 1, 1, 1, 1 },
		{ d[0], 1, 1, 1 },
		rows ? (struct fc_shape){ d[0], 1, 1, d[1] } : (struct fc_shape){ d[0], d[1], 1, 1 },
		rows ? (struct fc_shape){ d[0], 1, d[1], d[2] } : (struct fc_shape){ d[0], d[1], 1, d[2] },
		{ d[0], d[1], d[2], d[3] },
	};

	if (value->rank < 0 || value->rank > 4)
		return false;
	*shape = shapes[value->rank];
	return shape->n > 0 && shape->c > 0 && shape->h > 0 && shape->w > 0;
}

/* The side that counts images; one that holds several sides' product, images among them, where none is alone; -1: none. */
static int image_side(const struct onnx_value *value, int64_t batch)
{
	for (int i = 0; i < value->rank; i++)
		if (value->dims[i] == batch)
			return i;
	for (int i = 0; i < value->rank; i++)
		if (value->dims[i] % batch == 0)
			return i;
	return -1;
}

/*
 * Any shape, as near as four sides come: images first, wherever the file has them, and what is too much in the last side.
 * The shape of a foreign layer is there to be read.
 */
static struct fc_shape fold_any(const struct onnx_value *value, int64_t batch)
{
	const int images = image_side(value, batch);
	struct onnx_value cut = { .rank = 1, .dims = { images < 0 ? 1 : batch } };
	struct fc_shape shape = { 1, 1, 1, 1 };

	for (int i = 0; i < value->rank; i++) {
		const int64_t side = i == images ? value->dims[i] / batch : value->dims[i];

		if (i == images && side == 1)
			continue;
		if (cut.rank == 4)
			cut.dims[3] *= side;
		else
			cut.dims[cut.rank++] = side;
	}
	fc_onnx_fold(&cut, cut.rank == 3 ? ONNX_ROWS : ONNX_IMAGE, &shape);
	return shape;
}

/* -------- the layer -------- */

static enum fc_op kind_of(const struct onnx_cost *cost, const struct onnx_operands *o)
{
	if (cost->moves)
		return FC_OP_FOREIGN_MOVE;
	return o->data_products == 1 && o->param_products == 1 ? FC_OP_FOREIGN_WEIGHTS : FC_OP_FOREIGN;
}

const char *fc_onnx_layer_name(const struct onnx_call *call)
{
	const struct onnx_node *const node = call->node;

	if (*node->name)
		return node->name;
	for (int i = 0; i < node->output_count; i++)
		if (*node->outputs[i])
			return node->outputs[i];
	return node->op;
}

static void keep(struct onnx_call *call, struct onnx_operands *o, const struct onnx_cost *cost, const char *kind)
{
	struct fc_arena *const arena = &call->m->graph->arena;
	struct fc_foreign *const foreign = FC_NEW(arena, struct fc_foreign);
	struct fc_counts *const counts = FC_NEW(arena, struct fc_counts);

	*counts = cost->counts;
	*foreign = o->foreign;
	foreign->kind = fc_arena_strdup(arena, kind);
	foreign->counts = counts;
	if (cost->read_values)
		foreign->read_values = cost->read_values;
	/* What every gradient needs comes with the weights where there are some. */
	*(o->node.param_count ? &foreign->weight_macs : &foreign->data_macs) += cost->other_macs;
	o->node.foreign = foreign;
}

static void lie_in(struct onnx_call *call, int node)
{
	for (int i = 0; i < call->out_count; i++) {
		call->out[i]->node = node;
		call->out[i]->place = i ? ONNX_PART : ONNX_WHOLE;
	}
}

/* Constants that are only moved are moved once, before the network runs; who uses the result trains what it is made of. */
static bool is_constant(const struct onnx_call *call)
{
	for (int k = 0; k < call->in_count; k++)
		if (call->in[k] && call->in[k]->node >= 0)
			return false;
	return true;
}

static int add_layer(struct onnx_call *call, const struct onnx_cost *cost, const char *kind, bool uncounted)
{
	struct onnx_operands o = { .foreign.uncounted = uncounted };
	struct fc_node *node;

	if (!fc_onnx_elements(call->out[0]) || (call->op && call->op->free && is_constant(call)))
		return 0;
	if (fc_onnx_gather(call, cost, &o))
		return -1;
	if (o.shares && call->op && call->op->kind)
		fc_onnx_untrainable(call->m, "layer '%s' (%s) has parameters of an earlier layer",
				    fc_onnx_layer_name(call), kind);
	/* Nothing of the network's input and nothing to learn: computed once, before the network runs. */
	if (!o.node.input_count && !o.node.param_count)
		return 0;
	o.node.op = kind_of(cost, &o);
	o.node.shape = o.foreign.shape = fold_any(call->out[0], call->m->graph->batch);
	keep(call, &o, cost, kind);
	if (fc_onnx_new_node(call->m, fc_onnx_layer_name(call), call->node->number, &o.node, &node))
		return -1;
	lie_in(call, node->index);
	return 0;
}

int fc_onnx_count(struct onnx_call *call, const struct onnx_cost *cost)
{
	return add_layer(call, cost, call->node->op, false);
}

/* The file may still say what shape comes out. */
static bool declared(struct onnx_call *call)
{
	bool known = call->out_count > 0;

	for (int i = 0; i < call->out_count; i++) {
		const struct onnx_info *const info = fc_onnx_map_find(&call->m->scope->infos, call->out[i]->name);

		if (!info || !fc_onnx_bind_info(call->m, info, call->out[i]))
			known = known && i;
	}
	return known;
}

int fc_onnx_uncounted(struct onnx_call *call, const char *why)
{
	const struct onnx_node *const node = call->node;
	char kind[256];

	snprintf(kind, sizeof(kind), "%.80s%s%.80s%s%s%s", node->domain, *node->domain ? "." : "", node->op,
		 *why ? " (" : "", why, *why ? ")" : "");
	fc_onnx_list_uncounted(call->m, kind);
	return declared(call) ? add_layer(call, &(struct onnx_cost){ .moves = true }, kind, true) : 0;
}

int fc_onnx_unfollowed(struct onnx_call *call)
{
	return declared(call) ? fc_onnx_count(call, &(struct onnx_cost){ .moves = true }) : 0;
}

/* -------- inputs -------- */

int fc_onnx_add_input(struct onnx_machine *m, struct onnx_value *value, bool first, bool by_image)
{
	struct fc_node like = { .op = FC_OP_INPUT, .shape = fold_any(value, m->graph->batch) }, *node;
	struct fc_foreign *const foreign = FC_NEW(&m->graph->arena, struct fc_foreign);

	if (!first) {
		*foreign = (struct fc_foreign){ .kind = "Input",
						.batch = by_image ? m->graph->batch : 0,
						.shape = like.shape,
						.counts = FC_NEW(&m->graph->arena, struct fc_counts) };
		like.op = FC_OP_FOREIGN_MOVE;
		like.foreign = foreign;
		fc_onnx_untrainable(m, "it has a second input, '%s'", value->name);
	} else if (value->rank != 4 || !fc_onnx_is_real(value->type)) {
		fc_onnx_untrainable(m, "its input is no batch of images");
	}
	if (fc_onnx_new_node(m, first ? "input" : value->name, 0, &like, &node))
		return -1;
	value->node = node->index;
	return 0;
}
