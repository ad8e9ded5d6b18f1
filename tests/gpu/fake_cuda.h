/*
 * A stand-in for the CUDA runtime, cuBLASLt and cuDNN's older calls, behind the tables of functions through which the program
 * calls them. It computes nothing: memory is the host's, time is a clock that only products, norms, pools and kernels move, by
 * amounts that a test chooses. Every call can be made to fail, and what is not given back is counted.
 *
 * One at a time per thread.
 */
#ifndef FLOPCLOCK_TESTS_FAKE_CUDA_H
#define FLOPCLOCK_TESTS_FAKE_CUDA_H

#include <stdbool.h>

#include "libraries_cuda.h"

#define FAKE_ALGORITHMS 12

struct fake_cuda {
	/* -------- what a test sets -------- */
	int driver, devices; /* driver 0: none */
	bool stub;	     /* the driver is a toolkit's stub */
	uint64_t memory_bytes;
	int fail_at;	      /* this call fails, counted from 1; 0: none */
	bool refuses_capture; /* products and norms cannot be captured */
	double kernel_ms;
	/* Products: what is offered. A negative time: it cannot be run. */
	int algorithms;
	double algorithm_ms[FAKE_ALGORITHMS];
	size_t algorithm_workspace[FAKE_ALGORITHMS];
	uint64_t algorithm_arithmetic; /* CUBLASLT_NUMERICAL_IMPL_FLAGS_... */
	/* Norms and pools: status by mode, what a norm wants. */
	cudnnStatus_t mode_status[3]; /* index: cudnnBatchNormMode_t */
	cudnnStatus_t pool_status;
	size_t norm_workspace, norm_kept;

	/* -------- what a test reads -------- */
	int calls;	    /* that could have failed */
	const char *failed; /* the call that was made to fail */
	int alive;	    /* things that were made and not given back */
	uint64_t used_bytes, peak_bytes;
	double clock_ms;
	bool capturing;
	int launches, products, norms, pools, captures, replays, shared_requests;
	const char *kernel; /* that was launched last */
	uint32_t grid[3], block[3], shared_bytes;
	unsigned char arguments[64]; /* what the last launch's began with */
	int algorithm;		     /* that ran last */
	float beta;		     /* of the last product or norm or pool */
	uint64_t workspace_bytes;    /* of the last product */
	const void *workspace, *bias;
	int32_t batch;		/* of the matrix that was described last with one, and how far its matrices are apart */
	int64_t batch_distance;
	cudnnBatchNormMode_t mode;
	double factor, epsilon; /* of the last norm */

	/* -------- its own -------- */
	double graph_ms;
};

/* A driver, one device with 1 GB, one algorithm; everything works. `libraries` gets the functions. */
void fake_cuda_open(struct fake_cuda *fake, struct libraries *libraries);

#endif
