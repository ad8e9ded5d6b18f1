#include "onnx_strip.h"

#include <stdbool.h>
#include <string.h>

enum message {
	MODEL,
	GRAPH,
	NODE,
	ATTRIBUTE,
	TENSOR,
	SPARSE,
	INFO,
	TYPE,
	TENSOR_TYPE,
	SHAPE,
	DIMENSION,
	FUNCTION,
	OPSET,
	MESSAGES
};

static const char *const message_names[MESSAGES] = {
	"model", "graph",	"node",	 "attribute", "tensor",	  "sparse tensor", "value info",
	"type",	 "tensor type", "shape", "dimension", "function", "operator set",
};

/* What happens to a field: a number of enum message plus SUB, or one of these. */
enum action { DROP, COPY, VALUES, SUB };

#define MAX_FIELD  26
#define M(message) (SUB + (message))

/* By message and field number, as analyzer/onnx.proto lists them. */
static const uint8_t actions[MESSAGES][MAX_FIELD] = {
	[MODEL] = { [1] = COPY, [2] = COPY, [7] = M(GRAPH), [8] = M(OPSET), [25] = M(FUNCTION) },
	[GRAPH] = { [1] = M(NODE),
		    [2] = COPY,
		    [5] = M(TENSOR),
		    [11] = M(INFO),
		    [12] = M(INFO),
		    [13] = M(INFO),
		    [15] = M(SPARSE) },
	[NODE] = { [1] = COPY, [2] = COPY, [3] = COPY, [4] = COPY, [5] = M(ATTRIBUTE), [7] = COPY, [8] = COPY },
	[ATTRIBUTE] = { [1] = COPY,
			[2] = COPY,
			[3] = COPY,
			[4] = COPY,
			[5] = M(TENSOR),
			[6] = M(GRAPH),
			[7] = COPY,
			[8] = COPY,
			[21] = COPY,
			[22] = M(SPARSE) },
	[TENSOR] = { [1] = COPY,
		     [2] = COPY,
		     [4] = VALUES,
		     [5] = VALUES,
		     [7] = VALUES,
		     [8] = COPY,
		     [9] = VALUES,
		     [10] = VALUES,
		     [11] = VALUES },
	[SPARSE] = { [1] = M(TENSOR), [3] = COPY },
	[INFO] = { [1] = COPY, [2] = M(TYPE) },
	[TYPE] = { [1] = M(TENSOR_TYPE) },
	[TENSOR_TYPE] = { [1] = COPY, [2] = M(SHAPE) },
	[SHAPE] = { [1] = M(DIMENSION) },
	[DIMENSION] = { [1] = COPY, [2] = COPY },
	[FUNCTION] = { [1] = COPY,
		       [4] = COPY,
		       [5] = COPY,
		       [6] = COPY,
		       [7] = M(NODE),
		       [9] = M(OPSET),
		       [10] = COPY,
		       [11] = M(ATTRIBUTE),
		       [13] = COPY },
	[OPSET] = { [1] = COPY, [2] = COPY },
};

enum wire { WIRE_VARINT, WIRE_64, WIRE_BYTES, WIRE_GROUP, WIRE_GROUP_END, WIRE_32 };

struct strip {
	const uint8_t *data;
	struct fc_str *out;
	struct fc_error *err;
};

/* A field as it lies in the file: from its tag to its end; behind the tag, and behind the length of bytes. */
struct field {
	uint64_t number;
	enum wire wire;
	size_t begin, tagged, bytes, end;
};

static int fail(const struct strip *s, size_t at, enum message message, const char *what)
{
	return fc_fail(s->err, "byte %zu: found %s in a %s, expected an ONNX file", at, what, message_names[message]);
}

/* False where no varint ends before `end`. */
static bool read_varint(const struct strip *s, size_t *at, size_t end, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 70 && *at < end; shift += 7) {
		const uint8_t byte = s->data[(*at)++];

		*value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static int read_field(const struct strip *s, enum message message, size_t at, size_t end, struct field *f)
{
	uint64_t tag, length = 0;

	f->begin = at;
	if (!read_varint(s, &at, end, &tag))
		return fail(s, f->begin, message, "half a field");
	f->number = tag >> 3;
	f->wire = (enum wire)(tag & 7);
	f->tagged = f->bytes = at;
	if (!f->number)
		return fail(s, f->begin, message, "a field 0");
	switch (f->wire) {
	case WIRE_VARINT:
		if (!read_varint(s, &at, end, &length))
			return fail(s, f->begin, message, "half a number");
		length = 0;
		break;
	case WIRE_64:
		length = 8;
		break;
	case WIRE_32:
		length = 4;
		break;
	case WIRE_BYTES:
		if (!read_varint(s, &at, end, &length))
			return fail(s, f->begin, message, "half a length");
		f->bytes = at;
		break;
	default:
		return fail(s, f->begin, message, "a field of an unknown wire type");
	}
	if (length > end - at)
		return fail(s, f->begin, message,
			    "a field that is longer than what is left (the file may be cut short)");
	f->end = at + (size_t)length;
	return 0;
}

static int copy(const struct strip *s, size_t begin, size_t end)
{
	if (s->out->length + (end - begin) > ONNX_MAX_STRUCTURE)
		return fc_fail(s->err,
			       "found more than %zu MB beside the weights, expected a network that a machine of "
			       "usual size can hold",
			       ONNX_MAX_STRUCTURE >> 20);
	fc_str_addn(s->out, (const char *)s->data + begin, end - begin);
	return 0;
}

/* A message's length is not known before it is copied; five bytes hold any. */
enum { LENGTH_BYTES = 5 };

static void write_length(char *at, size_t length)
{
	for (int i = 0; i < LENGTH_BYTES; i++)
		at[i] = (char)((length >> 7 * i & 0x7f) | (i < LENGTH_BYTES - 1 ? 0x80 : 0));
}

static int strip_message(const struct strip *s, enum message message, size_t at, size_t end, int depth);

static int strip_sub(const struct strip *s, enum message message, const struct field *f, int depth)
{
	size_t length_at;

	if (copy(s, f->begin, f->tagged))
		return -1;
	length_at = s->out->length;
	fc_str_addn(s->out, "\x80\x80\x80\x80", LENGTH_BYTES);
	if (strip_message(s, message, f->bytes, f->end, depth + 1))
		return -1;
	write_length(s->out->text + length_at, s->out->length - length_at - LENGTH_BYTES);
	return 0;
}

/* Recursion is bounded by the depth that it counts. */
static int strip_message(const struct strip *s, enum message message, size_t at, size_t end, int depth)
{
	size_t kept = 0;
	struct field f = { 0 };

	if (depth > ONNX_MAX_NESTING)
		return fc_fail(s->err, "byte %zu: found messages nested more than %d deep, expected fewer", at,
			       ONNX_MAX_NESTING);
	for (; at < end; at = f.end) {
		uint8_t action;
		int rc = 0;

		if (read_field(s, message, at, end, &f))
			return -1;
		action = f.number < MAX_FIELD ? actions[message][f.number] : DROP;
		if (action >= SUB && f.wire != WIRE_BYTES)
			return fail(s, f.begin, message, "a number where a message belongs");
		/* Part of a tensor's values is no use: their number will not fit the shape, and they count as unknown. */
		if (action == VALUES && (kept += f.end - f.begin) > ONNX_KEPT_BYTES)
			action = DROP;
		if (action >= SUB)
			rc = strip_sub(s, (enum message)(action - SUB), &f, depth);
		else if (action != DROP)
			rc = copy(s, f.begin, f.end);
		if (rc)
			return rc;
	}
	return 0;
}

int fc_onnx_strip(const uint8_t *data, size_t size, struct fc_str *out, struct fc_error *err)
{
	static const char pointer[] = "version https://git-lfs";
	const struct strip s = { data, out, err };

	if (!size)
		return fc_fail(err, "found an empty file, expected an ONNX file");
	if (size >= sizeof(pointer) && !memcmp(data, pointer, sizeof(pointer) - 1))
		return fc_fail(err, "found a pointer of Git LFS, expected the file that it points to (git lfs pull)");
	return strip_message(&s, MODEL, 0, size, 0);
}
