/* The images. Node 0 of every graph. */
#include "op.h"

const struct op_kind fc_op_input = {
	.summary = "the images",
	.traits = { .saved_bytes = op_no_bytes },
	.shape = NULL,
};
