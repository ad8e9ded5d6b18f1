/* Which backends were built in: the only place with conditionals on them. */
#include <stddef.h>
#include <string.h>

#include "backends.h"
#include "flopclock/str.h"

/* The first available one of a device is the answer to --device, so the fast ones come first. */
static const struct fc_backend *const backends[] = {
#ifdef HAVE_ONEDNN
	&fc_backend_onednn,
#endif
	&fc_backend_reference,
	&fc_backend_null,
};

#define BACKEND_COUNT ((int)(sizeof(backends) / sizeof(backends[0])))

/* Known by name but not here, and why. */
static const struct {
	const char *name, *why;
} missing[] = {
#ifndef HAVE_ONEDNN
	{ "onednn", "was not built in: its library (libdnnl-dev) was not found" },
#endif
	{ "cuda", "is not part of this version" },
};

#define MISSING_COUNT (sizeof(missing) / sizeof(missing[0]))

/* In the order in which `auto` tries them. */
static const char *const devices[] = { "cuda", "cpu" };

#define DEVICE_COUNT (sizeof(devices) / sizeof(devices[0]))

const struct fc_backend *fc_backend_at(int index)
{
	return index >= 0 && index < BACKEND_COUNT ? backends[index] : NULL;
}

/* "there are reference (cpu), null (cpu); cuda is not part of this version": what a person can do instead. */
static void list_backends(struct fc_str *out)
{
	const char *separator = "there are ";
	struct fc_error why;

	for (int i = 0; i < BACKEND_COUNT; i++) {
		if (backends[i]->available(&why))
			continue;
		fc_str_addf(out, "%s%s (%s)", separator, backends[i]->name, backends[i]->device);
		separator = ", ";
	}
	for (int i = 0; i < BACKEND_COUNT; i++)
		if (backends[i]->available(&why))
			fc_str_addf(out, "; %s cannot run here: %s", backends[i]->name, why.text);
	for (size_t i = 0; i < MISSING_COUNT; i++)
		fc_str_addf(out, "; %s %s", missing[i].name, missing[i].why);
}

static const struct fc_backend *refuse(const char *what, const char *name, struct fc_error *err)
{
	struct fc_str list = { 0 };

	list_backends(&list);
	fc_fail(err, "%s '%s'; %s", what, name, list.text);
	fc_str_release(&list);
	return NULL;
}

static const struct fc_backend *find_device(const char *device)
{
	struct fc_error why;

	for (int i = 0; i < BACKEND_COUNT; i++)
		if (!strcmp(backends[i]->device, device) && !backends[i]->available(&why))
			return backends[i];
	return NULL;
}

const struct fc_backend *fc_backend_find(const char *name, struct fc_error *err)
{
	const struct fc_backend *found = NULL;
	struct fc_error why;

	for (size_t d = 0; d < DEVICE_COUNT; d++) {
		if (strcmp(name, "auto") && strcmp(name, devices[d]))
			continue;
		found = find_device(devices[d]);
		if (found)
			return found;
		if (!strcmp(name, devices[d]))
			return refuse("no backend can use the device", name, err);
	}
	for (int i = 0; i < BACKEND_COUNT; i++) {
		if (strcmp(backends[i]->name, name))
			continue;
		if (!backends[i]->available(&why))
			return backends[i];
		return refuse("cannot use the backend", name, err);
	}
	return refuse("there is no backend", name, err);
}
