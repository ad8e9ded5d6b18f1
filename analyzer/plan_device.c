/* Where descriptions of devices are. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"

#include "plan.h"
#include "suggest.h"

#define MAX_BYTES 65536
#define ENDING	  ".json"

static bool ends_with_json(const char *text)
{
	const size_t length = strlen(text), ending = strlen(ENDING);

	return length > ending && !strcmp(text + length - ending, ENDING);
}

static int is_description(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_with_json(entry->d_name);
}

/* By name, without the ending: h100 before h100-pcie. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	const size_t n = strlen((*a)->d_name) - strlen(ENDING), m = strlen((*b)->d_name) - strlen(ENDING);
	const int order = memcmp((*a)->d_name, (*b)->d_name, n < m ? n : m);

	return order ? order : n < m ? -1 : n > m;
}

/* Says what there is, in alphabetical order, and what may have been meant. */
static int unknown_device(const char *device, const char *folder, struct fc_error *err)
{
	struct suggestion suggestion = { .word = device };
	struct dirent **entries = NULL;
	struct fc_str all = { 0 };
	const int count = scandir(folder, &entries, is_description, by_name);

	for (int i = 0; i < count; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - strlen(ENDING)] = 0;
		fc_str_addf(&all, "%s%s", i ? ", " : "", entries[i]->d_name);
		fc_suggest_offer(&suggestion, entries[i]->d_name);
	}
	fc_fail(err, "there is no device '%s'%s%s%s, expected one of %s or a path to a description", device,
		suggestion.best ? " (did you mean '" : "", suggestion.best ? suggestion.best : "",
		suggestion.best ? "'?)" : "", all.length ? all.text : "none");
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	fc_str_release(&all);
	return -1;
}

static int find(const char *device, struct fc_str *path, struct fc_error *err)
{
	struct fc_str folder = { 0 };
	int rc = 0;

	if (strchr(device, '/') || ends_with_json(device)) {
		fc_str_add(path, device);
		return 0;
	}
	rc = fc_share_dir("devices", &folder, err);
	if (!rc) {
		fc_str_addf(path, "%s/%s" ENDING, folder.text, device);
		if (!*device || !fc_file_exists(path->text))
			rc = unknown_device(device, folder.text, err);
	}
	fc_str_release(&folder);
	return rc;
}

int fc_plan_device_read(const char *device, char **json, struct fc_error *err)
{
	struct fc_str path = { 0 };
	size_t size;
	int rc;

	rc = find(device, &path, err) || fc_file_read(path.text, MAX_BYTES, json, &size, err) ? -1 : 0;
	if (!rc && strlen(*json) != size) {
		rc = fc_fail(err, "%s: has a zero byte in it", path.text);
		free(*json);
	}
	fc_str_release(&path);
	return rc;
}
