#include <stdio.h>
#include <string.h>

#include "onednn.h"

static const char *const status_words[] = {
	[dnnl_success] = "success",
	[dnnl_out_of_memory] = "out of memory",
	[dnnl_invalid_arguments] = "invalid arguments",
	[dnnl_unimplemented] = "not implemented",
	[dnnl_iterator_ends] = "no further implementation",
	[dnnl_runtime_error] = "runtime error",
	[dnnl_not_required] = "not required",
};

int onednn_check(dnnl_status_t status, const char *what, struct fc_error *err)
{
	const size_t count = sizeof(status_words) / sizeof(status_words[0]);

	if (status == dnnl_success)
		return 0;
	return fc_fail(err, "oneDNN failed when %s: %s", what,
		       (size_t)status < count ? status_words[status] : "unknown");
}

uint64_t onednn_reserve(uint64_t *scratch, uint64_t bytes)
{
	const uint64_t at = *scratch;

	*scratch = (at + bytes + 63) / 64 * 64;
	return at;
}

int onednn_attribute(bool relu, dnnl_primitive_attr_t *attribute, struct fc_error *err)
{
	dnnl_post_ops_t ops = NULL;
	dnnl_status_t status = dnnl_primitive_attr_create(attribute);

	if (status == dnnl_success)
		status = dnnl_primitive_attr_set_scratchpad_mode(*attribute, dnnl_scratchpad_mode_user);
	if (status == dnnl_success && relu) {
		status = dnnl_post_ops_create(&ops);
		if (status == dnnl_success)
			status = dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0);
		if (status == dnnl_success)
			status = dnnl_primitive_attr_set_post_ops(*attribute, ops);
		dnnl_post_ops_destroy(ops);
	}
	return onednn_check(status, "preparing an attribute", err);
}

static void keep_kernel_name(struct onednn_call *call, const_dnnl_primitive_desc_t pd)
{
	const char *name = NULL;

	if (dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name) != dnnl_success || !name)
		name = "unknown";
	snprintf(call->kernel, sizeof(call->kernel), "onednn:%s", name);
}

int onednn_call_create(struct onednn_call *call, dnnl_primitive_desc_t pd, uint64_t *scratch, struct fc_error *err)
{
	const dnnl_memory_desc_t *pad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
	const uint64_t bytes = pad ? dnnl_memory_desc_get_size(pad) : 0;
	int rc;

	memset(call, 0, sizeof(*call));
	keep_kernel_name(call, pd);
	if (bytes)
		onednn_call_argument(call, DNNL_ARG_SCRATCHPAD, pad, NULL, onednn_reserve(scratch, bytes));
	rc = onednn_check(dnnl_primitive_create(&call->primitive, pd), "compiling a primitive", err);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

void onednn_call_argument(struct onednn_call *call, int index, const dnnl_memory_desc_t *md,
			  const struct fc_tensor *tensor, uint64_t offset)
{
	struct onednn_argument *argument = &call->arguments[call->count++];

	argument->index = index;
	argument->md = *md;
	argument->tensor = tensor;
	argument->offset = offset;
}

int onednn_call_reorder(struct fc_device *device, struct onednn_call *call, const dnnl_memory_desc_t *from,
			const dnnl_memory_desc_t *to, uint64_t *scratch, struct fc_error *err)
{
	dnnl_primitive_attr_t attribute = NULL;
	dnnl_primitive_desc_t pd = NULL;
	int rc = -1;

	if (dnnl_memory_desc_equal(from, to))
		return 0;
	if (onednn_attribute(false, &attribute, err) == 0)
		rc = onednn_check(
			dnnl_reorder_primitive_desc_create(&pd, from, device->engine, to, device->engine, attribute),
			"planning a copy", err);
	dnnl_primitive_attr_destroy(attribute);
	return rc ? rc : onednn_call_create(call, pd, scratch, err);
}

static int bind(struct fc_device *device, struct onednn_call *call, const struct fc_layer *layer,
		struct fc_error *err)
{
	for (int i = 0; i < call->count; i++) {
		const struct onednn_argument *argument = &call->arguments[i];
		void *data = argument->tensor ? argument->tensor->data : (char *)layer->scratch + argument->offset;

		call->bindings[i].arg = argument->index;
		if (onednn_check(dnnl_memory_create(&call->bindings[i].memory, &argument->md, device->engine, data),
				 "binding memory", err))
			return -1;
	}
	call->bound = true;
	return 0;
}

int onednn_call_run(struct fc_device *device, struct onednn_call *call, const struct fc_layer *layer,
		    struct fc_error *err)
{
	if (!call->bound && bind(device, call, layer, err))
		return -1;
	return onednn_check(dnnl_primitive_execute(call->primitive, device->stream, call->count, call->bindings),
			    "running a primitive", err);
}

void onednn_call_release(struct onednn_call *call)
{
	for (int i = 0; i < call->count; i++)
		if (call->bindings[i].memory)
			dnnl_memory_destroy(call->bindings[i].memory);
	if (call->primitive)
		dnnl_primitive_destroy(call->primitive);
	memset(call, 0, sizeof(*call));
}
