/*
 * LSTM and GRU as PyTorch defines them, from a state of zeros; rows of W values are the steps of a sequence. With s(x) =
 * 1 / (1 + exp(-x)), p = Wi x + bi and q = Wh h + bh by gates, h and c being those of the step before:
 *   LSTM  i = s(p0+q0)  f = s(p1+q1)  g = tanh(p2+q2)  o = s(p3+q3)   c' = f c + i g   h' = o tanh(c')
 *   GRU   r = s(p0+q0)  z = s(p1+q1)  n = tanh(p2 + r q2)             h' = (1 - z) n + z h
 * Going back through the steps, the gradients of p and q give those of weights, inputs and the state before.
 */
#include <math.h>
#include <string.h>

#include "reference.h"

struct cell {
	const struct fc_layer *layer;
	int64_t in, hidden, gates, steps, sequences;
	const float *weight[2], *bias[2];	/* of p and of q */
	/* In scratch. */
	double *p, *q;		/* gates * hidden each: values forward, gradients backward */
	double *state, *memory;	/* hidden each: h and c forward, their gradients backward */
	double *weight_sum[2], *bias_sum[2];
};

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

static int64_t gate_count(const struct fc_layer *layer)
{
	return layer->node->op == FC_OP_LSTM ? 4 : 3;
}

static struct cell cell_of(const struct fc_layer *layer)
{
	const struct fc_shape x = layer->x[0]->shape;
	struct cell c = { .layer = layer, .in = x.w, .hidden = layer->y->shape.w, .gates = gate_count(layer),
			  .steps = x.h, .sequences = x.n * x.c };
	const int64_t rows = c.gates * c.hidden;
	double *place = layer->scratch;

	for (int k = 0; k < 2; k++) {
		c.weight[k] = layer->param[k]->data;
		c.bias[k] = layer->node->attributes.bias ? layer->param[2 + k]->data : NULL;
	}
	c.p = place;
	c.q = c.p + rows;
	c.state = c.q + rows;
	c.memory = c.state + c.hidden;
	c.weight_sum[0] = c.memory + c.hidden;
	c.weight_sum[1] = c.weight_sum[0] + rows * c.in;
	c.bias_sum[0] = c.weight_sum[1] + rows * c.hidden;
	c.bias_sum[1] = c.bias_sum[0] + rows;
	return c;
}

/* Saved per step: the gates, then c of an LSTM or q2 of a GRU. */
static void prepare(struct fc_layer *layer)
{
	const uint64_t hidden = (uint64_t)layer->y->shape.w, in = (uint64_t)layer->x[0]->shape.w;
	const uint64_t gates = (uint64_t)gate_count(layer);

	layer->scratch_bytes = (2 * gates * hidden + 2 * hidden) * sizeof(double);
	if (layer->pass != FC_PASS_TRAIN)
		return;
	layer->saved_bytes = (uint64_t)fc_shape_elements(layer->y->shape) * (gates + 1) * sizeof(double);
	layer->scratch_bytes += gates * hidden * (in + hidden + 2) * sizeof(double);
}

static double *saved_of(const struct cell *c, int64_t sequence, int64_t step)
{
	return (double *)c->layer->saved + (sequence * c->steps + step) * (c->gates + 1) * c->hidden;
}

/* The time that comes t-th, and the row of x and y in which it lies. */
static int64_t row_of(const struct cell *c, int64_t sequence, int64_t t)
{
	return sequence * c->steps + (c->layer->node->attributes.reverse ? c->steps - 1 - t : t);
}

/* sums = bias + weight * values */
static void products(const float *weight, const float *bias, int64_t rows, int64_t columns, const float *x, const double *h,
		     double *sums)
{
	for (int64_t r = 0; r < rows; r++) {
		double sum = bias ? bias[r] : 0;

		for (int64_t k = 0; k < columns; k++)
			sum += weight[r * columns + k] * (x ? x[k] : h[k]);
		sums[r] = sum;
	}
}

static void lstm_step(const struct cell *c, int64_t j, double *kept)
{
	const int64_t n = c->hidden;
	const double i = logistic(c->p[j] + c->q[j]), f = logistic(c->p[n + j] + c->q[n + j]);
	const double g = tanh(c->p[2 * n + j] + c->q[2 * n + j]), o = logistic(c->p[3 * n + j] + c->q[3 * n + j]);

	c->memory[j] = f * c->memory[j] + i * g;
	c->state[j] = o * tanh(c->memory[j]);
	if (!kept)
		return;
	kept[j] = i;
	kept[n + j] = f;
	kept[2 * n + j] = g;
	kept[3 * n + j] = o;
	kept[4 * n + j] = c->memory[j];
}

static void gru_step(const struct cell *c, int64_t j, double *kept)
{
	const int64_t n = c->hidden;
	const double r = logistic(c->p[j] + c->q[j]), z = logistic(c->p[n + j] + c->q[n + j]), q = c->q[2 * n + j];
	const double fresh = tanh(c->p[2 * n + j] + r * q);

	c->state[j] = (1 - z) * fresh + z * c->state[j];
	if (!kept)
		return;
	kept[j] = r;
	kept[n + j] = z;
	kept[2 * n + j] = fresh;
	kept[3 * n + j] = q;
}

static void forward(const struct fc_layer *layer)
{
	const struct cell c = cell_of(layer);
	const int64_t rows = c.gates * c.hidden;

	for (int64_t sequence = 0; sequence < c.sequences; sequence++) {
		memset(c.state, 0, (size_t)(2 * c.hidden) * sizeof(double));
		for (int64_t t = 0; t < c.steps; t++) {
			const int64_t row = row_of(&c, sequence, t);
			double *const kept = layer->pass == FC_PASS_TRAIN ? saved_of(&c, sequence, t) : NULL;

			products(c.weight[0], c.bias[0], rows, c.in, (const float *)layer->x[0]->data + row * c.in, NULL, c.p);
			products(c.weight[1], c.bias[1], rows, c.hidden, NULL, c.state, c.q);
			for (int64_t j = 0; j < c.hidden; j++) {
				if (layer->node->op == FC_OP_LSTM)
					lstm_step(&c, j, kept);
				else
					gru_step(&c, j, kept);
				((float *)layer->y->data)[row * c.hidden + j] = (float)c.state[j];
			}
		}
	}
}

/* -------- backward -------- */

/* Gradients of p and q of hidden value j from dh, that of h'; memory becomes that of the c before. */
static void lstm_back(const struct cell *c, int64_t j, const double *kept, double c_before, double dh)
{
	const int64_t n = c->hidden;
	const double i = kept[j], f = kept[n + j], g = kept[2 * n + j], o = kept[3 * n + j], t = tanh(kept[4 * n + j]);
	const double dc = c->memory[j] + dh * o * (1 - t * t);

	c->p[j] = dc * g * i * (1 - i);
	c->p[n + j] = dc * c_before * f * (1 - f);
	c->p[2 * n + j] = dc * i * (1 - g * g);
	c->p[3 * n + j] = dh * t * o * (1 - o);
	for (int gate = 0; gate < 4; gate++)
		c->q[gate * n + j] = c->p[gate * n + j];
	c->memory[j] = dc * f;
	c->state[j] = 0;
}

/* state becomes what the h before gets without the weights. */
static void gru_back(const struct cell *c, int64_t j, const double *kept, double h_before, double dh)
{
	const int64_t n = c->hidden;
	const double r = kept[j], z = kept[n + j], fresh = kept[2 * n + j], q = kept[3 * n + j];
	const double da = dh * (1 - z) * (1 - fresh * fresh);

	c->p[j] = c->q[j] = da * q * r * (1 - r);
	c->p[n + j] = c->q[n + j] = dh * (h_before - fresh) * z * (1 - z);
	c->p[2 * n + j] = da;
	c->q[2 * n + j] = da * r;
	c->state[j] = dh * z;
}

/* Adds the outer product of gate gradients and what the weight was multiplied with. */
static void add_outer(double *sum, const double *gradient, int64_t rows, int64_t columns, const float *values)
{
	for (int64_t r = 0; r < rows; r++)
		for (int64_t k = 0; k < columns; k++)
			sum[r * columns + k] += gradient[r] * values[k];
}

static void step_back(const struct cell *c, int64_t sequence, int64_t t)
{
	const struct fc_layer *const layer = c->layer;
	const int64_t rows = c->gates * c->hidden, row = row_of(c, sequence, t);
	const float *y = layer->y->data, *dy = (const float *)layer->dy->data + row * c->hidden;
	const float *before = t ? y + row_of(c, sequence, t - 1) * c->hidden : NULL;
	const double *kept = saved_of(c, sequence, t), *earlier = t ? saved_of(c, sequence, t - 1) : NULL;
	float *dx = reference_dx(layer, 0);

	for (int64_t j = 0; j < c->hidden; j++) {
		if (layer->node->op == FC_OP_LSTM)
			lstm_back(c, j, kept, earlier ? earlier[4 * c->hidden + j] : 0, dy[j] + c->state[j]);
		else
			gru_back(c, j, kept, before ? before[j] : 0, dy[j] + c->state[j]);
	}
	add_outer(c->weight_sum[0], c->p, rows, c->in, (const float *)layer->x[0]->data + row * c->in);
	if (before)
		add_outer(c->weight_sum[1], c->q, rows, c->hidden, before);
	for (int64_t r = 0; r < rows; r++) {
		c->bias_sum[0][r] += c->p[r];
		c->bias_sum[1][r] += c->q[r];
		for (int64_t j = 0; j < c->hidden; j++)
			c->state[j] += c->q[r] * c->weight[1][r * c->hidden + j];
	}
	for (int64_t k = 0; dx && k < c->in; k++) {
		double sum = 0;

		for (int64_t r = 0; r < rows; r++)
			sum += c->p[r] * c->weight[0][r * c->in + k];
		reference_give(dx + row * c->in + k, layer->accumulate[0], sum);
	}
}

static void write_sums(const struct fc_tensor *gradient, const double *sums)
{
	for (int64_t i = 0; i < fc_shape_elements(gradient->shape); i++)
		((float *)gradient->data)[i] = (float)sums[i];
}

static void backward(const struct fc_layer *layer)
{
	const struct cell c = cell_of(layer);
	const int64_t rows = c.gates * c.hidden;

	memset(c.weight_sum[0], 0, (size_t)(rows * (c.in + c.hidden + 2)) * sizeof(double));
	for (int64_t sequence = 0; sequence < c.sequences; sequence++) {
		memset(c.state, 0, (size_t)(2 * c.hidden) * sizeof(double));
		for (int64_t t = c.steps - 1; t >= 0; t--)
			step_back(&c, sequence, t);
	}
	for (int k = 0; k < 2; k++) {
		write_sums(layer->param_gradient[k], c.weight_sum[k]);
		if (c.bias[k])
			write_sums(layer->param_gradient[2 + k], c.bias_sum[k]);
	}
}

const struct reference_leaf reference_recurrent = { prepare, forward, backward, NULL };
