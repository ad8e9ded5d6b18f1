/* Which backends there are: built in, or offered by a module that can be loaded. */
#include <stddef.h>
#include <string.h>

#include "backends.h"
#include "flopclock/module.h"
#include "flopclock/str.h"

/* The first available one of a device is the answer to --device, so the fast ones come first. One of the two is NULL. */
static const struct {
	const char *module;
	const struct fc_backend *built_in;
} backends[] = {
	{ "onednn", NULL },
	{ NULL, &fc_backend_reference },
	{ NULL, &fc_backend_null },
	{ "cuda", NULL },
};

#define BACKEND_COUNT (sizeof(backends) / sizeof(backends[0]))

/* In the order in which `auto` tries them. */
static const char *const devices[] = { "cuda", "cpu" };

#define DEVICE_COUNT (sizeof(devices) / sizeof(devices[0]))

static const struct fc_backend *load(size_t row, struct fc_error *why)
{
	const struct fc_module *module;

	if (backends[row].built_in)
		return backends[row].built_in;
	module = fc_module_load(backends[row].module, why);
	return module ? module->backend : NULL;
}

const struct fc_backend *fc_backend_at(int index)
{
	struct fc_error why;

	for (size_t row = 0; row < BACKEND_COUNT; row++) {
		const struct fc_backend *const backend = load(row, &why);

		if (backend && index-- == 0)
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
	for (size_t row = 0; row < BACKEND_COUNT; row++)
		if (!load(row, &why))
			fc_str_addf(out, "; %s cannot run here: %s", backends[row].module, why.text);
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
	for (size_t row = 0; row < BACKEND_COUNT; row++)
		if (backends[row].module && !strcmp(backends[row].module, device) && !load(row, why))
			return true;
	return !find_device(device, why);
}

int fc_backend_refuse(const char *backend, const struct fc_node *node, const char *with, struct fc_error *err)
{
	return fc_fail(err, "%s cannot compute %s%s%s (layer %s)", backend, fc_op_name(node->op),
		       with ? " with " : "", with ? with : "", node->name);
}

int fc_backend_check(const struct fc_backend *backend, const struct fc_graph *graph, struct fc_error *err)
{
	for (int n = 0; backend->supports && n < graph->node_count; n++)
		if (backend->supports(graph, &graph->nodes[n], err))
			return -1;
	return 0;
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
