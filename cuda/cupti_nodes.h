/*
 * Nodes of CUDA graphs and the step that each belongs to. A node made while a step is open on the capturing thread belongs
 * to that step, a copy of a node to the original's step; kernels of a replay carry the id of their node.
 *
 * Safe from any thread: CUPTI's callbacks write, the thread that decodes reads.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_NODES_H
#define FLOPCLOCK_CUDA_CUPTI_NODES_H

#include <pthread.h>
#include <stdbool.h>

#include "cupti_map.h"
#include "cupti_scope.h"

struct cupti_node {
	uint64_t id;
	uint64_t scope;	 /* packed; 0: none */
	uint32_t serial; /* counts up */
	bool copy;
};

struct cupti_nodes {
	pthread_mutex_t lock;
	struct cupti_map numbers; /* of nodes, by id */
	struct cupti_node *list;
	uint32_t count, room, serial;
	/* The step that is open for capture, on one thread. */
	bool open;
	pthread_t thread;
	uint64_t scope;
	/* Executable graphs that are gone, and the serial number of the next node then. */
	struct cupti_gone {
		uint32_t graph, serial;
	} * gone;
	uint32_t gone_count, gone_room;
};

void cupti_nodes_init(struct cupti_nodes *nodes);
void cupti_nodes_release(struct cupti_nodes *nodes);

/* The calling thread captures a step; until close. */
void cupti_nodes_open(struct cupti_nodes *nodes, const struct cupti_scope *scope);
void cupti_nodes_close(struct cupti_nodes *nodes);

void cupti_nodes_created(struct cupti_nodes *nodes, uint64_t id);
void cupti_nodes_copied(struct cupti_nodes *nodes, uint64_t id, uint64_t original);
/* Records of its kernels may still be on their way: its nodes stay until drop. */
void cupti_nodes_destroyed(struct cupti_nodes *nodes, uint32_t graph);

/* What a node belongs to; false: nothing. */
bool cupti_nodes_find(struct cupti_nodes *nodes, uint64_t id, struct cupti_scope *scope);
/* How many belong to a step. */
uint32_t cupti_nodes_count(struct cupti_nodes *nodes);

/* Forgets the nodes of the graphs that are gone; forgets all. */
void cupti_nodes_drop(struct cupti_nodes *nodes);
void cupti_nodes_clear(struct cupti_nodes *nodes);

#endif
