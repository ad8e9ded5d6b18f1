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

static const struct fc_command *const commands[] = {
	&fc_command_analyze,
	&fc_command_trace,
	&fc_command_report,
	&fc_command_version,
	&fc_command_help,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct fc_command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
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

static const struct {
	const char *name, *purpose;
	const char *(*version)(void);
} libraries[] = {
	{ "cairo", "figures and pages", fc_library_cairo },
	{ "pango", "text in them", fc_library_pango },
	{ "libpng", "figures as PNG", fc_library_png },
	{ "protobuf-c", "reading ONNX", fc_library_protobuf },
	{ "libcsv", "tables", fc_library_csv },
	{ "jansson", "reading run.json", fc_library_jansson },
	{ "zlib", "the data set", fc_library_zlib },
};

static void add_modules(struct fc_str *out)
{
	static const char *const names[] = { "cuda" };

	fc_str_add(out, "\nmodules\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct fc_error why = { "" };
		const struct fc_module *const module = fc_module_load(names[i], &why);

		fc_str_addf(out, "  %-10s       %s\n", names[i], module ? module->summary : why.text);
	}
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
	fc_str_add(&out, "\nlibraries\n");
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
		fc_str_addf(&out, "  %-10s %-7s %s\n", libraries[i].name, libraries[i].version(), libraries[i].purpose);
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
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fc_str_addf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fc_str_add(out, "\n`flopclock help COMMAND` shows the options of a command.\n");
}

static int run_help(const void *settings, int operand_count, char *const *operands, struct fc_error *err)
{
	const struct help_settings *s = settings;
	const struct fc_command *command = NULL;
	const char *const name = s->manual ? s->manual : operand_count ? operands[0] : NULL;
	struct fc_str out = { 0 };
	int rc;

	if (operand_count > 1)
		return fc_fail(err, "one command is expected, found %d", operand_count), EXIT_USAGE;
	if (s->completion && strcmp(s->completion, "bash"))
		return fc_fail(err, "--completion %s: bash is expected", s->completion), EXIT_USAGE;
	if (name && !(command = find_command(name)))
		return fc_fail(err, "there is no command %s", name), EXIT_USAGE;
	if (s->completion)
		fc_option_completion(commands, COMMAND_COUNT, &out);
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
		argv[1] = (char *)(uintptr_t)"version";
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		argv[1] = (char *)(uintptr_t)"help";
	command = find_command(argv[1]);
	if (!command) {
		fc_fail(&err, "there is no command %s", argv[1]);
		return complain(NULL, &err, EXIT_USAGE);
	}
	rc = run_command(command, argc - 2, argv + 2);
	/* Whoever writes data must notice that the disk is full. */
	if (fflush(stdout) || ferror(stdout)) {
		fc_fail_errno(&err, "standard output: cannot be written");
		return complain(NULL, &err, EXIT_FAILED);
	}
	return rc;
}
