#include "host_fiber.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "host_sanitizer.h"

#if defined(__x86_64__)
#define OWN_SWITCH 1
#else
#define OWN_SWITCH 0
#include <ucontext.h>
#endif

#if HOST_SANITIZED
#include <sanitizer/common_interface_defs.h>
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id)	    ((void)(id))
#endif

/* Sanitized frames are several times as large as others. */
#define STACK_BYTES ((size_t)(HOST_SANITIZED ? 256 : 64) * 1024)

/* Where a flow of control stands while it does not run. */
struct place {
#if OWN_SWITCH
	void *stack_pointer;
#else
	ucontext_t context;
#endif
	void *shadow; /* the address sanitizer's own */
};

struct fiber {
	struct place place;
	void (*work)(void *data);
	void *data;
	bool ended, known; /* known: valgrind has been told of its stack */
	unsigned valgrind_id;
};

struct host_fibers {
	int count, running;
	char *stacks;
	struct fiber *fibers;
	struct place caller;
	const void *caller_stack; /* as the address sanitizer tells */
	size_t caller_bytes;
};

#if OWN_SWITCH

/* Saves what a function must preserve, changes stacks, restores. A system call per switch, as in ucontext, is too slow. */
void host_fiber_switch(void **from, void *to);
__asm__(".text\n"
	".globl host_fiber_switch\n"
	".type host_fiber_switch, @function\n"
	"host_fiber_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size host_fiber_switch, .-host_fiber_switch\n"
	".section .note.GNU-stack, \"\", @progbits\n"
	".text\n");

static void switch_place(struct place *from, struct place *to)
{
	host_fiber_switch(&from->stack_pointer, to->stack_pointer);
}

/* As if the entry had been called from nowhere: six saved registers, its address, and a stack that is aligned as behind a call. */
static void make_place(struct place *place, char *stack, void (*entry)(void))
{
	uintptr_t *top = (uintptr_t *)(void *)(stack + STACK_BYTES);

	*--top = 0;
	*--top = (uintptr_t)entry;
	for (int i = 0; i < 6; i++)
		*--top = 0;
	place->stack_pointer = top;
}

#else

static void switch_place(struct place *from, struct place *to)
{
	swapcontext(&from->context, &to->context);
}

static void make_place(struct place *place, char *stack, void (*entry)(void))
{
	getcontext(&place->context);
	place->context.uc_stack.ss_sp = stack;
	place->context.uc_stack.ss_size = STACK_BYTES;
	place->context.uc_link = NULL;
	makecontext(&place->context, entry, 0);
}

#endif

/* The entry of a fiber has no parameter: it finds its fibers here, which only the thread that resumes them writes. */
static _Thread_local struct host_fibers *resuming;

static char *stack_of(struct host_fibers *fibers, int i)
{
	return fibers->stacks + (size_t)i * STACK_BYTES;
}

static void enter_caller(struct host_fibers *fibers, struct fiber *from)
{
#if HOST_SANITIZED
	__sanitizer_start_switch_fiber(from->ended ? NULL : &from->place.shadow, fibers->caller_stack,
				       fibers->caller_bytes);
#endif
	switch_place(&from->place, &fibers->caller);
#if HOST_SANITIZED
	__sanitizer_finish_switch_fiber(from->place.shadow, &fibers->caller_stack, &fibers->caller_bytes);
#endif
}

static void run_fiber(void)
{
	struct host_fibers *fibers = resuming;
	struct fiber *fiber = &fibers->fibers[fibers->running];

#if HOST_SANITIZED
	__sanitizer_finish_switch_fiber(NULL, &fibers->caller_stack, &fibers->caller_bytes);
#endif
	fiber->work(fiber->data);
	fiber->ended = true;
	enter_caller(fibers, fiber);
	abort();
}

struct host_fibers *host_fibers_new(int count)
{
	struct host_fibers *fibers = calloc(1, sizeof(*fibers));
	const size_t bytes = (size_t)count * STACK_BYTES;

	if (!fibers)
		abort();
	fibers->count = count;
	fibers->fibers = calloc((size_t)count, sizeof(*fibers->fibers));
	fibers->stacks =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!fibers->fibers || fibers->stacks == MAP_FAILED)
		abort();
	return fibers;
}

void host_fibers_free(struct host_fibers *fibers)
{
	if (!fibers)
		return;
	for (int i = 0; i < fibers->count; i++)
		if (fibers->fibers[i].known)
			VALGRIND_STACK_DEREGISTER(fibers->fibers[i].valgrind_id);
	munmap(fibers->stacks, (size_t)fibers->count * STACK_BYTES);
	free(fibers->fibers);
	free(fibers);
}

void host_fiber_start(struct host_fibers *fibers, int i, void (*work)(void *data), void *data)
{
	struct fiber *fiber = &fibers->fibers[i];

	if (!fiber->known)
		fiber->valgrind_id = VALGRIND_STACK_REGISTER(stack_of(fibers, i), stack_of(fibers, i) + STACK_BYTES);
	fiber->known = true;
	fiber->work = work;
	fiber->data = data;
	fiber->ended = false;
	make_place(&fiber->place, stack_of(fibers, i), run_fiber);
}

bool host_fiber_resume(struct host_fibers *fibers, int i)
{
	struct fiber *fiber = &fibers->fibers[i];

	resuming = fibers;
	fibers->running = i;
#if HOST_SANITIZED
	__sanitizer_start_switch_fiber(&fibers->caller.shadow, stack_of(fibers, i), STACK_BYTES);
#endif
	switch_place(&fibers->caller, &fiber->place);
#if HOST_SANITIZED
	__sanitizer_finish_switch_fiber(fibers->caller.shadow, NULL, NULL);
#endif
	return fiber->ended;
}

void host_fiber_pause(struct host_fibers *fibers)
{
	enter_caller(fibers, &fibers->fibers[fibers->running]);
}
