/* What the module offers to the program that loads it. */
#include "flopclock/module.h"

#include "flopclock/plan.h"
#include "flopclock/probe.h"
#include "gpu.h"

extern const struct fc_probe_kind fc_probe_cupti;
extern const struct fc_planner fc_planner_cudnn;

extern const struct fc_module fc_module;

const struct fc_module fc_module = {
	.abi = FC_MODULE_ABI,
	.name = "cuda",
	.summary = "training on NVIDIA GPUs, times of their kernels, plans of cuDNN",
	.backend = &fc_backend_cuda,
	.probe = &fc_probe_cupti,
	.planner = &fc_planner_cudnn,
};
