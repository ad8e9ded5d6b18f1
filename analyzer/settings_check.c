/* Which view is asked for, and what of the command line says nothing there. */
#include <string.h>

#include "settings.h"

bool settings_list(const struct settings *s)
{
	return s->list;
}

bool settings_plan(const struct settings *s)
{
	return s->plan;
}

bool settings_rules(const struct settings *s)
{
	return !strcmp(s->rule, "all");
}

bool settings_fit(const struct settings *s)
{
	return s->fit;
}

bool settings_diff(const struct settings *s)
{
	return s->diff;
}

bool settings_counts(const struct settings *s)
{
	(void)s;
	return true;
}

enum { LIST = 1, PLAN = 2, RULES = 4, FIT = 8, DIFF = 16 };

static const struct {
	const char *option;
	bool (*asked)(const struct settings *s);
	unsigned view;
} views[] = { { "--list", settings_list, LIST },
	      { "--plan", settings_plan, PLAN },
	      { "--rule all", settings_rules, RULES },
	      { "--fit", settings_fit, FIT },
	      { "--diff", settings_diff, DIFF } };

/* The row of the view that is asked for; -1: the counts. -2: several are. */
static int find_view(const struct settings *s, struct fc_error *err)
{
	int found = -1;

	for (int i = 0; i < (int)(sizeof(views) / sizeof(views[0])); i++) {
		if (!views[i].asked(s))
			continue;
		if (found >= 0) {
			fc_fail(err, "found %s and %s, expected one of them", views[found].option, views[i].option);
			return -2;
		}
		found = i;
	}
	return found;
}

/* What a view would pass over without a word. */
static int check_useless(const struct settings *s, int view, struct fc_error *err)
{
	const struct {
		const char *option;
		bool given;
		unsigned useless;
	} options[] = {
		{ "--per-layer", s->per_layer, LIST | PLAN | RULES | FIT },
		{ "--device", s->device, LIST | PLAN | RULES | FIT },
		{ "--peak", s->peak > 0, LIST | PLAN | RULES | FIT },
		{ "--recompute", s->recompute > 0, LIST | PLAN | RULES | FIT },
		{ "--phase", s->phase != SELECT_ALL, LIST | FIT },
		{ "--in-bounds", s->in_bounds, PLAN | FIT },
		{ "--rule", strcmp(s->rule, "core") && !settings_rules(s), PLAN | FIT },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && view >= 0; i++)
		if (options[i].given && options[i].useless & views[view].view)
			return fc_fail(err, "found %s with %s, which has no use for it", options[i].option,
				       views[view].option);
	if (s->depth && !s->per_layer)
		return fc_fail(err, "found --depth alone, expected --per-layer with it");
	return 0;
}

int settings_check(const struct settings *s, int operand_count, struct fc_error *err)
{
	const int view = find_view(s, err);

	if (view < -1)
		return -1;
	if (s->diff && operand_count != 2)
		return fc_fail(err, "found %d MODEL%s, expected two for --diff", operand_count,
			       operand_count == 1 ? "" : "s");
	if (!operand_count && !s->list)
		return fc_fail(err, "found no MODEL, expected at least one");
	if (s->out && !*s->out)
		return fc_fail(err, "found --output without a name, expected a file");
	return check_useless(s, view, err);
}
