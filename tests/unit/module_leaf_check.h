/*
 * Leaves of a device beside the reference backend's, phase by phase: what each precision may differ by, and a line on how
 * much it did.
 *
 * Differences are relative to the largest value of an array. Values are rounded beforehand to what the precision holds, so
 * that its products are exact and only sums and stored results differ:
 *   fp32  2e-5, as for every backend: sums of up to some thousand products in another order
 *   tf32  2e-4: the same, and tensor cores add with fewer guard bits
 *   bf16  1e-2 for what is stored in bf16 (2^-9 a rounding; a sum that is added to is rounded twice), 2e-3 for what is
 *         stored in fp32
 * In a second round, behind the first update, parameters hold what they hold, so their rounding comes on top.
 */
#ifndef FLOPCLOCK_TESTS_MODULE_LEAF_CHECK_H
#define FLOPCLOCK_TESTS_MODULE_LEAF_CHECK_H

#include "module_leaf.h"
#include "tracer_leaf_cases.h"

enum { CHECK_ROUNDS = 2 };

static const struct check_precision {
	const char *name;
	enum fc_precision precision;
	int mantissa_bits;	     /* kept of the values that go in */
	double stored[CHECK_ROUNDS]; /* activations and their gradients */
	double summed[CHECK_ROUNDS]; /* parameters, their gradients, statistics */
} check_precisions[] = {
	{ "fp32", FC_PRECISION_FP32, 23, { 2e-5, 5e-5 }, { 2e-5, 5e-5 } },
	{ "tf32", FC_PRECISION_TF32, 10, { 2e-4, 4e-3 }, { 2e-4, 4e-3 } },
	{ "bf16", FC_PRECISION_BF16, 7, { 1e-2, 2e-2 }, { 2e-3, 1e-2 } },
};

struct check {
	const struct fc_backend *backend, *reference;
	const struct check_precision *allowed;
	struct fc_device *device;
	int cases, wrong, refused;
	double worst; /* largest difference over what was allowed */
	char worst_at[300];
};

/* To so many bits behind the leading one, to nearest. */
static inline float check_round(float value, int bits)
{
	int exponent;
	const float fraction = frexpf(value, &exponent);

	return bits >= 23 ? value : ldexpf(rintf(ldexpf(fraction, bits + 1)), exponent - bits - 1);
}

static inline void check_round_all(float *values, int64_t count, int bits)
{
	for (int64_t i = 0; values && i < count; i++)
		values[i] = check_round(values[i], bits);
}

static inline struct leaf_values check_values(const struct leaf_case *c, int bits)
{
	struct leaf_values v = leaf_values_new(c);

	for (int k = 0; k < c->input_count; k++) {
		check_round_all(v.x[k], fc_shape_elements(c->x[k]), bits);
		check_round_all(v.dx[k], fc_shape_elements(c->x[k]), bits);
	}
	check_round_all(v.dy, fc_shape_elements(c->y), bits);
	for (int k = 0; k < leaf_param_count(c); k++)
		check_round_all(v.param[k], fc_shape_elements(leaf_param_shape(c, k)), bits);
	return v;
}

/* Adds what is found to the check's worst; true when all is well. A NaN is never well. */
static inline bool check_array(struct check *check, const struct leaf_case *c, const char *what, int round,
			       double tolerance, const float *expected, const float *found, int64_t count)
{
	double largest = 1e-3, worst = 0;
	int64_t at = 0;

	for (int64_t i = 0; i < count; i++)
		largest = fmax(largest, fabs((double)expected[i]));
	for (int64_t i = 0; i < count; i++) {
		const double difference = fabs((double)expected[i] - (double)found[i]) / largest;

		if (!(difference <= worst)) {
			worst = isnan(difference) ? INFINITY : difference;
			at = i;
		}
	}
	if (worst / tolerance > check->worst) {
		check->worst = worst / tolerance;
		snprintf(check->worst_at, sizeof(check->worst_at), "%s: %s", c->name, what);
	}
	if (worst <= tolerance)
		return true;
	print_message("# %s: %s: %s, round %d, is off by %.3g of its largest value, %.3g is allowed: [%lld of %lld] "
		      "is %.9g, the "
		      "reference says %.9g\n",
		      check->allowed->name, c->name, what, round, worst, tolerance, (long long)at, (long long)count,
		      (double)found[at], (double)expected[at]);
	return false;
}

static inline bool check_backward(struct check *check, const struct leaf_case *c, int round,
				  const struct leaf_values *e, const struct leaf_values *f)
{
	const double summed = check->allowed->summed[round];
	bool good = true;

	for (int k = 0; !c->no_dx && k < c->input_count; k++)
		good &= check_array(check, c, "dx", round, check->allowed->stored[round], e->dx[k], f->dx[k],
				    fc_shape_elements(c->x[k]));
	for (int k = 0; k < leaf_param_count(c); k++) {
		const int64_t count = fc_shape_elements(leaf_param_shape(c, k));

		good &= check_array(check, c, k ? "gradient of parameter 1" : "gradient of parameter 0", round,
				    summed, e->gradient[k], f->gradient[k], count);
		good &= check_array(check, c, k ? "parameter 1" : "parameter 0", round, summed, e->param[k],
				    f->param[k], count);
		good &= check_array(check, c, k ? "momentum 1" : "momentum 0", round, summed, e->momentum[k],
				    f->momentum[k], count);
	}
	return good;
}

static inline void check_restart(const struct check *check, const struct leaf_case *c, struct leaf_values *e,
				 struct leaf_values *f)
{
	struct leaf_values fresh = check_values(c, check->allowed->mantissa_bits);

	for (int k = 0; k < c->input_count; k++) {
		const size_t bytes = (size_t)fc_shape_elements(c->x[k]) * sizeof(float);

		memcpy(e->dx[k], fresh.dx[k], bytes);
		memcpy(f->dx[k], fresh.dx[k], bytes);
	}
	leaf_values_free(&fresh);
}

/* One round of all phases on both sides. */
static inline bool check_round_of(struct check *check, int round, struct leaf *reference, struct device_leaf *tested,
				  struct leaf_values *e, struct leaf_values *f)
{
	const struct leaf_case *const c = tested->c;
	bool good;

	check_restart(check, c, e, f);
	leaf_forward(reference, e);
	device_leaf_forward(tested, f);
	good = check_array(check, c, "y", round, check->allowed->stored[round], e->y, f->y, fc_shape_elements(c->y));
	if (!c->validate) {
		leaf_backward(reference, e);
		device_leaf_backward(tested, f, e);
		leaf_update(reference, e);
		device_leaf_update(tested, f);
		good &= check_backward(check, c, round, e, f);
		for (int k = 0; c->op == FC_OP_BATCH_NORM && k < 2; k++)
			good &= check_array(check, c, k ? "running variance" : "running mean", round,
					    check->allowed->summed[round], e->state[k], f->state[k], c->x[0].c);
	}
	reference->iteration.index++;
	tested->iteration.index++;
	return good;
}

static inline void check_case(struct check *check, const struct leaf_case *given)
{
	struct leaf_case start = *given, c;
	struct leaf_values e, f;
	struct device_leaf tested;
	struct leaf reference;
	struct fc_error err;
	bool good = true;

	/* In validation a dropout is no step. */
	if (start.op == FC_OP_DROPOUT && start.validate)
		return;
	if (start.op == FC_OP_CONV && start.y.c)
		start.a.out = start.y.c;
	start.a.pad_end_h = start.a.pad_h;
	start.a.pad_end_w = start.a.pad_w;
	c = leaf_complete(&start);
	e = check_values(&c, check->allowed->mantissa_bits);
	f = check_values(&c, check->allowed->mantissa_bits);
	check->cases++;
	if (device_leaf_open(&tested, &c, check->backend, check->device, &f, &err)) {
		check->refused++;
		print_message("# %s: %s: refused: %s\n", check->allowed->name, c.name, err.text);
	} else {
		leaf_open(&reference, &c, check->reference, &e);
		for (int round = 0; round < CHECK_ROUNDS; round++)
			good &= check_round_of(check, round, &reference, &tested, &e, &f);
		leaf_close(&reference);
		device_leaf_close(&tested);
	}
	check->wrong += !good;
	leaf_values_free(&e);
	leaf_values_free(&f);
}

static inline void check_open(struct check *check, const struct fc_backend *backend,
			      const struct check_precision *allowed, bool autotune, bool deterministic)
{
	const struct fc_device_config config = { .precision = allowed->precision,
						 .autotune = autotune,
						 .deterministic = deterministic };
	struct fc_error err;

	*check = (struct check){ .backend = backend, .allowed = allowed };
	check->reference = fc_backend_find("reference", &err);
	assert_non_null(check->reference);
	device_must(backend->open(&config, &check->device, &err), "the device", &err);
}

/* Says how it went; what may be refused is the caller's to say. */
static inline void check_close_device(struct check *check, const char *what, bool may_refuse)
{
	check->backend->close(check->device);
	print_message("# %s, %s: %d cases, %d wrong, %d refused; the worst is %.2f of what is allowed (%s)\n", what,
		      check->allowed->name, check->cases, check->wrong, check->refused, check->worst,
		      check->worst_at);
	if (check->wrong || (check->refused && !may_refuse))
		fail_msg("%s, %s: %d of %d cases are wrong, %d refused", what, check->allowed->name, check->wrong,
			 check->cases, check->refused);
}

#endif
