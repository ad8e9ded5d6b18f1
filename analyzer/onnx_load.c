/*
 * From an ONNX file to a graph. The file is mapped, so that what is not looked at is never read; its structure is copied
 * (onnx_strip.c), unpacked (onnx_unpack_protobuf.c) and carried out (onnx_run.c).
 */
#include "onnx_load.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flopclock/file.h"

#include "onnx_graph.h"
#include "onnx_machine.h"
#include "onnx_strip.h"
#include "rebatch.h"

/* Protobuf's own limit; larger networks keep their weights in other files. */
#define MAX_BYTES INT64_C(2147483647)
#define MIN_OPSET 7

static const char suffix[] = ".onnx";

bool fc_onnx_is_path(const char *model)
{
	const size_t length = strlen(model);

	return length > sizeof(suffix) - 1 && !strcmp(model + length - (sizeof(suffix) - 1), suffix);
}

static void set_identity(struct onnx_machine *m)
{
	struct fc_graph *const graph = m->graph;
	const char *const path = m->request->model, *const slash = strrchr(path, '/'),
			  *const name = slash ? slash + 1 : path;
	const struct fc_texts *const settings = &m->request->settings;
	struct fc_str all = { 0 };

	for (int i = 0; i < settings->count; i++)
		fc_str_addf(&all, "%s%s", i ? ", " : "", settings->text[i]);
	graph->path = fc_arena_strdup(&graph->arena, path);
	graph->name = fc_arena_strndup(&graph->arena, name,
				       strlen(name) - (fc_onnx_is_path(name) ? sizeof(suffix) - 1 : 0));
	graph->settings = fc_arena_strdup(&graph->arena, all.text ? all.text : "");
	graph->parameters = graph->settings;
	fc_str_release(&all);
}

/* Of the structure and the settings; weights do not change what a network costs. */
static void set_digest(struct onnx_machine *m, struct fc_str *structure)
{
	const size_t length = structure->length;

	fc_str_addc(structure, '\n');
	fc_str_add(structure, m->graph->settings);
	fc_sha256(structure->text, structure->length, m->graph->digest);
	structure->length = length;
}

static int check_request(const struct onnx_machine *m)
{
	const struct fc_model_request *const request = m->request;

	if (request->batch < 1 || request->batch > 1000000000)
		return fc_fail(m->err, "found a batch of %lld, expected 1 to 1000000000", (long long)request->batch);
	if (m->model->opset && m->model->opset < MIN_OPSET)
		return fc_fail(m->err, "found version %lld of the operator set, expected at least %d",
			       (long long)m->model->opset, MIN_OPSET);
	return 0;
}

/* -------- the outputs -------- */

static int finish(struct onnx_machine *m, const struct onnx_scope *scope)
{
	const struct onnx_graph *const graph = &m->model->graph;
	struct onnx_value **const outputs = FC_NEW_ARRAY(&m->arena, struct onnx_value *, graph->output_count + 1);
	const int64_t classes = m->request->classes;

	for (int i = 0; i < graph->output_count; i++) {
		outputs[i] = fc_onnx_find(scope, graph->outputs[i].name);
		if (!outputs[i])
			return fc_fail(m->err, "found no node that makes the output '%.200s', expected one",
				       graph->outputs[i].name);
	}
	if (fc_onnx_finish(m, outputs, graph->output_count))
		return -1;
	if (classes && classes != m->graph->classes)
		return fc_fail(m->err, "found --classes %lld, expected none: the file answers with %lld classes",
			       (long long)classes, (long long)m->graph->classes);
	return 0;
}

/* -------- the whole -------- */

static int run(struct onnx_machine *m)
{
	const struct onnx_graph *const graph = &m->model->graph;
	const char **const wanted = FC_NEW_ARRAY(&m->arena, const char *, graph->output_count + 1);
	struct onnx_scope scope = { 0 };
	int rc;

	m->parameters = FC_NEW_ARRAY(&m->arena, struct onnx_parameter, m->model->tensor_count + 1);
	for (int i = 0; i < graph->output_count; i++)
		wanted[i] = graph->outputs[i].name;
	for (int i = 0; i < m->model->function_count; i++) {
		const struct onnx_function *const f = &m->model->functions[i];

		fc_onnx_map_put(&m->functions, fc_onnx_function_key(m, f->domain, f->name, f->overload), f);
	}
	fc_onnx_enter(m, &scope, graph);
	rc = fc_onnx_bind_inputs(m, &scope) || fc_onnx_run_graph(m, &scope, graph, wanted, graph->output_count) ||
			     finish(m, &scope)
		     ? -1
		     : 0;
	fc_onnx_leave(&scope);
	return rc;
}

static int build(struct onnx_machine *m, const void *data, size_t size)
{
	struct fc_str structure = { 0 };
	struct onnx_model *const model = FC_NEW(&m->arena, struct onnx_model);
	int rc = fc_onnx_strip(data, size, &structure, m->err);

	set_identity(m);
	if (!rc) {
		set_digest(m, &structure);
		rc = fc_onnx_unpack(structure.text ? structure.text : "", structure.length, &m->arena, model, m->err);
	}
	fc_str_release(&structure);
	m->model = model;
	return rc || check_request(m) || run(m) ? -1 : 0;
}

/* What a file made for one batch says of shapes holds for that batch alone; of another it costs as much for each image. */
static int rebatch(const struct onnx_machine *m)
{
	const int64_t wanted = m->request->batch;

	if (!m->fixed_batch || wanted == m->fixed_batch || wanted == 1)
		return 0;
	return fc_graph_rebatch(m->graph, wanted, m->err);
}

int fc_onnx_read(const struct fc_model_request *request, const void *data, size_t size, struct fc_graph *graph,
		 struct fc_error *err)
{
	struct onnx_machine m = { .graph = graph, .request = request, .err = err };
	int rc;

	*graph = (struct fc_graph){ 0 };
	fc_arena_init(&m.arena);
	fc_arena_init(&graph->arena);
	rc = build(&m, data, size);
	if (rc)
		fc_fail_context(err, "%s", request->model);
	else
		rc = rebatch(&m);
	if (rc) {
		/* Until the graph is complete its nodes are a growing array. */
		if (m.capacity)
			free(graph->nodes);
		fc_graph_release(graph);
	}
	fc_onnx_map_release(&m.functions);
	fc_onnx_map_release(&m.symbols);
	fc_onnx_map_release(&m.uncounted);
	fc_arena_release(&m.arena);
	return rc;
}

static int map(const char *path, int file, void **data, size_t *size, struct fc_error *err)
{
	struct stat st;

	if (fstat(file, &st))
		return fc_fail_errno(err, "%s: cannot be read", path);
	if (!S_ISREG(st.st_mode))
		return fc_fail(err, "%s: found %s, expected an ONNX file", path,
			       S_ISDIR(st.st_mode) ? "a folder" : "no regular file");
	if (st.st_size > MAX_BYTES)
		return fc_fail(err, "%s: found %lld bytes, expected at most %lld, as many as an ONNX file can have",
			       path, (long long)st.st_size, (long long)MAX_BYTES);
	*size = (size_t)st.st_size;
	*data = *size ? mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
	return *data == MAP_FAILED ? fc_fail_errno(err, "%s: cannot be read", path) : 0;
}

int fc_onnx_load(const struct fc_model_request *request, struct fc_graph *graph, struct fc_error *err)
{
	/* Without O_NONBLOCK a named pipe would wait for its writer before it can be refused. */
	const int file = open(request->model, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	void *data = NULL;
	size_t size = 0;
	int rc;

	if (file < 0)
		return fc_fail_errno(err, "%s: cannot be read", request->model);
	rc = map(request->model, file, &data, &size, err);
	if (!rc) {
		rc = fc_onnx_read(request, data, size, graph, err);
		if (size)
			munmap(data, size);
	}
	close(file);
	return rc;
}
