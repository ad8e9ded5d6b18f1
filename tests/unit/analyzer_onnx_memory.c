/* Half a gigabyte of weights is stepped over, not read: a file with holes in it, and the memory that a process of its own takes. */
#include "analyzer_onnx_write.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"

#define TENSORS	     5
#define TENSOR_BYTES (INT64_C(100) << 20)
#define MOST_BYTES   (INT64_C(40) << 20)

/* The beginning of a tensor, up to where its values begin. */
static struct fc_str tensor_head(int number)
{
	struct fc_str tensor = { 0 }, head = { 0 };
	char name[16];

	snprintf(name, sizeof(name), "w%d", number);
	put_integer(&tensor, 1, 5120);
	put_integer(&tensor, 1, 5120);
	put_integer(&tensor, 2, 1);
	put_text(&tensor, 8, name);
	put_varint(&tensor, 9 << 3 | 2);
	put_varint(&tensor, TENSOR_BYTES);
	put_varint(&head, 5 << 3 | 2);
	put_varint(&head, tensor.length + TENSOR_BYTES);
	fc_str_addn(&head, tensor.text, tensor.length);
	fc_str_release(&tensor);
	return head;
}

static int64_t put_at(int file, int64_t at, struct fc_str *bytes)
{
	const int64_t end = at + (int64_t)bytes->length;

	assert_int_equal(pwrite(file, bytes->text, bytes->length, at), bytes->length);
	fc_str_release(bytes);
	return end;
}

/* What stands behind the weights: x through five matrices. */
static struct fc_str graph_end(void)
{
	struct writer w = { .opset = 17 };
	char text[64];

	w.now = &w.graph;
	for (int i = 0; i < TENSORS; i++) {
		snprintf(text, sizeof(text), "MatMul v%d,w%d -> v%d", i, i, i + 1);
		write_statement(&w, text);
	}
	strcpy(text, "input v0 float batch 5120");
	write_statement(&w, text);
	snprintf(text, sizeof(text), "output v%d float none", TENSORS);
	write_statement(&w, text);
	return w.graph;
}

static void write_large(const char *path)
{
	const int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	struct fc_str heads[TENSORS], end = graph_end(), model = { 0 };
	uint64_t graph_bytes = end.length;
	int64_t at;

	assert_true(file >= 0);
	for (int i = 0; i < TENSORS; i++) {
		heads[i] = tensor_head(i);
		graph_bytes += heads[i].length + TENSOR_BYTES;
	}
	put_varint(&model, 7 << 3 | 2);
	put_varint(&model, graph_bytes);
	at = put_at(file, 0, &model);
	for (int i = 0; i < TENSORS; i++)
		at = put_at(file, at, &heads[i]) + TENSOR_BYTES;
	put_at(file, at, &end);
	assert_int_equal(close(file), 0);
}

static int64_t most_bytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (int64_t)usage.ru_maxrss * 1024;
}

/* 0: as it must be. In a process of its own, whose memory nothing else has taken. */
static int read_large(const char *path)
{
	const struct fc_model_request request = { .model = path, .batch = 3 };
	const int64_t before = most_bytes();
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;

	if (fc_model_load(&request, &graph, &err) || fc_cost_build(&graph, &table, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (table.params != 5ull * 5120 * 5120 || table.counts[5].linear_macs != 3ull * 5120 * 5120)
		return 2;
	fc_cost_release(&table);
	fc_graph_release(&graph);
	return most_bytes() - before > MOST_BYTES ? 3 : 0;
}

static void half_a_gigabyte(void **state)
{
	int status;
	pid_t child;

	(void)state;
	write_large("large.onnx");
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(read_large("large.onnx"));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(unlink("large.onnx"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_a_gigabyte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
