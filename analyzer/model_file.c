/*
 * Where models are, and how their text comes in.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"

#include "model_catalog.h"
#include "model_machine.h"
#include "model_parse.h"
#include "suggest.h"

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && !strcmp(text + length - end_length, end);
}

/* Says where to look and what may have been meant. */
static int unknown_model(const char *model, const struct catalog *catalog, struct fc_error *err)
{
	struct suggestion suggestion = { .word = model };

	for (int i = 0; i < catalog->count; i++)
		fc_suggest_offer(&suggestion, catalog->entries[i].name);
	return fc_fail(err, "there is no model '%s'%s%s%s, expected one that 'flopclock analyze --list' shows or a path to a file",
		       model, suggestion.best ? " (did you mean '" : "", suggestion.best ? suggestion.best : "",
		       suggestion.best ? "'?)" : "");
}

/* Looks for NAME.net in the folder, then for a file there that has a variant of that name. */
static int find_in(const char *folder, const char *name, struct model_location *location, struct fc_error *err)
{
	const struct catalog_entry *entry;
	struct catalog catalog;
	int rc = 0;

	fc_str_addf(&location->path, "%s/%s.net", folder, name);
	if (*name && fc_file_exists(location->path.text))
		return 0;
	if (fc_catalog_read(folder, &catalog, err))
		return -1;
	entry = fc_catalog_find(&catalog, name);
	if (entry) {
		fc_str_clear(&location->path);
		fc_str_addf(&location->path, "%s/%s.net", folder, entry->file);
		fc_str_add(&location->variant, entry->name);
	} else {
		rc = unknown_model(name, &catalog, err);
	}
	fc_catalog_release(&catalog);
	return rc;
}

/* A path that does not exist may still be that of a variant: "models/resnet50.net". */
static void find_path(const char *path, struct model_location *location)
{
	const char *const slash = strrchr(path, '/'), *const file = slash ? slash + 1 : path;
	struct model_location variant = { .variant = { 0 } };
	struct fc_str folder = { 0 }, name = { 0 };
	struct fc_error ignored;

	fc_str_addn(&folder, slash ? path : ".", slash ? (size_t)(slash - path) : 1);
	if (ends_with(file, ".net"))
		fc_str_addn(&name, file, strlen(file) - 4);
	if (!fc_file_exists(path) && name.length && !find_in(folder.text, name.text, &variant, &ignored)) {
		fc_str_add(&location->path, slash ? variant.path.text : variant.path.text + 2);
		fc_str_add(&location->variant, variant.variant.text);
	} else {
		fc_str_add(&location->path, path);
	}
	fc_location_release(&variant);
	fc_str_release(&folder);
	fc_str_release(&name);
}

int fc_model_find(const char *model, struct model_location *location, struct fc_error *err)
{
	struct fc_str folder = { 0 };
	int rc;

	if (strchr(model, '/') || ends_with(model, ".net")) {
		find_path(model, location);
		return 0;
	}
	rc = fc_share_dir("models", &folder, err) || find_in(folder.text, model, location, err) ? -1 : 0;
	fc_str_release(&folder);
	return rc;
}

void fc_location_release(struct model_location *location)
{
	fc_str_release(&location->path);
	fc_str_release(&location->variant);
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
