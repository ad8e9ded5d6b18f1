#include "flopclock/precision.h"

#include <assert.h>

const char *fc_precision_name(enum fc_precision precision)
{
	static const char *const names[FC_PRECISION_COUNT] = {
#define X(upper, lower) [FC_PRECISION_##upper] = #lower,
		FC_PRECISIONS(X)
#undef X
	};

	assert(precision < FC_PRECISION_COUNT);
	return names[precision];
}
