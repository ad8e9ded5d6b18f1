#ifndef ANALYZER_ONNX_SURVEY_H
#define ANALYZER_ONNX_SURVEY_H

#include "onnx_machine.h"

/*
 * Which nodes the wanted values need; the array is in the machine's arena. `readers` gets an int for every name that these
 * nodes read or that is wanted: how often. The caller releases it.
 */
const bool *fc_onnx_survey(struct onnx_machine *m, const struct onnx_node *nodes, int count, const char *const *wanted,
			   int wanted_count, struct onnx_map *readers);

#endif
