#include <stddef.h>
#include <string.h>

#include "flopclock/module.h"
#include "flopclock/str.h"
#include "probes.h"

static const struct fc_probe_kind *const probes[] = { &fc_probe_clock, &fc_probe_fake, &fc_probe_none };

#define BUILT_IN ((int)(sizeof(probes) / sizeof(probes[0])))

/* Loaded at run time, behind those that are built in. */
static const char *const modules[] = { "cuda" };

#define MODULE_COUNT (sizeof(modules) / sizeof(modules[0]))

const struct fc_probe_kind *fc_probe_at(int index)
{
	int seen = BUILT_IN;
	struct fc_error why;

	if (index < BUILT_IN)
		return index >= 0 ? probes[index] : NULL;
	for (size_t m = 0; m < MODULE_COUNT; m++) {
		const struct fc_module *const module = fc_module_load(modules[m], &why);

		if (module && module->probe && seen++ == index)
			return module->probe;
	}
	return NULL;
}

const struct fc_probe_kind *fc_probe_find(const char *name, struct fc_error *err)
{
	const struct fc_probe_kind *probe;
	struct fc_str list = { 0 };

	for (int i = 0; (probe = fc_probe_at(i)); i++)
		if (!strcmp(probe->name, name))
			return probe;
	for (int i = 0; (probe = fc_probe_at(i)); i++)
		fc_str_addf(&list, "%s%s", i ? ", " : "", probe->name);
	fc_fail(err, "there is no probe '%s'; there are %s", name, list.text);
	fc_str_release(&list);
	return NULL;
}
