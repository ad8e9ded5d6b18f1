/* The backend's row, on a real GPU. */
#include "backend.h"

static int open_device(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	struct gpu *gpu;

	if (gpu_cuda_open(config, &gpu, err))
		return -1;
	return backend_cuda_open_on(gpu, config, device, err);
}

const struct fc_backend fc_backend_cuda = {
	.name = "cuda",
	.device = "cuda",
	.summary = "an NVIDIA GPU: convolutions by cuDNN, products by cuBLASLt, the rest by kernels of our own",
	.library = gpu_cuda_library,
	.available = gpu_cuda_available,
	.open = open_device,
	BACKEND_FUNCTIONS,
};
