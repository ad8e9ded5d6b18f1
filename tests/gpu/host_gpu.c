/* The emulated GPU itself: memory, launches, measuring, opening and closing. */
#include "host_gpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "host_call.h"

/* Memory that the emulation says it has left, however much the host has: the same everywhere. */
#define MEMORY_BYTES ((uint64_t)8 << 30)

static struct host_gpu *of(struct gpu *gpu)
{
	return (struct host_gpu *)gpu;
}

static void complain(struct host_gpu *host)
{
	if (host->capturing || host->plans || host->graphs || host->heap.spans)
		host_forbid(host, &(struct fc_error){ 0 }, "the emulated GPU",
			    host->capturing ? "was closed while capturing"
			    : host->plans   ? "was closed before its plans"
			    : host->graphs  ? "was closed before its graphs"
					    : "was closed before its memory was freed");
	if (!host->misuse[0])
		return;
	fprintf(stderr, "%s\n", host->misuse);
	abort();
}

static void close_gpu(struct gpu *gpu)
{
	struct host_gpu *host = of(gpu);

	complain(host);
	host_heap_release(&host->heap);
	host_blocks_free(host->blocks);
	free(host);
}

static void describe(struct gpu *gpu, struct fc_json *json)
{
	(void)gpu;
	fc_json_text(json, "name", "emulated on the host");
	fc_json_u64(json, "memory_bytes", MEMORY_BYTES);
}

static uint64_t memory_available(struct gpu *gpu)
{
	return MEMORY_BYTES - of(gpu)->heap.bytes;
}

static int alloc(struct gpu *gpu, uint64_t bytes, void **memory, struct fc_error *err)
{
	*memory = NULL;
	return host_may(of(gpu), err, "an allocation") ? -1 : host_heap_alloc(&of(gpu)->heap, bytes, memory, err);
}

static void free_memory(struct gpu *gpu, void *memory)
{
	struct fc_error err;

	if (!memory || host_may(of(gpu), &err, "a release of memory"))
		return;
	if (!host_heap_free(&of(gpu)->heap, memory))
		host_forbid(of(gpu), &err, "a release of memory", "that was not allocated");
}

static int check_span(struct gpu *gpu, const char *name, const void *data, uint64_t bytes, struct fc_error *err)
{
	if (host_may(of(gpu), err, name))
		return -1;
	if (!host_heap_holds(&of(gpu)->heap, data, bytes))
		return host_forbid(of(gpu), err, name, "outside of the device's memory");
	return 0;
}

static int upload(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	if (check_span(gpu, "an upload", to, bytes, err))
		return -1;
	memcpy(to, from, bytes);
	return 0;
}

static int download(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	if (check_span(gpu, "a download", from, bytes, err))
		return -1;
	memcpy(to, from, bytes);
	return 0;
}

static int run_clear(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	(void)gpu;
	(void)err;
	memset(call->out, 0, call->access[0].bytes);
	return 0;
}

static int clear(struct gpu *gpu, void *memory, uint64_t bytes, struct fc_error *err)
{
	struct host_call call = { .name = "clear", .run = run_clear, .out = memory };

	host_call_access(&call, memory, bytes, true);
	return bytes ? host_submit(of(gpu), &call, err) : 0;
}

static int run_launch(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const char *forbidden = host_blocks_run(gpu->blocks, host_kernel(call->launch.kernel, call->launch.type),
						&call->launch, gpu->reverse, &gpu->time_ns);

	gpu->launches += !gpu->reverse;
	return forbidden ? host_forbid(gpu, err, call->name, forbidden) : 0;
}

static int launch(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err)
{
	const struct host_kernel *kernel = host_kernel(launch->kernel, launch->type);
	struct host_call call = { .run = run_launch, .launch = *launch, .access_count = launch->access_count };

	if (!kernel || launch->access_count > GPU_MAX_ACCESS)
		return host_forbid(of(gpu), err, "a launch", "of a kernel that there is none of");
	call.name = kernel->name;
	memcpy(call.access, launch->access, sizeof(call.access));
	return host_submit(of(gpu), &call, err);
}

static int measure(struct gpu *gpu, int runs, int (*work)(void *data, struct fc_error *err), void *data, float *ms,
		   struct fc_error *err)
{
	struct host_gpu *host = of(gpu);

	(void)runs;
	*ms = host->options.legacy ? 1 / (float)++host->measures : 0;
	return host_may(host, err, "measuring") || work(data, err) ? -1 : 0;
}

static int sync_stream(struct gpu *gpu, struct fc_error *err)
{
	return host_may(of(gpu), err, "waiting");
}

static const struct gpu_ops ops = {
	.name = "host",
	.close = close_gpu,
	.describe = describe,
	.memory_available = memory_available,
	.alloc = alloc,
	.free = free_memory,
	.upload = upload,
	.download = download,
	.clear = clear,
	.launch = launch,
	.conv_open = host_conv_open,
	.conv_close = host_conv_close,
	.conv_plan = host_conv_plan,
	.conv_run = host_conv_run,
	.product_open = host_product_open,
	.product_close = host_product_close,
	.product_plan = host_product_plan,
	.product_run = host_product_run,
	.legacy_open = host_legacy_open,
	.legacy_close = host_legacy_close,
	.legacy_run = host_legacy_run,
	.measure = measure,
	.capture_begin = host_capture_begin,
	.capture_end = host_capture_end,
	.replay = host_replay,
	.graph_release = host_graph_release,
	.sync = sync_stream,
};

int host_gpu_open(struct gpu **gpu, struct fc_error *err)
{
	struct host_gpu *host = fc_calloc(1, sizeof(*host));

	(void)err;
	host->gpu.ops = &ops;
	host->blocks = host_blocks_new();
	*gpu = &host->gpu;
	return 0;
}

void host_gpu_set(struct gpu *gpu, const struct host_gpu_options *options)
{
	of(gpu)->options = *options;
}

const char *host_gpu_misuse(struct gpu *gpu)
{
	struct host_gpu *host = of(gpu);

	if (!host->misuse[0])
		return NULL;
	memcpy(host->told, host->misuse, sizeof(host->told));
	host->misuse[0] = 0;
	return host->told;
}

uint64_t host_gpu_launches(struct gpu *gpu)
{
	return of(gpu)->launches;
}
