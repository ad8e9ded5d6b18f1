#include "preset.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#define PAPER_NOTE                                                                         \
	"the protocol of the paper was not published; this one is chosen so that no network " \
	"would exceed 65 % of the fp32 peak of its GPU"
#define D2L_NOTE                                                                           \
	"input, batch, rate and epochs are those of the book Dive into Deep Learning; the "   \
	"networks are torchvision's and the pixels are normalised"

const char *const preset_names[] = { "none", "quick", "paper", "d2l", NULL };

static const struct preset presets[] = {
	/* name, models, input, batch, epochs, steps, validate_steps, rate, momentum, weight_decay, note */
	{ "none", "*", { 0 }, 64, 1, 0, 0, 0.01, 0.9, 0, NULL },
	{ "quick", "lenet*", { 1, 28, 28 }, 32, 1, 40, 10, 0.01, 0.9, 0, NULL },
	{ "quick", "*", { 3, 64, 64 }, 32, 1, 40, 10, 0.01, 0.9, 0, NULL },
	{ "paper", "lenet*", { 1, 28, 28 }, 128, 10, 0, 0, 0.01, 0.9, 0, PAPER_NOTE },
	{ "paper", "*", { 3, 96, 96 }, 128, 10, 0, 0, 0.01, 0.9, 0, PAPER_NOTE },
	{ "d2l", "lenet*", { 1, 28, 28 }, 256, 10, 0, 0, 0.9, 0, 0, D2L_NOTE },
	{ "d2l", "alexnet*", { 1, 224, 224 }, 128, 10, 0, 0, 0.01, 0, 0, D2L_NOTE },
	{ "d2l", "vgg*", { 1, 224, 224 }, 128, 10, 0, 0, 0.05, 0, 0, D2L_NOTE },
	{ "d2l", "googlenet*", { 1, 96, 96 }, 128, 10, 0, 0, 0.1, 0, 0, D2L_NOTE },
	{ "d2l", "resnet*", { 1, 96, 96 }, 256, 10, 0, 0, 0.05, 0, 0, D2L_NOTE },
	{ "d2l", "densenet*", { 1, 96, 96 }, 256, 10, 0, 0, 0.1, 0, 0, D2L_NOTE },
};

const struct preset *preset_find(const char *name, const char *model)
{
	const char *const slash = strrchr(model, '/');

	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (!strcmp(presets[i].name, name) && !fnmatch(presets[i].models, slash ? slash + 1 : model, 0))
			return &presets[i];
	return NULL;
}
