/* ONNX files as models: `fc_model_load` and `fc_model_read` for paths that end in ".onnx". */
#ifndef ANALYZER_ONNX_LOAD_H
#define ANALYZER_ONNX_LOAD_H

#include "flopclock/model.h"

bool fc_onnx_is_path(const char *model);

int fc_onnx_load(const struct fc_model_request *request, struct fc_graph *graph, struct fc_error *err);
/* The same from a file's bytes in memory. */
int fc_onnx_read(const struct fc_model_request *request, const void *data, size_t size, struct fc_graph *graph,
		 struct fc_error *err);

#endif
