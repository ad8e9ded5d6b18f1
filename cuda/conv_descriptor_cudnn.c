/* cuDNN's descriptors, made from tables of attributes and destroyed together. */
#include "conv_cudnn.h"

#include <stdlib.h>

static bool failed(struct descriptors *d, cudnnStatus_t status, const char *what, const char *verb)
{
	if (status == CUDNN_STATUS_SUCCESS)
		return false;
	cudnn_check(d->libraries, status, verb, d->err);
	fc_fail_context(d->err, "%s", what);
	d->failed = true;
	return true;
}

cudnnBackendDescriptor_t descriptor_empty(struct descriptors *d, cudnnBackendDescriptorType_t type, const char *what)
{
	cudnnBackendDescriptor_t made;

	if (d->failed ||
	    failed(d, d->libraries->cudnn.cudnnBackendCreateDescriptor(type, &made), what, "cannot be made"))
		return NULL;
	if (d->count == d->capacity) {
		d->capacity = d->capacity ? 2 * d->capacity : 16;
		d->all = fc_realloc(d->all, (size_t)d->capacity, sizeof(*d->all));
	}
	d->all[d->count++] = made;
	return made;
}

static bool unsupported(cudnnStatus_t status)
{
	return CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED;
}

static cudnnBackendDescriptor_t make(struct descriptors *d, cudnnBackendDescriptorType_t type, const char *what,
				     const struct attribute *attributes, bool may_fail)
{
	const struct cudnn_functions *const cudnn = &d->libraries->cudnn;
	const cudnnBackendDescriptor_t made = descriptor_empty(d, type, what);
	cudnnStatus_t status;

	if (!made)
		return NULL;
	for (const struct attribute *a = attributes; a->count; a++)
		if (failed(d, cudnn->cudnnBackendSetAttribute(made, a->name, a->type, a->count, a->values), what,
			   "an attribute was refused"))
			return NULL;
	status = cudnn->cudnnBackendFinalize(made);
	if (may_fail && unsupported(status))
		return NULL;
	return failed(d, status, what, "cannot be finished") ? NULL : made;
}

cudnnBackendDescriptor_t descriptor_make(struct descriptors *d, cudnnBackendDescriptorType_t type, const char *what,
					 const struct attribute *attributes)
{
	return make(d, type, what, attributes, false);
}

cudnnBackendDescriptor_t descriptor_try(struct descriptors *d, cudnnBackendDescriptorType_t type, const char *what,
					const struct attribute *attributes)
{
	return make(d, type, what, attributes, true);
}

cudnnBackendDescriptor_t descriptor_keep(struct descriptors *d, cudnnBackendDescriptor_t descriptor)
{
	for (int i = 0; descriptor && i < d->count; i++)
		if (d->all[i] == descriptor)
			d->all[i] = d->all[--d->count];
	return descriptor;
}

/* Backwards: what was made of others goes first. */
void descriptors_release(struct descriptors *d)
{
	while (d->count)
		d->libraries->cudnn.cudnnBackendDestroyDescriptor(d->all[--d->count]);
	free(d->all);
	*d = (struct descriptors){ .libraries = d->libraries };
}

int64_t descriptor_number(const struct descriptors *d, cudnnBackendDescriptor_t descriptor,
			  cudnnBackendAttributeName_t name, int64_t fallback)
{
	int64_t count = 0, number = fallback;

	if (d->libraries->cudnn.cudnnBackendGetAttribute(descriptor, name, CUDNN_TYPE_INT64, 1, &count, &number) ||
	    count != 1)
		return fallback;
	return number;
}

int64_t descriptor_list(const struct descriptors *d, cudnnBackendDescriptor_t descriptor,
			cudnnBackendAttributeName_t name, int64_t room, cudnnBackendDescriptor_t *list)
{
	int64_t count = 0;

	if (d->libraries->cudnn.cudnnBackendGetAttribute(descriptor, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, room,
							 &count, list))
		return 0;
	return room && count > room ? room : count;
}
