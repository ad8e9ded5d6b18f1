#include "roofline.h"

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
	*roofline = (struct roofline){
		.name = d->title,
		.source = d->source,
		.peak_flops = d->tflops[precision] * 1e12,
		.update_flops = d->tflops[FC_PRECISION_FP32] * 1e12,
		.bandwidth = d->gb_per_s * 1e9,
	};
	return 0;
}
