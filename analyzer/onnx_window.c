#include "onnx_window.h"

#include <string.h>

#include "window.h"

static int read_list(struct onnx_call *call, const char *name, int64_t otherwise, int64_t least, int count,
		     int64_t *to)
{
	const struct onnx_attribute *const a = fc_onnx_attribute(call, name);

	if (a && a->integers && a->count != count)
		return fc_onnx_fail(call, "found %d numbers as %s, expected %d", a->count, name, count);
	for (int i = 0; i < count; i++) {
		to[i] = a && a->integers ? a->integers[i] : otherwise;
		if (to[i] < least || to[i] > ONNX_MAX_WINDOW)
			return fc_onnx_fail(call, "found %lld among %s, expected %lld to %d", (long long)to[i], name,
					    (long long)least, ONNX_MAX_WINDOW);
	}
	return 0;
}

static int read_padding(struct onnx_call *call, struct onnx_window *w)
{
	const char *const mode = fc_onnx_word(call, "auto_pad", "NOTSET");
	int64_t pads[2 * ONNX_MAX_RANK] = { 0 };

	w->same = !strncmp(mode, "SAME", 4);
	w->lower = !strcmp(mode, "SAME_LOWER");
	if (!w->same && strcmp(mode, "VALID") && read_list(call, "pads", 0, 0, 2 * w->rank, pads))
		return -1;
	memcpy(w->begin, pads, sizeof(*pads) * (size_t)w->rank);
	memcpy(w->end, pads + w->rank, sizeof(*pads) * (size_t)w->rank);
	return 0;
}

int fc_onnx_read_window(struct onnx_call *call, const struct onnx_value *x, const int64_t *kernel,
			struct onnx_window *w)
{
	*w = (struct onnx_window){ .rank = x->rank - 2 };
	if (!kernel && !fc_onnx_attribute(call, "kernel_shape"))
		return fc_onnx_fail(call, "found no kernel_shape, expected one");
	if (!kernel ? read_list(call, "kernel_shape", 1, 1, w->rank, w->kernel) : 0)
		return -1;
	for (int i = 0; kernel && i < w->rank; i++) {
		w->kernel[i] = kernel[i];
		if (kernel[i] < 1 || kernel[i] > ONNX_MAX_WINDOW)
			return fc_onnx_fail(call, "found a kernel of %lld, expected 1 to %d", (long long)kernel[i],
					    ONNX_MAX_WINDOW);
	}
	return read_list(call, "strides", 1, 1, w->rank, w->stride) ||
			       read_list(call, "dilations", 1, 1, w->rank, w->dilation) || read_padding(call, w)
		       ? -1
		       : 0;
}

int fc_onnx_window_outputs(struct onnx_call *call, struct onnx_window *w, const struct onnx_value *x, bool ceil,
			   int64_t *outputs)
{
	for (int i = 0; i < w->rank; i++) {
		const int64_t in = x->dims[2 + i], reach = w->dilation[i] * (w->kernel[i] - 1) + 1;

		if (w->same) {
			const int64_t out = (in + w->stride[i] - 1) / w->stride[i];
			const int64_t room = (out - 1) * w->stride[i] + reach - in, pad = room > 0 ? room : 0;

			w->begin[i] = w->lower ? pad - pad / 2 : pad / 2;
			w->end[i] = pad - w->begin[i];
			outputs[i] = out;
		} else {
			outputs[i] = fc_window_output(in, w->kernel[i], w->stride[i], w->begin[i], w->end[i],
						      w->dilation[i], ceil);
		}
		if (outputs[i] < 1)
			return fc_onnx_fail(call,
					    "found a side of %lld, expected one for a window of %lld with padding "
					    "of %lld and %lld",
					    (long long)in, (long long)reach, (long long)w->begin[i],
					    (long long)w->end[i]);
	}
	return 0;
}

struct fc_attributes fc_onnx_window_attributes(const struct onnx_window *w)
{
	const int last = w->rank - 1;

	return (struct fc_attributes){
		.kernel_h = last ? w->kernel[0] : 1,
		.kernel_w = w->kernel[last],
		.stride_h = last ? w->stride[0] : 1,
		.stride_w = w->stride[last],
		.pad_h = last ? w->begin[0] : 0,
		.pad_w = w->begin[last],
		.pad_end_h = last ? w->end[0] : 0,
		.pad_end_w = w->end[last],
	};
}

uint64_t fc_onnx_window_pairs(const struct onnx_window *w, int side, int64_t positions, int64_t pixels)
{
	return fc_window_pairs(pixels, positions, w->kernel[side], w->stride[side], w->begin[side],
			       w->dilation[side]);
}
