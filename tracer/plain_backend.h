/*
 * What backends share whose tensors are plain (N, C, H, W) arrays of float in the processor's own memory: functions for
 * the rows of struct fc_backend that have nothing to do with computing.
 */
#ifndef FLOPCLOCK_PLAIN_BACKEND_H
#define FLOPCLOCK_PLAIN_BACKEND_H

#include "flopclock/backend.h"

int plain_available(struct fc_error *err);
int plain_open(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err);
void plain_close(struct fc_device *device);
int plain_alloc(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err);
void plain_free(struct fc_device *device, void *memory);
/* No fusion: every layer shows its own value. */
unsigned plain_fuses(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass);
/* The output, the parameters and the running statistics of a layer become plain arrays where nothing is chosen yet. */
void plain_choose(struct fc_layer *layer);
void plain_release(struct fc_device *device, struct fc_layer *layer);
void plain_tensor_release(struct fc_device *device, struct fc_tensor *tensor);
int plain_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err);
int plain_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err);
int plain_sync(struct fc_device *device, struct fc_error *err);

#endif
