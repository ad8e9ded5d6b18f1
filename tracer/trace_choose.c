#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/number.h"
#include "flopclock/str.h"
#include "preset.h"
#include "trace.h"

const char *const trace_precisions[] = {
	"auto",
#define X(upper, lower) #lower,
	FC_PRECISIONS(X)
#undef X
	NULL,
};

/* "cuda:1" is device "cuda", index 1. */
static int choose_backend(const struct trace_settings *s, struct fc_trainer_config *config, struct fc_error *err)
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
	config->device.index = (int)index;
	fc_str_release(&device);
	return rc;
}

static int choose_probe(const struct trace_settings *s, const struct fc_backend *backend,
			const struct fc_probe_kind **probe, struct fc_error *err)
{
	const bool automatic = !strcmp(s->probe, "auto");

	if (!automatic) {
		*probe = fc_probe_find(s->probe, err);
		if (!*probe)
			return -1;
		if (strcmp((*probe)->device, "any") && strcmp((*probe)->device, backend->device))
			return fc_fail(err, "--probe %s measures on %s, the backend %s computes on %s", s->probe,
				       (*probe)->device, backend->name, backend->device);
		return 0;
	}
	/* The first that measures on this very device. */
	for (int i = 0; (*probe = fc_probe_at(i)); i++)
		if ((*probe)->measures && !strcmp((*probe)->device, backend->device))
			return 0;
	return fc_fail(err, "no probe measures on %s", backend->device);
}

static bool can(const struct fc_backend *backend, enum fc_precision precision)
{
	return backend->precisions & 1u << precision;
}

static int refuse_precision(const struct fc_backend *backend, const char *wanted, struct fc_error *err)
{
	struct fc_str list = { 0 };

	for (enum fc_precision p = 0; p < FC_PRECISION_COUNT; p++)
		if (can(backend, p))
			fc_str_addf(&list, "%s%s", list.length ? ", " : "", fc_precision_name(p));
	fc_fail(err, "--precision %s: the backend %s computes in %s only", wanted, backend->name, list.text);
	fc_str_release(&list);
	return -1;
}

/* By itself tf32 where there is such a thing, as the vendors' libraries do, else fp32. */
static int choose_precision(const struct trace_settings *s, struct fc_trainer_config *config, struct fc_error *err)
{
	const struct fc_backend *const backend = config->backend;

	if (!s->precision) {
		config->device.precision = can(backend, FC_PRECISION_TF32) ? FC_PRECISION_TF32 : FC_PRECISION_FP32;
		return 0;
	}
	config->device.precision = (enum fc_precision)(s->precision - 1);
	if (!can(backend, config->device.precision))
		return refuse_precision(backend, trace_precisions[s->precision], err);
	return 0;
}

/* "256M": a number and a binary unit. */
static int parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMG";
	const size_t digits = strspn(text, "0123456789");
	const char *const unit = text[digits] ? strchr(units, toupper((unsigned char)text[digits])) : NULL;
	struct fc_str number = { 0 };
	bool ok;

	fc_str_addn(&number, text, digits);
	ok = fc_parse_u64(number.text, bytes) && (!text[digits] || (unit && !text[digits + 1]));
	fc_str_release(&number);
	return ok && (!unit || fc_mul_u64(*bytes, UINT64_C(1) << 10 * (unit - units + 1), bytes)) ? 0 : -1;
}

static int choose_device(const struct trace_settings *s, struct fc_device_config *device, struct fc_error *err)
{
	device->threads = (int)s->threads;
	device->deterministic = s->deterministic;
	device->autotune = !s->no_autotune;
	if (s->workspace && parse_size(s->workspace, &device->workspace_bytes))
		return fc_fail(err, "--workspace %s: a number of bytes is expected, such as 256M or 1G",
			       s->workspace);
	return 0;
}

int trace_choose(const struct trace_settings *s, struct fc_trainer_config *config, const struct fc_probe_kind **probe,
		 struct fc_error *err)
{
	if (choose_device(s, &config->device, err) || choose_backend(s, config, err) ||
	    choose_probe(s, config->backend, probe, err) || choose_precision(s, config, err))
		return -1;
	config->no_replay = s->no_graph;
	return 0;
}

static uint64_t count_or(uint64_t given, uint64_t otherwise)
{
	return given == TRACE_UNSET ? otherwise : given;
}

static double number_or(double given, double otherwise)
{
	return isnan(given) ? otherwise : given;
}

int trace_apply_preset(const struct trace_settings *s, const char *model, struct fc_trainer_config *config,
		       struct fc_model_request *request, struct fc_error *err)
{
	const struct preset *const preset = preset_find(preset_names[s->preset], model);

	if (!preset)
		return fc_fail(err, "the preset %s has no protocol for %s", preset_names[s->preset], model);
	memcpy(request->input, s->input[0] ? s->input : preset->input, sizeof(request->input));
	request->batch = (int64_t)count_or(s->batch, preset->batch);
	/* Steps alone mean that many steps, not that many in each of the preset's epochs. */
	config->epochs = count_or(s->epochs, s->steps == TRACE_UNSET ? preset->epochs : 1);
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
