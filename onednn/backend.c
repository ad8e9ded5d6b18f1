#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/host.h"
#include "onednn.h"

static const struct onednn_leaf *const leaves[FC_OP_COUNT] = {
	[FC_OP_INPUT] = &onednn_input,
	[FC_OP_CONV] = &onednn_conv,
	[FC_OP_BATCH_NORM] = &onednn_batch_norm,
	[FC_OP_RELU] = &onednn_relu,
	[FC_OP_SIGMOID] = &onednn_sigmoid,
	[FC_OP_MAX_POOL] = &onednn_max_pool,
	[FC_OP_AVG_POOL] = &onednn_avg_pool,
	[FC_OP_ADAPTIVE_AVG_POOL] = &onednn_avg_pool,
	[FC_OP_RELU6] = &onednn_function,
	[FC_OP_LEAKY_RELU] = &onednn_function,
	[FC_OP_ELU] = &onednn_function,
	[FC_OP_HARD_SIGMOID] = &onednn_function,
	[FC_OP_SILU] = &onednn_function,
	[FC_OP_HARD_SWISH] = &onednn_function,
	[FC_OP_GELU] = &onednn_function,
	[FC_OP_TANH] = &onednn_function,
	[FC_OP_SCALE] = &onednn_function,
	[FC_OP_CLIP] = &onednn_function,
	[FC_OP_MULTIPLY] = &onednn_multiply,
	[FC_OP_SLICE] = &onednn_channels,
	[FC_OP_CHANNEL_SHUFFLE] = &onednn_channels,
	[FC_OP_STOCHASTIC_DEPTH] = &onednn_depth,
	[FC_OP_DROPOUT] = &onednn_dropout,
	[FC_OP_ADD] = &onednn_add,
	[FC_OP_CONCAT] = &onednn_concat,
	[FC_OP_DENSE] = &onednn_dense,
};

bool onednn_suits_all(const struct fc_layer *layer)
{
	(void)layer;
	return true;
}

/* The reference computes what has no leaf here, and forms of a kind that its leaf does not know. */
static const struct onednn_leaf *leaf_of(const struct fc_layer *layer)
{
	const struct onednn_leaf *const leaf = leaves[layer->node->op];

	if (!leaf || (leaf->suits ? !leaf->suits(layer) : fc_op_beyond(layer->graph, layer->node) != NULL))
		return &onednn_plain;
	return leaf;
}

static int backend_available(struct fc_error *err)
{
	const dnnl_version_t *version = dnnl_version();

	if (version->major != DNNL_VERSION_MAJOR)
		return fc_fail(err, "oneDNN %d was built against and version %d.%d.%d is installed",
			       DNNL_VERSION_MAJOR, version->major, version->minor, version->patch);
	return 0;
}

/*
 * How many threads were asked for; 0: OpenMP's own choice, which heeds OMP_NUM_THREADS and the set of allowed cores.
 * What it does not heed is the quota of a container: threads beyond it would only wait for each other.
 */
static int choose_threads(const struct fc_device_config *config)
{
	double quota, period;
	FILE *file;
	int cores = 0;

	if (config->threads > 0 || getenv("OMP_NUM_THREADS"))
		return config->threads;
	file = fopen("/sys/fs/cgroup/cpu.max", "r");
	if (!file)
		return 0;
	if (fscanf(file, "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0)
		cores = (int)(quota / period + 0.99);
	fclose(file);
	return cores > 0 && cores < omp_get_max_threads() ? cores : 0;
}

static int backend_open(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	struct fc_device *opened;

	*device = NULL;
	if (backend_available(err))
		return -1;
	opened = fc_calloc(1, sizeof(*opened));
	if (choose_threads(config) > 0)
		omp_set_num_threads(choose_threads(config));
	opened->threads = omp_get_max_threads();
	opened->block = dnnl_get_effective_cpu_isa() >= dnnl_cpu_isa_avx512_mic ? 16 : 8;
	if (onednn_check(dnnl_engine_create(&opened->engine, dnnl_cpu, 0), "opening the processor", err) ||
	    onednn_check(dnnl_stream_create(&opened->stream, opened->engine, dnnl_stream_default_flags),
			 "opening a stream", err)) {
		dnnl_engine_destroy(opened->engine);
		free(opened);
		return -1;
	}
	*device = opened;
	return 0;
}

static void backend_close(struct fc_device *device)
{
	if (!device)
		return;
	dnnl_stream_destroy(device->stream);
	dnnl_engine_destroy(device->engine);
	free(device);
}

static const char *isa_name(dnnl_cpu_isa_t isa)
{
	static const struct {
		dnnl_cpu_isa_t isa;
		const char *name;
	} names[] = {
		{ dnnl_cpu_isa_sse41, "SSE4.1" },
		{ dnnl_cpu_isa_avx, "AVX" },
		{ dnnl_cpu_isa_avx2, "AVX2" },
		{ dnnl_cpu_isa_avx2_vnni, "AVX2 VNNI" },
		{ dnnl_cpu_isa_avx512_mic, "AVX-512 MIC" },
		{ dnnl_cpu_isa_avx512_mic_4ops, "AVX-512 MIC 4OPS" },
		{ dnnl_cpu_isa_avx512_core, "AVX-512" },
		{ dnnl_cpu_isa_avx512_core_vnni, "AVX-512 VNNI" },
		{ dnnl_cpu_isa_avx512_core_bf16, "AVX-512 BF16" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].isa == isa)
			return names[i].name;
	return isa > dnnl_cpu_isa_avx512_core_bf16 ? "AVX-512 and later" : "unknown";
}

static void backend_describe(struct fc_device *device, struct fc_json *json)
{
	const dnnl_version_t *version = dnnl_version();
	struct fc_str name = { 0 };
	char text[64];

	fc_host_processor(&name);
	fc_json_text(json, "name", name.text);
	fc_str_release(&name);
	fc_json_u64(json, "threads", (uint64_t)device->threads);
	fc_json_text(json, "instruction_set", isa_name(dnnl_get_effective_cpu_isa()));
	snprintf(text, sizeof(text), "%d.%d.%d", version->major, version->minor, version->patch);
	fc_json_text(json, "onednn", text);
	fc_json_text(json, "blocked_layout", device->block == 16 ? "nChw16c" : "nChw8c");
	fc_json_text(json, "convolution", "direct");
}

static int backend_alloc(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err)
{
	(void)device;
	return fc_host_alloc(bytes, memory, err);
}

static void backend_free(struct fc_device *device, void *memory)
{
	(void)device;
	fc_host_free(memory);
}

static int backend_supports(const struct fc_graph *graph, const struct fc_node *node, struct fc_error *err)
{
	const struct fc_backend *const reference = fc_backend_find("reference", err);

	if (reference && (leaves[node->op] || !reference->supports(graph, node, err)))
		return 0;
	return fc_backend_refuse("onednn", node, NULL, err);
}

static unsigned backend_fuses(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	const struct onednn_leaf *const leaf = leaves[producer->op];
	const unsigned phases = leaf && activation->op == FC_OP_RELU ? leaf->fuses_relu : 0;

	return pass == FC_PASS_TRAIN ? phases : phases & 1u << FC_PHASE_FORWARD;
}

static int backend_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	layer->saved_bytes = 0;
	layer->scratch_bytes = 0;
	layer->impl = NULL;
	return leaf_of(layer)->prepare(device, layer, err);
}

static void backend_release(struct fc_device *device, struct fc_layer *layer)
{
	const struct onednn_leaf *const leaf = leaf_of(layer);

	(void)device;
	if (leaf->release)
		leaf->release(layer);
	else
		free(layer->impl);
	layer->impl = NULL;
}

static int backend_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	if (phase != FC_PHASE_UPDATE)
		return leaf_of(layer)->run(device, layer, phase, err);
	onednn_update(device, layer);
	return 0;
}

static const char *backend_kernel(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	const struct onednn_leaf *const leaf = leaf_of(layer);

	(void)device;
	switch (phase) {
	case FC_PHASE_UPDATE:
		return "flopclock:sgd";
	case FC_PHASE_LOSS:
		return "flopclock:softmax_cross_entropy";
	case FC_PHASE_INPUT:
		return "flopclock:feed";
	default:
		if (leaf == &onednn_plain)
			return onednn_plain_kernel_name(layer);
		return leaf->kernel ? leaf->kernel : onednn_product_kernel(layer, phase);
	}
}

/* Everything runs to its end before run() returns. */
static int backend_sync(struct fc_device *device, struct fc_error *err)
{
	return onednn_check(dnnl_stream_wait(device->stream), "waiting for the processor", err);
}

static void backend_library(char text[64])
{
	const dnnl_version_t *version = dnnl_version();

	snprintf(text, 64, "oneDNN %d.%d.%d", version->major, version->minor, version->patch);
}

const struct fc_backend fc_backend_onednn = {
	.name = "onednn",
	.device = "cpu",
	.summary = "the fast kernels of a library, on all cores of the processor",
	.library = backend_library,
	.available = backend_available,
	.open = backend_open,
	.close = backend_close,
	.precisions = 1u << FC_PRECISION_FP32,
	.describe = backend_describe,
	.memory_alloc = backend_alloc,
	.memory_free = backend_free,
	.supports = backend_supports,
	.fuses = backend_fuses,
	.prepare = backend_prepare,
	.release = backend_release,
	.same_layout = onednn_same_layout,
	.tensor_release = onednn_tensor_release,
	.run = backend_run,
	.kernel = backend_kernel,
	.write = onednn_write,
	.read = onednn_read,
	.feed = onednn_feed,
	.loss = onednn_loss,
	.sync = backend_sync,
};
