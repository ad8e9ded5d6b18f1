#include "recording_gpu.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "kernels.h"

/* Written or not is known per grain of so many bytes. */
#define GRAIN 16

struct block {
	struct block *next;
	uintptr_t start;
	uint64_t bytes;
	uint8_t *written, *fresh; /* per grain */
};

/* A call that was captured: what it reads and writes is all there is to know. */
struct call {
	struct call *next;
	const char *name;
	uint64_t *counter;
	struct gpu_access access[GPU_MAX_ACCESS];
	int access_count;
	bool sweep;
};

struct graph {
	struct call *first, **end;
};

/* A gradient. */
struct watch {
	struct watch *next;
	const void *data;
	uint64_t bytes;
};

struct recording {
	struct block *blocks;
	struct watch *watches;
	uintptr_t next_address;
	struct graph *capturing;
	struct recording_totals totals;
	char *complaint;
};

struct recording_gpu {
	struct gpu gpu;
	struct recording *recording;
};

struct gpu_conv {
	struct gpu_conv_request request;
	uint64_t workspace_bytes;
};

struct gpu_product {
	struct gpu_product_request request;
	uint64_t workspace_bytes;
};

struct gpu_legacy {
	struct gpu_legacy_request request;
};

static struct recording *of(struct gpu *gpu)
{
	return ((struct recording_gpu *)gpu)->recording;
}

FC_PRINTF(2, 3) static void complain(struct recording *r, const char *format, ...)
{
	struct fc_str text = { 0 };
	va_list args;

	if (r->complaint)
		return;
	va_start(args, format);
	fc_str_vaddf(&text, format, args);
	va_end(args);
	r->complaint = text.text;
}

static bool may(struct recording *r, const char *what)
{
	if (!r->capturing)
		return true;
	complain(r, "%s while capturing", what);
	return false;
}

/* -------- memory -------- */

static struct block *find(const struct recording *r, const void *data, uint64_t bytes)
{
	const uintptr_t start = (uintptr_t)data;

	for (struct block *b = r->blocks; b; b = b->next)
		if (start >= b->start && start + bytes <= b->start + b->bytes)
			return b;
	return NULL;
}

static void mark(struct block *b, const void *data, uint64_t bytes, uint8_t value)
{
	const uint64_t first = ((uintptr_t)data - b->start) / GRAIN,
		       end = ((uintptr_t)data - b->start + bytes + GRAIN - 1) / GRAIN;

	memset(b->written + first, value, end - first);
	memset(b->fresh + first, value, end - first);
}

static bool all(const uint8_t *flags, const struct block *b, const void *data, uint64_t bytes)
{
	const uint64_t first = ((uintptr_t)data - b->start) / GRAIN,
		       end = ((uintptr_t)data - b->start + bytes + GRAIN - 1) / GRAIN;

	return !memchr(flags + first, 0, end - first);
}

static int recording_alloc(struct gpu *gpu, uint64_t bytes, void **memory, struct fc_error *err)
{
	struct recording *const r = of(gpu);
	struct block *const b = fc_calloc(1, sizeof(*b));
	const uint64_t grains = bytes / GRAIN + 1;

	(void)err;
	may(r, "an allocation");
	b->start = r->next_address;
	b->bytes = bytes;
	b->written = fc_calloc(grains, 1);
	b->fresh = fc_calloc(grains, 1);
	b->next = r->blocks;
	r->blocks = b;
	/* A gap behind it, so that running over its end is seen. */
	r->next_address += (bytes + 4096) / 256 * 256;
	r->totals.allocations++;
	r->totals.allocated_bytes += bytes;
	if (r->totals.allocated_bytes > r->totals.peak_bytes)
		r->totals.peak_bytes = r->totals.allocated_bytes;
	*memory = (void *)b->start;
	return 0;
}

static void recording_free_memory(struct gpu *gpu, void *memory)
{
	struct recording *const r = of(gpu);

	may(r, "a release of memory");
	for (struct block **link = &r->blocks; *link; link = &(*link)->next) {
		struct block *const b = *link;

		if (b->start != (uintptr_t)memory)
			continue;
		*link = b->next;
		r->totals.allocations--;
		r->totals.allocated_bytes -= b->bytes;
		free(b->written);
		free(b->fresh);
		free(b);
		return;
	}
	complain(r, "memory is released that was not allocated");
}

/* -------- calls -------- */

static bool overlap(const struct gpu_access *a, const struct gpu_access *b)
{
	const uintptr_t x = (uintptr_t)a->data, y = (uintptr_t)b->data;

	return x < y + b->bytes && y < x + a->bytes;
}

static void check_read(struct recording *r, const struct call *call, const struct gpu_access *a,
		       const struct block *b)
{
	if (!call->sweep && !all(b->written, b, a->data, a->bytes))
		complain(r, "%s reads %llu bytes that nobody wrote", call->name, (unsigned long long)a->bytes);
}

static void check_overlaps(struct recording *r, const struct call *call, int k)
{
	const struct gpu_access *const w = &call->access[k];

	for (int i = 0; i < call->access_count; i++) {
		const struct gpu_access *const a = &call->access[i];

		if (i != k && a->bytes && overlap(w, a) && a->data != w->data)
			complain(r, "%s writes over half of what it reads or writes elsewhere", call->name);
	}
}

static void check_watches(struct recording *r)
{
	for (const struct watch *w = r->watches; w; w = w->next) {
		const struct block *const b = find(r, w->data, w->bytes);

		if (!b || !all(b->fresh, b, w->data, w->bytes))
			complain(r, "the optimizer runs before a gradient of %llu bytes was computed",
				 (unsigned long long)w->bytes);
	}
}

static void execute(struct recording *r, const struct call *call)
{
	if (call->sweep)
		check_watches(r);
	for (int i = 0; i < call->access_count; i++) {
		const struct gpu_access *const a = &call->access[i];
		struct block *const b = find(r, a->data, a->bytes);

		if (!a->bytes)
			continue;
		if (!b)
			complain(r, "%s %s %llu bytes outside of its memory", call->name,
				 a->write ? "writes" : "reads", (unsigned long long)a->bytes);
		else if (!a->write)
			check_read(r, call, a, b);
	}
	for (int i = 0; i < call->access_count; i++) {
		const struct gpu_access *const a = &call->access[i];
		struct block *const b = find(r, a->data, a->bytes);

		if (!a->write || !b || !a->bytes)
			continue;
		check_overlaps(r, call, i);
		mark(b, a->data, a->bytes, 1);
	}
	/* What the optimizer itself writes is no new gradient. */
	for (struct block *b = r->blocks; b && call->sweep; b = b->next)
		memset(b->fresh, 0, b->bytes / GRAIN + 1);
	(*call->counter)++;
}

static void submit(struct recording *r, const struct call *call)
{
	struct call *copy;

	if (!r->capturing) {
		execute(r, call);
		return;
	}
	copy = fc_calloc(1, sizeof(*copy));
	*copy = *call;
	copy->next = NULL;
	*r->capturing->end = copy;
	r->capturing->end = &copy->next;
	r->totals.captured++;
}

static void add(struct call *call, const void *data, uint64_t bytes, bool write)
{
	if (data)
		call->access[call->access_count++] = (struct gpu_access){ data, bytes, write };
}

static int recording_clear(struct gpu *gpu, void *memory, uint64_t bytes, struct fc_error *err)
{
	struct recording *const r = of(gpu);
	struct call call = { .name = "clear", .counter = &r->totals.launches };

	(void)err;
	add(&call, memory, bytes, true);
	submit(r, &call);
	return 0;
}

static int recording_upload(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	struct recording *const r = of(gpu);
	struct call call = { .name = "upload", .counter = &r->totals.uploads };
	volatile uint8_t touched;

	(void)err;
	may(r, "an upload");
	add(&call, to, bytes, true);
	execute(r, &call);
	/* A sanitizer sees when the host does not have so much. */
	touched = ((const uint8_t *)from)[0];
	touched = ((const uint8_t *)from)[bytes - 1];
	(void)touched;
	return 0;
}

static int recording_download(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err)
{
	struct recording *const r = of(gpu);
	/* What a ring of results has not seen yet may be read: nobody looks at it. */
	struct call call = { .name = "download", .counter = &r->totals.downloads, .sweep = false };

	(void)err;
	may(r, "a download");
	if (!find(r, from, bytes))
		complain(r, "a download from outside of its memory");
	(*call.counter)++;
	memset(to, 0, bytes);
	return 0;
}

static int recording_launch(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err)
{
	struct recording *const r = of(gpu);
	struct call call = { .name = kernel_name((enum kernel_id)launch->kernel, launch->type),
			     .counter = &r->totals.launches,
			     .access_count = launch->access_count,
			     .sweep = launch->kernel == KERNEL_SGD };

	(void)err;
	for (int d = 0; d < 3; d++)
		if (!launch->grid[d] || !launch->block[d] || (d && launch->grid[d] > 65535))
			complain(r, "%s has a grid that no device takes", call.name);
	if (launch->block[0] * launch->block[1] * launch->block[2] > 1024 || launch->shared_bytes > 48 * 1024)
		complain(r, "%s has blocks that no device takes", call.name);
	if (launch->args_bytes > 4000)
		complain(r, "%s has too large arguments", call.name);
	if (launch->access_count > GPU_MAX_ACCESS)
		complain(r, "%s lists more accesses than there is room for", call.name);
	else
		memcpy(call.access, launch->access, (size_t)launch->access_count * sizeof(*call.access));
	submit(r, &call);
	return 0;
}

/* -------- the libraries' calls -------- */

/* Large enough to matter, small enough for any bound. */
static uint64_t workspace_for(uint64_t bound)
{
	return bound < 3 << 20 ? bound : 3 << 20;
}

static int recording_conv_open(struct gpu *gpu, const struct gpu_conv_request *request, struct gpu_conv **conv,
			       struct fc_error *err)
{
	struct recording *const r = of(gpu);

	(void)err;
	may(r, "planning");
	r->totals.plans++;
	*conv = fc_calloc(1, sizeof(**conv));
	(*conv)->request = *request;
	(*conv)->workspace_bytes = workspace_for(request->workspace_bytes);
	return 0;
}

static void recording_conv_close(struct gpu *gpu, struct gpu_conv *conv)
{
	of(gpu)->totals.plans--;
	free(conv);
}

static void fill_plan(struct gpu_plan *plan, uint64_t workspace_bytes)
{
	*plan = (struct gpu_plan){
		.name = "recording", .notes = "", .knobs = "", .candidates = 1, .workspace_bytes = workspace_bytes
	};
}

static void recording_conv_plan(struct gpu *gpu, const struct gpu_conv *conv, struct gpu_plan *plan)
{
	(void)gpu;
	fill_plan(plan, conv->workspace_bytes);
}

static int recording_conv_run(struct gpu *gpu, struct gpu_conv *conv, const void *a, const void *b, const void *bias,
			      void *out, void *workspace, struct fc_error *err)
{
	struct recording *const r = of(gpu);
	const struct gpu_conv_request *const q = &conv->request;
	const uint64_t size = gpu_type_bytes(q->type);
	const uint64_t x = (uint64_t)(q->n * q->c * q->h * q->w) * size,
		       y = (uint64_t)(q->n * q->k * q->p * q->q) * size,
		       weights = (uint64_t)(q->k * q->r * q->s * q->c / q->groups);
	struct call call = { .name = fc_phase_name(q->phase), .counter = &r->totals.convs };

	(void)err;
	if ((q->bias && !bias) || !a || !b || !out)
		complain(r, "a convolution misses an operand");
	add(&call, a, q->phase == FC_PHASE_BACKWARD_DATA ? y : x, false);
	add(&call, b, q->phase == FC_PHASE_BACKWARD_WEIGHTS ? y : weights * size, false);
	if (q->bias)
		add(&call, bias, (uint64_t)q->k * size, false);
	if (q->accumulate)
		add(&call, out, x, false);
	add(&call, out,
	    q->phase == FC_PHASE_FORWARD	 ? y
	    : q->phase == FC_PHASE_BACKWARD_DATA ? x
						 : weights * 4,
	    true);
	add(&call, workspace, conv->workspace_bytes, true);
	submit(r, &call);
	return 0;
}

static int recording_product_open(struct gpu *gpu, const struct gpu_product_request *request,
				  struct gpu_product **product, struct fc_error *err)
{
	struct recording *const r = of(gpu);

	(void)err;
	may(r, "planning");
	r->totals.plans++;
	*product = fc_calloc(1, sizeof(**product));
	(*product)->request = *request;
	(*product)->workspace_bytes = workspace_for(request->workspace_bytes);
	return 0;
}

static void recording_product_close(struct gpu *gpu, struct gpu_product *product)
{
	of(gpu)->totals.plans--;
	free(product);
}

static void recording_product_plan(struct gpu *gpu, const struct gpu_product *product, struct gpu_plan *plan)
{
	(void)gpu;
	fill_plan(plan, product->workspace_bytes);
}

static int recording_product_run(struct gpu *gpu, struct gpu_product *product, const void *a, const void *b,
				 const void *bias, void *c, void *workspace, struct fc_error *err)
{
	struct recording *const r = of(gpu);
	const struct gpu_product_request *const q = &product->request;
	const uint64_t size = gpu_type_bytes(q->type), batch = (uint64_t)gpu_product_batch(q),
		       result = batch * (uint64_t)(q->m * q->n) * gpu_type_bytes(q->result_type);
	struct call call = { .name = "product", .counter = &r->totals.products };

	(void)err;
	if ((q->bias && !bias) || !a || !b || !c)
		complain(r, "a product misses an operand");
	if (q->bias && batch > 1)
		complain(r, "a batch of products has a bias");
	add(&call, a, batch * (uint64_t)(q->m * q->k) * size, false);
	add(&call, b, batch * (uint64_t)(q->k * q->n) * size, false);
	if (q->bias)
		add(&call, bias, (uint64_t)q->n * size, false);
	if (q->accumulate)
		add(&call, c, result, false);
	add(&call, c, result, true);
	add(&call, workspace, product->workspace_bytes, true);
	submit(r, &call);
	return 0;
}

/* Offered for batch norms, and measured (below) as faster than ours every other time: both ways are walked. */
static int recording_legacy_open(struct gpu *gpu, const struct gpu_legacy_request *request,
				 struct gpu_legacy **legacy, struct fc_error *err)
{
	struct recording *const r = of(gpu);

	(void)err;
	may(r, "planning");
	r->totals.plans++;
	*legacy = fc_calloc(1, sizeof(**legacy));
	(*legacy)->request = *request;
	return 0;
}

static void recording_legacy_close(struct gpu *gpu, struct gpu_legacy *legacy)
{
	of(gpu)->totals.plans--;
	free(legacy);
}

/* Which of a call's four vectors are written; a bit each, by kind. */
static const unsigned aux_written[] = {
	[GPU_LEGACY_NORM_TRAIN] = 15, [GPU_LEGACY_NORM_BACKWARD] = 12, [GPU_LEGACY_NORM_VALIDATE] = 0,
	[GPU_LEGACY_MAX_POOL] = 0,    [GPU_LEGACY_AVG_POOL] = 0,       [GPU_LEGACY_AVG_POOL_BACKWARD] = 0,
};
static const unsigned aux_read[] = {
	[GPU_LEGACY_NORM_TRAIN] = 12, [GPU_LEGACY_NORM_BACKWARD] = 3, [GPU_LEGACY_NORM_VALIDATE] = 3,
	[GPU_LEGACY_MAX_POOL] = 0,    [GPU_LEGACY_AVG_POOL] = 0,      [GPU_LEGACY_AVG_POOL_BACKWARD] = 0,
};

static int recording_legacy_run(struct gpu *gpu, struct gpu_legacy *legacy, const struct gpu_legacy_call *c,
				struct fc_error *err)
{
	struct recording *const r = of(gpu);
	const struct gpu_legacy_request *const q = &legacy->request;
	const uint64_t size = gpu_type_bytes(q->type), vector = (uint64_t)q->c * 4;
	const uint64_t x = (uint64_t)(q->n * q->c * q->h * q->w) * size,
		       y = (uint64_t)(q->n * q->c * q->p * q->q) * size;
	const bool back = q->kind == GPU_LEGACY_AVG_POOL_BACKWARD;
	struct call call = { .name = "legacy call", .counter = &r->totals.legacies };

	(void)err;
	add(&call, c->a, back ? y : x, false);
	add(&call, c->b, q->kind == GPU_LEGACY_NORM_BACKWARD ? y : vector, false);
	add(&call, c->c, vector, false);
	for (int i = 0; i < 4; i++) {
		if (aux_read[q->kind] >> i & 1)
			add(&call, c->aux[i], vector, false);
		if (aux_written[q->kind] >> i & 1)
			add(&call, c->aux[i], vector, true);
	}
	add(&call, c->out, back || q->kind == GPU_LEGACY_NORM_BACKWARD ? x : y, true);
	submit(r, &call);
	return 0;
}

static int recording_measure(struct gpu *gpu, int runs, int (*work)(void *data, struct fc_error *err), void *data,
			     float *ms, struct fc_error *err)
{
	struct recording *const r = of(gpu);

	(void)runs;
	may(r, "a measurement");
	*ms = r->totals.measures++ % 3 == 1 ? 1 : 2;
	/* What it works on was only made up. */
	(void)work;
	(void)data;
	(void)err;
	return 0;
}

/* -------- capture -------- */

static int recording_capture_begin(struct gpu *gpu, struct fc_error *err)
{
	struct recording *const r = of(gpu);

	(void)err;
	may(r, "another capture");
	r->capturing = fc_calloc(1, sizeof(*r->capturing));
	r->capturing->end = &r->capturing->first;
	return 0;
}

static int recording_capture_end(struct gpu *gpu, void **graph, struct fc_error *err)
{
	struct recording *const r = of(gpu);

	if (!r->capturing)
		return fc_fail(err, "nothing is being captured");
	*graph = r->capturing;
	r->capturing = NULL;
	r->totals.graphs++;
	return 0;
}

static int recording_replay(struct gpu *gpu, void *graph, struct fc_error *err)
{
	struct recording *const r = of(gpu);

	(void)err;
	may(r, "a replay");
	r->totals.replays++;
	for (const struct call *c = ((struct graph *)graph)->first; c; c = c->next)
		execute(r, c);
	return 0;
}

static void recording_graph_release(struct gpu *gpu, void *graph)
{
	struct graph *const g = graph;

	while (g->first) {
		struct call *const c = g->first;

		g->first = c->next;
		free(c);
	}
	of(gpu)->totals.graphs--;
	free(g);
}

static int recording_sync(struct gpu *gpu, struct fc_error *err)
{
	(void)err;
	may(of(gpu), "waiting");
	of(gpu)->totals.syncs++;
	return 0;
}

static void recording_close(struct gpu *gpu)
{
	may(of(gpu), "closing");
	free(gpu);
}

static void recording_describe(struct gpu *gpu, struct fc_json *json)
{
	(void)gpu;
	fc_json_text(json, "name", "recording");
}

static uint64_t recording_memory_available(struct gpu *gpu)
{
	return (uint64_t)80 << 30 > of(gpu)->totals.allocated_bytes
		       ? ((uint64_t)80 << 30) - of(gpu)->totals.allocated_bytes
		       : 0;
}

static const struct gpu_ops ops = {
	.name = "recording",
	.close = recording_close,
	.describe = recording_describe,
	.memory_available = recording_memory_available,
	.alloc = recording_alloc,
	.free = recording_free_memory,
	.upload = recording_upload,
	.download = recording_download,
	.clear = recording_clear,
	.launch = recording_launch,
	.conv_open = recording_conv_open,
	.conv_close = recording_conv_close,
	.conv_plan = recording_conv_plan,
	.conv_run = recording_conv_run,
	.product_open = recording_product_open,
	.product_close = recording_product_close,
	.product_plan = recording_product_plan,
	.product_run = recording_product_run,
	.legacy_open = recording_legacy_open,
	.legacy_close = recording_legacy_close,
	.legacy_run = recording_legacy_run,
	.measure = recording_measure,
	.capture_begin = recording_capture_begin,
	.capture_end = recording_capture_end,
	.replay = recording_replay,
	.graph_release = recording_graph_release,
	.sync = recording_sync,
};

/* -------- the log -------- */

struct recording *recording_new(void)
{
	struct recording *const r = fc_calloc(1, sizeof(*r));

	r->next_address = (uintptr_t)1 << 40;
	return r;
}

void recording_free(struct recording *r)
{
	while (r->blocks) {
		struct block *const b = r->blocks;

		r->blocks = b->next;
		free(b->written);
		free(b->fresh);
		free(b);
	}
	while (r->watches) {
		struct watch *const w = r->watches;

		r->watches = w->next;
		free(w);
	}
	free(r->complaint);
	free(r);
}

struct gpu *recording_open(struct recording *recording)
{
	struct recording_gpu *const gpu = fc_calloc(1, sizeof(*gpu));

	gpu->gpu.ops = &ops;
	gpu->recording = recording;
	return &gpu->gpu;
}

const struct recording_totals *recording_totals(const struct recording *recording)
{
	return &recording->totals;
}

const char *recording_complaint(const struct recording *recording)
{
	return recording->complaint;
}

void recording_watch(struct recording *recording, const void *data, uint64_t bytes)
{
	struct watch *const watch = fc_calloc(1, sizeof(*watch));

	*watch = (struct watch){ recording->watches, data, bytes };
	recording->watches = watch;
}

void recording_forget(struct recording *recording, const void *data, uint64_t bytes)
{
	struct block *const b = find(recording, data, bytes);

	if (b)
		mark(b, data, bytes, 0);
}
