/*
 * Numbers as text, both ways, independent of the locale.
 */
#ifndef FLOPCLOCK_NUMBER_H
#define FLOPCLOCK_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#define FC_NUMBER_SIZE 32

/* The shortest decimal that reads back as the same double; "nan", "inf", "-inf" for the rest. Returns buffer. */
const char *fc_number(char buffer[FC_NUMBER_SIZE], double value);

/* The whole text must be the number, without blanks; false otherwise or when it does not fit. */
bool fc_parse_u64(const char *text, uint64_t *value);
bool fc_parse_i64(const char *text, int64_t *value);
bool fc_parse_double(const char *text, double *value);

/* Sums and products that tell when they do not fit: *sum is only written when true is returned. */
bool fc_add_u64(uint64_t a, uint64_t b, uint64_t *sum);
bool fc_mul_u64(uint64_t a, uint64_t b, uint64_t *product);

#endif
