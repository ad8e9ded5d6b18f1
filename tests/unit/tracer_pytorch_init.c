/*
 * First values against torchvision's: spread, centre and bounds of every large parameter of the shipped networks, from
 * tests/golden/pytorch-init.csv (made by tests/peer/init.py). Draws are compared as draws are: within five standard errors
 * of both sides. For networks of many weights only the rule is compared, for the others what the executor really draws too.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/executor.h"
#include "flopclock/file.h"
#include "flopclock/model.h"

enum { FEW_WEIGHTS = 20000000 };

struct row {
	char network[32], layer[64];
	int param;
	unsigned long count;
	double mean, deviation, smallest, largest;
};

struct net {
	char name[32];
	struct fc_graph graph;
	struct fc_network *network;	/* NULL: of too many weights */
};

static void net_close(struct net *net)
{
	if (!net->name[0])
		return;
	if (net->network)
		fc_network_close(net->network);
	fc_graph_release(&net->graph);
	memset(net, 0, sizeof(*net));
}

static void net_open(struct net *net, const char *name)
{
	char path[4096];
	struct fc_model_request request = { .model = path, .classes = 10, .batch = 1 };
	struct fc_network_config config = { .seed = 1, .validate_only = true, .device = { .threads = 1 } };
	struct fc_error err = { "" };
	int64_t weights = 0;

	net_close(net);
	snprintf(path, sizeof(path), "%s/models/%s.net", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", name);
	if (fc_model_load(&request, &net->graph, &err))
		fail_msg("%s", err.text);
	snprintf(net->name, sizeof(net->name), "%s", name);
	for (int i = 0; i < net->graph.node_count; i++)
		for (int k = 0; k < net->graph.nodes[i].param_count; k++)
			weights += fc_shape_elements(net->graph.nodes[i].params[k].shape);
	config.backend = fc_backend_find("reference", &err);
	if (weights < FEW_WEIGHTS && (!config.backend || fc_network_open(&net->graph, &config, &net->network, &err)))
		fail_msg("%s", err.text);
}

static const struct fc_node *find(const struct fc_graph *graph, const char *layer)
{
	for (int i = 0; i < graph->node_count; i++)
		if (!strcmp(graph->nodes[i].name, layer))
			return &graph->nodes[i];
	fail_msg("%s has no layer %s", graph->name, layer);
	return NULL;
}

static double rule_deviation(const struct fc_init *init)
{
	switch (init->kind) {
	case FC_INIT_CONSTANT:
		return 0;
	case FC_INIT_UNIFORM:
		return init->a / sqrt(3);
	default:
		return init->a;
	}
}

static void expect_near(const struct row *row, const char *what, double got, double want, double allowed)
{
	if (!(fabs(got - want) <= allowed))
		fail_msg("%s %s, parameter %d: %s %.5g, PyTorch has %.5g, allowed is a difference of %.2g",
			 row->network, row->layer,
			 row->param, what, got, want, allowed);
}

static void compare_rule(const struct row *row, const struct fc_init *init)
{
	const double deviation = rule_deviation(init), error = deviation / sqrt(2.0 * (double)row->count);

	/* The file has four digits. */
	expect_near(row, "the rule's deviation is", deviation, row->deviation, 5 * error + 1e-3 * deviation);
	if (init->kind == FC_INIT_CONSTANT)
		expect_near(row, "the rule's value is", init->a, row->mean, 0);
	if (init->kind == FC_INIT_UNIFORM)
		/* The largest of n draws is close to the bound, and below it. */
		expect_near(row, "the rule's bound is", init->a, row->largest, init->a * (1e-3 + 20 / (double)row->count));
}

static void compare_draw(const struct row *row, struct fc_network *network, const struct fc_node *node)
{
	const struct fc_init *init = &node->params[row->param].init;
	float *values = malloc(row->count * sizeof(float));
	struct fc_error err = { "" };
	double sum = 0, squares = 0, error;

	assert_non_null(values);
	if (fc_network_read_param(network, node->index, row->param, false, values, &err))
		fail_msg("%s", err.text);
	for (unsigned long i = 0; i < row->count; i++) {
		sum += (double)values[i];
		squares += (double)values[i] * (double)values[i];
		if (init->kind == FC_INIT_UNIFORM)
			assert_true(fabs((double)values[i]) <= init->a * (1 + 1e-6));
	}
	free(values);
	sum /= (double)row->count;
	error = row->deviation / sqrt((double)row->count);
	expect_near(row, "the mean is", sum, row->mean, 7.1 * error + 1e-3 * fabs(row->mean));
	expect_near(row, "the deviation is", sqrt(fmax(0, squares / (double)row->count - sum * sum)), row->deviation,
		    5 * error + 1e-3 * row->deviation);
}

static void first_values_are_torchvisions(void **state)
{
	const char *root = getenv("FC_ROOT");
	char path[4096], *text, *rest, *line;
	struct fc_error err = { "" };
	struct net net = { .network = NULL };
	struct row row;
	int rules = 0, draws = 0;
	size_t size;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/golden/pytorch-init.csv", root ? root : ".");
	if (fc_file_read(path, 1 << 20, &text, &size, &err))
		fail_msg("%s", err.text);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const struct fc_node *node;

		if (sscanf(line, "%31[^,],%63[^,],%d,%lu,%lf,%lf,%lf,%lf",
			   row.network, row.layer, &row.param, &row.count, &row.mean,
			   &row.deviation, &row.smallest, &row.largest) != 8)
			continue;
		if (strcmp(net.name, row.network))
			net_open(&net, row.network);
		node = find(&net.graph, row.layer);
		assert_true(row.param < node->param_count);
		assert_int_equal(fc_shape_elements(node->params[row.param].shape), row.count);
		compare_rule(&row, &node->params[row.param].init);
		rules++;
		if (net.network) {
			compare_draw(&row, net.network, node);
			draws++;
		}
	}
	net_close(&net);
	free(text);
	assert_true(rules > 300 && draws > 200);
	print_message("%d parameters begin as torchvision's; %d of them drawn\n", rules, draws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_values_are_torchvisions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
