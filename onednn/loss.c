/* Softmax cross-entropy of a few hundred numbers: one thread, doubles. Formula: reference_loss.c. */
#include <math.h>

#include "onednn.h"

static size_t place(const struct onednn_view *v, int64_t n, int64_t feature)
{
	const int64_t c = feature / v->pixels, k = feature % v->pixels;

	return (size_t)((n * v->channels + c / v->block * v->block) * v->pixels + k * v->block + c % v->block);
}

/* The first largest logit; a NaN wins and stays the winner, so that a loss that is not finite is seen. */
static int64_t largest(const struct onednn_view *v, const float *logits, int64_t n, int64_t classes)
{
	int64_t best = 0;

	for (int64_t k = 1; k < classes; k++) {
		const float value = logits[place(v, n, k)], top = logits[place(v, n, best)];

		if (value > top || (isnan(value) && !isnan(top)))
			best = k;
	}
	return best;
}

static void image_loss(const struct onednn_view *v, const float *logits, float *dlogits, int64_t n, int64_t classes,
		       int label, double factor, struct fc_loss *loss)
{
	const int64_t best = largest(v, logits, n, classes);
	const double top = logits[place(v, n, best)];
	double sum = 0;

	for (int64_t k = 0; k < classes; k++)
		sum += exp(logits[place(v, n, k)] - top);
	loss->sum += log(sum) - (logits[place(v, n, label)] - top);
	loss->correct += best == label;
	for (int64_t k = 0; dlogits && k < classes; k++)
		dlogits[place(v, n, k)] = (float)(factor * (exp(logits[place(v, n, k)] - top) / sum - (k == label)));
}

int onednn_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
		const struct fc_batch *batch, double weight, struct fc_loss *loss, struct fc_error *err)
{
	const struct onednn_view view = onednn_view(logits);
	const struct fc_shape shape = logits->shape;
	const int64_t classes = shape.c * shape.h * shape.w;
	float *gradient = dlogits ? dlogits->data : NULL;

	(void)device;
	(void)err;
	*loss = (struct fc_loss){ 0, 0 };
	for (size_t i = 0; gradient && i < onednn_floats(logits); i++)
		gradient[i] = 0;
	for (int64_t n = 0; n < batch->count; n++)
		image_loss(&view, logits->data, gradient, n, classes, batch->labels[n], weight / (double)batch->count,
			   loss);
	return 0;
}
