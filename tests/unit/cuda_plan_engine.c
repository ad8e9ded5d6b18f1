/*
 * What cuDNN offers for single convolutions: every candidate meets the conditions of its request, becomes a plan with the
 * workspace that was told, and has the knobs that the plan itself names; shapes are those that cuDNN computes.
 */
#include "cuda_plan_fixture.h"

#ifdef HAVE_CUDA

struct study {
	struct libraries libraries;
	struct descriptors device;
	struct conv_target target;
	struct fc_error err;
};

static void open_study(struct study *s)
{
	open_libraries(&s->libraries);
	s->target = describe(&s->libraries, &s->device, &s->err);
}

static void close_study(struct study *s)
{
	descriptors_release(&s->device);
}

static struct gpu_conv_request square(enum fc_phase phase, int64_t c, int64_t k, int64_t kernel,
				      enum fc_precision precision)
{
	return (struct gpu_conv_request){
		.phase = phase,
		.n = 64,
		.c = c,
		.h = 28,
		.w = 28,
		.k = k,
		.p = 28,
		.q = 28,
		.r = kernel,
		.s = kernel,
		.stride_h = 1,
		.stride_w = 1,
		.pad_h = kernel / 2,
		.pad_w = kernel / 2,
		.dilation_h = 1,
		.dilation_w = 1,
		.groups = 1,
		.type = conv_type(precision),
		.precision = precision,
	};
}

static void find(struct study *s, const struct gpu_conv_request *request, struct conv_candidates *candidates)
{
	if (conv_candidates_find(&s->target, request, candidates, &s->err))
		fail_msg("%s", s->err.text);
}

static void check_condition(const struct gpu_conv_request *q, const struct conv_candidate *c)
{
	const unsigned never = 1u << CUDNN_NUMERICAL_NOTE_FFT | 1u << CUDNN_NUMERICAL_NOTE_WINOGRAD |
			       1u << CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION;
	const uint64_t bound = q->workspace_bytes ? q->workspace_bytes : CONV_WORKSPACE_BYTES;

	assert_false(c->notes & never);
	assert_false(q->precision == FC_PRECISION_FP32 && conv_uses_tensor_cores(c));
	assert_false(q->deterministic && !conv_is_deterministic(c));
	assert_false(c->behaviour & 1u << CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION);
	assert_true(c->workspace_bytes <= bound);
}

/* No two candidates are the same, or one would be measured twice. */
static void check_first_of_its_kind(const struct conv_candidates *c, int index)
{
	for (int k = 0; k < index; k++)
		if (c->all[k].engine == c->all[index].engine && !strcmp(c->all[k].knobs, c->all[index].knobs))
			fail_msg("engine %d %s is offered twice", c->all[k].engine, c->all[k].knobs);
}

/* -------- conditions -------- */

/* Each kind of convolution that occurs somewhere, the odd ones too. */
static const struct {
	int64_t c, k, kernel, groups;
} kinds[] = {
	{ 64, 64, 3, 1 }, { 64, 256, 1, 1 }, { 1, 6, 5, 1 },	{ 3, 64, 7, 1 },   { 6, 16, 5, 1 },
	{ 64, 64, 3, 2 }, { 64, 64, 3, 32 }, { 32, 32, 3, 32 }, { 48, 128, 5, 1 },
};

static void test_conditions(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (int variant = 0; variant < 3 * FC_PRECISION_COUNT * 2; variant++) {
			struct gpu_conv_request q =
				square((enum fc_phase)(variant % 3), kinds[i].c, kinds[i].k, kinds[i].kernel,
				       (enum fc_precision)(variant / 3 % FC_PRECISION_COUNT));
			struct conv_candidates c;

			q.groups = kinds[i].groups;
			q.deterministic = variant / 3 / FC_PRECISION_COUNT;
			find(&s, &q, &c);
			if (!c.count)
				fail_msg("kind %zu variant %d: nothing is offered", i, variant);
			for (int k = 0; k < c.count; k++) {
				check_condition(&q, &c.all[k]);
				check_first_of_its_kind(&c, k);
			}
			conv_candidates_release(&c);
		}
	close_study(&s);
}

/* Bias with ReLU, and bias alone, in every precision; a ReLU without bias is not offered. */
static void test_fused(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	for (int variant = 0; variant < 3 * FC_PRECISION_COUNT; variant++) {
		struct gpu_conv_request q = square(FC_PHASE_FORWARD, 64, 64, 3, (enum fc_precision)(variant / 3));
		struct conv_candidates c;

		q.bias = variant % 3 < 2;
		q.relu = variant % 3 > 0;
		find(&s, &q, &c);
		if (q.bias)
			assert_true(c.count > 0);
		else
			assert_int_equal(c.count, 0);
		for (int k = 0; k < c.count; k++)
			check_condition(&q, &c.all[k]);
		conv_candidates_release(&c);
	}
	close_study(&s);
}

/* Adding to a gradient takes the same engines as writing one. */
static void test_accumulate(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	for (int precision = 0; precision < FC_PRECISION_COUNT; precision++) {
		struct gpu_conv_request q = square(FC_PHASE_BACKWARD_DATA, 64, 64, 3, (enum fc_precision)precision);
		struct conv_candidates written, added;

		find(&s, &q, &written);
		q.accumulate = true;
		find(&s, &q, &added);
		assert_true(written.count > 0);
		assert_int_equal(added.count, written.count);
		for (int k = 0; k < added.count; k++) {
			assert_int_equal(added.all[k].engine, written.all[k].engine);
			assert_string_equal(added.all[k].knobs, written.all[k].knobs);
		}
		conv_candidates_release(&written);
		conv_candidates_release(&added);
	}
	close_study(&s);
}

/* -------- workspace -------- */

/* The bf16 gradient of weights waits in the workspace until it is widened. */
static void test_staging(void **state)
{
	struct gpu_conv_request q = square(FC_PHASE_BACKWARD_WEIGHTS, 64, 64, 3, FC_PRECISION_BF16);
	struct conv_candidates c;
	struct study s;

	(void)state;
	open_study(&s);
	assert_int_equal(conv_staging_bytes(&q), 64 * 64 * 9 * 2);
	find(&s, &q, &c);
	for (int k = 0; k < c.count; k++)
		assert_true(c.all[k].workspace_bytes >= conv_staging_bytes(&q));
	conv_candidates_release(&c);
	q.k = 5;
	assert_int_equal(conv_staging_bytes(&q), 5888);
	q.phase = FC_PHASE_FORWARD;
	assert_int_equal(conv_staging_bytes(&q), 0);
	q = square(FC_PHASE_BACKWARD_WEIGHTS, 64, 64, 3, FC_PRECISION_TF32);
	assert_int_equal(conv_staging_bytes(&q), 0);
	close_study(&s);
}

/* A bound leaves fewer, and where it leaves none, that is said with the least that would do. */
static void test_bound(void **state)
{
	struct gpu_conv_request q = square(FC_PHASE_BACKWARD_WEIGHTS, 64, 64, 3, FC_PRECISION_BF16);
	struct conv_candidates all, few, none;
	struct fc_str why = { 0 };
	struct study s;

	(void)state;
	open_study(&s);
	find(&s, &q, &all);
	q.workspace_bytes = conv_staging_bytes(&q);
	find(&s, &q, &few);
	assert_true(few.count > 0 && few.count < all.count && few.count + few.large == all.count + all.large);
	for (int k = 0; k < few.count; k++)
		assert_int_equal(few.all[k].workspace_bytes, q.workspace_bytes);
	q.workspace_bytes = 1;
	find(&s, &q, &none);
	assert_int_equal(none.count, 0);
	conv_candidates_why(&none, &q, &why);
	assert_non_null(strstr(why.text, "that want more workspace, the least 0.1 MB"));
	fc_str_release(&why);
	conv_candidates_release(&all);
	conv_candidates_release(&few);
	conv_candidates_release(&none);
	close_study(&s);
}

/* -------- plans -------- */

static void read_json(struct study *s, cudnnBackendDescriptor_t plan, char *json, int64_t room)
{
	int64_t size = 0;

	assert_int_equal(s->libraries.cudnn.cudnnBackendGetAttribute(plan,
								     CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
								     CUDNN_TYPE_CHAR, room - 1, &size, json),
			 0);
	json[size < room ? size : room - 1] = 0;
}

/* The knobs as the plan writes them, in our words. Writes into the text itself. */
static const char *knobs_of(char *json)
{
	static const char stem[] = "CUDNN_KNOB_TYPE_";
	char *const start = strstr(json, "\"knobChoices\":{") + strlen("\"knobChoices\":{"), *to = start;

	for (const char *from = start; *from != '}'; from++) {
		if (!strncmp(from, stem, strlen(stem)))
			from += strlen(stem);
		if (*from == '"')
			continue;
		*to++ = *from == ':'		       ? '='
			: *from == ','		       ? ' '
			: *from >= 'A' && *from <= 'Z' ? (char)(*from | 32)
						       : *from;
	}
	*to = 0;
	return start;
}

/* A configuration that leaves its knobs to the engine has none; the plan then writes -1 for them. */
static bool same_knobs(const char *plan, const char *candidate)
{
	if (*candidate)
		return !strcmp(plan, candidate);
	for (const char *value = strchr(plan, '='); value; value = strchr(value + 1, '='))
		if (strncmp(value, "=-1", 3))
			return false;
	return true;
}

static int engine_of(const char *json)
{
	const char *const id = strstr(json, "\"engineId\":");

	return id ? atoi(id + strlen("\"engineId\":")) : -1;
}

static void test_plans(void **state)
{
	static char json[16384];
	const char *knobs;
	struct study s;
	int plans = 0;

	(void)state;
	open_study(&s);
	for (int variant = 0; variant < 3 * FC_PRECISION_COUNT; variant++) {
		const struct gpu_conv_request q =
			square((enum fc_phase)(variant % 3), 64, 64, 3, (enum fc_precision)(variant / 3));
		struct conv_candidates c;

		find(&s, &q, &c);
		for (int k = 0; k < c.count; k++) {
			const cudnnBackendDescriptor_t plan = conv_candidate_plan(&c, k, &s.err);

			if (!plan)
				fail_msg("%s", s.err.text);
			assert_int_equal(
				descriptor_number(&s.device, plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, -1) +
					(int64_t)conv_staging_bytes(&q),
				(int64_t)c.all[k].workspace_bytes);
			read_json(&s, plan, json, sizeof(json));
			assert_int_equal(engine_of(json), c.all[k].engine);
			knobs = knobs_of(json);
			if (!same_knobs(knobs, c.all[k].knobs))
				fail_msg("the plan has %s, the candidate %s", knobs, c.all[k].knobs);
			s.libraries.cudnn.cudnnBackendDestroyDescriptor(plan);
			plans++;
		}
		conv_candidates_release(&c);
	}
	assert_true(plans > 9 * 4);
	close_study(&s);
}

/* An output that does not belong to its input is refused with a sentence. */
static void test_wrong_shape(void **state)
{
	struct gpu_conv_request q = square(FC_PHASE_FORWARD, 64, 64, 3, FC_PRECISION_TF32);
	struct conv_candidates c;
	struct study s;

	(void)state;
	open_study(&s);
	q.p = 27;
	assert_int_equal(conv_candidates_find(&s.target, &q, &c, &s.err), -1);
	assert_int_equal(strncmp(s.err.text, "forward: cannot be finished: ", 29), 0);
	close_study(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),  cmocka_unit_test(test_fused), cmocka_unit_test(test_accumulate),
		cmocka_unit_test(test_staging),	    cmocka_unit_test(test_bound), cmocka_unit_test(test_plans),
		cmocka_unit_test(test_wrong_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(needs_module) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
