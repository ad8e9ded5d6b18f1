/*
 * Which files a network is made of, and with which values of its parameters: `use`, `variant`, and the file itself.
 */
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"

#include "model_machine.h"
#include "model_statement.h"

/* Values for the parameters of the used network, from the arguments behind `use`. */
static int use_overrides(struct machine *m, const struct statement *s, struct override **overrides)
{
	for (const struct argument *a = s->arguments; a; a = a->next) {
		struct override *const o = FC_NEW(&m->arena, struct override);

		if (!a->name)
			return fc_place_fail(a->place, m->err,
					     "found a value without a name behind '%s %s', expected name=value",
					     s->kind->keyword, s->word);
		if (fc_override_find(*overrides, a->name))
			return fc_place_fail(a->place, m->err, "found '%s' a second time, expected it once", a->name);
		*o = (struct override){ .place = a->place, .name = a->name, .next = *overrides };
		if (fc_eval_list(m, &a->value, -1, &o->value))
			return -1;
		*overrides = o;
	}
	return 0;
}

static int use_path(struct machine *m, const struct statement *s, struct model_location *location)
{
	const char *const own = m->file->source->path, *const slash = strrchr(own, '/');
	struct fc_str path = { 0 };
	int rc;

	fc_str_addn(&path, own, slash ? (size_t)(slash - own) + 1 : 0);
	fc_str_addf(&path, "%s.net", s->word);
	rc = fc_model_find(path.text, location, m->err);
	fc_str_release(&path);
	for (const struct model_file *file = m->file; file && !rc; file = file->user)
		if (!strcmp(file->source->path, location->path.text))
			rc = fc_place_fail(s->word_place, m->err,
					   "found a network that uses itself ('%s'), expected another one", s->word);
	return rc;
}

/* A fault inside the used file names its own place; one in reaching it belongs to the `use`. */
static int open_used(struct machine *m, const struct statement *s, const char *path, struct model_file *file)
{
	struct fc_error why;

	if (!fc_model_open(m, path, &file->source, &file->statements))
		return 0;
	if (fc_file_exists(path))
		return -1;
	why = *m->err;
	return fc_place_fail(s->word_place, m->err, "%s", why.text);
}

int fc_run_use(struct machine *m, const struct statement *s)
{
	struct model_file inner = { .user = m->file };
	struct model_location at = { .path = { 0 } };
	int rc = use_overrides(m, s, &inner.overrides) || use_path(m, s, &at) ? -1 : 0;

	if (!rc)
		rc = open_used(m, s, at.path.text, &inner);
	if (!rc && at.variant.length)
		inner.variant = fc_arena_strdup(&m->arena, at.variant.text);
	fc_location_release(&at);
	return rc ? -1 : fc_run_file(m, &inner);
}

/* All is done before the first statement: choose_variant(). */
int fc_run_variant(struct machine *m, const struct statement *s)
{
	(void)m;
	(void)s;
	return 0;
}

/* The values of the variant that is meant, wherever it stands in the file. */
static int choose_variant(struct machine *m, struct model_file *file)
{
	bool found = !file->variant;

	for (const struct statement *s = file->statements; s; s = s->next) {
		if (s->kind->run != fc_run_variant)
			continue;
		for (const struct statement *t = file->statements; t != s; t = t->next) {
			if (fc_machine_spend(m, s->place, 1))
				return -1;
			if (t->kind == s->kind && !strcmp(t->word, s->word))
				return fc_place_fail(s->word_place, m->err,
						     "found a second variant '%s', expected another name", s->word);
		}
		if (found || strcmp(s->word, file->variant))
			continue;
		found = true;
		if (use_overrides(m, s, &file->chosen))
			return -1;
	}
	return found ? 0 : fc_place_fail(file->statements->place, m->err, "found no variant '%s', expected one", file->variant);
}

static int unused_override(struct machine *m, const struct override *overrides)
{
	for (const struct override *o = overrides; o; o = o->next)
		if (!o->used)
			return fc_place_fail(o->place, m->err, "found '%s', expected a parameter of the network (%s)",
					     o->name, m->parameters.length ? m->parameters.text : "it has none");
	return 0;
}

int fc_run_file(struct machine *m, struct model_file *file)
{
	struct model_file *const user = m->file;
	int rc;

	m->file = file;
	/* Blocks may stand below their use. */
	for (const struct statement *s = file->statements; s; s = s->next)
		if (s->kind->run == fc_run_block && fc_run_block(m, s))
			return -1;
	rc = choose_variant(m, file) || fc_run_statements(m, file->statements) || unused_override(m, file->overrides) ||
			     unused_override(m, file->chosen) ?
		     -1 :
		     0;
	m->file = user;
	return rc;
}
