/*
 * Parts that are loaded at run time, so that one program runs with and without what they need, and starts without what it
 * does not need this time: loading the libraries that draw takes longer than counting a network. flopclock-NAME.so is beside
 * the program, or in ../lib/flopclock beside its folder, or in the compiled-in prefix; $FLOPCLOCK_MODULES, a folder, comes first.
 *
 * A module exports one symbol, `fc_module`, a struct fc_module. It uses functions of the program that loads it.
 */
#ifndef FLOPCLOCK_MODULE_H
#define FLOPCLOCK_MODULE_H

#include <stdint.h>

#include "flopclock/error.h"

/* Raised with any change of a header that a module and the program share. */
#define FC_MODULE_ABI 2

struct fc_backend;
struct fc_command;
struct fc_library;
struct fc_planner;
struct fc_probe_kind;

/* What a module offers; NULL where it does not. */
struct fc_module {
	uint32_t abi;
	const char *name;
	const char *summary;
	const struct fc_backend *backend;
	const struct fc_probe_kind *probe;
	const struct fc_planner *planner;
	const struct fc_command *command;	/* of the command line; its name is the module's */
	const struct fc_library *libraries;	/* that it brings; a row with NULL ends the table */
};

/* Loads it, or finds it loaded. NULL: a sentence that says what is missing. */
const struct fc_module *fc_module_load(const char *name, struct fc_error *err);

#endif
