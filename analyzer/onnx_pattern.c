#include "onnx_pattern.h"

#include <string.h>

#include "onnx_match.h"

#define ATTRIBUTES 2

/* A group of nodes as a term (onnx_match.h), and the op that it is; `inputs` are letters of the term. */
struct pattern {
	const char *op, *term, *inputs;
	int attribute_count;
	struct onnx_attribute attributes[ATTRIBUTES];
};

#define REAL(label, number)                                                                                          \
	{                                                                                                            \
		.name = (label), .real = (number), .text = ""                                                        \
	}
#define WORD(label, word)                                                                                            \
	{                                                                                                            \
		.name = (label), .text = (word)                                                                      \
	}
#define SIXTH                                                                                                        \
	{                                                                                                            \
		REAL("alpha", 1.0 / 6), REAL("beta", 0.5)                                                            \
	}
#define TANH                                                                                                         \
	{                                                                                                            \
		WORD("approximate", "tanh")                                                                          \
	}
#define QUICK                                                                                                        \
	{                                                                                                            \
		REAL("alpha", 1.702)                                                                                 \
	}

static const struct pattern patterns[] = {
	{ "Swish", "Mul(x, Sigmoid(x))", "x", 0, { { 0 } } },
	{ "Swish", "Mul(x, Sigmoid(Mul(x, 1.702)))", "x", 1, QUICK },
	{ "Mish", "Mul(x, Tanh(Softplus(x)))", "x", 0, { { 0 } } },
	{ "HardSwish", "Mul(x, HardSigmoid[alpha=0.166667](x))", "x", 0, { { 0 } } },
	{ "HardSwish", "Div(Mul(x, Clip(Add(x, 3), 0, 6)), 6)", "x", 0, { { 0 } } },
	{ "HardSwish", "Div(Mul(x, Clip[min=0,max=6](Add(x, 3))), 6)", "x", 0, { { 0 } } },
	{ "HardSwish", "Mul(x, Div(Clip(Add(x, 3), 0, 6), 6))", "x", 0, { { 0 } } },
	{ "HardSwish", "Mul(x, Div(Clip[min=0,max=6](Add(x, 3)), 6))", "x", 0, { { 0 } } },
	{ "HardSigmoid", "Div(Clip(Add(x, 3), 0, 6), 6)", "x", 2, SIXTH },
	{ "HardSigmoid", "Div(Clip[min=0,max=6](Add(x, 3)), 6)", "x", 2, SIXTH },
	{ "Gelu", "Mul(Mul(x, Add(Erf(Div(x, 1.414214)), 1)), 0.5)", "x", 0, { { 0 } } },
	{ "Gelu", "Mul(Mul(x, Add(Erf(Mul(x, 0.707107)), 1)), 0.5)", "x", 0, { { 0 } } },
	{ "Gelu", "Mul(Mul(x, 0.5), Add(Erf(Div(x, 1.414214)), 1))", "x", 0, { { 0 } } },
	{ "Gelu", "Mul(Mul(x, 0.5), Add(Erf(Mul(x, 0.707107)), 1))", "x", 0, { { 0 } } },
	{ "Gelu", "Mul(x, Mul(Add(Erf(Div(x, 1.414214)), 1), 0.5))", "x", 0, { { 0 } } },
	{ "Gelu", "Mul(x, Mul(Add(Erf(Mul(x, 0.707107)), 1), 0.5))", "x", 0, { { 0 } } },
	{ "Gelu", "Mul(Mul(x, 0.5), Add(Tanh(Mul(Add(x, Mul(Pow(x, 3), 0.044715)), 0.797885)), 1))", "x", 1, TANH },
	{ "Gelu", "Mul(x, Mul(Add(Tanh(Mul(Add(x, Mul(Pow(x, 3), 0.044715)), 0.797885)), 1), 0.5))", "x", 1, TANH },
	{ "LayerNormalization",
	  "Add(Mul(Div(d:Sub(x, ReduceMean(x)), Sqrt(Add(ReduceMean(Pow(d, 2)), c))), p), q)",
	  "xpq",
	  0,
	  { { 0 } } },
	{ "RMSNormalization", "Mul(p, Div(x, Sqrt(Add(ReduceMean(Pow(x, 2)), c))))", "xp", 0, { { 0 } } },
	{ "RMSNormalization", "Mul(p, Mul(x, Reciprocal(Sqrt(Add(ReduceMean(Pow(x, 2)), c)))))", "xp", 0, { { 0 } } },
	{ "RMSNormalization", "Mul(p, Mul(x, Div(1, Sqrt(Add(ReduceMean(Pow(x, 2)), c)))))", "xp", 0, { { 0 } } },
};

static void replace(struct onnx_machine *m, struct onnx_node *node, const struct pattern *p,
		    const struct onnx_match *match)
{
	const int count = (int)strlen(p->inputs);
	const char **const inputs = FC_NEW_ARRAY(&m->arena, const char *, count);

	for (int i = 0; i < count; i++)
		inputs[i] = match->bound[p->inputs[i] - 'a'];
	node->op = p->op;
	node->inputs = inputs;
	node->input_count = count;
	node->attributes = p->attributes;
	node->attribute_count = p->attribute_count;
}

/* The word of a term's last op is the node's. */
static bool may_begin(const struct pattern *p, const struct onnx_node *node)
{
	const size_t length = strlen(node->op);

	return !strncmp(p->term, node->op, length) && p->term[length] == '(' && node->output_count == 1;
}

static const struct pattern *find(struct onnx_search *s, const struct onnx_node *node, struct onnx_match *match)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (may_begin(&patterns[i], node) && fc_onnx_matches(s, patterns[i].term, node->outputs[0], match))
			return &patterns[i];
	return NULL;
}

const struct onnx_node *fc_onnx_patterns(struct onnx_machine *m, const struct onnx_graph *graph,
					 const char *const *wanted, int wanted_count)
{
	struct onnx_search s = { .m = m };
	struct onnx_node *nodes = NULL;

	fc_onnx_look_around(&s, graph, wanted, wanted_count);
	for (int n = 0; n < graph->node_count; n++) {
		struct onnx_match match;
		const struct pattern *const p = find(&s, &graph->nodes[n], &match);

		if (!p)
			continue;
		if (!nodes) {
			nodes = FC_NEW_ARRAY(&m->arena, struct onnx_node, graph->node_count);
			memcpy(nodes, graph->nodes, (size_t)graph->node_count * sizeof(*nodes));
		}
		replace(m, &nodes[n], p, &match);
	}
	fc_onnx_map_release(&s.names);
	return nodes ? nodes : graph->nodes;
}
