#include "operand.h"

#include <stdio.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"
#include "flopclock/number.h"

static bool parse_input(const char *text, int64_t input[3])
{
	long long c, h, w;
	int end = 0;

	if (sscanf(text, "%6lldx%6lldx%6lld%n", &c, &h, &w, &end) != 3 || text[end] || c < 1 || h < 1 || w < 1 ||
	    c > 65536 || h > 65536 || w > 65536 || strpbrk(text, " +-"))
		return false;
	input[0] = c;
	input[1] = h;
	input[2] = w;
	return true;
}

static int parse_count(const char *part, int64_t *count, struct fc_error *err)
{
	uint64_t value;

	if (!fc_parse_u64(strchr(part, '=') + 1, &value) || value < 1 || value > 1000000000)
		return fc_fail(err, "found '%s', expected a whole number from 1 to 1000000000", part);
	*count = (int64_t)value;
	return 0;
}

/* In the place of a setting of the same name, or behind all. */
static int add_setting(struct fc_texts *settings, const char *part, struct fc_error *err)
{
	const size_t name = (size_t)(strchr(part, '=') + 1 - part);

	for (int i = 0; i < settings->count; i++)
		if (!strncmp(settings->text[i], part, name)) {
			settings->text[i] = part;
			return i;
		}
	if (settings->count == FC_TEXTS_MAX)
		return fc_fail(err, "found more than %d settings", FC_TEXTS_MAX);
	settings->text[settings->count] = part;
	return settings->count++;
}

/* `setting`: the index of the one that a part without a name goes on with, or -1. */
static int parse_part(const char *part, struct fc_arena *arena, struct fc_model_request *request, int *setting,
		      struct fc_error *err)
{
	if (strchr(part, '=')) {
		*setting = -1;
		if (!strncmp(part, "batch=", 6))
			return parse_count(part, &request->batch, err);
		if (!strncmp(part, "classes=", 8))
			return parse_count(part, &request->classes, err);
		*setting = add_setting(&request->settings, part, err);
		return *setting < 0 ? -1 : 0;
	}
	if (parse_input(part, request->input))
		return 0;
	if (*setting < 0)
		return fc_fail(err, "found '%s', expected CxHxW, batch=N, classes=N or NAME=VALUE", part);
	request->settings.text[*setting] = fc_arena_printf(arena, "%s,%s", request->settings.text[*setting], part);
	return 0;
}

int fc_operand_parse(const char *operand, struct fc_arena *arena, struct fc_model_request *request,
		     struct fc_error *err)
{
	const char *const at = strrchr(operand, '@');
	char *rest, *part;
	int setting = -1;

	request->model = operand;
	if (!at || fc_file_exists(operand))
		return 0;
	request->model = fc_arena_strndup(arena, operand, (size_t)(at - operand));
	rest = fc_arena_strdup(arena, at + 1);
	while ((part = strsep(&rest, ",")))
		if (parse_part(part, arena, request, &setting, err))
			return fc_fail_context(err, "%s", operand);
	return 0;
}
