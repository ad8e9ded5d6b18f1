/* The wire format is protobuf-c's business; here its messages become plain structures. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/str.h"
#include "flopclock/version.h"

#include "onnx_unpack_protobuf.h"

/* An empty message takes two bytes of a file and some hundred in memory: more than this is no network but a trap. */
#define MAX_MEMORY ((size_t)256 << 20)

/* -------- memory while unpacking -------- */

static void *allocate(void *data, size_t size)
{
	size_t *const used = data;

	if (size > MAX_MEMORY - *used)
		return NULL;
	*used += size;
	return malloc(size ? size : 1);
}

static void release(void *data, void *pointer)
{
	(void)data;
	free(pointer);
}

/* -------- texts -------- */

/* How many bytes a character has; 0: it is none that can be shown. */
static int character_bytes(const unsigned char *c)
{
	const int more = *c >= 0xf0 && *c < 0xf5 ? 3 : *c >= 0xe0 && *c < 0xf0 ? 2 : *c >= 0xc2 && *c < 0xe0 ? 1 : 0;

	if (*c < ' ' || *c == 0x7f || (*c >= 0x80 && !more))
		return 0;
	for (int i = 1; i <= more; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return 1 + more;
}

/* Names are shown to people: what is no character is written as its number, so that different names stay different. */
const char *fc_onnx_text(struct onnx_reader *r, const char *from)
{
	struct fc_str text = { 0 };
	const char *copy;
	int bytes;

	if (!from || !*from)
		return "";
	for (; *from; from += bytes ? bytes : 1) {
		bytes = character_bytes((const unsigned char *)from);
		if (bytes)
			fc_str_addn(&text, from, (size_t)bytes);
		else
			fc_str_addf(&text, "\\x%02x", (unsigned char)*from);
	}
	copy = fc_arena_strndup(r->arena, text.text, text.length);
	fc_str_release(&text);
	return copy;
}

static const char *const *texts(struct onnx_reader *r, char *const *from, size_t count)
{
	const char **const to = FC_NEW_ARRAY(r->arena, const char *, count + 1);

	for (size_t i = 0; i < count; i++)
		to[i] = fc_onnx_text(r, from[i]);
	return to;
}

/* -------- the rest -------- */

static int read_graph(struct onnx_reader *r, const Onnx__GraphProto *from, struct onnx_graph *to);

/* A float as the decimal number that it stands for: 0.1 and not 0.10000000149. */
static double decimal(float value)
{
	char text[32];
	int digits = 6;

	do
		snprintf(text, sizeof(text), "%.*g", digits, (double)value);
	while (strtof(text, NULL) != value && ++digits <= 9);
	return isfinite(value) ? strtod(text, NULL) : (double)value;
}

static void read_lists(struct onnx_reader *r, const Onnx__AttributeProto *from, struct onnx_attribute *to)
{
	int64_t *integers;
	double *reals;

	if (from->n_ints) {
		to->integers = integers = FC_NEW_ARRAY(r->arena, int64_t, from->n_ints);
		memcpy(integers, from->ints, from->n_ints * sizeof(*integers));
		to->count = (int)from->n_ints;
	} else if (from->n_floats) {
		to->reals = reals = FC_NEW_ARRAY(r->arena, double, from->n_floats);
		for (size_t i = 0; i < from->n_floats; i++)
			reals[i] = decimal(from->floats[i]);
		to->count = (int)from->n_floats;
	}
}

static int read_attribute(struct onnx_reader *r, const Onnx__AttributeProto *from, struct onnx_attribute *to)
{
	struct onnx_tensor *const tensor =
		from->t || from->sparse_tensor ? FC_NEW(r->arena, struct onnx_tensor) : NULL;
	struct onnx_graph *const graph = from->g ? FC_NEW(r->arena, struct onnx_graph) : NULL;

	*to = (struct onnx_attribute){ .name = fc_onnx_text(r, from->name),
				       .integer = from->i,
				       .real = decimal(from->f) };
	if (from->ref_attr_name && *from->ref_attr_name)
		to->reference = fc_onnx_text(r, from->ref_attr_name);
	to->text = from->s.len ? fc_onnx_text(r, fc_arena_strndup(r->arena, (const char *)from->s.data, from->s.len))
			       : "";
	read_lists(r, from, to);
	to->tensor = tensor;
	to->graph = graph;
	if (tensor &&
	    (from->t ? fc_onnx_read_tensor(r, from->t, tensor) : fc_onnx_read_sparse(r, from->sparse_tensor, tensor)))
		return -1;
	return graph ? read_graph(r, from->g, graph) : 0;
}

static int read_attributes(struct onnx_reader *r, Onnx__AttributeProto *const *from, size_t count,
			   const struct onnx_attribute **to, int *to_count)
{
	struct onnx_attribute *const attributes = FC_NEW_ARRAY(r->arena, struct onnx_attribute, count + 1);

	*to = attributes;
	*to_count = (int)count;
	for (size_t i = 0; i < count; i++)
		if (read_attribute(r, from[i], &attributes[i]))
			return -1;
	return 0;
}

static int read_nodes(struct onnx_reader *r, Onnx__NodeProto *const *from, size_t count, struct onnx_graph *to)
{
	struct onnx_node *const nodes = FC_NEW_ARRAY(r->arena, struct onnx_node, count + 1);

	to->nodes = nodes;
	to->node_count = (int)count;
	for (size_t i = 0; i < count; i++) {
		struct onnx_node *const node = &nodes[i];

		*node = (struct onnx_node){
			.number = (int)i + 1,
			.name = fc_onnx_text(r, from[i]->name),
			.op = fc_onnx_text(r, from[i]->op_type),
			.domain = fc_onnx_text(r, from[i]->domain),
			.overload = fc_onnx_text(r, from[i]->overload),
			.input_count = (int)from[i]->n_input,
			.output_count = (int)from[i]->n_output,
			.inputs = texts(r, from[i]->input, from[i]->n_input),
			.outputs = texts(r, from[i]->output, from[i]->n_output),
		};
		if (!strcmp(node->domain, "ai.onnx"))
			node->domain = "";
		if (read_attributes(r, from[i]->attribute, from[i]->n_attribute, &node->attributes,
				    &node->attribute_count))
			return -1;
	}
	return 0;
}

static int read_info(struct onnx_reader *r, const Onnx__ValueInfoProto *from, struct onnx_info *to)
{
	const Onnx__TensorTypeProto *const type = from->type ? from->type->tensor_type : NULL;
	const Onnx__TensorShapeProto *const shape = type ? type->shape : NULL;

	*to = (struct onnx_info){ .name = fc_onnx_text(r, from->name),
				  .type = type ? type->elem_type : 0,
				  .rank = -1 };
	if (!shape)
		return 0;
	if (shape->n_dim > ONNX_MAX_RANK)
		return fc_fail(r->err, "value '%.200s': found %zu dimensions, expected at most %d", to->name,
			       shape->n_dim, ONNX_MAX_RANK);
	to->rank = (int)shape->n_dim;
	for (size_t i = 0; i < shape->n_dim; i++) {
		const Onnx__DimensionProto *const dim = shape->dim[i];
		const bool fixed = dim->has_dim_value && dim->dim_value >= 0;

		to->dims[i].size = fixed ? dim->dim_value : -1;
		to->dims[i].symbol =
			!fixed && dim->dim_param && *dim->dim_param ? fc_onnx_text(r, dim->dim_param) : NULL;
	}
	return 0;
}

static int read_infos(struct onnx_reader *r, Onnx__ValueInfoProto *const *from, size_t count,
		      const struct onnx_info **to, int *to_count)
{
	struct onnx_info *const infos = FC_NEW_ARRAY(r->arena, struct onnx_info, count + 1);

	*to = infos;
	*to_count = (int)count;
	for (size_t i = 0; i < count; i++)
		if (read_info(r, from[i], &infos[i]))
			return -1;
	return 0;
}

static int read_tensors(struct onnx_reader *r, const Onnx__GraphProto *from, struct onnx_graph *to)
{
	const size_t dense = from->n_initializer, count = dense + from->n_sparse_initializer;
	struct onnx_tensor *const tensors = FC_NEW_ARRAY(r->arena, struct onnx_tensor, count + 1);

	to->tensors = tensors;
	to->tensor_count = (int)count;
	for (size_t i = 0; i < count; i++)
		if (i < dense ? fc_onnx_read_tensor(r, from->initializer[i], &tensors[i])
			      : fc_onnx_read_sparse(r, from->sparse_initializer[i - dense], &tensors[i]))
			return -1;
	return 0;
}

/* As deep as the messages were nested: onnx_strip.c has bounded that. */
static int read_graph(struct onnx_reader *r, const Onnx__GraphProto *from, struct onnx_graph *to)
{
	to->name = fc_onnx_text(r, from->name);
	return read_tensors(r, from, to) || read_nodes(r, from->node, from->n_node, to) ||
			       read_infos(r, from->input, from->n_input, &to->inputs, &to->input_count) ||
			       read_infos(r, from->output, from->n_output, &to->outputs, &to->output_count) ||
			       read_infos(r, from->value_info, from->n_value_info, &to->infos, &to->info_count)
		       ? -1
		       : 0;
}

static int read_functions(struct onnx_reader *r, const Onnx__ModelProto *from, struct onnx_model *to)
{
	struct onnx_function *const functions = FC_NEW_ARRAY(r->arena, struct onnx_function, from->n_functions + 1);

	to->functions = functions;
	to->function_count = (int)from->n_functions;
	for (size_t i = 0; i < from->n_functions; i++) {
		const Onnx__FunctionProto *const f = from->functions[i];

		functions[i] = (struct onnx_function){
			.domain = fc_onnx_text(r, f->domain),
			.name = fc_onnx_text(r, f->name),
			.overload = fc_onnx_text(r, f->overload),
			.input_count = (int)f->n_input,
			.output_count = (int)f->n_output,
			.inputs = texts(r, f->input, f->n_input),
			.outputs = texts(r, f->output, f->n_output),
		};
		if (read_attributes(r, f->attribute_proto, f->n_attribute_proto, &functions[i].defaults,
				    &functions[i].default_count) ||
		    read_nodes(r, f->node, f->n_node, &functions[i].body))
			return -1;
	}
	return 0;
}

static int read_model(struct onnx_reader *r, const Onnx__ModelProto *from, struct onnx_model *to)
{
	to->producer = fc_onnx_text(r, from->producer_name);
	for (size_t i = 0; i < from->n_opset_import; i++) {
		const char *const domain = from->opset_import[i]->domain;

		if (!domain || !*domain || !strcmp(domain, "ai.onnx"))
			to->opset = from->opset_import[i]->version;
	}
	if (!from->graph)
		return fc_fail(r->err, "found no graph, expected an ONNX file");
	return read_graph(r, from->graph, &to->graph) || read_functions(r, from, to) ? -1 : 0;
}

int fc_onnx_unpack(const void *data, size_t size, struct fc_arena *arena, struct onnx_model *model,
		   struct fc_error *err)
{
	struct onnx_reader r = { .arena = arena, .err = err };
	size_t used = 0;
	ProtobufCAllocator allocator = { allocate, release, &used };
	Onnx__ModelProto *const message = onnx__model_proto__unpack(&allocator, size, data);
	int rc;

	*model = (struct onnx_model){ 0 };
	if (!message)
		return fc_fail(err, "found messages that protobuf cannot read, expected an ONNX file");
	rc = read_model(&r, message, model);
	model->tensor_count = r.tensors;
	onnx__model_proto__free_unpacked(message, &allocator);
	return rc;
}

const char *fc_library_protobuf(void)
{
	return protobuf_c_version();
}
