/*
 * Computes nothing, at once: for tests of everything around a backend. Its memory is laid out as plain arrays, its
 * parameters can be written and read, its answers are all zero: the loss is ln(classes) and label 0 is always the
 * guess.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends.h"
#include "host_memory.h"

struct fc_device {
	int unused;
};

static int null_available(struct fc_error *err)
{
	(void)err;
	return 0;
}

static int null_open(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	(void)config;
	(void)err;
	*device = fc_calloc(1, sizeof(**device));
	return 0;
}

static void null_close(struct fc_device *device)
{
	free(device);
}

static void null_describe(struct fc_device *device, struct fc_json *json)
{
	(void)device;
	fc_json_text(json, "name", "none: nothing is computed");
	fc_json_u64(json, "threads", 1);
}

static int null_alloc(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err)
{
	(void)device;
	return host_memory_alloc(bytes, memory, err);
}

static void null_free(struct fc_device *device, void *memory)
{
	(void)device;
	host_memory_free(memory);
}

static unsigned null_fuses(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	(void)producer;
	(void)activation;
	(void)pass;
	return 0;
}

static void choose_plain(struct fc_tensor *tensor)
{
	if (tensor && !tensor->bytes)
		tensor->bytes = 4 * (uint64_t)fc_shape_elements(tensor->shape);
}

static int null_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct fc_op_traits *const traits = fc_op_traits(layer->node->op);

	(void)device;
	(void)err;
	choose_plain(layer->y);
	for (int p = 0; p < layer->node->param_count; p++)
		choose_plain(layer->param[p]);
	for (int k = 0; k < 2; k++)
		choose_plain(layer->state[k]);
	if (layer->pass == FC_PASS_TRAIN && traits->saved_bytes)
		layer->saved_bytes = traits->saved_bytes(layer->graph, layer->node);
	return 0;
}

static void null_release(struct fc_device *device, struct fc_layer *layer)
{
	(void)device;
	(void)layer;
}

static void null_tensor_release(struct fc_device *device, struct fc_tensor *tensor)
{
	(void)device;
	(void)tensor;
}

static int null_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	(void)device;
	(void)layer;
	(void)phase;
	(void)err;
	return 0;
}

static const char *null_kernel(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	(void)device;
	(void)layer;
	(void)phase;
	return "null";
}

static int null_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err)
{
	(void)device;
	(void)err;
	memcpy(tensor->data, plain, tensor->bytes);
	return 0;
}

static int null_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err)
{
	(void)device;
	(void)err;
	memcpy(plain, tensor->data, tensor->bytes);
	return 0;
}

static int null_feed(struct fc_device *device, struct fc_layer *input, const struct fc_batch *batch,
		     struct fc_error *err)
{
	(void)device;
	(void)input;
	(void)batch;
	(void)err;
	return 0;
}

static int null_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
		     const struct fc_batch *batch, double weight, struct fc_loss *loss, struct fc_error *err)
{
	(void)device;
	(void)dlogits;
	(void)weight;
	(void)err;
	*loss = (struct fc_loss){ .sum = (double)batch->count * log((double)logits->shape.c) };
	for (int64_t i = 0; i < batch->count; i++)
		loss->correct += batch->labels[i] == 0;
	return 0;
}

static int null_sync(struct fc_device *device, struct fc_error *err)
{
	(void)device;
	(void)err;
	return 0;
}

const struct fc_backend fc_backend_null = {
	.name = "null",
	.device = "cpu",
	.summary = "computes nothing: for tests of everything around a backend",
	.available = null_available,
	.open = null_open,
	.close = null_close,
	.describe = null_describe,
	.memory_alloc = null_alloc,
	.memory_free = null_free,
	.fuses = null_fuses,
	.prepare = null_prepare,
	.release = null_release,
	.tensor_release = null_tensor_release,
	.run = null_run,
	.kernel = null_kernel,
	.write = null_write,
	.read = null_read,
	.feed = null_feed,
	.loss = null_loss,
	.sync = null_sync,
};
