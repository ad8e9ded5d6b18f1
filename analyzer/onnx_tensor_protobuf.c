/* Tensors: shapes always, values where a file without its weights still has all of them. */
#include <string.h>

#include "onnx_unpack_protobuf.h"

static double from_half(uint16_t bits)
{
	const int exponent = bits >> 10 & 31;
	const double sign = bits & 0x8000 ? -1 : 1, fraction = bits & 0x3ff;

	if (exponent == 31)
		return sign * (fraction != 0 ? __builtin_nan("") : __builtin_inf());
	return exponent ? sign * (1024 + fraction) * __builtin_exp2(exponent - 25) : sign * fraction * 0x1p-24;
}

static double from_bfloat(uint16_t bits)
{
	const uint32_t word = (uint32_t)bits << 16;
	float value;

	memcpy(&value, &word, sizeof(value));
	return (double)value;
}

/* How an element of a type lies in raw_data. */
struct layout {
	int type;
	size_t bytes;
	int64_t (*integer)(const uint8_t *raw);
	double (*real)(const uint8_t *raw);
};

#define INTEGER(name, c_type)                                                                                        \
	static int64_t name(const uint8_t *raw)                                                                      \
	{                                                                                                            \
		c_type value;                                                                                        \
                                                                                                                     \
		memcpy(&value, raw, sizeof(value));                                                                  \
		return (int64_t)value;                                                                               \
	}
#define REAL(name, c_type, convert)                                                                                  \
	static double name(const uint8_t *raw)                                                                       \
	{                                                                                                            \
		c_type value;                                                                                        \
                                                                                                                     \
		memcpy(&value, raw, sizeof(value));                                                                  \
		return convert(value);                                                                               \
	}
INTEGER(raw_uint8, uint8_t)
INTEGER(raw_int8, int8_t)
INTEGER(raw_uint16, uint16_t)
INTEGER(raw_int16, int16_t)
INTEGER(raw_uint32, uint32_t)
INTEGER(raw_int32, int32_t)
INTEGER(raw_int64, int64_t)
REAL(raw_float, float, (double))
REAL(raw_double, double, (double))
REAL(raw_half, uint16_t, from_half)
REAL(raw_bfloat, uint16_t, from_bfloat)

/* Little-endian, as the machines are that this program runs on. */
static const struct layout layouts[] = {
	{ ONNX_FLOAT, 4, NULL, raw_float },
	{ 2, 1, raw_uint8, NULL },
	{ 3, 1, raw_int8, NULL },
	{ 4, 2, raw_uint16, NULL },
	{ 5, 2, raw_int16, NULL },
	{ ONNX_INT32, 4, raw_int32, NULL },
	{ ONNX_INT64, 8, raw_int64, NULL },
	{ ONNX_BOOL, 1, raw_uint8, NULL },
	{ ONNX_FLOAT16, 2, NULL, raw_half },
	{ ONNX_DOUBLE, 8, NULL, raw_double },
	{ 12, 4, raw_uint32, NULL },
	{ 13, 8, raw_int64, NULL },
	{ ONNX_BFLOAT16, 2, NULL, raw_bfloat },
};

bool fc_onnx_is_real(int type)
{
	return type == ONNX_FLOAT || type == ONNX_DOUBLE || type == ONNX_FLOAT16 || type == ONNX_BFLOAT16;
}

/* Half precision lies in int32_data as bits. */
static double element_real(const Onnx__TensorProto *from, int type, size_t i)
{
	if (i < from->n_float_data)
		return (double)from->float_data[i];
	if (i < from->n_double_data)
		return from->double_data[i];
	return type == ONNX_FLOAT16 ? from_half((uint16_t)from->int32_data[i])
				    : from_bfloat((uint16_t)from->int32_data[i]);
}

static int64_t element_integer(const Onnx__TensorProto *from, size_t i)
{
	if (i < from->n_int64_data)
		return from->int64_data[i];
	return i < from->n_uint64_data ? (int64_t)from->uint64_data[i] : (int64_t)from->int32_data[i];
}

static size_t listed_count(const Onnx__TensorProto *from, bool real)
{
	if (real && (from->n_float_data || from->n_double_data))
		return from->n_float_data ? from->n_float_data : from->n_double_data;
	if (!real && (from->n_int64_data || from->n_uint64_data))
		return from->n_int64_data ? from->n_int64_data : from->n_uint64_data;
	return from->n_int32_data;
}

/* The values of a tensor where all of them are there. */
static void read_content(struct onnx_reader *r, const Onnx__TensorProto *from, const struct layout *layout,
			 struct onnx_tensor *to)
{
	const bool raw = from->has_raw_data && from->raw_data.len, real = layout->real != NULL;
	const size_t count = raw ? from->raw_data.len / layout->bytes : listed_count(from, real);
	int64_t *integers = NULL;
	double *reals = NULL;
	uint64_t elements = 1;

	for (int i = 0; i < to->rank; i++)
		if (__builtin_mul_overflow(elements, (uint64_t)to->dims[i], &elements))
			return;
	if (elements != count || (raw && from->raw_data.len % layout->bytes) || count > ONNX_MAX_CONTENT)
		return;
	if (real)
		to->content.reals = reals = FC_NEW_ARRAY(r->arena, double, count + 1);
	else
		to->content.integers = integers = FC_NEW_ARRAY(r->arena, int64_t, count + 1);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *const element = raw ? from->raw_data.data + i * layout->bytes : NULL;

		if (real)
			reals[i] = raw ? layout->real(element) : element_real(from, to->type, i);
		else
			integers[i] = raw ? layout->integer(element) : element_integer(from, i);
	}
	to->content.count = (int64_t)count;
}

static int read_dims(struct onnx_reader *r, const char *name, const int64_t *dims, size_t count,
		     struct onnx_tensor *to)
{
	int64_t elements = 1;

	if (count > ONNX_MAX_RANK)
		return fc_fail(r->err, "tensor '%.200s': found %zu dimensions, expected at most %d", name, count,
			       ONNX_MAX_RANK);
	to->rank = (int)count;
	for (size_t i = 0; i < count; i++) {
		if (dims[i] < 0)
			return fc_fail(r->err, "tensor '%.200s': found a dimension of %lld, expected 0 or more", name,
				       (long long)dims[i]);
		to->dims[i] = dims[i];
		if (__builtin_mul_overflow(elements, dims[i] ? dims[i] : 1, &elements) ||
		    elements > ONNX_MAX_ELEMENTS)
			return fc_fail(r->err, "tensor '%.200s': found more than %lld values, expected fewer", name,
				       (long long)ONNX_MAX_ELEMENTS);
	}
	return 0;
}

int fc_onnx_read_tensor(struct onnx_reader *r, const Onnx__TensorProto *from, struct onnx_tensor *to)
{
	*to = (struct onnx_tensor){ .number = r->tensors++,
				    .name = fc_onnx_text(r, from->name),
				    .type = from->data_type,
				    .content.count = -1 };
	if (read_dims(r, to->name, from->dims, from->n_dims, to))
		return -1;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == to->type)
			read_content(r, from, &layouts[i], to);
	return 0;
}

int fc_onnx_read_sparse(struct onnx_reader *r, const Onnx__SparseTensorProto *from, struct onnx_tensor *to)
{
	*to = (struct onnx_tensor){ .number = r->tensors++,
				    .name = from->values ? fc_onnx_text(r, from->values->name) : "",
				    .type = from->values ? from->values->data_type : ONNX_UNKNOWN_TYPE,
				    .content.count = -1 };
	return read_dims(r, to->name, from->dims, from->n_dims, to);
}
