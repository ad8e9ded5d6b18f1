#include "state_nvml.h"

#include <stdlib.h>

#include "flopclock/arena.h"

struct device {
	const struct nvml_functions *nvml;
	struct nvml_device *device;
};

static void note(struct state_sample *sample, enum state_metric metric, int status, unsigned value)
{
	if (status != NVML_SUCCESS)
		return;
	sample->valid |= 1u << metric;
	sample->value[metric] = value;
}

static void read_sample(void *impl, struct state_sample *sample)
{
	const struct device *const d = impl;
	const struct nvml_functions *const nvml = d->nvml;
	unsigned long long reasons = 0;
	unsigned value = 0;
	int status;

	status = nvml->nvmlDeviceGetClockInfo(d->device, NVML_CLOCK_SM, &value);
	note(sample, STATE_SM_CLOCK, status, value);
	status = nvml->nvmlDeviceGetClockInfo(d->device, NVML_CLOCK_MEMORY, &value);
	note(sample, STATE_MEMORY_CLOCK, status, value);
	status = nvml->nvmlDeviceGetTemperature(d->device, NVML_TEMPERATURE_GPU, &value);
	note(sample, STATE_TEMPERATURE, status, value);
	status = nvml->nvmlDeviceGetPowerUsage(d->device, &value);
	note(sample, STATE_POWER, status, (value + 50) / 100);
	sample->has_reasons = nvml->nvmlDeviceGetCurrentClocksThrottleReasons(d->device, &reasons) == NVML_SUCCESS;
	sample->reasons = reasons;
}

static void close_device(void *impl)
{
	const struct device *const d = impl;

	d->nvml->nvmlShutdown();
	free(impl);
}

int state_nvml_open(const struct nvml_functions *nvml, const char *pci_bus_id, struct state_source *source,
		    struct fc_error *err)
{
	struct nvml_device *found = NULL;
	int status = nvml->nvmlInit_v2();

	if (status != NVML_SUCCESS)
		return fc_fail(err, "NVML cannot be started: %s", nvml->nvmlErrorString(status));
	status = nvml->nvmlDeviceGetHandleByPciBusId_v2(pci_bus_id, &found);
	if (status != NVML_SUCCESS) {
		nvml->nvmlShutdown();
		return fc_fail(err, "NVML does not know the GPU at %s: %s", pci_bus_id,
			       nvml->nvmlErrorString(status));
	}
	struct device *const device = fc_calloc(1, sizeof(*device));

	*device = (struct device){.nvml = nvml, .device = found};
	*source = (struct state_source){.impl = device, .read = read_sample, .close = close_device};
	return 0;
}

void state_nvml_describe(const struct state_source *source, struct fc_json *json)
{
	const struct device *const d = source->impl;
	const struct nvml_functions *const nvml = d->nvml;
	char text[NVML_TEXT] = "";
	unsigned value = 0, pending = 0;

	if (nvml->nvmlSystemGetDriverVersion(text, sizeof(text)) == NVML_SUCCESS)
		fc_json_text(json, "driver_name", text);
	if (nvml->nvmlDeviceGetVbiosVersion(d->device, text, sizeof(text)) == NVML_SUCCESS)
		fc_json_text(json, "vbios", text);
	if (nvml->nvmlDeviceGetPersistenceMode(d->device, &value) == NVML_SUCCESS)
		fc_json_bool(json, "persistence", value);
	if (nvml->nvmlDeviceGetMigMode(d->device, &value, &pending) == NVML_SUCCESS)
		fc_json_bool(json, "mig", value);
	if (nvml->nvmlDeviceGetMaxClockInfo(d->device, NVML_CLOCK_SM, &value) == NVML_SUCCESS)
		fc_json_u64(json, "max_sm_clock_mhz", value);
	if (nvml->nvmlDeviceGetMaxClockInfo(d->device, NVML_CLOCK_MEMORY, &value) == NVML_SUCCESS)
		fc_json_u64(json, "max_memory_clock_mhz", value);
	if (nvml->nvmlDeviceGetEnforcedPowerLimit(d->device, &value) == NVML_SUCCESS)
		fc_json_number(json, "power_limit_w", value / 1e3);
}

int state_nvml_count(const struct nvml_functions *nvml)
{
	unsigned count = 0;
	int status = nvml->nvmlInit_v2();

	if (status != NVML_SUCCESS)
		return -1;
	status = nvml->nvmlDeviceGetCount_v2(&count);
	nvml->nvmlShutdown();
	return status == NVML_SUCCESS ? (int)count : -1;
}
