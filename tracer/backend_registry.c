/* Which backends were built in: the only place with conditionals on them. */
#include <stddef.h>
#include <string.h>

#include "backends.h"
#include "flopclock/module.h"
#include "flopclock/str.h"

/* The first available one of a device is the answer to --device, so the fast ones come first. */
static const struct fc_backend *const backends[] = {
#ifdef HAVE_ONEDNN
	&fc_backend_onednn,
#endif
	&fc_backend_reference,
	&fc_backend_null,
};

#define BUILT_IN ((int)(sizeof(backends) / sizeof(backends[0])))

/* Loaded at run time, behind those that are built in. */
static const char *const modules[] = { "cuda" };

#define MODULE_COUNT (sizeof(modules) / sizeof(modules[0]))

/* Known by name but not here, and why. */
static const struct {
	const char *name, *why;
} missing[] = {
	{ NULL, NULL },
#ifndef HAVE_ONEDNN
	{ "onednn", "was not built in: its library (libdnnl-dev) was not found" },
#endif
};

#define MISSING_COUNT (sizeof(missing) / sizeof(missing[0]))

/* In the order in which `auto` tries them. */
static const char *const devices[] = { "cuda", "cpu" };

#define DEVICE_COUNT (sizeof(devices) / sizeof(devices[0]))

static const struct fc_backend *module_backend(const char *module, struct fc_error *why)
{
	const struct fc_module *const loaded = fc_module_load(module, why);

	return loaded ? loaded->backend : NULL;
}

const struct fc_backend *fc_backend_at(int index)
{
	int seen = BUILT_IN;
	struct fc_error why;

	if (index < BUILT_IN)
		return index >= 0 ? backends[index] : NULL;
	for (size_t m = 0; m < MODULE_COUNT; m++) {
		const struct fc_backend *const backend = module_backend(modules[m], &why);

		if (backend && seen++ == index)
			return backend;
	}
	return NULL;
}

/* "there are reference (cpu), null (cpu); cuda cannot run here: ...": what a person can do instead. */
static void list_backends(struct fc_str *out)
{
	const char *separator = "there are ";
	const struct fc_backend *backend;
	struct fc_error why;

	for (int i = 0; (backend = fc_backend_at(i)); i++) {
		if (backend->available(&why))
			continue;
		fc_str_addf(out, "%s%s (%s)", separator, backend->name, backend->device);
		separator = ", ";
	}
	for (int i = 0; (backend = fc_backend_at(i)); i++)
		if (backend->available(&why))
			fc_str_addf(out, "; %s cannot run here: %s", backend->name, why.text);
	for (size_t i = 0; i < MISSING_COUNT; i++)
		if (missing[i].name)
			fc_str_addf(out, "; %s %s", missing[i].name, missing[i].why);
	for (size_t m = 0; m < MODULE_COUNT; m++)
		if (!module_backend(modules[m], &why))
			fc_str_addf(out, "; %s cannot run here: %s", modules[m], why.text);
}

static const struct fc_backend *refuse(const char *what, const char *name, struct fc_error *err)
{
	struct fc_str list = { 0 };

	list_backends(&list);
	fc_fail(err, "%s '%s'; %s", what, name, list.text);
	fc_str_release(&list);
	return NULL;
}

/* The first of a device that can run here; else the sentence of the last that cannot. */
static const struct fc_backend *find_device(const char *device, struct fc_error *why)
{
	const struct fc_backend *backend;

	for (int i = 0; (backend = fc_backend_at(i)); i++)
		if (!strcmp(backend->device, device) && !backend->available(why))
			return backend;
	return NULL;
}

bool fc_backend_lacks(const char *device, struct fc_error *why)
{
	for (size_t m = 0; m < MODULE_COUNT; m++)
		if (!strcmp(modules[m], device) && !module_backend(modules[m], why))
			return true;
	return !find_device(device, why);
}

int fc_backend_check(const struct fc_backend *backend, const struct fc_graph *graph, struct fc_error *err)
{
	for (int n = 0; backend->supports && n < graph->node_count; n++)
		if (backend->supports(graph, &graph->nodes[n], err))
			return -1;
	return 0;
}

const struct fc_backend *fc_backend_capable(const struct fc_graph *graph, const char *device, struct fc_error *err)
{
	const struct fc_backend *backend;

	for (int i = 0; (backend = fc_backend_at(i)); i++)
		if (!strcmp(backend->device, device) && !backend->available(err) && !fc_backend_check(backend, graph, err))
			return backend;
	return NULL;
}

const struct fc_backend *fc_backend_find(const char *name, struct fc_error *err)
{
	const struct fc_backend *found = NULL;
	struct fc_error why;

	for (size_t d = 0; d < DEVICE_COUNT; d++) {
		if (strcmp(name, "auto") && strcmp(name, devices[d]))
			continue;
		found = find_device(devices[d], &why);
		if (found)
			return found;
		if (!strcmp(name, devices[d]))
			return refuse("no backend can use the device", name, err);
	}
	for (int i = 0; (found = fc_backend_at(i)); i++) {
		if (strcmp(found->name, name))
			continue;
		return found->available(&why) ? refuse("cannot use the backend", name, err) : found;
	}
	return refuse("there is no backend", name, err);
}
