#include "flopclock/option.h"

#include <stdio.h>
#include <string.h>

#include "flopclock/number.h"

/* -------- from text to value, one function a type -------- */

static int set_text(const struct fc_option *o, void *field, const char *value, struct fc_error *err)
{
	(void)o;
	(void)err;
	*(const char **)field = value;
	return 0;
}

static int set_list(const struct fc_option *o, void *field, const char *value, struct fc_error *err)
{
	struct fc_texts *texts = field;

	if (texts->count == FC_TEXTS_MAX)
		return fc_fail(err, "--%s is given more than %d times", o->name, FC_TEXTS_MAX);
	texts->text[texts->count++] = value;
	return 0;
}

static int set_count(const struct fc_option *o, void *field, const char *value, struct fc_error *err)
{
	uint64_t number;

	if (!fc_parse_u64(value, &number) || (double)number < o->min || (double)number > o->max)
		return fc_fail(err, "--%s %s: a whole number from %.0f to %.0f is expected", o->name, value, o->min,
			       o->max);
	*(uint64_t *)field = number;
	return 0;
}

static int set_number(const struct fc_option *o, void *field, const char *value, struct fc_error *err)
{
	double number;

	if (!fc_parse_double(value, &number) || number < o->min || number > o->max)
		return fc_fail(err, "--%s %s: a number from %g to %g is expected", o->name, value, o->min, o->max);
	*(double *)field = number;
	return 0;
}

static int set_choice(const struct fc_option *o, void *field, const char *value, struct fc_error *err)
{
	struct fc_str names = { 0 };

	for (int i = 0; o->choices[i]; i++) {
		if (!strcmp(o->choices[i], value)) {
			*(int *)field = i;
			fc_str_release(&names);
			return 0;
		}
		fc_str_addf(&names, "%s%s", i ? ", " : "", o->choices[i]);
	}
	fc_fail(err, "--%s %s: one of %s is expected", o->name, value, names.text);
	fc_str_release(&names);
	return -1;
}

static int set_input(const struct fc_option *o, void *field, const char *value, struct fc_error *err)
{
	long long c, h, w;
	int end = 0;

	if (sscanf(value, "%6lldx%6lldx%6lld%n", &c, &h, &w, &end) != 3 || value[end] || c < 1 || h < 1 || w < 1 ||
	    c > 65536 || h > 65536 || w > 65536 || strpbrk(value, " +-"))
		return fc_fail(err, "--%s %s: CxHxW is expected, for example 3x64x64, each from 1 to 65536", o->name,
			       value);
	((int64_t *)field)[0] = c;
	((int64_t *)field)[1] = h;
	((int64_t *)field)[2] = w;
	return 0;
}

static int set_flag(const struct fc_option *o, void *field, const char *value, struct fc_error *err)
{
	(void)o;
	(void)value;
	(void)err;
	*(bool *)field = true;
	return 0;
}

static int (*const setters[])(const struct fc_option *, void *, const char *, struct fc_error *) = {
	[FC_OPTION_FLAG] = set_flag,	 [FC_OPTION_TEXT] = set_text,	  [FC_OPTION_LIST] = set_list,
	[FC_OPTION_COUNT] = set_count,	 [FC_OPTION_NUMBER] = set_number, [FC_OPTION_CHOICE] = set_choice,
	[FC_OPTION_INPUT] = set_input,
};

/* -------- from argv to option -------- */

static const struct fc_option *find_long(const struct fc_option *options, const char *name, size_t length,
					 struct fc_error *err)
{
	const struct fc_option *found = NULL;

	for (const struct fc_option *o = options; o->name; o++) {
		if (strncmp(o->name, name, length))
			continue;
		if (!o->name[length])
			return o;
		if (found) {
			fc_fail(err, "--%.*s may be --%s or --%s", (int)length, name, found->name, o->name);
			return NULL;
		}
		found = o;
	}
	if (!found)
		fc_fail(err, "there is no option --%.*s", (int)length, name);
	return found;
}

static const struct fc_option *find_short(const struct fc_option *options, char letter, struct fc_error *err)
{
	for (const struct fc_option *o = options; o->name; o++)
		if (o->letter == letter)
			return o;
	fc_fail(err, "there is no option -%c", letter);
	return NULL;
}

int fc_option_parse(const struct fc_option *options, int argc, char *const *argv, void *settings, char **operands,
		    int *operand_count, bool *help, struct fc_error *err)
{
	bool only_operands = false;

	*operand_count = 0;
	*help = false;
	for (int i = 0; i < argc; i++) {
		const char *text = argv[i], *value = NULL;
		const struct fc_option *o;

		if (only_operands || text[0] != '-' || !text[1]) {
			operands[(*operand_count)++] = argv[i];
			continue;
		}
		if (!strcmp(text, "--")) {
			only_operands = true;
			continue;
		}
		if (!strcmp(text, "--help") || !strcmp(text, "-h")) {
			*help = true;
			return 0;
		}
		if (text[1] == '-') {
			value = strchr(text, '=');
			o = find_long(options, text + 2, value ? (size_t)(value - text - 2) : strlen(text + 2), err);
			value = value ? value + 1 : NULL;
		} else {
			o = find_short(options, text[1], err);
			value = text[2] ? text + 2 : NULL;
		}
		if (!o)
			return -1;
		if (o->type == FC_OPTION_FLAG && value)
			return fc_fail(err, "--%s takes no value", o->name);
		if (o->type != FC_OPTION_FLAG && !value) {
			if (i + 1 == argc)
				return fc_fail(err, "--%s needs a value: %s", o->name, o->arg);
			value = argv[++i];
		}
		if (setters[o->type](o, (char *)settings + o->offset, value, err))
			return -1;
	}
	return 0;
}

/* -------- help -------- */

static int left_column(const struct fc_option *o, char *text, size_t size)
{
	return snprintf(text, size, "  %c%c%s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
			o->letter ? ", " : "  ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}

void fc_option_help(const struct fc_command *command, struct fc_str *out)
{
	char text[256];
	int width = 0;

	for (const struct fc_option *o = command->options; o->name; o++) {
		const int length = left_column(o, text, sizeof(text));

		width = length > width ? length : width;
	}
	fc_str_addf(out, "usage: flopclock %s [options] %s\n\n%s\n\noptions:\n", command->name, command->operands,
		    command->text);
	for (const struct fc_option *o = command->options; o->name; o++) {
		left_column(o, text, sizeof(text));
		fc_str_addf(out, "%-*s  %s\n", width, text, o->help);
	}
	snprintf(text, sizeof(text), "  -h, --help");
	fc_str_addf(out, "%-*s  show this text\n", width, text);
}
