/*
 * Images, labels and losses: the data set on the device, the counters that say where in it a pass is, the ring of results,
 * captured iterations. And single batches that a caller brings along, for tests and tools.
 */
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "flopclock/arena.h"

/* -------- what lives as long as the device -------- */

int stream_open(struct fc_device *device, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;

	for (int pass = 0; pass < FC_PASS_COUNT; pass++) {
		void *memory;

		if (ops->alloc(device->gpu, sizeof(struct gpu_control), &memory, err))
			return -1;
		device->control[pass] = memory;
		if (ops->alloc(device->gpu, GPU_RESULTS * sizeof(struct gpu_result), &memory, err))
			return -1;
		device->ring[pass] = memory;
	}
	return 0;
}

static void free_images(struct fc_device *device, struct gpu_images *images)
{
	const struct gpu_ops *const ops = device->gpu->ops;

	if (images->pixels)
		ops->free(device->gpu, (void *)(uintptr_t)images->pixels);
	if (images->labels)
		ops->free(device->gpu, (void *)(uintptr_t)images->labels);
	*images = (struct gpu_images){ .pixels = NULL };
}

void stream_close(struct fc_device *device)
{
	const struct gpu_ops *const ops = device->gpu->ops;

	for (int pass = 0; pass < FC_PASS_COUNT; pass++) {
		if (device->control[pass])
			ops->free(device->gpu, device->control[pass]);
		if (device->ring[pass])
			ops->free(device->gpu, device->ring[pass]);
		if (device->order[pass])
			ops->free(device->gpu, device->order[pass]);
		free_images(device, &device->images[pass]);
	}
	free_images(device, &device->staged);
}

/* -------- the data set -------- */

/* Gives images room on the device, or leaves them as they were. */
static int hold_images(struct fc_device *device, struct gpu_images *images, int64_t count, int64_t height,
		       int64_t width, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	void *pixels, *labels;

	if (ops->alloc(device->gpu, (uint64_t)(count * height * width), &pixels, err))
		return -1;
	if (ops->alloc(device->gpu, (uint64_t)count, &labels, err)) {
		ops->free(device->gpu, pixels);
		return -1;
	}
	free_images(device, images);
	*images = (struct gpu_images){
		.pixels = pixels, .labels = labels, .count = count, .height = height, .width = width
	};
	return 0;
}

static int fill_images(struct fc_device *device, const struct gpu_images *images, const uint8_t *pixels,
		       const uint8_t *labels, int64_t count, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	const uint64_t bytes = (uint64_t)(count * images->height * images->width);

	if (ops->upload(device->gpu, (void *)(uintptr_t)images->pixels, pixels, bytes, err))
		return -1;
	return ops->upload(device->gpu, (void *)(uintptr_t)images->labels, labels, (uint64_t)count, err);
}

static int stream_load(struct fc_device *device, enum fc_pass pass, const struct fc_images *images,
		       struct fc_error *err)
{
	struct gpu_images *const own = &device->images[pass];

	if (hold_images(device, own, images->count, images->height, images->width, err) ||
	    fill_images(device, own, images->pixels, images->labels, images->count, err))
		return fc_fail_context(err, "the data set");
	own->mean = images->mean;
	own->deviation = images->deviation;
	return 0;
}

static int set_control(struct fc_device *device, enum fc_pass pass, int64_t images, uint32_t iteration,
		       struct fc_error *err)
{
	const struct gpu_control control = {
		.batch = 0, .images = (uint32_t)images, .iteration = iteration, .result = device->results[pass]
	};

	return device->gpu->ops->upload(device->gpu, device->control[pass], &control, sizeof(control), err);
}

/* The order has one place for the whole of a run: captured iterations know it. */
static int set_order(struct fc_device *device, enum fc_pass pass, const uint32_t *order, int64_t count,
		     struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	struct gpu_images *const images = &device->images[pass];
	void *memory;

	if (!order)
		return 0;
	if (!device->order[pass]) {
		if (ops->alloc(device->gpu, (uint64_t)images->count * sizeof(*order), &memory, err))
			return -1;
		device->order[pass] = memory;
		images->order = memory;
		/* An epoch may use only the first images: the rest of the order is not looked at, but it is there. */
		if (ops->clear(device->gpu, memory, (uint64_t)images->count * sizeof(*order), err))
			return -1;
	}
	return ops->upload(device->gpu, device->order[pass], order, (uint64_t)count * sizeof(*order), err);
}

static int stream_begin(struct fc_device *device, enum fc_pass pass, const uint32_t *order, int64_t count,
			struct fc_error *err)
{
	if (!device->images[pass].pixels || count > device->images[pass].count)
		return fc_fail(err, "the images of %s were not loaded", fc_pass_name(pass));
	if (set_order(device, pass, order, count, err))
		return -1;
	return set_control(device, pass, count, device->iterations[pass], err);
}

/* -------- single batches -------- */

static int stage(struct fc_device *device, enum fc_pass pass, const struct fc_layer *input,
		 const struct fc_batch *batch, struct fc_error *err)
{
	struct gpu_images *const staged = &device->staged;
	const int64_t room = input->y->shape.n;

	if (staged->count < room || staged->height != batch->height || staged->width != batch->width)
		if (hold_images(device, staged, room, batch->height, batch->width, err))
			return -1;
	staged->mean = batch->mean;
	staged->deviation = batch->deviation;
	if (fill_images(device, staged, batch->pixels, batch->labels, batch->count, err))
		return -1;
	return set_control(device, pass, batch->count, input->iteration->index, err);
}

/* -------- the two ends of an iteration -------- */

int stream_feed(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch, struct fc_error *err)
{
	const enum fc_pass pass = input->pass;
	const struct fc_tensor *const y = input->y;

	device->pass = pass;
	device->batch = y->shape.n;
	device->head = 0;
	memset(device->waiting, 0, sizeof(device->waiting));
	device->current = batch->pixels ? &device->staged : &device->images[pass];
	if (batch->pixels && stage(device, pass, input, batch, err))
		return -1;
	return kernel_feed(device->gpu, layout_of(y)->type, device->current, device->control[pass], y->shape,
			   layout_of(y)->channels, y->data, err);
}

int stream_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
		const struct fc_batch *batch, double weight, struct fc_loss *loss, struct fc_error *err)
{
	const int head = device->head++;

	if (batch->pixels)
		device->waiting[head] = loss;
	return kernel_loss(device->gpu, device->type, device->current, device->control[device->pass], logits->shape.n,
			   logits->shape.c, logits->data, dlogits ? dlogits->data : NULL, weight, head,
			   device->ring[device->pass], err);
}

/* Losses of a single batch lie where the result counter stands. */
int stream_sync(struct fc_device *device, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	const uint32_t at = device->results[device->pass] % GPU_RESULTS;
	struct gpu_result result;

	if (!device->waiting[0])
		return ops->sync(device->gpu, err);
	if (ops->download(device->gpu, &result, device->ring[device->pass] + at, sizeof(result), err))
		return -1;
	for (int head = 0; head < device->head; head++)
		*device->waiting[head] = (struct fc_loss){ result.loss[head], result.correct[head] };
	memset(device->waiting, 0, sizeof(device->waiting));
	return 0;
}

static void count_iteration(struct fc_device *device, enum fc_pass pass)
{
	device->iterations[pass]++;
	device->results[pass]++;
}

static int stream_advance(struct fc_device *device, enum fc_pass pass, struct fc_error *err)
{
	if (!device->capturing)
		count_iteration(device, pass);
	return kernel_advance(device->gpu, device->control[pass], device->ring[pass], device->batch, err);
}

/* -------- results -------- */

static int stream_collect(struct fc_device *device, enum fc_pass pass, uint64_t count, struct fc_result *out,
			  struct fc_error *err)
{
	struct gpu_result *const ring = fc_calloc(GPU_RESULTS, sizeof(*ring));
	int rc = device->gpu->ops->download(device->gpu, ring, device->ring[pass], GPU_RESULTS * sizeof(*ring), err);

	for (uint64_t i = 0; !rc && i < count; i++) {
		const struct gpu_result *const from =
			&ring[(device->results[pass] - (uint32_t)(count - i)) % GPU_RESULTS];

		out[i].images = from->images;
		out[i].end_ns = (int64_t)from->end_ns;
		for (int head = 0; head < FC_MAX_HEADS; head++)
			out[i].loss[head] = (struct fc_loss){ from->loss[head], from->correct[head] };
	}
	free(ring);
	return rc;
}

/* -------- capture -------- */

struct captured {
	void *graph;
	enum fc_pass pass;
};

static int stream_capture_begin(struct fc_device *device, struct fc_error *err)
{
	if (device->gpu->ops->capture_begin(device->gpu, err))
		return -1;
	device->capturing = true;
	return 0;
}

static int stream_capture_end(struct fc_device *device, void **graph, struct fc_error *err)
{
	struct captured *const captured = fc_calloc(1, sizeof(*captured));

	device->capturing = false;
	captured->pass = device->pass;
	if (device->gpu->ops->capture_end(device->gpu, &captured->graph, err)) {
		free(captured);
		return -1;
	}
	*graph = captured;
	return 0;
}

static int stream_replay(struct fc_device *device, void *graph, struct fc_error *err)
{
	const struct captured *const captured = graph;

	count_iteration(device, captured->pass);
	return device->gpu->ops->replay(device->gpu, captured->graph, err);
}

static void stream_graph_release(struct fc_device *device, void *graph)
{
	struct captured *const captured = graph;

	device->gpu->ops->graph_release(device->gpu, captured->graph);
	free(captured);
}

const struct fc_stream_ops stream_ops = {
	.load = stream_load,
	.begin = stream_begin,
	.advance = stream_advance,
	.collect = stream_collect,
	.results = GPU_RESULTS,
	.capture_begin = stream_capture_begin,
	.capture_end = stream_capture_end,
	.replay = stream_replay,
	.graph_release = stream_graph_release,
};
