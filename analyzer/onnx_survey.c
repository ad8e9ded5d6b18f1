/* What is needed, and how often it is read. */
#include "onnx_survey.h"

static void add_reader(struct onnx_machine *m, struct onnx_map *readers, const char *name, int times)
{
	int *count = fc_onnx_map_find(readers, name);

	if (!*name)
		return;
	if (!count) {
		count = FC_NEW(&m->arena, int);
		fc_onnx_map_put(readers, name, count);
	}
	*count += times;
}

/*
 * Everything that a branch or a loop reads may be one of our values; more than one reader keeps others from taking it
 * over. As deep as the file nests its messages.
 */
static void survey_body(struct onnx_machine *m, struct onnx_map *readers, const struct onnx_graph *body)
{
	for (int n = 0; n < body->node_count; n++) {
		const struct onnx_node *const node = &body->nodes[n];

		for (int k = 0; k < node->input_count; k++)
			add_reader(m, readers, node->inputs[k], 2);
		for (int a = 0; a < node->attribute_count; a++)
			if (node->attributes[a].graph)
				survey_body(m, readers, node->attributes[a].graph);
	}
	for (int i = 0; i < body->output_count; i++)
		add_reader(m, readers, body->outputs[i].name, 2);
}

static bool is_read(const struct onnx_map *readers, const struct onnx_node *node)
{
	for (int i = 0; i < node->output_count; i++)
		if (*node->outputs[i] && fc_onnx_map_find(readers, node->outputs[i]))
			return true;
	return false;
}

/* Readers stand behind what they read, so one walk from the end finds all. */
const bool *fc_onnx_survey(struct onnx_machine *m, const struct onnx_node *nodes, int count,
			   const char *const *wanted, int wanted_count, struct onnx_map *readers)
{
	bool *const needed = FC_NEW_ARRAY(&m->arena, bool, count + 1);

	for (int i = 0; i < wanted_count; i++)
		add_reader(m, readers, wanted[i], 1);
	for (int n = count - 1; n >= 0; n--) {
		const struct onnx_node *const node = &nodes[n];

		needed[n] = is_read(readers, node);
		for (int k = 0; needed[n] && k < node->input_count; k++)
			add_reader(m, readers, node->inputs[k], 1);
		for (int a = 0; needed[n] && a < node->attribute_count; a++)
			if (node->attributes[a].graph)
				survey_body(m, readers, node->attributes[a].graph);
	}
	return needed;
}
