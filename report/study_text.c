/* What things are called in front of people. */
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "flopclock/graph.h"
#include "flopclock/str.h"
#include "study_build.h"

static const char *const family_names[FC_FAMILY_COUNT] = {
#define X(upper, lower, title) #lower,
	FC_FAMILIES(X)
#undef X
};

static const char *const family_titles[FC_FAMILY_COUNT] = {
#define X(upper, lower, title) title,
	FC_FAMILIES(X)
#undef X
};

static const char *const phase_titles[FC_PHASE_COUNT] = {
	[FC_PHASE_FORWARD] = "Forward",
	[FC_PHASE_BACKWARD_DATA] = "Backward, data",
	[FC_PHASE_BACKWARD_WEIGHTS] = "Backward, weights",
	[FC_PHASE_UPDATE] = "Update",
	[FC_PHASE_INPUT] = "Input",
	[FC_PHASE_LOSS] = "Loss",
};

static const enum fc_family family_of_op[FC_OP_COUNT] = {
	[FC_OP_INPUT] = FC_FAMILY_OTHER,
	[FC_OP_CONV] = FC_FAMILY_CONV,
	[FC_OP_BATCH_NORM] = FC_FAMILY_NORM,
#define X(upper, lower) [FC_OP_##upper] = FC_FAMILY_ACTIVATION,
	FC_ELEMENTWISE_OPS(X)
#undef X
#define X(upper, lower) [FC_OP_##upper] = FC_FAMILY_JOIN,
	FC_BROADCAST_OPS(X)
#undef X
	[FC_OP_CONV_TRANSPOSE] = FC_FAMILY_CONV,
	[FC_OP_LINEAR] = FC_FAMILY_DENSE,
	[FC_OP_MATMUL] = FC_FAMILY_DENSE,
	[FC_OP_LSTM] = FC_FAMILY_DENSE,
	[FC_OP_GRU] = FC_FAMILY_DENSE,
	[FC_OP_LAYER_NORM] = FC_FAMILY_NORM,
	[FC_OP_GROUP_NORM] = FC_FAMILY_NORM,
	[FC_OP_LOCAL_RESPONSE_NORM] = FC_FAMILY_NORM,
	[FC_OP_SOFTMAX] = FC_FAMILY_ACTIVATION,
	[FC_OP_ADAPTIVE_MAX_POOL] = FC_FAMILY_POOL,
	[FC_OP_MEAN] = FC_FAMILY_POOL,
	[FC_OP_RESIZE] = FC_FAMILY_POOL,
	[FC_OP_SLICE] = FC_FAMILY_JOIN,
	[FC_OP_PAD] = FC_FAMILY_JOIN,
	[FC_OP_RESHAPE] = FC_FAMILY_JOIN,
	[FC_OP_PERMUTE] = FC_FAMILY_JOIN,
	[FC_OP_CHANNEL_SHUFFLE] = FC_FAMILY_JOIN,
	[FC_OP_STOCHASTIC_DEPTH] = FC_FAMILY_OTHER,
	[FC_OP_EMBEDDING] = FC_FAMILY_OTHER,
	[FC_OP_LEARNED] = FC_FAMILY_OTHER,
	[FC_OP_MAX_POOL] = FC_FAMILY_POOL,
	[FC_OP_AVG_POOL] = FC_FAMILY_POOL,
	[FC_OP_ADAPTIVE_AVG_POOL] = FC_FAMILY_POOL,
	[FC_OP_DROPOUT] = FC_FAMILY_OTHER,
	[FC_OP_CONCAT] = FC_FAMILY_JOIN,
	[FC_OP_DENSE] = FC_FAMILY_DENSE,
};

/* How names of models are written; behind a prefix the rest follows, with `mark` for its underlines. */
static const struct {
	const char *model, *title;
	bool prefix;
	char mark;
} titles[] = {
	{ "alexnet", "AlexNet", false, 0 },
	{ "googlenet", "GoogLeNet", false, 0 },
	{ "lenet5", "LeNet-5", false, 0 },
	{ "inception_v3", "Inception v3", false, 0 },
	{ "vgg", "VGG", true, '-' },
	{ "resnet", "ResNet", true, '-' },
	{ "wide_resnet", "Wide ResNet", true, '-' },
	{ "resnext", "ResNeXt-", true, ' ' },
	{ "densenet", "DenseNet-", true, '-' },
	{ "squeezenet", "SqueezeNet ", true, '.' },
	{ "mobilenet_", "MobileNet ", true, ' ' },
	{ "shufflenet_v2_", "ShuffleNet v2 ", true, '.' },
	{ "efficientnet_b", "EfficientNet-B", true, '-' },
	{ "convnext_", "ConvNeXt ", true, ' ' },
	{ "vit_b_", "ViT-B/", true, '-' },
	{ "vit_l_", "ViT-L/", true, '-' },
	{ "vit_h_", "ViT-H/", true, '-' },
};

const char *fc_family_name(enum fc_family family)
{
	return family_names[family];
}

const char *fc_family_title(enum fc_family family)
{
	return family_titles[family];
}

const char *fc_phase_title(enum fc_phase phase)
{
	return phase_titles[phase];
}

enum fc_family fc_family_of(const char *op, enum fc_phase phase)
{
	/* The input and the loss belong to a node in the books only. */
	if (phase == FC_PHASE_INPUT || phase == FC_PHASE_LOSS)
		return FC_FAMILY_OTHER;
	for (enum fc_op i = 0; i < FC_OP_COUNT; i++)
		if (!strcmp(fc_op_name(i), op))
			return family_of_op[i];
	return FC_FAMILY_OTHER;
}

/* A title, or NULL where the name is of no known form. */
static const char *title_of(struct fc_arena *arena, const char *model)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		const size_t length = strlen(titles[i].model);
		char *title;

		if (!titles[i].prefix && !strcmp(model, titles[i].model))
			return titles[i].title;
		if (!titles[i].prefix || strncmp(model, titles[i].model, length) || !isalnum((unsigned char)model[length]))
			continue;
		title = fc_arena_printf(arena, "%s%s", titles[i].title, model + length);
		for (char *at = title + strlen(titles[i].title); *at; at++)
			*at = *at == '_' ? titles[i].mark : *at;
		return title;
	}
	return NULL;
}

const char *fc_network_title(struct fc_arena *arena, const char *model, const char *settings)
{
	const char *const known = title_of(arena, model), *const title = known ? known : model;

	return *settings ? fc_arena_printf(arena, "%s (%s)", title, settings) : fc_arena_strdup(arena, title);
}

const char *fc_run_name(const struct fc_run *run)
{
	const char *name = run->path, *c;

	for (c = run->path; *c; c++)
		if (*c == '/' && c[1] && c[1] != '/')
			name = c + 1;
	return name;
}

/* Lists of sentences are short: they grow one by one. */
static void add_sentence(struct fc_arena *arena, const char ***list, int *count, const char *format, va_list args)
{
	const char **longer = FC_NEW_ARRAY(arena, const char *, *count + 1);
	struct fc_str text = { 0 };

	fc_str_vaddf(&text, format, args);
	if (*count)
		memcpy(longer, *list, (size_t)*count * sizeof(*longer));
	longer[(*count)++] = fc_arena_strdup(arena, text.text ? text.text : "");
	*list = longer;
	fc_str_release(&text);
}

void fc_study_warn(struct fc_study *study, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_sentence(&study->arena, &study->warnings, &study->warning_count, format, args);
	va_end(args);
}

void fc_study_note(struct fc_study *study, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_sentence(&study->arena, &study->notes, &study->note_count, format, args);
	va_end(args);
}
