/*
 * Every shipped family of networks written as ONNX and read again: the same layers with the same costs, in every phase. The
 * ONNX side is written as PyTorch's exporter writes it: no silu, no channel shuffle, a Gemm behind a Flatten.
 */
#include "analyzer_onnx_write.h"

#include "flopclock/cost.h"
#include "flopclock/model.h"

/* -------- from a graph to text -------- */

struct out {
	const struct fc_graph *graph;
	const struct fc_node *node;
	struct fc_str tensors, nodes;
};

typedef void write_kind(struct out *o);

static void tensor(struct out *o, const char *suffix, const char *rest)
{
	fc_str_addf(&o->tensors, "tensor %s%s float %s\n", o->node->name, suffix, rest);
}

static void begin(struct out *o, const char *op)
{
	fc_str_addf(&o->nodes, "%s v%d", op, o->node->inputs[0]);
}

static void end(struct out *o, const char *attributes)
{
	fc_str_addf(&o->nodes, " -> v%d name:%s%s%s\n", o->node->index, o->node->name, *attributes ? " " : "",
		    attributes);
}

static void window(struct fc_str *text, const struct fc_attributes *a)
{
	fc_str_addf(text, "kernel_shape=[%d,%d] strides=[%d,%d] pads=[%d,%d,%d,%d]", (int)a->kernel_h,
		    (int)a->kernel_w, (int)a->stride_h, (int)a->stride_w, (int)a->pad_h, (int)a->pad_w,
		    (int)a->pad_end_h, (int)a->pad_end_w);
}

static void write_conv(struct out *o)
{
	const struct fc_attributes *const a = &o->node->attributes;
	const struct fc_shape w = o->node->params[0].shape;
	struct fc_str text = { 0 };

	fc_str_addf(&text, "%d %d %d %d", (int)w.n, (int)w.c, (int)w.h, (int)w.w);
	tensor(o, ".weight", text.text);
	fc_str_clear(&text);
	fc_str_addf(&text, "%d", (int)a->out);
	if (a->bias)
		tensor(o, ".bias", text.text);
	fc_str_clear(&text);
	window(&text, a);
	fc_str_addf(&text, " dilations=[%d,%d] group=%d", (int)a->dilation_h, (int)a->dilation_w, (int)a->groups);
	begin(o, "Conv");
	fc_str_addf(&o->nodes, ",%s.weight", o->node->name);
	if (a->bias)
		fc_str_addf(&o->nodes, ",%s.bias", o->node->name);
	end(o, text.text);
	fc_str_release(&text);
}

static void write_batch_norm(struct out *o)
{
	static const char *const names[] = { ".scale", ".shift", ".mean", ".variance" };
	char channels[32];

	snprintf(channels, sizeof(channels), "%d", (int)o->node->shape.c);
	begin(o, "BatchNormalization");
	for (int i = 0; i < 4; i++) {
		tensor(o, names[i], channels);
		fc_str_addf(&o->nodes, ",%s%s", o->node->name, names[i]);
	}
	end(o, "");
}

static void write_pool(struct out *o)
{
	struct fc_str text = { 0 };

	window(&text, &o->node->attributes);
	if (o->node->attributes.ceil)
		fc_str_add(&text, " ceil_mode=1");
	if (o->node->op == FC_OP_AVG_POOL && !o->node->attributes.exclude_pad)
		fc_str_add(&text, " count_include_pad=1");
	begin(o, o->node->op == FC_OP_MAX_POOL ? "MaxPool" : "AveragePool");
	end(o, text.text);
	fc_str_release(&text);
}

/* Of another size than 1 the standard has no op; where it divides, windows do the same. */
static void write_adaptive(struct out *o)
{
	const struct fc_shape in = fc_graph_input_shape(o->graph, o->node, 0), out = o->node->shape;
	struct fc_attributes a = { .kernel_h = in.h / out.h, .kernel_w = in.w / out.w };
	struct fc_str text = { 0 };

	a.stride_h = a.kernel_h;
	a.stride_w = a.kernel_w;
	window(&text, &a);
	begin(o, out.h == 1 ? "GlobalAveragePool" : "AveragePool");
	end(o, out.h == 1 ? "" : text.text);
	fc_str_release(&text);
}

static void write_dense(struct out *o)
{
	const struct fc_shape w = o->node->params[0].shape;
	char text[64];

	snprintf(text, sizeof(text), "%d %d", (int)w.n, (int)w.c);
	tensor(o, ".weight", text);
	snprintf(text, sizeof(text), "%d", (int)w.n);
	tensor(o, ".bias", text);
	fc_str_addf(&o->nodes, "Flatten v%d -> f%d\nGemm f%d,%s.weight,%s.bias", o->node->inputs[0], o->node->index,
		    o->node->index, o->node->name, o->node->name);
	end(o, "transB=1");
}

static void write_clip(struct out *o)
{
	begin(o, "Clip");
	fc_str_add(&o->nodes, ",zero,six");
	end(o, "");
}

static void write_silu(struct out *o)
{
	fc_str_addf(&o->nodes, "Sigmoid v%d -> s%d\nMul v%d,s%d", o->node->inputs[0], o->node->index,
		    o->node->inputs[0], o->node->index);
	end(o, "");
}

static void write_hard_sigmoid(struct out *o)
{
	begin(o, "HardSigmoid");
	end(o, "alpha=0.16666667 beta=0.5");
}

static void write_join(struct out *o)
{
	static const char *const ops[FC_OP_COUNT] = {
		[FC_OP_ADD] = "Sum", [FC_OP_MULTIPLY] = "Mul", [FC_OP_CONCAT] = "Concat"
	};

	begin(o, ops[o->node->op]);
	for (int k = 1; k < o->node->input_count; k++)
		fc_str_addf(&o->nodes, ",v%d", o->node->inputs[k]);
	end(o, o->node->op == FC_OP_CONCAT ? "axis=1" : "");
}

static void write_shuffle(struct out *o)
{
	const struct fc_shape s = o->node->shape;
	const int i = o->node->index, groups = (int)o->node->attributes.groups;

	fc_str_addf(&o->tensors, "tensor split%d int64 5 : 0 %d %d %d %d\ntensor join%d int64 4 : 0 -1 %d %d\n", i,
		    groups, (int)s.c / groups, (int)s.h, (int)s.w, i, (int)s.h, (int)s.w);
	fc_str_addf(&o->nodes,
		    "Reshape v%d,split%d -> a%d\nTranspose a%d -> b%d perm=[0,2,1,3,4] name:%s\nReshape b%d,join%d "
		    "-> v%d\n",
		    o->node->inputs[0], i, i, i, i, o->node->name, i, i, i);
}

static void write_slice(struct out *o)
{
	const struct fc_attributes *const a = &o->node->attributes;
	const int i = o->node->index;
	const long long last = (long long)(a->first + (a->count - 1) * a->step + 1);

	fc_str_addf(&o->tensors,
		    "tensor from%d int64 1 : %lld\ntensor to%d int64 1 : %lld\ntensor axis%d int64 1 : %lld\n", i,
		    (long long)a->first, i, last, i, (long long)a->axis);
	fc_str_addf(&o->tensors, "tensor step%d int64 1 : %lld\n", i, (long long)a->step);
	fc_str_addf(&o->nodes, "Slice v%d,from%d,to%d,axis%d,step%d", o->node->inputs[0], i, i, i, i);
	end(o, "");
}

/* An exporter of networks in training writes the ratio as an input. */
static void write_dropout(struct out *o)
{
	fc_str_addf(&o->tensors, "tensor ratio%d float : %g\n", o->node->index, o->node->attributes.probability);
	begin(o, "Dropout");
	fc_str_addf(&o->nodes, ",ratio%d", o->node->index);
	end(o, "");
}

/* Nothing in validation. */
static void write_nothing(struct out *o)
{
	begin(o, "Identity");
	end(o, "");
}

static void write_plain(struct out *o)
{
	static const char *const ops[FC_OP_COUNT] = {
		[FC_OP_RELU] = "Relu", [FC_OP_SIGMOID] = "Sigmoid", [FC_OP_HARD_SWISH] = "HardSwish"
	};

	begin(o, ops[o->node->op]);
	end(o, "");
}

static write_kind *const writers[FC_OP_COUNT] = {
	[FC_OP_CONV] = write_conv,
	[FC_OP_BATCH_NORM] = write_batch_norm,
	[FC_OP_RELU] = write_plain,
	[FC_OP_SIGMOID] = write_plain,
	[FC_OP_HARD_SWISH] = write_plain,
	[FC_OP_RELU6] = write_clip,
	[FC_OP_SILU] = write_silu,
	[FC_OP_HARD_SIGMOID] = write_hard_sigmoid,
	[FC_OP_MAX_POOL] = write_pool,
	[FC_OP_AVG_POOL] = write_pool,
	[FC_OP_ADAPTIVE_AVG_POOL] = write_adaptive,
	[FC_OP_DENSE] = write_dense,
	[FC_OP_ADD] = write_join,
	[FC_OP_MULTIPLY] = write_join,
	[FC_OP_CONCAT] = write_join,
	[FC_OP_CHANNEL_SHUFFLE] = write_shuffle,
	[FC_OP_SLICE] = write_slice,
	[FC_OP_DROPOUT] = write_dropout,
	[FC_OP_STOCHASTIC_DEPTH] = write_nothing,
};

static struct fc_str export(const struct fc_graph *graph)
{
	const struct fc_shape in = graph->nodes[0].shape;
	struct out o = { .graph = graph };
	struct fc_str text = { 0 }, file;

	for (int i = 1; i < graph->node_count; i++) {
		o.node = &graph->nodes[i];
		if (!writers[o.node->op])
			fail_msg("%s: a layer of kind %s is not written", graph->name, fc_op_name(o.node->op));
		writers[o.node->op](&o);
	}
	fc_str_addf(&text,
		    "opset 17\ninput v0 float batch %d %s %d\ntensor zero float : 0\ntensor six float : "
		    "6\n%s%soutput v%d float none",
		    (int)in.c, "height", (int)in.w, o.tensors.text, o.nodes.text, graph->heads[0].node);
	file = write_onnx(text.text);
	fc_str_release(&text);
	fc_str_release(&o.tensors);
	fc_str_release(&o.nodes);
	return file;
}

/* -------- the comparison -------- */

struct loaded {
	struct fc_graph graph;
	struct fc_cost_table table;
};

static const struct fc_node *find(const struct fc_graph *graph, const char *name)
{
	for (int i = 0; i < graph->node_count; i++)
		if (!strcmp(graph->nodes[i].name, name))
			return &graph->nodes[i];
	fail_msg("%s: no layer is called %s", graph->path, name);
	return NULL;
}

static void compare_phases(const struct loaded *a, const struct fc_node *x, const struct loaded *b,
			   const struct fc_node *y)
{
	for (enum fc_phase phase = FC_PHASE_FORWARD; phase <= FC_PHASE_UPDATE; phase++) {
		const struct fc_cost *const c = fc_cost_find(&a->table, (struct fc_step){ x->index, phase });
		const struct fc_cost *const d = fc_cost_find(&b->table, (struct fc_step){ y->index, phase });

		if (!c != !d || (c && (c->macs != d->macs || c->flops != d->flops || c->params != d->params ||
				       c->bytes_read != d->bytes_read || c->bytes_written != d->bytes_written)))
			fail_msg("%s: %s costs something else in phase %s", a->graph.name, x->name,
				 fc_phase_name(phase));
	}
}

/* The shape, the counters, every phase. What was a module is lost. */
static void compare_node(const struct loaded *a, const struct fc_node *x, const struct loaded *b)
{
	const struct fc_node *const y = find(&b->graph, x->name);
	struct fc_counts c = a->table.counts[x->index], d = b->table.counts[y->index];
	const bool replaced = x->op == FC_OP_ADAPTIVE_AVG_POOL && x->shape.h != 1;

	if (memcmp(&x->shape, &y->shape, sizeof(x->shape)) || (x->op != y->op && !replaced))
		fail_msg("%s: %s became a %s", a->graph.name, x->name, fc_node_kind(y));
	c.relu_module_elements = d.relu_module_elements = 0;
	c.adaptive_pool_module_in = d.adaptive_pool_module_in = 0;
	c.adaptive_pool_module_out = d.adaptive_pool_module_out = 0;
	if (!replaced && memcmp(&c, &d, sizeof(c)))
		fail_msg("%s: %s counts something else", a->graph.name, x->name);
	compare_phases(a, x, b, y);
}

static void compare(const char *model)
{
	struct fc_model_request request = { .model = model, .batch = 3 };
	struct fc_error err = { "" };
	struct fc_str file;
	struct loaded a, b;
	int dropped = 0;

	if (fc_model_load(&request, &a.graph, &err) || fc_cost_build(&a.graph, &a.table, &err))
		fail_msg("%s", err.text);
	file = export(&a.graph);
	request.model = "again.onnx";
	request.input[0] = a.graph.nodes[0].shape.c;
	request.input[1] = a.graph.nodes[0].shape.h;
	request.input[2] = a.graph.nodes[0].shape.w;
	if (fc_model_read(&request, file.text, file.length, &b.graph, &err) ||
	    fc_cost_build(&b.graph, &b.table, &err))
		fail_msg("%s: %s", model, err.text);
	for (int i = 0; i < a.graph.node_count; i++) {
		if (a.graph.nodes[i].op == FC_OP_STOCHASTIC_DEPTH)
			dropped++;
		else
			compare_node(&a, &a.graph.nodes[i], &b);
	}
	assert_int_equal(a.graph.node_count, b.graph.node_count + dropped);
	assert_int_equal(a.table.params, b.table.params);
	assert_int_equal(a.graph.classes, b.graph.classes);
	assert_null(b.graph.untrainable);
	fc_str_release(&file);
	fc_cost_release(&a.table);
	fc_cost_release(&b.table);
	fc_graph_release(&a.graph);
	fc_graph_release(&b.graph);
}

static void shipped_models(void **state)
{
	static const char *const models[] = {
		"lenet5",
		"alexnet",
		"vgg11",
		"vgg16",
		"vgg16_bn",
		"googlenet",
		"resnet18",
		"resnet50",
		"resnext50_32x4d",
		"densenet121",
		"densenet161",
		"mobilenet_v2",
		"squeezenet1_0",
		"squeezenet1_1",
		"mobilenet_v3_small",
		"mobilenet_v3_large",
		"shufflenet_v2_x1_0",
		"efficientnet_b0",
		"inception_v3",
		"d2l_resnet18",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		compare(models[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
