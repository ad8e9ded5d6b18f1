/* Foreign layers: the operands of a node told apart, and its counts put beside them. */
#include "onnx_layer.h"

#include <stdio.h>
#include <string.h>

#include "onnx_graph.h"
#include "op.h"

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

/* -------- parameters -------- */

bool fc_onnx_is_shared(const struct onnx_value *value)
{
	const struct onnx_parameter *const p = value->parameter;

	return p->owned && !(p->sides <= 1 && (value->copied || p->uniform));
}

static bool has_origin(const struct onnx_origin *list, const struct onnx_parameter *parameter)
{
	for (; list; list = list->next)
		if (list->parameter == parameter)
			return true;
	return false;
}

/* Once each, in any order. */
static const struct onnx_origin *add_origin(struct onnx_machine *m, const struct onnx_origin *list,
					    struct onnx_parameter *parameter)
{
	struct onnx_origin *origin;

	if (has_origin(list, parameter))
		return list;
	origin = FC_NEW(&m->arena, struct onnx_origin);
	*origin = (struct onnx_origin){ parameter, list };
	return origin;
}

void fc_onnx_inherit(struct onnx_call *call)
{
	const struct onnx_origin *list = NULL;

	for (int k = 0; k < call->in_count; k++) {
		const struct onnx_value *const x = call->in[k];

		if (!x || !fc_onnx_is_real(x->type))
			continue;
		if (x->node >= 0)
			return;
		if (x->parameter)
			list = add_origin(call->m, list, x->parameter);
		for (const struct onnx_origin *o = x->origins; o; o = o->next)
			list = add_origin(call->m, list, o->parameter);
	}
	for (int i = 0; i < call->out_count && list; i++)
		if (call->out[i]->node < 0 && !call->out[i]->parameter)
			call->out[i]->origins = list;
}

static void add_param(struct fc_node *node, uint64_t values)
{
	static const char *const names[FC_MAX_PARAMS] = { "weight", "bias", "more", "rest" };
	const int index = node->param_count < FC_MAX_PARAMS ? node->param_count++ : FC_MAX_PARAMS - 1;
	struct fc_param *const param = &node->params[index];

	param->name = names[index];
	param->shape = (struct fc_shape){ param->shape.n + (int64_t)values, 1, 1, 1 };
}

/* -------- operands -------- */

struct operands {
	struct fc_node node;
	struct fc_foreign foreign;
	int *inputs;
	int data_products, param_products;
	bool shares; /* parameters with an earlier layer */
};

/* Whether a layer's output grows with the batch: everything does but what is made of parameters alone. */
static bool grows(const struct onnx_machine *m, int node)
{
	const struct fc_node *const n = &m->graph->nodes[node];

	return !n->foreign || n->foreign->batch;
}

static int add_data(struct onnx_machine *m, struct operands *o, const struct onnx_value *value, uint64_t macs)
{
	const bool by_image = grows(m, value->node);
	uint64_t *const values = by_image ? &o->foreign.read_values : &o->foreign.shared_values;

	if (o->node.input_count < FC_FOREIGN_INPUTS)
		o->foreign.input_macs[o->node.input_count] = macs;
	if (by_image)
		o->foreign.batch = m->graph->batch;
	o->data_products += macs > 0;
	o->inputs[o->node.input_count++] = value->node;
	return __builtin_add_overflow(*values, (uint64_t)fc_onnx_elements(value), values);
}

/* What backward needs of a parameter that another layer trains comes with the data. */
static int add_weight_macs(struct operands *o, bool shared, uint64_t macs)
{
	uint64_t *const sum = shared ? &o->foreign.data_macs : &o->foreign.weight_macs;

	o->param_products += macs > 0;
	return __builtin_add_overflow(*sum, macs, sum);
}

static void add_parameter(struct operands *o, struct onnx_parameter *parameter, bool shared)
{
	if (shared) {
		o->foreign.shared_values += parameter->values;
		return;
	}
	parameter->owned = true;
	add_param(&o->node, parameter->values);
}

/* Reals of more than one value are learned; integers only where they are multiplied, as weights that were quantised. */
static bool is_learned(const struct onnx_cost *cost, int input, const struct onnx_parameter *parameter, int type,
		       uint64_t macs)
{
	return fc_onnx_has(cost->learned, input) ||
	       (parameter->values > 1 && (fc_onnx_is_real(type) || macs || cost->quantised));
}

static int add_constant(struct operands *o, const struct onnx_cost *cost, int input, const struct onnx_value *value,
			uint64_t macs)
{
	bool shared = false, any = false;

	if (fc_onnx_has(cost->untrained, input))
		return 0;
	if (value->parameter && is_learned(cost, input, value->parameter, value->type, macs)) {
		/* Where a matrix is shared the vectors beside it are, too. */
		shared = o->shares ? value->parameter->owned : fc_onnx_is_shared(value);
		add_parameter(o, value->parameter, shared);
		any = true;
	}
	for (const struct onnx_origin *origin = value->origins; origin; origin = origin->next)
		if (is_learned(cost, input, origin->parameter, value->type, macs)) {
			shared = shared || origin->parameter->owned;
			add_parameter(o, origin->parameter, origin->parameter->owned);
			any = true;
		}
	return any ? add_weight_macs(o, shared, macs) : 0;
}

static bool shares(const struct onnx_call *call)
{
	for (int k = 0; k < call->in_count; k++) {
		const struct onnx_value *const value = call->in[k];

		if (value && value->node < 0 && value->parameter && fc_onnx_is_shared(value))
			return true;
	}
	return false;
}

static int gather(struct onnx_call *call, const struct onnx_cost *cost, struct operands *o)
{
	o->shares = shares(call);
	o->inputs = FC_NEW_ARRAY(&call->m->arena, int, call->in_count + 1);
	o->node.inputs = o->inputs;
	for (int k = 0; k < call->in_count; k++) {
		const struct onnx_value *const value = call->in[k];
		const uint64_t macs = k < FC_FOREIGN_INPUTS ? cost->input_macs[k] : 0;

		if (!value || value->rank < 0)
			continue;
		if (value->node >= 0 ? add_data(call->m, o, value, macs) : add_constant(o, cost, k, value, macs))
			return fc_onnx_fail(call, "found operands that do not fit 64 bits, expected smaller ones");
	}
	return 0;
}

/* -------- the layer -------- */

static enum fc_op kind_of(const struct onnx_cost *cost, const struct operands *o)
{
	if (cost->moves)
		return FC_OP_FOREIGN_MOVE;
	return o->data_products == 1 && o->param_products == 1 ? FC_OP_FOREIGN_WEIGHTS : FC_OP_FOREIGN;
}

static const char *name_of(const struct onnx_call *call)
{
	const struct onnx_node *const node = call->node;

	if (*node->name)
		return node->name;
	for (int i = 0; i < node->output_count; i++)
		if (*node->outputs[i])
			return node->outputs[i];
	return node->op;
}

static void keep(struct onnx_call *call, struct operands *o, const struct onnx_cost *cost, const char *kind)
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
	struct operands o = { .foreign.uncounted = uncounted };
	struct fc_node *node;

	if (!fc_onnx_elements(call->out[0]) || (call->op && call->op->free && is_constant(call)))
		return 0;
	if (gather(call, cost, &o))
		return -1;
	if (o.shares && call->op && call->op->kind)
		fc_onnx_untrainable(call->m, "layer '%s' (%s) has parameters of an earlier layer", name_of(call),
				    kind);
	/* Nothing of the network's input and nothing to learn: computed once, before the network runs. */
	if (!o.node.input_count && !o.node.param_count)
		return 0;
	o.node.op = kind_of(cost, &o);
	o.node.shape = o.foreign.shape = fold_any(call->out[0], call->m->graph->batch);
	keep(call, &o, cost, kind);
	if (fc_onnx_new_node(call->m, name_of(call), call->node->number, &o.node, &node))
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

/* -------- a bias behind a product -------- */

static bool foreign_bias(struct onnx_machine *m, struct fc_node *node, uint64_t values)
{
	const struct fc_foreign *const old = node->foreign;
	struct fc_counts *const counts = FC_NEW(&m->graph->arena, struct fc_counts);
	struct fc_foreign *const foreign = FC_NEW(&m->graph->arena, struct fc_foreign);

	if (!old->counts->linear_macs || old->counts->linear_bias)
		return false;
	*counts = *old->counts;
	counts->linear_bias = counts->linear_out;
	*foreign = *old;
	foreign->counts = counts;
	node->foreign = foreign;
	add_param(node, values);
	return true;
}

bool fc_onnx_merge_bias(struct onnx_call *call, struct onnx_value *product, struct onnx_value *bias)
{
	struct onnx_machine *const m = call->m;
	struct fc_node *const node = product->node > 0 ? &m->graph->nodes[product->node] : NULL;
	struct fc_error ignored;

	/* A single number without a side is a constant that is added. */
	if (!node || product->reader_count != 1 || product->place == ONNX_PART || product->rank < 1 ||
	    !bias->parameter || bias->node >= 0 || fc_onnx_is_shared(bias) || bias->rank < 1 ||
	    bias->dims[bias->rank - 1] != product->dims[product->rank - 1] ||
	    bias->parameter->values != (uint64_t)bias->dims[bias->rank - 1] ||
	    fc_shape_elements(node->shape) != fc_onnx_elements(product))
		return false;
	if (node->foreign) {
		if (!foreign_bias(m, node, bias->parameter->values))
			return false;
	} else {
		if ((node->op != FC_OP_DENSE && node->op != FC_OP_LINEAR) || node->attributes.bias)
			return false;
		node->attributes.bias = true;
		fc_op_kind(node->op)->shape(m->graph, node, &ignored);
	}
	bias->parameter->owned = true;
	fc_onnx_view(call->out[0], product);
	return true;
}
