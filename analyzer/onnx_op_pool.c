/* Largest and mean values of windows. */
#include <string.h>

#include "onnx_ops.h"
#include "onnx_window.h"

enum { MAX_POOL, AVERAGE_POOL, OTHER_POOL };

static int check_image(struct onnx_call *call, const struct onnx_value *x)
{
	return x->rank < 3 ? fc_onnx_fail(call, "found %d dimensions, expected at least 3", x->rank) : 0;
}

static int count(struct onnx_call *call)
{
	const uint64_t in = (uint64_t)fc_onnx_elements(call->in[0]), out = (uint64_t)fc_onnx_elements(call->out[0]);
	struct onnx_cost cost = { .counts = { .avg_pool_in = in, .avg_pool_out = out } };

	if (call->op->variant == MAX_POOL)
		cost.counts = (struct fc_counts){ .max_pool_in = in, .max_pool_out = out };
	return fc_onnx_count(call, &cost);
}

static bool lower(struct onnx_call *call, const struct onnx_window *s, bool ceil)
{
	struct onnx_wish wish = { .op = (enum fc_op)call->op->kind, .data = 1 };
	bool padded = false;

	if (s->rank > 2 || !wish.op)
		return false;
	for (int i = 0; i < s->rank; i++) {
		if (s->dilation[i] != 1)
			return false;
		padded = padded || s->begin[i] || s->end[i];
	}
	wish.attributes = fc_onnx_window_attributes(s);
	wish.attributes.ceil = ceil;
	if (wish.op == FC_OP_AVG_POOL)
		wish.attributes.exclude_pad = padded && !fc_onnx_integer(call, "count_include_pad", 0);
	return fc_onnx_lower(call, &wish);
}

int fc_onnx_run_pool(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const bool ceil = fc_onnx_integer(call, "ceil_mode", 0) != 0;
	int64_t dims[ONNX_MAX_RANK];
	struct onnx_window w;

	if (check_image(call, x))
		return -1;
	if (fc_onnx_integer(call, "channels_last", 0))
		return fc_onnx_uncounted(call, "of channels last");
	if (fc_onnx_read_window(call, x, NULL, &w))
		return -1;
	dims[0] = x->dims[0];
	dims[1] = x->dims[1];
	if (fc_onnx_window_outputs(call, &w, x, ceil, dims + 2))
		return -1;
	for (int i = 0; i < call->out_count; i++)
		if (fc_onnx_set_shape(call, i, i ? ONNX_INT64 : x->type, dims, x->rank))
			return -1;
	return call->out_count == 1 && lower(call, &w, ceil) ? 0 : count(call);
}

int fc_onnx_run_global_pool(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const uint64_t in = (uint64_t)fc_onnx_elements(x);
	const struct onnx_wish wish = { .op = (enum fc_op)call->op->kind,
					.attributes = { .kernel_h = 1, .kernel_w = 1 },
					.data = 1 };
	int64_t dims[ONNX_MAX_RANK];
	uint64_t out;

	if (check_image(call, x))
		return -1;
	if (fc_onnx_integer(call, "channels_last", 0))
		return fc_onnx_uncounted(call, "of channels last");
	for (int i = 0; i < x->rank; i++)
		dims[i] = i < 2 ? x->dims[i] : 1;
	if (fc_onnx_set_shape(call, 0, x->type, dims, x->rank))
		return -1;
	if (wish.op && fc_onnx_lower(call, &wish))
		return 0;
	if (call->op->variant == MAX_POOL)
		return count(call);
	out = (uint64_t)fc_onnx_elements(call->out[0]);
	return fc_onnx_count(call, &(struct onnx_cost){ .counts = { .adaptive_pool_in = in,
								    .adaptive_pool_out = out,
								    .adaptive_pool_module_in = in,
								    .adaptive_pool_module_out = out } });
}

/* Back to where the largest values were: sides as before a pool without padding, or as given. */
int fc_onnx_run_max_unpool(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	int64_t dims[ONNX_MAX_RANK];
	const int64_t *given;
	struct onnx_window w;
	int count_given;

	if (fc_onnx_integers(call, NULL, 2, &given, &count_given))
		return ONNX_LATER;
	if (x->rank < 3 || (given && count_given != x->rank))
		return fc_onnx_fail(call, "found %d dimensions, expected at least 3 and as many sides of the output",
				    x->rank);
	if (fc_onnx_read_window(call, x, NULL, &w))
		return -1;
	memcpy(dims, x->dims, sizeof(dims));
	for (int i = 0; i < w.rank; i++)
		dims[2 + i] = (x->dims[2 + i] - 1) * w.stride[i] + w.kernel[i] - w.begin[i] - w.end[i];
	return fc_onnx_set_shape(call, 0, x->type, given ? given : dims, x->rank) ? -1 : fc_onnx_move(call);
}
