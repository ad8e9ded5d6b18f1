/* The vendor's batch norms and pools as plain loops in double precision, channels-last. */
#include <math.h>
#include <stdlib.h>

#include "host_call.h"
#include "host_number.h"

struct gpu_legacy {
	struct gpu_legacy_request r;
};

static int64_t rows_of(const struct gpu_legacy_request *r)
{
	return r->n * r->h * r->w;
}

static float *aux(const struct gpu_legacy_call *call, int k)
{
	return call->aux[k];
}

static double value(const struct gpu_legacy_request *r, const void *data, int64_t at)
{
	return (double)value_load(data, at, r->type);
}

static void give(const struct gpu_legacy_request *r, void *data, int64_t at, double result)
{
	const double old = r->accumulate ? value(r, data, at) : 0;

	value_store(data, at, r->type, (float)(old + result));
}

static void statistics(const struct gpu_legacy_request *r, const void *x, int64_t c, double *mean, double *variance)
{
	const int64_t rows = rows_of(r);
	double sum = 0, squares = 0;

	for (int64_t i = 0; i < rows; i++)
		sum += value(r, x, i * r->c + c);
	*mean = sum / (double)rows;
	for (int64_t i = 0; i < rows; i++) {
		const double d = value(r, x, i * r->c + c) - *mean;

		squares += d * d;
	}
	*variance = squares / (double)rows;
}

static void norm_line(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call, int64_t c, double mean,
		      double factor)
{
	const double scale = ((const float *)call->b)[c], shift = ((const float *)call->c)[c];

	for (int64_t i = 0; i < rows_of(r); i++)
		value_store(call->out, i * r->c + c, r->type,
			    (float)(scale * (value(r, call->a, i * r->c + c) - mean) * factor + shift));
}

static void norm_train(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call)
{
	const double count = (double)rows_of(r), m = r->momentum;

	for (int64_t c = 0; c < r->c; c++) {
		double mean, variance, factor;

		statistics(r, call->a, c, &mean, &variance);
		factor = 1 / sqrt(variance + r->epsilon);
		aux(call, 0)[c] = (float)mean;
		aux(call, 1)[c] = (float)factor;
		aux(call, 2)[c] = (float)((1 - m) * aux(call, 2)[c] + m * mean);
		aux(call, 3)[c] = (float)((1 - m) * aux(call, 3)[c] +
					  m * (count > 1 ? variance * count / (count - 1) : variance));
		norm_line(r, call, c, mean, factor);
	}
}

static void norm_validate(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call)
{
	for (int64_t c = 0; c < r->c; c++)
		norm_line(r, call, c, aux(call, 0)[c], 1 / sqrt((double)aux(call, 1)[c] + r->epsilon));
}

static void norm_backward(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call)
{
	const int64_t rows = rows_of(r);

	for (int64_t c = 0; c < r->c; c++) {
		const double mean = aux(call, 0)[c], factor = aux(call, 1)[c], scale = ((const float *)call->c)[c];
		double dscale = 0, dshift = 0;

		for (int64_t i = c; i < rows * r->c; i += r->c) {
			dshift += value(r, call->b, i);
			dscale += value(r, call->b, i) * (value(r, call->a, i) - mean) * factor;
		}
		aux(call, 2)[c] = (float)dscale;
		aux(call, 3)[c] = (float)dshift;
		for (int64_t i = c; i < rows * r->c; i += r->c) {
			const double u = (value(r, call->a, i) - mean) * factor;

			give(r, call->out, i,
			     scale * factor *
				     (value(r, call->b, i) - dshift / (double)rows - u * dscale / (double)rows));
		}
	}
}

/* One output of a pool, and what is done with each input pixel that its window holds. */
struct window {
	const struct gpu_legacy_request *r;
	int64_t n, p, q, c;
};

static int64_t output_at(const struct window *o)
{
	return ((o->n * o->r->p + o->p) * o->r->q + o->q) * o->r->c + o->c;
}

/* The i-th place of a window in the input; -1: on the padding. */
static int64_t input_at(const struct window *o, int64_t i)
{
	const struct gpu_legacy_request *r = o->r;
	const int64_t h = o->p * r->stride_h - r->pad_h + i / r->s, w = o->q * r->stride_w - r->pad_w + i % r->s;

	return h < 0 || h >= r->h || w < 0 || w >= r->w ? -1 : ((o->n * r->h + h) * r->w + w) * r->c + o->c;
}

static void max_window(const struct window *o, const struct gpu_legacy_call *call, double *scattered)
{
	double best = -INFINITY;

	(void)scattered;
	for (int64_t i = 0; i < o->r->r * o->r->s; i++) {
		const int64_t at = input_at(o, i);

		if (at >= 0 && !(value(o->r, call->a, at) <= best))
			best = value(o->r, call->a, at);
	}
	value_store(call->out, output_at(o), o->r->type, (float)best);
}

static void avg_window(const struct window *o, const struct gpu_legacy_call *call, double *scattered)
{
	double sum = 0;

	(void)scattered;
	for (int64_t i = 0; i < o->r->r * o->r->s; i++)
		sum += input_at(o, i) >= 0 ? value(o->r, call->a, input_at(o, i)) : 0;
	value_store(call->out, output_at(o), o->r->type, (float)(sum / (double)(o->r->r * o->r->s)));
}

static void avg_window_backward(const struct window *o, const struct gpu_legacy_call *call, double *scattered)
{
	const double share = value(o->r, call->a, output_at(o)) / (double)(o->r->r * o->r->s);

	for (int64_t i = 0; i < o->r->r * o->r->s; i++)
		if (input_at(o, i) >= 0)
			scattered[input_at(o, i)] += share;
}

static void all_windows(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call, double *scattered,
			void (*each)(const struct window *o, const struct gpu_legacy_call *call, double *scattered))
{
	for (int64_t k = 0; k < r->n * r->p * r->q * r->c; k++) {
		const int64_t pixel = k / r->c, line = pixel / r->q;

		each(&(struct window){ r, line / r->p, line % r->p, pixel % r->q, k % r->c }, call, scattered);
	}
}

static void max_pool(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call)
{
	all_windows(r, call, NULL, max_window);
}

static void avg_pool(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call)
{
	all_windows(r, call, NULL, avg_window);
}

static void avg_pool_backward(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call)
{
	const int64_t inputs = rows_of(r) * r->c;
	double *dx = fc_calloc((size_t)inputs, sizeof(*dx));

	all_windows(r, call, dx, avg_window_backward);
	for (int64_t i = 0; i < inputs; i++)
		give(r, call->out, i, dx[i]);
	free(dx);
}

/* How large an operand is, in values of the request's type (activations) or floats (lines). */
enum extent { NONE, INPUT, OUTPUT, LINE };

static const struct kind {
	const char *name;
	void (*run)(const struct gpu_legacy_request *r, const struct gpu_legacy_call *call);
	enum extent a, b, c, out, aux;
	int aux_count;
	unsigned aux_reads, aux_writes; /* a bit each */
} kinds[] = {
	[GPU_LEGACY_NORM_TRAIN] = { "a batch norm", norm_train, INPUT, LINE, LINE, INPUT, LINE, 4, 0xc, 0xf },
	[GPU_LEGACY_NORM_BACKWARD] = { "a batch norm's backward", norm_backward, INPUT, INPUT, LINE, INPUT, LINE, 4,
				       0x3, 0xc },
	[GPU_LEGACY_NORM_VALIDATE] = { "a batch norm in validation", norm_validate, INPUT, LINE, LINE, INPUT, LINE, 2,
				       0x3, 0 },
	[GPU_LEGACY_MAX_POOL] = { "a max pool", max_pool, INPUT, NONE, NONE, OUTPUT, NONE, 0, 0, 0 },
	[GPU_LEGACY_AVG_POOL] = { "an average pool", avg_pool, INPUT, NONE, NONE, OUTPUT, NONE, 0, 0, 0 },
	[GPU_LEGACY_AVG_POOL_BACKWARD] = { "an average pool's backward", avg_pool_backward, OUTPUT, NONE, NONE, INPUT,
					   NONE, 0, 0, 0 },
};

static uint64_t bytes_of(const struct gpu_legacy_request *r, enum extent extent)
{
	const int64_t values = extent == INPUT	  ? rows_of(r) * r->c
			       : extent == OUTPUT ? r->n * r->p * r->q * r->c
			       : extent == LINE	  ? r->c
						  : 0;

	return (uint64_t)values * (extent == LINE ? sizeof(float) : gpu_type_bytes(r->type));
}

static int run(struct host_gpu *gpu, const struct host_call *call, struct fc_error *err)
{
	const struct gpu_legacy_request *r = &((const struct gpu_legacy *)call->plan)->r;

	(void)gpu;
	(void)err;
	kinds[r->kind].run(r, &call->legacy);
	return 0;
}

/* The vendor's averages divide by the whole window, also where it runs over the end of the padding. */
static bool is_whole(const struct gpu_legacy_request *r)
{
	const bool pool = r->kind == GPU_LEGACY_MAX_POOL || r->kind == GPU_LEGACY_AVG_POOL ||
			  r->kind == GPU_LEGACY_AVG_POOL_BACKWARD;

	return !pool || ((r->p - 1) * r->stride_h + r->r <= r->h + 2 * r->pad_h &&
			 (r->q - 1) * r->stride_w + r->s <= r->w + 2 * r->pad_w);
}

int host_legacy_open(struct gpu *gpu, const struct gpu_legacy_request *request, struct gpu_legacy **legacy,
		     struct fc_error *err)
{
	struct host_gpu *host = (struct host_gpu *)gpu;

	*legacy = NULL;
	if (host_may(host, err, "planning"))
		return -1;
	if (!host->options.legacy || !is_whole(request))
		return 0;
	*legacy = fc_calloc(1, sizeof(**legacy));
	(*legacy)->r = *request;
	host->plans++;
	return 0;
}

void host_legacy_close(struct gpu *gpu, struct gpu_legacy *legacy)
{
	((struct host_gpu *)gpu)->plans--;
	free(legacy);
}

int host_legacy_run(struct gpu *gpu, struct gpu_legacy *legacy, const struct gpu_legacy_call *call,
		    struct fc_error *err)
{
	const struct gpu_legacy_request *r = &legacy->r;
	const struct kind *kind = &kinds[r->kind];
	struct host_call work = { .name = kind->name, .run = run, .plan = legacy, .legacy = *call };

	host_call_access(&work, call->a, bytes_of(r, kind->a), false);
	host_call_access(&work, call->b, bytes_of(r, kind->b), false);
	host_call_access(&work, call->c, bytes_of(r, kind->c), false);
	for (int k = 0; k < kind->aux_count; k++) {
		host_call_access(&work, kind->aux_reads >> k & 1 ? call->aux[k] : NULL, bytes_of(r, kind->aux),
				 false);
		host_call_access(&work, kind->aux_writes >> k & 1 ? call->aux[k] : NULL, bytes_of(r, kind->aux),
				 true);
	}
	host_call_access(&work, r->accumulate ? call->out : NULL, bytes_of(r, kind->out), false);
	host_call_access(&work, call->out, bytes_of(r, kind->out), true);
	return host_submit((struct host_gpu *)gpu, &work, err);
}
