#include "gpu_cuda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv_cudnn.h"
#include "flopclock/arena.h"
#include "legacy_cudnn.h"
#include "product_cublas.h"
#include "state_nvml.h"

/* How often clocks and power are read. */
#define PERIOD_MS 50

/* -------- is there one? -------- */

/* The library of the driver that lies in a toolkit, for linking, answers as if there were no driver, but with a code of its own. */
static int explain_no_driver(const struct libraries *libraries, struct fc_error *err)
{
	int count = 0;

	/* Would initialise CUDA; without a driver there is nothing to initialise. */
	if (libraries->cudart.cudaGetDeviceCount(&count) == cudaErrorStubLibrary)
		return fc_fail(
			err, "the libcuda.so.1 that the loader finds is the stub of a toolkit, not that of a driver");
	return fc_fail(err, "there is no NVIDIA driver (libcuda.so.1)");
}

/*
 * Asks the driver for its version and NVML for its devices: neither initialises CUDA, which cudaGetDeviceCount and almost
 * everything else does.
 */
static int check_driver(const struct libraries *libraries, struct fc_error *err)
{
	const char *const visible = getenv("CUDA_VISIBLE_DEVICES");
	char have[24], want[24];
	int driver = 0, runtime = (int)libraries->version[LIBRARY_CUDART];

	if (cudart_check(libraries, libraries->cudart.cudaDriverGetVersion(&driver), "asking for the driver", err))
		return -1;
	if (!driver)
		return explain_no_driver(libraries, err);
	if (driver / 1000 < runtime / 1000) {
		library_version(LIBRARY_CUDART, (uint64_t)driver, have);
		library_version(LIBRARY_CUDART, (uint64_t)runtime, want);
		return fc_fail(err,
			       "the NVIDIA driver knows CUDA %s, and the libraries here need one that knows CUDA %s",
			       have, want);
	}
	if (visible && (!*visible || *visible == '-'))
		return fc_fail(err, "CUDA_VISIBLE_DEVICES is '%s' and hides every GPU", visible);
	if (libraries->present & LIBRARIES_STATE && !state_nvml_count(&libraries->nvml))
		return fc_fail(err, "the NVIDIA driver sees no GPU");
	return 0;
}

int gpu_cuda_available(struct fc_error *err)
{
	struct libraries libraries;

	if (libraries_open(&libraries, LIBRARIES_TRAIN, LIBRARIES_STATE, err))
		return -1;
	return check_driver(&libraries, err);
}

void gpu_cuda_library(char text[64])
{
	static const enum library named[] = { LIBRARY_CUDART, LIBRARY_CUDNN, LIBRARY_CUBLAS };
	struct libraries libraries;
	struct fc_error ignored;
	size_t length = 0;

	libraries_open(&libraries, 0, LIBRARIES_TRAIN, &ignored);
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]) && length < 64; i++) {
		const char *const name = named[i] == LIBRARY_CUDART ? "CUDA" : library_name(named[i]);
		char version[24] = "missing";

		if (libraries.present & 1u << named[i])
			library_version(named[i], libraries.version[named[i]], version);
		length += (size_t)snprintf(text + length, 64 - length, "%s%s %s", i ? ", " : "", name, version);
	}
}

/* -------- open and close -------- */

static int choose_device(struct gpu_cuda *cuda, struct fc_error *err)
{
	const struct libraries *const l = &cuda->libraries;
	const int index = cuda->config.index;
	int count = 0;

	if (cudart_check(l, l->cudart.cudaGetDeviceCount(&count), "looking for a GPU", err))
		return -1;
	if (index < 0 || index >= count)
		return fc_fail(err, "there is no GPU %d: CUDA sees %d, counted from 0", index, count);
	/* The host waits once per epoch, and long: it leaves its core to others meanwhile. */
	if (cudart_check(l, l->cudart.cudaSetDevice(index), "choosing the GPU", err) ||
	    cudart_check(l, l->cudart.cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync), "setting how to wait", err))
		return -1;
	return cudart_check(l, l->cudart.cudaGetDeviceProperties(&cuda->properties, index), "asking what the GPU is",
			    err);
}

static int open_libraries(struct gpu_cuda *cuda, struct fc_error *err)
{
	const struct libraries *const l = &cuda->libraries;

	if (cudart_check(l, l->cudart.cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking),
			 "making a stream", err))
		return -1;
	if (cudnn_check(l, l->cudnn.cudnnCreate(&cuda->cudnn), "opening cuDNN", err) ||
	    cudnn_check(l, l->cudnn.cudnnSetStream(cuda->cudnn, cuda->stream), "giving cuDNN a stream", err))
		return -1;
	return cublas_check(l, l->cublas.cublasLtCreate(&cuda->cublas), "opening cuBLASLt", err);
}

/* Training does without: run.json then says what is missing. */
static void start_sampler(struct gpu_cuda *cuda)
{
	char pci_id[32] = "";

	if (!(cuda->libraries.present & LIBRARIES_STATE)) {
		fc_fail(&cuda->why_no_state, "NVML (libnvidia-ml.so.1) was not found");
		return;
	}
	cuda->libraries.cudart.cudaDeviceGetPCIBusId(pci_id, sizeof(pci_id), cuda->config.index);
	if (state_nvml_open(&cuda->libraries.nvml, pci_id, &cuda->state, &cuda->why_no_state))
		return;
	if (state_sampler_start(&cuda->state, PERIOD_MS, &cuda->sampler, &cuda->why_no_state))
		cuda->sampler = NULL;
}

static void close_gpu(struct gpu *gpu)
{
	struct gpu_cuda *const cuda = gpu_cuda_of(gpu);
	const struct libraries *const l = &cuda->libraries;

	if (cuda->sampler)
		state_sampler_stop(cuda->sampler);
	if (cuda->stream)
		l->cudart.cudaStreamSynchronize(cuda->stream);
	conv_tunings_release(cuda->tunings);
	gpu_launch_unload(cuda);
	if (cuda->cublas)
		l->cublas.cublasLtDestroy(cuda->cublas);
	if (cuda->cudnn)
		l->cudnn.cudnnDestroy(cuda->cudnn);
	if (cuda->stream)
		l->cudart.cudaStreamDestroy(cuda->stream);
	free(cuda);
}

static const struct gpu_ops ops = {
	.name = "cuda",
	.close = close_gpu,
	.describe = gpu_describe,
	.memory_available = gpu_memory_available,
	.alloc = gpu_memory_alloc,
	.free = gpu_memory_free,
	.upload = gpu_memory_upload,
	.download = gpu_memory_download,
	.clear = gpu_memory_clear,
	.launch = gpu_launch_run,
	.conv_open = conv_cudnn_open,
	.conv_close = conv_cudnn_close,
	.conv_plan = conv_cudnn_plan,
	.conv_run = conv_cudnn_run,
	.product_open = product_cublas_open,
	.product_close = product_cublas_close,
	.product_plan = product_cublas_plan,
	.product_run = product_cublas_run,
	.legacy_open = legacy_cudnn_open,
	.legacy_close = legacy_cudnn_close,
	.legacy_run = legacy_cudnn_run,
	.measure = gpu_graph_measure,
	.capture_begin = gpu_graph_begin,
	.capture_end = gpu_graph_end,
	.replay = gpu_graph_replay,
	.graph_release = gpu_graph_release,
	.sync = gpu_sync,
};

int gpu_cuda_open_with(const struct libraries *libraries, const struct fc_device_config *config, struct gpu **gpu,
		       struct fc_error *err)
{
	struct gpu_cuda *cuda;

	if (check_driver(libraries, err))
		return -1;
	cuda = fc_calloc(1, sizeof(*cuda));
	cuda->gpu.ops = &ops;
	cuda->libraries = *libraries;
	cuda->config = *config;
	if (choose_device(cuda, err) || open_libraries(cuda, err) || gpu_launch_load(cuda, err)) {
		close_gpu(&cuda->gpu);
		return -1;
	}
	start_sampler(cuda);
	*gpu = &cuda->gpu;
	return 0;
}

int gpu_cuda_open(const struct fc_device_config *config, struct gpu **gpu, struct fc_error *err)
{
	struct libraries libraries;

	if (libraries_open(&libraries, LIBRARIES_TRAIN, LIBRARIES_STATE, err))
		return -1;
	return gpu_cuda_open_with(&libraries, config, gpu, err);
}
