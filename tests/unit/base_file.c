/* Files, folders and CSV: whole files or a sentence. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "flopclock/csv.h"
#include "flopclock/file.h"

static void write_text(const char *path, const char *text, size_t size)
{
	struct fc_error err;

	assert_int_equal(fc_file_write(path, text, size, &err), 0);
}

static void files_come_whole(void **state)
{
	struct fc_error err;
	char *data;
	size_t size;

	(void)state;
	write_text("a.txt", "one\0two", 7);
	assert_int_equal(fc_file_read("a.txt", 7, &data, &size, &err), 0);
	assert_int_equal(size, 7);
	assert_memory_equal(data, "one\0two", 8);
	free(data);
	assert_int_equal(fc_file_read("a.txt", 6, &data, &size, &err), -1);
	assert_string_equal(err.text, "a.txt: has 7 bytes, at most 6 are read");
	assert_int_equal(fc_file_read(".", 6, &data, &size, &err), -1);
	assert_string_equal(err.text, ".: is a folder, a file was expected");
	assert_int_equal(fc_file_read("none", 6, &data, &size, &err), -1);
	assert_string_equal(err.text, "none: cannot be opened: No such file or directory");
	assert_int_equal(mkfifo("pipe", 0666), 0);
	assert_int_equal(fc_file_read("pipe", 6, &data, &size, &err), -1);
	assert_string_equal(err.text, "pipe: is not a regular file");
}

static void failed_writes_leave_nothing(void **state)
{
	struct fc_error err;

	(void)state;
	assert_int_equal(fc_file_write("no/such/folder", "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "no/such/folder: cannot be written"));
	assert_int_equal(mkdir("occupied", 0777), 0);
	assert_int_equal(fc_file_write("occupied", "x", 1, &err), -1);
	assert_int_equal(system("ls occupied.* 2>/dev/null | grep -q ."), 256);
}

/* Who may do everything could otherwise replace /dev/null with a file. */
static void what_is_no_file_stays(void **state)
{
	struct fc_error err;
	struct stat st;
	char read_back[8] = "";
	int fd;

	(void)state;
	write_text("target", "before", 6);
	assert_int_equal(symlink("target", "link"), 0);
	write_text("link", "new", 3);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("target", &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(symlink("not/there", "astray"), 0);
	assert_int_equal(fc_file_write("astray", "x", 1, &err), -1);
	assert_string_equal(err.text, "astray: cannot be written: No such file or directory");
	assert_int_equal(mkfifo("to-reader", 0666), 0);
	fd = open("to-reader", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	write_text("to-reader", "hello", 5);
	assert_int_equal(read(fd, read_back, sizeof(read_back)), 5);
	assert_string_equal(read_back, "hello");
	close(fd);
	assert_int_equal(lstat("to-reader", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

/* Never by its own name: a failure of this test would take the device away. */
static void full_disks_are_told(void **state)
{
	struct fc_error err;
	struct stat st;

	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(symlink("/dev/full", "full"), 0);
	assert_int_equal(fc_file_write("full", "x", 1, &err), -1);
	assert_string_equal(err.text, "full: cannot be written: No space left on device");
	assert_int_equal(lstat("full", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void folders_come_and_go(void **state)
{
	struct fc_error err;

	(void)state;
	assert_int_equal(fc_dir_make("x/y//z", &err), 0);
	assert_true(fc_dir_exists("x/y/z"));
	assert_int_equal(fc_dir_make("x/y", &err), 0);
	write_text("x/y/file", "1", 1);
	assert_int_equal(fc_dir_make("x/y/file/deeper", &err), -1);
	write_text("kept", "1", 1);
	assert_int_equal(symlink("../../kept", "x/y/link"), 0);
	fc_dir_remove("x");
	assert_false(fc_dir_exists("x"));
	assert_true(fc_file_exists("kept"));
}

static void sha256_is_sha256(void **state)
{
	char hex[FC_SHA256_SIZE];

	(void)state;
	fc_sha256("abc", 3, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void csv_goes_round(void **state)
{
	const char *const hostile[] = { "plain", "a,b",	 "say \"x\"", "two\nlines", " blank ",
					"",	 "=1+1", "\xc3\xa9",  ";" };
	const size_t count = sizeof(hostile) / sizeof(hostile[0]);
	struct fc_csv_writer csv = { 0 };
	struct fc_csv_table table;
	struct fc_arena arena;
	struct fc_error err;

	(void)state;
	fc_arena_init(&arena);
	fc_csv_text(&csv, "name");
	fc_csv_text(&csv, "count");
	fc_csv_text(&csv, "value_s");
	fc_csv_end_row(&csv);
	for (size_t i = 0; i < count; i++) {
		fc_csv_text(&csv, hostile[i]);
		fc_csv_u64(&csv, UINT64_MAX - i);
		fc_csv_number(&csv, 0.1 * (double)i);
		fc_csv_end_row(&csv);
	}
	write_text("t.csv", csv.out.text, csv.out.length);
	assert_int_equal(fc_csv_read("t.csv", 1 << 20, &arena, &table, &err), 0);
	assert_int_equal(table.rows, count);
	assert_int_equal(fc_csv_column(&table, "value_s"), 2);
	assert_int_equal(fc_csv_column(&table, "other"), -1);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(fc_csv_cell(&table, i, 0), hostile[i]);
	assert_string_equal(fc_csv_cell(&table, 0, 1), "18446744073709551615");
	fc_csv_release(&csv);
	fc_arena_release(&arena);
}

static void csv_refuses(void **state)
{
	const struct {
		const char *text;
		size_t size;
		const char *error;
	} cases[] = {
		{ "", 0, "bad.csv: the file is empty" },
		{ "a,b\n1\n", 6, "bad.csv:2: found 1 cells where the header has 2" },
		{ "a,b\n1,2\n3,\"4\n", 13, "bad.csv:3: the file ends inside a quoted cell" },
		{ "a,b\n1,2\n3,4", 11, "bad.csv: the last line has no end: the file was cut off" },
		{ "a,b\n1,\0\n", 8, "bad.csv:2: found a NUL byte in a cell" },
		{ "a,\n1,2\n", 7, "bad.csv:1: found a column without a name in the header" },
		{ "a,b\n1,x\"y\n", 10, "bad.csv:2: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_csv_table table;
		struct fc_arena arena;
		struct fc_error err = { "" };

		fc_arena_init(&arena);
		write_text("bad.csv", cases[i].text, cases[i].size);
		assert_int_equal(fc_csv_read("bad.csv", 1 << 20, &arena, &table, &err), -1);
		assert_int_equal(strncmp(err.text, cases[i].error, strlen(cases[i].error)), 0);
		fc_arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_whole),	 cmocka_unit_test(failed_writes_leave_nothing),
		cmocka_unit_test(what_is_no_file_stays), cmocka_unit_test(full_disks_are_told),
		cmocka_unit_test(folders_come_and_go),	 cmocka_unit_test(sha256_is_sha256),
		cmocka_unit_test(csv_goes_round),	 cmocka_unit_test(csv_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
