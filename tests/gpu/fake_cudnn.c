/* The part of the stand-in for CUDA that is cuDNN's older calls. */
#ifdef HAVE_CUDA

#include <stdio.h>
#include <string.h>

#include "fake_cuda_inner.h"

static const char *cudnn_text(cudnnStatus_t status)
{
	return status == CUDNN_STATUS_NOT_SUPPORTED ? "NOT_SUPPORTED" : "FAILED";
}

static void cudnn_condition(char *text, size_t bytes)
{
	snprintf(text, bytes, "a condition of the test\nand more of it");
}

static size_t cudnn_runtime(void)
{
	return 13010;
}

static cudnnStatus_t make_cudnn(cudnnHandle_t *handle)
{
	MAY_FAIL(CUDNN_STATUS_NOT_INITIALIZED);
	*handle = fake_make(1);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t destroy_cudnn(cudnnHandle_t handle)
{
	fake_discard(handle);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_stream(cudnnHandle_t handle, cudaStream_t stream)
{
	MAY_FAIL(CUDNN_STATUS_BAD_PARAM);
	return handle && stream ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

/* -------- the newer interface: no more of it than a description of the device -------- */

static const char device_text[] = "{\"deviceName\": \"Invented GPU\"}";

static cudnnStatus_t make_descriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *descriptor)
{
	MAY_FAIL(CUDNN_STATUS_ALLOC_FAILED);
	if (type != CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR)
		return CUDNN_STATUS_NOT_SUPPORTED;
	*descriptor = fake_make(1);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t destroy_descriptor(cudnnBackendDescriptor_t descriptor)
{
	fake_discard(descriptor);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_attribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
				   cudnnBackendAttributeType_t type, int64_t count, const void *values)
{
	MAY_FAIL(CUDNN_STATUS_BAD_PARAM);
	return descriptor && name == CUDNN_ATTR_DEVICEPROP_HANDLE && type == CUDNN_TYPE_HANDLE && count == 1 &&
			       *(const cudnnHandle_t *)values
		       ? CUDNN_STATUS_SUCCESS
		       : CUDNN_STATUS_BAD_PARAM;
}

static cudnnStatus_t finish_descriptor(cudnnBackendDescriptor_t descriptor)
{
	MAY_FAIL(CUDNN_STATUS_BAD_PARAM);
	return descriptor ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

static cudnnStatus_t get_attribute(const cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
				   cudnnBackendAttributeType_t type, int64_t wanted, int64_t *count, void *values)
{
	MAY_FAIL(CUDNN_STATUS_BAD_PARAM);
	if (!descriptor || name != CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION || type != CUDNN_TYPE_CHAR)
		return CUDNN_STATUS_BAD_PARAM;
	*count = (int64_t)strlen(device_text);
	if (wanted)
		memcpy(values, device_text, (size_t)wanted);
	return CUDNN_STATUS_SUCCESS;
}

/* -------- batch norms and pools -------- */

static cudnnStatus_t make_tensor(cudnnTensorDescriptor_t *tensor)
{
	MAY_FAIL(CUDNN_STATUS_ALLOC_FAILED);
	*tensor = fake_make(1);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t destroy_tensor(cudnnTensorDescriptor_t tensor)
{
	fake_discard(tensor);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_tensor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format, cudnnDataType_t type,
				int n, int c, int h, int w)
{
	(void)type;
	MAY_FAIL(CUDNN_STATUS_INTERNAL_ERROR);
	return tensor && format == CUDNN_TENSOR_NHWC && n > 0 && c > 0 && h > 0 && w > 0 ? CUDNN_STATUS_SUCCESS
											 : CUDNN_STATUS_BAD_PARAM;
}

static cudnnStatus_t derive_vector(cudnnTensorDescriptor_t vector, const cudnnTensorDescriptor_t x,
				   cudnnBatchNormMode_t mode)
{
	(void)mode;
	MAY_FAIL(CUDNN_STATUS_INTERNAL_ERROR);
	return vector && x ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

static cudnnStatus_t make_pool(cudnnPoolingDescriptor_t *pool)
{
	MAY_FAIL(CUDNN_STATUS_ALLOC_FAILED);
	*pool = fake_make(4 * sizeof(int));
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t destroy_pool(cudnnPoolingDescriptor_t pool)
{
	fake_discard(pool);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_pool(cudnnPoolingDescriptor_t pool, cudnnPoolingMode_t mode, cudnnNanPropagation_t nan,
			      int r, int s, int pad_h, int pad_w, int stride_h, int stride_w)
{
	(void)mode;
	(void)nan;
	(void)r;
	(void)s;
	(void)pad_h;
	(void)pad_w;
	(void)stride_h;
	(void)stride_w;
	MAY_FAIL(CUDNN_STATUS_INTERNAL_ERROR);
	return pool ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

/* Tests ask for pools of 2x2 on 4x4 with 8 channels, batch 2. */
static cudnnStatus_t pool_output(const cudnnPoolingDescriptor_t pool, const cudnnTensorDescriptor_t x, int *n, int *c,
				 int *h, int *w)
{
	MAY_FAIL(CUDNN_STATUS_INTERNAL_ERROR);
	*n = 2;
	*c = 8;
	*h = *w = 2;
	return pool && x ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

static cudnnStatus_t train_workspace(cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
				     const cudnnTensorDescriptor_t x, const cudnnTensorDescriptor_t z,
				     const cudnnTensorDescriptor_t y, const cudnnTensorDescriptor_t vector,
				     const cudnnActivationDescriptor_t activation, size_t *bytes)
{
	MAY_FAIL(CUDNN_STATUS_INTERNAL_ERROR);
	*bytes = fake->norm_workspace;
	if (!handle || ops != CUDNN_BATCHNORM_OPS_BN || !x || z || !y || !vector || activation)
		return CUDNN_STATUS_BAD_PARAM;
	return fake->mode_status[mode];
}

static cudnnStatus_t backward_workspace(cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
					const cudnnTensorDescriptor_t x, const cudnnTensorDescriptor_t y,
					const cudnnTensorDescriptor_t dy, const cudnnTensorDescriptor_t dz,
					const cudnnTensorDescriptor_t dx, const cudnnTensorDescriptor_t vector,
					const cudnnActivationDescriptor_t activation, size_t *bytes)
{
	MAY_FAIL(CUDNN_STATUS_INTERNAL_ERROR);
	*bytes = fake->norm_workspace;
	if (!handle || ops != CUDNN_BATCHNORM_OPS_BN || !x || y || !dy || dz || !dx || !vector || activation)
		return CUDNN_STATUS_BAD_PARAM;
	return fake->mode_status[mode];
}

static cudnnStatus_t kept_space(cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
				const cudnnActivationDescriptor_t activation, const cudnnTensorDescriptor_t x,
				size_t *bytes)
{
	MAY_FAIL(CUDNN_STATUS_INTERNAL_ERROR);
	*bytes = mode == CUDNN_BATCHNORM_SPATIAL_PERSISTENT ? fake->norm_kept : 0;
	return handle && ops == CUDNN_BATCHNORM_OPS_BN && !activation && x ? CUDNN_STATUS_SUCCESS
									   : CUDNN_STATUS_BAD_PARAM;
}

static cudnnStatus_t run_norm(cudnnBatchNormMode_t mode, const void *alpha, const void *beta, double epsilon)
{
	MAY_FAIL(CUDNN_STATUS_EXECUTION_FAILED);
	if (*(const float *)alpha != 1)
		return CUDNN_STATUS_BAD_PARAM;
	if (fake->mode_status[mode])
		return fake->mode_status[mode];
	fake->norms++;
	fake->mode = mode;
	fake->beta = *(const float *)beta;
	fake->epsilon = epsilon;
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t norm_train(cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
				const void *alpha, const void *beta, const cudnnTensorDescriptor_t x_tensor,
				const void *x, const cudnnTensorDescriptor_t z_tensor, const void *z,
				const cudnnTensorDescriptor_t y_tensor, void *y, const cudnnTensorDescriptor_t vector,
				const void *scale, const void *shift, double factor, void *running_mean,
				void *running_variance, double epsilon, void *mean, void *deviation,
				cudnnActivationDescriptor_t activation, void *workspace, size_t workspace_bytes,
				void *kept, size_t kept_bytes)
{
	if (!handle || ops != CUDNN_BATCHNORM_OPS_BN || !x_tensor || !x || z_tensor || z || !y_tensor || !y ||
	    !vector || !scale || !shift || !running_mean || !running_variance || !mean || !deviation || activation ||
	    workspace_bytes < fake->norm_workspace || (workspace_bytes && !workspace) || kept || kept_bytes)
		return CUDNN_STATUS_BAD_PARAM;
	fake->factor = factor;
	return run_norm(mode, alpha, beta, epsilon);
}

static cudnnStatus_t
norm_backward(cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const void *alpha,
	      const void *beta, const void *param_alpha, const void *param_beta,
	      const cudnnTensorDescriptor_t x_tensor, const void *x, const cudnnTensorDescriptor_t y_tensor,
	      const void *y, const cudnnTensorDescriptor_t dy_tensor, const void *dy,
	      const cudnnTensorDescriptor_t dz_tensor, void *dz, const cudnnTensorDescriptor_t dx_tensor, void *dx,
	      const cudnnTensorDescriptor_t vector, const void *scale, const void *shift, void *dscale, void *dshift,
	      double epsilon, const void *mean, const void *deviation, cudnnActivationDescriptor_t activation,
	      void *workspace, size_t workspace_bytes, void *kept, size_t kept_bytes)
{
	if (!handle || ops != CUDNN_BATCHNORM_OPS_BN || !x_tensor || !x || y_tensor || y || !dy_tensor || !dy ||
	    dz_tensor || dz || !dx_tensor || !dx || !vector || !scale || shift || !dscale || !dshift || !mean ||
	    !deviation || activation || workspace_bytes < fake->norm_workspace || (workspace_bytes && !workspace) ||
	    kept || kept_bytes || *(const float *)param_alpha != 1 || *(const float *)param_beta != 0)
		return CUDNN_STATUS_BAD_PARAM;
	return run_norm(mode, alpha, beta, epsilon);
}

static cudnnStatus_t norm_validate(cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha,
				   const void *beta, const cudnnTensorDescriptor_t x_tensor, const void *x,
				   const cudnnTensorDescriptor_t y_tensor, void *y,
				   const cudnnTensorDescriptor_t vector, const void *scale, const void *shift,
				   const void *mean, const void *variance, double epsilon)
{
	if (!handle || !x_tensor || !x || !y_tensor || !y || !vector || !scale || !shift || !mean || !variance)
		return CUDNN_STATUS_BAD_PARAM;
	return run_norm(mode, alpha, beta, epsilon);
}

static cudnnStatus_t run_pool(const void *alpha, const void *beta)
{
	MAY_FAIL(CUDNN_STATUS_EXECUTION_FAILED);
	if (*(const float *)alpha != 1)
		return CUDNN_STATUS_BAD_PARAM;
	if (fake->pool_status)
		return fake->pool_status;
	fake->pools++;
	fake->beta = *(const float *)beta;
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t pool_forward(cudnnHandle_t handle, const cudnnPoolingDescriptor_t pool, const void *alpha,
				  const cudnnTensorDescriptor_t x_tensor, const void *x, const void *beta,
				  const cudnnTensorDescriptor_t y_tensor, void *y)
{
	if (!handle || !pool || !x_tensor || !x || !y_tensor || !y || x_tensor == y_tensor)
		return CUDNN_STATUS_BAD_PARAM;
	return run_pool(alpha, beta);
}

static cudnnStatus_t pool_backward(cudnnHandle_t handle, const cudnnPoolingDescriptor_t pool, const void *alpha,
				   const cudnnTensorDescriptor_t y_tensor, const void *y,
				   const cudnnTensorDescriptor_t dy_tensor, const void *dy,
				   const cudnnTensorDescriptor_t x_tensor, const void *x, const void *beta,
				   const cudnnTensorDescriptor_t dx_tensor, void *dx)
{
	if (!handle || !pool || !y || !dy || !x || !dx || y_tensor != dy_tensor || x_tensor != dx_tensor ||
	    x_tensor == y_tensor)
		return CUDNN_STATUS_BAD_PARAM;
	return run_pool(alpha, beta);
}

const struct cudnn_functions fake_cudnn = {
	.cudnnGetErrorString = cudnn_text,
	.cudnnGetLastErrorString = cudnn_condition,
	.cudnnGetCudartVersion = cudnn_runtime,
	.cudnnCreate = make_cudnn,
	.cudnnDestroy = destroy_cudnn,
	.cudnnSetStream = set_stream,
	.cudnnBackendCreateDescriptor = make_descriptor,
	.cudnnBackendDestroyDescriptor = destroy_descriptor,
	.cudnnBackendSetAttribute = set_attribute,
	.cudnnBackendFinalize = finish_descriptor,
	.cudnnBackendGetAttribute = get_attribute,
	.cudnnCreateTensorDescriptor = make_tensor,
	.cudnnDestroyTensorDescriptor = destroy_tensor,
	.cudnnSetTensor4dDescriptor = set_tensor,
	.cudnnDeriveBNTensorDescriptor = derive_vector,
	.cudnnCreatePoolingDescriptor = make_pool,
	.cudnnDestroyPoolingDescriptor = destroy_pool,
	.cudnnSetPooling2dDescriptor = set_pool,
	.cudnnGetPooling2dForwardOutputDim = pool_output,
	.cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize = train_workspace,
	.cudnnGetBatchNormalizationBackwardExWorkspaceSize = backward_workspace,
	.cudnnGetBatchNormalizationTrainingExReserveSpaceSize = kept_space,
	.cudnnBatchNormalizationForwardTrainingEx = norm_train,
	.cudnnBatchNormalizationBackwardEx = norm_backward,
	.cudnnBatchNormalizationForwardInference = norm_validate,
	.cudnnPoolingForward = pool_forward,
	.cudnnPoolingBackward = pool_backward,
};

#endif
