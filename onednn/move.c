/* Slices and axes in another order, on plain arrays: along the output's rows, wherever its values are in the input. */
#include <string.h>

#include "plain.h"

struct move {
	struct fc_shape side; /* of the output, which is walked through row by row */
	int64_t stride[4];    /* of the input, along the output's N, C, H, W */
	int64_t offset;
	float *input, *output;
	bool forward, add;
};

static struct move plan(const struct fc_layer *layer)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct fc_shape x = layer->x[0]->shape;
	const int64_t stride[4] = { x.c * x.h * x.w, x.h * x.w, x.w, 1 };
	struct move m = { .side = layer->y->shape };

	memcpy(m.stride, stride, sizeof(stride));
	if (layer->node->op == FC_OP_SLICE) {
		m.offset = a->first * stride[a->axis];
		m.stride[a->axis] *= a->step;
		return m;
	}
	for (int d = 1; d < 4; d++)
		m.stride[d] = stride[a->order[d - 1]];
	return m;
}

ONEDNN_INLINE void move_row(float *input, float *output, int64_t count, bool forward, bool add, const int64_t stride)
{
	if (forward)
		for (int64_t i = 0; i < count; i++)
			output[i] = input[i * stride];
	else if (add)
		for (int64_t i = 0; i < count; i++)
			input[i * stride] += output[i];
	else
		for (int64_t i = 0; i < count; i++)
			input[i * stride] = output[i];
}

/* Rows first ... end - 1 of the output. */
ONEDNN_SIMD static void move_rows(const void *context, int64_t first, int64_t end)
{
	const struct move m = *(const struct move *)context;

	for (int64_t row = first; row < end; row++) {
		const int64_t h = row % m.side.h, c = row / m.side.h % m.side.c, n = row / m.side.h / m.side.c;
		float *const input = m.input + m.offset + n * m.stride[0] + c * m.stride[1] + h * m.stride[2];

		if (m.stride[3] == 1)
			move_row(input, m.output + row * m.side.w, m.side.w, m.forward, m.add, 1);
		else
			move_row(input, m.output + row * m.side.w, m.side.w, m.forward, m.add, m.stride[3]);
	}
}

int onednn_move(const struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	struct move m = plan(layer);

	m.forward = phase == FC_PHASE_FORWARD;
	if (!m.forward && (phase != FC_PHASE_BACKWARD_DATA || !layer->dx[0]))
		return 0;
	m.input = m.forward ? layer->x[0]->data : layer->dx[0]->data;
	m.output = m.forward ? layer->y->data : layer->dy->data;
	m.add = !m.forward && layer->accumulate[0];
	/* What a slice leaves out has no gradient. */
	if (!m.forward && !m.add && layer->node->op == FC_OP_SLICE)
		memset(m.input, 0, (size_t)fc_shape_elements(layer->x[0]->shape) * sizeof(float));
	onednn_parallel(device, m.side.n * m.side.c * m.side.h, 2 * layer->y->bytes, move_rows, &m);
	return 0;
}
