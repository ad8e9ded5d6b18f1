/*
 * Batch norms and pools by cuDNN's older calls. NVIDIA keeps them until its newer interface can do the same; it cannot yet,
 * without compiling at run time. Tensors are channels-last.
 */
#ifndef FLOPCLOCK_CUDA_LEGACY_CUDNN_H
#define FLOPCLOCK_CUDA_LEGACY_CUDNN_H

#include "gpu.h"
#include "libraries_cuda.h"

/* A request in the library's descriptors; needs no device. */
struct legacy_descriptors {
	cudnnTensorDescriptor_t x, y;	/* the larger and the smaller side; of a norm both alike */
	cudnnTensorDescriptor_t vector; /* of a norm: scale, shift, mean ... */
	cudnnPoolingDescriptor_t pool;
};

/*
 * *supported false with 0: the library has no such thing (a pool whose last windows hang over the edge, say), and there
 * is nothing to release.
 */
int legacy_descriptors_init(const struct libraries *libraries, const struct gpu_legacy_request *request,
			    struct legacy_descriptors *descriptors, bool *supported, struct fc_error *err);
void legacy_descriptors_release(const struct libraries *libraries, struct legacy_descriptors *descriptors);

/* Functions of struct gpu_ops. */
int legacy_cudnn_open(struct gpu *gpu, const struct gpu_legacy_request *request, struct gpu_legacy **legacy,
		      struct fc_error *err);
void legacy_cudnn_close(struct gpu *gpu, struct gpu_legacy *legacy);
int legacy_cudnn_run(struct gpu *gpu, struct gpu_legacy *legacy, const struct gpu_legacy_call *call,
		     struct fc_error *err);

#endif
