#ifndef FLOPCLOCK_VERSION_H
#define FLOPCLOCK_VERSION_H

#define FC_VERSION "0.1.0"

/*
 * The versions of the libraries that are really in use, as they tell themselves. Each function lies in a file that is
 * named after its library.
 */
const char *fc_library_csv(void);
const char *fc_library_zlib(void);
const char *fc_library_jansson(void);
const char *fc_library_cairo(void);
const char *fc_library_pango(void);
const char *fc_library_png(void);
const char *fc_library_protobuf(void);

#endif
