/*
 * The models of a folder by name. A file NAME.net is the model NAME, unless it declares variants: then it is those.
 */
#ifndef ANALYZER_MODEL_CATALOG_H
#define ANALYZER_MODEL_CATALOG_H

#include "flopclock/arena.h"
#include "flopclock/error.h"

struct catalog_entry {
	const char *name;	/* "resnet50" */
	const char *file;	/* the file's name without folder and ".net": "resnet" */
};

struct catalog {
	struct fc_arena arena;	/* owns all of it */
	int count;
	struct catalog_entry *entries;	/* files in alphabetical order, variants in that of their file */
};

/* Files that cannot be read have no entries; a folder that cannot be read is an error. */
int fc_catalog_read(const char *folder, struct catalog *catalog, struct fc_error *err);
void fc_catalog_release(struct catalog *catalog);

/* The entry of a name, NULL when there is none. */
const struct catalog_entry *fc_catalog_find(const struct catalog *catalog, const char *name);

#endif
