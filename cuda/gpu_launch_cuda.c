/* Our own kernels: found in the images that nvcc made, loaded, launched. */
#include <stdlib.h>

#include "flopclock/arena.h"
#include "gpu_cuda.h"

/* More dynamic shared memory than this must be asked for, kernel by kernel (CUDA C++ programming guide). */
#define SHARED_BY_DEFAULT 49152u

static int load_images(struct gpu_cuda *cuda, struct fc_error *err)
{
	const struct cudart_functions *const cudart = &cuda->libraries.cudart;

	cuda->images = fc_calloc((size_t)gpu_kernels_fatbin_count, sizeof(cudaLibrary_t));
	for (int i = 0; i < gpu_kernels_fatbin_count; i++) {
		const cudaError_t status = cudart->cudaLibraryLoadData(&cuda->images[i], gpu_kernels_fatbins[i], NULL,
								       NULL, 0, NULL, NULL, 0);

		if (status == cudaErrorNoKernelImageForDevice) {
			cudart->cudaGetLastError();
			return fc_fail(err,
				       "%s has compute capability %d.%d, for which this program has no kernels (8.0 "
				       "and above)",
				       cuda->properties.name, cuda->properties.major, cuda->properties.minor);
		}
		if (cudart_check(&cuda->libraries, status, "loading the program's own kernels", err))
			return -1;
	}
	return 0;
}

static int load_kernel(struct gpu_cuda *cuda, enum kernel_id id, enum gpu_type type, struct fc_error *err)
{
	const struct cudart_functions *const cudart = &cuda->libraries.cudart;
	struct gpu_kernel *const kernel = &cuda->kernels[id][type];
	const char *const name = kernel_name(id, type);

	kernel->shared_bytes = SHARED_BY_DEFAULT;
	for (int i = 0; i < gpu_kernels_fatbin_count; i++)
		if (!cudart->cudaLibraryGetKernel(&kernel->kernel, cuda->images[i], name))
			return 0;
	cudart->cudaGetLastError();
	return fc_fail(err, "the kernel %s is in none of the program's %d images", name, gpu_kernels_fatbin_count);
}

int gpu_launch_load(struct gpu_cuda *cuda, struct fc_error *err)
{
	static const bool typed[KERNEL_COUNT] = {
#define X(upper, lower, per_type) [KERNEL_##upper] = per_type,
		KERNELS(X)
#undef X
	};

	if (load_images(cuda, err))
		return -1;
	for (int k = 0; k < KERNEL_COUNT; k++)
		for (int t = 0; t < (typed[k] ? GPU_TYPE_COUNT : 1); t++)
			if (load_kernel(cuda, (enum kernel_id)k, (enum gpu_type)t, err))
				return -1;
	return 0;
}

void gpu_launch_unload(struct gpu_cuda *cuda)
{
	for (int i = 0; cuda->images && i < gpu_kernels_fatbin_count; i++)
		if (cuda->images[i])
			cuda->libraries.cudart.cudaLibraryUnload(cuda->images[i]);
	free(cuda->images);
	cuda->images = NULL;
}

/* Once per kernel and size; allowed while capturing, for it is no work of the stream. */
static int want_shared(const struct gpu_cuda *cuda, struct gpu_kernel *kernel, uint32_t bytes, struct fc_error *err)
{
	if (bytes <= kernel->shared_bytes)
		return 0;
	if (cudart_check(&cuda->libraries,
			 cuda->libraries.cudart.cudaKernelSetAttributeForDevice(
				 kernel->kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes,
				 cuda->config.index),
			 "asking for more shared memory", err))
		return -1;
	kernel->shared_bytes = bytes;
	return 0;
}

int gpu_launch_run(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err)
{
	struct gpu_cuda *const cuda = gpu_cuda_of(gpu);
	struct gpu_kernel *const kernel = &cuda->kernels[launch->kernel][launch->type];
	const char *const name = kernel_name((enum kernel_id)launch->kernel, launch->type);
	const cudaLaunchConfig_t config = {
		.gridDim = {launch->grid[0], launch->grid[1], launch->grid[2]},
		.blockDim = {launch->block[0], launch->block[1], launch->block[2]},
		.dynamicSmemBytes = launch->shared_bytes,
		.stream = cuda->stream,
	};
	/* The runtime copies the arguments before it returns. */
	void *arguments[] = {(void *)(uintptr_t)launch->args};

	if (want_shared(cuda, kernel, launch->shared_bytes, err))
		return fc_fail_context(err, "the kernel %s", name);
	if (cudart_check(&cuda->libraries,
			 cuda->libraries.cudart.cudaLaunchKernelExC(&config, (const void *)kernel->kernel, arguments),
			 "cannot be launched", err))
		return fc_fail_context(err, "the kernel %s", name);
	return 0;
}
