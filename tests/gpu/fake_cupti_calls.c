/* The functions of the stand-in for CUPTI that the probe calls. */
#ifdef HAVE_CUDA

#include "fake_cupti_inner.h"
#include "real_cupti.h"

#include <assert.h>
#include <string.h>

#define START_NS INT64_C(1700000000000000000)

struct fake fake;

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
		fake_put_away(&fake.device);
		fake_put_away(&fake.host);
	} else {
		fake.config.hold_back--;
	}
	/* Returns when the probe has them: a probe that held a lock of its own over this call would wait forever. */
	fake_buffers_wait();
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
	assert(kind == CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0 && id && fake.state.named < FAKE_STACK);
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
	if (libraries_open(&fake.real, 1u << LIBRARY_CUPTI, 0, &err) || real_cupti_answers(&fake.real, &err))
		return false;
	fill_tables(libraries);
	fake_buffers_open();
	return true;
}

void fake_cupti_close(void)
{
	fake_buffers_close();
	fc_str_release(&fake.log);
}

struct fake_cupti_state fake_cupti_state(void)
{
	fake.state.log = fake.log.text ? fake.log.text : "";
	return fake.state;
}

#endif
