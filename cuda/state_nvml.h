/* NVML as a source of samples, and what it knows of a device that CUDA does not say. */
#ifndef FLOPCLOCK_CUDA_STATE_NVML_H
#define FLOPCLOCK_CUDA_STATE_NVML_H

#include "libraries_nvml.h"
#include "state.h"

/* The device at a PCI address. The functions are borrowed until the source is closed. */
int state_nvml_open(const struct nvml_functions *nvml, const char *pci_bus_id, struct state_source *source,
		    struct fc_error *err);
/* Members "driver_name", "vbios", "persistence", "max_sm_clock_mhz" ...: those that NVML answers. */
void state_nvml_describe(const struct state_source *source, struct fc_json *json);

/* How many devices the driver has, without initialising CUDA; -1: NVML does not say. */
int state_nvml_count(const struct nvml_functions *nvml);

#endif
