#ifndef FLOPCLOCK_ONEDNN_DEPTHWISE_H
#define FLOPCLOCK_ONEDNN_DEPTHWISE_H

#include "onednn.h"

/* Whether the gradients below can be computed for a convolution whose weights lie so. */
bool onednn_depthwise_suits(const struct fc_device *device, const struct fc_layer *layer,
			    const dnnl_memory_desc_t *weights);
/* backward_weights: the gradients of weights and bias. */
void onednn_depthwise_weights(const struct fc_device *device, const struct fc_layer *layer);

#endif
