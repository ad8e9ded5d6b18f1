/*
 * Runs a command and says what it cost: wall [--repeat N] COMMAND [ARGUMENT...] prints "min_s median_s peak_bytes" of N runs.
 * The command's standard output goes nowhere; a failing command fails.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUNS = 1000 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int run(char **command, double *seconds, long *peak_kib)
{
	const double start = now();
	struct rusage usage;
	pid_t child;
	int status;

	child = fork();
	if (child < 0)
		return -1;
	if (child == 0) {
		const int null = open("/dev/null", O_WRONLY);

		if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
			_exit(127);
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	if (wait4(child, &status, 0, &usage) < 0)
		return -1;
	*seconds = now() - start;
	if (usage.ru_maxrss > *peak_kib)
		*peak_kib = usage.ru_maxrss;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double seconds[MAX_RUNS];
	long peak_kib = 0, repeat = 1;
	int first = 1;

	if (argc > 3 && !strcmp(argv[1], "--repeat")) {
		repeat = strtol(argv[2], NULL, 10);
		first = 3;
	}
	if (first >= argc || repeat < 1 || repeat > MAX_RUNS) {
		fprintf(stderr, "usage: wall [--repeat N] COMMAND [ARGUMENT...]\n");
		return 2;
	}
	for (long i = 0; i < repeat; i++)
		if (run(argv + first, &seconds[i], &peak_kib)) {
			fprintf(stderr, "wall: %s failed\n", argv[first]);
			return 1;
		}
	qsort(seconds, (size_t)repeat, sizeof(double), by_value);
	printf("%.6f %.6f %lld\n", seconds[0], seconds[repeat / 2], (long long)peak_kib * 1024);
	return 0;
}
