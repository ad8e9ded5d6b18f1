/*
 * The emulated GPU (host_gpu.h), whose work also appears on the stand-in for CUPTI (fake_cupti.h): what is launched, moved,
 * captured and replayed leaves records, with invented times. Closing it closes the emulated one.
 */
#ifndef FLOPCLOCK_TESTS_FAKE_CUPTI_GPU_H
#define FLOPCLOCK_TESTS_FAKE_CUPTI_GPU_H

#include "gpu.h"

int fake_cupti_gpu_open(struct gpu **gpu, struct fc_error *err);

#endif
