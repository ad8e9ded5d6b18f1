/* flopclock trace: options and presets into requests, one run per model, a row of results for each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"
#include "flopclock/model.h"
#include "flopclock/number.h"
#include "flopclock/trainer.h"
#include "environment.h"
#include "preset.h"

#define UNSET UINT64_MAX
#define MAX_COUNT 1e15
#define MAX_EPOCHS 1e6

struct settings {
	const char *device, *backend, *data, *probe, *output;
	int64_t input[3];
	/* UNSET, NaN: not given, the preset says. */
	uint64_t classes, batch, epochs, steps, validate_steps, seed, threads, warmup;
	double rate, momentum, weight_decay;
	int precision, preset;
	struct fc_texts set;
	bool timeline;
};

enum precision { PRECISION_AUTO, PRECISION_FP32 };
static const char *const precisions[] = { "auto", "fp32", "tf32", "bf16", NULL };

static void set_defaults(void *to)
{
	struct settings *const s = to;

	*s = (struct settings){ .device = "auto", .probe = "auto", .output = "runs" };
	s->batch = s->epochs = s->steps = s->validate_steps = UNSET;
	s->rate = s->momentum = s->weight_decay = NAN;
	s->seed = 1;
	s->warmup = 3;
}

#define AT(field) offsetof(struct settings, field)

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
	  "auto, fp32, tf32 or bf16; a CPU computes in fp32 (auto)", precisions, 0, 0 },
	{ "lr", 'l', FC_OPTION_NUMBER, AT(rate), "X", "learning rate (0.01)", NULL, 0, 1e6 },
	{ "momentum", 0, FC_OPTION_NUMBER, AT(momentum), "X", "momentum of SGD (0.9)", NULL, 0, 1 },
	{ "weight-decay", 0, FC_OPTION_NUMBER, AT(weight_decay), "X", "weight decay of SGD (0)", NULL, 0, 1e6 },
	{ "seed", 0, FC_OPTION_COUNT, AT(seed), "N",
	  "of first values, order of images and dropout (1)", NULL, 0, MAX_COUNT },
	{ "threads", 't', FC_OPTION_COUNT, AT(threads), "N", "on a CPU, 0: all cores (0)", NULL, 0, 4096 },
	{ "warmup", 0, FC_OPTION_COUNT, AT(warmup), "N",
	  "training steps at first that are not measured, and one of validation (3)", NULL, 0, MAX_COUNT },
	{ "preset", 'p', FC_OPTION_CHOICE, AT(preset), "NAME",
	  "quick, paper or d2l: a protocol of training, which other options change (none)", preset_names, 0, 0 },
	{ "probe", 0, FC_OPTION_TEXT, AT(probe), "NAME", "who measures: auto, clock, none, fake (auto)", NULL, 0, 0 },
	{ "set", 's', FC_OPTION_LIST, AT(set), "NAME=VALUE",
	  "a parameter of the model, such as aux=true", NULL, 0, 0 },
	{ "timeline", 0, FC_OPTION_FLAG, AT(timeline), NULL,
	  "also write timeline.json, for Perfetto or chrome://tracing", NULL, 0, 0 },
	{ "output", 'o', FC_OPTION_TEXT, AT(output), "RUNS",
	  "folder in which each run gets its own (runs)", NULL, 0, 0 },
	{ .name = NULL },
};

/* -------- from settings to requests -------- */

/* "cuda:1" is device "cuda", index 1. */
static int choose_backend(const struct settings *s, struct fc_trainer_config *config, struct fc_error *err)
{
	const char *const colon = strchr(s->device, ':');
	struct fc_str device = { 0 };
	uint64_t index = 0;
	int rc = 0;

	fc_str_addn(&device, s->device, colon ? (size_t)(colon - s->device) : strlen(s->device));
	if (colon && (strcmp(device.text, "cuda") || !fc_parse_u64(colon + 1, &index) || index > 1023))
		rc = fc_fail(err, "--device %s: auto, cpu, cuda or cuda:N is expected", s->device);
	else if (strcmp(device.text, "auto") && strcmp(device.text, "cpu") && strcmp(device.text, "cuda"))
		rc = fc_fail(err, "--device %s: auto, cpu, cuda or cuda:N is expected", s->device);
	if (!rc) {
		config->backend = fc_backend_find(s->backend ? s->backend : device.text, err);
		rc = config->backend ? 0 : -1;
	}
	if (!rc && strcmp(device.text, "auto") && strcmp(device.text, config->backend->device))
		rc = fc_fail(err, "--backend %s computes on %s, not on %s", s->backend, config->backend->device,
			     device.text);
	config->device = (struct fc_device_config){ .index = (int)index, .threads = (int)s->threads };
	fc_str_release(&device);
	return rc;
}

static int choose_probe(const struct settings *s, struct fc_trainer_config *config, struct fc_error *err)
{
	const bool automatic = !strcmp(s->probe, "auto");

	if (!automatic) {
		config->probe = fc_probe_find(s->probe, err);
		if (!config->probe)
			return -1;
		if (strcmp(config->probe->device, "any") && strcmp(config->probe->device, config->backend->device))
			return fc_fail(err, "--probe %s measures on %s, the backend %s computes on %s", s->probe,
				       config->probe->device, config->backend->name, config->backend->device);
		return 0;
	}
	/* The first that measures on this very device. */
	for (int i = 0; (config->probe = fc_probe_at(i)); i++)
		if (config->probe->measures && !strcmp(config->probe->device, config->backend->device))
			return 0;
	return fc_fail(err, "no probe measures on %s", config->backend->device);
}

static int choose_precision(const struct settings *s, struct fc_trainer_config *config, struct fc_error *err)
{
	if (!strcmp(config->backend->device, "cpu") && s->precision != PRECISION_AUTO &&
	    s->precision != PRECISION_FP32)
		return fc_fail(err, "--precision %s: a CPU computes in fp32 only", precisions[s->precision]);
	config->precision = precisions[s->precision == PRECISION_AUTO ? PRECISION_FP32 : s->precision];
	return 0;
}

static uint64_t count_or(uint64_t given, uint64_t otherwise)
{
	return given == UNSET ? otherwise : given;
}

static double number_or(double given, double otherwise)
{
	return isnan(given) ? otherwise : given;
}

/* What was given on the command line wins over the preset. */
static int apply_preset(const struct settings *s, const char *model, struct fc_trainer_config *config,
			struct fc_model_request *request, struct fc_error *err)
{
	const struct preset *const preset = preset_find(preset_names[s->preset], model);

	if (!preset)
		return fc_fail(err, "the preset %s has no protocol for %s", preset_names[s->preset], model);
	memcpy(request->input, s->input[0] ? s->input : preset->input, sizeof(request->input));
	request->batch = (int64_t)count_or(s->batch, preset->batch);
	/* Steps alone mean that many steps, not that many in each of the preset's epochs. */
	config->epochs = count_or(s->epochs, s->steps == UNSET ? preset->epochs : 1);
	config->steps = count_or(s->steps, preset->steps);
	config->validate_steps = count_or(s->validate_steps, preset->validate_steps);
	config->sgd = (struct fc_sgd){ number_or(s->rate, preset->rate), number_or(s->momentum, preset->momentum),
				       number_or(s->weight_decay, preset->weight_decay) };
	config->preset = preset->name;
	if (request->batch < 1)
		return fc_fail(err, "--batch 0: a step needs at least one image");
	if (config->epochs < 1)
		return fc_fail(err, "--epochs 0: at least one is expected");
	return 0;
}

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

static void tell_run(const struct fc_graph *graph, const struct fc_trainer_config *config)
{
	const struct fc_shape in = graph->nodes[0].shape;
	const struct preset *const preset = preset_find(config->preset, graph->name);

	fprintf(stderr, "%s: %lldx%lldx%lld, batch %lld, on %s by %s\n", graph->name, (long long)in.c,
		(long long)in.h, (long long)in.w, (long long)graph->batch, config->backend->device,
		config->backend->name);
	if (preset && preset->note)
		fprintf(stderr, "%s: preset %s: %s\n", graph->name, preset->name, preset->note);
}

/* What the whole of the data would have taken, where only a part of it was used. */
static void tell_epoch(const struct fc_graph *graph, const struct fc_trainer_config *config,
		       const struct fc_trainer_result *result)
{
	const int64_t train = config->dataset->train.count, validate = config->dataset->validate.count;

	if (!config->steps || (int64_t)config->steps >= train / graph->batch || !(result->images_per_s > 0) ||
	    !(result->validate_images_per_s > 0))
		return;
	fprintf(stderr,
		"%s: trained on %lld of %lld images; a whole epoch with validation would take about %.0f s "
		"(extrapolated)\n",
		graph->name, (long long)config->steps * (long long)graph->batch, (long long)train,
		(double)train / result->images_per_s + (double)validate / result->validate_images_per_s);
}

static int print_row(const struct fc_graph *graph, const struct fc_trainer_result *result, bool first,
		     struct fc_error *err)
{
	const struct fc_shape in = graph->nodes[0].shape;
	struct fc_str row = { 0 }, input = { 0 };
	int rc;

	if (first)
		fc_str_addf(&row, "%-12s %-9s %5s %7s %10s %10s %8s %8s %8s  %s\n", "model", "input", "batch",
			    "steps", "train im/s", "valid im/s", "loss", "val loss", "accuracy", "run");
	fc_str_addf(&input, "%lldx%lldx%lld", (long long)in.c, (long long)in.h, (long long)in.w);
	fc_str_addf(&row, "%-12s %-9s %5lld %7llu %10.1f %10.1f %8.4f %8.4f %7.2f%%  %s\n", graph->name, input.text,
		    (long long)graph->batch, (unsigned long long)result->iterations, result->images_per_s,
		    result->validate_images_per_s, result->train_loss, result->validate_loss,
		    100 * result->validate_accuracy, result->folder.text);
	rc = fc_stdout_write(row.text, row.length, err);
	fc_str_release(&input);
	fc_str_release(&row);
	return rc;
}

struct run {
	struct fc_graph graph;
	struct fc_trainer_config config;
};

static int trace_model(const struct run *run, const char *out, bool first, struct fc_error *err)
{
	struct fc_trainer_result result = { .iterations = 0 };
	int rc;

	tell_run(&run->graph, &run->config);
	rc = fc_trainer_run(&run->graph, &run->config, out, &result, err);
	if (rc >= 0) {
		tell_epoch(&run->graph, &run->config, &result);
		if (print_row(&run->graph, &result, first, err))
			rc = -1;
	}
	fc_str_release(&result.folder);
	return rc;
}

/* -------- the command -------- */

/* Every model is read before the first is trained: a mistake in the last name shall not cost the night. */
static int prepare_runs(const struct settings *s, const struct fc_trainer_config *common, char *const *models,
			int count, struct run *runs, int *prepared, struct fc_error *err)
{
	for (*prepared = 0; *prepared < count;) {
		struct run *const run = &runs[*prepared];
		const char *const model = models[*prepared];
		struct fc_model_request request = { .model = model, .settings = s->set };

		run->config = *common;
		request.classes = s->classes ? (int64_t)s->classes : common->dataset->classes;
		if (apply_preset(s, model, &run->config, &request, err) || fc_model_load(&request, &run->graph, err))
			return -1;
		(*prepared)++;
		if (fc_trainer_check(&run->graph, &run->config, err))
			return -1;
	}
	return 0;
}

static int trace_all(const struct settings *s, struct fc_trainer_config *common, char *const *models, int count,
		     struct fc_error *err)
{
	struct run *const runs = fc_calloc((size_t)count, sizeof(*runs));
	int prepared, worst = 0;
	int rc = prepare_runs(s, common, models, count, runs, &prepared, err);

	for (int i = 0; i < count && rc >= 0; i++) {
		rc = trace_model(&runs[i], s->output, i == 0, err);
		worst = rc > worst ? rc : worst;
	}
	for (int i = 0; i < prepared; i++)
		fc_graph_release(&runs[i].graph);
	free(runs);
	return rc < 0 ? rc : worst;
}

static int run_trace(const void *settings, int operand_count, char *const *operands, struct fc_error *err)
{
	const struct settings *const s = settings;
	struct fc_trainer_config common = {
		.seed = s->seed, .warmup = s->warmup, .timeline = s->timeline, .progress = true };
	struct fc_dataset dataset;
	struct fc_str command = { 0 };
	char *argv[256];
	int rc;

	if (!operand_count) {
		fc_fail(err, "the name of a model is expected");
		return 2;
	}
	if (choose_backend(s, &common, err) || choose_probe(s, &common, err) || choose_precision(s, &common, err) ||
	    fc_dataset_read(s->data, &dataset, err))
		return -1;
	read_command(&command, argv, (int)(sizeof(argv) / sizeof(argv[0])), &common.argc);
	common.argv = argv;
	common.dataset = &dataset;
	rc = trace_all(s, &common, operands, operand_count, err);
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
		"nothing.\n\n"
		"The exit code is 3 when a run was measured but its records contradict each other; its folder says so.",
	.complete = "model",
	.options = options,
	.settings_size = sizeof(struct settings),
	.defaults = set_defaults,
	.run = run_trace,
};
