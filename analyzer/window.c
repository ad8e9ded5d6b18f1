#include "window.h"

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t fc_window_output(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t pad_end, int64_t dilation,
			 bool ceil)
{
	const int64_t room = in + pad + pad_end - dilation * (kernel - 1) - 1;
	int64_t out = floor_divide(room, stride) + 1;

	if (ceil && floor_divide(room, stride) * stride != room) {
		out++;
		if ((out - 1) * stride >= in + pad)
			out--;
	}
	return out;
}

/* The smallest input for which fc_window_output() is 1. */
static int64_t smallest_input(int64_t kernel, int64_t stride, int64_t pads, int64_t dilation, bool ceil)
{
	const int64_t reach = (dilation ? dilation : 1) * (kernel - 1) + 1 - pads - (ceil ? stride - 1 : 0);

	return reach < 1 ? 1 : reach;
}

int fc_window_check(struct fc_shape in, const struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;

	if (node->shape.h >= 1 && node->shape.w >= 1)
		return 0;
	return fc_fail(err, "found an input of %lldx%lld, expected at least %lldx%lld for its window",
		       (long long)in.h, (long long)in.w,
		       (long long)smallest_input(a->kernel_h, a->stride_h, a->pad_h + a->pad_end_h, a->dilation_h, a->ceil),
		       (long long)smallest_input(a->kernel_w, a->stride_w, a->pad_w + a->pad_end_w, a->dilation_w, a->ceil));
}

uint64_t fc_window_pairs(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation)
{
	uint64_t pairs = 0;

	/* Tap t of position i reads i * stride - pad + t * dilation: count the i for which that lies in [0, in). */
	for (int64_t t = 0; t < kernel; t++) {
		const int64_t offset = pad - t * dilation;
		int64_t first = -floor_divide(-offset, stride), last = floor_divide(in - 1 + offset, stride);

		if (first < 0)
			first = 0;
		if (last > out - 1)
			last = out - 1;
		if (last >= first)
			pairs += (uint64_t)(last - first + 1);
	}
	return pairs;
}
