/*
 * Counting rules: what tools in wide use add up, as linear formulas over the counters of cost.h. The figures that
 * each tool prints for six networks are tests/golden/tool_totals.csv; every row here equals them to the last digit.
 */
#include <string.h>

#include "flopclock/cost.h"
#include "flopclock/number.h"

enum counter {
#define X(name) COUNT_##name,
	FC_COUNTERS(X)
#undef X
	COUNTER_COUNT
};

#define WEIGHTS (const uint8_t[COUNTER_COUNT])
#define BIT(name) (UINT64_C(1) << COUNT_##name)

/* thop before 2022: a window's side is input / output rounded down, plus one operation for the division. */
static uint64_t floored_windows(struct fc_shape in, struct fc_shape out)
{
	return ((uint64_t)(in.h / out.h) * (uint64_t)(in.w / out.w) + 1) * (uint64_t)fc_shape_elements(out);
}

/* thop since 2022: real sides, in double precision, the product cut to an integer. */
static uint64_t real_windows(struct fc_shape in, struct fc_shape out)
{
	const double window = (double)in.h / (double)out.h * ((double)in.w / (double)out.w);

	return (uint64_t)((window + 1) * (double)fc_shape_elements(out));
}

static const struct fc_rule rules[] = {
	{
		.name = "core", .version = "1", .unit = "MAC",
		.formula = "conv + linear",
		.source = "multiply-accumulates of convolutions and dense layers; torchvision's own tables",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_linear_macs] = 1 },
	},
	{
		.name = "thop", .version = "0.1.1", .unit = "MAC",
		.formula = "conv + linear + 4 norm + avg pool out + adaptive pool modules (window + 1) per output",
		.source = "pytorch-OpCounter 0.1.1 of September 2022",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_linear_macs] = 1, [COUNT_norm_elements] = 4,
				    [COUNT_avg_pool_out] = 1 },
		.adaptive_pool = real_windows,
		.blind = BIT(other_activation_elements),
		.paper = true,
	},
	{
		.name = "thop-2020", .version = "0.0.31", .unit = "MAC",
		.formula = "conv + conv bias + linear + 2 norm + avg pool out + adaptive pool modules (window + 1) per output",
		.source = "pytorch-OpCounter of April 2020 to October 2021",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_conv_bias] = 1, [COUNT_linear_macs] = 1,
				    [COUNT_norm_elements] = 2, [COUNT_avg_pool_out] = 1 },
		.adaptive_pool = floored_windows,
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "fvcore", .version = "3378afe", .unit = "MAC",
		.formula = "conv + linear + 2 norm + adaptive pool in",
		.source = "fvcore's FlopCountAnalysis of February 2026 in evaluation mode",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_linear_macs] = 1, [COUNT_norm_elements] = 2,
				    [COUNT_adaptive_pool_in] = 1 },
	},
	{
		.name = "ptflops", .version = "0.7.5", .unit = "MAC",
		.formula = "conv + linear + biases + 2 norm + relu modules + relu + 2 pool in + adaptive pool in, modules twice",
		.source = "ptflops 0.7.5, backend pytorch, which counts modules and their functions",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_conv_bias] = 1, [COUNT_linear_macs] = 1,
				    [COUNT_linear_bias] = 1, [COUNT_norm_elements] = 2, [COUNT_relu_module_elements] = 1,
				    [COUNT_relu_elements] = 1, [COUNT_max_pool_in] = 2, [COUNT_avg_pool_in] = 2,
				    [COUNT_adaptive_pool_module_in] = 1, [COUNT_adaptive_pool_in] = 1 },
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "ptflops-aten", .version = "0.7.5", .unit = "MAC",
		.formula = "conv + linear + biases",
		.source = "ptflops 0.7.5, backend aten",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_conv_bias] = 1, [COUNT_linear_macs] = 1,
				    [COUNT_linear_bias] = 1 },
	},
	{
		.name = "ptflops-0.7", .version = "0.7", .unit = "MAC",
		.formula = "conv + linear + biases + 2 norm + relu modules + pool in + adaptive pool modules in",
		.source = "ptflops 0.7",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_conv_bias] = 1, [COUNT_linear_macs] = 1,
				    [COUNT_linear_bias] = 1, [COUNT_norm_elements] = 2, [COUNT_relu_module_elements] = 1,
				    [COUNT_max_pool_in] = 1, [COUNT_avg_pool_in] = 1,
				    [COUNT_adaptive_pool_module_in] = 1 },
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "ptflops-0.6", .version = "0.6.3", .unit = "MAC",
		.formula = "conv + conv bias + linear + 2 norm + relu modules + pool in + adaptive pool modules in",
		.source = "ptflops 0.6.3",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_conv_bias] = 1, [COUNT_linear_macs] = 1,
				    [COUNT_norm_elements] = 2, [COUNT_relu_module_elements] = 1, [COUNT_max_pool_in] = 1,
				    [COUNT_avg_pool_in] = 1, [COUNT_adaptive_pool_module_in] = 1 },
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "calflops", .version = "29ca584", .unit = "FLOP",
		.formula = "2 (conv + linear) + conv bias + 2 norm + relu + pool in + adaptive pool in",
		.source = "calflops (rules of DeepSpeed's profiler), FLOPs in evaluation mode",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 2, [COUNT_linear_macs] = 2, [COUNT_conv_bias] = 1,
				    [COUNT_norm_elements] = 2, [COUNT_relu_elements] = 1, [COUNT_max_pool_in] = 1,
				    [COUNT_avg_pool_in] = 1, [COUNT_adaptive_pool_in] = 1 },
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "calflops-macs", .version = "29ca584", .unit = "MAC",
		.formula = "conv + linear",
		.source = "calflops, the figure that it prints as MACs",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_linear_macs] = 1 },
	},
	{
		.name = "torchinfo", .version = "1.8.0", .unit = "MAC",
		.formula = "conv + linear + biases + norm parameters per image",
		.source = "torchinfo's mult-adds",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 1, [COUNT_conv_bias] = 1, [COUNT_linear_macs] = 1,
				    [COUNT_linear_bias] = 1, [COUNT_norm_params] = 1 },
	},
	{
		.name = "torch-profiler", .version = "1.13", .unit = "FLOP",
		.formula = "2 (conv + linear)",
		.source = "torch.profiler with_flops; torch.utils.flop_counter gives the same",
		.weights = WEIGHTS{ [COUNT_conv_macs] = 2, [COUNT_linear_macs] = 2 },
	},
	{
		.name = "in-bounds", .version = "1", .unit = "MAC",
		.formula = "conv without products with padding + linear",
		.source = "what remains when no product with a zero of the padding is counted; XLA's cost analysis",
		.weights = WEIGHTS{ [COUNT_conv_macs_in_bounds] = 1, [COUNT_linear_macs] = 1 },
	},
};

const struct fc_rule *fc_rule_at(int index)
{
	return index >= 0 && index < (int)(sizeof(rules) / sizeof(rules[0])) ? &rules[index] : NULL;
}

const struct fc_rule *fc_rule_find(const char *name)
{
	const struct fc_rule *rule;

	for (int i = 0; (rule = fc_rule_at(i)); i++)
		if (!strcmp(rule->name, name))
			return rule;
	return NULL;
}

static const uint64_t *counter_array(const struct fc_counts *counts)
{
	_Static_assert(sizeof(struct fc_counts) == COUNTER_COUNT * sizeof(uint64_t), "counters are 64-bit integers only");
	return (const uint64_t *)(const void *)counts;
}

static bool add_node(const struct fc_rule *rule, const struct fc_graph *graph, const struct fc_cost_table *table, int node,
		     uint64_t *total)
{
	const struct fc_node *const n = &graph->nodes[node];
	const uint64_t *const counts = counter_array(&table->counts[node]);
	uint64_t part;

	for (int i = 0; i < COUNTER_COUNT; i++)
		if (!fc_mul_u64(counts[i], rule->weights[i], &part) || !fc_add_u64(*total, part, total))
			return false;
	if (!rule->adaptive_pool || n->op != FC_OP_ADAPTIVE_AVG_POOL || n->attributes.functional)
		return true;
	return fc_add_u64(*total, rule->adaptive_pool(fc_graph_input_shape(graph, n, 0), n->shape), total);
}

int fc_rule_apply(const struct fc_rule *rule, const struct fc_cost_table *table, enum fc_pass pass, int node,
		  uint64_t *total, struct fc_error *err)
{
	const struct fc_graph *const graph = table->graph;
	const int first = node < 0 ? 0 : node, last = node < 0 ? graph->node_count - 1 : node;

	*total = 0;
	for (int i = first; i <= last; i++) {
		if (pass == FC_PASS_VALIDATE && graph->nodes[i].train_only)
			continue;
		if (!add_node(rule, graph, table, i, total))
			return fc_fail(err, "%s: layer '%s' (line %d): the total by rule %s does not fit 64 bits", graph->path,
				       graph->nodes[i].name, graph->nodes[i].line, rule->name);
	}
	return 0;
}

bool fc_rule_sees(const struct fc_rule *rule, const struct fc_cost_table *table, int node)
{
	const uint64_t *const counts = counter_array(&table->counts[node]);

	for (int i = 0; i < COUNTER_COUNT; i++)
		if (counts[i] && (rule->blind >> i & 1))
			return false;
	return true;
}

uint64_t fc_rule_published_hundredths(uint64_t macs)
{
	const uint64_t hundredth = 10000000;

	return 2 * (macs / hundredth + (macs % hundredth >= hundredth / 2));
}
