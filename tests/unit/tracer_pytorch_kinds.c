/*
 * Single layers of every kind, none left out, against what PyTorch computes for them: output, gradients of inputs and of
 * parameters.
 *
 * tests/golden/pytorch-kinds.csv was made by tests/peer/kinds.py in float64; inputs, parameters and the gradient of the output
 * are drawn on both sides as tracer_leaf.h does. Differences are relative to the size of the tensor.
 */
#include "flopclock/csv.h"
#include "flopclock/file.h"
#include "flopclock/number.h"

#include "tracer_leaf.h"

static const uint64_t projection_stream = 3ull << 40;
static const double tolerance = 3e-6;

struct golden {
	struct fc_arena arena;
	struct fc_csv_table table;
	double worst;
};

static void golden_read(struct golden *golden)
{
	char path[4096];
	struct fc_error err = { "" };

	snprintf(path, sizeof(path), "%s/tests/golden/pytorch-kinds.csv", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".");
	fc_arena_init(&golden->arena);
	if (fc_csv_read(path, 1 << 20, &golden->arena, &golden->table, &err))
		fail_msg("%s", err.text);
}

static const char *cell(const struct golden *golden, size_t row, const char *column)
{
	const int index = fc_csv_column(&golden->table, column);

	assert_true(index >= 0);
	return fc_csv_cell(&golden->table, row, index);
}

static double number(const struct golden *golden, size_t row, const char *column)
{
	double value = 0;

	assert_true(fc_parse_double(cell(golden, row, column), &value));
	return value;
}

static double project(const char *kind, uint64_t index, const float *values, int64_t count)
{
	double sum = 0;

	if (!strcmp(kind, "at"))
		return values[index];
	for (int64_t i = 0; i < count; i++)
		sum += strcmp(kind, "norm") ? values[i] * ((double)fc_uniform_at(7, projection_stream + index, (uint64_t)i) - 0.5) :
					      (double)values[i] * values[i];
	return strcmp(kind, "norm") ? sum : sqrt(sum);
}

static void compare(struct golden *golden, size_t row, const float *values, int64_t count)
{
	const char *const kind = cell(golden, row, "kind");
	const double expected = number(golden, row, "value");
	const double found = project(kind, (uint64_t)number(golden, row, "index"), values, count);
	const double size = project("norm", 0, values, count);
	const double unit = fmax(strcmp(kind, "at") ? size : fmax(fabs(expected), size / sqrt((double)count)), 1e-30);

	assert_int_equal((int64_t)number(golden, row, "count"), count);
	if (!(fabs(found - expected) <= tolerance * unit))
		fail_msg("%s, %s %s %s: %.9g, PyTorch has %.9g", cell(golden, row, "layer"), cell(golden, row, "quantity"), kind,
			 cell(golden, row, "index"), found, expected);
	golden->worst = fmax(golden->worst, fabs(found - expected) / unit);
}

/* The tensor that a row is about. */
static const float *values_of(const struct leaf_case *c, const struct leaf_values *v, const char *quantity, int64_t *count)
{
	const int k = quantity[0] == 'y' ? 0 : quantity[2] - '0';

	if (quantity[0] == 'y') {
		*count = fc_shape_elements(c->y);
		return v->y;
	}
	if (quantity[1] == 'p') {
		assert_true(k < leaf_param_count(c));
		*count = fc_shape_elements(leaf_param_shape(c, k));
		return v->gradient[k];
	}
	assert_true(k < c->input_count);
	*count = fc_shape_elements(c->x[k]);
	return v->dx[k];
}

static struct leaf_case case_at(const struct golden *golden, size_t row)
{
	struct leaf_case given = { .name = cell(golden, row, "layer"), .text = cell(golden, row, "layer"),
				   .spread = number(golden, row, "spread"), .shift = number(golden, row, "shift") };
	const char *shapes = cell(golden, row, "inputs");

	for (int k = 0; *shapes; k++) {
		long long side[4];
		int length;

		assert_true(k < LEAF_MAX_INPUTS);
		assert_int_equal(sscanf(shapes, "%lldx%lldx%lldx%lld%n", &side[0], &side[1], &side[2], &side[3], &length), 4);
		given.x[k] = (struct fc_shape){ side[0], side[1], side[2], side[3] };
		shapes += length + (shapes[length] == ' ');
	}
	given.no_dx = !strncmp(given.text, "embedding", 9);
	return leaf_complete(&given);
}

/* All rows of one layer from `row` on; returns the first behind them. */
static size_t check_layer(struct golden *golden, const struct fc_backend *backend, size_t row)
{
	const char *const text = cell(golden, row, "layer"), *const inputs = cell(golden, row, "inputs");
	const struct leaf_case c = case_at(golden, row);
	struct leaf_values v = leaf_values_new(&c);
	struct leaf leaf;

	leaf_open(&leaf, &c, backend, &v);
	leaf_forward(&leaf, &v);
	leaf_backward(&leaf, &v);
	for (; row < golden->table.rows && !strcmp(cell(golden, row, "layer"), text) &&
	       !strcmp(cell(golden, row, "inputs"), inputs);
	     row++) {
		int64_t count;
		const float *const values = values_of(&c, &v, cell(golden, row, "quantity"), &count);

		compare(golden, row, values, count);
	}
	leaf_close(&leaf);
	leaf_values_free(&v);
	return row;
}

static void layers_equal_pytorch(void **state)
{
	struct fc_error err;
	const struct fc_backend *backend = fc_backend_find("reference", &err);
	struct golden golden = { .worst = 0 };
	bool seen[FC_OP_COUNT] = { [FC_OP_INPUT] = true };
	int layers = 0;

	(void)state;
	assert_non_null(backend);
	golden_read(&golden);
	/* The first row says who made the file. */
	for (size_t row = 1; row < golden.table.rows; layers++) {
		seen[case_at(&golden, row).op] = true;
		row = check_layer(&golden, backend, row);
	}
	for (int op = 0; op < FC_OP_FOREIGN; op++)
		if (!seen[op])
			fail_msg("%s has no layer in tests/peer/kinds.py", fc_op_name((enum fc_op)op));
	print_message("%d layers equal, worst difference %.1e\n", layers, golden.worst);
	fc_arena_release(&golden.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_equal_pytorch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
