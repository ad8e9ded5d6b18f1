/* What holds for the study as a whole, and what a reader must be warned of. */
#include <string.h>

#include "run_read.h"
#include "study_build.h"

static bool all_equal(const struct fc_study *study, const char *(*text)(const struct fc_study_network *network))
{
	for (int i = 1; i < study->network_count; i++)
		if (strcmp(text(&study->networks[i]), text(&study->networks[0])))
			return false;
	return true;
}

static const char *input_of(const struct fc_study_network *network)
{
	return network->input;
}

static bool same_batch(const struct fc_study *study)
{
	for (int i = 1; i < study->network_count; i++)
		if (study->networks[i].batch != study->networks[0].batch)
			return false;
	return true;
}

static void set_setting(struct fc_study *study)
{
	const struct fc_study_network *first = &study->networks[0];
	struct fc_arena *arena = &study->arena;
	const bool input = all_equal(study, input_of), batch = same_batch(study);
	const char *inputs = input ? first->input : "inputs that differ";
	const char *batches = batch ? fc_arena_printf(arena, "batch %llu", (unsigned long long)first->batch)
				    : "batches that differ";

	study->setting = fc_arena_printf(arena, "%s, %s, %s", inputs, batches, first->run->precision);
	if (!input || !batch)
		fc_study_warn(study, "The networks did not run under one setting: %s differ from network to network, "
				     "so differences between networks are not due to their layers alone.",
			      input ? "batches" : batch ? "inputs" : "inputs and batches");
}

static void set_device(struct fc_study *study)
{
	const struct fc_run *run = study->networks[0].run;
	const char *name = *run->device_name ? run->device_name : run->host_cpu;

	const char *threads = fc_run_text(run, "device.threads", &study->arena);
	const char *many = *threads && strcmp(threads, "1") ? "s" : "";

	study->device = fc_arena_printf(&study->arena, "%s (%s%s%s%s%s)", name, run->backend,
					*threads ? ", " : "", threads, *threads ? " thread" : "", many);
}

static void set_date(struct fc_study *study)
{
	study->date = study->networks[0].run->finished;
	for (int i = 1; i < study->network_count; i++)
		if (strcmp(study->networks[i].run->finished, study->date) > 0)
			study->date = study->networks[i].run->finished;
}

static void warn_of_run(struct fc_study *study, const struct fc_study_network *network)
{
	const struct fc_run *run = network->run;
	const int shown = run->anomaly_count < 3 ? run->anomaly_count : 3;

	if (network->suspect)
		fc_study_warn(study, "The run of %s is marked suspect by the tracer.", network->name);
	for (int i = 0; i < shown; i++)
		fc_study_warn(study, "%s: %s.", network->name, run->anomalies[i]);
	if (shown < run->anomaly_count)
		fc_study_warn(study, "%s: %d more anomalies are listed in its run.json.", network->name,
			      run->anomaly_count - shown);
}

void fc_study_context(struct fc_study *study)
{
	const struct fc_run *first = study->networks[0].run;

	/* Both are tools for testing; their numbers must never pass for measurements. */
	if (!strcmp(first->probe, "fake"))
		fc_study_warn(study, "The times are invented: the probe was \"fake\", nothing was measured.");
	if (!strcmp(first->backend, "null"))
		fc_study_warn(study, "Nothing was computed: the backend was \"null\".");
	if (!study->layer_count)
		fc_study_warn(study, "Only whole iterations were timed: there are no times of layers to set against "
				     "their FLOPs.");
	set_setting(study);
	set_device(study);
	set_date(study);
	for (int i = 0; i < study->network_count; i++)
		warn_of_run(study, &study->networks[i]);
}
