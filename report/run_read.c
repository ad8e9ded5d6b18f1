/* Reading a run folder: what the folder itself shows, then its files, then whether they agree. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flopclock/file.h"
#include "flopclock/str.h"
#include "run_read.h"

static const char *const files[] = {
	"run.json", "costs.csv", "layers.csv", "kernels.csv", "steps.csv", "epochs.csv",
};

static bool ends_in(const char *text, size_t length, const char *end)
{
	return length >= strlen(end) && !strncmp(text + length - strlen(end), end, strlen(end));
}

/* A run is written under a name with ".partial" in it and renamed at its end. */
static bool half_written(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return ends_in(path, length, ".partial");
}

static int check_folder(const char *path, struct fc_error *err)
{
	struct fc_str file = { 0 };
	struct stat st;
	int rc = 0;

	if (stat(path, &st))
		return fc_fail(err, "%s: %s", path,
			       errno == ENOENT ? "there is no such run folder" : strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return fc_fail(err, "%s: is a file, a run folder was expected", path);
	if (half_written(path))
		return fc_fail(err, "%s: is half-written: the trace that wrote it did not come to its end", path);
	for (size_t i = 0; !rc && i < sizeof(files) / sizeof(files[0]); i++) {
		fc_str_clear(&file);
		fc_str_addf(&file, "%s/%s", path, files[i]);
		if (fc_file_exists(file.text))
			continue;
		rc = i == 0 ? fc_fail(err, "%s: is not a run folder of flopclock (it has no run.json) and holds "
					   "none", path)
			    : fc_fail(err, "%s: is incomplete: %s is missing", path, files[i]);
	}
	fc_str_release(&file);
	return rc;
}

int fc_run_read(const char *path, struct fc_run *run, struct fc_error *err)
{
	*run = (struct fc_run){ 0 };
	fc_arena_init(&run->arena);
	run->path = fc_arena_strdup(&run->arena, path);
	if (check_folder(path, err) || fc_run_read_json(path, run, err) || fc_run_read_sheets(path, run, err) ||
	    fc_run_check(run, err)) {
		fc_run_release(run);
		return -1;
	}
	return 0;
}

void fc_run_release(struct fc_run *run)
{
	fc_run_release_json(run);
	fc_arena_release(&run->arena);
	*run = (struct fc_run){ 0 };
}
