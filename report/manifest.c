#include "manifest.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"
#include "flopclock/json.h"
#include "flopclock/version.h"
#include "study_build.h"

#define FILE_LIMIT ((size_t)2 << 30)
#define MANIFEST "manifest.json"

struct files {
	char **path;		/* relative to the folder */
	int count;
};

static void add_file(struct files *files, const char *path)
{
	files->path = fc_realloc(files->path, (size_t)files->count + 1, sizeof(*files->path));
	files->path[files->count] = fc_calloc(strlen(path) + 1, 1);
	strcpy(files->path[files->count++], path);
}

static int walk(const char *folder, const char *below, struct files *files, struct fc_error *err)
{
	struct fc_str path = { 0 };
	struct dirent *entry;
	int rc = 0;
	DIR *dir;

	fc_str_addf(&path, "%s%s%s", folder, *below ? "/" : "", below);
	dir = opendir(path.text);
	if (!dir)
		rc = fc_fail_errno(err, "%s: cannot be listed", path.text);
	while (!rc && (entry = readdir(dir))) {
		struct fc_str name = { 0 };

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		fc_str_addf(&name, "%s%s%s", below, *below ? "/" : "", entry->d_name);
		fc_str_clear(&path);
		fc_str_addf(&path, "%s/%s", folder, name.text);
		if (fc_dir_exists(path.text))
			rc = walk(folder, name.text, files, err);
		else
			add_file(files, name.text);
		fc_str_release(&name);
	}
	if (dir)
		closedir(dir);
	fc_str_release(&path);
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int describe_file(struct fc_json *json, const char *folder, const char *name, struct fc_error *err)
{
	struct fc_str path = { 0 };
	char digest[FC_SHA256_SIZE];
	size_t size;
	char *data;
	int rc;

	fc_str_addf(&path, "%s/%s", folder, name);
	rc = fc_file_read(path.text, FILE_LIMIT, &data, &size, err);
	fc_str_release(&path);
	if (rc)
		return rc;
	fc_sha256(data, size, digest);
	free(data);
	fc_json_object(json, NULL);
	fc_json_text(json, "path", name);
	fc_json_u64(json, "bytes", size);
	fc_json_text(json, "sha256", digest);
	fc_json_end_object(json);
	return 0;
}

static void describe_runs(struct fc_json *json, const struct fc_study *study)
{
	fc_json_array(json, "runs");
	for (int i = 0; i < study->network_count; i++) {
		const struct fc_run *run = study->networks[i].run;

		fc_json_object(json, NULL);
		fc_json_text(json, "network", study->networks[i].name);
		fc_json_text(json, "name", fc_run_name(run));
		fc_json_text(json, "model", run->model);
		fc_json_text(json, "settings", run->model_settings);
		fc_json_text(json, "model_digest", run->model_digest);
		fc_json_text(json, "status", run->status);
		fc_json_text(json, "started", run->started);
		fc_json_text(json, "finished", run->finished);
		fc_json_text(json, "flopclock", run->version);
		fc_json_end_object(json);
	}
	fc_json_end_array(json);
}

static void describe_options(struct fc_json *json, const struct fc_manifest_options *options)
{
	fc_json_object(json, "options");
	fc_json_text(json, "style", options->style);
	fc_json_text(json, "paper", options->paper);
	fc_json_text(json, "templates", options->templates);
	fc_json_bool(json, "figures", options->figures);
	fc_json_end_object(json);
}

int fc_manifest_write(const char *folder, const struct fc_study *study, const struct fc_manifest_options *options,
		      struct fc_error *err)
{
	struct fc_str path = { 0 };
	struct fc_json json = { 0 };
	struct files files = { 0 };
	int rc = walk(folder, "", &files, err);

	if (files.count)
		qsort(files.path, (size_t)files.count, sizeof(*files.path), compare_names);
	fc_json_object(&json, NULL);
	fc_json_text(&json, "program", "flopclock");
	fc_json_text(&json, "kind", "report");
	fc_json_text(&json, "version", FC_VERSION);
	fc_json_text(&json, "date", study->date);
	describe_options(&json, options);
	fc_json_u64(&json, "bootstrap_seed", study->seed);
	fc_json_u64(&json, "bootstrap_resamples", (uint64_t)study->resamples);
	describe_runs(&json, study);
	fc_json_array(&json, "files");
	for (int i = 0; i < files.count; i++) {
		if (!rc)
			rc = describe_file(&json, folder, files.path[i], err);
		free(files.path[i]);
	}
	fc_json_end_array(&json);
	fc_json_end_object(&json);
	fc_str_addc(&json.out, '\n');
	fc_str_addf(&path, "%s/" MANIFEST, folder);
	if (!rc)
		rc = fc_file_write(path.text, json.out.text, json.out.length, err);
	free(files.path);
	fc_str_release(&path);
	fc_json_release(&json);
	return rc;
}

bool fc_manifest_is_report(const char *folder)
{
	static const char begin[] = "{\n  \"program\": \"flopclock\",\n  \"kind\": \"report\",";
	struct fc_error ignored;
	struct fc_str path = { 0 };
	bool is = false;
	size_t size;
	char *data;

	fc_str_addf(&path, "%s/" MANIFEST, folder);
	if (!fc_file_read(path.text, (size_t)64 << 20, &data, &size, &ignored)) {
		is = size >= strlen(begin) && !memcmp(data, begin, strlen(begin));
		free(data);
	}
	fc_str_release(&path);
	return is;
}
