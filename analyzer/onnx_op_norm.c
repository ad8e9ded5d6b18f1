/* Normalisations. Every value of the output counts once; parameters are scale and shift. */
#include "onnx_ops.h"

static uint64_t values_of(const struct onnx_value *value)
{
	return value ? (uint64_t)fc_onnx_elements(value) : 0;
}

/* Parameters count once for each image, as for layers of a kind. */
static int count_norm(struct onnx_call *call, uint64_t params, unsigned untrained)
{
	struct onnx_cost cost = { .counts.norm_elements = (uint64_t)fc_onnx_elements(call->out[0]),
				  .untrained = untrained,
				  .learned = 2 | 4 };

	if (__builtin_mul_overflow(params, (uint64_t)call->m->graph->batch, &cost.counts.norm_params))
		return fc_onnx_fail(call, "found parameters that do not fit 64 bits, expected fewer");
	return fc_onnx_count(call, &cost);
}

/* The outputs behind the first are of one shape. */
static int set_others(struct onnx_call *call, const int64_t *dims, int rank)
{
	for (int i = 1; i < call->out_count; i++)
		if (fc_onnx_set_shape(call, i, call->in[0]->type, dims, rank))
			return -1;
	return 0;
}

static int check_vector(struct onnx_call *call, const struct onnx_value *vector, int64_t side)
{
	char text[ONNX_SHAPE_TEXT];

	if (!vector || fc_onnx_elements(vector) == side)
		return 0;
	return fc_onnx_fail(call, "found %s values for %lld channels, expected one for each",
			    fc_onnx_shape_text(vector, text), (long long)side);
}

static int check_channels(struct onnx_call *call)
{
	if (call->in[0]->rank < 2)
		return fc_onnx_fail(call, "found %d dimensions, expected at least 2", call->in[0]->rank);
	return 0;
}

int fc_onnx_run_batch_norm(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const struct onnx_wish wish = {
		.op = FC_OP_BATCH_NORM,
		.attributes = { .epsilon = fc_onnx_real(call, "epsilon", 1e-5),
				.momentum = 1 - fc_onnx_real(call, "momentum", 0.9) },
		.data = 1,
		.params = 2 | 4,
	};

	if (check_channels(call) || fc_onnx_same_shape(call, 0, x))
		return -1;
	for (int k = 1; k < 5; k++)
		if (check_vector(call, call->in[k], x->dims[1]))
			return -1;
	if (set_others(call, &x->dims[1], 1))
		return -1;
	return fc_onnx_lower(call, &wish) ? 0 : count_norm(call, 2 * (uint64_t)x->dims[1], 8 | 16);
}

/* Over the sides from the axis on. Without scale or without shift it is no layer of the kind. */
int fc_onnx_run_layer_norm(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_wish wish = { .op = FC_OP_LAYER_NORM, .fold = ONNX_ROWS, .data = 1, .params = 2 | 4 };
	int64_t dims[ONNX_MAX_RANK];
	int axis;

	if (fc_onnx_same_shape(call, 0, x) || fc_onnx_axis(call, fc_onnx_integer(call, "axis", -1), x->rank, &axis))
		return -1;
	for (int i = 0; i < x->rank; i++)
		dims[i] = i < axis ? x->dims[i] : 1;
	if (set_others(call, dims, x->rank))
		return -1;
	wish.attributes.epsilon = fc_onnx_real(call, "epsilon", 1e-5);
	wish.attributes.axis = x->rank - axis;
	if (call->op->kind && axis && wish.attributes.axis <= 3 && fc_onnx_lower(call, &wish))
		return 0;
	return count_norm(call, values_of(fc_onnx_input(call, 1)) + values_of(fc_onnx_input(call, 2)), 0);
}

/* Instance normalisation has as many groups as channels. */
int fc_onnx_run_group_norm(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_wish wish = { .op = FC_OP_GROUP_NORM, .data = 1, .params = 2 | 4 };

	if (check_channels(call) || fc_onnx_same_shape(call, 0, x))
		return -1;
	wish.attributes.groups = fc_onnx_integer(call, "num_groups", x->dims[1]);
	wish.attributes.epsilon = fc_onnx_real(call, "epsilon", 1e-5);
	if (wish.attributes.groups < 1)
		return fc_onnx_fail(call, "found %lld groups, expected at least 1",
				    (long long)wish.attributes.groups);
	if (fc_onnx_lower(call, &wish))
		return 0;
	return count_norm(call, values_of(fc_onnx_input(call, 1)) + values_of(fc_onnx_input(call, 2)), 0);
}

/* Without parameters, or with those that are there. */
int fc_onnx_run_plain_norm(struct onnx_call *call)
{
	return fc_onnx_same_shape(call, 0, call->in[0]) ? -1 : count_norm(call, values_of(fc_onnx_input(call, 1)), 0);
}

int fc_onnx_run_lrn(struct onnx_call *call)
{
	const struct onnx_wish wish = {
		.op = FC_OP_LOCAL_RESPONSE_NORM,
		.attributes = { .size = fc_onnx_integer(call, "size", 1),
				.a = fc_onnx_real(call, "alpha", 1e-4),
				.b = fc_onnx_real(call, "beta", 0.75),
				.c = fc_onnx_real(call, "bias", 1) },
		.data = 1,
	};

	if (check_channels(call) || fc_onnx_same_shape(call, 0, call->in[0]))
		return -1;
	if (wish.attributes.size < 1 || wish.attributes.size > 65536)
		return fc_onnx_fail(call, "found a window of %lld channels, expected 1 to 65536",
				    (long long)wish.attributes.size);
	return fc_onnx_lower(call, &wish) ? 0 : count_norm(call, 0, 0);
}

/* A sum, then the normalisation of it; the fourth output is the sum. */
int fc_onnx_run_skip_norm(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_cost cost = { .counts = { .norm_elements = (uint64_t)fc_onnx_elements(x),
					      .add_elements = (uint64_t)fc_onnx_elements(x) } };

	for (int i = 0; i < call->out_count; i++)
		if (fc_onnx_same_shape(call, i, x))
			return -1;
	return fc_onnx_count(call, &cost);
}
