/*
 * A device that works behind its caller, made of the reference backend: calls are only written down, and carried out when
 * somebody waits. It keeps the data set, the batch it has come to, and the losses, in a ring that is small on purpose;
 * captured calls are a list that is carried out again at every replay. The host's iteration count is never read.
 *
 * One update sweeps over all parameters, and each parameter has a shadow: the upper halves of its values.
 */
#ifndef TESTS_STREAMING_H
#define TESTS_STREAMING_H

#include <stdlib.h>
#include <string.h>

#include "flopclock/executor.h"

#include "../tracer/backends.h"

enum streaming_kind { STREAMING_FEED, STREAMING_RUN, STREAMING_UPDATE, STREAMING_LOSS, STREAMING_ADVANCE };

struct streaming_call {
	enum streaming_kind kind;
	enum fc_pass pass;
	struct fc_layer *layer;
	enum fc_phase phase;
	struct fc_flat flat;
	struct fc_tensor *logits, *dlogits;
	double weight;
	int head;
};

struct streaming_list {
	struct streaming_call *calls;
	size_t count, room;
};

#define STREAMING_RESULTS 6

struct streaming_pass {
	struct fc_images images;
	const uint32_t *order;
	int64_t count, batch;		/* of the epoch; where it is */
	struct fc_batch now;		/* the batch that is being worked on */
	struct fc_result ring[STREAMING_RESULTS];
	uint64_t results, collected;
};

struct fc_device {
	struct streaming_pass passes[FC_PASS_COUNT];
	struct fc_iteration iteration;	/* of training, as the device counts it */
	int64_t clock_ns;
	struct streaming_list queue, *capture;
	/* Of the iteration that is being handed over. */
	enum fc_pass pass;
	int head;
	bool direct;			/* its batch came from the host: done at once */
	/* For tests. */
	bool overrun;			/* a result was overwritten before it was collected */
	int syncs, captures, replays, released, eager;
	bool fail_step, fail_end;	/* while capturing */
};

static inline int streaming_open(const struct fc_device_config *config, struct fc_device **device,
				 struct fc_error *err)
{
	(void)config;
	(void)err;
	*device = calloc(1, sizeof(**device));
	return 0;
}

static inline void streaming_close(struct fc_device *device)
{
	for (int pass = 0; pass < FC_PASS_COUNT; pass++) {
		free((void *)(uintptr_t)device->passes[pass].now.pixels);
		free((void *)(uintptr_t)device->passes[pass].now.labels);
	}
	free(device->queue.calls);
	free(device);
}

static inline void streaming_append(struct streaming_list *list, const struct streaming_call *call)
{
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		list->calls = realloc(list->calls, list->room * sizeof(*list->calls));
	}
	list->calls[list->count++] = *call;
}

/* -------- carrying out -------- */

/* The images whose turn it is, gathered as the device would do it. */
static inline void streaming_gather(struct streaming_pass *p, int64_t n)
{
	const size_t image = (size_t)(p->images.height * p->images.width);
	uint8_t *const pixels = calloc((size_t)n, image), *const labels = calloc((size_t)n, 1);
	const int64_t first = p->batch * n;

	free((void *)(uintptr_t)p->now.pixels);
	free((void *)(uintptr_t)p->now.labels);
	p->now = (struct fc_batch){ pixels, labels, p->count - first < n ? p->count - first : n, p->images.height,
				    p->images.width, p->images.mean, p->images.deviation };
	for (int64_t i = 0; i < p->now.count; i++) {
		const size_t from = p->order ? p->order[first + i] : (size_t)(first + i);

		memcpy(pixels + (size_t)i * image, p->images.pixels + from * image, image);
		labels[i] = p->images.labels[from];
	}
}

static inline uint16_t streaming_upper(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return (uint16_t)(bits >> 16);
}

/* The formula of the reference backend, over everything from the first parameter to the last. */
static inline void streaming_update(const struct fc_flat *flat)
{
	float *const weight = flat->params, *const momentum = flat->momentum;
	const float *const gradient = flat->gradients;
	uint16_t *const shadow = flat->shadows;

	for (uint64_t i = 0; i < flat->bytes / sizeof(float); i++) {
		double step = gradient[i] + flat->sgd.weight_decay * weight[i];

		if (momentum)
			step = momentum[i] = (float)(flat->sgd.momentum * momentum[i] + step);
		weight[i] = (float)(weight[i] - flat->sgd.rate * step);
		if (shadow)
			shadow[i] = streaming_upper(weight[i]);
	}
}

static inline void streaming_result(struct fc_device *device, struct streaming_pass *p, enum fc_pass pass)
{
	struct fc_result *const result = &p->ring[p->results % STREAMING_RESULTS];

	result->images = p->now.count;
	result->end_ns = device->clock_ns;
	p->results++;
	p->batch++;
	device->overrun |= p->results - p->collected > STREAMING_RESULTS;
	device->iteration.index += pass == FC_PASS_TRAIN;
}

static inline int streaming_execute(struct fc_device *device, const struct streaming_call *call, struct fc_error *err)
{
	struct streaming_pass *const p = &device->passes[call->pass];
	struct fc_layer layer;

	device->clock_ns += 1000;
	if (call->layer)
		layer = *call->layer;
	if (call->layer && !device->direct) {
		device->iteration.seed = layer.iteration->seed;
		device->iteration.sgd = layer.iteration->sgd;
		layer.iteration = &device->iteration;
	}
	switch (call->kind) {
	case STREAMING_FEED:
		streaming_gather(p, layer.y->shape.n);
		return fc_backend_reference.feed(NULL, &layer, &p->now, err);
	case STREAMING_RUN:
		return fc_backend_reference.run(NULL, &layer, call->phase, err);
	case STREAMING_UPDATE:
		streaming_update(&call->flat);
		return 0;
	case STREAMING_LOSS:
		return fc_backend_reference.loss(NULL, call->logits, call->dlogits, &p->now, call->weight,
						 &p->ring[p->results % STREAMING_RESULTS].loss[call->head], err);
	case STREAMING_ADVANCE:
		streaming_result(device, p, call->pass);
		return 0;
	}
	return -1;
}

static inline int streaming_sync(struct fc_device *device, struct fc_error *err)
{
	int rc = 0;

	device->syncs++;
	for (size_t i = 0; i < device->queue.count && !rc; i++)
		rc = streaming_execute(device, &device->queue.calls[i], err);
	device->queue.count = 0;
	return rc;
}

/* -------- handing over -------- */

static inline int streaming_hand_over(struct fc_device *device, const struct streaming_call *call,
				      struct fc_error *err)
{
	if (device->capture && device->fail_step && call->kind == STREAMING_LOSS)
		return fc_fail(err, "cannot be captured");
	streaming_append(device->capture ? device->capture : &device->queue, call);
	device->eager += !device->capture;
	return device->direct ? streaming_sync(device, err) : 0;
}

static inline int streaming_feed(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch,
				 struct fc_error *err)
{
	const struct streaming_call call = { .kind = STREAMING_FEED, .pass = input->pass, .layer = input };

	device->pass = input->pass;
	device->head = 0;
	device->direct = batch->pixels != NULL;
	if (!device->direct)
		return batch->labels || batch->count != input->y->shape.n ?
			       fc_fail(err, "not the batch of a stream") :
			       streaming_hand_over(device, &call, err);
	return streaming_sync(device, err) || fc_backend_reference.feed(NULL, input, batch, err);
}

static inline int streaming_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
				 const struct fc_batch *batch, double weight, struct fc_loss *loss,
				 struct fc_error *err)
{
	const struct streaming_call call = { .kind = STREAMING_LOSS, .pass = device->pass, .logits = logits,
					     .dlogits = dlogits, .weight = weight, .head = device->head++ };

	if (device->direct)
		return fc_backend_reference.loss(NULL, logits, dlogits, batch, weight, loss, err);
	return loss ? fc_fail(err, "a stream has no place for losses") : streaming_hand_over(device, &call, err);
}

static inline int streaming_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase,
				struct fc_error *err)
{
	const struct streaming_call call = { .kind = STREAMING_RUN, .pass = layer->pass, .layer = layer,
					     .phase = phase };

	return streaming_hand_over(device, &call, err);
}

static inline int streaming_update_all(struct fc_device *device, const struct fc_flat *flat, struct fc_error *err)
{
	const struct streaming_call call = { .kind = STREAMING_UPDATE, .pass = FC_PASS_TRAIN, .flat = *flat };

	return streaming_hand_over(device, &call, err);
}

/* -------- streams -------- */

static inline int streaming_load(struct fc_device *device, enum fc_pass pass, const struct fc_images *images,
				 struct fc_error *err)
{
	(void)err;
	device->passes[pass].images = *images;
	return 0;
}

static inline int streaming_begin(struct fc_device *device, enum fc_pass pass, const uint32_t *order, int64_t count,
				  struct fc_error *err)
{
	if (streaming_sync(device, err))
		return -1;
	device->passes[pass].order = order;
	device->passes[pass].count = count;
	device->passes[pass].batch = 0;
	return 0;
}

static inline int streaming_advance(struct fc_device *device, enum fc_pass pass, struct fc_error *err)
{
	const struct streaming_call call = { .kind = STREAMING_ADVANCE, .pass = pass };

	return streaming_hand_over(device, &call, err);
}

static inline int streaming_collect(struct fc_device *device, enum fc_pass pass, uint64_t count,
				    struct fc_result *out, struct fc_error *err)
{
	struct streaming_pass *const p = &device->passes[pass];

	if (streaming_sync(device, err))
		return -1;
	if (device->overrun)
		return fc_fail(err, "a result was lost");
	if (count > p->results - p->collected)
		return fc_fail(err, "%llu results are not there", (unsigned long long)count);
	for (uint64_t i = 0; i < count; i++)
		out[i] = p->ring[(p->results - count + i) % STREAMING_RESULTS];
	p->collected = p->results;
	return 0;
}

static inline int streaming_capture_begin(struct fc_device *device, struct fc_error *err)
{
	if (device->capture)
		return fc_fail(err, "is captured already");
	device->capture = calloc(1, sizeof(*device->capture));
	device->captures++;
	device->direct = false;
	return 0;
}

static inline void streaming_graph_release(struct fc_device *device, void *graph)
{
	struct streaming_list *const list = graph;

	device->released++;
	free(list->calls);
	free(list);
}

static inline int streaming_capture_end(struct fc_device *device, void **graph, struct fc_error *err)
{
	*graph = device->capture;
	device->capture = NULL;
	if (!device->fail_end)
		return 0;
	streaming_graph_release(device, *graph);
	return fc_fail(err, "a graph cannot be made of it");
}

static inline int streaming_replay(struct fc_device *device, void *graph, struct fc_error *err)
{
	const struct streaming_list *const list = graph;

	(void)err;
	device->replays++;
	for (size_t i = 0; i < list->count; i++)
		streaming_append(&device->queue, &list->calls[i]);
	return 0;
}

static const struct fc_stream_ops streaming_ops = {
	.load = streaming_load,
	.begin = streaming_begin,
	.advance = streaming_advance,
	.collect = streaming_collect,
	.results = STREAMING_RESULTS,
	.capture_begin = streaming_capture_begin,
	.capture_end = streaming_capture_end,
	.replay = streaming_replay,
	.graph_release = streaming_graph_release,
};

/* -------- parameters with shadows -------- */

static inline int streaming_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const int rc = fc_backend_reference.prepare(device, layer, err);

	for (int p = 0; p < layer->node->param_count && !rc; p++) {
		/* A bias shows that not every parameter needs one. */
		if (p)
			continue;
		layer->param[p]->bytes = (layer->param[p]->bytes + 127) / 128 * 128;
		layer->param[p]->shadow_bytes = layer->param[p]->bytes / 2;
	}
	return rc;
}

static inline int streaming_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain,
				  struct fc_error *err)
{
	uint16_t *const shadow = tensor->shadow;

	for (int64_t i = 0; shadow && i < fc_shape_elements(tensor->shape); i++)
		shadow[i] = streaming_upper(plain[i]);
	return fc_backend_reference.write(device, tensor, plain, err);
}

/* It says how each convolution is computed, and nothing of the rest. */
static inline bool streaming_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
				  struct fc_json *json)
{
	(void)device;
	(void)phase;
	if (layer->node->op != FC_OP_CONV)
		return false;
	fc_json_text(json, "engine", "loops");
	return true;
}

static inline struct fc_backend streaming_backend(void)
{
	struct fc_backend backend = fc_backend_reference;

	backend.name = "streaming";
	backend.open = streaming_open;
	backend.close = streaming_close;
	backend.updates_last = true;
	backend.update_all = streaming_update_all;
	backend.stream = &streaming_ops;
	backend.prepare = streaming_prepare;
	backend.run = streaming_run;
	backend.plan = streaming_plan;
	backend.write = streaming_write;
	backend.feed = streaming_feed;
	backend.loss = streaming_loss;
	backend.sync = streaming_sync;
	return backend;
}

#endif
