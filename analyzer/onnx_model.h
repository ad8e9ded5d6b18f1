/*
 * What an ONNX file says, without its weights: plain structures in one arena. Nothing of the wire format is left in them,
 * and nothing is understood yet: names are texts, ops are words.
 */
#ifndef ANALYZER_ONNX_MODEL_H
#define ANALYZER_ONNX_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"

#define ONNX_MAX_RANK 12
#define ONNX_MAX_ELEMENTS (INT64_C(1) << 40)	/* of one tensor */
#define ONNX_MAX_CONTENT 8192	/* values of one tensor that are followed */

/* Element types that are told apart, by their numbers in the specification. */
enum onnx_type {
	ONNX_UNKNOWN_TYPE = 0,
	ONNX_FLOAT = 1,
	ONNX_INT32 = 6,
	ONNX_INT64 = 7,
	ONNX_STRING = 8,
	ONNX_BOOL = 9,
	ONNX_FLOAT16 = 10,
	ONNX_DOUBLE = 11,
	ONNX_BFLOAT16 = 16,
};

bool fc_onnx_is_real(int type);

/* Values that are known: integers (and truth values) or reals, as the type says; count -1: not known. */
struct onnx_content {
	int64_t count;
	const int64_t *integers;
	const double *reals;
};

struct onnx_tensor {
	int number;		/* among all of the file, from 0 */
	const char *name;
	int type;
	int rank;
	int64_t dims[ONNX_MAX_RANK];
	struct onnx_content content;
};

/* A side of an input: a number, or a symbol that the reader binds; neither: size -1 and symbol NULL. */
struct onnx_dimension {
	int64_t size;
	const char *symbol;
};

struct onnx_info {
	const char *name;
	int type;		/* 0: no tensor, or not said */
	int rank;		/* -1: not said */
	struct onnx_dimension dims[ONNX_MAX_RANK];
};

struct onnx_graph;

struct onnx_attribute {
	const char *name;
	const char *reference;	/* of a function: the caller's attribute of that name; NULL: none */
	int64_t integer;
	double real;
	const char *text;
	int count;		/* of integers or reals */
	const int64_t *integers;
	const double *reals;
	const struct onnx_tensor *tensor;
	const struct onnx_graph *graph;
};

struct onnx_node {
	int number;		/* in its graph, from 1 */
	const char *name, *op, *domain, *overload;	/* domain "" is the standard's own */
	int input_count, output_count, attribute_count;
	const char *const *inputs;	/* "": left out */
	const char *const *outputs;
	const struct onnx_attribute *attributes;
};

struct onnx_graph {
	const char *name;
	int node_count, tensor_count, input_count, output_count, info_count;
	const struct onnx_node *nodes;
	const struct onnx_tensor *tensors;	/* initialisers */
	const struct onnx_info *inputs, *outputs, *infos;
};

struct onnx_function {
	const char *domain, *name, *overload;
	int input_count, output_count, default_count;
	const char *const *inputs;
	const char *const *outputs;
	const struct onnx_attribute *defaults;	/* of its attributes */
	struct onnx_graph body;			/* nodes only */
};

struct onnx_model {
	int64_t opset;		/* of the standard's own domain; 0: not said */
	const char *producer;
	int tensor_count;		/* of the whole file: branches, bodies and constants too */
	struct onnx_graph graph;
	int function_count;
	const struct onnx_function *functions;
};

/* From the bytes that fc_onnx_strip() leaves; everything is in the arena. */
int fc_onnx_unpack(const void *data, size_t size, struct fc_arena *arena, struct onnx_model *model,
		   struct fc_error *err);

#endif
