#ifdef HAVE_CUDA

#include "fake_cupti_gpu.h"

#include <stdlib.h>

#include "fake_cupti.h"
#include "flopclock/arena.h"
#include "host_gpu.h"
#include "kernels.h"

struct fake_gpu {
	struct gpu gpu;
	struct gpu *host;
	uint64_t works;
};

struct fake_gpu_graph {
	void *host;
	struct fake_graph *exec;
};

static struct fake_gpu *fake_of(struct gpu *gpu)
{
	return (struct fake_gpu *)gpu;
}

static struct gpu *host_of(struct gpu *gpu)
{
	return fake_of(gpu)->host;
}

/* Something runs for a while, not always the same while. */
static void work(struct gpu *gpu, const char *name)
{
	fake_kernel(name, 900 + (int64_t)(fake_of(gpu)->works++ * 7919 % 5000));
}

/* -------- life and memory -------- */

static void close_gpu(struct gpu *gpu)
{
	host_of(gpu)->ops->close(host_of(gpu));
	free(gpu);
}

static void describe(struct gpu *gpu, struct fc_json *json)
{
	host_of(gpu)->ops->describe(host_of(gpu), json);
}

static uint64_t memory_available(struct gpu *gpu)
{
	return host_of(gpu)->ops->memory_available(host_of(gpu));
}

static int alloc_memory(struct gpu *gpu, uint64_t bytes, void **memory, struct fc_error *err)
{
	fake_fill(500);
	return host_of(gpu)->ops->alloc(host_of(gpu), bytes, memory, err);
}

static void free_memory(struct gpu *gpu, void *memory)
{
	host_of(gpu)->ops->free(host_of(gpu), memory);
}

static int upload(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	fake_copy(CUPTI_ACTIVITY_MEMCPY_KIND_HTOD, 700);
	fake_wait();
	return host_of(gpu)->ops->upload(host_of(gpu), to, from, bytes, err);
}

static int download(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	fake_copy(CUPTI_ACTIVITY_MEMCPY_KIND_DTOH, 800);
	fake_wait();
	return host_of(gpu)->ops->download(host_of(gpu), to, from, bytes, err);
}

static int clear(struct gpu *gpu, void *memory, uint64_t bytes, struct fc_error *err)
{
	fake_fill(300);
	return host_of(gpu)->ops->clear(host_of(gpu), memory, bytes, err);
}

/* -------- work -------- */

static int launch(struct gpu *gpu, const struct gpu_launch *what, struct fc_error *err)
{
	work(gpu, kernel_name((enum kernel_id)what->kernel, what->type));
	return host_of(gpu)->ops->launch(host_of(gpu), what, err);
}

static int conv_open(struct gpu *gpu, const struct gpu_conv_request *request, struct gpu_conv **conv,
		     struct fc_error *err)
{
	return host_of(gpu)->ops->conv_open(host_of(gpu), request, conv, err);
}

static void conv_close(struct gpu *gpu, struct gpu_conv *conv)
{
	host_of(gpu)->ops->conv_close(host_of(gpu), conv);
}

static void conv_plan(struct gpu *gpu, const struct gpu_conv *conv, struct gpu_plan *plan)
{
	host_of(gpu)->ops->conv_plan(host_of(gpu), conv, plan);
}

/* As cuDNN does it sometimes: two kernels for one convolution. */
static int conv_run(struct gpu *gpu, struct gpu_conv *conv, const void *a, const void *b, const void *bias, void *out,
		    void *workspace, struct fc_error *err)
{
	work(gpu, "transform");
	work(gpu, "convolve");
	return host_of(gpu)->ops->conv_run(host_of(gpu), conv, a, b, bias, out, workspace, err);
}

static int product_open(struct gpu *gpu, const struct gpu_product_request *request, struct gpu_product **product,
			struct fc_error *err)
{
	return host_of(gpu)->ops->product_open(host_of(gpu), request, product, err);
}

static void product_close(struct gpu *gpu, struct gpu_product *product)
{
	host_of(gpu)->ops->product_close(host_of(gpu), product);
}

static void product_plan(struct gpu *gpu, const struct gpu_product *product, struct gpu_plan *plan)
{
	host_of(gpu)->ops->product_plan(host_of(gpu), product, plan);
}

static int product_run(struct gpu *gpu, struct gpu_product *product, const void *a, const void *b, const void *bias,
		       void *c, void *workspace, struct fc_error *err)
{
	work(gpu, "multiply");
	return host_of(gpu)->ops->product_run(host_of(gpu), product, a, b, bias, c, workspace, err);
}

static int legacy_open(struct gpu *gpu, const struct gpu_legacy_request *request, struct gpu_legacy **legacy,
		       struct fc_error *err)
{
	return host_of(gpu)->ops->legacy_open(host_of(gpu), request, legacy, err);
}

static void legacy_close(struct gpu *gpu, struct gpu_legacy *legacy)
{
	host_of(gpu)->ops->legacy_close(host_of(gpu), legacy);
}

static int legacy_run(struct gpu *gpu, struct gpu_legacy *legacy, const struct gpu_legacy_call *call,
		      struct fc_error *err)
{
	work(gpu, "norm or pool");
	return host_of(gpu)->ops->legacy_run(host_of(gpu), legacy, call, err);
}

static int measure(struct gpu *gpu, int runs, int (*what)(void *data, struct fc_error *err), void *data, float *ms,
		   struct fc_error *err)
{
	return host_of(gpu)->ops->measure(host_of(gpu), runs, what, data, ms, err);
}

/* -------- graphs -------- */

static int capture_begin(struct gpu *gpu, struct fc_error *err)
{
	if (host_of(gpu)->ops->capture_begin(host_of(gpu), err))
		return -1;
	fake_capture_begin();
	return 0;
}

static int capture_end(struct gpu *gpu, void **graph, struct fc_error *err)
{
	struct fake_gpu_graph *const both = fc_calloc(1, sizeof(*both));
	struct fake_graph *const captured = fake_capture_end();

	both->exec = fake_instantiate(captured);
	fake_destroy(captured);
	*graph = both;
	if (!host_of(gpu)->ops->capture_end(host_of(gpu), &both->host, err))
		return 0;
	fake_destroy(both->exec);
	free(both);
	return -1;
}

static int replay(struct gpu *gpu, void *graph, struct fc_error *err)
{
	struct fake_gpu_graph *const both = graph;
	struct fake_span *const spans = fc_calloc((size_t)fake_graph_length(both->exec) + 1, sizeof(*spans));

	fake_replay(both->exec, spans);
	free(spans);
	return host_of(gpu)->ops->replay(host_of(gpu), both->host, err);
}

static void graph_release(struct gpu *gpu, void *graph)
{
	struct fake_gpu_graph *const both = graph;

	host_of(gpu)->ops->graph_release(host_of(gpu), both->host);
	fake_destroy(both->exec);
	free(both);
}

static int sync_gpu(struct gpu *gpu, struct fc_error *err)
{
	fake_wait();
	return host_of(gpu)->ops->sync(host_of(gpu), err);
}

int fake_cupti_gpu_open(struct gpu **gpu, struct fc_error *err)
{
	static const struct gpu_ops ops = {
		.name = "emulated and recorded",
		.close = close_gpu,
		.describe = describe,
		.memory_available = memory_available,
		.alloc = alloc_memory,
		.free = free_memory,
		.upload = upload,
		.download = download,
		.clear = clear,
		.launch = launch,
		.conv_open = conv_open,
		.conv_close = conv_close,
		.conv_plan = conv_plan,
		.conv_run = conv_run,
		.product_open = product_open,
		.product_close = product_close,
		.product_plan = product_plan,
		.product_run = product_run,
		.legacy_open = legacy_open,
		.legacy_close = legacy_close,
		.legacy_run = legacy_run,
		.measure = measure,
		.capture_begin = capture_begin,
		.capture_end = capture_end,
		.replay = replay,
		.graph_release = graph_release,
		.sync = sync_gpu,
	};
	struct gpu *host;

	if (host_gpu_open(&host, err))
		return -1;
	struct fake_gpu *const fake = fc_calloc(1, sizeof(*fake));

	fake->gpu.ops = &ops;
	fake->host = host;
	*gpu = &fake->gpu;
	return 0;
}

#endif
