#include "overhead.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flopclock/csv.h"
#include "flopclock/file.h"
#include "flopclock/number.h"
#include "interrupt.h"
#include "training.h"

#define MOST_ARGUMENTS 256

/* -------- the command line of the other run -------- */

struct command {
	struct fc_arena arena;
	const char *argv[MOST_ARGUMENTS + 1];
	int argc;
};

static void add(struct command *c, const char *text)
{
	/* 64 settings and every option there is are far fewer. */
	if (c->argc < MOST_ARGUMENTS)
		c->argv[c->argc++] = fc_arena_strdup(&c->arena, text);
}

static void add_text(struct command *c, const char *option, const char *value)
{
	if (!value)
		return;
	add(c, option);
	add(c, value);
}

static void add_count(struct command *c, const char *option, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_text(c, option, text);
}

static void add_number(struct command *c, const char *option, double value)
{
	char text[FC_NUMBER_SIZE];

	add_text(c, option, fc_number(text, value));
}

static void add_flag(struct command *c, const char *option, bool value)
{
	if (value)
		add(c, option);
}

static void add_model(struct command *c, const struct trace_settings *s, const struct trace_run *run)
{
	const struct fc_shape in = run->graph.nodes[0].shape;

	add_text(c, "--input",
		 fc_arena_printf(&c->arena, "%lldx%lldx%lld", (long long)in.c, (long long)in.h, (long long)in.w));
	if (!fc_model_fixes_classes(run->model))
		add_count(c, "--classes", (uint64_t)run->graph.classes);
	add_count(c, "--batch", (uint64_t)run->graph.batch);
	for (int i = 0; i < s->set.count; i++)
		add_text(c, "--set", s->set.text[i]);
}

/* Everything that has a say in the time is said, as it was resolved; nothing is left to a default. */
static void make_command(struct command *c, const struct trace_settings *s, const struct trace_run *run,
			 uint64_t steps, const char *out)
{
	const struct fc_trainer_config *const config = &run->config;

	add(c, "flopclock");
	add(c, "trace");
	add_text(c, "--device", s->device);
	add_text(c, "--backend", config->backend->name);
	add_text(c, "--data", s->data);
	add_model(c, s, run);
	add_text(c, "--precision", fc_precision_name(config->device.precision));
	add_text(c, "--workspace", s->workspace);
	add_flag(c, "--deterministic", s->deterministic);
	add_flag(c, "--no-autotune", s->no_autotune);
	add_flag(c, "--no-graph", s->no_graph);
	add_count(c, "--threads", s->threads);
	add_count(c, "--seed", config->seed);
	add_number(c, "--lr", config->sgd.rate);
	add_number(c, "--momentum", config->sgd.momentum);
	add_number(c, "--weight-decay", config->sgd.weight_decay);
	add_count(c, "--epochs", 1);
	add_count(c, "--steps", steps);
	add_count(c, "--validate-steps", 1);
	add_count(c, "--warmup", config->warmup);
	add_text(c, "--probe", "none");
	add_count(c, "--overhead-steps", 0);
	add_text(c, "--output", out);
	add(c, "--");
	add(c, run->model);
	c->argv[c->argc] = NULL;
}

/* -------- running it -------- */

/* Who was started through a wrapper, which lays out libraries or loads with another loader, must be so again. */
static const char *program(void)
{
	const char *const given = getenv("FLOPCLOCK_PROGRAM");

	return given && *given ? given : "/proc/self/exe";
}

/* Behind fork(): only what is safe there. */
static void become(const struct command *c, const char *path, const char *messages, pid_t parent, const sigset_t *mask)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC),
		  file = open(messages, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (null >= 0 && file >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	    dup2(file, STDERR_FILENO) >= 0) {
		/* It must not go on alone. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(1);
		sigprocmask(SIG_SETMASK, mask, NULL);
		execv(path, (char *const *)(uintptr_t)c->argv);
	}
	_exit(127);
}

/* The last line of what it said, without the name of the program in front. */
static int fail_with_its_words(const char *messages, struct fc_error *err)
{
	static const char name[] = "flopclock trace: ";
	size_t size = 0;
	char *text = NULL, *line;

	if (fc_file_read(messages, 1 << 20, &text, &size, err) || !size) {
		free(text);
		return fc_fail(err, "the run without a probe ended without a word");
	}
	while (size && text[size - 1] == '\n')
		text[--size] = 0;
	line = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
	if (!strncmp(line, name, strlen(name)))
		line += strlen(name);
	fc_fail(err, "%s", line);
	free(text);
	return -1;
}

static int run_command(const struct command *c, const char *folder, struct fc_error *err)
{
	struct interrupt interrupt;
	struct fc_str messages = { 0 };
	const char *const path = program();
	const pid_t parent = getpid();
	int status = 0, rc = 0;
	pid_t child;

	fc_str_addf(&messages, "%s/messages", folder);
	interrupt_open(&interrupt, folder, false);
	child = fork();
	if (!child)
		become(c, path, messages.text, parent, &interrupt.before);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	interrupt_close(&interrupt);
	if (child < 0)
		rc = fc_fail_errno(err, "the run without a probe cannot be started");
	else if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != 3))
		rc = fail_with_its_words(messages.text, err);
	fc_str_release(&messages);
	return rc;
}

/* -------- what it measured -------- */

/* The one run folder in OUT. */
static int find_run(const char *out, struct fc_str *path, struct fc_error *err)
{
	DIR *const dir = opendir(out);
	const struct dirent *entry;

	if (!dir)
		return fc_fail_errno(err, "%s", out);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			fc_str_clear(path);
			fc_str_addf(path, "%s/%s/steps.csv", out, entry->d_name);
		}
	closedir(dir);
	return path->length ? 0 : fc_fail(err, "%s: holds no run", out);
}

static int read_steps(const char *path, struct fc_trainer_config *config, struct fc_error *err)
{
	enum { PASS, MEASURED, IMAGES, WALL, COLUMNS };
	static const char *const names[COLUMNS] = { "pass", "measured", "images", "wall_s" };
	double images = 0, wall = 0;
	struct fc_csv_table table;
	struct fc_arena arena;
	int column[COLUMNS], rc;

	fc_arena_init(&arena);
	rc = fc_csv_read(path, 1 << 28, &arena, &table, err);
	for (int c = 0; c < COLUMNS && !rc; c++) {
		column[c] = fc_csv_column(&table, names[c]);
		if (column[c] < 0)
			rc = fc_fail(err, "%s: the column %s is missing", path, names[c]);
	}
	for (size_t row = 0; !rc && row < table.rows; row++) {
		double i, w;

		if (strcmp(fc_csv_cell(&table, row, column[PASS]), fc_pass_name(FC_PASS_TRAIN)) ||
		    strcmp(fc_csv_cell(&table, row, column[MEASURED]), "1") ||
		    !fc_parse_double(fc_csv_cell(&table, row, column[IMAGES]), &i) ||
		    !fc_parse_double(fc_csv_cell(&table, row, column[WALL]), &w))
			continue;
		images += i;
		wall += w;
		config->untraced_steps++;
	}
	fc_arena_release(&arena);
	if (!rc && !(wall > 0))
		rc = fc_fail(err, "%s: has no measured step", path);
	config->untraced_images_per_s = images / wall;
	return rc;
}

/* -------- the whole -------- */

/* With its warm-up in front, but not more than the run itself has in an epoch. */
static uint64_t steps_of(const struct trace_run *run, uint64_t steps)
{
	const uint64_t most = (uint64_t)(run->config.dataset->train.count / run->graph.batch);

	steps += trainer_warmup(&run->config, FC_PASS_TRAIN);
	if (run->config.steps && steps > run->config.steps)
		steps = run->config.steps;
	return steps < most ? steps : most;
}

static int measure_in(const char *folder, const struct trace_settings *s, struct trace_run *run, uint64_t steps,
		      struct fc_error *err)
{
	struct command command = { .argc = 0 };
	struct fc_str out = { 0 }, path = { 0 };
	int rc;

	fc_arena_init(&command.arena);
	fc_str_addf(&out, "%s/runs", folder);
	make_command(&command, s, run, steps_of(run, steps), out.text);
	rc = run_command(&command, folder, err) || find_run(out.text, &path, err) ||
	     read_steps(path.text, &run->config, err) ? -1 : 0;
	fc_str_release(&out);
	fc_str_release(&path);
	fc_arena_release(&command.arena);
	return rc;
}

int overhead_measure(const struct trace_settings *s, struct trace_run *run, uint64_t steps, struct fc_error *err)
{
	const char *const root = getenv("TMPDIR");
	struct fc_str folder = { 0 };
	int rc;

	fc_str_addf(&folder, "%s/flopclock-XXXXXX", root && *root ? root : "/tmp");
	if (!mkdtemp(folder.text)) {
		rc = fc_fail_errno(err, "%s: no folder can be made there", folder.text);
	} else {
		rc = measure_in(folder.text, s, run, steps, err);
		fc_dir_remove(folder.text);
	}
	if (rc)
		run->config.untraced_steps = 0;
	fc_str_release(&folder);
	return rc;
}
