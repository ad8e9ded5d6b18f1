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

void json_finish(struct fc_json *json, struct fc_str *out)
{
	fc_str_addn(out, json->out.text, json->out.length);
	fc_json_release(json);
}
