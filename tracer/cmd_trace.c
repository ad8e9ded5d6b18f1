/* flopclock trace: its options, and one run per model. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "interrupt.h"
#include "overhead.h"
#include "preset.h"
#include "trace.h"

#define MAX_COUNT 1e15
#define MAX_EPOCHS 1e6
#define OVERHEAD_STEPS 200

static void set_defaults(void *to)
{
	struct trace_settings *const s = to;

	*s = (struct trace_settings){ .device = "auto", .probe = "auto", .output = "runs" };
	s->batch = s->epochs = s->steps = s->validate_steps = s->overhead_steps = TRACE_UNSET;
	s->rate = s->momentum = s->weight_decay = NAN;
	s->seed = 1;
	s->warmup = 3;
}

#define AT(field) offsetof(struct trace_settings, field)

static const struct fc_option options[] = {
	{ "device", 'd', FC_OPTION_TEXT, AT(device), "auto|cpu|cuda[:N]",
	  "where to compute (auto: a GPU if there is one)", NULL, 0, 0 },
	{ "backend", 0, FC_OPTION_TEXT, AT(backend), "NAME",
	  "who computes, see flopclock version (the best of the device)", NULL, 0, 0 },
	{ "data", 0, FC_OPTION_TEXT, AT(data), "DIR",
	  "folder with the four IDX files, gzipped or not ($FLOPCLOCK_DATA, else /usr/share/datasets/fashion-mnist)",
	  NULL, 0, 0 },
	{ "input", 'i', FC_OPTION_INPUT, AT(input), "CxHxW",
	  "size that the images are brought to (the preset's, else the model's)", NULL, 0, 0 },
	{ "classes", 0, FC_OPTION_COUNT, AT(classes), "N",
	  "answers of the network (as many as the data has)", NULL, 0, 256 },
	{ "batch", 'b', FC_OPTION_COUNT, AT(batch), "N", "images per step (64)", NULL, 0, 1e9 },
	{ "epochs", 'e', FC_OPTION_COUNT, AT(epochs), "N",
	  "how often the training set is gone through (1)", NULL, 0, MAX_EPOCHS },
	{ "steps", 'n', FC_OPTION_COUNT, AT(steps), "N",
	  "training steps per epoch, 0: the whole set (0)", NULL, 0, MAX_COUNT },
	{ "validate-steps", 0, FC_OPTION_COUNT, AT(validate_steps), "N",
	  "validation steps per epoch, 0: the whole set (0)", NULL, 0, MAX_COUNT },
	{ "precision", 0, FC_OPTION_CHOICE, AT(precision), "NAME",
	  "auto, fp32, tf32 or bf16; auto is tf32 on a GPU and fp32 on a CPU (auto)", trace_precisions, 0, 0 },
	{ "deterministic", 0, FC_OPTION_FLAG, AT(deterministic), NULL,
	  "on a GPU, only implementations that give the same bits every time", NULL, 0, 0 },
	{ "no-autotune", 0, FC_OPTION_FLAG, AT(no_autotune), NULL,
	  "on a GPU, take the implementations that the libraries suggest without timing the best few", NULL, 0, 0 },
	{ "workspace", 0, FC_OPTION_TEXT, AT(workspace), "SIZE",
	  "on a GPU, most that one step may ask for as scratch memory, such as 256M or 1G", NULL, 0, 0 },
	{ "no-graph", 0, FC_OPTION_FLAG, AT(no_graph), NULL,
	  "on a GPU, run every iteration step by step instead of replaying a captured one", NULL, 0, 0 },
	{ "lr", 'l', FC_OPTION_NUMBER, AT(rate), "X", "learning rate (0.01)", NULL, 0, 1e6 },
	{ "momentum", 0, FC_OPTION_NUMBER, AT(momentum), "X", "momentum of SGD (0.9)", NULL, 0, 1 },
	{ "weight-decay", 0, FC_OPTION_NUMBER, AT(weight_decay), "X", "weight decay of SGD (0)", NULL, 0, 1e6 },
	{ "seed", 0, FC_OPTION_COUNT, AT(seed), "N",
	  "of first values, order of images and dropout (1)", NULL, 0, MAX_COUNT },
	{ "threads", 't', FC_OPTION_COUNT, AT(threads), "N", "on a CPU, 0: all cores (0)", NULL, 0, 4096 },
	{ "warmup", 0, FC_OPTION_COUNT, AT(warmup), "N",
	  "training steps at first that are not measured, and one of validation; on a GPU at least 3 and 2 (3)",
	  NULL, 0, MAX_COUNT },
	{ "preset", 'p', FC_OPTION_CHOICE, AT(preset), "NAME",
	  "quick, paper or d2l: a protocol of training, which other options change (none)", preset_names, 0, 0 },
	{ "probe", 0, FC_OPTION_TEXT, AT(probe), "NAME", "who measures: auto, clock, cupti, none, fake (auto)", NULL, 0, 0 },
	{ "overhead-steps", 0, FC_OPTION_COUNT, AT(overhead_steps), "N",
	  "steps that are also run without the probe, to see what measuring costs, 0: none (200 on a GPU, else 0)",
	  NULL, 0, MAX_COUNT },
	{ "set", 's', FC_OPTION_LIST, AT(set), "NAME=VALUE",
	  "a parameter of the model, such as aux=true", NULL, 0, 0 },
	{ "timeline", 0, FC_OPTION_FLAG, AT(timeline), NULL,
	  "also write timeline.json, for Perfetto or chrome://tracing", NULL, 0, 0 },
	{ "output", 'o', FC_OPTION_TEXT, AT(output), "RUNS",
	  "folder in which each run gets its own (runs)", NULL, 0, 0 },
	{ .name = NULL },
};

/* -------- one run -------- */

/* The command line for the record. The front door hands on what it has parsed; the system still knows all of it. */
static void read_command(struct fc_str *text, char **argv, int room, int *argc)
{
	FILE *const file = fopen("/proc/self/cmdline", "rb");
	char buffer[4096];
	size_t got;

	*argc = 0;
	while (file && (got = fread(buffer, 1, sizeof(buffer), file)))
		fc_str_addn(text, buffer, got);
	if (file)
		fclose(file);
	for (size_t at = 0; at < text->length && *argc < room; at += strlen(text->text + at) + 1)
		argv[(*argc)++] = text->text + at;
	/* Where the program lies is nobody's business. */
	if (*argc && strrchr(argv[0], '/'))
		argv[0] = strrchr(argv[0], '/') + 1;
}

static int trace_model(const struct trace_run *run, const char *out, bool first, struct fc_error *err)
{
	struct fc_trainer_result result = { .iterations = 0 };
	int rc;

	trace_tell_run(run);
	rc = fc_trainer_run(&run->graph, &run->config, out, &result, err);
	if (rc >= 0) {
		if (trace_print_row(run, &result, first, err))
			rc = -1;
		trace_tell_result(run, &result);
	}
	fc_str_release(&result.folder);
	return rc;
}

/* -------- all of them -------- */

static int check_backend(const struct trace_run *run, struct fc_error *err)
{
	struct fc_error why;

	if (!fc_backend_check(run->config.backend, &run->graph, &why))
		return 0;
	return fc_fail(err, "%s: %s", run->graph.name, why.text);
}

/* Every model is read before the first is trained: a mistake in the last name shall not cost the night. */
static int prepare_runs(const struct trace_settings *s, const struct fc_trainer_config *common, char *const *models,
			int count, struct trace_run *runs, int *prepared, struct fc_error *err)
{
	for (*prepared = 0; *prepared < count;) {
		struct trace_run *const run = &runs[*prepared];
		const char *const model = models[*prepared];
		struct fc_model_request request = { .model = model, .settings = s->set };

		run->model = model;
		run->config = *common;
		request.classes = (int64_t)s->classes;
		if (!s->classes && !fc_model_fixes_classes(model))
			request.classes = common->dataset->classes;
		if (trace_apply_preset(s, model, &run->config, &request, err) ||
		    fc_model_load(&request, &run->graph, err))
			return -1;
		(*prepared)++;
		if (fc_graph_check_trainable(&run->graph, err) || check_backend(run, err) ||
		    fc_trainer_check(&run->graph, &run->config, err))
			return -1;
	}
	return 0;
}

/* Before the probe is opened: it stays attached to the program, and shares the device with nobody. */
static void measure_overhead(const struct trace_settings *s, const struct fc_probe_kind *kind, struct trace_run *runs,
			     int count)
{
	const uint64_t steps = s->overhead_steps != TRACE_UNSET ? s->overhead_steps :
			       kind->intrusive			? OVERHEAD_STEPS :
								  0;
	struct fc_error why;

	for (int i = 0; i < count && steps; i++)
		if (overhead_measure(s, &runs[i], steps, &why))
			fprintf(stderr, "%s: what measuring costs is not known: %s\n", runs[i].graph.name, why.text);
}

static int open_probe(struct fc_probe *probe, struct fc_error *err)
{
	sigset_t before;
	int rc;

	/* Its threads, if it has any, leave Ctrl-C to the run. */
	interrupt_block(&before);
	rc = probe->kind->open(probe, err);
	interrupt_unblock(&before);
	return rc;
}

static int trace_runs(const struct trace_settings *s, struct fc_probe *probe, struct trace_run *runs, int count,
		      struct fc_error *err)
{
	int worst = 0, rc = 0;

	measure_overhead(s, probe->kind, runs, count);
	if (open_probe(probe, err))
		return -1;
	for (int i = 0; i < count && rc >= 0; i++) {
		runs[i].config.probe = probe;
		rc = trace_model(&runs[i], s->output, i == 0, err);
		worst = rc > worst ? rc : worst;
	}
	probe->kind->close(probe);
	return rc < 0 ? rc : worst;
}

static int trace_all(const struct trace_settings *s, const struct fc_trainer_config *common,
		     const struct fc_probe_kind *kind, char *const *models, int count, struct fc_error *err)
{
	struct trace_run *const runs = fc_calloc((size_t)count, sizeof(*runs));
	struct fc_probe probe = { .kind = kind };
	int prepared;
	int rc = prepare_runs(s, common, models, count, runs, &prepared, err);

	if (!rc && !s->backend && !strcmp(s->device, "auto"))
		trace_tell_device(common->backend);
	if (!rc)
		rc = trace_runs(s, &probe, runs, count, err);
	for (int i = 0; i < prepared; i++)
		fc_graph_release(&runs[i].graph);
	free(runs);
	return rc;
}

static int run_trace(const void *settings, int operand_count, char *const *operands, struct fc_error *err)
{
	const struct trace_settings *const s = settings;
	struct fc_trainer_config common = {
		.seed = s->seed, .warmup = s->warmup, .timeline = s->timeline, .progress = true };
	const struct fc_probe_kind *kind;
	struct fc_dataset dataset;
	struct fc_str command = { 0 };
	char *argv[256];
	int rc;

	if (!operand_count) {
		fc_fail(err, "the name of a model is expected");
		return 2;
	}
	if (trace_choose(s, &common, &kind, err) || fc_dataset_read(s->data, &dataset, err))
		return -1;
	read_command(&command, argv, (int)(sizeof(argv) / sizeof(argv[0])), &common.argc);
	common.argv = argv;
	common.dataset = &dataset;
	rc = trace_all(s, &common, kind, operands, operand_count, err);
	fc_str_release(&command);
	fc_dataset_release(&dataset);
	return rc;
}

const struct fc_command fc_command_trace = {
	.name = "trace",
	.summary = "train and validate models, time every layer, write run folders",
	.operands = "MODEL...",
	.text = "Trains each model on FashionMNIST (or any data in its form) by stochastic gradient descent, validates "
		"it after every epoch, measures the time of every layer in every phase, and writes a run folder that "
		"flopclock report reads.\n\n"
		"MODEL is a name from the models that belong to flopclock, or the path of a file. Images are brought to the "
		"input size by bilinear interpolation and replicated to its channels.\n\n"
		"Without a preset a model is trained at its own input size for one epoch over all images, with batches of 64. "
		"The preset quick trains 40 steps of 32 images of 3x64x64 (lenet5: 1x28x28) and validates 10; paper trains "
		"10 epochs at 3x96x96 with batches of 128; d2l trains 10 epochs with the sizes and rates of the book Dive "
		"into Deep Learning.\n\n"
		"The first training steps (--warmup) and the first validation step are run but not measured. Ctrl-C leaves "
		"nothing. Under the results stands where the measured time went: wall time is busy time and idle time, to the "
		"nanosecond.\n\n"
		"The exit code is 3 when a run was measured but its records contradict each other; its folder says so.",
	.complete = "model",
	.options = options,
	.settings_size = sizeof(struct trace_settings),
	.defaults = set_defaults,
	.run = run_trace,
};
