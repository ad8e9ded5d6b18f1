/* The whole of a test of NVIDIA's libraries where the module that uses them was not built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_needs_the_module(void **state)
{
	(void)state;
	print_message("skipped: the CUDA module was not built\n");
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_needs_the_module) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
