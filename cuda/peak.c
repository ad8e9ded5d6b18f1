#include "peak.h"

#include <fnmatch.h>
#include <stddef.h>

/*
 * Floating-point operations per clock and streaming multiprocessor; a multiply-add counts as two. The first row that
 * matches counts; 0: not published, or not the same for all cards of the design.
 *
 * Sources: NVIDIA's "CUDA C++ Programming Guide", table "Throughput of Native Arithmetic Instructions" (fp32); for tensor
 * cores the architecture papers and data sheets, each peak divided by processors and boost clock: "NVIDIA A100 Tensor Core
 * GPU Architecture" (156 and 312 TFLOP/s, 108 at 1410 MHz), "NVIDIA H100 Tensor Core GPU Architecture" (494.7 and 989.4,
 * 132 at 1830 MHz), "NVIDIA Ampere GA102" (RTX 3090: 35.6 and 71, 82 at 1695 MHz), "NVIDIA Ada" (RTX 4090: 82.6 and 165.2,
 * 128 at 2520 MHz), "NVIDIA RTX Blackwell" (RTX 5090: 104.8 and 209.5, 170 at 2407 MHz), data sheets of A10 (62.5 and 125,
 * 72 at 1695 MHz), A40 (74.8 and 149.7, 84 at 1740 MHz), L4 (60 and 121, 58 at 2040 MHz), L40 (90.5 and 181, 142 at
 * 2490 MHz), L40S (183 and 362, 142 at 2520 MHz), B200 (1125 and 2250, 148 at 1850 MHz).
 */
static const struct {
	int major, minor;
	const char *name; /* a pattern */
	int per_clock[FC_PRECISION_COUNT];
} rows[] = {
	{8, 0, "*", {128, 1024, 2048}},
	{8, 6, "NVIDIA GeForce*", {256, 256, 512}},
	{8, 6, "NVIDIA A10", {256, 512, 1024}},
	{8, 6, "NVIDIA A40", {256, 512, 1024}},
	{8, 6, "*", {256, 0, 0}},
	{8, 9, "NVIDIA GeForce*", {256, 256, 512}},
	{8, 9, "NVIDIA L4", {256, 512, 1024}},
	{8, 9, "NVIDIA L40", {256, 256, 512}},
	{8, 9, "NVIDIA L40S", {256, 512, 1024}},
	{8, 9, "*", {256, 0, 0}},
	{9, 0, "*", {256, 2048, 4096}},
	{10, 0, "*", {256, 4096, 8192}},
	{12, 0, "NVIDIA GeForce*", {256, 256, 512}},
	{12, 0, "*", {256, 0, 0}},
};

double peak_flops(const struct peak_device *device, enum fc_precision precision, double clock_mhz)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].major == device->major && rows[i].minor == device->minor &&
		    !fnmatch(rows[i].name, device->name, 0))
			return (double)rows[i].per_clock[precision] * device->processors * clock_mhz * 1e6;
	return 0;
}

void peak_describe(const struct peak_device *device, double clock_mhz, const char *clock, struct fc_json *json)
{
	fc_json_object(json, "peak_flops");
	fc_json_number(json, "clock_mhz", clock_mhz);
	fc_json_text(json, "clock", clock);
	for (int p = 0; p < FC_PRECISION_COUNT; p++) {
		const double flops = peak_flops(device, (enum fc_precision)p, clock_mhz);

		if (flops > 0)
			fc_json_number(json, fc_precision_name((enum fc_precision)p), flops);
	}
	fc_json_end_object(json);
}
