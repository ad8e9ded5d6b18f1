/* Results that are known without the network's input. */
#include <string.h>

#include "onnx_ops.h"

/* -------- Constant -------- */

static void set_tensor(struct onnx_call *call, const struct onnx_tensor *tensor)
{
	fc_onnx_set_shape(call, 0, tensor->type, tensor->dims, tensor->rank);
	call->out[0]->content = tensor->content;
}

/* A number or a list of numbers. */
static void set_numbers(struct onnx_call *call, const struct onnx_attribute *a, bool reals, bool list)
{
	const int64_t count = list ? a->count : 1;

	fc_onnx_set_shape(call, 0, reals ? ONNX_FLOAT : ONNX_INT64, &count, list);
	if (count > ONNX_MAX_CONTENT)
		return;
	call->out[0]->content = (struct onnx_content){
		.count = count,
		.integers = reals  ? NULL
			    : list ? a->integers
				   : &a->integer,
		.reals = !reals ? NULL
			 : list ? a->reals
				: &a->real,
	};
}

int fc_onnx_run_constant(struct onnx_call *call)
{
	static const struct {
		const char *name;
		bool reals, list;
	} forms[] = { { "value_float", true, false },
		      { "value_floats", true, true },
		      { "value_int", false, false },
		      { "value_ints", false, true } };
	const struct onnx_attribute *a;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if ((a = fc_onnx_attribute(call, forms[i].name))) {
			set_numbers(call, a, forms[i].reals, forms[i].list);
			return 0;
		}
	a = fc_onnx_attribute(call, "value");
	if (!a)
		a = fc_onnx_attribute(call, "sparse_value");
	if (a && a->tensor)
		set_tensor(call, a->tensor);
	else
		fc_onnx_set_shape(call, 0, ONNX_STRING, NULL, 0);
	return 0;
}

/* -------- filled with one value -------- */

/* Dims that an input holds. */
static int set_dims(struct onnx_call *call, int type, const char *attribute, int input)
{
	const int64_t *dims;
	int count, rc = fc_onnx_integers(call, attribute, input, &dims, &count);

	return rc ? rc : fc_onnx_set_shape(call, 0, type, dims, count);
}

int fc_onnx_run_constant_of_shape(struct onnx_call *call)
{
	const struct onnx_attribute *const a = fc_onnx_attribute(call, "value");
	const struct onnx_tensor *const value = a ? a->tensor : NULL;
	struct onnx_value *const y = call->out[0];
	const int rc = set_dims(call, value ? value->type : ONNX_FLOAT, NULL, 0);

	if (rc)
		return rc;
	if (value && value->content.count != 1)
		return 0;
	if (value && value->content.integers) {
		int64_t *const integers = fc_onnx_new_integers(call, y);

		for (int64_t i = 0; integers && i < y->content.count; i++)
			integers[i] = value->content.integers[0];
	} else {
		double *const reals = fc_onnx_new_reals(call, y);

		for (int64_t i = 0; reals && i < y->content.count; i++)
			reals[i] = value ? value->content.reals[0] : 0;
	}
	return 0;
}

/* Random or equal numbers, of a shape that is given or another value's. */
int fc_onnx_run_random(struct onnx_call *call)
{
	const struct onnx_value *const like = fc_onnx_input(call, 0);
	const int type = (int)fc_onnx_integer(call, "dtype", like ? like->type : ONNX_FLOAT);

	if (fc_onnx_integer(call, "input_as_shape", 0))
		return set_dims(call, type, NULL, 0);
	return like ? fc_onnx_set_shape(call, 0, type, like->dims, like->rank) : set_dims(call, type, "shape", -1);
}

/* Of so many values as the first input says. */
int fc_onnx_run_window(struct onnx_call *call)
{
	const struct onnx_value *const size = call->in[0];

	if (size->content.count != 1 || !size->content.integers)
		return ONNX_LATER;
	return fc_onnx_set_shape(call, 0, ONNX_FLOAT, size->content.integers, 1);
}

/* -------- what is known of shapes -------- */

static int clamp_axis(int64_t axis, int rank)
{
	axis += axis < 0 ? rank : 0;
	return (int)(axis < 0 ? 0 : axis > rank ? rank : axis);
}

int fc_onnx_run_shape(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const int first = clamp_axis(fc_onnx_integer(call, "start", 0), x->rank);
	const int end = clamp_axis(fc_onnx_integer(call, "end", x->rank), x->rank);
	const int64_t count = end > first ? end - first : 0;
	int64_t *integers;

	fc_onnx_set_shape(call, 0, ONNX_INT64, &count, 1);
	integers = fc_onnx_new_integers(call, call->out[0]);
	memcpy(integers, x->dims + first, (size_t)count * sizeof(*integers));
	return 0;
}

int fc_onnx_run_size(struct onnx_call *call)
{
	fc_onnx_set_shape(call, 0, ONNX_INT64, NULL, 0);
	*fc_onnx_new_integers(call, call->out[0]) = fc_onnx_elements(call->in[0]);
	return 0;
}

/* -------- Range -------- */

static int real_range(struct onnx_call *call, const double number[3])
{
	const double steps = number[2] != 0 ? (number[1] - number[0]) / number[2] : -1;
	int64_t count;
	double *reals;

	if (!(number[2] != 0) || !(steps < (double)ONNX_MAX_ELEMENTS))
		return fc_onnx_fail(call, "found a range without an end, expected one");
	count = steps > 0 ? (int64_t)steps + ((double)(int64_t)steps < steps) : 0;
	if (fc_onnx_set_shape(call, 0, call->in[0]->type, &count, 1))
		return -1;
	reals = fc_onnx_new_reals(call, call->out[0]);
	for (int64_t i = 0; reals && i < count; i++)
		reals[i] = number[0] + (double)i * number[2];
	return 0;
}

static int integer_range(struct onnx_call *call, int64_t first, int64_t end, int64_t step)
{
	int64_t span, count, *integers;

	if (!step || __builtin_sub_overflow(end, first, &span) || span == INT64_MIN || step == INT64_MIN)
		return fc_onnx_fail(call, "found a range without an end, expected one");
	count = (span > 0) == (step > 0) && span ? (span - (step > 0 ? 1 : -1)) / step + 1 : 0;
	if (fc_onnx_set_shape(call, 0, call->in[0]->type, &count, 1))
		return -1;
	integers = fc_onnx_new_integers(call, call->out[0]);
	for (int64_t i = 0; integers && i < count; i++)
		integers[i] = first + i * step;
	return 0;
}

int fc_onnx_run_range(struct onnx_call *call)
{
	const struct onnx_value *const *const in = (const struct onnx_value *const *)call->in;
	double number[3];

	for (int k = 0; k < 3; k++)
		if (!fc_onnx_scalar(in[k], &number[k]))
			return ONNX_LATER;
	if (in[0]->content.reals || in[1]->content.reals || in[2]->content.reals)
		return real_range(call, number);
	return integer_range(call, in[0]->content.integers[0], in[1]->content.integers[0],
			     in[2]->content.integers[0]);
}
