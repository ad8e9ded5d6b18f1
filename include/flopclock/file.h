/*
 * Files and folders. Written files appear under their name only when they are complete.
 */
#ifndef FLOPCLOCK_FILE_H
#define FLOPCLOCK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "flopclock/error.h"
#include "flopclock/str.h"

/*
 * Reads a whole regular file of at most `limit` bytes into *data (malloc, one zero byte behind it; the caller frees).
 * Folders, devices and larger files are refused with a sentence.
 */
int fc_file_read(const char *path, size_t limit, char **data, size_t *size, struct fc_error *err);

/*
 * Writes all of it to a temporary name beside `path`, flushes, checks, renames. A device, a pipe or a link is not replaced
 * but written to.
 */
int fc_file_write(const char *path, const char *data, size_t size, struct fc_error *err);

bool fc_file_exists(const char *path);
bool fc_dir_exists(const char *path);

/* Makes the folder and its parents; existing ones are fine. */
int fc_dir_make(const char *path, struct fc_error *err);

/* Removes a folder with everything in it; errors are ignored (used for clean-up). */
void fc_dir_remove(const char *path);

/* stdout, checked: every write error so far (a full disk, a closed pipe) becomes a sentence. */
int fc_stdout_write(const char *data, size_t size, struct fc_error *err);

/* SHA-256 as 64 hexadecimal digits and a zero byte. */
#define FC_SHA256_SIZE 65
void fc_sha256(const void *data, size_t size, char hex[FC_SHA256_SIZE]);

/* Where what belongs to the program is looked for, in this order. */
struct fc_places {
	const char *variable;	/* of the environment: a folder; where it is not set, or empty, the next */
	const char *middle;	/* beside the program's folder: "../share/flopclock/"; before it, the program's own folder */
	const char *prefix;	/* compiled in */
};

/* Writes the path of the first that exists, as exists() sees it; false: none, and *path is the last that was tried. */
bool fc_find_own(const struct fc_places *places, const char *name, bool (*exists)(const char *path), struct fc_str *path);

/* The folder of shipped files of a kind: "models", "templates" or "devices", of $FLOPCLOCK_SHARE or ../share/flopclock. */
int fc_share_dir(const char *kind, struct fc_str *path, struct fc_error *err);

#endif
