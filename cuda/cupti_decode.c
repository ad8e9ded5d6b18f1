#include "cupti_decode.h"

#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

void cupti_decoder_init(struct cupti_decoder *decoder, struct cupti_nodes *nodes,
			CUptiResult (*next)(uint8_t *buffer, size_t valid, CUpti_Activity **record))
{
	*decoder = (struct cupti_decoder){
		.next = next, .nodes = nodes, .begin_ns = INT64_MAX, .seen = FC_PROBE_NO_ITERATION
	};
}

void cupti_decoder_release(struct cupti_decoder *decoder)
{
	cupti_names_release(&decoder->names);
	cupti_calls_release(&decoder->calls);
	cupti_tally_release(&decoder->tally);
	free(decoder->waiting.list);
	free(decoder->ready.list);
}

void cupti_decoder_begin(struct cupti_decoder *decoder, uint16_t run, int64_t begin_ns)
{
	if (decoder->run)
		cupti_tally_release(&decoder->tally);
	decoder->run = run;
	decoder->begin_ns = begin_ns;
	decoder->seen = FC_PROBE_NO_ITERATION;
}

void cupti_activities_add(struct cupti_activities *activities, const struct cupti_activity *activity)
{
	if (activities->count == activities->room) {
		activities->room = activities->room ? 2 * activities->room : 1024;
		activities->list = fc_realloc(activities->list, activities->room, sizeof(*activities->list));
	}
	activities->list[activities->count++] = *activity;
}

/* -------- one record -------- */

static void take_kernel(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_kernel_record *const k = (const cupti_kernel_record *)record;
	const struct cupti_activity activity = {
		.start_ns = (int64_t)k->start,
		.end_ns = (int64_t)k->end,
		.node = k->graphNodeId,
		.correlation = {k->correlationId, k->correlationId},
		.name = cupti_names_intern(&decoder->names, k->name),
		.stream = k->streamId,
		.activity = FC_ACTIVITY_KERNEL,
		.launch =
			{
				.grid = {(uint32_t)k->gridX, (uint32_t)k->gridY, (uint32_t)k->gridZ},
				.block = {(uint32_t)k->blockX, (uint32_t)k->blockY, (uint32_t)k->blockZ},
				.registers = k->registersPerThread,
				.shared_bytes = (uint32_t)k->staticSharedMemory + (uint32_t)k->dynamicSharedMemory,
			},
	};

	cupti_activities_add(&decoder->waiting, &activity);
}

static const char *copy_name(uint8_t kind)
{
	static const char *const names[] = {
		[CUPTI_ACTIVITY_MEMCPY_KIND_UNKNOWN] = "memcpy",
		[CUPTI_ACTIVITY_MEMCPY_KIND_HTOD] = "memcpy host to device",
		[CUPTI_ACTIVITY_MEMCPY_KIND_DTOH] = "memcpy device to host",
		[CUPTI_ACTIVITY_MEMCPY_KIND_HTOA] = "memcpy host to array",
		[CUPTI_ACTIVITY_MEMCPY_KIND_ATOH] = "memcpy array to host",
		[CUPTI_ACTIVITY_MEMCPY_KIND_ATOA] = "memcpy array to array",
		[CUPTI_ACTIVITY_MEMCPY_KIND_ATOD] = "memcpy array to device",
		[CUPTI_ACTIVITY_MEMCPY_KIND_DTOA] = "memcpy device to array",
		[CUPTI_ACTIVITY_MEMCPY_KIND_DTOD] = "memcpy device to device",
		[CUPTI_ACTIVITY_MEMCPY_KIND_HTOH] = "memcpy host to host",
		[CUPTI_ACTIVITY_MEMCPY_KIND_PTOP] = "memcpy peer to peer",
	};

	return names[kind < sizeof(names) / sizeof(names[0]) ? kind : CUPTI_ACTIVITY_MEMCPY_KIND_UNKNOWN];
}

static void take_copy(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_copy_record *const c = (const cupti_copy_record *)record;
	const struct cupti_activity activity = {
		.start_ns = (int64_t)c->start,
		.end_ns = (int64_t)c->end,
		.node = c->graphNodeId,
		.correlation = { c->correlationId, c->runtimeCorrelationId },
		.name = cupti_names_intern(&decoder->names, copy_name(c->copyKind)),
		.stream = c->streamId,
		.activity = FC_ACTIVITY_COPY,
	};

	cupti_activities_add(&decoder->waiting, &activity);
}

static void take_fill(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_fill_record *const f = (const cupti_fill_record *)record;
	const struct cupti_activity activity = {
		.start_ns = (int64_t)f->start,
		.end_ns = (int64_t)f->end,
		.node = f->graphNodeId,
		.correlation = { f->correlationId, f->correlationId },
		.name = cupti_names_intern(&decoder->names, "memset"),
		.stream = f->streamId,
		.activity = FC_ACTIVITY_FILL,
	};

	cupti_activities_add(&decoder->waiting, &activity);
}

/* A call of the runtime and the call of the driver within it may have one id: the outermost counts. */
static void take_call(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_call_record *const c = (const cupti_call_record *)record;
	struct cupti_call *const call = cupti_calls_add(&decoder->calls, c->correlationId);
	const int64_t start = (int64_t)c->start, end = (int64_t)c->end;

	call->start_ns = call->timed && call->start_ns < start ? call->start_ns : start;
	call->end_ns = call->timed && call->end_ns > end ? call->end_ns : end;
	call->timed = true;
}

static void take_external(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_external_record *const e = (const cupti_external_record *)record;

	if (e->externalKind == CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0)
		cupti_calls_add(&decoder->calls, e->correlationId)->scope = e->externalId;
}

static enum cupti_overhead whose(CUpti_ActivityOverheadKind kind)
{
	static const CUpti_ActivityOverheadKind programs[] = {
		CUPTI_ACTIVITY_OVERHEAD_DRIVER_COMPILER,
		CUPTI_ACTIVITY_OVERHEAD_RUNTIME_TRIGGERED_MODULE_LOADING,
		CUPTI_ACTIVITY_OVERHEAD_LAZY_FUNCTION_LOADING,
		CUPTI_ACTIVITY_OVERHEAD_COMMAND_BUFFER_FULL,
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (programs[i] == kind)
			return CUPTI_OVERHEAD_PROGRAM;
	return CUPTI_OVERHEAD_PROFILER;
}

static void take_overhead(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_overhead_record *const o = (const cupti_overhead_record *)record;

	cupti_span_add(&decoder->tally.overhead[whose(o->overheadKind)], (int64_t)(o->end - o->start));
	/* It is the reader's, says CUPTI. */
	free(o->overheadData);
}

static void take_wait(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_wait_record *const w = (const cupti_wait_record *)record;

	cupti_span_add(&decoder->tally.waits, (int64_t)(w->end - w->start));
}

static void take_jit(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_jit_record *const j = (const cupti_jit_record *)record;

	cupti_span_add(&decoder->tally.compilations, (int64_t)(j->end - j->start));
}

static void take_environment(struct cupti_decoder *decoder, const CUpti_Activity *record)
{
	const cupti_environment_record *const e = (const cupti_environment_record *)record;
	struct cupti_sample *const sensors = decoder->tally.sensors;

	switch (e->environmentKind) {
	case CUPTI_ACTIVITY_ENVIRONMENT_SPEED:
		cupti_sample_add(&sensors[CUPTI_SENSOR_SM_CLOCK], e->data.speed.smClock);
		cupti_sample_add(&sensors[CUPTI_SENSOR_MEMORY_CLOCK], e->data.speed.memoryClock);
		decoder->tally.throttled |= (uint32_t)e->data.speed.clocksThrottleReasons;
		break;
	case CUPTI_ACTIVITY_ENVIRONMENT_TEMPERATURE:
		cupti_sample_add(&sensors[CUPTI_SENSOR_TEMPERATURE], e->data.temperature.gpuTemperature);
		break;
	case CUPTI_ACTIVITY_ENVIRONMENT_POWER:
		cupti_sample_add(&sensors[CUPTI_SENSOR_POWER], e->data.power.power);
		cupti_sample_add(&sensors[CUPTI_SENSOR_POWER_LIMIT], e->data.power.powerLimit);
		break;
	default:
		break;
	}
}

const struct cupti_kind cupti_kinds[] = {
	{ CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION, "external_id", sizeof(cupti_external_record), CUPTI_NEEDED,
	  take_external },
	{ CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, "kernel", sizeof(cupti_kernel_record), CUPTI_NEEDED, take_kernel },
	{ CUPTI_ACTIVITY_KIND_MEMCPY, "copy", sizeof(cupti_copy_record), CUPTI_NEEDED, take_copy },
	{ CUPTI_ACTIVITY_KIND_MEMSET, "memset", sizeof(cupti_fill_record), CUPTI_NEEDED, take_fill },
	{ CUPTI_ACTIVITY_KIND_OVERHEAD, "overhead", sizeof(cupti_overhead_record), CUPTI_WELCOME, take_overhead },
	{ CUPTI_ACTIVITY_KIND_SYNCHRONIZATION, "synchronisation", sizeof(cupti_wait_record), CUPTI_WELCOME,
	  take_wait },
	{ CUPTI_ACTIVITY_KIND_ENVIRONMENT, "environment", sizeof(cupti_environment_record), CUPTI_WELCOME,
	  take_environment },
	{ CUPTI_ACTIVITY_KIND_JIT, "compilation", sizeof(cupti_jit_record), CUPTI_WELCOME, take_jit },
	{ CUPTI_ACTIVITY_KIND_RUNTIME, "runtime_call", sizeof(cupti_call_record), CUPTI_NEEDED, take_call },
	{ CUPTI_ACTIVITY_KIND_DRIVER, "driver_call", sizeof(cupti_call_record), CUPTI_NEEDED, take_call },
	/* Enabling this one would make kernels run one after the other. */
	{ CUPTI_ACTIVITY_KIND_KERNEL, "serialised_kernel", sizeof(cupti_kernel_record), CUPTI_NEVER, take_kernel },
};

const int cupti_kind_count = sizeof(cupti_kinds) / sizeof(cupti_kinds[0]);

_Static_assert(sizeof(cupti_kinds) / sizeof(cupti_kinds[0]) + 1 == CUPTI_KINDS,
	       "a counter for every kind and one for others");

/* -------- one buffer -------- */

/* The row of the record's kind, cupti_kind_count for the others. */
static int row_of(const CUpti_Activity *record)
{
	int row = 0;

	while (row < cupti_kind_count && cupti_kinds[row].kind != record->kind)
		row++;
	return row;
}

/*
 * Where the reader stopped before the end: a record that was cut off. CUPTI's reader calls that the end too. Zeros are no
 * record.
 */
static bool is_cut(const struct cupti_buffer *buffer, size_t end)
{
	uint32_t kind;

	if (end + sizeof(kind) > buffer->valid)
		return false;
	memcpy(&kind, buffer->data + end, sizeof(kind));
	return kind != CUPTI_ACTIVITY_KIND_INVALID;
}

static void note_loss(struct cupti_decoder *decoder, size_t bytes)
{
	decoder->unreadable++;
	decoder->tally.lost_bytes += bytes;
}

void cupti_decode(struct cupti_decoder *decoder, const struct cupti_buffer *buffer)
{
	CUpti_Activity *record = NULL;
	CUptiResult result;
	size_t end = 0;
	int row = 0;

	decoder->tally.buffers++;
	decoder->tally.bytes += buffer->valid;
	while ((result = decoder->next(buffer->data, buffer->valid, &record)) == CUPTI_SUCCESS) {
		row = row_of(record);
		decoder->tally.records[row]++;
		end = (size_t)((uint8_t *)record - buffer->data);
		if (row < cupti_kind_count) {
			cupti_kinds[row].take(decoder, record);
			end += cupti_kinds[row].bytes;
		}
	}
	/* Behind a record of a kind whose size is not known, the end is not known either. */
	if (result != CUPTI_ERROR_MAX_LIMIT_REACHED || (row < cupti_kind_count && is_cut(buffer, end)))
		note_loss(decoder, buffer->valid - end);
	cupti_settle(decoder, false);
}
