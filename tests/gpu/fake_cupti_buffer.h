/*
 * Buffers of CUPTI's records, made by hand. A record is appended with what matters of it; the pointer that is returned can
 * be used to change the rest until the next one is appended. NULL: there is no room for it.
 */
#ifndef FLOPCLOCK_TESTS_FAKE_CUPTI_BUFFER_H
#define FLOPCLOCK_TESTS_FAKE_CUPTI_BUFFER_H

#include <cupti_record.h>

struct fake_buffer {
	uint8_t *data; /* borrowed, zeroed, 8-byte aligned */
	size_t size, valid;
};

cupti_kernel_record *fake_put_kernel(struct fake_buffer *buffer, const char *name, uint32_t correlation,
				     int64_t start_ns, int64_t end_ns, uint64_t node);
cupti_copy_record *fake_put_copy(struct fake_buffer *buffer, uint8_t kind, uint32_t correlation, int64_t start_ns,
				 int64_t end_ns, uint64_t node);
cupti_fill_record *fake_put_fill(struct fake_buffer *buffer, uint32_t correlation, int64_t start_ns, int64_t end_ns,
				 uint64_t node);
/* kind: RUNTIME or DRIVER. */
cupti_call_record *fake_put_call(struct fake_buffer *buffer, CUpti_ActivityKind kind, uint32_t correlation,
				 int64_t start_ns, int64_t end_ns);
cupti_external_record *fake_put_external(struct fake_buffer *buffer, uint32_t correlation, uint64_t id);
cupti_overhead_record *fake_put_overhead(struct fake_buffer *buffer, CUpti_ActivityOverheadKind kind,
					 int64_t start_ns, int64_t end_ns);
cupti_wait_record *fake_put_wait(struct fake_buffer *buffer, int64_t start_ns, int64_t end_ns);
cupti_jit_record *fake_put_jit(struct fake_buffer *buffer, int64_t start_ns, int64_t end_ns);
cupti_environment_record *fake_put_environment(struct fake_buffer *buffer, CUpti_ActivityEnvironmentKind kind);
/* A record of any kind and size, zero but for its kind. */
CUpti_Activity *fake_put(struct fake_buffer *buffer, CUpti_ActivityKind kind, size_t bytes);

#endif
