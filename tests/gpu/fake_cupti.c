#ifdef HAVE_CUDA

#include "fake_cupti.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fake_cupti_buffer.h"
#include "flopclock/arena.h"
#include "flopclock/random.h"
#include "flopclock/str.h"

#define START_NS  INT64_C(1700000000000000000)
#define CALL_NS	  3000
#define LAUNCH_NS 1500 /* from the end of a call to the start of what it launches, on an idle device */
#define NEXT_NS	  200  /* between two kernels of a busy one */
#define STACK	  8

struct fake_node {
	uint64_t id;
	CUpti_ActivityKind kind;
	const char *name;
	int64_t ns;
	uint8_t copy_kind;
};

struct fake_graph {
	uint32_t id;
	int count;
	struct fake_node nodes[256];
};

/* The functions under test carry no argument to find this by. */
static struct fake {
	struct fake_cupti_config config;
	struct libraries real;
	struct fake_cupti_state state;
	struct fc_str log;
	CUpti_CallbackFunc on_event;
	void *on_event_data;
	CUpti_BuffersCallbackRequestFunc request;
	CUpti_BuffersCallbackCompleteFunc complete;
	uint64_t enabled; /* a bit per kind */
	uint64_t stack[STACK];
	pthread_t player;
	int64_t now, device_free;
	uint32_t correlation, graph_id;
	struct fake_graph *capturing;
	bool stamped;
	int64_t stamp_start, stamp_end;
	size_t dropped;
	struct fake_buffer host, device;
	/* The thread that gives buffers back. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct fake_buffer *full;
	size_t full_count, full_room;
	uint64_t given;
	bool giving, stop;
} fake;

/* -------- buffers -------- */

static void give_back(const struct fake_buffer *buffer)
{
	pthread_mutex_lock(&fake.lock);
	if (fake.full_count == fake.full_room) {
		fake.full_room = fake.full_room ? 2 * fake.full_room : 16;
		fake.full = fc_realloc(fake.full, fake.full_room, sizeof(*fake.full));
	}
	fake.full[fake.full_count++] = *buffer;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

/* In any order: whichever of the full ones comes. */
static void *give(void *unused)
{
	uint32_t word[4];

	(void)unused;
	pthread_mutex_lock(&fake.lock);
	for (;;) {
		while (!fake.full_count && !fake.stop)
			pthread_cond_wait(&fake.changed, &fake.lock);
		if (!fake.full_count)
			break;
		fc_philox(fake.config.seed, 1, fake.given++, word);
		const size_t at = word[0] % fake.full_count;
		const struct fake_buffer buffer = fake.full[at];

		fake.full[at] = fake.full[--fake.full_count];
		fake.giving = true;
		pthread_mutex_unlock(&fake.lock);
		fake.complete(NULL, 0, buffer.data, buffer.size, buffer.valid);
		pthread_mutex_lock(&fake.lock);
		fake.giving = false;
		pthread_cond_broadcast(&fake.changed);
	}
	pthread_mutex_unlock(&fake.lock);
	return NULL;
}

static void put_away(struct fake_buffer *buffer)
{
	if (buffer->data)
		give_back(buffer);
	buffer->data = NULL;
}

/* Room for `bytes` more. */
static struct fake_buffer *room(struct fake_buffer *buffer, size_t bytes)
{
	size_t records = 1;

	if (buffer->data && buffer->valid + bytes > buffer->size)
		put_away(buffer);
	if (!buffer->data) {
		buffer->valid = 0;
		fake.request(&buffer->data, &buffer->size, &records);
		assert(buffer->data && buffer->size >= bytes && !records);
		for (size_t i = 0; i < 4096 && i < buffer->size; i++)
			assert(!buffer->data[i]);
	}
	return buffer;
}

/* -------- CUPTI's functions -------- */

/* Whether this function is the one that fails. */
static bool fails(const char *name)
{
	fc_str_addf(&fake.log, "%s ", name);
	return fake.config.failing && !strcmp(fake.config.failing, name);
}

static cudaError_t driver_version(int *version)
{
	fails("cudaDriverGetVersion");
	*version = fake.config.no_driver ? 0 : 13000;
	return cudaSuccess;
}

static cudaError_t synchronize(void)
{
	fake.state.synchronised++;
	if (fails("cudaDeviceSynchronize"))
		return cudaErrorIllegalAddress;
	fake_wait();
	return cudaSuccess;
}

static const char *error_text(cudaError_t error)
{
	(void)error;
	return "an illegal memory access was encountered";
}

static cudaError_t last_error(void)
{
	return cudaSuccess;
}

static CUptiResult get_version(uint32_t *version)
{
	*version = fake.config.version ? fake.config.version : 130001;
	return fails("cuptiGetVersion") ? fake.config.result : CUPTI_SUCCESS;
}

static CUptiResult get_timestamp(uint64_t *timestamp)
{
	*timestamp = (uint64_t)fake.now;
	return CUPTI_SUCCESS;
}

static CUptiResult subscribe(CUpti_SubscriberHandle *subscriber, CUpti_CallbackFunc callback, void *data,
			     CUpti_SubscriberParams *params)
{
	assert(params->structSize == CUpti_SubscriberParams_STRUCT_SIZE);
	assert(params->subscriberName && strlen(params->subscriberName) <= CUPTI_SUBSCRIBER_NAME_MAX_LEN);
	assert(params->oldSubscriberSize >= CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN);
	if (fails("cuptiSubscribe_v2")) {
		if (fake.config.holder)
			strcpy(params->oldSubscriberName, fake.config.holder);
		return fake.config.result;
	}
	assert(!fake.state.subscribed);
	fake.on_event = callback;
	fake.on_event_data = data;
	fake.state.subscribed = true;
	*subscriber = (CUpti_SubscriberHandle)(void *)&fake;
	return CUPTI_SUCCESS;
}

static CUptiResult unsubscribe(CUpti_SubscriberHandle subscriber)
{
	assert(fake.state.subscribed && (void *)subscriber == (void *)&fake);
	fake.state.subscribed = false;
	fails("cuptiUnsubscribe");
	return CUPTI_SUCCESS;
}

static CUptiResult enable_callback(uint32_t enable, CUpti_SubscriberHandle subscriber, CUpti_CallbackDomain domain,
				   CUpti_CallbackId id)
{
	(void)enable;
	(void)domain;
	(void)id;
	assert(fake.state.subscribed && (void *)subscriber == (void *)&fake);
	return fails("cuptiEnableCallback") ? fake.config.result : CUPTI_SUCCESS;
}

static CUptiResult set_thread_id_type(CUpti_ActivityThreadIdType type)
{
	(void)type;
	return fails("cuptiSetThreadIdType") ? fake.config.result : CUPTI_SUCCESS;
}

static CUptiResult set_attribute(CUpti_ActivityAttribute attribute, size_t *bytes, void *value)
{
	(void)value;
	assert(attribute == CUPTI_ACTIVITY_ATTR_ZEROED_OUT_ACTIVITY_BUFFER && *bytes == 1);
	return fails("cuptiActivitySetAttribute") ? fake.config.result : CUPTI_SUCCESS;
}

static CUptiResult register_callbacks(CUpti_BuffersCallbackRequestFunc request,
				      CUpti_BuffersCallbackCompleteFunc complete)
{
	assert(!fake.enabled && request && complete);
	fake.request = request;
	fake.complete = complete;
	return fails("cuptiActivityRegisterCallbacks") ? fake.config.result : CUPTI_SUCCESS;
}

static CUptiResult enable(CUpti_ActivityKind kind)
{
	assert(fake.request && kind != CUPTI_ACTIVITY_KIND_KERNEL);
	if (fails("cuptiActivityEnable") && (!fake.config.kind || fake.config.kind == kind))
		return fake.config.result;
	fake.state.enabled += !(fake.enabled >> kind & 1);
	fake.enabled |= UINT64_C(1) << kind;
	return CUPTI_SUCCESS;
}

static CUptiResult disable(CUpti_ActivityKind kind)
{
	assert(fake.enabled >> kind & 1);
	fails("cuptiActivityDisable");
	fake.enabled &= ~(UINT64_C(1) << kind);
	fake.state.enabled--;
	return CUPTI_SUCCESS;
}

/* Behind the kind, which would switch all on again. */
static CUptiResult silence(CUpti_CallbackId id, uint8_t on)
{
	assert(id && !on && fake.enabled >> CUPTI_ACTIVITY_KIND_RUNTIME & 1 &&
	       fake.enabled >> CUPTI_ACTIVITY_KIND_DRIVER & 1);
	fake.state.silenced++;
	return CUPTI_SUCCESS;
}

static CUptiResult flush_all(uint32_t flag)
{
	const bool forced = flag == CUPTI_ACTIVITY_FLAG_FLUSH_FORCED;

	fake.state.flushes++;
	fake.state.forced += forced;
	if (fails("cuptiActivityFlushAll"))
		return fake.config.result;
	if (forced || fake.config.hold_back <= 0) {
		put_away(&fake.device);
		put_away(&fake.host);
	} else {
		fake.config.hold_back--;
	}
	/* Returns when the probe has them: a probe that held a lock of its own over this call would wait forever. */
	pthread_mutex_lock(&fake.lock);
	while (fake.full_count || fake.giving)
		pthread_cond_wait(&fake.changed, &fake.lock);
	pthread_mutex_unlock(&fake.lock);
	return CUPTI_SUCCESS;
}

static CUptiResult get_dropped(CUcontext context, uint32_t stream, size_t *dropped)
{
	assert(!context && !stream);
	*dropped = fake.dropped;
	fake.dropped = 0;
	return CUPTI_SUCCESS;
}

static CUptiResult push(CUpti_ExternalCorrelationKind kind, uint64_t id)
{
	assert(kind == CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0 && id && fake.state.named < STACK);
	assert(pthread_equal(fake.player, pthread_self()));
	fake.stack[fake.state.named++] = id;
	return CUPTI_SUCCESS;
}

static CUptiResult pop(CUpti_ExternalCorrelationKind kind, uint64_t *id)
{
	assert(kind == CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0 && pthread_equal(fake.player, pthread_self()));
	if (!fake.state.named)
		return CUPTI_ERROR_QUEUE_EMPTY;
	fake.state.named--;
	if (id)
		*id = fake.stack[fake.state.named];
	return CUPTI_SUCCESS;
}

static CUptiResult node_id(CUgraphNode node, uint64_t *id)
{
	*id = ((const struct fake_node *)(void *)node)->id;
	return CUPTI_SUCCESS;
}

static CUptiResult exec_id(CUgraphExec graph, uint32_t *id)
{
	*id = ((const struct fake_graph *)(void *)graph)->id;
	return CUPTI_SUCCESS;
}

/* -------- open and close -------- */

static void fill_tables(struct libraries *libraries)
{
	*libraries = (struct libraries){
		.cudart = { .cudaDriverGetVersion = driver_version,
			    .cudaDeviceSynchronize = synchronize,
			    .cudaGetErrorString = error_text,
			    .cudaGetErrorName = error_text,
			    .cudaGetLastError = last_error },
		.cupti = { .cuptiGetVersion = get_version,
			   .cuptiGetTimestamp = get_timestamp,
			   .cuptiSubscribe_v2 = subscribe,
			   .cuptiUnsubscribe = unsubscribe,
			   .cuptiEnableCallback = enable_callback,
			   .cuptiSetThreadIdType = set_thread_id_type,
			   .cuptiActivitySetAttribute = set_attribute,
			   .cuptiActivityRegisterCallbacks = register_callbacks,
			   .cuptiActivityEnable = enable,
			   .cuptiActivityDisable = disable,
			   .cuptiActivityEnableRuntimeApi = silence,
			   .cuptiActivityEnableDriverApi = silence,
			   .cuptiActivityFlushAll = flush_all,
			   .cuptiActivityGetNumDroppedRecords = get_dropped,
			   .cuptiActivityPushExternalCorrelationId = push,
			   .cuptiActivityPopExternalCorrelationId = pop,
			   .cuptiGetGraphNodeId = node_id,
			   .cuptiGetGraphExecId = exec_id,
			   .cuptiGetResultString = fake.real.cupti.cuptiGetResultString,
			   .cuptiGetCallbackName = fake.real.cupti.cuptiGetCallbackName,
			   .cuptiActivityGetNextRecord = fake.real.cupti.cuptiActivityGetNextRecord },
	};
}

bool fake_cupti_open(const struct fake_cupti_config *config, struct libraries *libraries)
{
	struct fc_error err;

	fake = (struct fake){ .config = *config,
			      .now = START_NS,
			      .device_free = START_NS,
			      .correlation = 1,
			      .graph_id = 1,
			      .player = pthread_self() };
	if (libraries_open(&fake.real, 1u << LIBRARY_CUPTI, 0, &err))
		return false;
	fill_tables(libraries);
	pthread_mutex_init(&fake.lock, NULL);
	pthread_cond_init(&fake.changed, NULL);
	if (pthread_create(&fake.thread, NULL, give, NULL))
		abort();
	return true;
}

void fake_cupti_close(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.stop = true;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
	pthread_join(fake.thread, NULL);
	pthread_cond_destroy(&fake.changed);
	pthread_mutex_destroy(&fake.lock);
	free(fake.full);
	fc_str_release(&fake.log);
}

struct fake_cupti_state fake_cupti_state(void)
{
	fake.state.log = fake.log.text ? fake.log.text : "";
	return fake.state;
}

/* -------- the program -------- */

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
		fake_put_external(room(&fake.host, sizeof(cupti_external_record)), correlation,
				  fake.stack[fake.state.named - 1]);
	fake_put_call(room(&fake.host, sizeof(cupti_call_record)), kind, correlation, start, end);
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
	cupti_copy_record *const copy = fake_put_copy(room(&fake.device, sizeof(*copy)), node->copy_kind, correlation,
						      stamp->start_ns, stamp->end_ns, node->id);

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
		fake_put_kernel(room(&fake.device, sizeof(cupti_kernel_record)), node->name, correlation,
				stamp.start_ns, stamp.end_ns, node->id);
	else if (node->kind == CUPTI_ACTIVITY_KIND_MEMCPY)
		record_copy(node, correlation, &stamp);
	else
		fake_put_fill(room(&fake.device, sizeof(cupti_fill_record)), correlation, stamp.start_ns,
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
