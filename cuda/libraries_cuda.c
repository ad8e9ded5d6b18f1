#include "libraries_cuda.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/str.h"
#include "libraries_search.h"

/* Not asked for: new enough for whoever has no device. */
#define VERSION_UNKNOWN UINT64_MAX

struct function {
	const char *name;
	size_t offset; /* of its pointer in struct libraries */
};

struct library_row {
	const char *name, *file;
	const char *const
		*before; /* what it loads itself by these names: loaded first, so that it finds them anywhere */
	const struct function *functions;
	uint64_t oldest;
	uint64_t (*version)(const struct libraries *libraries);
	int divisor[3]; /* of the parts of a version */
};

#define X(name) {#name, offsetof(struct libraries, cudart.name)},
static const struct function cudart_names[] = {CUDART_FUNCTIONS(X){NULL, 0}};
#undef X
#define X(name) {#name, offsetof(struct libraries, cublas.name)},
static const struct function cublas_names[] = {CUBLAS_FUNCTIONS(X){NULL, 0}};
#undef X
#define X(name) {#name, offsetof(struct libraries, cudnn.name)},
static const struct function cudnn_names[] = {CUDNN_FUNCTIONS(X){NULL, 0}};
#undef X
#define X(name) {#name, offsetof(struct libraries, cupti.name)},
static const struct function cupti_names[] = {CUPTI_FUNCTIONS(X){NULL, 0}};
#undef X
#define X(type, name, parameters) {#name, offsetof(struct libraries, nvml.name)},
static const struct function nvml_names[] = {NVML_FUNCTIONS(X){NULL, 0}};
#undef X

/* Whether the driver's library has been loaded: the runtime tries to before anything else. */
static bool has_driver(void)
{
	void *const handle = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);

	if (handle)
		dlclose(handle);
	return handle;
}

static uint64_t version_of_cudart(const struct libraries *libraries)
{
	int version = 0;

	return libraries->cudart.cudaRuntimeGetVersion(&version) ? 0 : (uint64_t)version;
}

static uint64_t version_of_cublas(const struct libraries *libraries)
{
	return libraries->cublas.cublasLtGetVersion();
}

static uint64_t version_of_cudnn(const struct libraries *libraries)
{
	return libraries->cudnn.cudnnGetVersion();
}

/* CUPTI asks the driver; some versions of it (13.2) call themselves without end where there is none. */
static uint64_t version_of_cupti(const struct libraries *libraries)
{
	uint32_t version = 0;

	if (!has_driver())
		return VERSION_UNKNOWN;
	return libraries->cupti.cuptiGetVersion(&version) ? 0 : version;
}

static const char *const before_cudart[] = {"libcuda.so.1", NULL};
static const char *const before_cudnn[] = {"libcublasLt.so.13", "libnvrtc.so.13", NULL};
static const char *const nothing[] = {NULL};

/*
 * The oldest versions: the first of the interface's generation for the runtime and cuBLASLt; the first whose planning
 * without a device is documented for cuDNN; CUPTI 13.0.0 deadlocks and loses records.
 */
static const struct library_row rows[LIBRARY_COUNT] = {
	[LIBRARY_CUDART] = {"the CUDA runtime",
			    "libcudart.so.13",
			    before_cudart,
			    cudart_names,
			    13000,
			    version_of_cudart,
			    {1000, 10}},
	[LIBRARY_CUBLAS] =
		{"cuBLASLt", "libcublasLt.so.13", nothing, cublas_names, 130000, version_of_cublas, {10000, 100, 1}},
	[LIBRARY_CUDNN] =
		{"cuDNN", "libcudnn.so.9", before_cudnn, cudnn_names, 91100, version_of_cudnn, {10000, 100, 1}},
	[LIBRARY_CUPTI] =
		{"CUPTI", "libcupti.so.13", nothing, cupti_names, 130001, version_of_cupti, {10000, 100, 1}},
	[LIBRARY_NVML] = {"NVML", "libnvidia-ml.so.1", nothing, nvml_names, 0, NULL, {0}},
};

const char *library_name(enum library library)
{
	return rows[library].name;
}

void library_version(enum library library, uint64_t version, char text[24])
{
	const int *const divisor = rows[library].divisor;
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < 3 && version && version != VERSION_UNKNOWN && divisor[i]; i++) {
		const uint64_t above = i ? (uint64_t)divisor[i - 1] : UINT64_MAX;

		length += (size_t)snprintf(text + length, 24 - length, "%s%llu", i ? "." : "",
					   (unsigned long long)(version % above / (uint64_t)divisor[i]));
	}
}

/*
 * Symbols stay out of each other's way (RTLD_LOCAL): the libraries find each other by file name, and a file name that is
 * loaded already is found wherever it lies. NULL: `why` says why not, unless there is no such file or it says something.
 */
static void *load(const char *folder, const char *file, struct fc_str *why)
{
	struct fc_str path = {0};

	fc_str_addf(&path, "%s%s%s", folder, *folder ? "/" : "", file);
	void *const handle = dlopen(path.text, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	const char *const words = handle ? NULL : dlerror();
	/* The loader blames the file that it did not find: this one, or one that this one needs. */
	const bool absent = words && !strncmp(words, path.text, path.length) && strstr(words, "No such file");

	if (words && !absent && !why->length)
		fc_str_add(why, words);
	fc_str_release(&path);
	return handle;
}

static void add_folders(struct fc_str *text, const char *const *folders)
{
	static const int at_most = 6;
	int count = 0;

	for (; folders[count]; count++)
		if (count < at_most)
			fc_str_addf(text, "%s%s", count ? ", " : "",
				    *folders[count] ? folders[count] : "where the loader looks");
	if (count > at_most)
		fc_str_addf(text, " and %d more folders", count - at_most);
}

/* The first file of that name that can be loaded. A sentence says where was looked, or why a file that is there cannot be. */
static void *find(const struct library_row *row, const char *file, const char *const *folders, struct fc_error *err)
{
	struct fc_str text = {0}, refused = {0};
	void *handle = NULL;

	for (int i = 0; folders[i] && !handle; i++)
		handle = load(folders[i], file, &refused);
	if (!handle && refused.length) {
		fc_fail(err, "%s cannot be loaded: %s", row->name, refused.text);
	} else if (!handle) {
		add_folders(&text, folders);
		fc_fail(err, "%s is missing: there is no %s in %s; FLOPCLOCK_CUDA may name its folder", row->name,
			file, text.text);
	}
	fc_str_release(&text);
	fc_str_release(&refused);
	return handle;
}

/* The file that was loaded, in the loader's words; they last as long as the library. */
static const char *path_of(void *handle, const struct library_row *row)
{
	struct link_map *map = NULL;

	return dlinfo(handle, RTLD_DI_LINKMAP, &map) || !map->l_name[0] ? row->file : map->l_name;
}

static int fill(struct libraries *libraries, const struct library_row *row, void *handle, const char *path,
		struct fc_error *err)
{
	for (const struct function *f = row->functions; f->name; f++) {
		void *const symbol = dlsym(handle, f->name);

		if (!symbol)
			return fc_fail(err, "%s has no function %s: it is not %s as this program knows it", path,
				       f->name, row->name);
		memcpy((char *)libraries + f->offset, &symbol, sizeof(symbol));
	}
	return 0;
}

int library_check_version(enum library library, uint64_t version, const char *path, struct fc_error *err)
{
	char have[24], want[24];

	if (version >= rows[library].oldest)
		return 0;
	library_version(library, version, have);
	library_version(library, rows[library].oldest, want);
	return fc_fail(err, "%s is %s %s, and at least %s is needed; FLOPCLOCK_CUDA may name another folder", path,
		       rows[library].name, have, want);
}

static void forget(struct libraries *libraries, enum library library)
{
	const void *const none = NULL;

	for (const struct function *f = rows[library].functions; f->name; f++)
		memcpy((char *)libraries + f->offset, &none, sizeof(none));
	libraries->path[library] = NULL;
	libraries->version[library] = 0;
}

static int open_library(struct libraries *libraries, enum library library, const char *const *folders,
			struct fc_error *err)
{
	const struct library_row *const row = &rows[library];
	struct fc_error ignored;

	for (const char *const *file = row->before; *file; file++)
		find(row, *file, folders, &ignored);
	void *const handle = find(row, row->file, folders, err);

	if (!handle)
		return -1;
	libraries->path[library] = path_of(handle, row);
	if (fill(libraries, row, handle, libraries->path[library], err)) {
		forget(libraries, library);
		return -1;
	}
	libraries->version[library] = row->version ? row->version(libraries) : 0;
	if (library_check_version(library, libraries->version[library], libraries->path[library], err)) {
		forget(libraries, library);
		return -1;
	}
	libraries->present |= 1u << library;
	return 0;
}

int libraries_open_in(struct libraries *libraries, const char *const *folders, unsigned needed, unsigned welcome,
		      struct fc_error *err)
{
	struct fc_error ignored;

	memset(libraries, 0, sizeof(*libraries));
	for (int l = 0; l < LIBRARY_COUNT; l++) {
		if (needed & 1u << l) {
			if (open_library(libraries, (enum library)l, folders, err)) {
				memset(libraries, 0, sizeof(*libraries));
				return -1;
			}
		} else if (welcome & 1u << l) {
			open_library(libraries, (enum library)l, folders, &ignored);
		}
	}
	return 0;
}

int libraries_open(struct libraries *libraries, unsigned needed, unsigned welcome, struct fc_error *err)
{
	struct fc_arena arena;
	int rc;

	fc_arena_init(&arena);
	rc = libraries_open_in(libraries, library_folders(&arena), needed, welcome, err);
	fc_arena_release(&arena);
	return rc;
}
