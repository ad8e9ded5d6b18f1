#include "onnx_match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -------- the graph around -------- */

struct name {
	const struct onnx_node *maker;	  /* NULL: an input */
	const struct onnx_tensor *tensor; /* of an initialiser */
	int readers;
};

static struct name *name_of(struct onnx_search *s, const char *text)
{
	struct name *name = fc_onnx_map_find(&s->names, text);

	if (!name) {
		name = FC_NEW(&s->m->arena, struct name);
		fc_onnx_map_put(&s->names, text, name);
	}
	return name;
}

/* What branches read is not taken apart. */
static void read_by_body(struct onnx_search *s, const struct onnx_graph *body)
{
	for (int n = 0; n < body->node_count; n++) {
		const struct onnx_node *const node = &body->nodes[n];

		for (int k = 0; k < node->input_count; k++)
			name_of(s, node->inputs[k])->readers += ONNX_MAX_INNER;
		for (int a = 0; a < node->attribute_count; a++)
			if (node->attributes[a].graph)
				read_by_body(s, node->attributes[a].graph);
	}
}

void fc_onnx_look_around(struct onnx_search *s, const struct onnx_graph *graph, const char *const *wanted,
			 int wanted_count)
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
static bool number_of(struct onnx_search *s, const char *text, double *number)
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

static bool is_constant(struct onnx_search *s, const char *name, double number)
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
static bool is_last_axis(struct onnx_search *s, const struct onnx_node *node)
{
	const struct onnx_attribute *const a = attribute_of(node, "axes", 4);

	if (a)
		return a->count == 1 && a->integers && a->integers[0] == -1;
	return node->input_count > 1 && is_constant(s, node->inputs[1], -1);
}

static bool add_edge(struct onnx_match *m, const char *value)
{
	int i = 0;

	while (i < m->inner_count && strcmp(m->inner[i], value))
		i++;
	if (i == ONNX_MAX_INNER)
		return false;
	if (i == m->inner_count) {
		m->inner[m->inner_count++] = value;
		m->edges[i] = 0;
	}
	m->edges[i]++;
	return true;
}

static bool match_term(struct onnx_match *m, const char *term, const char *value);

/* Each operand by its term, or the two of a pair by each other's. */
static bool match_in_order(struct onnx_match *m, const struct onnx_node *node, const char *terms, bool swapped)
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

static bool match_operands(struct onnx_match *m, const struct onnx_node *node, const char *terms)
{
	const bool swaps = node->input_count == 2 && (!strcmp(node->op, "Add") || !strcmp(node->op, "Mul"));
	const struct onnx_match before = *m;

	if (match_in_order(m, node, terms, false))
		return true;
	*m = before;
	return swaps && match_in_order(m, node, terms, true);
}

static bool match_node(struct onnx_match *m, const char *term, const char *value)
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
static bool bind(struct onnx_match *m, char letter, const char *value)
{
	const char **const bound = &m->bound[letter - 'a'];

	for (int i = 0; *bound && i < m->inner_count; i++)
		m->edges[i] += !strcmp(m->inner[i], value);
	if (!*bound)
		*bound = value;
	return !strcmp(*bound, value);
}

static bool match_term(struct onnx_match *m, const char *term, const char *value)
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

/* Nothing else may read what is inside. */
static bool is_closed(const struct onnx_match *m, const char *last)
{
	for (int i = 0; i < m->inner_count; i++)
		if (strcmp(m->inner[i], last) && name_of(m->s, m->inner[i])->readers != m->edges[i])
			return false;
	return true;
}

bool fc_onnx_matches(struct onnx_search *s, const char *term, const char *value, struct onnx_match *match)
{
	*match = (struct onnx_match){ .s = s };
	return match_term(match, term, value) && is_closed(match, value);
}
