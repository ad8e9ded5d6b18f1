/* Convolutions as loops over channels-last tensors; the innermost runs along the output channels of a group. */
#include <stdlib.h>
#include <string.h>

#include "host_call.h"
#include "host_number.h"

struct gpu_conv {
	struct gpu_conv_request r;
	uint64_t workspace_bytes;
};

/* Sizes that follow from a request. */
struct sizes {
	int64_t x, y, w;	     /* values */
	int64_t group_in, group_out; /* channels of a group */
	int64_t taps;
};

static struct sizes sizes(const struct gpu_conv_request *r)
{
	return (struct sizes){
		r->n * r->h * r->w * r->c, r->n * r->p * r->q * r->k, r->k * r->r * r->s * r->c / r->groups,
		r->c / r->groups,	   r->k / r->groups,	      r->r * r->s
	};
}

/* Where weight (k, tap, i) of (k, r, s, c / groups) lies in (group, tap, i, k of the group). */
static int64_t turned(const struct sizes *z, int64_t k, int64_t tap, int64_t i)
{
	return ((k / z->group_out * z->taps + tap) * z->group_in + i) * z->group_out + k % z->group_out;
}

static float *turned_weights(const struct gpu_conv_request *r, const struct sizes *z, const void *w)
{
	float *plain = host_floats(w, z->w, r->type, r->precision),
	      *weights = fc_calloc((size_t)z->w, sizeof(*weights));

	for (int64_t k = 0; k < r->k; k++)
		for (int64_t tap = 0; tap < z->taps; tap++)
			for (int64_t i = 0; i < z->group_in; i++)
				weights[turned(z, k, tap, i)] = plain[(k * z->taps + tap) * z->group_in + i];
	free(plain);
	return weights;
}

/* Pixel of the input under tap `tap` of output pixel (p, q), as an index into an image; -1: on the padding. */
static int64_t under(const struct gpu_conv_request *r, int64_t p, int64_t q, int64_t tap)
{
	const int64_t h = p * r->stride_h - r->pad_h + tap / r->s * r->dilation_h;
	const int64_t w = q * r->stride_w - r->pad_w + tap % r->s * r->dilation_w;

	return h < 0 || h >= r->h || w < 0 || w >= r->w ? -1 : h * r->w + w;
}

/* One output pixel and one tap: what `each` does with the group's input channels, its outputs, and their weights. */
typedef void visit(float *x, float *y, float *w, int64_t in, int64_t out);

static void visit_all(const struct gpu_conv_request *r, const struct sizes *z, float *x, float *y, float *w,
		      visit *each)
{
	for (int64_t p = 0; p < r->p; p++)
		for (int64_t q = 0; q < r->q; q++)
			for (int64_t tap = 0; tap < z->taps; tap++) {
				const int64_t at = under(r, p, q, tap);

				for (int64_t g = 0; at >= 0 && g < r->groups; g++)
					each(x + at * r->c + g * z->group_in,
					     y + (p * r->q + q) * r->k + g * z->group_out,
					     w + (g * z->taps + tap) * z->group_in * z->group_out, z->group_in,
					     z->group_out);
			}
}

static void forward(float *x, float *y, float *w, int64_t in, int64_t out)
{
	for (int64_t i = 0; i < in; i++, w += out)
		host_add_row(y, w, x[i], out);
}

static void backward_data(float *x, float *y, float *w, int64_t in, int64_t out)
{
	for (int64_t i = 0; i < in; i++, w += out)
		x[i] += host_dot(y, w, out);
}

static void backward_weights(float *x, float *y, float *w, int64_t in, int64_t out)
{
	for (int64_t i = 0; i < in; i++, w += out)
		host_add_row(w, y, x[i], out);
}

static int run_forward(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const struct gpu_conv_request *r = &((const struct gpu_conv *)call->plan)->r;
	const struct sizes z = sizes(r);
	float *x = host_floats(call->a, z.x, r->type, r->precision), *w = turned_weights(r, &z, call->b);
	float *y = fc_calloc((size_t)z.y, sizeof(*y));

	(void)gpu;
	(void)err;
	for (int64_t n = 0; n < r->n; n++)
		visit_all(r, &z, x + n * z.x / r->n, y + n * z.y / r->n, w, forward);
	for (int64_t i = 0; i < z.y; i++) {
		y[i] += r->bias ? value_load(call->bias, i % r->k, r->type) : 0;
		value_store(call->out, i, r->type, r->relu && y[i] < 0 ? 0 : y[i]);
	}
	free(x);
	free(w);
	free(y);
	return 0;
}

static int run_backward_data(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const struct gpu_conv_request *r = &((const struct gpu_conv *)call->plan)->r;
	const struct sizes z = sizes(r);
	float *y = host_floats(call->a, z.y, r->type, r->precision), *w = turned_weights(r, &z, call->b);
	float *x = fc_calloc((size_t)z.x, sizeof(*x));

	(void)gpu;
	(void)err;
	for (int64_t n = 0; n < r->n; n++)
		visit_all(r, &z, x + n * z.x / r->n, y + n * z.y / r->n, w, backward_data);
	for (int64_t i = 0; i < z.x; i++)
		value_store(call->out, i, r->type,
			    given(r->accumulate, r->accumulate ? value_load(call->out, i, r->type) : 0, x[i]));
	free(x);
	free(w);
	free(y);
	return 0;
}

/* Image by image, so that sums do not become long. */
static int run_backward_weights(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const struct gpu_conv_request *r = &((const struct gpu_conv *)call->plan)->r;
	const struct sizes z = sizes(r);
	float *x = host_floats(call->a, z.x, r->type, r->precision),
	      *y = host_floats(call->b, z.y, r->type, r->precision);
	float *w = fc_calloc((size_t)z.w, sizeof(*w));
	double *sum = fc_calloc((size_t)z.w, sizeof(*sum));

	(void)gpu;
	(void)err;
	for (int64_t n = 0; n < r->n; n++) {
		memset(w, 0, (size_t)z.w * sizeof(*w));
		visit_all(r, &z, x + n * z.x / r->n, y + n * z.y / r->n, w, backward_weights);
		for (int64_t i = 0; i < z.w; i++)
			sum[i] += w[i];
	}
	for (int64_t i = 0; i < z.w; i++)
		((float *)call->out)[i] =
			(float)sum[turned(&z, i / (z.taps * z.group_in), i / z.group_in % z.taps, i % z.group_in)];
	free(x);
	free(w);
	free(y);
	free(sum);
	return 0;
}

/* A workspace is nobody else's while a plan runs, and holds nothing afterwards. */
static int run(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const struct gpu_conv *conv = call->plan;

	if (conv->workspace_bytes)
		memset(call->workspace, 0xff, conv->workspace_bytes);
	return (conv->r.phase == FC_PHASE_FORWARD	  ? run_forward
		: conv->r.phase == FC_PHASE_BACKWARD_DATA ? run_backward_data
							  : run_backward_weights)(gpu, call, err);
}

int host_conv_open(struct gpu *gpu, const struct gpu_conv_request *request, struct gpu_conv **conv,
		   struct fc_error *err)
{
	struct host_gpu *host = (struct host_gpu *)gpu;

	*conv = NULL;
	if (host_may(host, err, "planning"))
		return -1;
	if (request->relu && !request->bias)
		return host_forbid(host, err, "a convolution", "with ReLU but without bias");
	*conv = fc_calloc(1, sizeof(**conv));
	(*conv)->r = *request;
	(*conv)->workspace_bytes =
		request->workspace_bytes < HOST_WORKSPACE ? request->workspace_bytes : HOST_WORKSPACE;
	host->plans++;
	return 0;
}

void host_conv_close(struct gpu *gpu, struct gpu_conv *conv)
{
	((struct host_gpu *)gpu)->plans--;
	free(conv);
}

void host_conv_plan(struct gpu *gpu, const struct gpu_conv *conv, struct gpu_plan *plan)
{
	(void)gpu;
	*plan = host_plan("host:conv", conv->workspace_bytes);
}

int host_conv_run(struct gpu *gpu, struct gpu_conv *conv, const void *a, const void *b, const void *bias, void *out,
		  void *workspace, struct fc_error *err)
{
	const struct gpu_conv_request *r = &conv->r;
	const struct sizes z = sizes(r);
	const uint64_t size = gpu_type_bytes(r->type), x = (uint64_t)z.x * size, y = (uint64_t)z.y * size,
		       w = (uint64_t)z.w * size;
	const bool data = r->phase == FC_PHASE_BACKWARD_DATA, weights = r->phase == FC_PHASE_BACKWARD_WEIGHTS;
	const uint64_t result = weights ? (uint64_t)z.w * sizeof(float) : data ? x : y;
	struct host_call call = { .name = fc_phase_name(r->phase),
				  .run = run,
				  .plan = conv,
				  .a = a,
				  .b = b,
				  .bias = bias,
				  .out = out,
				  .workspace = workspace };

	if (!a || !b || !out || r->bias != (bias != NULL) || (conv->workspace_bytes && !workspace))
		return host_forbid((struct host_gpu *)gpu, err, "a convolution",
				   "without one of its operands, or with one too many");
	host_call_access(&call, a, data ? y : x, false);
	host_call_access(&call, b, weights ? y : w, false);
	host_call_access(&call, bias, (uint64_t)r->k * size, false);
	host_call_access(&call, r->accumulate ? out : NULL, result, false);
	host_call_access(&call, out, result, true);
	host_call_access(&call, workspace, conv->workspace_bytes, true);
	return host_submit((struct host_gpu *)gpu, &call, err);
}
