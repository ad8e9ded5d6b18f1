#include "op.h"

#include <math.h>
#include <string.h>

#include "flopclock/number.h"

#include "window.h"

static const struct op_kind *const kinds[FC_OP_COUNT] = {
#define X(upper, lower) [FC_OP_##upper] = &fc_op_##lower,
	FC_OPS(X)
#undef X
};

static const char *const names[FC_OP_COUNT] = {
#define X(upper, lower) [FC_OP_##upper] = #lower,
	FC_OPS(X)
#undef X
};

const struct op_kind *fc_op_kind(enum fc_op op)
{
	return kinds[op];
}

const char *fc_op_name(enum fc_op op)
{
	return names[op];
}

const char *fc_node_kind(const struct fc_node *node)
{
	return node->foreign ? node->foreign->kind : names[node->op];
}

const struct fc_op_traits *fc_op_traits(enum fc_op op)
{
	return &kinds[op]->traits;
}

int fc_op_find(const char *name)
{
	for (int op = 0; op < FC_OP_FOREIGN; op++)
		if (!strcmp(names[op], name))
			return op;
	return -1;
}

struct fc_attributes fc_op_defaults(enum fc_op op)
{
	struct fc_attributes attributes = { 0 };

	for (const struct op_argument *a = kinds[op]->arguments; a && a->name; a++) {
		char *const field = (char *)&attributes + a->offset;

		switch (a->type) {
		case OP_SIZE:
			((int64_t *)(void *)field)[1] = (int64_t)a->fallback;
			/* fall through */
		case OP_COUNT:
			((int64_t *)(void *)field)[0] = (int64_t)a->fallback;
			break;
		case OP_REAL:
			*(double *)(void *)field = a->fallback;
			break;
		case OP_FLAG:
			*(bool *)field = a->fallback != 0;
			break;
		}
	}
	return attributes;
}

/* The size that an argument is like when it is not given; NULL: its fallback is a number. */
static const int64_t *like(const struct fc_attributes *attributes, const struct op_argument *a)
{
	if (a->type != OP_SIZE || a->fallback >= 0)
		return NULL;
	return a->fallback == OP_AS_KERNEL ? &attributes->kernel_h : &attributes->pad_h;
}

void fc_op_complete(enum fc_op op, struct fc_attributes *attributes)
{
	for (const struct op_argument *a = kinds[op]->arguments; a && a->name; a++) {
		int64_t *const field = (int64_t *)(void *)((char *)attributes + a->offset);
		const int64_t *const same = like(attributes, a);

		if (!same || field[0] != (int64_t)a->fallback)
			continue;
		field[0] = same[0];
		field[1] = same[1];
	}
}

const char *fc_op_beyond(const struct fc_graph *graph, const struct fc_node *node)
{
	const struct fc_attributes *const a = &node->attributes;
	const bool window = node->op == FC_OP_CONV || node->op == FC_OP_MAX_POOL || node->op == FC_OP_AVG_POOL;

	for (int k = 0; node->op == FC_OP_ADD && k < node->input_count; k++)
		if (fc_shape_elements(fc_graph_input_shape(graph, node, k)) != fc_shape_elements(node->shape))
			return "values of different shapes";
	if (a->exclude_pad)
		return "padding outside the mean";
	if (window && (a->pad_end_h != a->pad_h || a->pad_end_w != a->pad_w))
		return "another padding at the end";
	return NULL;
}

static void describe_size(const int64_t *size, bool always_both, struct fc_str *out)
{
	if (size[0] == size[1] && !always_both)
		fc_str_addf(out, "%lld", (long long)size[0]);
	else
		fc_str_addf(out, "%lldx%lld", (long long)size[0], (long long)size[1]);
}

static bool is_fallback(const struct fc_attributes *attributes, const struct op_argument *a)
{
	const char *const field = (const char *)attributes + a->offset;
	const int64_t *const integers = (const int64_t *)(const void *)field;

	switch (a->type) {
	case OP_COUNT:
		return integers[0] == (int64_t)a->fallback;
	case OP_SIZE:
		if (like(attributes, a))
			return !memcmp(integers, like(attributes, a), 2 * sizeof(*integers));
		return integers[0] == (int64_t)a->fallback && integers[1] == (int64_t)a->fallback;
	case OP_REAL:
		return *(const double *)(const void *)field == a->fallback;
	case OP_FLAG:
		return *(const bool *)field == (a->fallback != 0);
	}
	return false;
}

void fc_op_describe(const struct fc_node *node, struct fc_str *out)
{
	const char *const base = (const char *)&node->attributes;
	char number[FC_NUMBER_SIZE];
	bool first = true;

	for (const struct op_argument *a = kinds[node->op]->arguments; a && a->name; a++) {
		const char *const field = base + a->offset;

		if (!a->required && is_fallback(&node->attributes, a))
			continue;
		if (!first)
			fc_str_addc(out, ' ');
		first = false;
		if (!a->required)
			fc_str_add(out, a->name);
		if (!a->required && (a->type != OP_FLAG || !*(const bool *)field))
			fc_str_addc(out, '=');
		switch (a->type) {
		case OP_COUNT:
			fc_str_addf(out, "%lld", (long long)*(const int64_t *)(const void *)field);
			break;
		case OP_SIZE:
			describe_size((const int64_t *)(const void *)field, a->required, out);
			break;
		case OP_REAL:
			fc_str_add(out, fc_number(number, *(const double *)(const void *)field));
			break;
		case OP_FLAG:
			fc_str_add(out, *(const bool *)field ? "" : "false");
			break;
		}
	}
}

int fc_op_same_shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	(void)err;
	node->shape = op_input(graph, node);
	return 0;
}

int fc_op_pool_shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape in = op_input(graph, node);

	if (a->pad_h * 2 > a->kernel_h || a->pad_w * 2 > a->kernel_w)
		return fc_fail(err, "found a padding of %lldx%lld, expected at most half of the %lldx%lld window",
			       (long long)a->pad_h, (long long)a->pad_w, (long long)a->kernel_h,
			       (long long)a->kernel_w);
	if (a->pad_end_h >= a->kernel_h || a->pad_end_w >= a->kernel_w)
		return fc_fail(err, "found a padding of %lldx%lld at the end, expected less than the %lldx%lld window",
			       (long long)a->pad_end_h, (long long)a->pad_end_w, (long long)a->kernel_h,
			       (long long)a->kernel_w);
	node->shape = in;
	node->shape.h = fc_window_output(in.h, a->kernel_h, a->stride_h, a->pad_h, a->pad_end_h, 1, a->ceil);
	node->shape.w = fc_window_output(in.w, a->kernel_w, a->stride_w, a->pad_w, a->pad_end_w, 1, a->ceil);
	return fc_window_check(in, node, err);
}
