/* Kernels that follow the batch: images from the data set to the input, the loss, the step to the next batch. */
#include "cuda_kernels.h"

enum { IMAGES = 23, CLASSES_MOST = 3000 };

/* A data set on the host and on the device. */
struct data {
	struct gpu_images on;
	uint8_t *pixels, *labels;
	uint32_t order[IMAGES];
	bool shuffled;
};

static void open_data(struct bench *b, struct data *d, int64_t height, int64_t width, int classes, bool shuffled)
{
	const int64_t bytes = IMAGES * height * width;

	d->pixels = fc_arena_alloc(&b->arena, (size_t)bytes, 1);
	d->labels = fc_arena_alloc(&b->arena, IMAGES, 1);
	d->shuffled = shuffled;
	for (int64_t i = 0; i < bytes; i++)
		d->pixels[i] = (uint8_t)(256 * fc_uniform_at(3, 1, (uint64_t)i));
	for (int i = 0; i < IMAGES; i++) {
		d->labels[i] = (uint8_t)((float)(classes < 256 ? classes : 256) * fc_uniform_at(3, 2, (uint64_t)i));
		d->order[i] = shuffled ? (uint32_t)(i * 7 % IMAGES) : (uint32_t)i;
	}
	d->on = (struct gpu_images){ .pixels = bench_upload(b, d->pixels, (uint64_t)bytes),
				     .labels = bench_upload(b, d->labels, IMAGES),
				     .order = shuffled ? bench_upload(b, d->order, sizeof(d->order)) : NULL,
				     .count = IMAGES,
				     .height = height,
				     .width = width,
				     .mean = 0.2860f,
				     .deviation = 0.3530f };
}

/* The batch as the reference gets it: gathered. */
static struct fc_batch gather(struct bench *b, const struct data *d, const struct gpu_control *control, int64_t n)
{
	const int64_t size = d->on.height * d->on.width, first = control->batch * n;
	struct fc_batch batch = { .count = control->images - first,
				  .height = d->on.height,
				  .width = d->on.width,
				  .mean = d->on.mean,
				  .deviation = d->on.deviation };
	uint8_t *pixels = fc_arena_alloc(&b->arena, (size_t)(n * size), 1),
		*labels = fc_arena_alloc(&b->arena, (size_t)n, 1);

	batch.count = batch.count < 0 ? 0 : batch.count > n ? n : batch.count;
	for (int64_t i = 0; i < batch.count; i++) {
		const uint32_t image = d->order[first + i];

		memcpy(pixels + i * size, d->pixels + image * size, (size_t)size);
		labels[i] = d->labels[image];
	}
	batch.pixels = pixels;
	batch.labels = labels;
	return batch;
}

/* Whole batches, a short one, one behind the last image. */
static const struct gpu_control controls[] = {
	{ .batch = 0, .images = IMAGES }, { .batch = 2, .images = IMAGES }, { .batch = 4, .images = IMAGES },
	{ .batch = 1, .images = 9 },	  { .batch = 5, .images = IMAGES },
};

enum { CONTROLS = sizeof(controls) / sizeof(controls[0]) };

/* ---- feed ---- */

struct feed_case {
	int64_t height, width; /* of the data set */
	struct fc_shape shape;
	int64_t channels;
};

static const struct feed_case feeds[] = {
	{ 28, 28, { 5, 1, 28, 28 }, 1 }, { 28, 28, { 5, 3, 32, 32 }, 3 }, { 28, 28, { 5, 3, 64, 40 }, 4 },
	{ 28, 28, { 5, 1, 28, 28 }, 8 }, { 28, 28, { 5, 3, 19, 23 }, 8 }, { 5, 9, { 5, 3, 11, 3 }, 3 },
	{ 1, 1, { 5, 2, 3, 4 }, 5 },	 { 28, 28, { 5, 3, 96, 96 }, 3 }, { 28, 28, { 5, 1, 1, 1 }, 1 },
};

static void check_feed(struct bench *b, const struct feed_case *c, enum gpu_type type,
		       const struct gpu_control *control)
{
	const int64_t count = fc_shape_elements(c->shape), last = count / c->shape.c * c->channels;
	struct fc_tensor y = { .shape = c->shape, .data = bench_values(b, count) };
	const struct fc_layer input = { .y = &y };
	struct data d;
	struct fc_batch batch;
	void *on_y = bench_blank(b, type, last), *on_control = bench_upload(b, control, sizeof(*control));
	struct fc_error err;

	open_data(b, &d, c->height, c->width, 10, control->batch % 2);
	batch = gather(b, &d, control, c->shape.n);
	reference_feed(&input, &batch);
	bench_must(kernel_feed(b->gpu, type, &d.on, on_control, c->shape, c->channels, on_y, &err), "feed", &err);
	bench_near("feed", type, bench_get(b, type, on_y, last), bench_last(b, c->shape, c->channels, y.data), last,
		   1);
	bench_clear(b);
}

static void test_feed(void **state)
{
	struct bench *b = *state;

	for (size_t k = 0; k < 4 * CONTROLS * sizeof(feeds) / sizeof(feeds[0]); k++) {
		b->shift = k >> 1 & 1;
		check_feed(b, &feeds[k / 4 / CONTROLS], k & 1 ? GPU_BF16 : GPU_F32, &controls[k / 4 % CONTROLS]);
	}
}

static void test_feed_too_large(void **state)
{
	struct bench *b = *state;
	struct data d;
	struct fc_error err;

	open_data(b, &d, 28, 28, 10, false);
	assert_int_equal(
		kernel_feed(b->gpu, GPU_F32, &d.on, NULL, (struct fc_shape){ 1, 1, 20000, 1 }, 1, NULL, &err), -1);
	assert_string_equal(err.text, "kernel feed: a batch of 1 x 20000 x 1 pixels is too large");
}

/* ---- loss ---- */

struct loss_case {
	enum gpu_type type;
	int64_t n, classes;
	double weight;
	float spread; /* how far logits lie apart */
	bool gradient;
	int head;
};

static struct gpu_result *get_ring(struct bench *b, const void *from)
{
	struct gpu_result *ring = fc_arena_alloc(&b->arena, GPU_RESULTS, sizeof(*ring));
	struct fc_error err;

	bench_must(b->gpu->ops->download(b->gpu, ring, from, GPU_RESULTS * sizeof(*ring), &err), "download", &err);
	return ring;
}

static void check_loss(struct bench *b, const struct loss_case *c, const struct gpu_control *control)
{
	const int64_t count = c->n * c->classes;
	const uint32_t slot = control->result % GPU_RESULTS;
	float *logits = bench_random(b, c->type, count, 1);
	struct fc_tensor z = { .shape = { c->n, c->classes, 1, 1 }, .data = logits }, dz = z;
	void *on_ring = bench_memory(b, GPU_RESULTS * sizeof(struct gpu_result));
	void *on_control = bench_upload(b, control, sizeof(*control));
	void *on_dz = c->gradient ? bench_blank(b, c->type, count) : NULL;
	const struct gpu_result *ring;
	struct fc_batch batch;
	struct fc_loss want;
	struct data d;
	struct fc_error err;

	for (int64_t i = 0; i < count; i++)
		logits[i] = bench_rounded(c->type, logits[i] * c->spread);
	dz.data = bench_values(b, count);
	open_data(b, &d, 2, 2, (int)c->classes, control->batch % 2);
	batch = gather(b, &d, control, c->n);
	reference_loss(&z, &dz, &batch, c->weight, &want);
	bench_must(kernel_loss(b->gpu, c->type, &d.on, on_control, c->n, c->classes,
			       bench_put(b, c->type, logits, count), on_dz, c->weight, c->head, on_ring, &err),
		   "loss", &err);
	ring = get_ring(b, on_ring);
	assert_float_equal(ring[slot].loss[c->head], want.sum, 2e-6 * (1 + fabs(want.sum)));
	assert_int_equal(ring[slot].correct[c->head], want.correct);
	for (int k = 0; k < FC_MAX_HEADS; k++)
		assert_true(k == c->head || (ring[slot].loss[k] == 0 && !ring[slot].correct[k]));
	if (c->gradient)
		bench_near("dlogits", c->type, bench_get(b, c->type, on_dz, count), dz.data, count,
			   c->weight / (double)(batch.count ? batch.count : 1));
	bench_clear(b);
}

static void test_loss(void **state)
{
	static const struct loss_case cases[] = {
		{ .n = 5, .classes = 10, .weight = 1, .spread = 3 },
		{ .n = 5, .classes = 1, .weight = 1, .spread = 1 },
		{ .n = 5, .classes = 2, .weight = 0.3, .spread = 40 },
		{ .n = 5, .classes = 7, .weight = 1, .spread = 200 },
		{ .n = 5, .classes = 1000, .weight = 1, .spread = 5 },
		{ .n = 5, .classes = 37, .weight = 0.5, .spread = 1 },
		{ .n = 20, .classes = 1500, .weight = 1, .spread = 4 },
	};

	for (size_t k = 0; k < 4 * CONTROLS * sizeof(cases) / sizeof(cases[0]); k++) {
		struct loss_case c = cases[k / 4 / CONTROLS];
		struct gpu_control control = controls[k / 4 % CONTROLS];

		c.type = k & 1 ? GPU_BF16 : GPU_F32;
		c.gradient = k & 2;
		c.head = (int)(k % FC_MAX_HEADS);
		control.result = (uint32_t)k * 77;
		check_loss(*state, &c, &control);
	}
}

/* Many images and few classes: lanes and rows are shared differently, the last block is short. */
static void test_loss_of_many(void **state)
{
	struct bench *b = *state;

	for (int64_t n = 1; n <= 1500; n = n * 3 + 2) {
		const int64_t classes = 10, count = n * classes;
		const float *logits = bench_random(b, GPU_F32, count, 5);
		const struct gpu_control control = { .images = (uint32_t)n };
		uint8_t *labels = fc_arena_alloc(&b->arena, (size_t)n, 1);
		const struct fc_tensor z = { .shape = { n, classes, 1, 1 }, .data = (void *)(uintptr_t)logits };
		struct fc_tensor dz = { .shape = z.shape, .data = bench_values(b, count) };
		const struct fc_batch batch = { .labels = labels, .count = n };
		void *on_dz = bench_blank(b, GPU_F32, count),
		     *on_ring = bench_memory(b, GPU_RESULTS * sizeof(struct gpu_result));
		struct gpu_images images = { .count = n };
		struct fc_loss want;
		struct fc_error err;

		for (int64_t i = 0; i < n; i++)
			labels[i] = (uint8_t)(i * 3 % classes);
		images.labels = bench_upload(b, labels, (uint64_t)n);
		reference_loss(&z, &dz, &batch, 1, &want);
		bench_must(kernel_loss(b->gpu, GPU_F32, &images, bench_upload(b, &control, sizeof(control)), n,
				       classes, bench_put(b, GPU_F32, logits, count), on_dz, 1, 0, on_ring, &err),
			   "loss", &err);
		assert_float_equal(get_ring(b, on_ring)[0].loss[0], want.sum, 2e-6 * want.sum);
		assert_int_equal(get_ring(b, on_ring)[0].correct[0], want.correct);
		bench_near("dlogits", GPU_F32, bench_get(b, GPU_F32, on_dz, count), dz.data, count, 1 / (double)n);
		bench_clear(b);
	}
}

/* A gradient of 1e-13 is one, not 0; the reference's own ends at 1e-16. */
static void check_gradient(const float *got, const float *want)
{
	for (int k = 0; k < 3; k++)
		assert_true(isnan(want[k]) ? isnan(got[k])
					   : fabsf(got[k] - want[k]) <= 1e-3f * fabsf(want[k]) + 1e-16f);
}

/* Row by row: what is equal, infinite or not a number, and a loss so small that 1 + e is 1. */
static void test_loss_limits(void **state)
{
	static const float rows[][3] = { { 1, 1, 1 },	  { 0, 5, 5 },	{ NAN, 1, 2 },
					 { 1, NAN, NAN }, { 30, 0, 0 }, { 0, 50, 0 } };
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct bench *b = *state;

	for (int row = 0; row < ROWS; row++)
		for (int label = 0; label < 3; label++) {
			const uint8_t labels[] = { (uint8_t)label };
			const struct gpu_control control = { .images = 1 };
			const struct fc_tensor z = { .shape = { 1, 3, 1, 1 }, .data = (void *)(uintptr_t)rows[row] };
			float gradient[3];
			struct fc_tensor dz = { .shape = z.shape, .data = gradient };
			const struct fc_batch batch = { .labels = labels, .count = 1 };
			const struct gpu_images images = { .labels = bench_upload(b, labels, 1), .count = 1 };
			void *on_dz = bench_blank(b, GPU_F32, 3),
			     *on_ring = bench_memory(b, GPU_RESULTS * sizeof(struct gpu_result));
			struct gpu_result result;
			struct fc_loss want;
			struct fc_error err;

			reference_loss(&z, &dz, &batch, 1, &want);
			bench_must(kernel_loss(b->gpu, GPU_F32, &images, bench_upload(b, &control, sizeof(control)),
					       1, 3, bench_put(b, GPU_F32, rows[row], 3), on_dz, 1, 0, on_ring, &err),
				   "loss", &err);
			result = get_ring(b, on_ring)[0];
			assert_int_equal(result.correct[0], want.correct);
			if (isnan(want.sum))
				assert_true(isnan(result.loss[0]));
			else if (!(fabs(result.loss[0] - want.sum) <= 2e-6 * want.sum + 1e-15))
				fail_msg("row %d, label %d: the loss is %g instead of %g", row, label, result.loss[0],
					 want.sum);
			check_gradient(bench_get(b, GPU_F32, on_dz, 3), gradient);
			bench_clear(b);
		}
}

/* A label that the network has no class for is not a hit, and its loss is not a number. */
static void test_label_without_class(void **state)
{
	struct bench *b = *state;
	const uint8_t label = 200;
	const struct gpu_control control = { .images = 1 };
	const struct gpu_images images = { .labels = bench_upload(b, &label, 1), .count = 1 };
	void *on_ring = bench_memory(b, GPU_RESULTS * sizeof(struct gpu_result));
	struct fc_error err;

	bench_must(kernel_loss(b->gpu, GPU_F32, &images, bench_upload(b, &control, sizeof(control)), 1, 3,
			       bench_put(b, GPU_F32, (float[]){ 1, 2, 3 }, 3), NULL, 1, 0, on_ring, &err),
		   "loss", &err);
	assert_true(isnan(get_ring(b, on_ring)[0].loss[0]));
	assert_int_equal(get_ring(b, on_ring)[0].correct[0], 0);
}

/* ---- advance ---- */

/* Three batches of 10 from 23 images, and one behind the end; the ring turns over. */
static void test_advance(void **state)
{
	static const int images[] = { 10, 10, 3, 0 };
	struct bench *b = *state;
	struct gpu_control control = { .images = 23, .iteration = 7, .result = GPU_RESULTS - 2 };
	void *on_control = bench_upload(b, &control, sizeof(control));
	void *on_ring = bench_memory(b, GPU_RESULTS * sizeof(struct gpu_result));
	struct gpu_result *ring;
	uint64_t before = 0;
	struct fc_error err;

	for (int k = 0; k < 4; k++)
		bench_must(kernel_advance(b->gpu, on_control, on_ring, 10, &err), "advance", &err);
	bench_must(b->gpu->ops->download(b->gpu, &control, on_control, sizeof(control), &err), "download", &err);
	assert_int_equal(control.batch, 4);
	assert_int_equal(control.iteration, 11);
	assert_int_equal(control.result, GPU_RESULTS + 2);
	assert_int_equal(control.images, 23);
	ring = get_ring(b, on_ring);
	for (int k = 0; k < 4; k++) {
		const struct gpu_result *result = &ring[(GPU_RESULTS - 2 + k) % GPU_RESULTS];

		assert_int_equal(result->images, images[k]);
		assert_true(result->end_ns > before);
		before = result->end_ns;
	}
	assert_int_equal(ring[5].end_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_feed),	       BENCH_TEST(test_feed_too_large), BENCH_TEST(test_loss),
		BENCH_TEST(test_loss_of_many), BENCH_TEST(test_loss_limits),	BENCH_TEST(test_label_without_class),
		BENCH_TEST(test_advance),
	};

	return cmocka_run_group_tests_name("cuda_kernels_batch", tests, NULL, NULL);
}
