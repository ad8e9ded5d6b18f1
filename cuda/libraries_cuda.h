/*
 * NVIDIA's libraries, found and loaded at run time: nothing of them is linked.
 *
 * They are looked for, in this order, in
 *	$FLOPCLOCK_CUDA	folders, separated by colons: a toolkit, a folder of libraries, or a Python site-packages
 *	$CUDA_HOME, $CUDA_PATH
 *	where the loader looks by itself
 *	/usr/local/cuda, /usr/local/cuda-*, the library folders of distributions
 *	the folders that Python wheels unpack to, below every site-packages of $VIRTUAL_ENV, $CONDA_PREFIX, ~/.local, /usr
 * A library that was loaded stays until the process ends (their threads and exit handlers do not survive an unloading),
 * so opening again is cheap, and whoever needs one opens it for himself.
 */
#ifndef FLOPCLOCK_CUDA_LIBRARIES_CUDA_H
#define FLOPCLOCK_CUDA_LIBRARIES_CUDA_H

#include <stdint.h>

#include "flopclock/error.h"
#include "libraries_cublas.h"
#include "libraries_cudart_cuda.h"
#include "libraries_cudnn.h"
#include "libraries_cupti.h"
#include "libraries_nvml.h"

enum library { LIBRARY_CUDART, LIBRARY_CUBLAS, LIBRARY_CUDNN, LIBRARY_CUPTI, LIBRARY_NVML, LIBRARY_COUNT };

/* What a caller needs: a bit 1 << enum library each. */
#define LIBRARIES_PLAN	(1u << LIBRARY_CUDNN)
#define LIBRARIES_TRAIN (1u << LIBRARY_CUDART | 1u << LIBRARY_CUBLAS | 1u << LIBRARY_CUDNN)
#define LIBRARIES_TRACE (1u << LIBRARY_CUDART | 1u << LIBRARY_CUPTI)
#define LIBRARIES_STATE (1u << LIBRARY_NVML)

/* The tables of what was not loaded are zero. */
struct libraries {
	struct cudart_functions cudart;
	struct cublas_functions cublas;
	struct cudnn_functions cudnn;
	struct cupti_functions cupti;
	struct nvml_functions nvml;
	unsigned present;		 /* a bit 1 << enum library each */
	uint64_t version[LIBRARY_COUNT]; /* as the library writes it: 13000, 130100, 91900, 130001; 0: unknown */
	const char *path[LIBRARY_COUNT]; /* the file, in the loader's memory; NULL: not present */
};

/*
 * Loads what is `needed`, and what is `welcome` where it is there. On failure a sentence names the first library or
 * function that is missing, or the version that is too old, and where was looked. There is nothing to close.
 */
int libraries_open(struct libraries *libraries, unsigned needed, unsigned welcome, struct fc_error *err);
/* The same in these folders only (libraries_search.h); NULL behind the last. */
int libraries_open_in(struct libraries *libraries, const char *const *folders, unsigned needed, unsigned welcome,
		      struct fc_error *err);

/* "cuDNN", "CUPTI" ... */
const char *library_name(enum library library);
/* A version in the library's own scheme as people write it: "13.0", "9.19.0"; "" for 0. */
void library_version(enum library library, uint64_t version, char text[24]);
/* Fails with a sentence where the library at `path` is older than what the program was made for. */
int library_check_version(enum library library, uint64_t version, const char *path, struct fc_error *err);

/*
 * 0 when the status is a success. Otherwise -1 and "WHAT: the library's words (NAME)", for cuDNN with the condition that
 * it says was not met.
 */
int cudart_check(const struct libraries *libraries, cudaError_t status, const char *what, struct fc_error *err);
int cublas_check(const struct libraries *libraries, cublasStatus_t status, const char *what, struct fc_error *err);
int cudnn_check(const struct libraries *libraries, cudnnStatus_t status, const char *what, struct fc_error *err);
int cupti_check(const struct libraries *libraries, CUptiResult status, const char *what, struct fc_error *err);

#endif
