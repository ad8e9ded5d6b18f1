/*
 * NVML as a table of functions that is filled at run time. It comes with the driver, its header with nothing that the
 * build asks for, so what is used of it is declared here. Source of names, types and values: NVIDIA's NVML API reference.
 */
#ifndef FLOPCLOCK_CUDA_LIBRARIES_NVML_H
#define FLOPCLOCK_CUDA_LIBRARIES_NVML_H

struct nvml_device; /* NVML's own */

enum nvml_clock { NVML_CLOCK_SM = 1, NVML_CLOCK_MEMORY = 2 };
enum nvml_temperature { NVML_TEMPERATURE_GPU = 0 };
#define NVML_SUCCESS 0

/* Sizes of texts that NVML writes at most. */
#define NVML_TEXT 96

/* Return type, name, parameters. */
#define NVML_FUNCTIONS(X)                                                                                            \
	X(int, nvmlInit_v2, (void))                                                                                  \
	X(int, nvmlShutdown, (void))                                                                                 \
	X(const char *, nvmlErrorString, (int result))                                                               \
	X(int, nvmlSystemGetDriverVersion, (char *version, unsigned length))                                         \
	X(int, nvmlDeviceGetCount_v2, (unsigned *count))                                                             \
	X(int, nvmlDeviceGetHandleByPciBusId_v2, (const char *pci_bus_id, struct nvml_device **device))              \
	X(int, nvmlDeviceGetClockInfo, (struct nvml_device * device, unsigned clock, unsigned *mhz))                 \
	X(int, nvmlDeviceGetMaxClockInfo, (struct nvml_device * device, unsigned clock, unsigned *mhz))              \
	X(int, nvmlDeviceGetTemperature, (struct nvml_device * device, unsigned sensor, unsigned *celsius))          \
	X(int, nvmlDeviceGetPowerUsage, (struct nvml_device * device, unsigned *milliwatts))                         \
	X(int, nvmlDeviceGetEnforcedPowerLimit, (struct nvml_device * device, unsigned *milliwatts))                 \
	X(int, nvmlDeviceGetCurrentClocksThrottleReasons,                                                            \
	  (struct nvml_device * device, unsigned long long *reasons))                                                \
	X(int, nvmlDeviceGetPersistenceMode, (struct nvml_device * device, unsigned *enabled))                       \
	X(int, nvmlDeviceGetMigMode, (struct nvml_device * device, unsigned *current, unsigned *pending))            \
	X(int, nvmlDeviceGetVbiosVersion, (struct nvml_device * device, char *version, unsigned length))

struct nvml_functions {
#define X(type, name, parameters) type(*name) parameters;
	NVML_FUNCTIONS(X)
#undef X
};

#endif
