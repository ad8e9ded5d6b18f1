/* Two networks compared: which layer of the one is which of the other. */
#include "analyzer_numbers.h"

#include "../../analyzer/diff.h"

static void expect_rows(const struct diff *diff, const char *const *expected)
{
	for (int i = 0; i < diff->count; i++) {
		const struct layer *const *const side = diff->rows[i].side;
		char text[256];

		snprintf(text, sizeof(text), "%s %s %s", fc_diff_status_name(diff->rows[i].status),
			 side[0] ? side[0]->name : "-", side[1] ? side[1]->name : "-");
		assert_non_null(expected[i]);
		assert_string_equal(text, expected[i]);
	}
	assert_null(expected[diff->count]);
}

static void compare(const char *first, const char *second, const char *const *expected)
{
	const struct analyze_options o = plain();
	struct analysis sides[2];
	struct fc_arena arena;
	struct diff diff;

	open_text("first.net", first, 1, &o, &sides[0]);
	open_text("second.net", second, 1, &o, &sides[1]);
	fc_arena_init(&arena);
	fc_diff(&sides[0], &sides[1], &arena, &diff);
	expect_rows(&diff, expected);
	fc_arena_release(&arena);
	fc_analysis_close(&sides[0]);
	fc_analysis_close(&sides[1]);
}

#define HEAD "network x\ninput 2x8x8\nclasses 2\n"
#define TAIL "fc: dense 2\noutput\n"
#define ROWS (const char *const[])

static void differences(void **state)
{
	(void)state;
	compare(HEAD "a: conv 2 1\nb: relu\n" TAIL, HEAD "a: conv 2 1\nb: relu\n" TAIL,
		ROWS{ "equal a a", "equal b b", "equal fc fc", NULL });
	/* Another argument; a layer more; a layer less. */
	compare(HEAD "a: conv 2 1\nb: relu\n" TAIL, HEAD "a: conv 2 1 bias=false\nb: relu\n" TAIL,
		ROWS{ "changed a a", "equal b b", "equal fc fc", NULL });
	compare(HEAD "a: conv 2 1\n" TAIL, HEAD "a: conv 2 1\nb: relu\n" TAIL,
		ROWS{ "equal a a", "added - b", "equal fc fc", NULL });
	compare(HEAD "a: conv 2 1\nb: relu\n" TAIL, HEAD "b: relu\n" TAIL,
		ROWS{ "removed a -", "equal b b", "equal fc fc", NULL });
	/* Other names, the same layers: by kind and arguments, in their order. */
	compare(HEAD "a: conv 2 1\nb: relu\nc: conv 2 3 pad=1\n" TAIL,
		HEAD "x: conv 2 1\ny: sigmoid\nz: conv 2 3 pad=1\n" TAIL,
		ROWS{ "equal a x", "removed b -", "added - y", "equal c z", "equal fc fc", NULL });
	/* Layers that change places keep their names. */
	compare(HEAD "a: conv 2 1\nb: relu\n" TAIL, HEAD "b: relu\na: conv 2 1\n" TAIL,
		ROWS{ "equal a a", "equal b b", "equal fc fc", NULL });
	/* Nothing in common but ends. */
	compare(HEAD "a: conv 2 1\n" TAIL, HEAD "b: relu\nc: sigmoid\n" TAIL,
		ROWS{ "removed a -", "added - b", "added - c", "equal fc fc", NULL });
}

/* A name alone is no reason: what is numbered moves on by what comes in between. */
static void numbers_move(void **state)
{
	(void)state;
	compare(HEAD "f.0: conv 4 3\nf.1: relu\nf.2: conv 4 3\nf.3: relu\n" TAIL,
		HEAD "f.0: conv 4 3\nf.1: batch_norm\nf.2: relu\nf.3: conv 4 3\nf.4: batch_norm\nf.5: relu\n" TAIL,
		ROWS{ "equal f.0 f.0", "added - f.1", "equal f.1 f.2", "equal f.2 f.3", "added - f.4",
		      "equal f.3 f.5", "equal fc fc", NULL });
	/* Only what has something in common can have changed. */
	compare(HEAD "a: conv 4 3\n" TAIL, HEAD "b: conv 8 5\n" TAIL,
		ROWS{ "removed a -", "added - b", "changed fc fc", NULL });
	compare(HEAD "a: conv 4 3\n" TAIL, HEAD "a: conv 8 5\n" TAIL, ROWS{ "changed a a", "changed fc fc", NULL });
	compare(HEAD "a: conv 4 3\n" TAIL, HEAD "a: relu\n" TAIL,
		ROWS{ "removed a -", "added - a", "changed fc fc", NULL });
}

struct counted {
	const char *first, *second;
	int status[DIFF_STATUS_COUNT];
};

static void known_families(void **state)
{
	/* equal, changed, removed, added */
	static const struct counted pairs[] = {
		{ "vgg16", "vgg16_bn", { 39, 0, 0, 13 } }, /* a batch norm behind each convolution */
		{ "vgg16_bn", "vgg16", { 39, 0, 13, 0 } },
		{ "resnet18", "resnet34", { 68, 0, 0, 56 } },	 /* eight blocks of seven layers */
		{ "resnet50", "resnet101", { 174, 0, 0, 170 } }, /* seventeen blocks of ten */
	};
	const struct analyze_options o = plain();

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct analysis sides[2];
		struct fc_arena arena;
		struct diff diff;

		open_model(pairs[i].first, 1, &o, &sides[0]);
		open_model(pairs[i].second, 1, &o, &sides[1]);
		fc_arena_init(&arena);
		fc_diff(&sides[0], &sides[1], &arena, &diff);
		for (int s = 0; s < DIFF_STATUS_COUNT; s++)
			assert_int_equal(diff.status[s], pairs[i].status[s]);
		fc_arena_release(&arena);
		fc_analysis_close(&sides[0]);
		fc_analysis_close(&sides[1]);
	}
}

/* Of any two networks: every layer of both is in one row, in its order. */
static void rows_are_whole(void **state)
{
	static const char *const models[] = { "resnet18", "resnet50", "densenet121", "googlenet", "mobilenet_v2" };
	const struct analyze_options o = plain();

	(void)state;
	for (int pair = 0; pair < 25; pair++) {
		struct analysis sides[2];
		struct fc_arena arena;
		struct diff diff;
		int seen[2] = { 1, 1 }; /* not the images */

		open_model(models[pair / 5], 1, &o, &sides[0]);
		open_model(models[pair % 5], 1, &o, &sides[1]);
		fc_arena_init(&arena);
		fc_diff(&sides[0], &sides[1], &arena, &diff);
		for (int i = 0; i < diff.count; i++) {
			if (diff.rows[i].side[0])
				assert_ptr_equal(diff.rows[i].side[0], &sides[0].layers[seen[0]++]);
			seen[1] += diff.rows[i].side[1] != NULL;
			assert_true(diff.rows[i].side[0] || diff.rows[i].status == DIFF_ADDED);
			assert_true(diff.rows[i].side[1] || diff.rows[i].status == DIFF_REMOVED);
		}
		assert_int_equal(seen[0], sides[0].graph.node_count);
		assert_int_equal(seen[1], sides[1].graph.node_count);
		if (pair / 5 == pair % 5)
			assert_int_equal(diff.status[DIFF_EQUAL], diff.count);
		fc_arena_release(&arena);
		fc_analysis_close(&sides[0]);
		fc_analysis_close(&sides[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences),
		cmocka_unit_test(numbers_move),
		cmocka_unit_test(known_families),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
