#ifdef HAVE_CUDA

#include "fake_cupti_buffer.h"

#include <string.h>

CUpti_Activity *fake_put(struct fake_buffer *buffer, CUpti_ActivityKind kind, size_t bytes)
{
	CUpti_Activity *const record = (CUpti_Activity *)(void *)(buffer->data + buffer->valid);

	if (buffer->valid + bytes > buffer->size)
		return NULL;
	memset(record, 0, bytes);
	record->kind = kind;
	buffer->valid += bytes;
	return record;
}

cupti_kernel_record *fake_put_kernel(struct fake_buffer *buffer, const char *name, uint32_t correlation,
				     int64_t start_ns, int64_t end_ns, uint64_t node)
{
	cupti_kernel_record *const k =
		(cupti_kernel_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, sizeof(*k));

	if (!k)
		return NULL;
	k->name = name;
	k->correlationId = correlation;
	k->start = (uint64_t)start_ns;
	k->end = (uint64_t)end_ns;
	k->graphNodeId = node;
	k->graphId = (uint32_t)(node >> 32);
	k->streamId = 7;
	k->gridX = 132;
	k->gridY = k->gridZ = 1;
	k->blockX = 256;
	k->blockY = k->blockZ = 1;
	k->registersPerThread = 40;
	k->staticSharedMemory = 1024;
	k->dynamicSharedMemory = 2048;
	return k;
}

cupti_copy_record *fake_put_copy(struct fake_buffer *buffer, uint8_t kind, uint32_t correlation, int64_t start_ns,
				 int64_t end_ns, uint64_t node)
{
	cupti_copy_record *const c = (cupti_copy_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_MEMCPY, sizeof(*c));

	if (!c)
		return NULL;
	c->copyKind = kind;
	c->correlationId = c->runtimeCorrelationId = correlation;
	c->start = (uint64_t)start_ns;
	c->end = (uint64_t)end_ns;
	c->graphNodeId = node;
	c->graphId = (uint32_t)(node >> 32);
	c->streamId = 7;
	c->bytes = 4096;
	c->copyCount = 1;
	return c;
}

cupti_fill_record *fake_put_fill(struct fake_buffer *buffer, uint32_t correlation, int64_t start_ns, int64_t end_ns,
				 uint64_t node)
{
	cupti_fill_record *const f = (cupti_fill_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_MEMSET, sizeof(*f));

	if (!f)
		return NULL;
	f->correlationId = correlation;
	f->start = (uint64_t)start_ns;
	f->end = (uint64_t)end_ns;
	f->graphNodeId = node;
	f->graphId = (uint32_t)(node >> 32);
	f->streamId = 7;
	f->bytes = 4096;
	return f;
}

cupti_call_record *fake_put_call(struct fake_buffer *buffer, CUpti_ActivityKind kind, uint32_t correlation,
				 int64_t start_ns, int64_t end_ns)
{
	cupti_call_record *const c = (cupti_call_record *)fake_put(buffer, kind, sizeof(*c));

	if (!c)
		return NULL;
	c->correlationId = correlation;
	c->start = (uint64_t)start_ns;
	c->end = (uint64_t)end_ns;
	return c;
}

cupti_external_record *fake_put_external(struct fake_buffer *buffer, uint32_t correlation, uint64_t id)
{
	cupti_external_record *const e =
		(cupti_external_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION, sizeof(*e));

	if (!e)
		return NULL;
	e->externalKind = CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0;
	e->correlationId = correlation;
	e->externalId = id;
	return e;
}

cupti_overhead_record *fake_put_overhead(struct fake_buffer *buffer, CUpti_ActivityOverheadKind kind,
					 int64_t start_ns, int64_t end_ns)
{
	cupti_overhead_record *const o =
		(cupti_overhead_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_OVERHEAD, sizeof(*o));

	if (!o)
		return NULL;
	o->overheadKind = kind;
	o->start = (uint64_t)start_ns;
	o->end = (uint64_t)end_ns;
	return o;
}

cupti_wait_record *fake_put_wait(struct fake_buffer *buffer, int64_t start_ns, int64_t end_ns)
{
	cupti_wait_record *const w =
		(cupti_wait_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_SYNCHRONIZATION, sizeof(*w));

	if (!w)
		return NULL;
	w->start = (uint64_t)start_ns;
	w->end = (uint64_t)end_ns;
	return w;
}

cupti_jit_record *fake_put_jit(struct fake_buffer *buffer, int64_t start_ns, int64_t end_ns)
{
	cupti_jit_record *const j = (cupti_jit_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_JIT, sizeof(*j));

	if (!j)
		return NULL;
	j->start = (uint64_t)start_ns;
	j->end = (uint64_t)end_ns;
	return j;
}

cupti_environment_record *fake_put_environment(struct fake_buffer *buffer, CUpti_ActivityEnvironmentKind kind)
{
	cupti_environment_record *const e =
		(cupti_environment_record *)fake_put(buffer, CUPTI_ACTIVITY_KIND_ENVIRONMENT, sizeof(*e));

	if (e)
		e->environmentKind = kind;
	return e;
}

#endif
