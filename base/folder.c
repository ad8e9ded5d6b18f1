#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"

bool fc_dir_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int fc_dir_make(const char *path, struct fc_error *err)
{
	struct fc_str partial = { 0 };
	int rc = 0;

	for (const char *c = path; !rc; c++) {
		if ((*c == '/' || !*c) && c != path) {
			fc_str_clear(&partial);
			fc_str_addn(&partial, path, (size_t)(c - path));
			if (mkdir(partial.text, 0777) && (errno != EEXIST || !fc_dir_exists(partial.text)))
				rc = fc_fail_errno(err, "%s: the folder cannot be made", partial.text);
		}
		if (!*c)
			break;
	}
	fc_str_release(&partial);
	return rc;
}

void fc_dir_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir) {
		while ((entry = readdir(dir))) {
			struct fc_str inner = { 0 };
			struct stat st;

			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			fc_str_addf(&inner, "%s/%s", path, entry->d_name);
			/* lstat: a link to a folder is removed, not followed. */
			if (!lstat(inner.text, &st) && S_ISDIR(st.st_mode))
				fc_dir_remove(inner.text);
			else
				unlink(inner.text);
			fc_str_release(&inner);
		}
		closedir(dir);
	}
	rmdir(path);
}

/* With a final '/'; nothing where the system does not say. */
static void add_program_dir(struct fc_str *dir)
{
	char path[4096];
	const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (length <= 0)
		return;
	path[length] = 0;
	slash = strrchr(path, '/');
	if (slash)
		fc_str_addn(dir, path, (size_t)(slash - path) + 1);
}

bool fc_find_own(const struct fc_places *places, const char *name, bool (*exists)(const char *path),
		 struct fc_str *path)
{
	struct fc_str program = { 0 };
	bool found = false;

	add_program_dir(&program);
	const char *const base = program.length ? program.text : "./";
	const struct {
		const char *prefix, *middle;
	} tries[] = {
		{ getenv(places->variable), "/" },
		{ base, "" },
		{ base, places->middle },
		{ places->prefix, "/" },
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]) && !found; i++) {
		if (!tries[i].prefix || !*tries[i].prefix)
			continue;
		fc_str_clear(path);
		fc_str_addf(path, "%s%s%s", tries[i].prefix, tries[i].middle, name);
		found = exists(path->text);
	}
	fc_str_release(&program);
	return found;
}

#ifndef FC_SHARE_PREFIX
#define FC_SHARE_PREFIX "/usr/local/share/flopclock"
#endif

int fc_share_dir(const char *kind, struct fc_str *path, struct fc_error *err)
{
	static const struct fc_places places = { "FLOPCLOCK_SHARE", "../share/flopclock/", FC_SHARE_PREFIX };

	if (fc_find_own(&places, kind, fc_dir_exists, path))
		return 0;
	return fc_fail(
		err,
		"the folder with the %s that belong to flopclock was not found; set FLOPCLOCK_SHARE to where it is",
		kind);
}
