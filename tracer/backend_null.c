/*
 * Computes nothing, at once: for tests of everything around a backend. Its memory is laid out as plain arrays, its
 * parameters can be written and read, its answers are all zero: the loss is ln(classes) and label 0 is always the
 * guess.
 */
#include <math.h>

#include "backends.h"
#include "plain_backend.h"

static void null_describe(struct fc_device *device, struct fc_json *json)
{
	(void)device;
	fc_json_text(json, "name", "none: nothing is computed");
	fc_json_u64(json, "threads", 1);
}

static int null_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct fc_op_traits *const traits = fc_op_traits(layer->node->op);

	(void)device;
	(void)err;
	plain_choose(layer);
	if (layer->pass == FC_PASS_TRAIN && traits->saved_bytes)
		layer->saved_bytes = traits->saved_bytes(layer->graph, layer->node);
	return 0;
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

const struct fc_backend fc_backend_null = {
	.name = "null",
	.device = "cpu",
	.summary = "computes nothing: for tests of everything around a backend",
	.available = plain_available,
	.open = plain_open,
	.close = plain_close,
	.precisions = 1u << FC_PRECISION_FP32,
	.describe = null_describe,
	.memory_alloc = plain_alloc,
	.memory_free = plain_free,
	.fuses = plain_fuses,
	.prepare = null_prepare,
	.release = plain_release,
	.tensor_release = plain_tensor_release,
	.run = null_run,
	.kernel = null_kernel,
	.write = plain_write,
	.read = plain_read,
	.feed = null_feed,
	.loss = null_loss,
	.sync = plain_sync,
};
