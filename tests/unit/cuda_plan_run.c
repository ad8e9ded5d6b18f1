/*
 * Opening, measuring and running convolutions on a device that is invented: its memory is the host's, its times are a table, its
 * executions are noted. Everything else is the real cuDNN, which plans for an H100 that is only described.
 */
#include "cuda_plan_fixture.h"

#ifdef HAVE_CUDA

#include <math.h>

#include "gpu_cuda.h"

enum { MOST = 64 };

static struct invention {
	struct libraries real;
	struct descriptors device;
	cudnnBackendDescriptor_t described;
	struct fc_error err;
	int descriptors, packs, executions, launches[KERNEL_COUNT], allocations, allocated;
	uint64_t largest;
	/* Of the pack that was made last. */
	int64_t ids[4];
	const void *pointers[4], *workspace;
	float beta; /* of the operation that was made last */
	/* Times of candidates in order; negative: cannot run. */
	float times[MOST];
	int candidate, measures;
	bool no_memory;
} world;

/* -------- cuDNN, with a handle that does not exist -------- */

static cudnnStatus_t create(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *descriptor)
{
	world.descriptors++;
	world.packs += type == CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR;
	return world.real.cudnn.cudnnBackendCreateDescriptor(type, descriptor);
}

static cudnnStatus_t destroy(cudnnBackendDescriptor_t descriptor)
{
	world.descriptors--;
	return world.real.cudnn.cudnnBackendDestroyDescriptor(descriptor);
}

static cudnnStatus_t set(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
			 cudnnBackendAttributeType_t type, int64_t count, const void *values)
{
	const struct cudnn_functions *const real = &world.real.cudnn;

	if (type == CUDNN_TYPE_HANDLE)
		return CUDNN_STATUS_SUCCESS;
	if (name == CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH)
		assert_int_equal(real->cudnnBackendSetAttribute(descriptor, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP,
								CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &world.described),
				 0);
	if (name == CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA)
		memcpy(&world.beta, values, sizeof(world.beta));
	if (name == CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS)
		memcpy(world.ids, values, (size_t)count * sizeof(world.ids[0]));
	if (name == CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS)
		memcpy(world.pointers, values, (size_t)count * sizeof(world.pointers[0]));
	if (name == CUDNN_ATTR_VARIANT_PACK_WORKSPACE)
		memcpy(&world.workspace, values, sizeof(world.workspace));
	return real->cudnnBackendSetAttribute(descriptor, name, type, count, values);
}

static cudnnStatus_t execute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack)
{
	assert_non_null(handle);
	assert_non_null(plan);
	assert_non_null(pack);
	world.executions++;
	return CUDNN_STATUS_SUCCESS;
}

/* -------- the device -------- */

static int take(struct gpu *gpu, uint64_t bytes, void **memory, struct fc_error *err)
{
	(void)gpu;
	if (world.no_memory)
		return fc_fail(err, "there is no memory");
	*memory = malloc(1);
	world.allocations++;
	world.allocated++;
	world.largest = bytes > world.largest ? bytes : world.largest;
	return 0;
}

static void give_back(struct gpu *gpu, void *memory)
{
	(void)gpu;
	free(memory);
	world.allocated--;
}

static int launch(struct gpu *gpu, const struct gpu_launch *l, struct fc_error *err)
{
	(void)gpu;
	(void)err;
	world.launches[l->kernel]++;
	return 0;
}

static int measure(struct gpu *gpu, int runs, int (*work)(void *data, struct fc_error *err), void *data, float *ms,
		   struct fc_error *err)
{
	(void)gpu;
	/* A candidate begins with a single run. */
	world.candidate += runs == 1;
	world.measures++;
	assert_true(world.candidate <= MOST);
	if (work(data, err))
		return -1;
	*ms = world.times[world.candidate - 1];
	return *ms < 0 ? fc_fail(err, "the kernel fell over") : 0;
}

static const struct gpu_ops ops = { .alloc = take, .free = give_back, .launch = launch, .measure = measure };

static void open_world(struct gpu_cuda *gpu)
{
	memset(&world, 0, sizeof(world));
	open_libraries(&world.real);
	world.described = describe(&world.real, &world.device, &world.err).described;
	for (int i = 0; i < MOST; i++)
		world.times[i] = 1;
	*gpu = (struct gpu_cuda){ .gpu.ops = &ops, .libraries = world.real, .cudnn = (cudnnHandle_t)&world };
	gpu->libraries.cudnn.cudnnBackendCreateDescriptor = create;
	gpu->libraries.cudnn.cudnnBackendDestroyDescriptor = destroy;
	gpu->libraries.cudnn.cudnnBackendSetAttribute = set;
	gpu->libraries.cudnn.cudnnBackendExecute = execute;
}

/* Everything has been given back. */
static void close_world(struct gpu_cuda *gpu)
{
	conv_tunings_release(gpu->tunings);
	descriptors_release(&world.device);
	assert_int_equal(world.descriptors, 0);
	assert_int_equal(world.allocated, 0);
}

static struct gpu_conv_request request_of(enum fc_phase phase, enum fc_precision precision)
{
	return (struct gpu_conv_request){
		.phase = phase,
		.n = 64,
		.c = 32,
		.h = 28,
		.w = 28,
		.k = 64,
		.p = 28,
		.q = 28,
		.r = 3,
		.s = 3,
		.stride_h = 1,
		.stride_w = 1,
		.pad_h = 1,
		.pad_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
		.groups = 1,
		.type = conv_type(precision),
		.precision = precision,
		.bias = phase == FC_PHASE_FORWARD,
	};
}

static struct gpu_conv *open_conv(struct gpu_cuda *gpu, const struct gpu_conv_request *request, struct gpu_plan *plan)
{
	struct gpu_conv *conv;

	if (conv_cudnn_open(&gpu->gpu, request, &conv, &world.err))
		fail_msg("%s", world.err.text);
	assert_non_null(conv);
	conv_cudnn_plan(&gpu->gpu, conv, plan);
	return conv;
}

/* -------- running -------- */

static char a[1], b[1], bias[1], out[1], other[1], scratch[64 * 32 * 9 * 2 + 256];

static const void *pointer_of(enum conv_tensor tensor)
{
	for (int i = 0; i < 4; i++)
		if (world.ids[i] == tensor)
			return world.pointers[i];
	return NULL;
}

static void run(struct gpu_cuda *gpu, struct gpu_conv *conv, void *to)
{
	if (conv_cudnn_run(&gpu->gpu, conv, a, b, bias, to, scratch, &world.err))
		fail_msg("%s", world.err.text);
}

static void test_pointers(void **state)
{
	static const struct {
		enum fc_phase phase;
		enum conv_tensor a, b, out;
	} cases[] = {
		{ FC_PHASE_FORWARD, CONV_X, CONV_W, CONV_Y },
		{ FC_PHASE_BACKWARD_DATA, CONV_Y, CONV_W, CONV_X },
		{ FC_PHASE_BACKWARD_WEIGHTS, CONV_X, CONV_Y, CONV_W },
	};
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct gpu_conv_request q = request_of(cases[i].phase, FC_PRECISION_TF32);
		struct gpu_conv *conv;
		struct gpu_plan plan;

		memset(world.ids, 0, sizeof(world.ids));
		conv = open_conv(&gpu, &q, &plan);
		run(&gpu, conv, out);
		assert_ptr_equal(pointer_of(cases[i].a), a);
		assert_ptr_equal(pointer_of(cases[i].b), b);
		assert_ptr_equal(pointer_of(cases[i].out), out);
		assert_ptr_equal(pointer_of(CONV_BIAS), q.bias ? bias : NULL);
		assert_ptr_equal(world.workspace, scratch);
		conv_cudnn_close(&gpu.gpu, conv);
	}
	close_world(&gpu);
}

/* A pack is made again only when a pointer has changed. */
static void test_packs(void **state)
{
	const struct gpu_conv_request q = request_of(FC_PHASE_FORWARD, FC_PRECISION_BF16);
	struct gpu_conv *conv;
	struct gpu_plan plan;
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	conv = open_conv(&gpu, &q, &plan);
	assert_int_equal(world.packs, 0);
	run(&gpu, conv, out);
	run(&gpu, conv, out);
	assert_int_equal(world.packs, 1);
	run(&gpu, conv, other);
	assert_int_equal(world.packs, 2);
	assert_ptr_equal(pointer_of(CONV_Y), other);
	assert_int_equal(world.executions, 3);
	assert_int_equal(world.launches[KERNEL_WIDEN], 0);
	conv_cudnn_close(&gpu.gpu, conv);
	close_world(&gpu);
}

/* cuDNN writes the bf16 gradient in front of its workspace; our kernel widens it from there. */
static void test_bf16_gradient(void **state)
{
	const struct gpu_conv_request q = request_of(FC_PHASE_BACKWARD_WEIGHTS, FC_PRECISION_BF16);
	struct gpu_conv *conv;
	struct gpu_plan plan;
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	conv = open_conv(&gpu, &q, &plan);
	assert_true(plan.workspace_bytes >= 64 * 32 * 9 * 2);
	run(&gpu, conv, out);
	assert_ptr_equal(pointer_of(CONV_W), scratch);
	assert_ptr_equal(world.workspace, scratch + 64 * 32 * 9 * 2);
	assert_int_equal(world.launches[KERNEL_WIDEN], 1);
	conv_cudnn_close(&gpu.gpu, conv);
	close_world(&gpu);
}

/* Adding to what is there is a factor of the operation. */
static void test_accumulate(void **state)
{
	struct gpu_conv_request q = request_of(FC_PHASE_BACKWARD_DATA, FC_PRECISION_TF32);
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	for (int i = 0; i < 2; i++) {
		struct gpu_plan plan;

		q.accumulate = i;
		world.beta = -1;
		conv_cudnn_close(&gpu.gpu, open_conv(&gpu, &q, &plan));
		assert_true(world.beta == (float)i);
	}
	close_world(&gpu);
}

/* -------- choosing -------- */

/* Without measuring it is the library's favourite. */
static void test_first(void **state)
{
	const struct gpu_conv_request q = request_of(FC_PHASE_BACKWARD_DATA, FC_PRECISION_TF32);
	struct gpu_conv *conv;
	struct gpu_plan plan;
	struct gpu_cuda gpu;
	char name[64];

	(void)state;
	open_world(&gpu);
	conv = open_conv(&gpu, &q, &plan);
	assert_int_equal(plan.rank, 0);
	assert_int_equal(plan.measured, 0);
	assert_true(plan.candidates > CONV_TUNED);
	assert_true(plan.tensor_cores);
	assert_non_null(strstr(plan.notes, "tensor_core"));
	assert_true(strlen(plan.knobs) > 0);
	snprintf(name, sizeof(name), "cudnn:engine %d", plan.engine);
	assert_string_equal(plan.name, name);
	assert_int_equal(world.allocations, 0);
	conv_cudnn_close(&gpu.gpu, conv);
	close_world(&gpu);
}

static void test_fastest(void **state)
{
	struct gpu_conv_request q = request_of(FC_PHASE_FORWARD, FC_PRECISION_TF32);
	struct gpu_conv *first, *second;
	struct gpu_plan plan, again;
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	q.autotune = true;
	world.times[0] = 2;
	world.times[1] = -1; /* cannot run */
	world.times[2] = 1;
	world.times[3] = 0.5f;
	world.times[4] = 0.499f; /* no difference */
	world.times[5] = 9;	 /* hopeless: not repeated */
	world.times[6] = 0.6f;
	world.times[7] = 0.7f;
	first = open_conv(&gpu, &q, &plan);
	assert_int_equal(plan.rank, 3);
	assert_int_equal(plan.measured, CONV_TUNED);
	for (int i = 0; i < CONV_TUNED; i++)
		if (i == 1)
			assert_true(isnan(plan.times_ms[i]));
		else
			assert_true(plan.times_ms[i] == world.times[i]);
	assert_int_equal(world.measures, 2 * CONV_TUNED - 2);
	/* x, w and the bias are noise. */
	assert_int_equal(world.launches[KERNEL_NOISE], 3);
	/* An equal request is not measured again, another one is. */
	second = open_conv(&gpu, &q, &again);
	assert_int_equal(world.candidate, CONV_TUNED);
	assert_int_equal(again.rank, 3);
	assert_int_equal(again.engine, plan.engine);
	assert_string_equal(again.knobs, plan.knobs);
	conv_cudnn_close(&gpu.gpu, second);
	q.relu = true;
	second = open_conv(&gpu, &q, &again);
	assert_int_equal(world.candidate, 2 * CONV_TUNED);
	conv_cudnn_close(&gpu.gpu, second);
	conv_cudnn_close(&gpu.gpu, first);
	close_world(&gpu);
}

/* Where there is no room to measure in, it goes on without. */
static void test_no_room(void **state)
{
	struct gpu_conv_request q = request_of(FC_PHASE_FORWARD, FC_PRECISION_TF32);
	struct gpu_conv *conv;
	struct gpu_plan plan;
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	q.autotune = true;
	world.no_memory = true;
	conv = open_conv(&gpu, &q, &plan);
	assert_int_equal(plan.rank, 0);
	assert_int_equal(plan.measured, 0);
	conv_cudnn_close(&gpu.gpu, conv);
	close_world(&gpu);
}

static void test_all_fail(void **state)
{
	struct gpu_conv_request q = request_of(FC_PHASE_BACKWARD_WEIGHTS, FC_PRECISION_BF16);
	struct gpu_conv *conv;
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	q.autotune = true;
	for (int i = 0; i < MOST; i++)
		world.times[i] = -1;
	assert_int_equal(conv_cudnn_open(&gpu.gpu, &q, &conv, &world.err), -1);
	assert_null(conv);
	assert_non_null(
		strstr(world.err.text, "none of cuDNN's engines could be run for backward_weights x 64x32x28x28"));
	assert_non_null(strstr(world.err.text, ": the kernel fell over"));
	close_world(&gpu);
}

/* No plan is no failure. */
static void test_none(void **state)
{
	struct gpu_conv_request q = request_of(FC_PHASE_BACKWARD_WEIGHTS, FC_PRECISION_BF16);
	struct gpu_conv *conv;
	struct gpu_cuda gpu;

	(void)state;
	open_world(&gpu);
	q.workspace_bytes = 1;
	assert_int_equal(conv_cudnn_open(&gpu.gpu, &q, &conv, &world.err), 0);
	assert_null(conv);
	close_world(&gpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointers),      cmocka_unit_test(test_packs),
		cmocka_unit_test(test_bf16_gradient), cmocka_unit_test(test_accumulate),
		cmocka_unit_test(test_first),	      cmocka_unit_test(test_fastest),
		cmocka_unit_test(test_no_room),	      cmocka_unit_test(test_all_fail),
		cmocka_unit_test(test_none),
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
