/* Data sets made by hand: good ones, plain and gzipped, and every way in which a file can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "flopclock/dataset.h"
#include "flopclock/file.h"

enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, FILE_COUNT };

static const char *const names[FILE_COUNT] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
					      "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

/* What stands in the four files before a test spoils one of them: 6 and 4 images of 3x2 pixels. */
struct files {
	uint8_t data[FILE_COUNT][128];
	size_t size[FILE_COUNT];
};

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void fill(struct files *f)
{
	static const uint32_t counts[] = { 6, 6, 4, 4 };

	memset(f, 0, sizeof(*f));
	for (int i = 0; i < FILE_COUNT; i++) {
		const bool images = i % 2 == 0;
		const size_t header = images ? 16 : 8, body = counts[i] * (images ? 6 : 1);

		put32(f->data[i], images ? 0x803 : 0x801);
		put32(f->data[i] + 4, counts[i]);
		if (images) {
			put32(f->data[i] + 8, 3);
			put32(f->data[i] + 12, 2);
		}
		for (size_t k = 0; k < body; k++)
			f->data[i][header + k] = (uint8_t)(images ? 40 * (int)k % 256 : (int)k % 3);
		f->size[i] = header + body;
	}
}

static void save(const char *folder, const struct files *f, bool zipped)
{
	char path[256];

	fc_dir_remove(folder);
	assert_int_equal(mkdir(folder, 0777), 0);
	for (int i = 0; i < FILE_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/%s%s", folder, names[i], zipped ? ".gz" : "");
		gzFile file = gzopen(path, zipped ? "wb" : "wbT");

		assert_non_null(file);
		assert_int_equal(gzwrite(file, f->data[i], (unsigned)f->size[i]), f->size[i]);
		assert_int_equal(gzclose(file), Z_OK);
	}
}

static void reads_plain_and_zipped(void **state)
{
	struct fc_dataset plain, zipped;
	struct files f;
	struct fc_error err;
	char hex[FC_SHA256_SIZE];
	uint8_t all[42];

	(void)state;
	fill(&f);
	save("plain", &f, false);
	save("zipped", &f, true);
	assert_int_equal(fc_dataset_read("plain", &plain, &err), 0);
	assert_int_equal(fc_dataset_read("zipped", &zipped, &err), 0);
	assert_int_equal(plain.train.count, 6);
	assert_int_equal(plain.validate.count, 4);
	assert_int_equal(plain.train.height, 3);
	assert_int_equal(plain.train.width, 2);
	assert_int_equal(plain.classes, 3);
	assert_memory_equal(plain.train.pixels, f.data[TRAIN_IMAGES] + 16, 36);
	assert_memory_equal(zipped.validate.labels, f.data[TEST_LABELS] + 8, 4);
	assert_string_equal(plain.train.digest, zipped.train.digest);
	memcpy(all, f.data[TRAIN_IMAGES] + 16, 36);
	memcpy(all + 36, f.data[TRAIN_LABELS] + 8, 6);
	fc_sha256(all, 42, hex);
	assert_string_equal(plain.train.digest, hex);
	fc_dataset_release(&plain);
	fc_dataset_release(&zipped);
}

static void statistics_of_pixels(void **state)
{
	struct fc_dataset data;
	struct files f;
	struct fc_error err;

	(void)state;
	fill(&f);
	memset(f.data[TRAIN_IMAGES] + 16, 0, 18);
	memset(f.data[TRAIN_IMAGES] + 16 + 18, 255, 18);
	save("half", &f, false);
	assert_int_equal(fc_dataset_read("half", &data, &err), 0);
	assert_true(data.mean == 0.5 && data.deviation == 0.5);
	fc_dataset_release(&data);
	/* One grey everywhere: nothing to divide by. */
	memset(f.data[TRAIN_IMAGES] + 16, 51, 36);
	save("half", &f, false);
	assert_int_equal(fc_dataset_read("half", &data, &err), 0);
	assert_true(data.mean == 0.2 && data.deviation == 1);
	fc_dataset_release(&data);
}

/* -------- what can be wrong -------- */

static void expect_error(const char *folder, const char *file, const char *text)
{
	struct fc_dataset data;
	struct fc_error err = { "" };

	if (!fc_dataset_read(folder, &data, &err))
		fail_msg("no error, expected %s", text);
	if (!strstr(err.text, text) || !strstr(err.text, file))
		fail_msg("expected %s and %s, found: %s", file, text, err.text);
	assert_null(strchr(err.text, '\n'));
}

static void spoil(const struct files *f, int file, const char *text)
{
	save("bad", f, false);
	expect_error("bad", names[file], text);
	save("bad", f, true);
	expect_error("bad", names[file], text);
}

static void bad_headers(void **state)
{
	struct files f;

	(void)state;
	for (int i = 0; i < FILE_COUNT; i++) {
		fill(&f);
		put32(f.data[i], i % 2 ? 0x803 : 0x801);
		spoil(&f, i, "begins with");
		fill(&f);
		put32(f.data[i], 0x0c000801);
		spoil(&f, i, "begins with 0x0c000801");
		fill(&f);
		f.size[i] = 7;
		spoil(&f, i, "within its header");
		fill(&f);
		f.size[i] = 0;
		spoil(&f, i, "within its header, after 0 bytes");
		fill(&f);
		put32(f.data[i] + 4, 0);
		spoil(&f, i, "that is no data set");
		fill(&f);
		put32(f.data[i] + 4, 0xffffffff);
		spoil(&f, i, i % 2 ? "is truncated" : "that is no data set");
	}
	fill(&f);
	put32(f.data[TRAIN_IMAGES] + 4, 0xffffffff);
	put32(f.data[TRAIN_IMAGES] + 8, 0xffffffff);
	put32(f.data[TRAIN_IMAGES] + 12, 0xffffffff);
	spoil(&f, TRAIN_IMAGES, "claims 4294967295 x 4294967295 x 4294967295 values");
}

static void bad_lengths(void **state)
{
	struct files f;

	(void)state;
	for (int i = 0; i < FILE_COUNT; i++) {
		fill(&f);
		f.size[i]--;
		spoil(&f, i, "is truncated: its header promises");
		fill(&f);
		f.size[i]++;
		spoil(&f, i, "goes on behind the");
	}
	/* A claim that would need 4 GB does not allocate it. */
	fill(&f);
	put32(f.data[TRAIN_LABELS] + 4, 0xf0000000);
	spoil(&f, TRAIN_LABELS, "is truncated");
}

static void bad_contents(void **state)
{
	struct files f;

	(void)state;
	fill(&f);
	put32(f.data[TRAIN_LABELS] + 4, 5);
	f.size[TRAIN_LABELS] = 13;
	spoil(&f, TRAIN_LABELS, "has 5 labels for the 6 images");
	fill(&f);
	put32(f.data[TEST_IMAGES] + 8, 2);
	put32(f.data[TEST_IMAGES] + 12, 3);
	spoil(&f, TEST_IMAGES, "has images of 2 x 3 pixels");
	fill(&f);
	f.data[TEST_LABELS][10] = 200;
	spoil(&f, TEST_LABELS, "has the label 200, the largest to train on is 2");
	fill(&f);
	put32(f.data[TRAIN_IMAGES] + 4, 1);
	put32(f.data[TRAIN_IMAGES] + 8, 1);
	put32(f.data[TRAIN_IMAGES] + 12, 5000);
	spoil(&f, TRAIN_IMAGES, "is truncated");
}

static void bad_files(void **state)
{
	struct files f;
	char path[256];

	(void)state;
	expect_error("nowhere", "nowhere", "no such folder");
	for (int i = 0; i < FILE_COUNT; i++) {
		fill(&f);
		save("bad", &f, false);
		snprintf(path, sizeof(path), "bad/%s", names[i]);
		unlink(path);
		expect_error("bad", names[i], "is not there, neither plain nor as .gz");
		mkdir(path, 0777);
		expect_error("bad", names[i], "is not a regular file");
		rmdir(path);
		assert_int_equal(mkfifo(path, 0666), 0);
		expect_error("bad", names[i], "is not a regular file");
	}
	assert_int_equal(fc_file_write("file", "x", 1, &(struct fc_error){ "" }), 0);
	expect_error("file", "file", "no such folder");
}

/* Cut and bent compressed streams. */
static void bad_compression(void **state)
{
	struct files f;
	struct fc_error err;
	char path[256], *data;
	size_t size;

	(void)state;
	fill(&f);
	save("bad", &f, true);
	snprintf(path, sizeof(path), "bad/%s.gz", names[TRAIN_IMAGES]);
	assert_int_equal(fc_file_read(path, 4096, &data, &size, &err), 0);
	for (size_t cut = 1; cut < size; cut++) {
		assert_int_equal(fc_file_write(path, data, size - cut, &err), 0);
		expect_error("bad", names[TRAIN_IMAGES], "");
	}
	for (size_t at = 0; at < size; at++) {
		struct fc_dataset dataset;

		data[at] ^= 0x5a;
		assert_int_equal(fc_file_write(path, data, size, &err), 0);
		/* Some bytes of a gzip header are only information. */
		if (!fc_dataset_read("bad", &dataset, &err)) {
			assert_in_range(at, 3, 9);
			fc_dataset_release(&dataset);
		} else {
			assert_non_null(strstr(err.text, names[TRAIN_IMAGES]));
		}
		data[at] ^= 0x5a;
	}
	free(data);
}

static void the_real_one(void **state)
{
	struct fc_dataset data;
	struct fc_error err;
	int64_t sum = 0;

	(void)state;
	if (!fc_dir_exists("/usr/share/datasets/fashion-mnist"))
		skip();
	if (fc_dataset_read(NULL, &data, &err))
		fail_msg("%s", err.text);
	assert_int_equal(data.train.count, 60000);
	assert_int_equal(data.validate.count, 10000);
	assert_int_equal(data.classes, 10);
	for (int64_t i = 0; i < 60000 * 784; i++)
		sum += data.train.pixels[i];
	assert_int_equal(sum, 3431114169);
	assert_memory_equal(data.train.labels, "\x09\0\0\x03\0\x02\x07\x02\x05\x05", 10);
	assert_true(data.mean > 0.28604 && data.mean < 0.286041 && data.deviation > 0.353023 &&
		    data.deviation < 0.353025);
	fc_dataset_release(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_plain_and_zipped), cmocka_unit_test(statistics_of_pixels),
		cmocka_unit_test(bad_headers),		  cmocka_unit_test(bad_lengths),
		cmocka_unit_test(bad_contents),		  cmocka_unit_test(bad_files),
		cmocka_unit_test(bad_compression),	  cmocka_unit_test(the_real_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
