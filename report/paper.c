/*
 * The study that this one grew out of: its five networks, what it printed about them, and what its setting gives
 * here.
 *
 * Its table of FLOPs is reproduced in every digit by rule thop on torchvision's networks with 1000 classes at
 * 3x224x224, MACs rounded to two decimals of a billion and then doubled; its "157" is 15.70 without the decimal
 * point. Of its times nothing is known but the numbers: no epochs, no batch, no resolution.
 */
#include <math.h>
#include <string.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"
#include "study_build.h"

static const struct fc_paper_row rows[] = {
	{ "alexnet", "AlexNet", "1.42", 230.77 },
	{ "vgg16", "VGG16", "30.94", 454.72 },
	{ "googlenet", "GoogLeNet", "3.02", 587.38 },
	{ "resnet18", "ResNet18", "3.64", 522.82 },
	{ "densenet161", "DenseNet", "157", 571.19 },
};

const struct fc_paper_row *fc_paper_find(const char *model)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].model, model))
			return &rows[i];
	return NULL;
}

double fc_paper_gflops(uint64_t macs)
{
	return 2 * (round((double)macs / 1e7) / 100);
}

/* "a=1 b=2" or "a=1,b=2" as a list. */
static void split_settings(struct fc_arena *arena, const char *settings, struct fc_texts *list)
{
	while (*settings && list->count < FC_TEXTS_MAX) {
		const size_t length = strcspn(settings, ", ");

		if (length)
			list->text[list->count++] = fc_arena_strndup(arena, settings, length);
		settings += length + (settings[length] != 0);
	}
}

/* The shipped model at the paper's setting, counted by the paper's rule. -2: it is not the model that ran. */
static int count(struct fc_study *study, const struct fc_study_network *network, uint64_t *macs, struct fc_error *err)
{
	struct fc_model_request request = {
		.model = network->model,
		.input = {3, FC_PAPER_SIDE, FC_PAPER_SIDE},
		.classes = FC_PAPER_CLASSES,
		.batch = 1,
	};
	const struct fc_rule *rule = fc_rule_find("thop");
	struct fc_cost_table costs;
	struct fc_graph graph;
	int rc;

	split_settings(&study->arena, network->settings, &request.settings);
	if (fc_model_load(&request, &graph, err))
		return -1;
	if (strcmp(graph.digest, network->run->model_digest)) {
		fc_graph_release(&graph);
		return -2;
	}
	rc = fc_cost_build(&graph, &costs, err);
	if (!rc) {
		rc = rule ? fc_rule_apply(rule, &costs, FC_PASS_VALIDATE, -1, macs, err)
			  : fc_fail(err, "there is no rule thop");
		fc_cost_release(&costs);
	}
	fc_graph_release(&graph);
	return rc;
}

void fc_study_paper(struct fc_study *study)
{
	for (int i = 0; i < study->network_count; i++) {
		struct fc_study_network *network = &study->networks[i];
		const struct fc_paper_row *row = fc_paper_find(network->model);
		struct fc_error err = { "" };
		int rc;

		if (!row)
			continue;
		network->paper = (struct fc_study_paper){
			.present = true,
			.flops_printed = row->flops_printed,
			.train_s = row->train_s,
			.input = FC_PAPER_INPUT,
			.classes = FC_PAPER_CLASSES,
			.gflops = NAN,
		};
		rc = count(study, network, &network->paper.thop_macs, &err);
		network->paper.counted = rc == 0;
		if (rc == 0)
			network->paper.gflops = fc_paper_gflops(network->paper.thop_macs);
		else if (rc == -2)
			network->paper.present = false;
		if (rc == -2)
			fc_study_note(study, "%s ran from another model file than the %s that belongs to this "
					     "flopclock; the paper's numbers are not set beside it.",
				      network->name, network->model);
		else if (rc)
			fc_study_note(study, "%s could not be counted at the paper's setting: "
					     "%s.", network->name, err.text);
	}
}
