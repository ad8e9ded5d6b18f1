/*
 * The front door: a table of commands, help, and the exit code.
 *
 * Exit: 0 done, 1 failed (one sentence on stderr), 2 usage, 3 a run was measured but is suspect.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/backend.h"
#include "flopclock/file.h"
#include "flopclock/module.h"
#include "flopclock/option.h"
#include "flopclock/probe.h"
#include "flopclock/version.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* A command that is not built in comes with the module of its name, which is loaded when somebody asks for it. */
static const struct {
	const char *name;
	const struct fc_command *built_in;
} commands[] = {
	{ "analyze", &fc_command_analyze },
	{ "trace", &fc_command_trace },
	{ "report", NULL },
	{ "version", &fc_command_version },
	{ "help", &fc_command_help },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct fc_command *command_at(size_t index, struct fc_error *err)
{
	const struct fc_module *module;

	if (commands[index].built_in)
		return commands[index].built_in;
	module = fc_module_load(commands[index].name, err);
	return module ? module->command : NULL;
}

/* The exit code goes to *code where there is none. */
static const struct fc_command *find_command(const char *name, int *code, struct fc_error *err)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name))
			continue;
		*code = EXIT_FAILED;
		return command_at(i, err);
	}
	*code = EXIT_USAGE;
	fc_fail(err, "there is no command %s", name);
	return NULL;
}

static int complain(const char *command, const struct fc_error *err, int code)
{
	fprintf(stderr, "flopclock%s%s: %s\n", command ? " " : "", command ? command : "", err->text);
	if (code == EXIT_USAGE)
		fprintf(stderr, "see `flopclock help%s%s`\n", command ? " " : "", command ? command : "");
	return code;
}

static int run_command(const struct fc_command *command, int argc, char **argv)
{
	void *settings = fc_calloc(1, command->settings_size);
	char **operands = fc_calloc((size_t)argc + 1, sizeof(*operands));
	struct fc_error err = { "" };
	int count, rc;
	bool help;

	if (command->defaults)
		command->defaults(settings);
	rc = fc_option_parse(command->options, argc, argv, settings, operands, &count, &help, &err);
	if (rc) {
		rc = complain(command->name, &err, EXIT_USAGE);
	} else if (help) {
		struct fc_str text = { 0 };

		fc_option_help(command, &text);
		rc = fc_stdout_write(text.text, text.length, &err) ? complain(NULL, &err, EXIT_FAILED) : 0;
		fc_str_release(&text);
	} else {
		rc = command->run(settings, count, operands, &err);
		if (rc < 0)
			rc = EXIT_FAILED;
		if (*err.text)
			complain(command->name, &err, rc);
	}
	free(operands);
	free(settings);
	return rc;
}

/* -------- version -------- */

struct no_settings {
	bool unused;
};

static const struct fc_option no_options[] = { { .name = NULL } };

static const struct fc_library libraries[] = {
	{ "protobuf-c", "reading ONNX", fc_library_protobuf },
	{ "libcsv", "tables", fc_library_csv },
	{ "zlib", "the data set", fc_library_zlib },
	{ NULL, NULL, NULL },
};

static const char *const modules[] = { "report", "onednn", "cuda" };

#define MODULE_COUNT (sizeof(modules) / sizeof(modules[0]))

static void add_libraries(const struct fc_library *list, struct fc_str *out)
{
	for (; list && list->name; list++)
		fc_str_addf(out, "  %-10s %-7s %s\n", list->name, list->version(), list->purpose);
}

static void add_modules(struct fc_str *out)
{
	struct fc_str brought = { 0 };

	fc_str_add(out, "\nmodules\n");
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		struct fc_error why = { "" };
		const struct fc_module *const module = fc_module_load(modules[i], &why);

		fc_str_addf(out, "  %-10s       %s\n", modules[i], module ? module->summary : why.text);
		add_libraries(module ? module->libraries : NULL, &brought);
	}
	fc_str_add(out, "\nlibraries\n");
	add_libraries(libraries, out);
	fc_str_add(out, brought.text ? brought.text : "");
	fc_str_release(&brought);
}

static int run_version(const void *settings, int operand_count, char *const *operands, struct fc_error *err)
{
	struct fc_str out = { 0 };
	const struct fc_backend *backend;
	const struct fc_probe_kind *probe;
	int rc;

	(void)settings;
	if (operand_count)
		return fc_fail(err, "no operand is expected, found %s", operands[0]), EXIT_USAGE;
	fc_str_addf(&out, "flopclock %s\n\nbackends\n", FC_VERSION);
	for (int i = 0; (backend = fc_backend_at(i)); i++) {
		struct fc_error why = { "" };
		char library[64] = "";

		if (backend->library)
			backend->library(library);
		fc_str_addf(&out, "  %-10s %-5s %s%s%s%s%s\n", backend->name, backend->device, backend->summary,
			    *library ? ": " : "", library, backend->available(&why) ? "; not here: " : "", why.text);
	}
	fc_str_add(&out, "\nprobes\n");
	for (int i = 0; (probe = fc_probe_at(i)); i++)
		fc_str_addf(&out, "  %-10s %-5s %s\n", probe->name, probe->device, probe->summary);
	add_modules(&out);
	rc = fc_stdout_write(out.text, out.length, err);
	fc_str_release(&out);
	return rc;
}

const struct fc_command fc_command_version = {
	.name = "version",
	.summary = "what was built in: backends, probes, libraries",
	.operands = "",
	.text = "Prints the version, every backend and probe that was built in, and why one cannot be used here.",
	.complete = "",
	.options = no_options,
	.settings_size = sizeof(struct no_settings),
	.run = run_version,
};

/* -------- help -------- */

struct help_settings {
	const char *completion;
	const char *manual;
};

static const struct fc_option help_options[] = {
	{ .name = "completion", .type = FC_OPTION_TEXT, .offset = offsetof(struct help_settings, completion),
	  .arg = "SHELL", .help = "print the completion script for a shell: bash" },
	{ .name = "manual", .type = FC_OPTION_TEXT, .offset = offsetof(struct help_settings, manual),
	  .arg = "COMMAND", .help = "print the options of a command as manual page source" },
	{ .name = NULL },
};

static void overview(struct fc_str *out)
{
	fc_str_add(out, "flopclock sets the arithmetic of a neural network against the clock\n\n"
			"usage: flopclock COMMAND [options] ...\n\ncommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		struct fc_error why = { "" };
		const struct fc_command *const command = command_at(i, &why);

		fc_str_addf(out, "  %-8s %s\n", commands[i].name, command ? command->summary : why.text);
	}
	fc_str_add(out, "\n`flopclock help COMMAND` shows the options of a command.\n");
}

static void complete(struct fc_str *out)
{
	const struct fc_command *known[COMMAND_COUNT];
	struct fc_error why;
	size_t count = 0;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		known[count] = command_at(i, &why);
		count += known[count] != NULL;
	}
	fc_option_completion(known, count, out);
}

static int run_help(const void *settings, int operand_count, char *const *operands, struct fc_error *err)
{
	const struct help_settings *s = settings;
	const struct fc_command *command = NULL;
	const char *const name = s->manual ? s->manual : operand_count ? operands[0] : NULL;
	struct fc_str out = { 0 };
	int rc = 0;

	if (operand_count > 1)
		return fc_fail(err, "one command is expected, found %d", operand_count), EXIT_USAGE;
	if (s->completion && strcmp(s->completion, "bash"))
		return fc_fail(err, "--completion %s: bash is expected", s->completion), EXIT_USAGE;
	if (name && !(command = find_command(name, &rc, err)))
		return rc;
	if (s->completion)
		complete(&out);
	else if (s->manual)
		fc_option_manual(command, &out);
	else if (command)
		fc_option_help(command, &out);
	else
		overview(&out);
	rc = fc_stdout_write(out.text, out.length, err);
	fc_str_release(&out);
	return rc;
}

const struct fc_command fc_command_help = {
	.name = "help",
	.summary = "this overview, or the options of one command",
	.operands = "[COMMAND]",
	.text = "Shows what flopclock can do.",
	.complete = "command",
	.options = help_options,
	.settings_size = sizeof(struct help_settings),
	.run = run_help,
};

int main(int argc, char **argv)
{
	const struct fc_command *command;
	struct fc_error err = { "" };
	int rc;

	if (argc < 2) {
		struct fc_str out = { 0 };

		overview(&out);
		fputs(out.text, stderr);
		fc_str_release(&out);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version"))
		argv[1] = (char *)(uintptr_t) "version";
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		argv[1] = (char *)(uintptr_t) "help";
	command = find_command(argv[1], &rc, &err);
	if (!command)
		return complain(NULL, &err, rc);
	rc = run_command(command, argc - 2, argv + 2);
	/* Whoever writes data must notice that the disk is full. */
	if (fflush(stdout) || ferror(stdout)) {
		fc_fail_errno(&err, "standard output: cannot be written");
		return complain(NULL, &err, EXIT_FAILED);
	}
	return rc;
}
