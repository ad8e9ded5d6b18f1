/* Files from text, loaded: what the tests of the reader of ONNX share. */
#ifndef ANALYZER_ONNX_GIVEN_H
#define ANALYZER_ONNX_GIVEN_H

#include "analyzer_onnx_write.h"

#include "flopclock/cost.h"
#include "flopclock/model.h"

struct given {
	int64_t batch, input[3], classes;
	const char *settings[4];
};

static inline int load(const char *text, const struct given *given, struct fc_graph *graph, struct fc_error *err)
{
	struct fc_model_request request = { .model = "x.onnx", .batch = given && given->batch ? given->batch : 1 };
	struct fc_str file = write_onnx(text);
	int rc;

	for (int i = 0; given && i < 3; i++)
		request.input[i] = given->input[i];
	request.classes = given ? given->classes : 0;
	for (int i = 0; given && i < 4 && given->settings[i]; i++)
		request.settings.text[request.settings.count++] = given->settings[i];
	rc = fc_model_read(&request, file.text, file.length, graph, err);
	fc_str_release(&file);
	return rc;
}

static inline struct fc_graph good(const char *text, const struct given *given)
{
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (load(text, given, &graph, &err))
		fail_msg("%s\n%s", err.text, text);
	return graph;
}

static inline void bad(const char *text, const struct given *given, const char *sentence)
{
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (!load(text, given, &graph, &err))
		fail_msg("no error, expected: %s", sentence);
	if (!strstr(err.text, sentence) || strncmp(err.text, "x.onnx: ", 8) || strchr(err.text, '\n'))
		fail_msg("%s\nexpected %s", err.text, sentence);
}

/* "2 6 1 1" */
static inline void check_shape(struct fc_shape s, int n, int c, int h, int w)
{
	assert_int_equal(s.n, n);
	assert_int_equal(s.c, c);
	assert_int_equal(s.h, h);
	assert_int_equal(s.w, w);
}

static inline uint64_t params_of(const struct fc_graph *graph)
{
	uint64_t params = 0;

	for (int i = 0; i < graph->node_count; i++)
		for (int p = 0; p < graph->nodes[i].param_count; p++)
			params += (uint64_t)fc_shape_elements(graph->nodes[i].params[p].shape);
	return params;
}

/* Of a forward pass. */
static inline uint64_t macs_of(const struct fc_graph *graph)
{
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_counts sum;

	if (fc_cost_build(graph, &table, &err) || fc_cost_counts(&table, FC_PASS_VALIDATE, &sum, &err))
		fail_msg("%s", err.text);
	fc_cost_release(&table);
	return sum.conv_macs + sum.linear_macs + sum.matmul_macs;
}

#define CONV "tensor w float 4 3 3 3\nConv x,w -> c name:first\n"
#define END  "GlobalAveragePool c -> g\nFlatten g -> y\noutput y float none"

#endif
