/* Memory of the device, and copies to and from it. */
#include "gpu_cuda.h"

/* What the driver may want besides: code of kernels that are loaded later, rounding. */
#define KEPT_BACK (64u << 20)

uint64_t gpu_memory_available(struct gpu *gpu)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);
	size_t available = 0, total = 0;

	if (cuda->libraries.cudart.cudaMemGetInfo(&available, &total) || available < KEPT_BACK)
		return 0;
	return available - KEPT_BACK;
}

static int refuse(const struct gpu_cuda *cuda, uint64_t bytes, struct fc_error *err)
{
	size_t available = 0, total = 0;

	cuda->libraries.cudart.cudaGetLastError();
	cuda->libraries.cudart.cudaMemGetInfo(&available, &total);
	return fc_fail(err, "%s has no %.2f GB of memory left: %.2f of %.2f GB are free", cuda->properties.name,
		       (double)bytes / 1e9, (double)available / 1e9, (double)total / 1e9);
}

int gpu_memory_alloc(struct gpu *gpu, uint64_t bytes, void **memory, struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);
	const struct cudart_functions *const cudart = &cuda->libraries.cudart;
	void *allocated = NULL;
	const cudaError_t status = cudart->cudaMalloc(&allocated, bytes ? bytes : 1);

	if (status == cudaErrorMemoryAllocation)
		return refuse(cuda, bytes, err);
	if (cudart_check(&cuda->libraries, status, "allocating memory of the GPU", err))
		return -1;
	if (gpu_memory_clear(gpu, allocated, bytes, err) || gpu_sync(gpu, err)) {
		cudart->cudaFree(allocated);
		return -1;
	}
	*memory = allocated;
	return 0;
}

void gpu_memory_free(struct gpu *gpu, void *memory)
{
	gpu_cuda_of(gpu)->libraries.cudart.cudaFree(memory);
}

static int copy(struct gpu *gpu, void *to, const void *from, uint64_t bytes, enum cudaMemcpyKind kind,
		const char *what, struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);

	if (cudart_check(&cuda->libraries,
			 cuda->libraries.cudart.cudaMemcpyAsync(to, from, bytes, kind, cuda->stream), what, err))
		return -1;
	return gpu_sync(gpu, err);
}

int gpu_memory_upload(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	return copy(gpu, to, from, bytes, cudaMemcpyHostToDevice, "copying to the GPU", err);
}

int gpu_memory_download(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	return copy(gpu, to, from, bytes, cudaMemcpyDeviceToHost, "copying from the GPU", err);
}

int gpu_memory_clear(struct gpu *gpu, void *memory, uint64_t bytes, struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);

	if (!bytes)
		return 0;
	return cudart_check(&cuda->libraries, cuda->libraries.cudart.cudaMemsetAsync(memory, 0, bytes, cuda->stream),
			    "clearing memory of the GPU", err);
}

/* Kernels report what went wrong with them here, long after their launch. */
int gpu_sync(struct gpu *gpu, struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);

	return cudart_check(&cuda->libraries, cuda->libraries.cudart.cudaStreamSynchronize(cuda->stream),
			    "waiting for the GPU", err);
}
