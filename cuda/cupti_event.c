/* What CUPTI tells at once: nodes of graphs as they are made, and that it gives up. */
#include <stdio.h>

#include "cupti_session.h"

static const struct {
	CUpti_CallbackDomain domain;
	CUpti_CallbackId id;
	bool needed;
} events[] = {
	{ CUPTI_CB_DOMAIN_RESOURCE, CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED, true },
	{ CUPTI_CB_DOMAIN_RESOURCE, CUPTI_CBID_RESOURCE_GRAPHNODE_CLONED, true },
	{ CUPTI_CB_DOMAIN_RESOURCE, CUPTI_CBID_RESOURCE_GRAPHEXEC_DESTROY_STARTING, false },
	{ CUPTI_CB_DOMAIN_STATE, CUPTI_CBID_STATE_FATAL_ERROR, false },
};

int cupti_events_enable(struct cupti_session *session, struct fc_error *err)
{
	const struct cupti_functions *const cupti = &session->libraries->cupti;

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		const CUptiResult result =
			cupti->cuptiEnableCallback(1, session->subscriber, events[i].domain, events[i].id);

		if (result != CUPTI_SUCCESS && events[i].needed)
			return cupti_refuse(session->libraries, result, "CUPTI does not tell of the nodes of graphs",
					    err);
	}
	return 0;
}

static void on_graph(struct cupti_session *session, CUpti_CallbackId id, const CUpti_GraphData *graph)
{
	const struct cupti_functions *const cupti = &session->libraries->cupti;
	uint64_t node = 0, original = 0;
	uint32_t number = 0;

	switch (id) {
	case CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED:
		if (cupti->cuptiGetGraphNodeId(graph->node, &node) == CUPTI_SUCCESS)
			cupti_nodes_created(&session->nodes, node);
		break;
	case CUPTI_CBID_RESOURCE_GRAPHNODE_CLONED:
		if (cupti->cuptiGetGraphNodeId(graph->node, &node) == CUPTI_SUCCESS &&
		    cupti->cuptiGetGraphNodeId(graph->originalNode, &original) == CUPTI_SUCCESS)
			cupti_nodes_copied(&session->nodes, node, original);
		break;
	case CUPTI_CBID_RESOURCE_GRAPHEXEC_DESTROY_STARTING:
		if (cupti->cuptiGetGraphExecId(graph->graphExec, &number) == CUPTI_SUCCESS)
			cupti_nodes_destroyed(&session->nodes, number);
		break;
	default:
		break;
	}
}

static void on_failure(struct cupti_session *session, const CUpti_StateData *state)
{
	const char *const message = state->notification.message;

	pthread_mutex_lock(&session->lock);
	if (!session->failed)
		snprintf(session->failure, sizeof(session->failure), "CUPTI gave up while it recorded: %s (%d)",
			 message ? message : "no reason given", (int)state->notification.result);
	session->failed = true;
	pthread_mutex_unlock(&session->lock);
}

void cupti_on_event(void *argument, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void *data)
{
	struct cupti_session *const session = argument;

	if (domain == CUPTI_CB_DOMAIN_RESOURCE)
		on_graph(session, id, ((const CUpti_ResourceData *)data)->resourceDescriptor);
	else if (domain == CUPTI_CB_DOMAIN_STATE && id == CUPTI_CBID_STATE_FATAL_ERROR)
		on_failure(session, data);
}
