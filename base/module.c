#include "flopclock/module.h"

#include <dlfcn.h>
#include <string.h>

#include "flopclock/file.h"

#ifndef FC_MODULE_PREFIX
#define FC_MODULE_PREFIX "/usr/local/lib/flopclock"
#endif

/* The loader's words begin with the file that is wrong, where it is this one or one that this one needs. */
static int refuse(const char *path, const char *words, struct fc_error *err)
{
	const size_t length = strlen(path);

	if (!strncmp(words, path, length) && words[length] == ':')
		words += length + 1 + strspn(words + length + 1, " ");
	return fc_fail(err, "%s: cannot be loaded: %s", path, words);
}

static const struct fc_module *open_file(const char *path, const char *name, struct fc_error *err)
{
	/*
	 * Lazily: a program that uses a part of a module need not have what the other parts call. It is never closed: the
	 * vendors' libraries behind a module do not survive that.
	 */
	void *const handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	const struct fc_module *module;

	if (!handle) {
		refuse(path, dlerror(), err);
		return NULL;
	}
	module = dlsym(handle, "fc_module");
	if (!module || module->abi != FC_MODULE_ABI || strcmp(module->name, name)) {
		fc_fail(err, "%s: is not the module %s of this version of flopclock", path, name);
		return NULL;
	}
	return module;
}

const struct fc_module *fc_module_load(const char *name, struct fc_error *err)
{
	static const struct fc_places places = { "FLOPCLOCK_MODULES", "../lib/flopclock/", FC_MODULE_PREFIX };
	const struct fc_module *module = NULL;
	struct fc_str file = { 0 }, path = { 0 };

	fc_str_addf(&file, "flopclock-%s.so", name);
	if (fc_find_own(&places, file.text, fc_file_exists, &path))
		module = open_file(path.text, name, err);
	else
		fc_fail(err, "the module %s was not built, or lies in no folder where it is looked for", name);
	fc_str_release(&file);
	fc_str_release(&path);
	return module;
}
