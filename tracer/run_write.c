#include "run_write.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flopclock/file.h"

#define MAX_MODEL_NAME 80
#define MAX_TRIES 1000

/* What stands in a folder's name must be harmless in a shell and on any file system. */
static void add_safe(struct fc_str *name, const char *text)
{
	for (int i = 0; text[i] && i < MAX_MODEL_NAME; i++)
		fc_str_addc(name, isalnum((unsigned char)text[i]) || strchr("._+-", text[i]) ? text[i] : '_');
}

/* MODEL-INPUT-bBATCH-DEVICE-YYYYmmddTHHMMSSZ */
static void choose_name(const struct fc_graph *graph, const struct fc_trainer_config *config, time_t started,
			struct fc_str *name)
{
	const struct fc_shape in = graph->nodes[0].shape;
	char when[32];
	struct tm utc;

	gmtime_r(&started, &utc);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
	/* A name that begins with a dot would be hidden. */
	if (graph->name[0] == '.')
		fc_str_addc(name, '_');
	add_safe(name, graph->name);
	fc_str_addf(name, "-%lldx%lldx%lld-b%lld-%s-%s", (long long)in.c, (long long)in.h, (long long)in.w,
		    (long long)graph->batch, config->backend->device, when);
}

int run_folder_open(struct run_folder *folder, const struct fc_graph *graph, const struct fc_trainer_config *config,
		    const char *out, time_t started, struct fc_error *err)
{
	struct fc_str name = { 0 };
	int rc = -1;

	*folder = (struct run_folder){ .partial = { 0 } };
	if (fc_dir_make(out, err))
		return -1;
	choose_name(graph, config, started, &name);
	for (int try = 1; try <= MAX_TRIES && rc; try++) {
		fc_str_clear(&folder->partial);
		fc_str_clear(&folder->final);
		fc_str_addf(&folder->final, "%s/%s", out, name.text);
		fc_str_addf(&folder->partial, "%s/.%s", out, name.text);
		if (try > 1) {
			fc_str_addf(&folder->final, "-%d", try);
			fc_str_addf(&folder->partial, "-%d", try);
		}
		fc_str_add(&folder->partial, ".partial");
		if (fc_file_exists(folder->final.text) || fc_dir_exists(folder->final.text))
			continue;
		if (!mkdir(folder->partial.text, 0777))
			rc = 0;
		else if (errno != EEXIST)
			break;
	}
	if (rc) {
		fc_fail_errno(err, "%s: no run folder can be made in it", out);
		run_folder_release(folder);
	}
	fc_str_release(&name);
	return rc;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		const ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* The folder has a temporary name; its files need none. */
static int write_file(const struct run_folder *folder, const char *name, const struct fc_str *text,
		      struct fc_error *err)
{
	struct fc_str path = { 0 };
	int fd, rc = 0;

	fc_str_addf(&path, "%s/%s", folder->partial.text, name);
	fd = open(path.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || write_all(fd, text->text, text->length) || fsync(fd))
		rc = fc_fail_errno(err, "%s/%s cannot be written", folder->final.text, name);
	if (fd >= 0 && close(fd) && !rc)
		rc = fc_fail_errno(err, "%s/%s cannot be written", folder->final.text, name);
	fc_str_release(&path);
	return rc;
}

static int write_table(const struct run_folder *folder, const struct run_table *table,
		       const struct run_record *record, struct fc_error *err)
{
	struct fc_csv_writer csv = { .cells = 0 };
	int rc;

	table->text(record, &csv);
	rc = write_file(folder, table->name, &csv.out, err);
	fc_csv_release(&csv);
	return rc;
}

int run_folder_write(const struct run_folder *folder, const struct run_record *record, bool *suspect,
		     struct fc_error *err)
{
	struct fc_str text = { 0 };
	int rc = 0;

	for (int i = 0; i < run_table_count && !rc; i++)
		rc = write_table(folder, &run_tables[i], record, err);
	if (!rc && record->timeline) {
		timeline_text(record->timeline, record->recorder, &text);
		rc = write_file(folder, "timeline.json", &text, err);
		fc_str_release(&text);
	}
	/* Last: a folder with it is whole. */
	if (!rc) {
		*suspect = run_json_text(record, &text);
		rc = write_file(folder, "run.json", &text, err);
		fc_str_release(&text);
	}
	return rc;
}

int run_folder_finish(const struct run_folder *folder, struct fc_error *err)
{
	if (rename(folder->partial.text, folder->final.text))
		return fc_fail_errno(err, "%s cannot be given its name", folder->final.text);
	return 0;
}

void run_folder_release(struct run_folder *folder)
{
	fc_str_release(&folder->partial);
	fc_str_release(&folder->final);
}
