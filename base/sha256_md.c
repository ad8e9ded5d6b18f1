#include <sha2.h>
#include <stddef.h>
#include <stdint.h>

#include "flopclock/file.h"

void fc_sha256(const void *data, size_t size, char hex[FC_SHA256_SIZE])
{
	SHA256Data(data, size, hex);
}
