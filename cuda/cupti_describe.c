/* How CUPTI was used, for the "probe" object of run.json. */
#include "cupti_session.h"

static void describe_kinds(const struct cupti_session *session, struct fc_json *json)
{
	fc_json_array(json, "recorded");
	for (int row = 0; row < cupti_kind_count; row++)
		if (session->enabled & 1u << row)
			fc_json_text(json, NULL, cupti_kinds[row].name);
	fc_json_end_array(json);
	fc_json_object(json, "refused");
	for (int row = 0; row < cupti_kind_count; row++)
		if (session->refused[row] != CUPTI_SUCCESS)
			fc_json_i64(json, cupti_kinds[row].name, session->refused[row]);
	fc_json_end_object(json);
	fc_json_i64(json, "silenced_calls", session->silenced);
}

static void describe_buffers(struct cupti_session *session, struct fc_json *json)
{
	struct cupti_pool *const pool = &session->pool;

	pthread_mutex_lock(&pool->lock);
	fc_json_object(json, "buffers");
	fc_json_u64(json, "each_bytes", pool->size.bytes);
	fc_json_u64(json, "made", pool->made);
	fc_json_u64(json, "made_late", pool->grown);
	fc_json_u64(json, "discarded", pool->discarded);
	fc_json_u64(json, "read", session->decoder.tally.buffers);
	fc_json_u64(json, "read_bytes", session->decoder.tally.bytes);
	fc_json_end_object(json);
	pthread_mutex_unlock(&pool->lock);
}

void cupti_session_describe(struct cupti_session *session, struct fc_json *json)
{
	cupti_worker_hold(&session->worker);
	fc_json_u64(json, "cupti_version", session->version);
	fc_json_text(json, "kernel_timestamps", "software");
	describe_kinds(session, json);
	describe_buffers(session, json);
	fc_json_u64(json, "graph_nodes", cupti_nodes_count(&session->nodes));
	cupti_tally_describe(&session->decoder.tally, json);
	cupti_worker_resume(&session->worker);
}
