/* Everything that a study knows, in full precision, for spreadsheets and scripts: the tables of data/. */
#include <math.h>
#include <string.h>

#include "study_build.h"

/* Data is written with its values only: headers, units and formats do not matter. */
#define C(name_) { .name = name_, .header = name_ }
#define BEGIN(table, arena, id, columns) \
	fc_table_init(table, arena, id, id, columns, (int)(sizeof(columns) / sizeof((columns)[0])))

static struct fc_cell *put(struct fc_cell *cell, struct fc_cell value)
{
	*cell = value;
	return cell + 1;
}

#define TEXT(value) cell = put(cell, fc_cell_text(value))
#define COUNT(value) cell = put(cell, fc_cell_count(value))
#define NUMBER(value) cell = put(cell, fc_cell_number(value))

static const char *name_of(const struct fc_study *study, int network)
{
	return network < 0 ? NULL : study->networks[network].name;
}

static void build_layers(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		C("network"), C("layer_index"), C("layer"), C("op"), C("family"), C("phase"),
		C("pass"), C("output_shape"), C("covers"), C("macs"), C("flops"), C("bytes_min"),
		C("steps"), C("time_median_s"), C("time_mad_s"), C("time_p95_s"), C("time_min_s"),
		C("time_mean_s"), C("time_share"), C("flop_per_s"), C("intensity_flop_per_byte"),
		C("log2_residual_proportional"),
	};

	BEGIN(table, arena, "layers", columns);
	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *layer = &study->layers[i];
		struct fc_cell *cell = fc_table_add_row(table);

		TEXT(name_of(study, layer->network));
		COUNT((uint64_t)layer->layer_index);
		TEXT(layer->layer);
		TEXT(layer->op);
		TEXT(fc_family_name(layer->family));
		TEXT(fc_phase_name(layer->phase));
		TEXT(fc_pass_name(layer->pass));
		TEXT(layer->output_shape);
		TEXT(layer->covers);
		COUNT(layer->macs);
		COUNT(layer->flops);
		COUNT(layer->bytes);
		COUNT(layer->steps);
		NUMBER(layer->time_s);
		NUMBER(layer->mad_s);
		NUMBER(layer->p95_s);
		NUMBER(layer->min_s);
		NUMBER(layer->mean_s);
		NUMBER(layer->share);
		NUMBER(layer->flop_per_s);
		NUMBER(layer->intensity);
		NUMBER(layer->residual);
	}
}

static void add_network_pass(const struct fc_study_network *network, enum fc_pass which, struct fc_table *table)
{
	const struct fc_study_pass *pass = &network->passes[which];
	struct fc_cell *cell = fc_table_add_row(table);

	TEXT(network->name);
	TEXT(network->model);
	TEXT(network->settings);
	TEXT(fc_pass_name(which));
	TEXT(network->input);
	COUNT(network->batch);
	COUNT(network->classes);
	COUNT(network->params);
	COUNT(network->macs);
	COUNT(network->flops);
	NUMBER(pass->flops_per_image);
	COUNT(pass->iterations);
	COUNT(pass->measured_iterations);
	COUNT(pass->images);
	NUMBER(pass->wall_s);
	NUMBER(pass->kernel_sum_s);
	NUMBER(pass->device_busy_s);
	NUMBER(pass->idle_s);
	NUMBER(pass->unattributed_s);
	NUMBER(pass->time_per_image_s);
	NUMBER(pass->images_per_s);
	COUNT(pass->epoch_images);
	NUMBER(pass->epoch_s);
	COUNT(pass->extrapolated);
	NUMBER(pass->achieved_flop_per_s);
	NUMBER(pass->time_per_gflop_s);
	NUMBER(pass->zero_flop_share);
	NUMBER(pass->median_time_s > 0 ? pass->median_time_s : NAN);
	COUNT(network->suspect);
}

static void build_networks(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		C("network"), C("model"), C("settings"), C("pass"), C("input"), C("batch"),
		C("classes"), C("params"), C("forward_macs_per_image"), C("forward_flops_per_image"),
		C("flops_per_image"), C("iterations"), C("measured_iterations"), C("images"),
		C("wall_s"), C("kernel_sum_s"), C("device_busy_s"), C("idle_s"), C("unattributed_s"),
		C("time_per_image_s"), C("images_per_s"), C("epoch_images"), C("epoch_s"),
		C("epoch_extrapolated"), C("flop_per_s"), C("time_per_gflop_s"), C("zero_flop_share"),
		C("iteration_median_sum_s"), C("suspect"),
	};

	BEGIN(table, arena, "networks", columns);
	for (int i = 0; i < study->network_count; i++)
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
			if (study->networks[i].passes[pass].present)
				add_network_pass(&study->networks[i], pass, table);
}

static void add_part(struct fc_table *table, const struct fc_study_network *network, enum fc_pass pass,
		     const char *kind, const char *name, const struct fc_part *part)
{
	struct fc_cell *cell = fc_table_add_row(table);

	TEXT(network->name);
	TEXT(fc_pass_name(pass));
	TEXT(kind);
	TEXT(name);
	NUMBER(part->time_s);
	NUMBER(part->time_share);
	COUNT(part->flops);
	NUMBER(part->flops_share);
	COUNT(part->bytes);
}

static void build_parts(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		C("network"), C("pass"), C("by"), C("part"), C("time_mean_s"), C("time_share"),
		C("flops"), C("flops_share"), C("bytes_min"),
	};

	BEGIN(table, arena, "parts", columns);
	for (int i = 0; i < study->network_count; i++) {
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
			const struct fc_study_pass *p = &study->networks[i].passes[pass];

			for (enum fc_phase phase = 0; phase < FC_PHASE_COUNT && p->present; phase++)
				add_part(table, &study->networks[i], pass, "phase", fc_phase_name(phase),
					 &p->phases[phase]);
			for (enum fc_family family = 0; family < FC_FAMILY_COUNT && p->present; family++)
				add_part(table, &study->networks[i], pass, "family", fc_family_name(family),
					 &p->families[family]);
		}
	}
}

static void build_relations(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		C("relation"), C("level"), C("pass"), C("network"), C("n"), C("clusters"),
		C("spearman"), C("kendall_tau_b"), C("pairs"), C("inverted"), C("inversion_rate"),
		C("inversion_rate_low"), C("inversion_rate_high"), C("exponent"), C("exponent_low"),
		C("exponent_high"), C("time_per_gflop_low_s"), C("time_per_gflop_median_s"),
		C("time_per_gflop_high_s"), C("spread"),
	};

	BEGIN(table, arena, "relations", columns);
	for (int i = 0; i < study->relation_count; i++) {
		const struct fc_relation *r = &study->relations[i];
		struct fc_cell *cell = fc_table_add_row(table);

		TEXT(r->id);
		TEXT(r->level == FC_LEVEL_LAYER ? "layer" : "network");
		TEXT(fc_pass_name(r->pass));
		TEXT(name_of(study, r->network));
		COUNT(r->n);
		COUNT((uint64_t)r->clusters);
		if (!r->has_statistics)
			continue;
		NUMBER(r->spearman);
		NUMBER(r->kendall);
		COUNT(r->pairs);
		COUNT(r->inverted);
		NUMBER(r->inversion_rate.value);
		NUMBER(r->inversion_rate.low);
		NUMBER(r->inversion_rate.high);
		NUMBER(r->exponent.value);
		NUMBER(r->exponent.low);
		NUMBER(r->exponent.high);
		NUMBER(r->time_per_gflop_p5);
		NUMBER(r->time_per_gflop_median);
		NUMBER(r->time_per_gflop_p95);
		NUMBER(r->spread);
	}
}

/* A parameter that a model does not have is missing, not 0. */
static double parameter(double value, bool has)
{
	return has ? value : NAN;
}

static void add_fit(struct fc_table *table, const struct fc_relation *r, enum fc_fit_kind kind)
{
	const struct fc_fit *fit = &r->fits[kind];
	struct fc_cell *cell = fc_table_add_row(table);

	TEXT(r->id);
	TEXT(fc_fit_name(kind));
	NUMBER(parameter(fit->rate, kind != FC_FIT_POWER));
	NUMBER(parameter(fit->overhead, kind == FC_FIT_AFFINE));
	NUMBER(parameter(fit->factor, kind == FC_FIT_POWER));
	NUMBER(parameter(fit->exponent, kind == FC_FIT_POWER));
	NUMBER(parameter(fit->bandwidth, kind == FC_FIT_ROOFLINE));
	COUNT((uint64_t)fit->parameters);
	NUMBER(fit->rss);
	NUMBER(fit->aicc);
	NUMBER(fit->weight);
	NUMBER(fit->error_factor);
	NUMBER(fit->cv_error_factor);
}

static void build_fits(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		C("relation"), C("model"), C("rate_flop_per_s"), C("overhead_s"), C("factor"),
		C("exponent"), C("bandwidth_byte_per_s"), C("parameters"), C("rss"), C("aicc"),
		C("akaike_weight"), C("error_factor"), C("cv_error_factor"),
	};

	BEGIN(table, arena, "fits", columns);
	for (int i = 0; i < study->relation_count; i++)
		for (enum fc_fit_kind kind = 0; kind < FC_FIT_COUNT && study->relations[i].has_statistics; kind++)
			if (study->relations[i].fits[kind].valid)
				add_fit(table, &study->relations[i], kind);
}

static void build_inversions(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		C("pass"), C("fewer_flops_longer_time"), C("more_flops_shorter_time"), C("flops_ratio"),
		C("time_ratio"),
	};

	BEGIN(table, arena, "inversions", columns);
	for (int i = 0; i < study->inversion_count; i++) {
		const struct fc_study_inversion *inversion = &study->inversions[i];
		struct fc_cell *cell = fc_table_add_row(table);

		TEXT(fc_pass_name(inversion->pass));
		TEXT(name_of(study, inversion->fewer));
		TEXT(name_of(study, inversion->more));
		NUMBER(inversion->flops_ratio);
		NUMBER(inversion->time_ratio);
	}
}

static void build_epochs(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		C("network"), C("epoch"), C("train_s"), C("validate_s"), C("train_images"),
		C("validate_images"), C("train_loss"), C("train_accuracy"), C("validate_loss"),
		C("validate_accuracy"),
	};

	BEGIN(table, arena, "epochs", columns);
	for (int i = 0; i < study->network_count; i++) {
		for (int k = 0; k < study->networks[i].run->epoch_count; k++) {
			const struct fc_run_epoch *epoch = &study->networks[i].run->epochs[k];
			struct fc_cell *cell = fc_table_add_row(table);

			TEXT(name_of(study, i));
			COUNT((uint64_t)epoch->epoch);
			NUMBER(epoch->train_s);
			NUMBER(epoch->validate_s);
			COUNT(epoch->train_images);
			COUNT(epoch->validate_images);
			NUMBER(epoch->train_loss);
			NUMBER(epoch->train_accuracy);
			NUMBER(epoch->validate_loss);
			NUMBER(epoch->validate_accuracy);
		}
	}
}

static const struct fc_study_data data[] = {
	{ "networks", build_networks },
	{ "layers", build_layers },
	{ "parts", build_parts },
	{ "relations", build_relations },
	{ "fits", build_fits },
	{ "inversions", build_inversions },
	{ "epochs", build_epochs },
};

const struct fc_study_data *fc_study_data_at(int index)
{
	return index >= 0 && (size_t)index < sizeof(data) / sizeof(data[0]) ? &data[index] : NULL;
}
