/*
 * Which functions of the runtime and of the driver are recorded: those that put work on the device. The others are many, and
 * only cost time. What cannot be silenced does no harm.
 */
#include <string.h>

#include "cupti_session.h"

/* Work is launched, copied or filled by functions with one of these words in their names ... */
static const char *const wanted[] = { "Launch", "Memcpy", "Memset" };
/* ... but not by these, which only describe it. */
static const char *const unwanted[] = { "Node", "Attribute", "HostFunc", "LaunchConfig",
					"Drv",	"GraphAdd",  "GraphExec" };

static bool has_one_of(const char *name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

bool cupti_is_traced(const char *name)
{
	return has_one_of(name, wanted, sizeof(wanted) / sizeof(wanted[0])) &&
	       !has_one_of(name, unwanted, sizeof(unwanted) / sizeof(unwanted[0]));
}

static int silence(const struct cupti_functions *cupti, CUpti_CallbackDomain domain, CUpti_CallbackId least,
		   CUptiResult (*enable)(CUpti_CallbackId id, uint8_t on))
{
	int count = 0;

	/* `least` is what the header knows; the library may know more. */
	for (CUpti_CallbackId id = 1;; id++) {
		const char *name = NULL;
		const bool known = cupti->cuptiGetCallbackName(domain, id, &name) == CUPTI_SUCCESS && name;

		if (!known && id >= least)
			return count;
		if (known && !cupti_is_traced(name))
			count += enable(id, 0) == CUPTI_SUCCESS;
	}
}

int cupti_silence_calls(const struct cupti_functions *cupti)
{
	return silence(cupti, CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_SIZE,
		       cupti->cuptiActivityEnableRuntimeApi) +
	       silence(cupti, CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_SIZE,
		       cupti->cuptiActivityEnableDriverApi);
}
