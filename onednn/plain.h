/* Kernels on plain (N, C, H, W) arrays; plain.c brings operands that lie otherwise there and back. */
#ifndef FLOPCLOCK_ONEDNN_PLAIN_H
#define FLOPCLOCK_ONEDNN_PLAIN_H

#include "onednn.h"

/* A phase of a layer whose tensors all lie plainly. -1: the library refused. */
typedef int onednn_plain_kernel(const struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase);

onednn_plain_kernel onednn_linear, onednn_matmul, onednn_move;

#endif
