/*
 * Who does which part of a batch norm. Where there are enough groups of channels every thread takes whole groups: the
 * second walk over a group then finds it in the cache. Else every group is cut into slices of images.
 */
#include "norm.h"

struct work {
	struct onednn_norm norm;
	const struct onednn_norm_phase *phase;
	struct onednn_sums *partial; /* of every slice */
	int64_t slices;		     /* per group */
};

static int64_t slice_begin(const struct work *work, int64_t slice)
{
	return work->norm.view.images * slice / work->slices;
}

static void whole_groups(const void *context, int64_t first, int64_t end)
{
	const struct work *work = context;
	const int64_t images = work->norm.view.images;

	for (int64_t group = first; group < end; group++) {
		if (work->phase->sum) {
			struct onednn_sums sums = { { 0 }, { 0 } };

			work->phase->sum(&work->norm, group, 0, images, &sums);
			work->phase->finish(&work->norm, group, &sums);
		}
		work->phase->apply(&work->norm, group, 0, images);
	}
}

static void sum_slices(const void *context, int64_t first, int64_t end)
{
	const struct work *work = context;

	for (int64_t unit = first; unit < end; unit++) {
		const int64_t slice = unit % work->slices;

		work->partial[unit] = (struct onednn_sums){ { 0 }, { 0 } };
		work->phase->sum(&work->norm, unit / work->slices, slice_begin(work, slice),
				 slice_begin(work, slice + 1), &work->partial[unit]);
	}
}

static void apply_slices(const void *context, int64_t first, int64_t end)
{
	const struct work *work = context;

	for (int64_t unit = first; unit < end; unit++) {
		const int64_t slice = unit % work->slices;

		work->phase->apply(&work->norm, unit / work->slices, slice_begin(work, slice),
				   slice_begin(work, slice + 1));
	}
}

static void finish_groups(const struct work *work)
{
	for (int64_t group = 0; group < work->norm.view.groups; group++) {
		struct onednn_sums total = { { 0 }, { 0 } };

		for (int64_t slice = 0; slice < work->slices; slice++) {
			const struct onednn_sums *part = &work->partial[group * work->slices + slice];

			for (int64_t i = 0; i < work->norm.view.lanes; i++) {
				total.first[i] += part->first[i];
				total.second[i] += part->second[i];
			}
		}
		work->phase->finish(&work->norm, group, &total);
	}
}

/* So many that every thread has nearly the same to do. */
static int64_t choose_slices(const struct fc_device *device, const struct onednn_view *view)
{
	if (view->groups % device->threads == 0 || view->groups >= 8 * device->threads)
		return 1;
	return device->threads < view->images ? device->threads : view->images;
}

static int norm_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const bool forward = phase == FC_PHASE_FORWARD, train = layer->pass == FC_PASS_TRAIN;
	struct work work = {
		.norm = { .layer = layer,
			  .view = onednn_view_wide(layer->y),
			  .relu = layer->fused,
			  .add = !forward && layer->accumulate[0] },
		.phase = !forward ? &onednn_norm_backward :
			 train	  ? &onednn_norm_forward :
				    &onednn_norm_validate,
		.partial = layer->scratch,
	};
	const uint64_t bytes = (forward ? 3 : 5) * layer->y->bytes;
	int64_t units;

	(void)err;
	if (!forward && phase != FC_PHASE_BACKWARD_DATA)
		return 0;
	work.slices = choose_slices(device, &work.norm.view);
	units = work.norm.view.groups * work.slices;
	if (work.slices == 1) {
		onednn_parallel(device, units, bytes, whole_groups, &work);
		return 0;
	}
	if (work.phase->sum) {
		onednn_parallel(device, units, bytes, sum_slices, &work);
		finish_groups(&work);
	}
	onednn_parallel(device, units, bytes, apply_slices, &work);
	return 0;
}

static int norm_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct onednn_view view;
	int64_t slices;

	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	view = onednn_view_wide(layer->y);
	for (int k = 0; k < 2; k++) {
		onednn_choose_vector(layer->param[k], view.channels);
		onednn_choose_vector(layer->state[k], view.channels);
	}
	slices = choose_slices(device, &view);
	if (layer->pass == FC_PASS_TRAIN) {
		layer->saved_bytes = 2 * (uint64_t)view.channels * sizeof(float);
		layer->scratch_bytes = slices > 1 ? (uint64_t)(view.groups * slices) * sizeof(struct onednn_sums) : 0;
	}
	return 0;
}

const struct onednn_leaf onednn_batch_norm = {
	.prepare = norm_prepare,
	.run = norm_run,
	.kernel = "flopclock:batch_norm",
	.fuses_relu = 1u << FC_PHASE_FORWARD | 1u << FC_PHASE_BACKWARD_DATA,
};
