#include "idx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "flopclock/arena.h"
#include "flopclock/version.h"

#define MAX_BYTES (INT64_C(1) << 34)	/* 16 GiB: more is a damaged header */
#define CHUNK (INT64_C(4) << 20)

struct stream {
	const char *path;
	gzFile file;
};

/* gzopen() would take folders and wait for pipes. */
static int open_stream(const char *path, struct stream *stream, struct fc_error *err)
{
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fc_fail_errno(err, "%s: cannot be opened", path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return fc_fail(err, "%s: is not a regular file", path);
	}
	stream->path = path;
	stream->file = gzdopen(fd, "rb");
	if (!stream->file) {
		close(fd);
		return fc_fail(err, "%s: cannot be read: no memory", path);
	}
	gzbuffer(stream->file, 1 << 17);
	return 0;
}

/* Up to `size` bytes; fewer only at the end of the file. -1 when it is damaged. */
static int64_t read_some(const struct stream *stream, void *data, int64_t size, struct fc_error *err)
{
	const int got = gzread(stream->file, data, (unsigned)size);
	int code = Z_OK;
	const char *text = gzerror(stream->file, &code);

	/* A gzip stream that just stops (Z_BUF_ERROR) is reported by the caller, who knows how much was expected. */
	if (got < 0 && code == Z_BUF_ERROR)
		return 0;
	if (got < 0 && code == Z_ERRNO)
		return fc_fail_errno(err, "%s: cannot be read", stream->path);
	if (got < 0)
		return fc_fail(err, "%s: is damaged: %s", stream->path, text);
	return got;
}

static uint32_t big_endian(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int read_header(const struct stream *stream, int dimensions, int64_t *dims, int64_t *bytes,
		       struct fc_error *err)
{
	const int64_t size = 4 + 4 * dimensions;
	uint8_t header[4 + 4 * IDX_MAX_DIMENSIONS] = { 0 };
	const int64_t got = read_some(stream, header, size, err);
	const uint32_t expected = 0x0800u | (uint32_t)dimensions;

	if (got < 0)
		return -1;
	if (got >= 4 && big_endian(header) != expected)
		return fc_fail(err, "%s: begins with 0x%08x, an IDX file of %s begins with 0x%08x", stream->path,
			       big_endian(header), dimensions == 3 ? "images" : "labels", expected);
	if (got < size)
		return fc_fail(err, "%s: ends within its header, after %lld bytes", stream->path, (long long)got);
	*bytes = 1;
	for (int d = 0; d < dimensions; d++) {
		dims[d] = big_endian(header + 4 + 4 * d);
		if (__builtin_mul_overflow(*bytes, dims[d], bytes))
			*bytes = INT64_MAX;
	}
	if (*bytes < 1 || *bytes > MAX_BYTES)
		return fc_fail(err, "%s: claims %u%s%u%s%u values; that is no data set", stream->path,
			       big_endian(header + 4), dimensions > 1 ? " x " : "",
			       dimensions > 1 ? big_endian(header + 8) : 0, dimensions > 2 ? " x " : "",
			       dimensions > 2 ? big_endian(header + 12) : 0);
	return 0;
}

static int read_body(const struct stream *stream, int64_t bytes, uint8_t **data, struct fc_error *err)
{
	int64_t have = 0, room = 0, got = 1;
	uint8_t extra;

	*data = NULL;
	while (have < bytes) {
		const int64_t want = bytes - have < CHUNK ? bytes - have : CHUNK;

		if (have + want > room) {
			room = have + want > 2 * room ? have + want : 2 * room;
			room = room < bytes ? room : bytes;
			*data = fc_realloc(*data, (size_t)room, 1);
		}
		got = read_some(stream, *data + have, want, err);
		if (got < 0)
			return -1;
		if (!got)
			return fc_fail(err, "%s: is truncated: its header promises %lld bytes, %lld are there",
				       stream->path, (long long)bytes, (long long)have);
		have += got;
	}
	got = read_some(stream, &extra, 1, err);
	if (got > 0)
		return fc_fail(err, "%s: goes on behind the %lld bytes that its header promises", stream->path,
			       (long long)bytes);
	return got < 0 ? -1 : 0;
}

int idx_read(const char *path, int dimensions, int64_t dims[IDX_MAX_DIMENSIONS], uint8_t **data, struct fc_error *err)
{
	struct stream stream;
	int64_t bytes = 0;
	int rc;

	*data = NULL;
	if (open_stream(path, &stream, err))
		return -1;
	rc = read_header(&stream, dimensions, dims, &bytes, err);
	if (!rc)
		rc = read_body(&stream, bytes, data, err);
	/*
	 * The check sum at the end of a gzip file is compared when the end is read: Z_BUF_ERROR here means it is
	 * missing.
	 */
	if (gzclose(stream.file) == Z_BUF_ERROR && !rc)
		rc = fc_fail(err, "%s: is truncated: the end of its compressed stream is missing", path);
	if (rc) {
		free(*data);
		*data = NULL;
	}
	return rc;
}

const char *fc_library_zlib(void)
{
	return zlibVersion();
}
