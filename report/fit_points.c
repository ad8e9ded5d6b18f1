/* Points to fit models to. */
#include <stdlib.h>

#include "fit.h"

void fc_points_init(struct fc_points *points, size_t capacity)
{
	const size_t room = capacity ? capacity : 1;

	*points = (struct fc_points){
		.flops = fc_calloc(room, sizeof(*points->flops)),
		.bytes = fc_calloc(room, sizeof(*points->bytes)),
		.time = fc_calloc(room, sizeof(*points->time)),
		.cluster = fc_calloc(room, sizeof(*points->cluster)),
	};
}

void fc_points_add(struct fc_points *points, double flops, double bytes, double time, int cluster)
{
	const size_t i = points->n++;

	points->flops[i] = flops;
	points->bytes[i] = bytes;
	points->time[i] = time;
	points->cluster[i] = cluster;
	if (cluster >= points->clusters)
		points->clusters = cluster + 1;
}

void fc_points_release(struct fc_points *points)
{
	free(points->flops);
	free(points->bytes);
	free(points->time);
	free(points->cluster);
	*points = (struct fc_points){ 0 };
}
