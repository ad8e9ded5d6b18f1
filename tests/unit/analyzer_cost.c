/* Costs against loops that do what the definition says. */
#include "analyzer_cost.h"

#include "flopclock/random.h"

struct problem {
	int n, in, out, groups, h, w, kh, kw, sh, sw, ph, pw, dh, dw;
	int eh, ew; /* padding at the end */
};

static int pick(uint64_t problem, uint64_t *index, int low, int high)
{
	return low + (int)(fc_uniform_at(7, problem, (*index)++) * (float)(high - low + 1));
}

static struct problem random_problem(uint64_t number)
{
	uint64_t i = 0;
	const int groups = pick(number, &i, 1, 3);

	return (struct problem){
		.n = pick(number, &i, 1, 2),
		.groups = groups,
		.in = groups * pick(number, &i, 1, 3),
		.out = groups * pick(number, &i, 1, 3),
		.h = pick(number, &i, 1, 9),
		.w = pick(number, &i, 1, 9),
		.kh = pick(number, &i, 1, 4),
		.kw = pick(number, &i, 1, 4),
		.sh = pick(number, &i, 1, 3),
		.sw = pick(number, &i, 1, 3),
		.ph = pick(number, &i, 0, 3),
		.pw = pick(number, &i, 0, 3),
		.dh = pick(number, &i, 1, 3),
		.dw = pick(number, &i, 1, 3),
		.eh = pick(number, &i, 0, 3),
		.ew = pick(number, &i, 0, 3),
	};
}

/* Positions of a window along one axis, found by sliding it. */
static int slide(int in, int kernel, int stride, int pad, int end, int dilation)
{
	int count = 0;

	for (int start = -pad; start + dilation * (kernel - 1) < in + end; start += stride)
		count++;
	return count;
}

/* The loop nest of a convolution: how often it multiplies, and how often not with padding. */
static void loop_nest(const struct problem *p, int oh, int ow, uint64_t *all, uint64_t *in_bounds)
{
	*all = *in_bounds = 0;
	for (int n = 0; n < p->n; n++)
		for (int o = 0; o < p->out; o++)
			for (int y = 0; y < oh; y++)
				for (int x = 0; x < ow; x++)
					for (int i = 0; i < p->in / p->groups; i++)
						for (int r = 0; r < p->kh; r++)
							for (int s = 0; s < p->kw; s++) {
								const int v = y * p->sh - p->ph + r * p->dh;
								const int u = x * p->sw - p->pw + s * p->dw;

								++*all;
								*in_bounds +=
									v >= 0 && v < p->h && u >= 0 && u < p->w;
							}
}

static void convolutions_by_loops(void **state)
{
	int counted = 0;

	(void)state;
	for (uint64_t number = 0; number < 600; number++) {
		const struct problem p = random_problem(number);
		const int oh = slide(p.h, p.kh, p.sh, p.ph, p.eh, p.dh),
			  ow = slide(p.w, p.kw, p.sw, p.pw, p.ew, p.dw);
		char text[512];
		struct loaded l;
		uint64_t all, in_bounds;

		if (oh < 1 || ow < 1)
			continue;
		snprintf(text, sizeof(text),
			 "network x\ninput %dx%dx%d\nclasses 2\nrelu\nconv %d %dx%d stride=%dx%d pad=%dx%d "
			 "pad_end=%dx%d dilation=%dx%d groups=%d\nadaptive_avg_pool 1\ndense classes\noutput\n",
			 p.in, p.h, p.w, p.out, p.kh, p.kw, p.sh, p.sw, p.ph, p.pw, p.eh, p.ew, p.dh, p.dw, p.groups);
		load_text(&l, text, p.n);
		loop_nest(&p, oh, ow, &all, &in_bounds);
		assert_int_equal(l.graph.nodes[2].shape.h, oh);
		assert_int_equal(l.graph.nodes[2].shape.w, ow);
		assert_int_equal(l.table.counts[2].conv_macs, all);
		assert_int_equal(l.table.counts[2].conv_macs_in_bounds, in_bounds);
		assert_int_equal(cost_of(&l, 2, FC_PHASE_FORWARD)->macs, all);
		assert_int_equal(cost_of(&l, 2, FC_PHASE_BACKWARD_WEIGHTS)->macs, all);
		/* Nothing below the first convolution learns. */
		assert_null(cost_of(&l, 2, FC_PHASE_BACKWARD_DATA));
		assert_null(cost_of(&l, 1, FC_PHASE_BACKWARD_DATA));
		release(&l);
		counted++;
	}
	assert_true(counted > 300);
}

/* PyTorch's rule for ceil mode: no window begins behind the input and its first padding. */
static int slide_ceil(int in, int kernel, int stride, int pad)
{
	int count = slide(in, kernel, stride, pad, pad, 1);
	const int next = count * stride - pad;

	/* One more window when something is left over that the last one did not reach, if it begins on the input. */
	if (count > 0 && (count - 1) * stride - pad + kernel < in + pad && next < in)
		count++;
	if (count == 0 && next < in && in + 2 * pad - kernel > -stride)
		count = 1;
	return count;
}

static void pools_by_sliding(void **state)
{
	(void)state;
	for (int in = 1; in <= 12; in++)
		for (int kernel = 1; kernel <= 4; kernel++)
			for (int stride = 1; stride <= 4; stride++)
				for (int pad = 0; pad <= kernel / 2; pad++)
					for (int ceil = 0; ceil < 2; ceil++) {
						const int out = ceil ? slide_ceil(in, kernel, stride, pad)
								     : slide(in, kernel, stride, pad, pad, 1);
						char text[256];
						struct loaded l;

						if (out < 1)
							continue;
						snprintf(text, sizeof(text),
							 "network x\ninput 2x%dx%d\nclasses 2\nmax_pool %d stride=%d "
							 "pad=%d%s\n"
							 "adaptive_avg_pool 1\ndense 2\noutput\n",
							 in, in, kernel, stride, pad, ceil ? " ceil" : "");
						load_text(&l, text, 1);
						if (l.graph.nodes[1].shape.h != out)
							fail_msg("%sfound %d, expected %d", text,
								 (int)l.graph.nodes[1].shape.h, out);
						release(&l);
					}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_by_loops),
		cmocka_unit_test(pools_by_sliding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
