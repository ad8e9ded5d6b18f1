#include "quantity.h"

#include <math.h>
#include <stdio.h>

struct prefix {
	double size;
	const char *name;
};

/* Three significant digits (and a no-break space before the unit) without an exponent; whole numbers keep all of
 * theirs. */
static const char *three_digits(struct fc_arena *arena, double value, const char *unit)
{
	const double size = fabs(value);
	const int digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;

	return fc_arena_printf(arena, "%.*f%s%s", digits, value, *unit ? " " : "", unit);
}

static const char *scaled(struct fc_arena *arena, double value, const struct prefix *prefixes)
{
	if (!isfinite(value))
		return "unknown";
	while (prefixes[1].name && fabs(value) < prefixes->size * 0.9995)
		prefixes++;
	return three_digits(arena, value / prefixes->size, prefixes->name);
}

const char *fc_quantity_time(struct fc_arena *arena, double seconds)
{
	static const struct prefix prefixes[] = {
		{ 1, "s" }, { 1e-3, "ms" }, { 1e-6, "µs" }, { 1e-9, "ns" }, { 0, NULL },
	};

	return scaled(arena, seconds, prefixes);
}

const char *fc_quantity_rate(struct fc_arena *arena, double flop_per_s)
{
	static const struct prefix prefixes[] = {
		{ 1e15, "PFLOP/s" }, { 1e12, "TFLOP/s" }, { 1e9, "GFLOP/s" }, { 1e6, "MFLOP/s" }, { 1e3, "kFLOP/s" },
		{ 1, "FLOP/s" }, { 0, NULL },
	};

	return scaled(arena, flop_per_s, prefixes);
}

const char *fc_quantity_bytes(struct fc_arena *arena, double bytes)
{
	static const struct prefix prefixes[] = {
		{0x1p40, "TiB"}, {0x1p30, "GiB"}, {0x1p20, "MiB"}, {0x1p10, "KiB"}, {1, "bytes"}, {0, NULL},
	};

	return scaled(arena, bytes, prefixes);
}

const char *fc_quantity_bandwidth(struct fc_arena *arena, double bytes_per_s)
{
	static const struct prefix prefixes[] = {
		{ 1e12, "TB/s" }, { 1e9, "GB/s" }, { 1e6, "MB/s" }, { 1e3, "kB/s" }, { 1, "byte/s" }, { 0, NULL },
	};

	return scaled(arena, bytes_per_s, prefixes);
}

const char *fc_quantity_factor(struct fc_arena *arena, double factor)
{
	return isfinite(factor) ? three_digits(arena, factor, "") : "unknown";
}
