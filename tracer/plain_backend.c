#include "plain_backend.h"

#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/host.h"

/* A pointer that is not NULL is all that is needed of it. */
struct fc_device {
	int unused;
};

int plain_available(struct fc_error *err)
{
	(void)err;
	return 0;
}

int plain_open(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	(void)config;
	(void)err;
	*device = fc_calloc(1, sizeof(**device));
	return 0;
}

void plain_close(struct fc_device *device)
{
	free(device);
}

int plain_alloc(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err)
{
	(void)device;
	return fc_host_alloc(bytes, memory, err);
}

void plain_free(struct fc_device *device, void *memory)
{
	(void)device;
	fc_host_free(memory);
}

unsigned plain_fuses(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	(void)producer;
	(void)activation;
	(void)pass;
	return 0;
}

static size_t plain_bytes(const struct fc_tensor *tensor)
{
	return (size_t)fc_shape_elements(tensor->shape) * sizeof(float);
}

static void choose(struct fc_tensor *tensor)
{
	if (tensor && !tensor->bytes)
		tensor->bytes = plain_bytes(tensor);
}

void plain_choose(struct fc_layer *layer)
{
	choose(layer->y);
	for (int k = 0; k < layer->node->param_count; k++)
		choose(layer->param[k]);
	for (int k = 0; k < 2; k++)
		choose(layer->state[k]);
}

void plain_release(struct fc_device *device, struct fc_layer *layer)
{
	(void)device;
	(void)layer;
}

void plain_tensor_release(struct fc_device *device, struct fc_tensor *tensor)
{
	(void)device;
	tensor->bytes = 0;
}

int plain_write(struct fc_device *device, struct fc_tensor *tensor, const float *plain, struct fc_error *err)
{
	(void)device;
	(void)err;
	memcpy(tensor->data, plain, plain_bytes(tensor));
	return 0;
}

int plain_read(struct fc_device *device, const struct fc_tensor *tensor, float *plain, struct fc_error *err)
{
	(void)device;
	(void)err;
	memcpy(plain, tensor->data, plain_bytes(tensor));
	return 0;
}

int plain_sync(struct fc_device *device, struct fc_error *err)
{
	(void)device;
	(void)err;
	return 0;
}
