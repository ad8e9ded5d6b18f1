/* A request for a batch norm or a pool in cuDNN's words. */
#include <limits.h>

#include "legacy_cudnn.h"

static bool is_pool(enum gpu_legacy_kind kind)
{
	return kind == GPU_LEGACY_MAX_POOL || kind == GPU_LEGACY_AVG_POOL || kind == GPU_LEGACY_AVG_POOL_BACKWARD;
}

static cudnnStatus_t make_tensor(const struct libraries *l, enum gpu_type type, int64_t n, int64_t c, int64_t h,
				 int64_t w, cudnnTensorDescriptor_t *tensor)
{
	const cudnnDataType_t data_type = type == GPU_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
	const cudnnStatus_t status = l->cudnn.cudnnCreateTensorDescriptor(tensor);

	return status ? status
		      : l->cudnn.cudnnSetTensor4dDescriptor(*tensor, CUDNN_TENSOR_NHWC, data_type, (int)n, (int)c,
							    (int)h, (int)w);
}

static cudnnStatus_t make_vector(const struct libraries *l, struct legacy_descriptors *d)
{
	const cudnnStatus_t status = l->cudnn.cudnnCreateTensorDescriptor(&d->vector);

	return status ? status : l->cudnn.cudnnDeriveBNTensorDescriptor(d->vector, d->x, CUDNN_BATCHNORM_SPATIAL);
}

static cudnnStatus_t make_pool(const struct libraries *l, const struct gpu_legacy_request *r,
			       cudnnPoolingDescriptor_t *pool)
{
	const cudnnPoolingMode_t mode =
		r->kind == GPU_LEGACY_MAX_POOL ? CUDNN_POOLING_MAX : CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING;
	const cudnnStatus_t status = l->cudnn.cudnnCreatePoolingDescriptor(pool);

	return status ? status
		      : l->cudnn.cudnnSetPooling2dDescriptor(*pool, mode, CUDNN_PROPAGATE_NAN, (int)r->r, (int)r->s,
							     (int)r->pad_h, (int)r->pad_w, (int)r->stride_h,
							     (int)r->stride_w);
}

static cudnnStatus_t make_all(const struct libraries *l, const struct gpu_legacy_request *r,
			      struct legacy_descriptors *d)
{
	cudnnStatus_t status = make_tensor(l, r->type, r->n, r->c, r->h, r->w, &d->x);

	if (!status)
		status = make_tensor(l, r->type, r->n, r->c, r->p, r->q, &d->y);
	if (!status)
		status = is_pool(r->kind) ? make_pool(l, r, &d->pool) : make_vector(l, d);
	return status;
}

/* The library derives the output of a pool itself, with whole windows only. */
static bool output_agrees(const struct libraries *l, const struct gpu_legacy_request *r,
			  const struct legacy_descriptors *d)
{
	int n = 0, c = 0, p = 0, q = 0;

	return !l->cudnn.cudnnGetPooling2dForwardOutputDim(d->pool, d->x, &n, &c, &p, &q) && n == r->n && c == r->c &&
	       p == r->p && q == r->q;
}

void legacy_descriptors_release(const struct libraries *l, struct legacy_descriptors *d)
{
	if (d->x)
		l->cudnn.cudnnDestroyTensorDescriptor(d->x);
	if (d->y)
		l->cudnn.cudnnDestroyTensorDescriptor(d->y);
	if (d->vector)
		l->cudnn.cudnnDestroyTensorDescriptor(d->vector);
	if (d->pool)
		l->cudnn.cudnnDestroyPoolingDescriptor(d->pool);
	*d = (struct legacy_descriptors){.x = NULL};
}

/* The library's sizes are ints. */
static bool fits(const struct gpu_legacy_request *r)
{
	return r->n * r->c <= INT_MAX && r->n * r->c * r->h <= INT_MAX && r->n * r->c * r->h * r->w <= INT_MAX;
}

int legacy_descriptors_init(const struct libraries *l, const struct gpu_legacy_request *r,
			    struct legacy_descriptors *d, bool *supported, struct fc_error *err)
{
	cudnnStatus_t status;

	*d = (struct legacy_descriptors){.x = NULL};
	*supported = false;
	if (!fits(r))
		return 0;
	status = make_all(l, r, d);
	*supported = !status && (!is_pool(r->kind) || output_agrees(l, r, d));
	if (*supported)
		return 0;
	legacy_descriptors_release(l, d);
	/* A size or a type that it does not know is an answer; anything else is trouble. */
	if (!status || CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_BAD_PARAM ||
	    CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED)
		return 0;
	return cudnn_check(l, status, "describing a batch norm or a pool", err);
}
