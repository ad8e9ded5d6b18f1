#ifdef HAVE_CUDA

#include "fake_cuda.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_cuda_inner.h"
#include "flopclock/arena.h"

_Thread_local struct fake_cuda *fake;

void *fake_make(size_t bytes)
{
	fake->alive++;
	return fc_calloc(1, bytes);
}

void fake_discard(void *thing)
{
	if (!thing)
		return;
	fake->alive--;
	free(thing);
}

static const char *error_name(cudaError_t error)
{
	return error == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation" : "cudaErrorOfTheTest";
}

static const char *error_string(cudaError_t error)
{
	return error == cudaErrorMemoryAllocation ? "out of memory" : "as the test wants it";
}

static cudaError_t last_error(void)
{
	return cudaSuccess;
}

static cudaError_t driver_version(int *version)
{
	MAY_FAIL(cudaErrorUnknown);
	*version = fake->driver;
	return cudaSuccess;
}

static cudaError_t runtime_version(int *version)
{
	*version = 13000;
	return cudaSuccess;
}

static cudaError_t device_count(int *count)
{
	MAY_FAIL(cudaErrorUnknown);
	if (!fake->driver)
		return fake->stub ? cudaErrorStubLibrary : cudaErrorInsufficientDriver;
	*count = fake->devices;
	return cudaSuccess;
}

static cudaError_t set_device(int device)
{
	MAY_FAIL(cudaErrorUnknown);
	return device < fake->devices ? cudaSuccess : cudaErrorInvalidDevice;
}

static cudaError_t set_device_flags(unsigned flags)
{
	MAY_FAIL(cudaErrorUnknown);
	return flags == cudaDeviceScheduleBlockingSync ? cudaSuccess : cudaErrorInvalidValue;
}

static cudaError_t device_properties(struct cudaDeviceProp *p, int device)
{
	MAY_FAIL(cudaErrorUnknown);
	*p = (struct cudaDeviceProp){ .totalGlobalMem = fake->memory_bytes,
				      .major = 9,
				      .multiProcessorCount = 100,
				      .memoryBusWidth = 512,
				      .l2CacheSize = 1000,
				      .ECCEnabled = 1 };
	snprintf(p->name, sizeof(p->name), "Invented GPU %d", device);
	memcpy(p->uuid.bytes, "0123456789abcdef", 16);
	return cudaSuccess;
}

static cudaError_t device_attribute(int *value, enum cudaDeviceAttr attribute, int device)
{
	(void)device;
	*value = attribute == cudaDevAttrClockRate ? 1500000 : attribute == cudaDevAttrMemoryClockRate ? 1000000 : 0;
	return cudaSuccess;
}

static cudaError_t pci_bus_id(char *text, int length, int device)
{
	snprintf(text, (size_t)length, "0000:0%d:00.0", device);
	return cudaSuccess;
}

static cudaError_t memory_info(size_t *available, size_t *total)
{
	*available = fake->memory_bytes - fake->used_bytes;
	*total = fake->memory_bytes;
	return cudaSuccess;
}

/* The size in front; addresses are as aligned as CUDA's. */
static cudaError_t allocate(void **memory, size_t bytes)
{
	MAY_FAIL(cudaErrorMemoryAllocation);
	if (bytes > fake->memory_bytes - fake->used_bytes)
		return cudaErrorMemoryAllocation;
	char *const block = aligned_alloc(256, (bytes + 511) / 256 * 256);

	if (!block)
		return cudaErrorMemoryAllocation;
	memcpy(block, &bytes, sizeof(bytes));
	fake->alive++;
	fake->used_bytes += bytes;
	fake->peak_bytes = fake->used_bytes > fake->peak_bytes ? fake->used_bytes : fake->peak_bytes;
	*memory = block + 256;
	return cudaSuccess;
}

static cudaError_t release(void *memory)
{
	char *block;
	size_t bytes;

	if (!memory)
		return cudaSuccess;
	block = (char *)memory - 256;
	memcpy(&bytes, block, sizeof(bytes));
	fake->used_bytes -= bytes;
	fake_discard(block);
	return cudaSuccess;
}

static cudaError_t copy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream)
{
	(void)kind;
	(void)stream;
	MAY_FAIL(cudaErrorUnknown);
	memcpy(to, from, bytes);
	return cudaSuccess;
}

static cudaError_t set_memory(void *memory, int value, size_t bytes, cudaStream_t stream)
{
	(void)stream;
	MAY_FAIL(cudaErrorUnknown);
	memset(memory, value, bytes);
	return cudaSuccess;
}

static cudaError_t make_stream(cudaStream_t *stream, unsigned flags)
{
	MAY_FAIL(cudaErrorUnknown);
	if (flags != cudaStreamNonBlocking)
		return cudaErrorInvalidValue;
	*stream = fake_make(1);
	return cudaSuccess;
}

static cudaError_t destroy_stream(cudaStream_t stream)
{
	fake_discard(stream);
	return cudaSuccess;
}

static cudaError_t wait_for_stream(cudaStream_t stream)
{
	(void)stream;
	MAY_FAIL(cudaErrorUnknown);
	return fake->capturing ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}

static cudaError_t begin_capture(cudaStream_t stream, enum cudaStreamCaptureMode mode)
{
	(void)stream;
	MAY_FAIL(cudaErrorUnknown);
	if (mode != cudaStreamCaptureModeThreadLocal || fake->capturing)
		return cudaErrorInvalidValue;
	fake->capturing = true;
	fake->captures++;
	fake->graph_ms = fake->clock_ms;
	return cudaSuccess;
}

/* A graph is how long it takes. */
static cudaError_t end_capture(cudaStream_t stream, cudaGraph_t *graph)
{
	(void)stream;
	fake->capturing = false;
	MAY_FAIL(cudaErrorStreamCaptureInvalidated);
	double *const length = fake_make(sizeof(double));

	*length = fake->clock_ms - fake->graph_ms;
	fake->clock_ms = fake->graph_ms;
	*graph = (cudaGraph_t)length;
	return cudaSuccess;
}

static cudaError_t instantiate(cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long flags)
{
	(void)flags;
	MAY_FAIL(cudaErrorUnknown);
	double *const length = fake_make(sizeof(double));

	memcpy(length, graph, sizeof(double));
	*executable = (cudaGraphExec_t)length;
	return cudaSuccess;
}

static cudaError_t upload_graph(cudaGraphExec_t executable, cudaStream_t stream)
{
	(void)executable;
	(void)stream;
	MAY_FAIL(cudaErrorUnknown);
	return cudaSuccess;
}

static cudaError_t launch_graph(cudaGraphExec_t executable, cudaStream_t stream)
{
	(void)stream;
	MAY_FAIL(cudaErrorUnknown);
	fake->replays++;
	fake->clock_ms += *(const double *)executable;
	return cudaSuccess;
}

static cudaError_t destroy_graph(cudaGraph_t graph)
{
	fake_discard(graph);
	return cudaSuccess;
}

static cudaError_t destroy_executable(cudaGraphExec_t executable)
{
	fake_discard(executable);
	return cudaSuccess;
}

/* An event is when it happened; NaN as long as it did not. */
static cudaError_t make_event(cudaEvent_t *event, unsigned flags)
{
	MAY_FAIL(cudaErrorUnknown);
	if (flags & cudaEventDisableTiming)
		return cudaErrorInvalidValue;
	*event = fake_make(sizeof(double));
	return cudaSuccess;
}

static cudaError_t record_event(cudaEvent_t event, cudaStream_t stream, unsigned flags)
{
	(void)stream;
	MAY_FAIL(cudaErrorUnknown);
	/* Captured in the ordinary way it would be an edge of the graph, and never happen. */
	if (fake->capturing != (flags == cudaEventRecordExternal))
		return cudaErrorInvalidValue;
	memcpy(event, &fake->clock_ms, sizeof(double));
	return cudaSuccess;
}

static cudaError_t elapsed(float *ms, cudaEvent_t from, cudaEvent_t to)
{
	MAY_FAIL(cudaErrorUnknown);
	*ms = (float)(*(const double *)to - *(const double *)from);
	return cudaSuccess;
}

static cudaError_t destroy_event(cudaEvent_t event)
{
	fake_discard(event);
	return cudaSuccess;
}

static cudaError_t load_library(cudaLibrary_t *library, const void *code, enum cudaJitOption *jit, void **jit_values,
				unsigned jit_count, enum cudaLibraryOption *options, void **values, unsigned count)
{
	(void)jit;
	(void)jit_values;
	(void)options;
	(void)values;
	MAY_FAIL(cudaErrorNoKernelImageForDevice);
	if (!code || jit_count || count)
		return cudaErrorInvalidValue;
	*library = fake_make(1);
	return cudaSuccess;
}

static cudaError_t unload_library(cudaLibrary_t library)
{
	fake_discard(library);
	return cudaSuccess;
}

/* A kernel is its name: it lives as long as the program's table of names. */
static cudaError_t find_kernel(cudaKernel_t *kernel, cudaLibrary_t library, const char *name)
{
	(void)library;
	MAY_FAIL(cudaErrorSymbolNotFound);
	*kernel = (cudaKernel_t)(uintptr_t)name;
	return cudaSuccess;
}

static cudaError_t set_kernel_attribute(cudaKernel_t kernel, enum cudaFuncAttribute attribute, int value, int device)
{
	(void)kernel;
	(void)value;
	(void)device;
	MAY_FAIL(cudaErrorInvalidValue);
	fake->shared_requests++;
	return attribute == cudaFuncAttributeMaxDynamicSharedMemorySize ? cudaSuccess : cudaErrorInvalidValue;
}

static cudaError_t launch_kernel(const cudaLaunchConfig_t *config, const void *kernel, void **arguments)
{
	MAY_FAIL(cudaErrorLaunchOutOfResources);
	fake->launches++;
	fake->clock_ms += fake->kernel_ms;
	fake->kernel = kernel;
	memcpy(fake->grid, (uint32_t[]){ config->gridDim.x, config->gridDim.y, config->gridDim.z },
	       sizeof(fake->grid));
	memcpy(fake->block, (uint32_t[]){ config->blockDim.x, config->blockDim.y, config->blockDim.z },
	       sizeof(fake->block));
	fake->shared_bytes = (uint32_t)config->dynamicSmemBytes;
	memcpy(fake->arguments, arguments[0], 8);
	return cudaSuccess;
}

static const struct cudart_functions cudart = {
	.cudaDriverGetVersion = driver_version,
	.cudaRuntimeGetVersion = runtime_version,
	.cudaGetErrorName = error_name,
	.cudaGetErrorString = error_string,
	.cudaGetLastError = last_error,
	.cudaGetDeviceCount = device_count,
	.cudaSetDevice = set_device,
	.cudaSetDeviceFlags = set_device_flags,
	.cudaGetDeviceProperties = device_properties,
	.cudaDeviceGetAttribute = device_attribute,
	.cudaDeviceGetPCIBusId = pci_bus_id,
	.cudaMemGetInfo = memory_info,
	.cudaMalloc = allocate,
	.cudaFree = release,
	.cudaMemcpyAsync = copy,
	.cudaMemsetAsync = set_memory,
	.cudaStreamCreateWithFlags = make_stream,
	.cudaStreamDestroy = destroy_stream,
	.cudaStreamSynchronize = wait_for_stream,
	.cudaStreamBeginCapture = begin_capture,
	.cudaStreamEndCapture = end_capture,
	.cudaGraphInstantiate = instantiate,
	.cudaGraphUpload = upload_graph,
	.cudaGraphLaunch = launch_graph,
	.cudaGraphDestroy = destroy_graph,
	.cudaGraphExecDestroy = destroy_executable,
	.cudaEventCreateWithFlags = make_event,
	.cudaEventRecordWithFlags = record_event,
	.cudaEventElapsedTime = elapsed,
	.cudaEventDestroy = destroy_event,
	.cudaLibraryLoadData = load_library,
	.cudaLibraryUnload = unload_library,
	.cudaLibraryGetKernel = find_kernel,
	.cudaKernelSetAttributeForDevice = set_kernel_attribute,
	.cudaLaunchKernelExC = launch_kernel,
};

void fake_cuda_open(struct fake_cuda *opened, struct libraries *libraries)
{
	*opened = (struct fake_cuda){
		.driver = 13000, .devices = 1, .memory_bytes = 1000000000, .algorithms = 1, .algorithm_ms = { 1 }
	};
	*libraries = (struct libraries){
		.cudart = cudart, .cublas = fake_cublas, .cudnn = fake_cudnn, .present = LIBRARIES_TRAIN
	};
	libraries->version[LIBRARY_CUDART] = 13000;
	libraries->version[LIBRARY_CUBLAS] = 130100;
	libraries->version[LIBRARY_CUDNN] = 91900;
	fake = opened;
}

#endif
