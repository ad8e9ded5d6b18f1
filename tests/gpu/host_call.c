/* The stream of the emulated GPU: checks, guards, capture and replay. */
#include "host_call.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "flopclock/arena.h"

static struct host_gpu *of(struct gpu *gpu)
{
	return (struct host_gpu *)gpu;
}

int host_forbid(struct host_gpu *gpu, struct fc_error *err, const char *name, const char *what)
{
	if (!gpu->misuse[0])
		snprintf(gpu->misuse, sizeof(gpu->misuse), "%s %s", name, what);
	return fc_fail(err, "%s %s", name, what);
}

int host_may(struct host_gpu *gpu, struct fc_error *err, const char *what)
{
	return gpu->capturing ? host_forbid(gpu, err, what, "while capturing") : 0;
}

void host_call_access(struct host_call *call, const void *data, uint64_t bytes, bool write)
{
	if (data && bytes)
		call->access[call->access_count++] = (struct gpu_access){ data, bytes, write };
}

/* Twice, in both orders of threads and at the same time of the device, with what is not listed spoilt. */
static int execute_guarded(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const uint64_t time_ns = gpu->time_ns;
	const char *wrong;
	int rc;

	host_guard_begin(&gpu->heap, call->access, call->access_count);
	rc = call->run(gpu, call, err);
	host_guard_again(&gpu->heap);
	gpu->time_ns = time_ns;
	gpu->reverse = true;
	rc = call->run(gpu, call, err) || rc ? -1 : 0;
	gpu->reverse = false;
	wrong = host_guard_end(&gpu->heap);
	return wrong ? host_forbid(gpu, err, call->name, wrong) : rc;
}

static int execute(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	int rc;

	for (int i = 0; i < call->access_count; i++)
		if (!host_heap_holds(&gpu->heap, call->access[i].data, call->access[i].bytes))
			return host_forbid(gpu, err, call->name,
					   call->access[i].write ? "writes outside of its memory"
								 : "reads outside of its memory");
	rc = gpu->options.strict ? execute_guarded(gpu, call, err) : call->run(gpu, call, err);
	return host_heap_intact(&gpu->heap) ? rc
					    : host_forbid(gpu, err, call->name, "writes behind the end of memory");
}

/* The launch's parameter is copied too: a launcher has it on its stack. */
static struct host_call *keep(const struct host_call *call)
{
	struct host_call *kept = fc_calloc(1, sizeof(*kept) + call->launch.args_bytes);

	*kept = *call;
	kept->next = NULL;
	if (call->launch.args) {
		memcpy(kept + 1, call->launch.args, call->launch.args_bytes);
		kept->launch.args = kept + 1;
	}
	return kept;
}

int host_submit(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	struct host_call *kept;

	if (!gpu->capturing)
		return execute(gpu, call, err);
	kept = keep(call);
	*gpu->capturing->end = kept;
	gpu->capturing->end = &kept->next;
	return 0;
}

int host_capture_begin(struct gpu *gpu, struct fc_error *err)
{
	struct host_gpu *host = of(gpu);

	if (host_may(host, err, "a second capture"))
		return -1;
	host->capturing = fc_calloc(1, sizeof(*host->capturing));
	host->capturing->end = &host->capturing->first;
	host->graphs++;
	return 0;
}

int host_capture_end(struct gpu *gpu, void **graph, struct fc_error *err)
{
	struct host_gpu *host = of(gpu);

	if (!host->capturing)
		return host_forbid(host, err, "the end of a capture", "that never began");
	*graph = host->capturing;
	host->capturing = NULL;
	return 0;
}

int host_replay(struct gpu *gpu, void *graph, struct fc_error *err)
{
	struct host_gpu *host = of(gpu);

	if (host_may(host, err, "a replay"))
		return -1;
	for (const struct host_call *call = ((struct host_graph *)graph)->first; call; call = call->next)
		if (execute(host, call, err))
			return -1;
	return 0;
}

void host_graph_release(struct gpu *gpu, void *graph)
{
	struct host_graph *g = graph;

	for (struct host_call *call = g->first, *next; call; call = next) {
		next = call->next;
		free(call);
	}
	free(g);
	of(gpu)->graphs--;
}

struct gpu_plan host_plan(const char *name, uint64_t workspace_bytes)
{
	return (struct gpu_plan){ .name = name,
				  .notes = "",
				  .knobs = "",
				  .engine = -1,
				  .workspace_bytes = workspace_bytes,
				  .candidates = 1 };
}
