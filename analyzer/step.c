#include "flopclock/step.h"

const char *fc_phase_name(enum fc_phase phase)
{
	static const char *const names[FC_PHASE_COUNT] = {
#define X(upper, lower) [FC_PHASE_##upper] = #lower,
		FC_PHASES(X)
#undef X
	};

	return names[phase];
}

const char *fc_pass_name(enum fc_pass pass)
{
	static const char *const names[FC_PASS_COUNT] = { [FC_PASS_TRAIN] = "train", [FC_PASS_VALIDATE] = "validate" };

	return names[pass];
}
