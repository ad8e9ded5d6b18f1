/* `analyze --list`: a row per model with what it can be told and what it costs as it is. */
#ifndef ANALYZER_LIST_H
#define ANALYZER_LIST_H

#include "analyze.h"

/* The names of all shipped models into an array of texts; the caller frees it and releases the arena that owns the texts. */
int fc_list_names(struct fc_arena *arena, char ***names, int *count, struct fc_error *err);

#endif
