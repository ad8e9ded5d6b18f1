/* A template's text becomes a flat list of nodes; a section knows where it ends. */
#include <string.h>

#include "template_parse.h"

#define DEPTH_LIMIT 32
#define DELIMITER_LIMIT 8

struct parser {
	struct fc_arena *arena;
	const char *path;
	struct fc_error *err;
	const char *text;	/* all of it */
	const char *at;
	int line;
	char open[DELIMITER_LIMIT], close[DELIMITER_LIMIT];
	struct fc_template *parsed;
	int room;
	int sections[DEPTH_LIMIT];
	int depth;
};

/* A tag as found: its name and the characters that it takes. */
struct found {
	char kind;		/* '#', '^', '/', '>', '!', '=', '&', '{' or 0 */
	const char *name;
	size_t length;
	const char *start, *end;
};

static int fail(struct parser *p, int line, const char *what, const struct found *found)
{
	if (!found)
		return fc_fail(p->err, "%s:%d: %s", p->path, line, what);
	return fc_fail(p->err, "%s:%d: %s: %.*s", p->path, line, what, (int)(found->length < 60 ? found->length : 60),
		       found->name);
}

static struct fc_template_node *add(struct parser *p, enum fc_tag tag, const char *text, size_t length)
{
	struct fc_template *t = p->parsed;

	if (t->count == p->room) {
		const int room = p->room ? p->room * 2 : 32;
		struct fc_template_node *nodes = FC_NEW_ARRAY(p->arena, struct fc_template_node, room);

		if (t->count)
			memcpy(nodes, t->nodes, (size_t)t->count * sizeof(*nodes));
		t->nodes = nodes;
		p->room = room;
	}
	t->nodes[t->count] = (struct fc_template_node){ .tag = tag, .text = text, .length = length, .line = p->line };
	return &t->nodes[t->count++];
}

static void trim(struct found *found)
{
	while (found->length && strchr(" \t\r\n", found->name[0])) {
		found->name++;
		found->length--;
	}
	while (found->length && strchr(" \t\r\n", found->name[found->length - 1]))
		found->length--;
}

/* Reads the tag at p->at, which begins with the opening delimiter. */
static int read_tag(struct parser *p, struct found *found)
{
	const char *inner = p->at + strlen(p->open);
	char close[DELIMITER_LIMIT + 2] = "";
	const char *end;

	*found = (struct found){ .start = p->at };
	if (*inner && strchr("#^/>!=&{", *inner))
		found->kind = *inner++;
	if (found->kind == '{')
		strcpy(close, "}");
	else if (found->kind == '=')
		strcpy(close, "=");
	memcpy(close + strlen(close), p->close, strlen(p->close) + 1);
	end = strstr(inner, close);
	if (!end)
		return fail(p, p->line, "this tag has no end", NULL);
	found->name = inner;
	found->length = (size_t)(end - inner);
	found->end = end + strlen(close);
	trim(found);
	if (!found->length && found->kind != '!')
		return fail(p, p->line, "this tag has no name", NULL);
	if (found->kind != '!' && found->kind != '=' && memchr(found->name, '\n', found->length))
		return fail(p, p->line, "this tag has a line end in its name", NULL);
	return 0;
}

/* Whether nothing but blanks shares the tag's line; *first and *next are the ends of that line. */
static bool stands_alone(const struct parser *p, const struct found *found, const char **first, const char **next)
{
	const char *a = found->start, *b = found->end;

	if (!found->kind || strchr("&{", found->kind))
		return false;
	while (a > p->text && (a[-1] == ' ' || a[-1] == '\t'))
		a--;
	while (*b == ' ' || *b == '\t' || *b == '\r')
		b++;
	if ((a > p->text && a[-1] != '\n') || (*b && *b != '\n'))
		return false;
	*first = a;
	*next = b + (*b == '\n');
	return true;
}

static int set_delimiters(struct parser *p, const struct found *found)
{
	const size_t open = strcspn(found->name, " \t\n=");
	const char *second = found->name + open + strspn(found->name + open, " \t");
	const size_t close = open < found->length ? (size_t)(found->name + found->length - second) : 0;

	if (!open || !close || open >= DELIMITER_LIMIT || close >= DELIMITER_LIMIT || memchr(second, ' ', close))
		return fail(p, p->line, "two short delimiters are expected", found);
	memcpy(p->open, found->name, open);
	p->open[open] = 0;
	memcpy(p->close, second, close);
	p->close[close] = 0;
	return 0;
}

static int begin_section(struct parser *p, const struct found *found)
{
	if (p->depth == DEPTH_LIMIT)
		return fail(p, p->line, "sections nest too deeply", found);
	p->sections[p->depth++] = p->parsed->count;
	add(p, found->kind == '#' ? FC_TAG_SECTION : FC_TAG_INVERTED, found->name, found->length);
	return 0;
}

static int end_section(struct parser *p, const struct found *found)
{
	struct fc_template_node *begin;

	if (!p->depth)
		return fail(p, p->line, "this section ends but never began", found);
	begin = &p->parsed->nodes[p->sections[p->depth - 1]];
	if (begin->length != found->length || memcmp(begin->text, found->name, found->length))
		return fc_fail(p->err, "%s:%d: the end of %.*s (line %d) is expected, found the end of "
				       "%.*s", p->path, p->line,
			       (int)(begin->length < 60 ? begin->length : 60), begin->text, begin->line,
			       (int)(found->length < 60 ? found->length : 60), found->name);
	begin->end = p->parsed->count;
	p->depth--;
	add(p, FC_TAG_END, found->name, found->length);
	return 0;
}

static int take_tag(struct parser *p, const struct found *found, const char *indent, size_t indent_length)
{
	struct fc_template_node *node;

	switch (found->kind) {
	case '#':
	case '^':
		return begin_section(p, found);
	case '/':
		return end_section(p, found);
	case '=':
		return set_delimiters(p, found);
	case '!':
		return 0;
	case '>':
		node = add(p, FC_TAG_PARTIAL, found->name, found->length);
		node->indent = indent;
		node->indent_length = indent_length;
		return 0;
	default:
		add(p, found->kind ? FC_TAG_RAW : FC_TAG_VARIABLE, found->name, found->length);
		return 0;
	}
}

static void count_lines(struct parser *p, const char *from, const char *to)
{
	for (; from < to; from++)
		p->line += *from == '\n';
}

static int step(struct parser *p)
{
	const char *const tag = strstr(p->at, p->open);
	const char *const literal = p->at;
	const char *first = "", *next;
	struct found found;
	bool alone;

	if (!tag) {
		add(p, FC_TAG_TEXT, literal, strlen(literal));
		p->at += strlen(literal);
		return 0;
	}
	count_lines(p, literal, tag);
	p->at = tag;
	if (read_tag(p, &found))
		return -1;
	alone = stands_alone(p, &found, &first, &next);
	/* The blanks before a tag that stands alone go with its line, but never what an earlier tag has used. */
	if (alone && first < literal)
		first = literal;
	if (alone ? first > literal : tag > literal)
		add(p, FC_TAG_TEXT, literal, (size_t)((alone ? first : tag) - literal));
	if (take_tag(p, &found, first, alone ? (size_t)(found.start - first) : 0))
		return -1;
	p->at = alone ? next : found.end;
	count_lines(p, found.start, p->at);
	return 0;
}

int fc_template_parse(struct fc_arena *arena, const char *path, const char *text, struct fc_template *parsed,
		      struct fc_error *err)
{
	struct parser p = {
		.arena = arena,
		.path = path,
		.err = err,
		.text = text,
		.at = text,
		.line = 1,
		.open = "{{",
		.close = "}}",
		.parsed = parsed,
	};

	while (*p.at)
		if (step(&p))
			return -1;
	if (p.depth) {
		const struct fc_template_node *begin = &parsed->nodes[p.sections[p.depth - 1]];
		const struct found open = { .name = begin->text, .length = begin->length };

		return fail(&p, begin->line, "this section has no end", &open);
	}
	return 0;
}
