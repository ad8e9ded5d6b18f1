/*
 * The records that CUPTI 13.0 writes, named once and pinned: a header whose records differ does not compile, because a
 * record read by another layout gives wrong times without a word.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_RECORD_H
#define FLOPCLOCK_CUDA_CUPTI_RECORD_H

#include <stddef.h>

#include <cupti.h>

#define CUPTI_LEAST_VERSION 130001

typedef CUpti_ActivityKernel10 cupti_kernel_record;
typedef CUpti_ActivityMemcpy6 cupti_copy_record;
typedef CUpti_ActivityMemset4 cupti_fill_record;
typedef CUpti_ActivityAPI cupti_call_record;
typedef CUpti_ActivityExternalCorrelation cupti_external_record;
typedef CUpti_ActivityOverhead3 cupti_overhead_record;
typedef CUpti_ActivitySynchronization2 cupti_wait_record;
typedef CUpti_ActivityEnvironment cupti_environment_record;
typedef CUpti_ActivityJit2 cupti_jit_record;

_Static_assert(sizeof(cupti_kernel_record) == 216, "records of kernels differ from CUPTI 13.0");
_Static_assert(offsetof(cupti_kernel_record, start) == 16 && offsetof(cupti_kernel_record, correlationId) == 92 &&
		       offsetof(cupti_kernel_record, name) == 104 &&
		       offsetof(cupti_kernel_record, graphNodeId) == 144,
	       "records of kernels differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_copy_record) == 96 && offsetof(cupti_copy_record, graphNodeId) == 64,
	       "records of copies differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_fill_record) == 88 && offsetof(cupti_fill_record, graphNodeId) == 64,
	       "records of memsets differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_call_record) == 40 && offsetof(cupti_call_record, correlationId) == 32,
	       "records of calls differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_external_record) == 24 && offsetof(cupti_external_record, externalId) == 8,
	       "records of external ids differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_overhead_record) == 56, "records of overhead differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_wait_record) == 56, "records of synchronisation differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_environment_record) == 40, "records of the environment differ from CUPTI 13.0");
_Static_assert(sizeof(cupti_jit_record) == 72, "records of compilation differ from CUPTI 13.0");

#endif
