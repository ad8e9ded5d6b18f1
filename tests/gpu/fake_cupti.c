/* The program that is played on the stand-in for CUPTI. */
#ifdef HAVE_CUDA

#include "fake_cupti_inner.h"

#include <assert.h>
#include <stdlib.h>

#include "flopclock/arena.h"

#define CALL_NS	  3000
#define LAUNCH_NS 1500 /* from the end of a call to the start of what it launches, on an idle device */
#define NEXT_NS	  200  /* between two kernels of a busy one */

static bool records(CUpti_ActivityKind kind)
{
	return fake.enabled >> kind & 1;
}

/* A call's record, and before it the name of what it belongs to. */
static void record_call(CUpti_ActivityKind kind, uint32_t correlation, int64_t start, int64_t end, bool named)
{
	if (!records(kind))
		return;
	if (named && fake.state.named && records(CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION))
		fake_put_external(fake_room(&fake.host, sizeof(cupti_external_record)), correlation,
				  fake.stack[fake.state.named - 1]);
	fake_put_call(fake_room(&fake.host, sizeof(cupti_call_record)), kind, correlation, start, end);
}

/* The host calls; its correlation id. */
static uint32_t call(void)
{
	const uint32_t correlation = fake.correlation++;
	const int64_t start = fake.now;

	fake.now += CALL_NS;
	if (fake.config.nested)
		record_call(CUPTI_ACTIVITY_KIND_DRIVER, correlation, start + 500, fake.now - 500, true);
	record_call(CUPTI_ACTIVITY_KIND_RUNTIME, correlation, start, fake.now, true);
	return correlation;
}

static struct fake_span occupy(int64_t ns)
{
	const int64_t called = fake.now + LAUNCH_NS, idle = fake.device_free + NEXT_NS;
	const int64_t start = called > idle ? called : idle;

	fake.device_free = start + ns;
	return (struct fake_span){ start, start + ns };
}

static void record_copy(const struct fake_node *node, uint32_t correlation, const struct fake_span *stamp)
{
	cupti_copy_record *const copy = fake_put_copy(fake_room(&fake.device, sizeof(*copy)), node->copy_kind,
						      correlation, stamp->start_ns, stamp->end_ns, node->id);

	if (!fake.config.two_ids)
		return;
	copy->correlationId = fake.correlation++;
	record_call(CUPTI_ACTIVITY_KIND_DRIVER, copy->correlationId, fake.now - 2000, fake.now - 1000, false);
}

/* It runs on the device; node->id is 0 outside of graphs. */
static struct fake_span run(const struct fake_node *node, uint32_t correlation)
{
	const struct fake_span span = occupy(node->ns);
	struct fake_span stamp = span;

	if (fake.stamped)
		stamp = (struct fake_span){ fake.stamp_start, fake.stamp_end };
	fake.stamped = false;
	if (!records(node->kind))
		return span;
	fake.state.kernels++;
	if (node->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL)
		fake_put_kernel(fake_room(&fake.device, sizeof(cupti_kernel_record)), node->name, correlation,
				stamp.start_ns, stamp.end_ns, node->id);
	else if (node->kind == CUPTI_ACTIVITY_KIND_MEMCPY)
		record_copy(node, correlation, &stamp);
	else
		fake_put_fill(fake_room(&fake.device, sizeof(cupti_fill_record)), correlation, stamp.start_ns,
			      stamp.end_ns, node->id);
	return span;
}

static void tell(CUpti_CallbackId id, CUpti_GraphData *graph)
{
	const CUpti_ResourceData data = { .resourceDescriptor = graph };

	if (fake.state.subscribed)
		fake.on_event(fake.on_event_data, CUPTI_CB_DOMAIN_RESOURCE, id, &data);
}

static struct fake_span launch(const struct fake_node *node)
{
	const uint32_t correlation = call();
	struct fake_graph *const graph = fake.capturing;
	CUpti_GraphData data = { .graph = (CUgraph)(void *)graph };
	struct fake_node *made;

	if (!graph)
		return run(node, correlation);
	assert(graph->count < (int)(sizeof(graph->nodes) / sizeof(graph->nodes[0])));
	made = &graph->nodes[graph->count];
	*made = *node;
	made->id = (uint64_t)graph->id << 32 | (uint32_t)++graph->count;
	data.node = (CUgraphNode)(void *)made;
	tell(CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED, &data);
	return (struct fake_span){ 0, 0 };
}

struct fake_span fake_kernel(const char *name, int64_t ns)
{
	return launch(&(struct fake_node){ .kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, .name = name, .ns = ns });
}

struct fake_span fake_copy(uint8_t kind, int64_t ns)
{
	return launch(&(struct fake_node){ .kind = CUPTI_ACTIVITY_KIND_MEMCPY, .copy_kind = kind, .ns = ns });
}

struct fake_span fake_fill(int64_t ns)
{
	return launch(&(struct fake_node){ .kind = CUPTI_ACTIVITY_KIND_MEMSET, .ns = ns });
}

void fake_pause(int64_t ns)
{
	fake.now += ns;
}

void fake_wait(void)
{
	fake.now = (fake.now > fake.device_free ? fake.now : fake.device_free) + 1000;
}

int64_t fake_now(void)
{
	return fake.now;
}

void fake_stamp_next(int64_t start_ns, int64_t end_ns)
{
	fake.stamped = true;
	fake.stamp_start = start_ns;
	fake.stamp_end = end_ns;
}

void fake_drop(size_t dropped)
{
	fake.dropped += dropped;
}

void fake_fail(const char *message)
{
	const CUpti_StateData data = { .notification = { .result = CUPTI_ERROR_UNKNOWN, .message = message } };

	fake.on_event(fake.on_event_data, CUPTI_CB_DOMAIN_STATE, CUPTI_CBID_STATE_FATAL_ERROR, &data);
}

/* -------- graphs -------- */

static struct fake_graph *new_graph(void)
{
	struct fake_graph *const graph = fc_calloc(1, sizeof(*graph));

	graph->id = fake.graph_id++;
	return graph;
}

void fake_capture_begin(void)
{
	fake.capturing = new_graph();
}

struct fake_graph *fake_capture_end(void)
{
	struct fake_graph *const graph = fake.capturing;

	fake.capturing = NULL;
	return graph;
}

struct fake_graph *fake_instantiate(const struct fake_graph *graph)
{
	struct fake_graph *const copy = new_graph();

	copy->count = graph->count;
	for (int i = 0; i < graph->count; i++) {
		CUpti_GraphData data = { .graph = (CUgraph)(void *)copy };
		struct fake_node original = graph->nodes[i];

		copy->nodes[i] = original;
		copy->nodes[i].id = (uint64_t)copy->id << 32 | (uint32_t)(i + 1);
		data.node = (CUgraphNode)(void *)&copy->nodes[i];
		data.originalNode = (CUgraphNode)(void *)&original;
		tell(CUPTI_CBID_RESOURCE_GRAPHNODE_CLONED, &data);
	}
	return copy;
}

int fake_graph_length(const struct fake_graph *graph)
{
	return graph->count;
}

void fake_replay(const struct fake_graph *graph, struct fake_span *spans)
{
	const uint32_t correlation = call();

	for (int i = 0; i < graph->count; i++)
		spans[i] = run(&graph->nodes[i], correlation);
}

void fake_destroy(struct fake_graph *graph)
{
	CUpti_GraphData data = { .graphExec = (CUgraphExec)(void *)graph };

	tell(CUPTI_CBID_RESOURCE_GRAPHEXEC_DESTROY_STARTING, &data);
	free(graph);
}

#endif
