#include "flopclock/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flopclock/arena.h"

static int read_all(int fd, const char *path, char *data, size_t size, size_t *got, struct fc_error *err)
{
	*got = 0;
	while (*got < size) {
		const ssize_t n = read(fd, data + *got, size - *got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fc_fail_errno(err, "%s: cannot be read", path);
		if (!n)
			break;
		*got += (size_t)n;
	}
	return 0;
}

static int check_regular(int fd, const char *path, size_t limit, size_t *size, struct fc_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return fc_fail_errno(err, "%s: cannot be examined", path);
	if (S_ISDIR(st.st_mode))
		return fc_fail(err, "%s: is a folder, a file was expected", path);
	if (!S_ISREG(st.st_mode))
		return fc_fail(err, "%s: is not a regular file", path);
	if ((uint64_t)st.st_size > limit)
		return fc_fail(err, "%s: has %llu bytes, at most %zu are read", path, (unsigned long long)st.st_size,
			       limit);
	*size = (size_t)st.st_size;
	return 0;
}

int fc_file_read(const char *path, size_t limit, char **data, size_t *size, struct fc_error *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its other end before it is refused. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t expected = 0;
	int rc;

	if (fd < 0)
		return fc_fail_errno(err, "%s: cannot be opened", path);
	rc = check_regular(fd, path, limit, &expected, err);
	if (!rc) {
		*data = fc_calloc(expected + 1, 1);
		rc = read_all(fd, path, *data, expected, size, err);
		if (rc)
			free(*data);
	}
	close(fd);
	return rc;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		const ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* A device, a pipe or what a link leads to stays what it is. */
static bool is_written_in_place(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_in_place(const char *path, const char *data, size_t size, struct fc_error *err)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
	int rc = 0;

	if (fd < 0)
		return fc_fail_errno(err, "%s: cannot be written", path);
	if (write_all(fd, data, size))
		rc = fc_fail_errno(err, "%s: cannot be written", path);
	if (close(fd) && !rc)
		rc = fc_fail_errno(err, "%s: cannot be written", path);
	return rc;
}

static int replace(const char *path, const char *data, size_t size, struct fc_error *err)
{
	struct fc_str temporary = { 0 };
	mode_t mask;
	int fd, rc = -1;

	fc_str_addf(&temporary, "%s.XXXXXX", path);
	fd = mkostemp(temporary.text, O_CLOEXEC);
	if (fd < 0) {
		fc_fail_errno(err, "%s: cannot be written", path);
		goto out;
	}
	mask = umask(0);
	umask(mask);
	/* fsync finds what a full disk only tells late. */
	if (write_all(fd, data, size) || fchmod(fd, 0666 & ~mask) || (fsync(fd) && errno != EINVAL)) {
		fc_fail_errno(err, "%s: cannot be written", path);
		close(fd);
		unlink(temporary.text);
		goto out;
	}
	if (close(fd) || rename(temporary.text, path)) {
		fc_fail_errno(err, "%s: cannot be written", path);
		unlink(temporary.text);
		goto out;
	}
	rc = 0;
out:
	fc_str_release(&temporary);
	return rc;
}

int fc_file_write(const char *path, const char *data, size_t size, struct fc_error *err)
{
	return is_written_in_place(path) ? write_in_place(path, data, size, err) : replace(path, data, size, err);
}

int fc_stdout_write(const char *data, size_t size, struct fc_error *err)
{
	if (fflush(stdout) || write_all(STDOUT_FILENO, data, size))
		return fc_fail_errno(err, "standard output: cannot be written");
	return 0;
}

bool fc_file_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISDIR(st.st_mode);
}
