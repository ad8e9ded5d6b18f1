/* What a GPU could do at most, against figures that NVIDIA prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "peak.h"

static void test_published_peaks(void **state)
{
	/* In TFLOP/s, from architecture papers and data sheets; 0: not in the table. */
	static const struct {
		struct peak_device device;
		double clock_mhz, published[FC_PRECISION_COUNT];
	} cases[] = {
		{ { 8, 0, "NVIDIA A100-SXM4-40GB", 108 }, 1410, { 19.5, 156, 312 } },
		{ { 8, 6, "NVIDIA GeForce RTX 3090", 82 }, 1695, { 35.6, 35.6, 71 } },
		{ { 8, 9, "NVIDIA GeForce RTX 4080", 76 }, 2505, { 48.7, 48.7, 97.5 } },
		{ { 8, 9, "NVIDIA GeForce RTX 4090", 128 }, 2520, { 82.6, 82.6, 165.2 } },
		{ { 8, 9, "NVIDIA L4", 58 }, 2040, { 30.3, 60, 121 } },
		{ { 8, 9, "NVIDIA L40", 142 }, 2490, { 90.5, 90.5, 181 } },
		{ { 8, 9, "NVIDIA L40S", 142 }, 2520, { 91.6, 183, 366 } },
		{ { 8, 9, "NVIDIA RTX of tomorrow", 142 }, 2520, { 91.6, 0, 0 } },
		{ { 9, 0, "NVIDIA H100 80GB HBM3", 132 }, 1830, { 61.8, 494.7, 989.4 } },
		{ { 10, 0, "NVIDIA B200", 148 }, 1850, { 70.1, 1120, 2243 } },
		{ { 12, 0, "NVIDIA GeForce RTX 5090", 170 }, 2407, { 104.8, 104.8, 209.5 } },
		{ { 7, 5, "Tesla T4", 40 }, 1590, { 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int p = 0; p < FC_PRECISION_COUNT; p++) {
			const double flops = peak_flops(&cases[i].device, (enum fc_precision)p, cases[i].clock_mhz);
			const double published = cases[i].published[p] * 1e12;

			if (flops < 0.99 * published || flops > 1.01 * published)
				fail_msg("%s %s: %.4g, published %.4g", cases[i].device.name,
					 fc_precision_name((enum fc_precision)p), flops, published);
		}
}

static void test_unknown_is_absent(void **state)
{
	const struct peak_device device = { 8, 9, "NVIDIA RTX of tomorrow", 100 };
	struct fc_json json = { .depth = 0 };

	(void)state;
	fc_json_object(&json, NULL);
	peak_describe(&device, 1000, "highest", &json);
	fc_json_end_object(&json);
	assert_string_equal(json.out.text, "{\n"
					   "  \"peak_flops\": {\n"
					   "    \"clock_mhz\": 1000,\n"
					   "    \"clock\": \"highest\",\n"
					   "    \"fp32\": 25600000000000\n"
					   "  }\n"
					   "}\n");
	fc_json_release(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_peaks),
		cmocka_unit_test(test_unknown_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
