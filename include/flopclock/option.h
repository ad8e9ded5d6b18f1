/*
 * Options. An option is one table row; the row feeds parsing, --help, shell completion and the manual page.
 *
 * A command is a row too: the front door has a table of them. Results are stored into the command's own struct of
 * settings through `offset` (offsetof): the field's C type is fixed by the option's type.
 */
#ifndef FLOPCLOCK_OPTION_H
#define FLOPCLOCK_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flopclock/error.h"
#include "flopclock/str.h"

enum fc_option_type {
	FC_OPTION_FLAG,		/* bool */
	FC_OPTION_TEXT,		/* const char *, borrowed from argv */
	FC_OPTION_LIST,		/* struct fc_texts, every occurrence added */
	FC_OPTION_COUNT,	/* uint64_t in [min, max] */
	FC_OPTION_NUMBER,	/* double in [min, max] */
	FC_OPTION_CHOICE,	/* int, the index in `choices` */
	FC_OPTION_INPUT,	/* int64_t[3]: CxHxW, each 1 to 65536 */
};

#define FC_TEXTS_MAX 64
struct fc_texts {
	const char *text[FC_TEXTS_MAX];
	int count;
};

struct fc_option {
	const char *name;	/* long name without dashes; a row with NULL ends the table */
	char letter;		/* short name or 0 */
	enum fc_option_type type;
	size_t offset;
	const char *arg;	/* what --help and the manual call the value, e.g. "CxHxW"; NULL for flags */
	const char *help;	/* one line, no full stop; ends with the default in parentheses where there is one */
	const char *const *choices;	/* FC_OPTION_CHOICE: names, NULL-terminated */
	double min, max;		/* FC_OPTION_COUNT, FC_OPTION_NUMBER */
};

struct fc_command {
	const char *name;	/* a row with NULL ends the table */
	const char *summary;	/* one line for `flopclock help` */
	const char *operands;	/* "MODEL..." */
	const char *text;	/* paragraphs for `flopclock help COMMAND` and the manual */
	const char *complete;	/* how operands are completed: "model", "file", "" */
	const struct fc_option *options;
	size_t settings_size;
	void (*defaults)(void *settings);
	/* 0 done, 1 failed (the caller prints err), 2 usage, 3 suspect. Operands are not NULL-terminated. */
	int (*run)(const void *settings, int operand_count, char *const *operands, struct fc_error *err);
};

/*
 * Parses argv (without program and command name), storing into settings. Options and operands may be mixed; "--" ends
 * the options; --name=value and --name value both work; unambiguous prefixes of long names do too.
 * operands must have room for argc pointers. A --help anywhere sets *help and stops. -1 is a usage error.
 */
int fc_option_parse(const struct fc_option *options, int argc, char *const *argv, void *settings,
		    char **operands, int *operand_count, bool *help, struct fc_error *err);

/* The text of `flopclock help COMMAND`. */
void fc_option_help(const struct fc_command *command, struct fc_str *out);

/* The options of a command as the OPTIONS section of a manual page (mdoc-free, plain man macros). */
void fc_option_manual(const struct fc_command *command, struct fc_str *out);

/* A bash completion script for all commands. */
void fc_option_completion(const struct fc_command *const *commands, size_t count, struct fc_str *out);

/*
 * The commands of the program, one file each: <room>/cmd_<name>.c; version and help live in the front door. That of the report
 * comes with its module.
 */
extern const struct fc_command fc_command_analyze, fc_command_trace, fc_command_report, fc_command_version,
	fc_command_help;

#endif
