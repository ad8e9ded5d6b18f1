/*
 * What CUPTI tells of kernels, of the calls that launch them and of the ids that were pushed around those: kept as it
 * comes, as far as there is room. For cuda_questions.c, whose ways of asking the real probe does not have.
 */
#ifndef FLOPCLOCK_TESTS_CUDA_QUESTIONS_H
#define FLOPCLOCK_TESTS_CUDA_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cupti_record.h"
#include "libraries_cupti.h"

enum { TOLD_MOST = 4096, TOLD_BUFFER = 8 << 20 };

struct told {
	struct {
		uint32_t correlation;
		uint64_t start, queued, submitted;
	} kernels[TOLD_MOST];
	struct {
		uint32_t correlation;
		uint64_t id;
	} ids[TOLD_MOST];
	struct {
		uint32_t correlation;
		CUpti_CallbackDomain domain;
		CUpti_CallbackId function;
	} calls[TOLD_MOST];
	int kernel_count, id_count, call_count;
	CUptiResult (*next)(uint8_t *, size_t, CUpti_Activity **);
};

static inline struct told *told(void)
{
	static struct told told;

	return &told;
}

static inline void told_request(uint8_t **buffer, size_t *bytes, size_t *records)
{
	*buffer = calloc(1, TOLD_BUFFER);
	*bytes = TOLD_BUFFER;
	*records = 0;
}

static inline void told_keep(struct told *t, const CUpti_Activity *record)
{
	if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL && t->kernel_count < TOLD_MOST) {
		const cupti_kernel_record *const k = (const void *)record;

		t->kernels[t->kernel_count].correlation = k->correlationId;
		t->kernels[t->kernel_count].start = k->start;
		t->kernels[t->kernel_count].queued = k->queued;
		t->kernels[t->kernel_count++].submitted = k->submitted;
	} else if (record->kind == CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION && t->id_count < TOLD_MOST) {
		const cupti_external_record *const e = (const void *)record;

		t->ids[t->id_count].correlation = e->correlationId;
		t->ids[t->id_count++].id = e->externalId;
	} else if ((record->kind == CUPTI_ACTIVITY_KIND_RUNTIME || record->kind == CUPTI_ACTIVITY_KIND_DRIVER) &&
		   t->call_count < TOLD_MOST) {
		const cupti_call_record *const c = (const void *)record;

		t->calls[t->call_count].correlation = c->correlationId;
		t->calls[t->call_count].domain = record->kind == CUPTI_ACTIVITY_KIND_RUNTIME
							 ? CUPTI_CB_DOMAIN_RUNTIME_API
							 : CUPTI_CB_DOMAIN_DRIVER_API;
		t->calls[t->call_count++].function = c->cbid;
	}
}

static inline void told_complete(CUcontext context, uint32_t stream, uint8_t *buffer, size_t bytes, size_t valid)
{
	CUpti_Activity *record = NULL;

	(void)context;
	(void)stream;
	(void)bytes;
	while (valid && told()->next(buffer, valid, &record) == CUPTI_SUCCESS)
		told_keep(told(), record);
	free(buffer);
}

/* The functions of the host that carry a kernel's correlation id. */
static inline void told_callers(const struct cupti_functions *cupti, uint32_t correlation, char *text, size_t room)
{
	for (int i = 0; i < told()->call_count; i++) {
		const char *name = NULL;

		if (told()->calls[i].correlation != correlation)
			continue;
		cupti->cuptiGetCallbackName(told()->calls[i].domain, told()->calls[i].function, &name);
		if (name && !strstr(text, name) && strlen(text) + strlen(name) + 2 < room) {
			strcat(text, " ");
			strcat(text, name);
		}
	}
}

static inline bool told_with(uint32_t correlation, uint64_t id)
{
	for (int i = 0; i < told()->id_count; i++)
		if (told()->ids[i].correlation == correlation && told()->ids[i].id == id)
			return true;
	return false;
}

#endif
