/*
 * The oracle: plain loops over plain (N, C, H, W) arrays, sums in double precision. Nothing here is fast; everything is meant
 * to be read beside the formula that it computes.
 */
#ifndef FLOPCLOCK_REFERENCE_H
#define FLOPCLOCK_REFERENCE_H

#include <stddef.h>

#include "flopclock/backend.h"

/* One kind of layer. A phase that a kind does not have is NULL and computes nothing. */
struct reference_leaf {
	void (*prepare)(struct fc_layer *layer);	/* sets saved_bytes and scratch_bytes where they are not 0 */
	void (*forward)(const struct fc_layer *layer);
	void (*backward_data)(const struct fc_layer *layer);
	void (*backward_weights)(const struct fc_layer *layer);
};

extern const struct reference_leaf reference_conv, reference_conv_transpose, reference_dense,
	reference_matmul, reference_recurrent, reference_batch_norm, reference_layer_norm, reference_group_norm,
	reference_local_response_norm, reference_softmax, reference_elementwise, reference_dropout, reference_max_pool,
	reference_adaptive_max_pool, reference_avg_pool, reference_adaptive_avg_pool, reference_mean, reference_resize,
	reference_broadcast, reference_concat, reference_copy, reference_reshape, reference_embedding, reference_learned;

int reference_feed(const struct fc_layer *input, const struct fc_batch *batch);
void reference_loss(const struct fc_tensor *logits, struct fc_tensor *dlogits, const struct fc_batch *batch,
		    double weight, struct fc_loss *loss);

static inline size_t reference_at(struct fc_shape shape, int64_t n, int64_t c, int64_t h, int64_t w)
{
	return (size_t)(((n * shape.c + c) * shape.h + h) * shape.w + w);
}

/* The k-th input's gradient, NULL where it is not wanted. */
static inline float *reference_dx(const struct fc_layer *layer, int k)
{
	return layer->dx[k] ? layer->dx[k]->data : NULL;
}

/* A gradient with several contributions is written by the first and added to by the others. */
static inline void reference_give(float *gradient, bool accumulate, double value)
{
	*gradient = (float)(accumulate ? *gradient + value : value);
}

#endif
