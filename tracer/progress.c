#include "progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "probes.h"

#define EVERY_NS 100000000

void progress_open(struct progress *p, bool wanted, const char *name, uint64_t epochs, uint64_t train_steps,
		   uint64_t validate_steps)
{
	*p = (struct progress){ .on = wanted && isatty(STDERR_FILENO), .name = name, .epochs = epochs,
				.steps = { [FC_PASS_TRAIN] = train_steps, [FC_PASS_VALIDATE] = validate_steps } };
}

/*
 * What is left, at the pace so far; a validation step that has not been seen yet counts as a third of a training
 * step.
 */
static double remaining_s(const struct progress *p)
{
	double left = 0, pace[FC_PASS_COUNT];

	pace[FC_PASS_TRAIN] =
		p->done[FC_PASS_TRAIN] ? (double)p->spent_ns[FC_PASS_TRAIN] / (double)p->done[FC_PASS_TRAIN] : 0;
	pace[FC_PASS_VALIDATE] = p->done[FC_PASS_VALIDATE] ?
					 (double)p->spent_ns[FC_PASS_VALIDATE] / (double)p->done[FC_PASS_VALIDATE] :
					 pace[FC_PASS_TRAIN] / 3;
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		left += pace[pass] * (double)(p->epochs * p->steps[pass] - p->done[pass]);
	return left / 1e9;
}

/* A line that wraps could not be wiped. */
static int terminal_width(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

static void draw(const struct progress *p, enum fc_pass pass, uint64_t epoch, uint64_t step, double loss)
{
	const double rate = p->spent_ns[pass] > 0 ? (double)p->images[pass] * 1e9 / (double)p->spent_ns[pass] : 0;
	const unsigned long long left = (unsigned long long)(remaining_s(p) + 0.5);
	char line[256];

	snprintf(line, sizeof(line), "%s  epoch %llu/%llu  %s %llu/%llu  %.0f images/s  loss %.3f  %llu:%02llu left",
		 p->name, (unsigned long long)epoch, (unsigned long long)p->epochs, fc_pass_name(pass),
		 (unsigned long long)step, (unsigned long long)p->steps[pass], rate, loss, left / 60, left % 60);
	fprintf(stderr, "\r\033[K%.*s", terminal_width() - 1, line);
	fflush(stderr);
}

void progress_step(struct progress *p, enum fc_pass pass, uint64_t epoch, uint64_t step, int64_t images,
		   int64_t taken_ns, double loss)
{
	int64_t now;

	if (!p->on)
		return;
	p->done[pass]++;
	p->images[pass] += (uint64_t)images;
	p->spent_ns[pass] += taken_ns;
	now = probe_monotonic_ns();
	if (p->shown_ns && now - p->shown_ns < EVERY_NS)
		return;
	p->shown_ns = now;
	draw(p, pass, epoch, step, loss);
}

void progress_clear(struct progress *p)
{
	if (!p->on)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown_ns = 0;
}
