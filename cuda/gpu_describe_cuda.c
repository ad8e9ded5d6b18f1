/* What run.json says of the device. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "conv_cudnn.h"
#include "gpu_cuda.h"
#include "peak.h"
#include "state_nvml.h"

static void describe_identity(const struct gpu_cuda *cuda, struct fc_json *json)
{
	const struct cudaDeviceProp *const p = &cuda->properties;
	const unsigned char *const u = (const unsigned char *)p->uuid.bytes;
	char text[64];

	fc_json_text(json, "name", p->name);
	snprintf(text, sizeof(text), "GPU-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0],
		 u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
	fc_json_text(json, "uuid", text);
	if (!cuda->libraries.cudart.cudaDeviceGetPCIBusId(text, sizeof(text), cuda->config.index))
		fc_json_text(json, "pci_id", text);
	snprintf(text, sizeof(text), "%d.%d", p->major, p->minor);
	fc_json_text(json, "compute_capability", text);
	fc_json_u64(json, "multiprocessors", (uint64_t)p->multiProcessorCount);
	fc_json_u64(json, "memory_bytes", p->totalGlobalMem);
	fc_json_u64(json, "l2_bytes", (uint64_t)p->l2CacheSize);
	fc_json_bool(json, "ecc", p->ECCEnabled);
	fc_json_bool(json, "mps", p->mpsEnabled);
}

/* The device as cuDNN describes it: what a file for `analyze --plan` holds. */
static void describe_properties(const struct gpu_cuda *cuda, struct fc_json *json)
{
	struct fc_str text = { 0 };
	struct fc_error ignored;

	if (!conv_cudnn_device(&cuda->libraries, cuda->cudnn, &text, &ignored))
		fc_json_text(json, "properties", text.text);
	fc_str_release(&text);
}

/* 0: CUDA does not say. */
static double attribute_mhz(const struct gpu_cuda *cuda, enum cudaDeviceAttr attribute)
{
	int khz = 0;

	return cuda->libraries.cudart.cudaDeviceGetAttribute(&khz, attribute, cuda->config.index) ? 0 : khz / 1e3;
}

/* At the clock that was seen while it worked; without samples at the highest. */
static void describe_peaks(const struct gpu_cuda *cuda, struct fc_json *json)
{
	const struct peak_device device = {cuda->properties.major, cuda->properties.minor, cuda->properties.name,
					   cuda->properties.multiProcessorCount};
	const double highest = attribute_mhz(cuda, cudaDevAttrClockRate);
	const double memory = attribute_mhz(cuda, cudaDevAttrMemoryClockRate);
	const double seen = cuda->sampler ? state_sampler_range(cuda->sampler, STATE_SM_CLOCK).median : NAN;

	fc_json_number(json, "sm_clock_limit_mhz", highest);
	fc_json_number(json, "memory_clock_limit_mhz", memory);
	/* Two transfers a clock. */
	fc_json_number(json, "peak_bytes_per_s", 2 * memory * 1e6 * cuda->properties.memoryBusWidth / 8);
	if (isnan(seen))
		peak_describe(&device, highest, "highest", json);
	else
		peak_describe(&device, seen, "median of samples", json);
}

static void describe_version(const char *key, enum library library, uint64_t version, struct fc_json *json)
{
	char text[24];

	library_version(library, version, text);
	if (version)
		fc_json_text(json, key, text);
}

static void describe_software(const struct gpu_cuda *cuda, struct fc_json *json)
{
	const struct libraries *const l = &cuda->libraries;
	struct libraries tracer;
	struct fc_error ignored;
	int driver = 0;

	l->cudart.cudaDriverGetVersion(&driver);
	describe_version("driver_cuda", LIBRARY_CUDART, (uint64_t)driver, json);
	describe_version("cuda_runtime", LIBRARY_CUDART, l->version[LIBRARY_CUDART], json);
	describe_version("cudnn", LIBRARY_CUDNN, l->version[LIBRARY_CUDNN], json);
	/* cuDNN brings its own runtime along. */
	describe_version("cudnn_cuda_runtime", LIBRARY_CUDART, l->cudnn.cudnnGetCudartVersion(), json);
	describe_version("cublaslt", LIBRARY_CUBLAS, l->version[LIBRARY_CUBLAS], json);
	if (!libraries_open(&tracer, 0, 1u << LIBRARY_CUPTI, &ignored))
		describe_version("cupti", LIBRARY_CUPTI, tracer.version[LIBRARY_CUPTI], json);
}

/* Variables that change what the libraries do; those that are set. */
static void describe_environment(struct fc_json *json)
{
	static const char *const names[] = {
		"CUBLAS_WORKSPACE_CONFIG", "CUBLASLT_LOG_LEVEL",   "CUDA_DEVICE_MAX_CONNECTIONS",
		"CUDA_INJECTION64_PATH",   "CUDA_LAUNCH_BLOCKING", "CUDA_MODULE_LOADING",
		"CUDA_VISIBLE_DEVICES",	   "CUDNN_LOGDEST_DBG",	   "CUDNN_LOGLEVEL_DBG",
		"NVIDIA_TF32_OVERRIDE",
	};

	fc_json_object(json, "environment");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]))
			fc_json_text(json, names[i], getenv(names[i]));
	fc_json_end_object(json);
}

static void describe_state(const struct gpu_cuda *cuda, struct fc_json *json)
{
	fc_json_object(json, "state");
	if (cuda->sampler) {
		state_nvml_describe(&cuda->state, json);
		state_sampler_describe(cuda->sampler, json);
	} else {
		fc_json_text(json, "missing", cuda->why_no_state.text);
	}
	fc_json_end_object(json);
}

void gpu_describe(struct gpu *gpu, struct fc_json *json)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);

	describe_identity(cuda, json);
	describe_properties(cuda, json);
	describe_software(cuda, json);
	describe_peaks(cuda, json);
	describe_state(cuda, json);
	describe_environment(json);
}
