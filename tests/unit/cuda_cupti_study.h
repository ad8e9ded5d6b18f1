/* Buffers made by hand, walked by the real CUPTI into a real recorder. Only in a build with the CUDA module. */
#ifndef FLOPCLOCK_TESTS_CUDA_CUPTI_STUDY_H
#define FLOPCLOCK_TESTS_CUDA_CUPTI_STUDY_H

#include "cuda_cupti_fixture.h"

#include <cupti_decode.h>
#include <libraries_cuda.h>

#include "../gpu/fake_cupti_buffer.h"
#include "../gpu/real_cupti.h"

#define BEGIN_NS 1000
#define END_NS	 1000000

struct study {
	struct fixture f;
	struct cupti_nodes nodes;
	struct cupti_decoder decoder;
	struct fake_buffer buffer;
	_Alignas(8) uint8_t room[65536];
};

/* An iteration of training from BEGIN_NS on, in run 1. */
static inline void open_study(struct study *s)
{
	static struct libraries libraries;
	struct fc_error err;

	if (libraries_open(&libraries, 1u << LIBRARY_CUPTI, 0, &err) || real_cupti_answers(&libraries, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	memset(s, 0, sizeof(*s));
	open_fixture(&s->f);
	/* What is tested here is not whether every step has a record. */
	s->f.recorder->expects = false;
	cupti_nodes_init(&s->nodes);
	cupti_decoder_init(&s->decoder, &s->nodes, libraries.cupti.cuptiActivityGetNextRecord);
	s->buffer = (struct fake_buffer){ .data = s->room, .size = sizeof(s->room) };
	cupti_decoder_begin(&s->decoder, 1, BEGIN_NS);
	assert_int_equal(recorder_begin(s->f.recorder, FC_PASS_TRAIN, 1, true, BEGIN_NS), 0);
	recorder_end(s->f.recorder, END_NS);
}

static inline void close_study(struct study *s)
{
	cupti_decoder_release(&s->decoder);
	cupti_nodes_release(&s->nodes);
	close_fixture(&s->f);
}

/* What was put into the buffer so far comes as one. */
static inline void send(struct study *s)
{
	const struct cupti_buffer buffer = { .data = s->buffer.data, .valid = s->buffer.valid };

	cupti_decode(&s->decoder, &buffer);
	s->buffer.valid = 0;
}

static inline void deliver(struct study *s)
{
	cupti_decoder_deliver(&s->decoder, s->f.recorder);
	recorder_flush(s->f.recorder);
}

static inline uint64_t scope(uint32_t iteration, unsigned step, uint16_t run)
{
	const struct cupti_scope where = {
		.iteration = iteration, .step = (uint16_t)step, .run = run, .pass = FC_PASS_TRAIN
	};

	return cupti_scope_pack(&where);
}

/* A call within a step of iteration 0: 3000 ns from `start` on. */
static inline void put_call(struct study *s, uint32_t correlation, unsigned step, int64_t start)
{
	fake_put_external(&s->buffer, correlation, scope(0, step, 1));
	fake_put_call(&s->buffer, CUPTI_ACTIVITY_KIND_RUNTIME, correlation, start, start + 3000);
}

static inline uint64_t step_records(const struct study *s, int step)
{
	return s->f.recorder->steps[FC_PASS_TRAIN][step].records;
}

static inline int64_t step_time(const struct study *s, int step)
{
	return s->f.recorder->steps[FC_PASS_TRAIN][step].samples.total_ns;
}

static inline uint64_t flaws(const struct study *s)
{
	uint64_t count = 0;

	for (int a = 0; a < FC_ANOMALY_COUNT; a++)
		count += s->decoder.tally.anomalies[a];
	return count;
}

#endif
