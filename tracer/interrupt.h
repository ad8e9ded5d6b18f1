/*
 * Ctrl-C and SIGTERM during a run: the half-written folder is removed and the program ends, at once, whatever the
 * computation is doing.
 */
#ifndef FLOPCLOCK_TRACER_INTERRUPT_H
#define FLOPCLOCK_TRACER_INTERRUPT_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/*
 * The signals are blocked in all threads and a thread of its own waits for them, so that it can do more than a signal
 * handler may. Open it before a library starts threads: they inherit the block.
 */
struct interrupt {
	bool on;
	sigset_t before;
	pthread_t thread;
	pthread_mutex_t lock;	/* held while the folder is being written or renamed */
	const char *folder;	/* what is removed; borrowed; NULL: nothing (any more) */
	bool terminal;		/* a progress line may stand there */
};

/* Blocks the two signals for threads that are started before a run's interrupt_open(); *before is what to give back. */
void interrupt_block(sigset_t *before);
void interrupt_unblock(const sigset_t *before);

void interrupt_open(struct interrupt *interrupt, const char *folder, bool terminal);
void interrupt_lock(struct interrupt *interrupt);
void interrupt_unlock(struct interrupt *interrupt, const char *folder);
void interrupt_close(struct interrupt *interrupt);

#endif
