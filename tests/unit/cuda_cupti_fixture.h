/* A small network, its recorder, and what was found strange about the records in it. */
#ifndef FLOPCLOCK_TESTS_CUDA_CUPTI_FIXTURE_H
#define FLOPCLOCK_TESTS_CUDA_CUPTI_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/model.h"

#include <backends.h>
#include <recorder.h>

/*
 * Read by AddressSanitizer, where the program has one: its search for leaks stumbles over the thread-local memory of
 * libraries that are loaded at run time, such as CUPTI.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "intercept_tls_get_addr=0";
}

struct fixture {
	struct fc_graph graph;
	struct fc_network *network;
	struct fc_recorder *recorder;
	int steps; /* of training */
};

static inline void open_fixture(struct fixture *f)
{
	static const char text[] = "network tiny\ninput 1x4x4\nclasses 2\nrelu\ndense classes\noutput\n";
	const struct fc_model_request request = { .model = "tiny.net", .batch = 2 };
	const struct fc_network_config config = { .backend = &fc_backend_null };
	struct fc_error err = { "" };

	if (fc_model_read(&request, text, sizeof(text) - 1, &f->graph, &err) ||
	    fc_network_open(&f->graph, &config, &f->network, &err))
		fail_msg("%s", err.text);
	f->recorder = recorder_open(f->network, true, NULL);
	f->steps = fc_network_step_count(f->network, FC_PASS_TRAIN);
}

static inline void close_fixture(struct fixture *f)
{
	recorder_close(f->recorder);
	fc_network_close(f->network);
	fc_graph_release(&f->graph);
}

/* Only these anomalies were met: a bit 1 << enum fc_anomaly each. */
static inline void assert_anomalies(struct fixture *f, unsigned expected)
{
	for (enum fc_anomaly a = 0; a < FC_ANOMALY_COUNT; a++) {
		const char *const text = recorder_anomaly(f->recorder, a);

		if (text && !(expected & 1u << a))
			fail_msg("not expected: %s", text);
		if (!text && expected & 1u << a)
			fail_msg("expected, and not found: anomaly %d", (int)a);
	}
}

/* The whole program of a test that was built without the CUDA module. */
#define CUPTI_IS_MISSING                                                                                             \
	static void needs_headers(void **state)                                                                      \
	{                                                                                                            \
		(void)state;                                                                                         \
		print_message("skipped: built without the CUDA module\n");                                           \
		skip();                                                                                              \
	}                                                                                                            \
                                                                                                                     \
	int main(void)                                                                                               \
	{                                                                                                            \
		const struct CMUnitTest tests[] = { cmocka_unit_test(needs_headers) };                               \
                                                                                                                     \
		return cmocka_run_group_tests(tests, NULL, NULL);                                                    \
	}

#endif
