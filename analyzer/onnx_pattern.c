#include "onnx_pattern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES 2
#define VARIABLES  26
#define MAX_INNER  16

/*
 * A group as a term: Op(...), its attributes in brackets, small letters for values, "a:" in front of a term to call its
 * value a, numbers for constants. Sums and products may have their operands in either order. A mean is one over the last
 * axis.
 */
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

/* -------- the graph around -------- */

struct name {
	const struct onnx_node *maker;	  /* NULL: an input */
	const struct onnx_tensor *tensor; /* of an initialiser */
	int readers;
};

struct search {
	struct onnx_machine *m;
	struct onnx_map names; /* struct name */
};

static struct name *name_of(struct search *s, const char *text)
{
	struct name *name = fc_onnx_map_find(&s->names, text);

	if (!name) {
		name = FC_NEW(&s->m->arena, struct name);
		fc_onnx_map_put(&s->names, text, name);
	}
	return name;
}

/* What branches read is not taken apart. */
static void read_by_body(struct search *s, const struct onnx_graph *body)
{
	for (int n = 0; n < body->node_count; n++) {
		const struct onnx_node *const node = &body->nodes[n];

		for (int k = 0; k < node->input_count; k++)
			name_of(s, node->inputs[k])->readers += MAX_INNER;
		for (int a = 0; a < node->attribute_count; a++)
			if (node->attributes[a].graph)
				read_by_body(s, node->attributes[a].graph);
	}
}

static void look_around(struct search *s, const struct onnx_graph *graph, const char *const *wanted, int wanted_count)
{
	for (int i = 0; i < graph->tensor_count; i++)
		name_of(s, graph->tensors[i].name)->tensor = &graph->tensors[i];
	for (int i = 0; i < wanted_count; i++)
		name_of(s, wanted[i])->readers++;
	for (int n = 0; n < graph->node_count; n++) {
		const struct onnx_node *const node = &graph->nodes[n];

		for (int i = 0; i < node->output_count; i++)
			name_of(s, node->outputs[i])->maker = node;
		for (int k = 0; k < node->input_count; k++)
			name_of(s, node->inputs[k])->readers++;
		for (int a = 0; a < node->attribute_count; a++)
			if (node->attributes[a].graph)
				read_by_body(s, node->attributes[a].graph);
	}
}

static const struct onnx_attribute *attribute_of(const struct onnx_node *node, const char *name, size_t length)
{
	for (int a = 0; a < node->attribute_count; a++)
		if (!strncmp(node->attributes[a].name, name, length) && !node->attributes[a].name[length])
			return &node->attributes[a];
	return NULL;
}

/* The number that an initialiser or a Constant is. */
static bool number_of(struct search *s, const char *text, double *number)
{
	const struct name *const name = name_of(s, text);
	const struct onnx_attribute *const value =
		name->maker && !strcmp(name->maker->op, "Constant") && name->maker->attribute_count == 1
			? name->maker->attributes
			: NULL;
	const struct onnx_tensor *const tensor = name->tensor ? name->tensor : value ? value->tensor : NULL;

	if (tensor && tensor->content.count == 1)
		*number = tensor->content.reals ? tensor->content.reals[0] : (double)tensor->content.integers[0];
	else if (!tensor && value && !strcmp(value->name, "value_float"))
		*number = value->real;
	else if (!tensor && value && !strcmp(value->name, "value_int"))
		*number = (double)value->integer;
	else
		return false;
	return true;
}

/* -------- matching -------- */

struct match {
	struct search *s;
	const char *bound[VARIABLES];
	const char *inner[MAX_INNER]; /* values that are made inside */
	int inner_count, edges[MAX_INNER];
};

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-4 * fabs(b) + 1e-9;
}

/* Behind a term: brackets are balanced. */
static const char *behind(const char *term)
{
	int depth = 0;

	for (; *term && (depth || (*term != ',' && *term != ')')); term++)
		depth += (*term == '(' || *term == '[') - (*term == ')' || *term == ']');
	return term;
}

static bool is_constant(struct search *s, const char *name, double number)
{
	double found;

	return number_of(s, name, &found) && near(found, number);
}

/* "[alpha=0.5,beta=1]"; returns what is behind, NULL where they differ. */
static const char *match_attributes(const struct onnx_node *node, const char *term)
{
	while (*term == '[' || *term == ',') {
		const char *const name = term + 1;
		const size_t length = strcspn(name, "=");
		const struct onnx_attribute *const a = attribute_of(node, name, length);
		char *end;

		if (!a || !near(a->real, strtod(name + length + 1, &end)))
			return NULL;
		term = end;
	}
	return *term == ']' ? term + 1 : term;
}

/* Over the last axis, as an attribute or as an input. */
static bool is_last_axis(struct search *s, const struct onnx_node *node)
{
	const struct onnx_attribute *const a = attribute_of(node, "axes", 4);

	if (a)
		return a->count == 1 && a->integers && a->integers[0] == -1;
	return node->input_count > 1 && is_constant(s, node->inputs[1], -1);
}

static bool add_edge(struct match *m, const char *value)
{
	int i = 0;

	while (i < m->inner_count && strcmp(m->inner[i], value))
		i++;
	if (i == MAX_INNER)
		return false;
	if (i == m->inner_count) {
		m->inner[m->inner_count++] = value;
		m->edges[i] = 0;
	}
	m->edges[i]++;
	return true;
}

static bool match_term(struct match *m, const char *term, const char *value);

/* Each operand by its term, or the two of a pair by each other's. */
static bool match_in_order(struct match *m, const struct onnx_node *node, const char *terms, bool swapped)
{
	for (int k = 0; k < node->input_count; k++) {
		if (!match_term(m, terms, node->inputs[swapped ? 1 - k : k]))
			return false;
		terms = behind(terms);
		if (*terms != ',')
			return k == node->input_count - 1;
		terms += 2;
	}
	return false;
}

static bool match_operands(struct match *m, const struct onnx_node *node, const char *terms)
{
	const bool swaps = node->input_count == 2 && (!strcmp(node->op, "Add") || !strcmp(node->op, "Mul"));
	const struct match before = *m;

	if (match_in_order(m, node, terms, false))
		return true;
	*m = before;
	return swaps && match_in_order(m, node, terms, true);
}

static bool match_node(struct match *m, const char *term, const char *value)
{
	const struct onnx_node *const node = name_of(m->s, value)->maker;
	const size_t length = strcspn(term, "[(");

	if (!node || *node->domain || strncmp(node->op, term, length) || node->op[length] || node->output_count != 1)
		return false;
	term = match_attributes(node, term + length);
	if (!term)
		return false;
	if (!strcmp(node->op, "ReduceMean"))
		return is_last_axis(m->s, node) && match_term(m, term + 1, node->inputs[0]);
	return match_operands(m, node, term + 1);
}

/* The same value as before where the letter was used already. */
static bool bind(struct match *m, char letter, const char *value)
{
	const char **const bound = &m->bound[letter - 'a'];

	for (int i = 0; *bound && i < m->inner_count; i++)
		m->edges[i] += !strcmp(m->inner[i], value);
	if (!*bound)
		*bound = value;
	return !strcmp(*bound, value);
}

static bool match_term(struct match *m, const char *term, const char *value)
{
	const bool letter = *term >= 'a' && *term <= 'z', labels = letter && term[1] == ':';

	if (letter && !labels)
		return bind(m, *term, value);
	if (!letter && (*term < 'A' || *term > 'Z'))
		return is_constant(m->s, value, strtod(term, NULL));
	if (labels && !bind(m, *term, value))
		return false;
	return match_node(m, labels ? term + 2 : term, value) && add_edge(m, value);
}

/* -------- replacing -------- */

/* Nothing else may read what is inside. */
static bool is_closed(const struct match *m, const char *last)
{
	for (int i = 0; i < m->inner_count; i++)
		if (strcmp(m->inner[i], last) && name_of(m->s, m->inner[i])->readers != m->edges[i])
			return false;
	return true;
}

static void replace(struct onnx_machine *m, struct onnx_node *node, const struct pattern *p,
		    const struct match *match)
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

	return !strncmp(p->term, node->op, length) && p->term[length] == '(';
}

const struct onnx_node *fc_onnx_patterns(struct onnx_machine *m, const struct onnx_graph *graph,
					 const char *const *wanted, int wanted_count)
{
	struct search s = { .m = m };
	struct onnx_node *nodes = NULL;

	look_around(&s, graph, wanted, wanted_count);
	for (int n = 0; n < graph->node_count; n++) {
		const struct onnx_node *const node = &graph->nodes[n];

		for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
			struct match match = { .s = &s };

			if (!may_begin(&patterns[i], node) || node->output_count != 1 ||
			    !match_term(&match, patterns[i].term, node->outputs[0]) ||
			    !is_closed(&match, node->outputs[0]))
				continue;
			if (!nodes) {
				nodes = FC_NEW_ARRAY(&m->arena, struct onnx_node, graph->node_count);
				memcpy(nodes, graph->nodes, (size_t)graph->node_count * sizeof(*nodes));
			}
			replace(m, &nodes[n], &patterns[i], &match);
			break;
		}
	}
	fc_onnx_map_release(&s.names);
	return nodes ? nodes : graph->nodes;
}
