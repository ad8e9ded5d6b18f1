#ifndef ANALYZER_OPERAND_H
#define ANALYZER_OPERAND_H

#include "flopclock/model.h"

/*
 * A model on the command line: NAME, or NAME@PART,PART... where a part is CxHxW, batch=N, classes=N, or NAME=VALUE of one of
 * the model's own parameters; a part that is neither goes on with the value before it (depths=3,4,6,3). What stands here wins
 * over the request as it was. Texts live in the arena.
 */
int fc_operand_parse(const char *operand, struct fc_arena *arena, struct fc_model_request *request, struct fc_error *err);

#endif
