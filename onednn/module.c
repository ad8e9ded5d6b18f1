/* What the module offers to the program that loads it. */
#include "flopclock/module.h"
#include "onednn.h"

extern const struct fc_module fc_module;

const struct fc_module fc_module = {
	.abi = FC_MODULE_ABI,
	.name = "onednn",
	.summary = "training on processors by oneDNN",
	.backend = &fc_backend_onednn,
};
