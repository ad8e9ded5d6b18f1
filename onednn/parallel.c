/* The only place that starts threads beside oneDNN itself; both use the same pool of OpenMP threads. */
#include <omp.h>

#include "onednn.h"

/* Waking the others costs some microseconds: the time in which one core moves about this much. */
static const uint64_t worth_waking = 96 << 10;

void onednn_parallel(const struct fc_device *device, int64_t count, uint64_t bytes,
		     void (*body)(const void *context, int64_t first, int64_t end), const void *context)
{
	const int64_t threads = device->threads < count ? device->threads : count;

	if (threads <= 1 || bytes < worth_waking) {
		body(context, 0, count);
		return;
	}
#pragma omp parallel num_threads((int)threads)
	{
		const int64_t team = omp_get_num_threads(), self = omp_get_thread_num();

		body(context, count * self / team, count * (self + 1) / team);
	}
}
