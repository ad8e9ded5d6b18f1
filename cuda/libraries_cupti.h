/* CUPTI as a table of functions that is filled at run time. */
#ifndef FLOPCLOCK_CUDA_LIBRARIES_CUPTI_H
#define FLOPCLOCK_CUDA_LIBRARIES_CUPTI_H

#include <cupti.h>

/* clang-format off */
#define CUPTI_FUNCTIONS(X)                                                                                      \
	X(cuptiGetVersion) X(cuptiGetResultString) X(cuptiGetTimestamp) X(cuptiSubscribe_v2)                    \
	X(cuptiUnsubscribe) X(cuptiEnableCallback) X(cuptiGetCallbackName) X(cuptiSetThreadIdType)              \
	X(cuptiActivitySetAttribute) X(cuptiActivityRegisterCallbacks) X(cuptiActivityEnable)                   \
	X(cuptiActivityDisable) X(cuptiActivityEnableRuntimeApi) X(cuptiActivityEnableDriverApi)                \
	X(cuptiActivityFlushAll) X(cuptiActivityGetNextRecord) X(cuptiActivityGetNumDroppedRecords)             \
	X(cuptiActivityPushExternalCorrelationId) X(cuptiActivityPopExternalCorrelationId)                      \
	X(cuptiGetGraphNodeId) X(cuptiGetGraphExecId)
/* clang-format on */

struct cupti_functions {
#define X(name) __typeof__(name) *name;
	CUPTI_FUNCTIONS(X)
#undef X
};

#endif
