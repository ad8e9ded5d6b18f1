#include "model_catalog.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"

#include "model_lexer.h"
#include "model_machine.h"

#define SUFFIX ".net"

static int is_model(const struct dirent *entry)
{
	const size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(SUFFIX) &&
	       !strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX);
}

static void add(struct catalog *catalog, int *capacity, const char *name, size_t length, const char *file)
{
	if (catalog->count == *capacity) {
		const int more = *capacity ? 2 * *capacity : 64;
		struct catalog_entry *const entries = FC_NEW_ARRAY(&catalog->arena, struct catalog_entry, more);

		if (catalog->count)
			memcpy(entries, catalog->entries, (size_t)catalog->count * sizeof(*entries));
		catalog->entries = entries;
		*capacity = more;
	}
	catalog->entries[catalog->count++] =
		(struct catalog_entry){ fc_arena_strndup(&catalog->arena, name, length), file };
}

/* A statement `variant` stands at the beginning of its line; behind it the name of the next one, or NULL. */
static const char *next_variant(const char *text, size_t *length)
{
	static const char keyword[] = "variant";

	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *c = line + strspn(line, " \t"), *name;

		if (strncmp(c, keyword, sizeof(keyword) - 1))
			continue;
		c += sizeof(keyword) - 1;
		name = c + strspn(c, " \t");
		*length = (size_t)(fc_lexer_name_end(name) - name);
		if (name > c && *length)
			return name;
	}
	return NULL;
}

static void add_file(struct catalog *catalog, int *capacity, const char *folder, const char *file_name)
{
	const char *const file = fc_arena_strndup(&catalog->arena, file_name, strlen(file_name) - strlen(SUFFIX));
	struct fc_str path = { 0 };
	struct fc_error ignored;
	const char *name;
	size_t size, length;
	bool varies = false;
	char *text;

	fc_str_addf(&path, "%s/%s", folder, file_name);
	if (!fc_file_read(path.text, MODEL_MAX_BYTES, &text, &size, &ignored)) {
		for (name = next_variant(text, &length); name; name = next_variant(name + length, &length)) {
			add(catalog, capacity, name, length, file);
			varies = true;
		}
		free(text);
		if (!varies)
			add(catalog, capacity, file, strlen(file), file);
	}
	fc_str_release(&path);
}

int fc_catalog_read(const char *folder, struct catalog *catalog, struct fc_error *err)
{
	struct dirent **entries = NULL;
	const int count = scandir(folder, &entries, is_model, alphasort);
	int capacity = 0;

	if (count < 0)
		return fc_fail_errno(err, "%s: the folder of models cannot be read", folder);
	*catalog = (struct catalog){ .count = 0 };
	fc_arena_init(&catalog->arena);
	for (int i = 0; i < count; i++) {
		add_file(catalog, &capacity, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

void fc_catalog_release(struct catalog *catalog)
{
	fc_arena_release(&catalog->arena);
	*catalog = (struct catalog){ .count = 0 };
}

const struct catalog_entry *fc_catalog_find(const struct catalog *catalog, const char *name)
{
	for (int i = 0; i < catalog->count; i++)
		if (!strcmp(catalog->entries[i].name, name))
			return &catalog->entries[i];
	return NULL;
}
