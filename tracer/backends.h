/* The rows of the registry that are built in, one file each. */
#ifndef FLOPCLOCK_TRACER_BACKENDS_H
#define FLOPCLOCK_TRACER_BACKENDS_H

#include "flopclock/backend.h"

extern const struct fc_backend fc_backend_reference, fc_backend_null;

#endif
