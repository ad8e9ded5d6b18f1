#include "libraries_cuda.h"

#include <string.h>

int cudart_check(const struct libraries *libraries, cudaError_t status, const char *what, struct fc_error *err)
{
	if (status == cudaSuccess)
		return 0;
	/* What a call reported stays noted until it is asked for, and would be blamed on a later launch. */
	libraries->cudart.cudaGetLastError();
	return fc_fail(err, "%s: %s (%s)", what, libraries->cudart.cudaGetErrorString(status),
		       libraries->cudart.cudaGetErrorName(status));
}

int cublas_check(const struct libraries *libraries, cublasStatus_t status, const char *what, struct fc_error *err)
{
	if (status == CUBLAS_STATUS_SUCCESS)
		return 0;
	return fc_fail(err, "%s: %s (%s)", what, libraries->cublas.cublasLtGetStatusString(status),
		       libraries->cublas.cublasLtGetStatusName(status));
}

int cudnn_check(const struct libraries *libraries, cudnnStatus_t status, const char *what, struct fc_error *err)
{
	char condition[512] = "";

	if (status == CUDNN_STATUS_SUCCESS)
		return 0;
	libraries->cudnn.cudnnGetLastErrorString(condition, sizeof(condition));
	condition[strcspn(condition, "\n")] = '\0';
	return fc_fail(err, "%s: %s%s%s", what, libraries->cudnn.cudnnGetErrorString(status), *condition ? ": " : "",
		       condition);
}

int cupti_check(const struct libraries *libraries, CUptiResult status, const char *what, struct fc_error *err)
{
	const char *name = NULL;

	if (status == CUPTI_SUCCESS)
		return 0;
	if (libraries->cupti.cuptiGetResultString(status, &name) || !name)
		return fc_fail(err, "%s: CUPTI answers %d", what, (int)status);
	return fc_fail(err, "%s: CUPTI answers %s (%d)", what, name, (int)status);
}
