/*
 * Descriptions of devices: the JSON texts from which cuDNN plans for a device that is not there. Which keys it wants is not
 * documented and its answer to a wrong one does not name it, so they are checked here first.
 */
#ifndef FLOPCLOCK_CUDA_DEVICE_JANSSON_H
#define FLOPCLOCK_CUDA_DEVICE_JANSSON_H

#include "flopclock/error.h"
#include "flopclock/str.h"

/* Fails with a sentence that names the key that is missing or wrong; otherwise writes the device's name. */
int device_check(const char *json, struct fc_str *name, struct fc_error *err);

#endif
