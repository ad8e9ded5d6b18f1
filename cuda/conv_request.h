/*
 * What a convolution of a graph asks of a device, told from the graph alone; and the same request as a text.
 */
#ifndef FLOPCLOCK_CUDA_CONV_REQUEST_H
#define FLOPCLOCK_CUDA_CONV_REQUEST_H

#include "flopclock/graph.h"
#include "gpu.h"

/*
 * Most workspace that a plan may ask for where nothing else is said. Up to 224x224 images in batches of 128 it drops none of
 * cuDNN's favourites for an H100 but, in fp32, those that copy the largest tensors of VGG-16 (3.3 GB).
 */
#define CONV_WORKSPACE_BYTES (UINT64_C(1) << 30)

/* The type of activations under a precision. */
static inline enum gpu_type conv_type(enum fc_precision precision)
{
	return precision == FC_PRECISION_BF16 ? GPU_BF16 : GPU_F32;
}

/* Channels that the images have on the device: with bf16 a multiple of 8 where only ordinary convolutions read them. */
int64_t conv_image_channels(const struct fc_graph *graph, enum gpu_type type);

/*
 * The request of a convolution of the graph in forward, backward_data or backward_weights. Forward has the bias in it, and a
 * ReLU that alone reads a convolution with bias. Not set: accumulate, deterministic, autotune, workspace_bytes.
 */
struct gpu_conv_request conv_request(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase,
				     enum fc_precision precision);

/*
 * Bytes at the beginning of the workspace that keep a bf16 gradient of the weights until it is widened: cuDNN writes it in
 * the type of its operands. 0 for every other request.
 */
uint64_t conv_staging_bytes(const struct gpu_conv_request *request);

/* "forward x 128x3x96x96 y ...": equal for equal requests only, autotune aside. */
#define CONV_KEY_SIZE 512
void conv_request_key(const struct gpu_conv_request *request, char key[CONV_KEY_SIZE]);

#endif
