/* Where NVIDIA's libraries may lie on this machine. The order is explained in libraries_cuda.h. */
#ifndef FLOPCLOCK_CUDA_LIBRARIES_SEARCH_H
#define FLOPCLOCK_CUDA_LIBRARIES_SEARCH_H

#include "flopclock/arena.h"

/* Stands in the list for where the loader looks by itself. */
#define LIBRARY_LOADER ""

/* The folders that exist, in order, each once; NULL behind the last. */
const char *const *library_folders(struct fc_arena *arena);

#endif
