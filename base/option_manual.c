/* The option table as manual page source. */
#include "flopclock/option.h"

static void escaped(struct fc_str *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			fc_str_addc(out, '\\');
		if (*text == '\\')
			fc_str_add(out, "e");
		else
			fc_str_addc(out, *text);
	}
}

void fc_option_manual(const struct fc_command *command, struct fc_str *out)
{
	fc_str_add(out, ".SH OPTIONS\n");
	for (const struct fc_option *o = command->options; o->name; o++) {
		fc_str_add(out, ".TP\n");
		if (o->letter)
			fc_str_addf(out, "\\fB\\-%c\\fR, ", o->letter);
		fc_str_add(out, "\\fB\\-\\-");
		escaped(out, o->name);
		fc_str_add(out, "\\fR");
		if (o->arg) {
			fc_str_add(out, " \\fI");
			escaped(out, o->arg);
			fc_str_add(out, "\\fR");
		}
		fc_str_addc(out, '\n');
		escaped(out, o->help);
		fc_str_add(out, ".\n");
	}
}
