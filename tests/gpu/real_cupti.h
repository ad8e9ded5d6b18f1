/* The CUPTI of this machine, for tests that call it without a device. */
#ifndef FLOPCLOCK_TESTS_REAL_CUPTI_H
#define FLOPCLOCK_TESTS_REAL_CUPTI_H

#ifdef HAVE_CUDA
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libraries_cuda.h>

/*
 * Behind libraries_open(): some versions (13.2) call themselves without end where there is no driver. Tried in a process of
 * its own, which leaves no core file behind.
 */
static inline int real_cupti_answers(const struct libraries *libraries, struct fc_error *err)
{
	const struct rlimit nothing = { 0, 0 };
	const char *words = NULL;
	int status = 0;
	const pid_t child = fork();

	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		setrlimit(RLIMIT_CORE, &nothing);
		_exit(libraries->cupti.cuptiGetResultString(CUPTI_SUCCESS, &words) != CUPTI_SUCCESS);
	}
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status))
		return 0;
	return fc_fail(err, "this version of CUPTI crashes where there is no driver");
}
#endif

#endif
