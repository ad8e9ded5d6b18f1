/* A bash completion script from the tables of commands and options. */
#include "flopclock/option.h"

static void option_words(const struct fc_command *command, struct fc_str *out)
{
	for (const struct fc_option *o = command->options; o->name; o++)
		fc_str_addf(out, "--%s ", o->name);
	fc_str_add(out, "--help");
}

/* What follows an option: its choices, or files. */
static void value_cases(const struct fc_command *command, struct fc_str *out)
{
	for (const struct fc_option *o = command->options; o->name; o++) {
		if (o->type == FC_OPTION_FLAG)
			continue;
		fc_str_addf(out, "\t\t--%s", o->name);
		if (o->letter)
			fc_str_addf(out, "|-%c", o->letter);
		fc_str_add(out, ") ");
		if (o->type == FC_OPTION_CHOICE) {
			fc_str_add(out, "COMPREPLY=($(compgen -W \"");
			for (int i = 0; o->choices[i]; i++)
				fc_str_addf(out, "%s%s", i ? " " : "", o->choices[i]);
			fc_str_add(out, "\" -- \"$cur\"))");
		} else if (o->type == FC_OPTION_TEXT) {
			fc_str_add(out, "COMPREPLY=($(compgen -f -- \"$cur\"))");
		} else {
			fc_str_add(out, "COMPREPLY=()");
		}
		fc_str_add(out, "; return;;\n");
	}
}

static void operand_words(const struct fc_command *command, struct fc_str *out)
{
	if (!command->complete[0])
		return;
	if (command->complete[0] == 'm')
		fc_str_add(out, "\t\tCOMPREPLY=($(compgen -W \"$models\" -- \"$cur\") $(compgen -f -X '!*.net' -- \"$cur\"))\n");
	else if (command->complete[0] == 'c')
		fc_str_add(out, "\t\tCOMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))\n");
	else
		fc_str_add(out, "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n");
}

void fc_option_completion(const struct fc_command *const *commands, size_t count, struct fc_str *out)
{
	fc_str_add(out, "# bash completion for flopclock, written by `flopclock help --completion bash`\n"
			"_flopclock()\n{\n"
			"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} commands models dir\n"
			"\tcommands=\"");
	for (size_t i = 0; i < count; i++)
		fc_str_addf(out, "%s%s", i ? " " : "", commands[i]->name);
	fc_str_add(out, "\"\n"
			"\tdir=$(dirname \"$(readlink -f \"$(type -P flopclock)\")\" 2>/dev/null)\n"
			"\tmodels=$(cd \"$dir/models\" 2>/dev/null || cd \"$dir/../share/flopclock/models\" 2>/dev/null &&"
			" for f in *.net; do sed -n 's/^variant  *\\([^ ]*\\).*/\\1/p' \"$f\" | grep . ||"
			" echo \"${f%.net}\"; done)\n"
			"\tif [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\")); return; fi\n"
			"\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < count; i++) {
		fc_str_addf(out, "\t%s)\n\t\tcase $prev in\n", commands[i]->name);
		value_cases(commands[i], out);
		fc_str_add(out, "\t\tesac\n\t\tif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"");
		option_words(commands[i], out);
		fc_str_add(out, "\" -- \"$cur\")); return; fi\n");
		operand_words(commands[i], out);
		fc_str_add(out, "\t\t;;\n");
	}
	fc_str_add(out, "\tesac\n}\ncomplete -o filenames -F _flopclock flopclock\n");
}
