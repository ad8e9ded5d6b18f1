/*
 * Where models are, and how their text comes in.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"

#include "model_machine.h"
#include "model_parse.h"
#include "suggest.h"

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && !strcmp(text + length - end_length, end);
}

static int is_model(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_with(entry->d_name, ".net");
}

/* Says what there is, in alphabetical order, and what may have been meant. */
static int unknown_model(const char *model, const char *folder, struct fc_error *err)
{
	struct suggestion suggestion = { .word = model };
	struct dirent **entries = NULL;
	struct fc_str all = { 0 };
	const int count = scandir(folder, &entries, is_model, alphasort);

	for (int i = 0; i < count; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - 4] = 0;
		fc_str_addf(&all, "%s%s", i ? ", " : "", entries[i]->d_name);
		fc_suggest_offer(&suggestion, entries[i]->d_name);
	}
	fc_fail(err, "there is no model '%s'%s%s%s, expected one of %s or a path to a file", model,
		suggestion.best ? " (did you mean '" : "", suggestion.best ? suggestion.best : "",
		suggestion.best ? "'?)" : "", all.length ? all.text : "none");
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	fc_str_release(&all);
	return -1;
}

int fc_model_find(const char *model, struct fc_str *path, struct fc_error *err)
{
	struct fc_str folder = { 0 };
	int rc = 0;

	if (strchr(model, '/') || ends_with(model, ".net")) {
		fc_str_add(path, model);
		return 0;
	}
	if (fc_share_dir("models", &folder, err)) {
		rc = -1;
	} else {
		fc_str_addf(path, "%s/%s.net", folder.text, model);
		if (!*model || !fc_file_exists(path->text))
			rc = unknown_model(model, folder.text, err);
	}
	fc_str_release(&folder);
	return rc;
}

/* What a path is instead of a model; such a file has no lines, so it is the first that is named. */
static int check_file(const char *path, struct fc_error *err)
{
	struct stat st;

	if (stat(path, &st))
		return fc_fail_errno(err, "%s: cannot be read", path);
	if (S_ISDIR(st.st_mode))
		return fc_fail(err, "%s:1:1: found a folder, expected a model file", path);
	if (!S_ISREG(st.st_mode))
		return fc_fail(err, "%s:1:1: found no regular file, expected a model file", path);
	if (st.st_size > MODEL_MAX_BYTES)
		return fc_fail(err, "%s:1:1: found a file of %lld bytes, expected a model of at most %d", path,
			       (long long)st.st_size, MODEL_MAX_BYTES);
	return 0;
}

int fc_model_open(struct machine *m, const char *path, const struct source **source,
		  const struct statement **statements)
{
	struct source *const s = FC_NEW(&m->arena, struct source);
	char *data;

	if (check_file(path, m->err) || fc_file_read(path, MODEL_MAX_BYTES, &data, &s->size, m->err))
		return -1;
	s->path = fc_arena_strdup(&m->arena, path);
	s->text = fc_arena_strndup(&m->arena, data, s->size);
	fc_str_addn(&m->digest, data, s->size);
	fc_str_addc(&m->digest, '\n');
	free(data);
	*source = s;
	return fc_parse_file(s, &m->arena, statements, m->err);
}
