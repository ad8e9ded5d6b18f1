/*
 * Peaks by data sheet, for floors of time. Dense: figures that vendors give with sparsity are halved. Products in fp32 run on
 * ordinary units, those in tf32 and bf16 on tensor cores with sums in fp32.
 */
#include <stddef.h>

#include "roofline.h"

#define TFLOPS(fp32, tf32, bf16)                                                                                     \
	.tflops = { [FC_PRECISION_FP32] = (fp32), [FC_PRECISION_TF32] = (tf32), [FC_PRECISION_BF16] = (bf16) }

static const struct roofline_device devices[] = {
	{ .name = "a10",
	  .title = "NVIDIA A10",
	  TFLOPS(31.2, 62.5, 125),
	  .gb_per_s = 600,
	  .source = "NVIDIA A10 data sheet" },
	{ .name = "a100",
	  .title = "NVIDIA A100 SXM4 40 GB",
	  TFLOPS(19.5, 156, 312),
	  .gb_per_s = 1555,
	  .source = "NVIDIA A100 Tensor Core GPU data sheet and architecture white paper" },
	{ .name = "a100-80gb",
	  .title = "NVIDIA A100 SXM4 80 GB",
	  TFLOPS(19.5, 156, 312),
	  .gb_per_s = 2039,
	  .source = "NVIDIA A100 Tensor Core GPU data sheet" },
	{ .name = "b200",
	  .title = "NVIDIA B200",
	  TFLOPS(75, 1125, 2250),
	  .gb_per_s = 7700,
	  .source = "NVIDIA Blackwell data sheet, one of eight on an HGX B200 board" },
	{ .name = "h100",
	  .title = "NVIDIA H100 SXM5 80 GB",
	  TFLOPS(66.9, 494.7, 989.4),
	  .gb_per_s = 3350,
	  .source = "NVIDIA H100 Tensor Core GPU architecture white paper; bandwidth: H100 data sheet" },
	{ .name = "h100-pcie",
	  .title = "NVIDIA H100 PCIe 80 GB",
	  TFLOPS(51.2, 378, 756),
	  .gb_per_s = 2000,
	  .source = "NVIDIA H100 Tensor Core GPU architecture white paper" },
	{ .name = "h200",
	  .title = "NVIDIA H200 SXM",
	  TFLOPS(66.9, 494.7, 989.4),
	  .gb_per_s = 4800,
	  .source = "NVIDIA H200 data sheet; peaks are those of the H100 SXM5" },
	{ .name = "l4",
	  .title = "NVIDIA L4",
	  TFLOPS(30.3, 60, 121),
	  .gb_per_s = 300,
	  .source = "NVIDIA L4 data sheet" },
	{ .name = "l40s",
	  .title = "NVIDIA L40S",
	  TFLOPS(91.6, 183, 362),
	  .gb_per_s = 864,
	  .source = "NVIDIA L40S data sheet" },
	{ .name = "rtx3090",
	  .title = "NVIDIA GeForce RTX 3090",
	  TFLOPS(35.6, 35.6, 71),
	  .gb_per_s = 936,
	  .source = "NVIDIA Ampere GA102 GPU architecture white paper" },
	{ .name = "rtx4080",
	  .title = "NVIDIA GeForce RTX 4080 16 GB",
	  TFLOPS(48.7, 48.7, 97.5),
	  .gb_per_s = 716.8,
	  .source = "NVIDIA Ada GPU architecture white paper" },
	{ .name = "rtx4090",
	  .title = "NVIDIA GeForce RTX 4090",
	  TFLOPS(82.6, 82.6, 165.2),
	  .gb_per_s = 1008,
	  .source = "NVIDIA Ada GPU architecture white paper" },
	{ .name = "rtx5090",
	  .title = "NVIDIA GeForce RTX 5090",
	  TFLOPS(104.8, 104.8, 209.5),
	  .gb_per_s = 1792,
	  .source = "NVIDIA RTX Blackwell GPU architecture white paper" },
	{ .name = "v100",
	  .title = "NVIDIA V100 SXM2",
	  TFLOPS(15.7, 0, 0),
	  .gb_per_s = 900,
	  .source = "NVIDIA V100 data sheet" },
};

const struct roofline_device *fc_roofline_device_at(int index)
{
	return index >= 0 && index < (int)(sizeof(devices) / sizeof(devices[0])) ? &devices[index] : NULL;
}
