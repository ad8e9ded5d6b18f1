/*
 * Finding NVIDIA's libraries: in which folders and in which order, what is said of missing, broken, wrong and old ones, and
 * the real ones, where they are installed.
 */
#ifdef HAVE_CUDA

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"
#include "libraries_cuda.h"
#include "libraries_search.h"
#include "../gpu/real_cupti.h"

/* -------- a folder tree of the test's own -------- */

/* What tests change of the environment, and what comes back behind each. */
static const char *const variables[] = { "FLOPCLOCK_CUDA", "CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "PATH" };

#define VARIABLE_COUNT (sizeof(variables) / sizeof(variables[0]))

struct tree {
	char root[64];
	struct fc_arena arena;
	const char *before[VARIABLE_COUNT];
};

static int open_tree(void **state)
{
	struct tree *const tree = fc_calloc(1, sizeof(*tree));

	strcpy(tree->root, "/tmp/fc-libraries-XXXXXX");
	fc_arena_init(&tree->arena);
	for (size_t i = 0; i < VARIABLE_COUNT; i++)
		if (getenv(variables[i]))
			tree->before[i] = fc_arena_strdup(&tree->arena, getenv(variables[i]));
	*state = tree;
	return mkdtemp(tree->root) ? 0 : -1;
}

static int close_tree(void **state)
{
	struct tree *const tree = *state;

	for (size_t i = 0; i < VARIABLE_COUNT; i++)
		if (tree->before[i])
			setenv(variables[i], tree->before[i], 1);
		else
			unsetenv(variables[i]);
	fc_dir_remove(tree->root);
	fc_arena_release(&tree->arena);
	free(tree);
	return 0;
}

static const char *in(struct tree *tree, const char *path)
{
	return fc_arena_printf(&tree->arena, "%s/%s", tree->root, path);
}

static const char *folder(struct tree *tree, const char *path)
{
	struct fc_error err;

	if (fc_dir_make(in(tree, path), &err))
		fail_msg("%s", err.text);
	return in(tree, path);
}

static int place_of(const char *const *folders, const char *wanted)
{
	int found = -1;

	for (int i = 0; folders[i]; i++)
		if (!strcmp(folders[i], wanted)) {
			if (found >= 0)
				fail_msg("%s is twice in the list", wanted);
			found = i;
		}
	return found;
}

/* -------- where -------- */

static void test_order_of_folders(void **state)
{
	struct tree *const tree = *state;
	const char *const expected[] = {
		folder(tree, "first/lib64"),
		folder(tree, "site/nvidia/cu13/lib"),
		folder(tree, "site/nvidia/cudnn/lib"),
		folder(tree, "home/lib"),
		folder(tree, "home/targets/x86_64-linux/lib"),
		folder(tree, "home/extras/CUPTI/lib64"),
		folder(tree, "path/lib64"),
		LIBRARY_LOADER,
		folder(tree, "venv/lib/python3.12/site-packages/nvidia/cu13/lib"),
		folder(tree, "venv/lib/python3.12/site-packages/nvidia/cuda_cupti/lib"),
	};
	int before = -1;

	setenv("FLOPCLOCK_CUDA", fc_arena_printf(&tree->arena, "%s::%s", in(tree, "first"), in(tree, "site")), 1);
	setenv("CUDA_HOME", in(tree, "home"), 1);
	setenv("CUDA_PATH", in(tree, "path"), 1);
	setenv("VIRTUAL_ENV", in(tree, "venv"), 1);
	const char *const *const folders = library_folders(&tree->arena);

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const int place = place_of(folders, expected[i]);

		if (place <= before)
			fail_msg("%s is at place %d, behind %d", expected[i], place, before);
		before = place;
	}
	assert_int_equal(place_of(folders, in(tree, "path/lib")), -1);
}

/* A folder may be named in several ways, and may itself hold the libraries. */
static void test_folder_of_libraries(void **state)
{
	struct tree *const tree = *state;
	const char *const plain = folder(tree, "plain"), *const strange = folder(tree, "od[d] na*me?");

	folder(tree, "od[d] na*me?/lib");
	folder(tree, "odd name/lib");
	setenv("FLOPCLOCK_CUDA", fc_arena_printf(&tree->arena, "%s:%s:%s", plain, strange, plain), 1);
	const char *const *const folders = library_folders(&tree->arena);

	assert_true(place_of(folders, plain) >= 0);
	assert_true(place_of(folders, in(tree, "od[d] na*me?/lib")) >= 0);
	assert_int_equal(place_of(folders, in(tree, "odd name/lib")), -1);
}

/* The python3 of $PATH tells where wheels are. */
static void test_wheels_of_python(void **state)
{
	struct tree *const tree = *state;
	struct fc_error err;

	folder(tree, "python/bin");
	folder(tree, "python/lib/python3.12/site-packages/nvidia/cudnn/lib");
	if (fc_file_write(in(tree, "python/bin/python3"), "", 0, &err))
		fail_msg("%s", err.text);
	setenv("PATH", fc_arena_printf(&tree->arena, "%s:%s", in(tree, "python/bin"), getenv("PATH")), 1);
	const char *const *const folders = library_folders(&tree->arena);

	assert_true(place_of(folders, in(tree, "python/bin/../lib/python3.12/site-packages/nvidia/cudnn/lib")) >= 0);
}

/* -------- what is said -------- */

static void test_missing(void **state)
{
	struct tree *const tree = *state;
	const char *const folders[] = { folder(tree, "empty"), NULL };
	struct libraries libraries;
	struct fc_error err;

	assert_int_equal(libraries_open_in(&libraries, folders, LIBRARIES_TRAIN, 0, &err), -1);
	assert_string_equal(err.text,
			    fc_arena_printf(&tree->arena,
					    "the CUDA runtime is missing: there is no libcudart.so.13 in %s; FLOPCLOCK_CUDA "
					    "may name its folder",
					    folders[0]));
	/* What is welcome need not be there. */
	assert_int_equal(libraries_open_in(&libraries, folders, 0, LIBRARIES_TRAIN | LIBRARIES_TRACE | LIBRARIES_STATE, &err),
			 0);
	assert_int_equal(libraries.present, 0);
	assert_null(libraries.cudnn.cudnnCreate);
}

static void test_missing_in_many_folders(void **state)
{
	struct tree *const tree = *state;
	const char *folders[10] = { NULL };
	struct libraries libraries;
	struct fc_error err;

	for (int i = 0; i < 9; i++)
		folders[i] = folder(tree, fc_arena_printf(&tree->arena, "%d", i));
	assert_int_equal(libraries_open_in(&libraries, folders, LIBRARIES_PLAN, 0, &err), -1);
	assert_non_null(strstr(err.text, "cuDNN is missing: there is no libcudnn.so.9 in "));
	assert_non_null(strstr(err.text, "/5 and 3 more folders; "));
}

static void test_broken_file(void **state)
{
	struct tree *const tree = *state;
	const char *const folders[] = { folder(tree, "bad"), NULL };
	struct libraries libraries;
	struct fc_error err;

	if (fc_file_write(in(tree, "bad/libcupti.so.13"), "no library", 10, &err))
		fail_msg("%s", err.text);
	assert_int_equal(libraries_open_in(&libraries, folders, 1u << LIBRARY_CUPTI, 0, &err), -1);
	assert_ptr_equal(strstr(err.text, "CUPTI cannot be loaded: "), err.text);
	assert_non_null(strstr(err.text, in(tree, "bad/libcupti.so.13")));
}

/* A library of that name that is something else: the C library's mathematics stands in for it. */
static void test_wrong_library(void **state)
{
	struct tree *const tree = *state;
	const char *const folders[] = { folder(tree, "wrong"), NULL };
	static const char *const maths[] = { "/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/usr/lib/libm.so.6" };
	struct libraries libraries;
	struct fc_error err;
	int rc = -1;

	for (size_t i = 0; i < 3 && rc; i++)
		if (fc_file_exists(maths[i]))
			rc = symlink(maths[i], in(tree, "wrong/libcudart.so.13"));
	if (rc)
		skip();
	assert_int_equal(libraries_open_in(&libraries, folders, 1u << LIBRARY_CUDART, 0, &err), -1);
	assert_non_null(strstr(err.text, " has no function cudaDriverGetVersion: it is not the CUDA runtime as this program "
					 "knows it"));
	assert_int_equal(libraries.present, 0);
	assert_null(libraries.cudart.cudaMalloc);
}

static void test_versions(void **state)
{
	static const struct {
		enum library library;
		uint64_t version;
		const char *text;
		bool enough;
	} cases[] = {
		{ LIBRARY_CUDART, 13000, "13.0", true },      { LIBRARY_CUDART, 12090, "12.9", false },
		{ LIBRARY_CUBLAS, 130100, "13.1.0", true },   { LIBRARY_CUBLAS, 120905, "12.9.5", false },
		{ LIBRARY_CUDNN, 91900, "9.19.0", true },     { LIBRARY_CUDNN, 91002, "9.10.2", false },
		{ LIBRARY_CUPTI, 130001, "13.0.1", true },    { LIBRARY_CUPTI, 130000, "13.0.0", false },
		{ LIBRARY_NVML, 0, "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_error err = { "" };
		char text[24];

		library_version(cases[i].library, cases[i].version, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(library_check_version(cases[i].library, cases[i].version, "/x.so", &err),
				 cases[i].enough ? 0 : -1);
		if (!cases[i].enough)
			assert_non_null(strstr(err.text, cases[i].text));
	}
}

static void test_old_version_is_named(void **state)
{
	struct fc_error err;

	(void)state;
	assert_int_equal(library_check_version(LIBRARY_CUDNN, 90800, "/opt/libcudnn.so.9", &err), -1);
	assert_string_equal(err.text, "/opt/libcudnn.so.9 is cuDNN 9.8.0, and at least 9.11.0 is needed; FLOPCLOCK_CUDA may name "
				      "another folder");
}

/* -------- the real ones -------- */

static void test_real_libraries(void **state)
{
	const unsigned all = LIBRARIES_TRAIN | LIBRARIES_TRACE;
	struct libraries first, second;
	struct fc_error err;
	int version = -1;

	(void)state;
	if (libraries_open(&first, all, 0, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	assert_int_equal(first.present, all);
	assert_int_equal(libraries_open(&second, all, 0, &err), 0);
	assert_memory_equal(&first, &second, sizeof(first));
	for (int l = 0; l < LIBRARY_COUNT; l++)
		assert_int_equal(first.path[l] != NULL, (all >> l) & 1);
	assert_int_equal(first.cudart.cudaRuntimeGetVersion(&version), cudaSuccess);
	assert_int_equal(version, first.version[LIBRARY_CUDART]);
}

/* Planning asks for cuDNN alone. */
static void test_only_what_is_needed(void **state)
{
	struct libraries libraries;
	struct fc_error err;

	(void)state;
	if (libraries_open(&libraries, LIBRARIES_PLAN, 0, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	assert_int_equal(libraries.present, LIBRARIES_PLAN);
	assert_null(libraries.cupti.cuptiGetVersion);
	assert_non_null(libraries.cudnn.cudnnBackendFinalize);
}

/* Sentences of failed calls; none of them touches a device. */
static void test_words_of_failures(void **state)
{
	struct libraries l;
	struct fc_error err;
	cudnnTensorDescriptor_t tensor;

	(void)state;
	if (libraries_open(&l, LIBRARIES_TRAIN | LIBRARIES_TRACE, 0, &err) || real_cupti_answers(&l, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	assert_int_equal(cudart_check(&l, cudaSuccess, "x", &err), 0);
	assert_int_equal(cudart_check(&l, cudaErrorMemoryAllocation, "allocating", &err), -1);
	assert_string_equal(err.text, "allocating: out of memory (cudaErrorMemoryAllocation)");
	assert_int_equal(cublas_check(&l, CUBLAS_STATUS_NOT_SUPPORTED, "a product", &err), -1);
	assert_non_null(strstr(err.text, "(CUBLAS_STATUS_NOT_SUPPORTED)"));
	assert_int_equal(cupti_check(&l, CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED, "tracing", &err), -1);
	assert_string_equal(err.text, "tracing: CUPTI answers CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED (39)");
	assert_int_equal(l.cudnn.cudnnCreateTensorDescriptor(&tensor), CUDNN_STATUS_SUCCESS);
	assert_int_equal(cudnn_check(&l,
				     l.cudnn.cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, -1, 1, 1,
									1),
				     "a tensor", &err),
			 -1);
	assert_non_null(strstr(err.text, "a tensor: CUDNN_STATUS_BAD_PARAM"));
	l.cudnn.cudnnDestroyTensorDescriptor(tensor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order_of_folders, open_tree, close_tree),
		cmocka_unit_test_setup_teardown(test_folder_of_libraries, open_tree, close_tree),
		cmocka_unit_test_setup_teardown(test_wheels_of_python, open_tree, close_tree),
		cmocka_unit_test_setup_teardown(test_missing, open_tree, close_tree),
		cmocka_unit_test_setup_teardown(test_missing_in_many_folders, open_tree, close_tree),
		cmocka_unit_test_setup_teardown(test_broken_file, open_tree, close_tree),
		cmocka_unit_test_setup_teardown(test_wrong_library, open_tree, close_tree),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_old_version_is_named),
		cmocka_unit_test(test_real_libraries),
		cmocka_unit_test(test_only_what_is_needed),
		cmocka_unit_test(test_words_of_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
