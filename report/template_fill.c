/* A parsed template and a value become text. */
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"
#include "template_parse.h"

#define FILE_LIMIT ((size_t)1 << 20)
#define OUTPUT_LIMIT ((size_t)256 << 20)
#define STEP_LIMIT 10000000
#define PARTIAL_LIMIT 16
#define STACK_LIMIT 256

struct filler {
	struct fc_templates *templates;
	struct fc_str *out;
	struct fc_error *err;
	const struct fc_item *stack[STACK_LIMIT];	/* the innermost last */
	int depth;
	int partials;
	long steps;
	/* What begins every line inside an indented partial. */
	struct fc_str indent;
	bool line_begins;
};

void fc_templates_open(struct fc_templates *templates, const char *folder)
{
	*templates = (struct fc_templates){ 0 };
	fc_arena_init(&templates->arena);
	templates->folder = fc_arena_strdup(&templates->arena, folder);
}

void fc_templates_close(struct fc_templates *templates)
{
	fc_arena_release(&templates->arena);
	*templates = (struct fc_templates){ 0 };
}

/* A plain file name: templates do not leave their folder. */
static bool is_plain(const char *name)
{
	return *name && *name != '.' && strlen(name) < 200 &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name);
}

static int load(struct fc_templates *templates, const char *name, const struct fc_template **found,
		struct fc_error *err)
{
	struct fc_template *t;
	const char *text;
	size_t size;
	char *data;

	for (*found = templates->first; *found; *found = (*found)->next)
		if (!strcmp((*found)->name, name))
			return 0;
	if (!is_plain(name))
		return fc_fail(err, "\"%.60s\" is not the name of a template", name);
	t = FC_NEW(&templates->arena, struct fc_template);
	t->name = fc_arena_strdup(&templates->arena, name);
	t->path = fc_arena_printf(&templates->arena, "%s/%s", templates->folder, name);
	t->escape = fc_template_escape(name);
	if (fc_file_read(t->path, FILE_LIMIT, &data, &size, err))
		return -1;
	if (memchr(data, 0, size)) {
		free(data);
		return fc_fail(err, "%s: holds a NUL byte", t->path);
	}
	text = fc_arena_strndup(&templates->arena, data, size);
	free(data);
	if (fc_template_parse(&templates->arena, t->path, text, t, err))
		return -1;
	t->next = templates->first;
	templates->first = t;
	*found = t;
	return 0;
}

static void emit(struct filler *f, const char *text, size_t length)
{
	/* Without an indentation, and in most templates there is none, the text goes out whole. */
	if (!f->indent.length) {
		fc_str_addn(f->out, text, length);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		if (f->line_begins && text[i] != '\n')
			fc_str_add(f->out, f->indent.text);
		fc_str_addc(f->out, text[i]);
		f->line_begins = text[i] == '\n';
	}
}

/* "a.b": the first part anywhere on the stack, the others in it. */
static const struct fc_item *find(const struct filler *f, const char *name, size_t length)
{
	const char *dot = memchr(name, '.', length);
	const size_t first = dot ? (size_t)(dot - name) : length;
	const struct fc_item *value = NULL;

	if (length == 1 && *name == '.')
		return f->stack[f->depth - 1];
	for (int i = f->depth - 1; i >= 0 && !value; i--)
		value = fc_item_get(f->stack[i], name, first);
	while (value && dot) {
		const char *rest = dot + 1;
		const size_t left = length - (size_t)(rest - name);

		dot = memchr(rest, '.', left);
		value = fc_item_get(value, rest, dot ? (size_t)(dot - rest) : left);
	}
	return value;
}

static const struct fc_item yes = { .kind = FC_ITEM_BOOL, .truth = true }, no = { .kind = FC_ITEM_BOOL };

/* The innermost value on the stack that is an item of a list. */
static const struct fc_item *innermost_item(const struct filler *f)
{
	const struct fc_item *item = NULL;

	for (int i = f->depth - 1; i > 0 && !item; i--)
		item = f->stack[i]->key ? NULL : f->stack[i];
	return item;
}

static bool is_called(const struct fc_template_node *node, const char *name)
{
	return node->length == strlen(name) && !memcmp(node->text, name, node->length);
}

static const struct fc_item *find_place(const struct filler *f, const struct fc_template_node *node)
{
	const struct fc_item *item = innermost_item(f);

	if (item && is_called(node, "-first"))
		return item->index == 0 ? &yes : &no;
	if (item && is_called(node, "-last"))
		return item->next ? &no : &yes;
	return NULL;
}

static const struct fc_item *look_up(const struct filler *f, const struct fc_template_node *node)
{
	return *node->text == '-' ? find_place(f, node) : find(f, node->text, node->length);
}

static int fill_variable(struct filler *f, const struct fc_template *t, const struct fc_template_node *node)
{
	const struct fc_item *value = look_up(f, node), *item;

	if (is_called(node, "-index") && (item = innermost_item(f))) {
		struct fc_str number = { 0 };

		fc_str_addf(&number, "%zu", item->index + 1);
		emit(f, number.text, number.length);
		fc_str_release(&number);
		return 0;
	}
	if (!value || value->kind != FC_ITEM_TEXT)
		return fc_fail(f->err, "%s:%d: there is no text called %.*s here", t->path, node->line,
			       (int)(node->length < 60 ? node->length : 60), node->text);
	if (node->tag == FC_TAG_RAW) {
		emit(f, value->text, strlen(value->text));
	} else {
		struct fc_str escaped = { 0 };

		t->escape(value->text, &escaped);
		emit(f, escaped.text ? escaped.text : "", escaped.length);
		fc_str_release(&escaped);
	}
	return 0;
}

static bool is_true(const struct fc_item *value)
{
	if (!value)
		return false;
	switch (value->kind) {
	case FC_ITEM_TEXT: return *value->text;
	case FC_ITEM_BOOL: return value->truth;
	case FC_ITEM_LIST: return value->first != NULL;
	case FC_ITEM_OBJECT: return true;
	}
	return false;
}

static int fill_range(struct filler *f, const struct fc_template *t, int from, int to);

static int fill_with(struct filler *f, const struct fc_template *t, int section, const struct fc_item *value)
{
	int rc;

	if (f->depth == STACK_LIMIT)
		return fc_fail(f->err, "%s:%d: sections nest too deeply", t->path, t->nodes[section].line);
	f->stack[f->depth++] = value;
	rc = fill_range(f, t, section + 1, t->nodes[section].end);
	f->depth--;
	return rc;
}

static int fill_section(struct filler *f, const struct fc_template *t, int section)
{
	const struct fc_template_node *node = &t->nodes[section];
	const struct fc_item *value = look_up(f, node);
	int rc = 0;

	if (is_true(value) == (node->tag == FC_TAG_INVERTED))
		return 0;
	if (node->tag == FC_TAG_INVERTED || value == &yes)
		return fill_range(f, t, section + 1, node->end);
	if (value->kind != FC_ITEM_LIST)
		return fill_with(f, t, section, value);
	for (const struct fc_item *item = value->first; item && !rc; item = item->next)
		rc = fill_with(f, t, section, item);
	return rc;
}

static int fill_partial(struct filler *f, const struct fc_template *t, const struct fc_template_node *node)
{
	const size_t indent = f->indent.length;
	const struct fc_template *partial;
	struct fc_str name = { 0 };
	int rc;

	if (f->partials == PARTIAL_LIMIT)
		return fc_fail(f->err, "%s:%d: templates include each other more than %d deep", t->path, node->line,
			       PARTIAL_LIMIT);
	fc_str_addn(&name, node->text, node->length);
	rc = load(f->templates, name.text, &partial, f->err);
	fc_str_release(&name);
	if (rc)
		return fc_fail_context(f->err, "%s:%d", t->path, node->line);
	f->partials++;
	fc_str_addn(&f->indent, node->indent, node->indent_length);
	f->line_begins = node->indent_length > 0 || f->line_begins;
	rc = fill_range(f, partial, 0, partial->count);
	f->indent.length = indent;
	if (f->indent.text)
		f->indent.text[indent] = 0;
	f->partials--;
	return rc;
}

static int fill_range(struct filler *f, const struct fc_template *t, int from, int to)
{
	int rc = 0;

	for (int i = from; i < to && !rc; i++) {
		const struct fc_template_node *node = &t->nodes[i];

		if (++f->steps > STEP_LIMIT || f->out->length > OUTPUT_LIMIT)
			return fc_fail(f->err, "%s:%d: the template does not come to an end", t->path, node->line);
		switch (node->tag) {
		case FC_TAG_TEXT: emit(f, node->text, node->length); break;
		case FC_TAG_VARIABLE:
		case FC_TAG_RAW: rc = fill_variable(f, t, node); break;
		case FC_TAG_SECTION:
		case FC_TAG_INVERTED:
			rc = fill_section(f, t, i);
			i = node->end;
			break;
		case FC_TAG_PARTIAL: rc = fill_partial(f, t, node); break;
		case FC_TAG_END: break;
		}
	}
	return rc;
}

int fc_template_fill(struct fc_templates *templates, const char *name, const struct fc_item *value,
		     struct fc_str *out, struct fc_error *err)
{
	struct filler f = { .templates = templates, .out = out, .err = err, .stack = { value }, .depth = 1 };
	const struct fc_template *t;
	int rc;

	if (load(templates, name, &t, err))
		return -1;
	rc = fill_range(&f, t, 0, t->count);
	fc_str_release(&f.indent);
	return rc;
}
