#include "model_statement.h"

#include "model_machine.h"

static const struct statement_kind kinds[] = {
	/* keyword, only outside of braces, may have a label, reading, carrying out */
	{ "network", true, false, fc_parse_word, fc_run_network },
	{ "input", true, false, fc_parse_shape, fc_run_input },
	{ "classes", true, false, fc_parse_count, fc_run_classes },
	{ "param", true, false, fc_parse_assignment, fc_run_param },
	{ "use", true, false, fc_parse_use, fc_run_use },
	{ "variant", true, false, fc_parse_use, fc_run_variant },
	{ "default", false, false, fc_parse_default, fc_run_default },
	{ "init", false, false, fc_parse_init, fc_run_init },
	{ "block", true, false, fc_parse_block, fc_run_block },
	{ "let", false, false, fc_parse_assignment, fc_run_let },
	{ "keep", false, false, fc_parse_keep, fc_run_keep },
	{ "expect", false, false, fc_parse_shape, fc_run_expect },
	{ "for", false, false, fc_parse_for, fc_run_for },
	{ "repeat", false, false, fc_parse_repeat, fc_run_repeat },
	{ "if", false, false, fc_parse_if, fc_run_if },
	{ "sequence", false, true, fc_parse_group, fc_run_sequence },
	{ "group", false, true, fc_parse_group, fc_run_group },
	{ "split", false, true, fc_parse_split, fc_run_split },
	{ "output", false, false, fc_parse_output, fc_run_output },
};

const struct statement_kind fc_statement_layer = { "a layer", false, true, fc_parse_layer, fc_run_layer };
const struct statement_kind fc_statement_call = { "a block", false, true, fc_parse_call, fc_run_call };

const struct statement_kind *fc_statement_find(const struct token *keyword)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fc_token_is(keyword, kinds[i].keyword))
			return &kinds[i];
	return NULL;
}
