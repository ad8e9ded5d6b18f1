#ifndef FLOPCLOCK_VERSION_H
#define FLOPCLOCK_VERSION_H

#define FC_VERSION "0.1.0"

#endif
