/*
 * The inputs of an ONNX graph get their shapes: --batch is the side that counts images, --input the others of the first
 * input, --set NAME=N any side that the file gives a name.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/number.h"

#include "onnx_graph.h"
#include "onnx_layer.h"

#define MAX_SIDE 2147483647

struct onnx_symbol {
	const char *name;
	int64_t size;
	bool used;
	bool batch; /* counts images */
};

static struct onnx_symbol *set_symbol(struct onnx_machine *m, const char *name, int64_t size)
{
	struct onnx_symbol *const symbol = FC_NEW(&m->arena, struct onnx_symbol);

	*symbol = (struct onnx_symbol){ .name = name, .size = size };
	fc_onnx_map_put(&m->symbols, name, symbol);
	return symbol;
}

static int read_setting(struct onnx_machine *m, const char *setting)
{
	const char *const equals = strchr(setting, '=');
	const char *name;
	int64_t size;

	if (!equals || equals == setting)
		return fc_fail(m->err, "found the setting '%s', expected NAME=VALUE", setting);
	name = fc_arena_strndup(&m->arena, setting, (size_t)(equals - setting));
	if (!fc_parse_i64(equals + 1, &size) || size < 1 || size > MAX_SIDE)
		return fc_fail(m->err, "found the setting '%s', expected a side from 1 to %d", setting, MAX_SIDE);
	if (fc_onnx_map_find(&m->symbols, name))
		return fc_fail(m->err, "found '%s' set a second time, expected it once", name);
	set_symbol(m, name, size);
	return 0;
}

/* -------- sides -------- */

/* A side without a name has one made of its input's: "images.2". */
static const char *side_name(struct onnx_machine *m, const struct onnx_info *input, int axis)
{
	const char *const symbol = input->dims[axis].symbol;

	return symbol ? symbol : fc_arena_printf(&m->arena, "%s.%d", input->name, axis);
}

static bool is_fixed(const struct onnx_dimension *dim)
{
	return dim->size > 0;
}

static struct onnx_symbol *find_symbol(struct onnx_machine *m, const struct onnx_info *input, int axis)
{
	struct onnx_symbol *const symbol = fc_onnx_map_find(&m->symbols, side_name(m, input, axis));

	if (symbol)
		symbol->used = true;
	return symbol;
}

/* Gives a side its size where it has none yet; whether it has this one then. */
static bool bind(struct onnx_machine *m, const struct onnx_info *input, int axis, int64_t size)
{
	struct onnx_symbol *symbol;

	if (is_fixed(&input->dims[axis]))
		return input->dims[axis].size == size;
	symbol = find_symbol(m, input, axis);
	if (!symbol)
		symbol = set_symbol(m, side_name(m, input, axis), size);
	symbol->used = true;
	return symbol->size == size;
}

/* "batch x 3 x height x 224" */
static const char *describe(struct onnx_machine *m, const struct onnx_info *input)
{
	struct fc_str text = { 0 };
	const char *copy;

	for (int i = 0; i < input->rank; i++) {
		if (is_fixed(&input->dims[i]))
			fc_str_addf(&text, "%s%lld", i ? " x " : "", (long long)input->dims[i].size);
		else
			fc_str_addf(&text, "%s%.60s", i ? " x " : "", side_name(m, input, i));
	}
	copy = fc_arena_strdup(&m->arena, text.text ? text.text : "a single value");
	fc_str_release(&text);
	return copy;
}

/* -------- the batch -------- */

static bool means_batch(const char *symbol)
{
	return symbol && (strcasestr(symbol, "batch") || !strcmp(symbol, "N"));
}

/* The side that counts images: one that is called so, else the first of the first input. */
static void bind_batch(struct onnx_machine *m, const struct onnx_info *const *inputs, int count)
{
	const struct onnx_dimension *const first = inputs[0]->rank > 0 ? &inputs[0]->dims[0] : NULL;
	int64_t batch = m->request->batch;
	bool named = false;

	for (int i = 0; i < count; i++)
		for (int axis = 0; axis < inputs[i]->rank; axis++)
			if (!is_fixed(&inputs[i]->dims[axis]) && means_batch(inputs[i]->dims[axis].symbol)) {
				bind(m, inputs[i], axis, batch);
				find_symbol(m, inputs[i], axis)->batch = named = true;
			}
	if (!named && first && !is_fixed(first)) {
		bind(m, inputs[0], 0, batch);
		find_symbol(m, inputs[0], 0)->batch = true;
	}
	/* A file for one batch is carried out for that one, and counted for another afterwards. */
	if (!named && first && is_fixed(first))
		batch = m->fixed_batch = first->size;
	m->graph->batch = batch;
}

static int64_t side_size(struct onnx_machine *m, const struct onnx_info *input, int axis)
{
	const struct onnx_dimension *const dim = &input->dims[axis];
	const struct onnx_symbol *symbol;

	if (is_fixed(dim))
		return dim->size;
	symbol = find_symbol(m, input, axis);
	return symbol ? symbol->size : 0;
}

static bool counts_images(struct onnx_machine *m, const struct onnx_info *input)
{
	for (int axis = 0; axis < input->rank; axis++) {
		const struct onnx_dimension *const dim = &input->dims[axis];
		const struct onnx_symbol *const symbol = is_fixed(dim) ? NULL : find_symbol(m, input, axis);

		if (symbol ? symbol->batch : !axis && dim->size == m->fixed_batch)
			return true;
	}
	return false;
}

/* -------- the other sides -------- */

static int bind_size(struct onnx_machine *m, const struct onnx_info *input)
{
	const int64_t *const size = m->request->input;

	if (!size[0])
		return 0;
	if (input->rank < 2 || input->rank > 4)
		return fc_fail(m->err, "found --input, expected --set NAME=N: the input '%.200s' is %s", input->name,
			       describe(m, input));
	for (int i = 0; i < 3; i++)
		if (i + 1 < input->rank ? !bind(m, input, i + 1, size[i]) : size[i] != 1)
			return fc_fail(m->err,
				       "found --input %lldx%lldx%lld, expected one that fits the input '%.200s', "
				       "which is %s",
				       (long long)size[0], (long long)size[1], (long long)size[2], input->name,
				       describe(m, input));
	return 0;
}

static int unbound(struct onnx_machine *m, const struct onnx_info *input, bool first, int axis)
{
	const char *const name = side_name(m, input, axis);

	return fc_fail(m->err, "the input '%.200s' is %s: found no size for '%.60s', expected %s--set %.60s=N",
		       input->name, describe(m, input), name, first && input->rank == 4 ? "--input CxHxW or " : "",
		       name);
}

static int shape_input(struct onnx_machine *m, const struct onnx_info *input, bool first, struct onnx_value *value)
{
	int64_t elements = 1;

	value->type = input->type;
	value->rank = input->rank;
	for (int axis = 0; axis < input->rank; axis++) {
		value->dims[axis] = side_size(m, input, axis);
		if (!value->dims[axis])
			return unbound(m, input, first, axis);
		if (__builtin_mul_overflow(elements, value->dims[axis], &elements) || elements > ONNX_MAX_ELEMENTS)
			return fc_fail(m->err, "the input '%.200s': found more than %lld values, expected fewer",
				       input->name, (long long)ONNX_MAX_ELEMENTS);
	}
	return 0;
}

bool fc_onnx_bind_info(const struct onnx_machine *m, const struct onnx_info *info, struct onnx_value *value)
{
	int64_t elements = 1;

	if (info->rank < 0)
		return false;
	for (int i = 0; i < info->rank; i++) {
		const struct onnx_symbol *const symbol =
			info->dims[i].symbol ? fc_onnx_map_find(&m->symbols, info->dims[i].symbol) : NULL;
		const int64_t size = info->dims[i].size >= 0 ? info->dims[i].size : symbol ? symbol->size : -1;

		if (size < 0 || __builtin_mul_overflow(elements, size ? size : 1, &elements) ||
		    elements > ONNX_MAX_ELEMENTS)
			return false;
		value->dims[i] = size;
	}
	value->rank = info->rank;
	value->type = info->type;
	return true;
}

/* -------- the inputs -------- */

static int add_input(struct onnx_machine *m, struct onnx_scope *scope, const struct onnx_info *input, bool first)
{
	struct onnx_value *const value = fc_onnx_value(m, input->name);

	if (input->rank < 0)
		return fc_fail(m->err, "the input '%.200s': found no shape, expected a tensor of known dimensions",
			       input->name);
	fc_onnx_map_put(&scope->values, input->name, value);
	return shape_input(m, input, first, value) || fc_onnx_add_input(m, value, first, counts_images(m, input)) ? -1
														  : 0;
}

/* What was set and names nothing is a slip. */
static int check_settings(struct onnx_machine *m)
{
	for (int i = 0; i < m->request->settings.count; i++) {
		const char *const setting = m->request->settings.text[i];
		const char *const name = fc_arena_strndup(&m->arena, setting, strcspn(setting, "="));
		const struct onnx_symbol *const symbol = fc_onnx_map_find(&m->symbols, name);

		if (!symbol->used)
			return fc_fail(m->err, "found the setting '%s', expected the name of a side of an input",
				       name);
	}
	return 0;
}

int fc_onnx_bind_inputs(struct onnx_machine *m, struct onnx_scope *scope)
{
	const struct onnx_graph *const graph = &m->model->graph;
	const struct onnx_info **const inputs =
		FC_NEW_ARRAY(&m->arena, const struct onnx_info *, graph->input_count + 1);
	int count = 0;

	/* Older files list their initialisers among the inputs. */
	for (int i = 0; i < graph->input_count; i++)
		if (!fc_onnx_find(scope, graph->inputs[i].name))
			inputs[count++] = &graph->inputs[i];
	if (!count)
		return fc_fail(m->err, "found no input, expected at least one");
	for (int i = 0; i < m->request->settings.count; i++)
		if (read_setting(m, m->request->settings.text[i]))
			return -1;
	bind_batch(m, inputs, count);
	if (bind_size(m, inputs[0]))
		return -1;
	for (int i = 0; i < count; i++)
		if (add_input(m, scope, inputs[i], !i))
			return -1;
	return check_settings(m);
}
