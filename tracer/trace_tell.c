/* What a person sees of a run: words on standard error, a row of results on standard output. */
#include <stdio.h>
#include <string.h>

#include "flopclock/file.h"
#include "preset.h"
#include "trace.h"

void trace_tell_device(const struct fc_backend *backend)
{
	struct fc_error why;

	if (strcmp(backend->device, "cuda") && fc_backend_lacks("cuda", &why))
		fprintf(stderr, "on the CPU, because no GPU can be used: %s\n", why.text);
}

void trace_tell_run(const struct trace_run *run)
{
	const struct fc_graph *const graph = &run->graph;
	const struct fc_backend *const backend = run->config.backend;
	const struct fc_shape in = graph->nodes[0].shape;
	const struct preset *const preset = preset_find(run->config.preset, graph->name);
	const bool choice = backend->precisions & (backend->precisions - 1);

	fprintf(stderr, "%s: %lldx%lldx%lld, batch %lld, on %s by %s%s%s\n", graph->name, (long long)in.c,
		(long long)in.h, (long long)in.w, (long long)graph->batch, backend->device, backend->name,
		choice ? " in " : "", choice ? fc_precision_name(run->config.device.precision) : "");
	if (preset && preset->note)
		fprintf(stderr, "%s: preset %s: %s\n", graph->name, preset->name, preset->note);
}

int trace_print_row(const struct trace_run *run, const struct fc_trainer_result *result, bool first,
		    struct fc_error *err)
{
	const struct fc_graph *const graph = &run->graph;
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

/* The identity that every measured time has to fit into. */
static void tell_closure(const char *name, enum fc_pass pass, const struct fc_closure *c)
{
	if (c->wall_ns <= 0)
		return;
	fprintf(stderr, "%s: %s: wall %.9f s = busy %.9f s (%.1f %%) + idle %.9f s, difference %lld ns\n", name,
		fc_pass_name(pass), (double)c->wall_ns / 1e9, (double)c->busy_ns / 1e9,
		100 * (double)c->busy_ns / (double)c->wall_ns, (double)c->idle_ns / 1e9,
		(long long)(c->wall_ns - c->busy_ns - c->idle_ns));
}

static void tell_overhead(const struct trace_run *run, const struct fc_trainer_result *result)
{
	const double untraced = run->config.untraced_images_per_s, traced = result->traced_images_per_s;

	if (run->config.untraced_steps && traced > 0)
		fprintf(stderr,
			"%s: measuring costs %.1f %% of the time: %.1f images/s, %.1f without it in the same %llu steps\n",
			run->graph.name, 100 * (untraced / traced - 1), traced, untraced,
			(unsigned long long)run->config.untraced_steps);
}

/* What the whole of the data would have taken, where only a part of it was used. */
static void tell_epoch(const struct trace_run *run, const struct fc_trainer_result *result)
{
	const struct fc_trainer_config *const config = &run->config;
	const int64_t train = config->dataset->train.count, validate = config->dataset->validate.count,
		      batch = run->graph.batch;

	if (!config->steps || (int64_t)config->steps >= train / batch || !(result->images_per_s > 0) ||
	    !(result->validate_images_per_s > 0))
		return;
	fprintf(stderr,
		"%s: trained on %lld of %lld images; a whole epoch with validation would take about %.0f s "
		"(extrapolated)\n",
		run->graph.name, (long long)config->steps * (long long)batch, (long long)train,
		(double)train / result->images_per_s + (double)validate / result->validate_images_per_s);
}

void trace_tell_result(const struct trace_run *run, const struct fc_trainer_result *result)
{
	if (run->config.probe->kind->measures)
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
			tell_closure(run->graph.name, pass, &result->closure[pass]);
	tell_overhead(run, result);
	tell_epoch(run, result);
}
