/* What is said where no GPU can be used; on a machine with one these tests are skipped. */
#ifdef HAVE_CUDA

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpu.h"
#include "kernels.h"
#include "libraries_cuda.h"

static void skip_unless(bool condition, const char *why)
{
	if (condition)
		return;
	print_message("skipped: %s\n", why);
	skip();
}

static void need_libraries_without_driver(struct libraries *libraries)
{
	struct fc_error err = { "" };
	int driver = 0;

	skip_unless(!libraries_open(libraries, LIBRARIES_TRAIN, 0, &err), err.text);
	libraries->cudart.cudaDriverGetVersion(&driver);
	skip_unless(!driver, "there is a driver");
}

/* Without the driver the runtime answers 35, with a toolkit's stub of it 34: both are told apart. */
static void test_no_driver(void **state)
{
	struct libraries libraries;
	struct fc_error err = { "" };
	int count = -1;
	cudaError_t status;

	(void)state;
	need_libraries_without_driver(&libraries);
	status = libraries.cudart.cudaGetDeviceCount(&count);
	assert_int_equal(gpu_cuda_available(&err), -1);
	if (status == cudaErrorStubLibrary)
		assert_non_null(strstr(err.text, "is the stub of a toolkit"));
	else
		assert_string_equal(err.text, "there is no NVIDIA driver (libcuda.so.1)");
}

static void test_open_without_driver(void **state)
{
	const struct fc_device_config config = { .index = 0 };
	struct libraries libraries;
	struct fc_error available = { "" }, err = { "" };
	struct gpu *gpu = NULL;

	(void)state;
	need_libraries_without_driver(&libraries);
	gpu_cuda_available(&available);
	assert_int_equal(gpu_cuda_open(&config, &gpu, &err), -1);
	assert_null(gpu);
	assert_string_equal(err.text, available.text);
}

static void test_library_line(void **state)
{
	struct libraries libraries;
	struct fc_error err;
	char text[64], version[24];

	(void)state;
	gpu_cuda_library(text);
	libraries_open(&libraries, 0, LIBRARIES_TRAIN, &err);
	assert_ptr_equal(strstr(text, "CUDA "), text);
	for (int l = 0; l < LIBRARY_COUNT; l++) {
		if (!(LIBRARIES_TRAIN >> l & 1))
			continue;
		library_version((enum library)l, libraries.version[l], version);
		assert_non_null(strstr(text, libraries.present >> l & 1 ? version : "missing"));
	}
	assert_true(strlen(text) < sizeof(text) - 1);
}

/* What a fat binary begins with; the images follow. */
struct fat_header {
	uint32_t magic;
	uint16_t version, header_bytes;
	uint64_t bytes;		/* behind the header */
};

static uint64_t image_bytes(int i)
{
	struct fat_header header;

	memcpy(&header, gpu_kernels_fatbins[i], sizeof(header));
	assert_int_equal(header.magic, 0xba55ed50);
	return header.header_bytes + header.bytes;
}

static void test_kernel_images(void **state)
{
	(void)state;
	assert_true(gpu_kernels_fatbin_count > 0);
	for (int i = 0; i < gpu_kernels_fatbin_count; i++) {
		assert_true(image_bytes(i) > sizeof(struct fat_header));
		assert_int_equal((uintptr_t)gpu_kernels_fatbins[i] % 8, 0);
	}
}

/* In how many images there is code of that name. */
static int images_with(const char *name)
{
	char section[80];
	int count = 0;
	/* Both zero bytes belong to it: relu is not relu_backward. */
	const int length = snprintf(section, sizeof(section), "%c.text.%s", 0, name) + 1;

	for (int i = 0; i < gpu_kernels_fatbin_count; i++)
		count += memmem(gpu_kernels_fatbins[i], image_bytes(i), section, (size_t)length) != NULL;
	return count;
}

static void test_every_kernel_is_in_one_image(void **state)
{
	static const bool typed[KERNEL_COUNT] = {
#define X(upper, lower, per_type) [KERNEL_##upper] = per_type,
		KERNELS(X)
#undef X
	};

	(void)state;
	for (int k = 0; k < KERNEL_COUNT; k++)
		for (int t = 0; t < (typed[k] ? GPU_TYPE_COUNT : 1); t++) {
			const char *const name = kernel_name((enum kernel_id)k, (enum gpu_type)t);

			if (images_with(name) != 1)
				fail_msg("%s is in %d images", name, images_with(name));
		}
	assert_int_equal(images_with("nonsense"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_driver),
		cmocka_unit_test(test_open_without_driver),
		cmocka_unit_test(test_library_line),
		cmocka_unit_test(test_kernel_images),
		cmocka_unit_test(test_every_kernel_is_in_one_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
