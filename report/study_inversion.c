/* Pairs of networks of which the one with fewer FLOPs takes longer: the study's claim in its plainest form. */
#include <stdlib.h>

#include "study_build.h"

static void add_pair(struct fc_study *study, enum fc_pass pass, int fewer, int more)
{
	const struct fc_study_pass *a = &study->networks[fewer].passes[pass],
				   *b = &study->networks[more].passes[pass];

	if (!a->present || !b->present || !(a->flops_per_image > 0) || !(a->flops_per_image < b->flops_per_image) ||
	    !(a->time_per_image_s > b->time_per_image_s))
		return;
	study->inversions[study->inversion_count++] = (struct fc_study_inversion){
		.pass = pass, .fewer = fewer, .more = more,
		.flops_ratio = b->flops_per_image / a->flops_per_image,
		.time_ratio = a->time_per_image_s / b->time_per_image_s,
	};
}

static int compare(const void *a, const void *b)
{
	const struct fc_study_inversion *x = a, *y = b;
	const double gap_x = x->flops_ratio * x->time_ratio, gap_y = y->flops_ratio * y->time_ratio;

	if (x->pass != y->pass)
		return x->pass < y->pass ? -1 : 1;
	if (gap_x != gap_y)
		return gap_x > gap_y ? -1 : 1;
	return x->fewer != y->fewer ? x->fewer - y->fewer : x->more - y->more;
}

void fc_study_inversions(struct fc_study *study)
{
	const size_t networks = (size_t)study->network_count;

	study->inversions =
		FC_NEW_ARRAY(&study->arena, struct fc_study_inversion, networks * networks * FC_PASS_COUNT);
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int a = 0; a < study->network_count; a++)
			for (int b = 0; b < study->network_count; b++)
				add_pair(study, pass, a, b);
	qsort(study->inversions, (size_t)study->inversion_count, sizeof(*study->inversions), compare);
}
