/*
 * Softmax cross-entropy: with e = exp(z - max), loss = log(sum e) - (z[label] - max), summed over the batch's images, and
 * dz = weight / count * (e / sum e - onehot). `lanes` neighbouring threads share a row of logits. Block 0 sums the loss of
 * all rows, every block writes the gradient of its own.
 *
 * The largest logit's own e, 1, is left out of the sum until the end: what is small beside it then keeps its digits.
 */
#include "kernel_reduce.h"

struct loss_row {
	float best; /* the largest logit: the first one, a NaN before all others */
	int best_at;
	float others; /* sum of e over all but that one */
	int label;    /* -1 where the row has no image */
};

/* Whether the logit `a` at `at` comes before `b`. */
DEVICE int loss_before(float a, int at, float b, int b_at)
{
	if (a != a || b != b)
		return a != a && (b == b || at < b_at);
	return a > b || (a == b && at < b_at);
}

DEVICE void loss_best(const struct loss_args *a, int64_t row, int lane, const enum gpu_type type, struct loss_row *r)
{
	r->best = -INFINITY;
	r->best_at = a->classes;
	for (int k = lane; k < a->classes; k += a->lanes) {
		const float z = value_load(a->logits, row * a->classes + k, type);

		if (loss_before(z, k, r->best, r->best_at)) {
			r->best = z;
			r->best_at = k;
		}
	}
	for (int mask = a->lanes / 2; mask > 0; mask /= 2) {
		const float best = warp_float(r->best, mask);
		const int at = warp_int(r->best_at, mask);

		if (loss_before(best, at, r->best, r->best_at)) {
			r->best = best;
			r->best_at = at;
		}
	}
}

/* The label of row `row`, -1 behind the last image of the batch. */
DEVICE int loss_label(const struct loss_args *a, int row)
{
	const int64_t index = (int64_t)a->control->batch * a->n + row;

	if (row >= a->n || index >= a->control->images)
		return -1;
	return a->labels[a->order ? a->order[index] : index];
}

/* All lanes of a warp come here together, also those of rows that do not exist: they read the last row. */
DEVICE struct loss_row loss_row(const struct loss_args *a, int row, int lane, const enum gpu_type type)
{
	const int64_t read = least(row, a->n - 1);
	struct loss_row r;

	loss_best(a, read, lane, type, &r);
	r.others = 0;
	for (int k = lane; k < a->classes; k += a->lanes)
		if (k != r.best_at)
			r.others += expf(value_load(a->logits, read * a->classes + k, type) - r.best);
	for (int mask = a->lanes / 2; mask > 0; mask /= 2)
		r.others += warp_float(r.others, mask);
	r.label = loss_label(a, row);
	return r;
}

DEVICE double loss_of(const struct loss_args *a, int64_t row, const struct loss_row *r, const enum gpu_type type)
{
	/* A label without a class has no loss that could be told. */
	const float z = r->label < a->classes ? value_load(a->logits, row * a->classes + r->label, type) : NAN;

	return (double)log1pf(r->others) - ((double)z - (double)r->best);
}

/* Images of the batch. */
DEVICE int loss_count(const struct loss_args *a)
{
	return (int)most(0, least(a->n, (int64_t)a->control->images - (int64_t)a->control->batch * a->n));
}

DEVICE void loss_gradient(const struct loss_args *a, int64_t row, int lane, const struct loss_row *r,
			  const enum gpu_type type)
{
	const float factor = (float)(a->weight / loss_count(a));

	for (int k = lane; k < a->classes; k += a->lanes) {
		const int64_t at = row * a->classes + k;
		const float e = k == r->best_at ? 1 : expf(value_load(a->logits, at, type) - r->best);
		float gradient = e / (1 + r->others);

		if (k == r->label)
			gradient = k == r->best_at ? -r->others / (1 + r->others) : gradient - 1;
		value_store(a->dlogits, at, type, r->label < 0 ? 0 : factor * gradient);
	}
}

/* What a thread has of the batch's loss and hits. */
struct loss_sum {
	double loss;
	int correct;
};

/* The rows begin ... end - 1: gradients of those that are the block's own, losses of all. */
DEVICE struct loss_sum loss_rows(const struct loss_args *a, int begin, int end, int own, const enum gpu_type type)
{
	const int lane = (int)threadIdx.x % a->lanes, step = (int)blockDim.x / a->lanes;
	struct loss_sum sum = { 0, 0 };

	for (int first = begin; first < end; first += step) {
		const int row = first + (int)threadIdx.x / a->lanes;
		const struct loss_row r = loss_row(a, row, lane, type);

		if (row < end && r.label >= 0 && lane == 0) {
			sum.loss += loss_of(a, row, &r, type);
			sum.correct += r.best_at == r.label;
		}
		if (row < end && row < own && a->dlogits)
			loss_gradient(a, row, lane, &r, type);
	}
	return sum;
}

/* Adds what the block's threads have, as a tree, and writes it. */
DEVICE void loss_write(const struct loss_args *a, struct loss_sum sum)
{
	struct gpu_result *result = a->ring + a->control->result % GPU_RESULTS;
	double *loss = (double *)shared_memory();
	int *correct = (int *)(loss + blockDim.x);
	const int thread = (int)threadIdx.x;

	for (int half = (int)blockDim.x / 2; half > 0; half /= 2) {
		if (thread >= half && thread < 2 * half) {
			loss[thread] = sum.loss;
			correct[thread] = sum.correct;
		}
		__syncthreads();
		if (thread < half) {
			sum.loss += loss[thread + half];
			sum.correct += correct[thread + half];
		}
	}
	if (thread == 0) {
		result->loss[a->head] = sum.loss;
		result->correct[a->head] = sum.correct;
	}
}

DEVICE void loss(const struct loss_args *a, const enum gpu_type type)
{
	const int begin = (int)blockIdx.x * a->rows, own = (int)least(begin + a->rows, a->n);
	const int whole = blockIdx.x == 0;
	const struct loss_sum sum = loss_rows(a, begin, whole ? a->n : own, own, type);

	if (whole)
		loss_write(a, sum);
}

/* Behind the last step of an iteration. */
DEVICE void advance_pass(const struct advance_args *a)
{
	struct gpu_control *control = a->control;
	struct gpu_result *result = a->ring + control->result % GPU_RESULTS;

	result->images = (int32_t)most(0, least(a->n, (int64_t)control->images - (int64_t)control->batch * a->n));
	result->unused = 0;
	result->end_ns = device_time_ns();
	control->batch++;
	control->iteration++;
	control->result++;
}

SHARED_KERNEL(loss, loss_args, FINISH_THREADS, 1, loss)
PLAIN_KERNEL(advance, advance_args, 1, advance_pass)
