#include "cupti_nodes.h"

#include <stdlib.h>

#include "flopclock/arena.h"

void cupti_nodes_init(struct cupti_nodes *nodes)
{
	*nodes = (struct cupti_nodes){ .count = 0 };
	pthread_mutex_init(&nodes->lock, NULL);
}

void cupti_nodes_release(struct cupti_nodes *nodes)
{
	cupti_map_release(&nodes->numbers);
	free(nodes->list);
	free(nodes->gone);
	pthread_mutex_destroy(&nodes->lock);
}

void cupti_nodes_open(struct cupti_nodes *nodes, const struct cupti_scope *scope)
{
	pthread_mutex_lock(&nodes->lock);
	nodes->open = true;
	nodes->thread = pthread_self();
	nodes->scope = cupti_scope_pack(scope);
	pthread_mutex_unlock(&nodes->lock);
}

void cupti_nodes_close(struct cupti_nodes *nodes)
{
	pthread_mutex_lock(&nodes->lock);
	nodes->open = false;
	pthread_mutex_unlock(&nodes->lock);
}

/* In the place of an older node with this id, where there was one. */
static void put(struct cupti_nodes *nodes, struct cupti_node *node)
{
	const uint32_t number = cupti_map_get(&nodes->numbers, node->id);

	node->serial = nodes->serial++;
	if (number != CUPTI_MAP_NONE) {
		nodes->list[number] = *node;
		return;
	}
	if (!node->scope)
		return;
	if (nodes->count == nodes->room) {
		nodes->room = nodes->room ? 2 * nodes->room : 256;
		nodes->list = fc_realloc(nodes->list, nodes->room, sizeof(*nodes->list));
	}
	cupti_map_put(&nodes->numbers, node->id, nodes->count);
	nodes->list[nodes->count++] = *node;
}

static uint64_t scope_of(const struct cupti_nodes *nodes, uint64_t id)
{
	const uint32_t number = cupti_map_get(&nodes->numbers, id);

	return number == CUPTI_MAP_NONE ? 0 : nodes->list[number].scope;
}

void cupti_nodes_created(struct cupti_nodes *nodes, uint64_t id)
{
	struct cupti_node node = { .id = id };

	pthread_mutex_lock(&nodes->lock);
	if (nodes->open && pthread_equal(nodes->thread, pthread_self()))
		node.scope = nodes->scope;
	put(nodes, &node);
	pthread_mutex_unlock(&nodes->lock);
}

/* The original keeps its entry: it may be copied again. */
void cupti_nodes_copied(struct cupti_nodes *nodes, uint64_t id, uint64_t original)
{
	struct cupti_node node = { .id = id, .copy = true };

	pthread_mutex_lock(&nodes->lock);
	node.scope = scope_of(nodes, original);
	put(nodes, &node);
	pthread_mutex_unlock(&nodes->lock);
}

void cupti_nodes_destroyed(struct cupti_nodes *nodes, uint32_t graph)
{
	pthread_mutex_lock(&nodes->lock);
	if (nodes->gone_count == nodes->gone_room) {
		nodes->gone_room = nodes->gone_room ? 2 * nodes->gone_room : 16;
		nodes->gone = fc_realloc(nodes->gone, nodes->gone_room, sizeof(*nodes->gone));
	}
	nodes->gone[nodes->gone_count++] = (struct cupti_gone){ .graph = graph, .serial = nodes->serial };
	pthread_mutex_unlock(&nodes->lock);
}

bool cupti_nodes_find(struct cupti_nodes *nodes, uint64_t id, struct cupti_scope *scope)
{
	uint64_t packed;

	pthread_mutex_lock(&nodes->lock);
	packed = scope_of(nodes, id);
	pthread_mutex_unlock(&nodes->lock);
	if (packed)
		*scope = cupti_scope_unpack(packed);
	return packed;
}

uint32_t cupti_nodes_count(struct cupti_nodes *nodes)
{
	uint32_t count = 0;

	pthread_mutex_lock(&nodes->lock);
	for (uint32_t i = 0; i < nodes->count; i++)
		count += nodes->list[i].scope != 0;
	pthread_mutex_unlock(&nodes->lock);
	return count;
}

/* The high half of a node's id is the id of its graph; only copies lie in executable graphs. */
static bool is_gone(const struct cupti_nodes *nodes, const struct cupti_node *node)
{
	for (uint32_t g = 0; g < nodes->gone_count; g++)
		if (node->copy && node->id >> 32 == nodes->gone[g].graph && node->serial < nodes->gone[g].serial)
			return true;
	return false;
}

void cupti_nodes_drop(struct cupti_nodes *nodes)
{
	uint32_t kept = 0;

	pthread_mutex_lock(&nodes->lock);
	if (nodes->gone_count) {
		cupti_map_clear(&nodes->numbers);
		for (uint32_t i = 0; i < nodes->count; i++) {
			if (is_gone(nodes, &nodes->list[i]) || !nodes->list[i].scope)
				continue;
			nodes->list[kept] = nodes->list[i];
			cupti_map_put(&nodes->numbers, nodes->list[kept].id, kept);
			kept++;
		}
		nodes->count = kept;
		nodes->gone_count = 0;
	}
	pthread_mutex_unlock(&nodes->lock);
}

void cupti_nodes_clear(struct cupti_nodes *nodes)
{
	pthread_mutex_lock(&nodes->lock);
	cupti_map_clear(&nodes->numbers);
	nodes->count = nodes->gone_count = 0;
	pthread_mutex_unlock(&nodes->lock);
}
