#include "view.h"

void json_identity(struct fc_json *json, const struct analysis *a)
{
	const struct sheet_row row = { .analysis = a };

	fc_json_u64(json, "schema", FC_ANALYZE_SCHEMA);
	fc_sheet_json_members(fc_identity_columns, &row, fc_analyze_has(a->options), json);
}

void json_work(struct fc_json *json, const char *key, const struct analysis *a, const struct work *work)
{
	const struct sheet_row row = { .analysis = a, .work = work };

	fc_json_object(json, key);
	/* Without the first column: its name is the key. */
	fc_sheet_json_members(fc_work_columns + 1, &row, fc_analyze_has(a->options), json);
	fc_json_end_object(json);
}

void json_device(struct fc_json *json, const struct roofline *r)
{
	if (!r->name)
		return;
	fc_json_object(json, "roofline");
	fc_json_text(json, "device", r->name);
	fc_json_number(json, "peak_flop_per_s", r->peak_flops);
	fc_json_number(json, "update_flop_per_s", r->update_flops);
	fc_json_number(json, "bandwidth_bytes_per_s", r->bandwidth);
	fc_json_text(json, "source", r->source);
	fc_json_end_object(json);
}

void json_finish(struct fc_json *json, struct fc_str *out)
{
	fc_str_addn(out, json->out.text, json->out.length);
	fc_json_release(json);
}
