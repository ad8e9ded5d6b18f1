#include <stddef.h>
#include <string.h>

#include "flopclock/str.h"
#include "probes.h"

static const struct fc_probe_kind *const probes[] = { &fc_probe_clock, &fc_probe_fake, &fc_probe_none };

#define PROBE_COUNT ((int)(sizeof(probes) / sizeof(probes[0])))

const struct fc_probe_kind *fc_probe_at(int index)
{
	return index >= 0 && index < PROBE_COUNT ? probes[index] : NULL;
}

const struct fc_probe_kind *fc_probe_find(const char *name, struct fc_error *err)
{
	struct fc_str list = { 0 };

	for (int i = 0; i < PROBE_COUNT; i++)
		if (!strcmp(probes[i]->name, name))
			return probes[i];
	for (int i = 0; i < PROBE_COUNT; i++)
		fc_str_addf(&list, "%s%s", i ? ", " : "", probes[i]->name);
	fc_fail(err, "there is no probe '%s'; there are %s", name, list.text);
	fc_str_release(&list);
	return NULL;
}
