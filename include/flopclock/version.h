#ifndef FLOPCLOCK_VERSION_H
#define FLOPCLOCK_VERSION_H

#define FC_VERSION "0.1.0"

/*
 * A library and its version as it tells itself when the program runs. Each function lies in a file that is named after its
 * library.
 */
struct fc_library {
	const char *name;
	const char *purpose;
	const char *(*version)(void);
};

const char *fc_library_csv(void);
const char *fc_library_zlib(void);
const char *fc_library_protobuf(void);

/* Of the module report. */
const char *fc_library_jansson(void);
const char *fc_library_cairo(void);
const char *fc_library_pango(void);
const char *fc_library_png(void);

#endif
