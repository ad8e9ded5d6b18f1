/* Products of counts that tell when they do not fit 64 bits. */
#ifndef ANALYZER_PRODUCT_H
#define ANALYZER_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool fc_product(uint64_t *product, const uint64_t *factors, size_t count)
{
	*product = 1;
	for (size_t i = 0; i < count; i++)
		if (__builtin_mul_overflow(*product, factors[i], product))
			return false;
	return true;
}

/* FC_PRODUCT(&result, a, b, c, ...): false when it does not fit. */
#define FC_PRODUCT(product, ...)                                   \
	fc_product((product), (const uint64_t[]){ __VA_ARGS__ },   \
		   sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

#endif
