#include "libraries_search.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"
#include "flopclock/str.h"

struct search {
	struct fc_arena *arena;
	const char **folders;
	int count, capacity;
};

/* What a person may name, or a distribution may have: patterns below a root. */
static const char *const in_toolkit[] = {
	"/lib64", "/lib", "/targets/x86_64-linux/lib", "/extras/CUPTI/lib64", "", NULL,
};
static const char *const in_packages[] = {"/nvidia/cu13/lib", "/nvidia/*/lib", NULL};
static const char *const in_prefix[] = {
	"/lib/python3*/site-packages/nvidia/cu13/lib",
	"/lib*/python3*/site-packages/nvidia/*/lib",
	"/lib/python3*/dist-packages/nvidia/*/lib",
	NULL,
};
static const char *const itself[] = {"", NULL};

static void keep(struct search *search, const char *folder)
{
	for (int i = 0; i < search->count; i++)
		if (!strcmp(search->folders[i], folder))
			return;
	if (search->count + 1 >= search->capacity) {
		const int capacity = search->capacity ? 2 * search->capacity : 16;
		const char **const folders = FC_NEW_ARRAY(search->arena, const char *, capacity);

		if (search->count)
			memcpy(folders, search->folders, (size_t)search->count * sizeof(*folders));
		search->folders = folders;
		search->capacity = capacity;
	}
	search->folders[search->count++] = fc_arena_strdup(search->arena, folder);
}

/* All folders of the patterns below a root, which may itself be a pattern; of several versions the newest first. */
static void look_below(struct search *search, const char *root, const char *const *patterns)
{
	for (; *patterns; patterns++) {
		const char *const pattern = fc_arena_printf(search->arena, "%s%s", root, *patterns);
		glob_t found;

		if (!glob(pattern, 0, NULL, &found)) {
			for (size_t i = found.gl_pathc; i-- > 0;)
				if (fc_dir_exists(found.gl_pathv[i]))
					keep(search, found.gl_pathv[i]);
			globfree(&found);
		}
	}
}

/* A name as a pattern that matches only it. */
static const char *literally(struct fc_arena *arena, const char *name, size_t length)
{
	char *const pattern = fc_arena_alloc(arena, 2 * length + 1, 1);
	char *to = pattern;

	for (size_t i = 0; i < length; i++) {
		if (strchr("*?[\\", name[i]))
			*to++ = '\\';
		*to++ = name[i];
	}
	return pattern;
}

/* A variable that holds folders, separated by colons. */
static void look_below_variable(struct search *search, const char *name, const char *const *const *kinds)
{
	const char *value = getenv(name);

	while (value && *value) {
		const size_t length = strcspn(value, ":");
		const char *const root = literally(search->arena, value, length);

		for (int k = 0; kinds[k] && length; k++)
			look_below(search, root, kinds[k]);
		value += length + (value[length] == ':');
	}
}

/* The folder above the one that the program `python3` is started from: wheels were most likely installed for it. */
static void look_below_python(struct search *search)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		const size_t length = strcspn(path, ":");
		const char *const python = fc_arena_printf(search->arena, "%.*s/python3", (int)length, path);

		if (length && fc_file_exists(python)) {
			const char *const folder = literally(search->arena, path, length);

			look_below(search, fc_arena_printf(search->arena, "%s/..", folder), in_prefix);
			return;
		}
		path += length + (path[length] == ':');
	}
}

const char *const *library_folders(struct fc_arena *arena)
{
	static const char *const *const anything[] = {in_toolkit, in_packages, in_prefix, NULL};
	static const char *const *const toolkit[] = {in_toolkit, NULL};
	static const char *const *const prefix[] = {in_prefix, NULL};
	const char *const home = getenv("HOME");
	struct search search = {.arena = arena};

	look_below_variable(&search, "FLOPCLOCK_CUDA", anything);
	look_below_variable(&search, "CUDA_HOME", toolkit);
	look_below_variable(&search, "CUDA_PATH", toolkit);
	keep(&search, LIBRARY_LOADER);
	look_below(&search, "/usr/local/cuda", in_toolkit);
	look_below(&search, "/usr/local/cuda-*", in_toolkit);
	look_below(&search, "/usr/lib/x86_64-linux-gnu", itself);
	look_below(&search, "/usr/lib64", itself);
	look_below(&search, "/usr/local/nvidia/lib64", itself);
	look_below_variable(&search, "VIRTUAL_ENV", prefix);
	look_below_variable(&search, "CONDA_PREFIX", prefix);
	look_below_python(&search);
	if (home && *home)
		look_below(&search, fc_arena_printf(arena, "%s/.local", literally(arena, home, strlen(home))),
			   in_prefix);
	look_below(&search, "/usr/local", in_prefix);
	look_below(&search, "/usr", in_prefix);
	search.folders[search.count] = NULL;
	return search.folders;
}
