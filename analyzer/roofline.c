#include "roofline.h"

#include <math.h>
#include <string.h>

#include "flopclock/str.h"

#include "suggest.h"

static int unknown(const char *device, struct fc_error *err)
{
	struct suggestion suggestion = { .word = device };
	const struct roofline_device *d;
	struct fc_str all = { 0 };

	for (int i = 0; (d = fc_roofline_device_at(i)); i++) {
		fc_str_addf(&all, "%s%s", i ? ", " : "", d->name);
		fc_suggest_offer(&suggestion, d->name);
	}
	fc_fail(err, "--device %s: expected one of %s, or --peak and --bandwidth" SUGGEST_FORMAT, device, all.text,
		SUGGEST_VALUES(suggestion));
	fc_str_release(&all);
	return -1;
}

/* 66.9 TFLOP/s are 66900000000000, not a hundredth more. */
struct roofline fc_roofline_of(double tflops, double update_tflops, double gb_per_s)
{
	return (struct roofline){ .peak_flops = rint(tflops * 1e12),
				  .update_flops = rint(update_tflops * 1e12),
				  .bandwidth = rint(gb_per_s * 1e9) };
}

int fc_roofline_find(const char *device, enum fc_precision precision, struct roofline *roofline, struct fc_error *err)
{
	const struct roofline_device *d;

	for (int i = 0; (d = fc_roofline_device_at(i)); i++)
		if (!strcmp(d->name, device))
			break;
	if (!d)
		return unknown(device, err);
	if (!(d->tflops[precision] > 0))
		return fc_fail(err, "--device %s: %s has no products in %s", device, d->title,
			       fc_precision_name(precision));
	*roofline = fc_roofline_of(d->tflops[precision], d->tflops[FC_PRECISION_FP32], d->gb_per_s);
	roofline->name = d->title;
	roofline->source = d->source;
	return 0;
}
