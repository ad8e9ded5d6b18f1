#include "runs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"
#include "flopclock/str.h"

#define RUN_LIMIT 4096

struct list {
	char **text;
	int count;
};

static void list_add(struct list *list, const char *text)
{
	list->text = fc_realloc(list->text, (size_t)list->count + 1, sizeof(*list->text));
	list->text[list->count] = fc_calloc(strlen(text) + 1, 1);
	strcpy(list->text[list->count++], text);
}

static void list_release(struct list *list)
{
	for (int i = 0; i < list->count; i++)
		free(list->text[i]);
	free(list->text);
	*list = (struct list){ 0 };
}

static bool has_run(const char *folder)
{
	struct fc_str file = { 0 };
	bool has;

	fc_str_addf(&file, "%s/run.json", folder);
	has = fc_file_exists(file.text);
	fc_str_release(&file);
	return has;
}

static bool is_partial(const char *name)
{
	const size_t length = strlen(name);

	return length > 8 && !strcmp(name + length - 8, ".partial");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Run folders inside `folder`, sorted, into *found. */
static void look_inside(const char *folder, struct list *found, struct list *partial)
{
	DIR *dir = opendir(folder);
	const int first = found->count;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct fc_str path = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		fc_str_addf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", entry->d_name);
		if (is_partial(entry->d_name) && fc_dir_exists(path.text))
			list_add(partial, path.text);
		else if (has_run(path.text))
			list_add(found, path.text);
		fc_str_release(&path);
	}
	if (dir)
		closedir(dir);
	if (found->count > first)
		qsort(found->text + first, (size_t)(found->count - first), sizeof(*found->text), compare_names);
}

static bool is_read(const struct list *list, int before, const char *path)
{
	char *real = realpath(path, NULL);
	bool read = false;

	for (int i = 0; i < before && real && !read; i++) {
		char *other = realpath(list->text[i], NULL);

		read = other && !strcmp(other, real);
		free(other);
	}
	free(real);
	return read;
}

static int collect(char *const *paths, int path_count, struct list *found, struct list *partial, struct fc_error *err)
{
	for (int i = 0; i < path_count; i++) {
		const int before = found->count, partial_before = partial->count;

		if (!*paths[i])
			return fc_fail(err, "a run folder has an empty name");
		if (fc_dir_exists(paths[i]) && !has_run(paths[i]) && !is_partial(paths[i]))
			look_inside(paths[i], found, partial);
		else
			list_add(found, paths[i]);
		if (found->count == before && partial->count > partial_before)
			return fc_fail(err, "%s: holds nothing but half-written runs", paths[i]);
		/* Neither a run nor a folder of runs: the reader says what is wrong with it. */
		if (found->count == before)
			list_add(found, paths[i]);
		if (found->count > RUN_LIMIT)
			return fc_fail(err, "%s: there are more than %d runs", paths[i], RUN_LIMIT);
	}
	return 0;
}

int fc_runs_read(char *const *paths, int path_count, struct fc_runs *runs, struct fc_error *err)
{
	struct list found = { 0 }, partial = { 0 };
	int rc = collect(paths, path_count, &found, &partial, err);

	*runs = (struct fc_runs){ .run = fc_calloc((size_t)found.count + 1, sizeof(*runs->run)) };
	for (int i = 0; i < found.count && !rc; i++) {
		if (is_read(&found, i, found.text[i]))
			continue;
		rc = fc_run_read(found.text[i], &runs->run[runs->count], err);
		runs->count += !rc;
	}
	runs->passed_over = partial.text;
	runs->passed_over_count = partial.count;
	list_release(&found);
	if (rc)
		fc_runs_release(runs);
	return rc;
}

void fc_runs_release(struct fc_runs *runs)
{
	for (int i = 0; i < runs->count; i++)
		fc_run_release(&runs->run[i]);
	for (int i = 0; i < runs->passed_over_count; i++)
		free(runs->passed_over[i]);
	free(runs->passed_over);
	free(runs->run);
	*runs = (struct fc_runs){ 0 };
}
