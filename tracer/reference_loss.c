/*
 * Softmax cross-entropy: loss = log(sum exp(z - max)) - (z[label] - max), summed over the batch's images;
 * its gradient, as a mean over them, is (softmax - onehot) / count.
 */
#include <math.h>

#include "reference.h"

static void image_loss(const float *logits, float *dlogits, int64_t classes, int label, double factor,
		       struct fc_loss *loss)
{
	int64_t best = 0;
	double sum = 0;

	/* A NaN wins and stays the winner, so that a loss that is not finite is seen. */
	for (int64_t k = 1; k < classes; k++)
		if (logits[k] > logits[best] || (isnan(logits[k]) && !isnan(logits[best])))
			best = k;
	for (int64_t k = 0; k < classes; k++)
		sum += exp((double)logits[k] - logits[best]);
	loss->sum += log(sum) - ((double)logits[label] - logits[best]);
	loss->correct += best == label;
	for (int64_t k = 0; dlogits && k < classes; k++)
		dlogits[k] = (float)(factor * (exp((double)logits[k] - logits[best]) / sum - (k == label)));
}

void reference_loss(const struct fc_tensor *logits, struct fc_tensor *dlogits, const struct fc_batch *batch,
		    double weight, struct fc_loss *loss)
{
	const struct fc_shape shape = logits->shape;
	const int64_t classes = shape.c * shape.h * shape.w;
	float *gradient = dlogits ? dlogits->data : NULL;

	*loss = (struct fc_loss){ 0, 0 };
	for (int64_t n = 0; n < batch->count; n++)
		image_loss((const float *)logits->data + n * classes, gradient ? gradient + n * classes : NULL,
			   classes, batch->labels[n], weight / (double)batch->count, loss);
	for (int64_t i = batch->count * classes; gradient && i < shape.n * classes; i++)
		gradient[i] = 0;
}
