/* What the room offers to the program that loads it. */
#include "flopclock/module.h"
#include "flopclock/option.h"
#include "flopclock/version.h"

static const struct fc_library libraries[] = {
	{ "cairo", "figures and pages", fc_library_cairo },
	{ "pango", "text in them", fc_library_pango },
	{ "libpng", "figures as PNG", fc_library_png },
	{ "jansson", "reading run.json", fc_library_jansson },
	{ NULL, NULL, NULL },
};

extern const struct fc_module fc_module;

const struct fc_module fc_module = {
	.abi = FC_MODULE_ABI,
	.name = "report",
	.summary = "tables, figures and pages of runs",
	.command = &fc_command_report,
	.libraries = libraries,
};
