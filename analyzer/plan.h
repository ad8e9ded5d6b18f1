/*
 * All that `flopclock analyze --plan DEVICE` says: which implementation a vendor's library takes for every convolution and phase of
 * models, on a device that need not be there.
 */
#ifndef ANALYZER_PLAN_H
#define ANALYZER_PLAN_H

#include "flopclock/plan.h"
#include "flopclock/str.h"

#include "view.h"

/* The plans of one model. */
struct planned {
	const struct planning *planning;
	const struct analysis *analysis; /* borrowed */
	int count;
	struct fc_plan *plans; /* by layer, then by phase */
	int found, tensor_cores, nondeterministic;
	uint64_t workspace_bytes; /* the largest */
};

struct planning {
	const struct fc_planner *planner;
	void *opened;
	const char *description; /* what the user called the device */
	const char *device;	 /* what the description does */
	char library[64];
	enum fc_precision precision;
	int model_count;
	struct planned *models;
};

struct planning_request {
	const char *device; /* a name in the folder of devices, or a path */
	enum fc_precision precision;
};

/* Plans all of them. What is no convolution has no plan. */
int fc_planning_open(const struct planning_request *request, const struct analysis *analyses, int count,
		     struct planning *planning, struct fc_error *err);
void fc_planning_close(struct planning *planning);

/* -------- plan_device.c -------- */

/* The text of a device's description; the caller frees it. An unknown name fails with a sentence that lists the shipped ones. */
int fc_plan_device_read(const char *device, char **json, struct fc_error *err);

/* -------- plan_columns.c -------- */

/* Of plans, and of models: the columns before those of plans and the sums behind. */
extern const struct sheet_column fc_plan_columns[], fc_planned_columns[], fc_planned_totals[];

#endif
