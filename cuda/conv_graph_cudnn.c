/*
 * From a request to cuDNN's operation graph: one convolution, in forward with bias and ReLU behind it.
 *
 * cuDNN writes sizes as N, C, H, W whatever the order in memory; the strides make the tensors channels-last. What lies between
 * two operations is virtual and fp32. Bias and tensors have one type: there is no plan for an fp32 bias beside bf16 tensors.
 */
#include "conv_cudnn.h"

/* What memory of the executor and shadows of parameters are aligned to at least. */
#define ALIGNMENT 16

struct tensor {
	enum conv_tensor id;
	int64_t n, c, h, w;
	bool virtual; /* nowhere in memory */
};

static cudnnBackendDescriptor_t make_tensor(struct descriptors *d, const struct gpu_conv_request *q,
					    const struct tensor *t)
{
	const bool narrow = q->type == GPU_BF16 && !t->virtual;

	return descriptor_make(d, CUDNN_BACKEND_TENSOR_DESCRIPTOR, "tensor",
			       (const struct attribute[]){
				       INT64(TENSOR_UNIQUE_ID, t->id),
				       DATA_TYPE(TENSOR_DATA_TYPE, narrow ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT),
				       INT64(TENSOR_DIMENSIONS, t->n, t->c, t->h, t->w),
				       INT64(TENSOR_STRIDES, t->c * t->h * t->w, 1, t->c * t->w, t->c),
				       INT64(TENSOR_BYTE_ALIGNMENT, ALIGNMENT),
				       BOOLEAN(TENSOR_IS_VIRTUAL, t->virtual),
				       END_OF_ATTRIBUTES,
			       });
}

static cudnnBackendDescriptor_t make_convolution(struct descriptors *d, const struct gpu_conv_request *q)
{
	return descriptor_make(d, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, "convolution",
			       (const struct attribute[]){
				       INT64(CONVOLUTION_SPATIAL_DIMS, 2),
				       DATA_TYPE(CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT),
				       VALUES(CONVOLUTION_CONV_MODE, CONVOLUTION_MODE, cudnnConvolutionMode_t,
					      CUDNN_CROSS_CORRELATION),
				       INT64(CONVOLUTION_PRE_PADDINGS, q->pad_h, q->pad_w),
				       INT64(CONVOLUTION_POST_PADDINGS, q->pad_h, q->pad_w),
				       INT64(CONVOLUTION_DILATIONS, q->dilation_h, q->dilation_w),
				       INT64(CONVOLUTION_FILTER_STRIDES, q->stride_h, q->stride_w),
				       END_OF_ATTRIBUTES,
			       });
}

/* The three operations differ in names only. */
static const struct operation {
	cudnnBackendDescriptorType_t type;
	cudnnBackendAttributeName_t x, w, y, convolution, alpha, beta;
} operations[] = {
	[FC_PHASE_FORWARD] =
		{
			CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
		},
	[FC_PHASE_BACKWARD_DATA] =
		{
			CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
		},
	[FC_PHASE_BACKWARD_WEIGHTS] =
		{
			CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
		},
};

static cudnnBackendDescriptor_t make_operation(struct descriptors *d, const struct gpu_conv_request *q,
					       cudnnBackendDescriptor_t y)
{
	const struct operation *const o = &operations[q->phase];
	const cudnnBackendDescriptor_t x =
		make_tensor(d, q, &(struct tensor){ CONV_X, q->n, q->c, q->h, q->w, false });
	const cudnnBackendDescriptor_t w =
		make_tensor(d, q, &(struct tensor){ CONV_W, q->k, q->c / q->groups, q->r, q->s, false });
	const cudnnBackendDescriptor_t convolution = make_convolution(d, q);

	return descriptor_make(d, o->type, fc_phase_name(q->phase),
			       (const struct attribute[]){
				       { o->x, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &x },
				       { o->w, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &w },
				       { o->y, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &y },
				       { o->convolution, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &convolution },
				       { o->alpha, CUDNN_TYPE_FLOAT, 1, &(const float){ 1 } },
				       { o->beta, CUDNN_TYPE_FLOAT, 1, &(const float){ q->accumulate } },
				       END_OF_ATTRIBUTES,
			       });
}

/* y = mode(x) or mode(x, b); b NULL: one operand. */
static cudnnBackendDescriptor_t make_pointwise(struct descriptors *d, cudnnPointwiseMode_t mode,
					       cudnnBackendDescriptor_t x, cudnnBackendDescriptor_t b,
					       cudnnBackendDescriptor_t y)
{
	const cudnnBackendDescriptor_t function =
		descriptor_make(d, CUDNN_BACKEND_POINTWISE_DESCRIPTOR, "pointwise function",
				(const struct attribute[]){
					VALUES(POINTWISE_MODE, POINTWISE_MODE, cudnnPointwiseMode_t, mode),
					DATA_TYPE(POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT),
					END_OF_ATTRIBUTES,
				});

	return descriptor_make(
		d, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, "pointwise operation",
		(const struct attribute[]){
			DESCRIPTOR(OPERATION_POINTWISE_PW_DESCRIPTOR, function),
			DESCRIPTOR(OPERATION_POINTWISE_XDESC, x),
			DESCRIPTOR(OPERATION_POINTWISE_YDESC, y),
			{ CUDNN_ATTR_OPERATION_POINTWISE_BDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, b ? 1 : 0, &b },
			END_OF_ATTRIBUTES,
		});
}

/* An output (n, k, p, q); only the last of a chain is in memory. */
static cudnnBackendDescriptor_t make_output(struct descriptors *d, const struct gpu_conv_request *q,
					    enum conv_tensor id)
{
	return make_tensor(d, q, &(struct tensor){ id, q->n, q->k, q->p, q->q, id != CONV_Y });
}

/* Writes the operations in order; returns how many. */
static int make_operations(struct descriptors *d, const struct gpu_conv_request *q,
			   cudnnBackendDescriptor_t operation[3])
{
	cudnnBackendDescriptor_t last = make_output(d, q, q->bias || q->relu ? CONV_PRODUCT : CONV_Y), from;
	int count = 0;

	operation[count++] = make_operation(d, q, last);
	if (q->bias) {
		const cudnnBackendDescriptor_t bias =
			make_tensor(d, q, &(struct tensor){ CONV_BIAS, 1, q->k, 1, 1, false });

		from = last;
		last = make_output(d, q, q->relu ? CONV_SUM : CONV_Y);
		operation[count++] = make_pointwise(d, CUDNN_POINTWISE_ADD, from, bias, last);
	}
	if (q->relu) {
		from = last;
		last = make_output(d, q, CONV_Y);
		operation[count++] = make_pointwise(d, CUDNN_POINTWISE_RELU_FWD, from, NULL, last);
	}
	return count;
}

cudnnBackendDescriptor_t conv_graph(struct descriptors *d, const struct conv_target *target,
				    const struct gpu_conv_request *request)
{
	cudnnBackendDescriptor_t operation[3];
	const int count = make_operations(d, request, operation);

	return descriptor_make(
		d, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, "operation graph",
		(const struct attribute[]){
			{ CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, count, operation },
			{ CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, target->handle ? 1 : 0,
			  &target->handle },
			END_OF_ATTRIBUTES,
		});
}
