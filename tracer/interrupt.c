#include "interrupt.h"

#include <unistd.h>

#include "flopclock/file.h"

static void add_both(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void interrupt_block(sigset_t *before)
{
	sigset_t set;

	add_both(&set);
	pthread_sigmask(SIG_BLOCK, &set, before);
}

void interrupt_unblock(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void *wait_for_signal(void *argument)
{
	struct interrupt *const interrupt = argument;
	sigset_t set;
	int signal = 0;

	add_both(&set);
	while (sigwait(&set, &signal))
		;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_mutex_lock(&interrupt->lock);
	if (interrupt->folder)
		fc_dir_remove(interrupt->folder);
	if (interrupt->terminal && write(STDERR_FILENO, "\n", 1) < 0)
		_exit(1);
	/* 130 or 143, as a shell would say. No clean-up: other threads are computing. */
	_exit(128 + signal);
}

void interrupt_open(struct interrupt *interrupt, const char *folder, bool terminal)
{
	interrupt->folder = folder;
	interrupt->terminal = terminal;
	pthread_mutex_init(&interrupt->lock, NULL);
	interrupt_block(&interrupt->before);
	interrupt->on = !pthread_create(&interrupt->thread, NULL, wait_for_signal, interrupt);
	/* Without the thread the signals do what they always do; the folder's hidden name is then left behind. */
	if (!interrupt->on)
		pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
}

void interrupt_lock(struct interrupt *interrupt)
{
	pthread_mutex_lock(&interrupt->lock);
}

void interrupt_unlock(struct interrupt *interrupt, const char *folder)
{
	interrupt->folder = folder;
	pthread_mutex_unlock(&interrupt->lock);
}

void interrupt_close(struct interrupt *interrupt)
{
	if (interrupt->on) {
		pthread_cancel(interrupt->thread);
		pthread_join(interrupt->thread, NULL);
		pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
	}
	pthread_mutex_destroy(&interrupt->lock);
	interrupt->on = false;
}
