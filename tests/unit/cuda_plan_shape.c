/* The shapes of every shipped convolution against those that cuDNN's own functions compute. */
#include <dlfcn.h>

#include "cuda_plan_fixture.h"

#ifdef HAVE_CUDA

/* Of cuDNN's older interface, which the program has no use for. */
#define FUNCTIONS(X)                                                                                                 \
	X(cudnnCreateTensorDescriptor)                                                                               \
	X(cudnnSetTensor4dDescriptor)                                                                                \
	X(cudnnDestroyTensorDescriptor)                                                                              \
	X(cudnnCreateFilterDescriptor)                                                                               \
	X(cudnnSetFilter4dDescriptor)                                                                                \
	X(cudnnDestroyFilterDescriptor)                                                                              \
	X(cudnnCreateConvolutionDescriptor)                                                                          \
	X(cudnnSetConvolution2dDescriptor)                                                                           \
	X(cudnnSetConvolutionGroupCount)                                                                             \
	X(cudnnDestroyConvolutionDescriptor)                                                                         \
	X(cudnnGetConvolution2dForwardOutputDim)

struct oracle {
#define X(name) __typeof__(name) *name;
	FUNCTIONS(X)
#undef X
	cudnnTensorDescriptor_t x;
	cudnnFilterDescriptor_t w;
	cudnnConvolutionDescriptor_t convolution;
};

static void open_oracle(struct oracle *o, const struct libraries *libraries)
{
	void *const library = dlopen(libraries->path[LIBRARY_CUDNN], RTLD_LAZY);
	bool complete = library != NULL;

#define X(name) complete = complete && (o->name = (__typeof__(name) *)dlsym(library, #name));
	FUNCTIONS(X)
#undef X
	if (!complete) {
		print_message("skipped: this cuDNN has no functions for shapes any more\n");
		skip();
	}
	assert_int_equal(o->cudnnCreateTensorDescriptor(&o->x), 0);
	assert_int_equal(o->cudnnCreateFilterDescriptor(&o->w), 0);
	assert_int_equal(o->cudnnCreateConvolutionDescriptor(&o->convolution), 0);
}

static void close_oracle(struct oracle *o)
{
	o->cudnnDestroyConvolutionDescriptor(o->convolution);
	o->cudnnDestroyFilterDescriptor(o->w);
	o->cudnnDestroyTensorDescriptor(o->x);
}

static void check_shape(struct oracle *o, const struct fc_graph *graph, const struct fc_node *node)
{
	const struct gpu_conv_request q = conv_request(graph, node, FC_PHASE_FORWARD, FC_PRECISION_TF32);
	int n, k, p, r;

	assert_int_equal(o->cudnnSetTensor4dDescriptor(o->x, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, (int)q.n, (int)q.c,
						       (int)q.h, (int)q.w),
			 0);
	assert_int_equal(o->cudnnSetFilter4dDescriptor(o->w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC, (int)q.k,
						       (int)(q.c / q.groups), (int)q.r, (int)q.s),
			 0);
	assert_int_equal(o->cudnnSetConvolution2dDescriptor(
				 o->convolution, (int)q.pad_h, (int)q.pad_w, (int)q.stride_h, (int)q.stride_w,
				 (int)q.dilation_h, (int)q.dilation_w, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
			 0);
	assert_int_equal(o->cudnnSetConvolutionGroupCount(o->convolution, (int)q.groups), 0);
	assert_int_equal(o->cudnnGetConvolution2dForwardOutputDim(o->convolution, o->x, o->w, &n, &k, &p, &r), 0);
	if (n != q.n || k != q.k || p != q.p || r != q.q)
		fail_msg("%s %s: %lldx%lldx%lldx%lld, cuDNN computes %dx%dx%dx%d", graph->name, node->name,
			 (long long)q.n, (long long)q.k, (long long)q.p, (long long)q.q, n, k, p, r);
}

static void test_shapes(void **state)
{
	static const char *const models[] = { "lenet5",	  "alexnet",  "vgg11",	     "vgg16",	   "googlenet",
					      "resnet18", "resnet34", "densenet121", "densenet161" };
	static const int64_t sizes[] = { 96, 97, 224 };
	struct libraries libraries;
	struct oracle oracle;
	int checked = 0;

	(void)state;
	open_libraries(&libraries);
	open_oracle(&oracle, &libraries);
	for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct fc_model_request request = { .model = models[m],
							    .input = { 3, sizes[i], sizes[i] },
							    .batch = 7 };
			struct fc_graph graph;
			struct fc_error err;

			/* LeNet takes images of one size. */
			if (!m)
				request.input[0] = 0;
			if (fc_model_load(&request, &graph, &err))
				fail_msg("%s", err.text);
			for (int n = 0; n < graph.node_count; n++) {
				if (!runs(&graph, n, FC_PHASE_FORWARD))
					continue;
				check_shape(&oracle, &graph, &graph.nodes[n]);
				checked++;
			}
			fc_graph_release(&graph);
		}
	close_oracle(&oracle);
	assert_true(checked > 1000);
}

/* With bf16 the images have a multiple of eight channels, unless something else than an ordinary convolution reads them. */
static void test_image_channels(void **state)
{
	struct fc_graph graph;

	(void)state;
	assert_true(load_model("resnet18", &graph));
	assert_int_equal(conv_image_channels(&graph, GPU_F32), 3);
	assert_int_equal(conv_image_channels(&graph, GPU_BF16), 8);
	assert_int_equal(conv_request(&graph, &graph.nodes[1], FC_PHASE_FORWARD, FC_PRECISION_BF16).c, 8);
	assert_int_equal(conv_request(&graph, &graph.nodes[1], FC_PHASE_FORWARD, FC_PRECISION_TF32).c, 3);
	graph.nodes[1].attributes.groups = 3;
	assert_int_equal(conv_image_channels(&graph, GPU_BF16), 3);
	fc_graph_release(&graph);
}

/* Equal requests have equal keys, and every member makes a difference. */
static void test_keys(void **state)
{
	struct gpu_conv_request q = {
		.n = 1, .c = 2, .h = 3, .w = 4, .k = 5, .p = 6, .q = 7, .r = 8, .s = 9, .groups = 1
	};
	int64_t *const numbers[] = { &q.n,     &q.c,	      &q.h,	     &q.w,	  &q.k,	       &q.p,
				     &q.q,     &q.r,	      &q.s,	     &q.stride_h, &q.stride_w, &q.pad_h,
				     &q.pad_w, &q.dilation_h, &q.dilation_w, &q.groups };
	bool *const flags[] = { &q.bias, &q.relu, &q.accumulate, &q.deterministic };
	char key[CONV_KEY_SIZE], other[CONV_KEY_SIZE];

	(void)state;
	conv_request_key(&q, key);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		*numbers[i] += 10;
		conv_request_key(&q, other);
		assert_string_not_equal(key, other);
		*numbers[i] -= 10;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		*flags[i] = true;
		conv_request_key(&q, other);
		assert_string_not_equal(key, other);
		*flags[i] = false;
	}
	q.autotune = true;
	conv_request_key(&q, other);
	assert_string_equal(key, other);
	q.workspace_bytes = 7;
	conv_request_key(&q, other);
	assert_string_not_equal(key, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_image_channels),
		cmocka_unit_test(test_keys),
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
