/*
 * ONNX files from text, for tests: one statement a line, the wire format written here a second time, by hand.
 *
 *   opset 13
 *   input x float batch 3 8 8              names of sides are symbols, ? is a side without a name
 *   tensor w float 4 3 3 3                 an initialiser whose values lie elsewhere
 *   tensor axes int64 2 : 2 3              one with values
 *   tensor v float 4 @weights.bin          one whose values lie in a file of that name
 *   info y float 2 4 8 8                   what the file says of a value
 *   output y float ?
 *   Conv x,w -> y strides=[2,2] group=1 alpha=0.5 auto_pad='VALID' body=@name domain:com.example name:conv1
 *   graph name ... end                     a branch for @name
 *   function domain.name x,y -> z ... end
 */
#ifndef ANALYZER_ONNX_WRITE_H
#define ANALYZER_ONNX_WRITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/str.h"

/* -------- the wire format -------- */

static void put_varint(struct fc_str *to, uint64_t value)
{
	for (; value > 127; value >>= 7)
		fc_str_addc(to, (char)(value | 128));
	fc_str_addc(to, (char)value);
}

static void put_integer(struct fc_str *to, int field, int64_t value)
{
	put_varint(to, (uint64_t)field << 3);
	put_varint(to, (uint64_t)value);
}

static void put_bytes(struct fc_str *to, int field, const void *bytes, size_t count)
{
	put_varint(to, (uint64_t)field << 3 | 2);
	put_varint(to, count);
	fc_str_addn(to, bytes, count);
}

static void put_text(struct fc_str *to, int field, const char *text)
{
	put_bytes(to, field, text, strlen(text));
}

static void put_float(struct fc_str *to, int field, double value)
{
	const float number = (float)value;

	put_varint(to, (uint64_t)field << 3 | 5);
	fc_str_addn(to, (const char *)&number, sizeof(number));
}

/* The message is released. */
static void put_message(struct fc_str *to, int field, struct fc_str *message)
{
	put_bytes(to, field, message->length ? message->text : "", message->length);
	fc_str_release(message);
}

/* -------- statements -------- */

#define WRITE_BLOCKS 8

struct block {
	char name[32];
	struct fc_str graph; /* of a function: its fields */
};

struct writer {
	struct fc_str graph, functions;
	struct block blocks[WRITE_BLOCKS];
	int block_count, opset;
	bool in_function;
	struct fc_str *now; /* what statements go into */
	bool odd;	    /* something was no statement */
	char nothing[1];
};

static int type_number(struct writer *w, const char *word)
{
	static const char *const types[] = { "none",   "float",	 "uint8",   "int8",	  "uint16",  "int16",
					     "int32",  "int64",	 "string",  "bool",	  "float16", "double",
					     "uint32", "uint64", "complex", "complex128", "bfloat16" };

	for (int i = 0; i < 17; i++)
		if (!strcmp(types[i], word))
			return i;
	w->odd = true;
	return 0;
}

static char *word_of(char **rest)
{
	char *word;

	do
		word = strsep(rest, " ");
	while (word && !*word);
	return word;
}

/* A word that must be there. */
static char *next_word(struct writer *w, char **rest)
{
	char *const word = word_of(rest);

	w->odd = w->odd || !word;
	return word ? word : w->nothing;
}

static void write_info(struct writer *w, int field, char *rest)
{
	struct fc_str info = { 0 }, type = { 0 }, tensor = { 0 }, shape = { 0 };
	const char *const name = next_word(w, &rest);
	const char *word = next_word(w, &rest);

	put_text(&info, 1, name);
	put_integer(&tensor, 1, type_number(w, word));
	while ((word = word_of(&rest)) && strcmp(word, "none")) {
		struct fc_str dim = { 0 };

		if (strchr("-0123456789", *word))
			put_integer(&dim, 1, strtoll(word, NULL, 10));
		else if (*word != '?')
			put_text(&dim, 2, word);
		put_message(&shape, 1, &dim);
	}
	if (!word)
		put_message(&tensor, 2, &shape);
	put_message(&type, 1, &tensor);
	put_message(&info, 2, &type);
	put_message(w->now, field, &info);
	fc_str_release(&shape);
}

static void put_element(struct writer *w, struct fc_str *raw, int type, const char *word)
{
	const float real = strtof(word, NULL);
	const double twice = strtod(word, NULL);
	const int64_t integer = strtoll(word, NULL, 10);
	static const size_t sizes[] = {
		[2] = 1, [3] = 1, [4] = 2, [5] = 2, [6] = 4, [7] = 8, [9] = 1, [12] = 4, [13] = 8
	};

	if (type == 1)
		fc_str_addn(raw, (const char *)&real, sizeof(real));
	else if (type == 11)
		fc_str_addn(raw, (const char *)&twice, sizeof(twice));
	else if (type < 14 && sizes[type])
		fc_str_addn(raw, (const char *)&integer, sizes[type]);
	else
		w->odd = true;
}

/* data_location and external_data */
static void write_elsewhere(struct fc_str *tensor, const char *file)
{
	const char *const entries[][2] = { { "location", file }, { "offset", "4096" }, { "length", "99999999999" } };

	put_integer(tensor, 14, 1);
	for (int i = 0; i < 3; i++) {
		struct fc_str entry = { 0 };

		put_text(&entry, 1, entries[i][0]);
		put_text(&entry, 2, entries[i][1]);
		put_message(tensor, 13, &entry);
	}
}

static void write_tensor(struct writer *w, char *rest)
{
	struct fc_str tensor = { 0 }, raw = { 0 };
	const char *const name = next_word(w, &rest);
	const int type = type_number(w, next_word(w, &rest));
	const char *word;

	put_text(&tensor, 8, name);
	put_integer(&tensor, 2, type);
	while ((word = word_of(&rest)) && *word != ':' && *word != '@')
		put_integer(&tensor, 1, strtoll(word, NULL, 10));
	if (word && *word == '@')
		write_elsewhere(&tensor, word + 1);
	if (word && *word == ':') {
		while ((word = word_of(&rest)))
			put_element(w, &raw, type, word);
		put_message(&tensor, 9, &raw);
	}
	put_message(w->now, 5, &tensor);
}

/* Into the attribute; a branch cannot hold itself. */
static void put_block(struct writer *w, struct fc_str *attribute, const char *name)
{
	for (int i = 0; i < w->block_count; i++)
		if (!strcmp(w->blocks[i].name, name) && &w->blocks[i].graph != w->now && w->blocks[i].graph.length) {
			put_bytes(attribute, 6, w->blocks[i].graph.text, w->blocks[i].graph.length);
			return;
		}
	w->odd = true;
}

/* name=value */
static void write_attribute(struct writer *w, struct fc_str *node, char *word)
{
	struct fc_str attribute = { 0 };
	char *value = strchr(word, '=');
	const bool list = value && value[1] == '[', real = value && strchr(value, '.');

	if (!value) {
		w->odd = true;
		return;
	}
	*value++ = 0;
	put_text(&attribute, 1, word);
	if (*value == '\'') {
		put_bytes(&attribute, 4, value + 1, strcspn(value + 1, "'"));
	} else if (*value == '@') {
		put_block(w, &attribute, value + 1);
	} else if (*value == '$') {
		put_text(&attribute, 21, value + 1);
	} else {
		for (char *item; (item = strsep(&value, "[],"));) {
			if (!*item)
				continue;
			if (real)
				put_float(&attribute, list ? 7 : 2, strtod(item, NULL));
			else
				put_integer(&attribute, list ? 8 : 3, strtoll(item, NULL, 10));
		}
	}
	put_message(node, 5, &attribute);
}

static void put_names(struct fc_str *to, int field, char *list)
{
	for (char *name; list && (name = strsep(&list, ","));)
		put_text(to, field, strcmp(name, "_") ? name : "");
}

static void write_node(struct writer *w, char *op, char *rest)
{
	struct fc_str node = { 0 };
	char *word = word_of(&rest);

	put_text(&node, 4, op);
	if (word && strcmp(word, "->")) {
		put_names(&node, 1, word);
		word = word_of(&rest);
	}
	w->odd = w->odd || !word || strcmp(word, "->");
	put_names(&node, 2, next_word(w, &rest));
	while ((word = word_of(&rest))) {
		if (!strncmp(word, "domain:", 7))
			put_text(&node, 7, word + 7);
		else if (!strncmp(word, "name:", 5))
			put_text(&node, 3, word + 5);
		else
			write_attribute(w, &node, word);
	}
	put_message(w->now, w->in_function ? 7 : 1, &node);
}

/* graph NAME, function DOMAIN.NAME x,y -> z */
static void begin_block(struct writer *w, char *rest, bool function)
{
	struct block *const block = &w->blocks[w->block_count];
	char *const name = next_word(w, &rest), *const dot = strrchr(name, '.');

	if (w->block_count == WRITE_BLOCKS || w->now != &w->graph || (function && !dot)) {
		w->odd = true;
		return;
	}
	w->block_count++;
	w->now = &block->graph;
	w->in_function = function;
	snprintf(block->name, sizeof(block->name), "%s", name);
	if (!function)
		return;
	*dot = 0;
	put_text(w->now, 1, dot + 1);
	put_text(w->now, 10, name);
	put_names(w->now, 4, next_word(w, &rest));
	next_word(w, &rest);
	put_names(w->now, 5, next_word(w, &rest));
}

static void end_block(struct writer *w)
{
	if (w->in_function)
		put_message(&w->functions, 25, w->now);
	w->in_function = false;
	w->now = &w->graph;
}

static void write_statement(struct writer *w, char *line)
{
	char *rest = line, *const word = word_of(&rest);

	if (!word)
		return;
	if (!strcmp(word, "opset"))
		w->opset = (int)strtol(next_word(w, &rest), NULL, 10);
	else if (!strcmp(word, "input"))
		write_info(w, 11, rest);
	else if (!strcmp(word, "output"))
		write_info(w, 12, rest);
	else if (!strcmp(word, "info"))
		write_info(w, 13, rest);
	else if (!strcmp(word, "tensor"))
		write_tensor(w, rest);
	else if (!strcmp(word, "graph") || !strcmp(word, "function"))
		begin_block(w, rest, *word == 'f');
	else if (!strcmp(word, "end"))
		end_block(w);
	else
		write_node(w, word, rest);
}

/* The file's bytes, which the caller releases; whether all of the text was statements. */
static bool write_onnx_of(const char *text, struct fc_str *file)
{
	struct writer w = { .opset = 17 };
	struct fc_str model = { 0 }, opset = { 0 };
	char *const copy = strdup(text), *rest = copy;

	w.now = &w.graph;
	for (char *line; (line = strsep(&rest, "\n;"));)
		write_statement(&w, line);
	put_integer(&model, 1, 8);
	put_text(&model, 2, "test");
	put_integer(&opset, 2, w.opset);
	put_message(&model, 8, &opset);
	put_message(&model, 7, &w.graph);
	if (w.functions.length)
		fc_str_addn(&model, w.functions.text, w.functions.length);
	fc_str_release(&w.functions);
	for (int i = 0; i < w.block_count; i++)
		fc_str_release(&w.blocks[i].graph);
	free(copy);
	*file = model;
	return !w.odd;
}

static inline struct fc_str write_onnx(const char *text)
{
	struct fc_str file;

	if (!write_onnx_of(text, &file))
		fail_msg("not all of these are statements:\n%s", text);
	return file;
}

#endif
