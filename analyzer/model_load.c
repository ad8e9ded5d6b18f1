/*
 * From a name on the command line to a graph.
 */
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"
#include "flopclock/model.h"

#include "model_machine.h"
#include "model_parse.h"
#include "onnx_load.h"

/* "depths=3 4 6 3" becomes an override; commas mean blanks. */
static int add_setting(struct machine *m, const char *setting)
{
	const char *const equals = strchr(setting, '=');
	struct override *const o = FC_NEW(&m->arena, struct override);
	struct source *const source = FC_NEW(&m->arena, struct source);
	struct parser p = { .arena = &m->arena, .err = m->err };
	struct list list = { 0 };
	char *text;

	if (!equals || equals == setting)
		return fc_fail(m->err, "found the setting '%s', expected NAME=VALUE", setting);
	o->name = fc_arena_strndup(&m->arena, setting, (size_t)(equals - setting));
	for (const struct override *other = m->settings; other; other = other->next)
		if (!strcmp(other->name, o->name))
			return fc_fail(m->err, "found '%s' set a second time, expected it once", o->name);
	text = fc_arena_strdup(&m->arena, equals + 1);
	for (char *c = text; *c; c++)
		if (*c == ',')
			*c = ' ';
	source->path = fc_arena_printf(&m->arena, "setting %s", o->name);
	source->what = "setting";
	source->text = text;
	source->size = strlen(text);
	o->place = (struct place){ source, 1, 1 };
	if (fc_lexer_start(&p.lexer, source, m->err) || fc_parse_list(&p, &list))
		return -1;
	if (p.lexer.token.kind != TOKEN_END)
		return fc_token_unexpected(&p.lexer.token, m->err, "the end of the value");
	o->next = m->settings;
	m->settings = o;
	return fc_eval_list(m, &list, -1, &o->value);
}

static int add_settings(struct machine *m, const struct fc_texts *settings)
{
	struct fc_str all = { 0 };

	for (int i = 0; i < settings->count; i++) {
		if (add_setting(m, settings->text[i])) {
			fc_str_release(&all);
			return -1;
		}
		fc_str_addf(&all, "%s%s", i ? ", " : "", settings->text[i]);
	}
	m->graph->settings = fc_arena_strdup(&m->graph->arena, all.text ? all.text : "");
	fc_str_release(&all);
	return 0;
}

static int check_settings(struct machine *m)
{
	for (const struct override *o = m->settings; o; o = o->next)
		if (!o->used)
			return fc_fail(m->err, "%s: found the setting '%s', expected a parameter of the network (%s)",
				       m->graph->path, o->name,
				       m->parameters.length ? m->parameters.text : "it has none");
	return 0;
}

static void start(struct machine *m)
{
	fc_arena_init(&m->arena);
	fc_arena_init(&m->graph->arena);
	m->graph->batch = m->request->batch;
	m->global = FC_NEW(&m->arena, struct scope);
	fc_scope_enter(m, m->global, "", true);
	for (int op = 0; op < FC_OP_COUNT; op++)
		m->defaults[op] = fc_op_defaults((enum fc_op)op);
}

static void stop(struct machine *m)
{
	fc_symbols_release(&m->symbols);
	fc_str_release(&m->parameters);
	fc_str_release(&m->values);
	fc_str_release(&m->digest);
	free(m->places);
	fc_arena_release(&m->arena);
}

static int check_request(const struct fc_model_request *request, struct fc_error *err)
{
	if (request->batch < 1 || request->batch > (int64_t)OP_LIMIT)
		return fc_fail(err, "found a batch of %lld, expected 1 to %.0f", (long long)request->batch, OP_LIMIT);
	if (request->classes < 0 || request->classes > (int64_t)OP_LIMIT)
		return fc_fail(err, "found %lld classes, expected 1 to %.0f", (long long)request->classes, OP_LIMIT);
	return 0;
}

static int build(struct machine *m, const char *path, const char *variant, const char *text, size_t size)
{
	struct model_file file = { .variant = variant && *variant ? variant : NULL };
	struct source *source;
	struct place end;

	m->graph->path = fc_arena_strdup(&m->graph->arena, path);
	if (add_settings(m, &m->request->settings))
		return -1;
	if (text) {
		source = FC_NEW(&m->arena, struct source);
		*source = (struct source){
			.path = fc_arena_strdup(&m->arena, path),
			.text = fc_arena_strndup(&m->arena, text, size),
			.size = size,
		};
		file.source = source;
		fc_str_addn(&m->digest, text, size);
		if (fc_parse_file(source, &m->arena, &file.statements, m->err))
			return -1;
	} else if (fc_model_open(m, path, &file.source, &file.statements)) {
		return -1;
	}
	end = file.statements->place;
	if (fc_run_file(m, &file) || check_settings(m) || fc_build_finish(m, end))
		return -1;
	m->graph->parameters = fc_arena_strdup(&m->graph->arena, m->values.text ? m->values.text : "");
	if (file.variant)
		fc_str_addf(&m->digest, "variant %s\n", file.variant);
	fc_str_add(&m->digest, m->graph->settings);
	fc_sha256(m->digest.text, m->digest.length, m->graph->digest);
	return 0;
}

static int load(const struct fc_model_request *request, const char *path, const char *variant, const char *text, size_t size,
		struct fc_graph *graph, struct fc_error *err)
{
	struct machine m = { .graph = graph, .request = request, .err = err };
	int rc;

	*graph = (struct fc_graph){ 0 };
	if (check_request(request, err))
		return -1;
	start(&m);
	rc = build(&m, path, variant, text, size);
	if (rc) {
		/* Until the graph is complete its nodes are a growing array. */
		if (m.node_capacity)
			free(graph->nodes);
		fc_graph_release(graph);
	}
	stop(&m);
	return rc;
}

int fc_model_load(const struct fc_model_request *request, struct fc_graph *graph, struct fc_error *err)
{
	struct model_location at = { .path = { 0 } };
	int rc;

	if (fc_onnx_is_path(request->model))
		return fc_onnx_load(request, graph, err);
	rc = fc_model_find(request->model, &at, err);
	if (!rc)
		rc = load(request, at.path.text, at.variant.text, NULL, 0, graph, err);
	fc_location_release(&at);
	return rc;
}

int fc_model_read(const struct fc_model_request *request, const char *text, size_t size, struct fc_graph *graph,
		  struct fc_error *err)
{
	if (fc_onnx_is_path(request->model))
		return fc_onnx_read(request, text, size, graph, err);
	return load(request, request->model, NULL, text, size, graph, err);
}

bool fc_model_fixes_classes(const char *model)
{
	return fc_onnx_is_path(model);
}
