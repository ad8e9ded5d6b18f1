/* Everything that a study knows, in full precision, for spreadsheets and scripts: the tables of data/. */
#include <math.h>
#include <string.h>

#include "study_build.h"

/* Data is written with its values only: headers, units and formats do not matter. */
#define COLUMN(name_) { .name = name_, .header = name_ }
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
		COLUMN("network"), COLUMN("layer_index"), COLUMN("layer"), COLUMN("op"), COLUMN("family"), COLUMN("phase"),
		COLUMN("pass"), COLUMN("output_shape"), COLUMN("covers"), COLUMN("macs"), COLUMN("flops"), COLUMN("bytes_min"),
		COLUMN("steps"), COLUMN("time_median_s"), COLUMN("time_mad_s"), COLUMN("time_p95_s"), COLUMN("time_min_s"),
		COLUMN("time_mean_s"), COLUMN("time_share"), COLUMN("flop_per_s"), COLUMN("intensity_flop_per_byte"),
		COLUMN("log2_residual_proportional"),
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
	COUNT(network->suspect);
}

static void build_networks(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		COLUMN("network"), COLUMN("model"), COLUMN("settings"), COLUMN("pass"), COLUMN("input"), COLUMN("batch"),
		COLUMN("classes"), COLUMN("params"), COLUMN("forward_macs_per_image"), COLUMN("forward_flops_per_image"),
		COLUMN("flops_per_image"), COLUMN("iterations"), COLUMN("measured_iterations"), COLUMN("images"),
		COLUMN("wall_s"), COLUMN("kernel_sum_s"), COLUMN("device_busy_s"), COLUMN("idle_s"), COLUMN("unattributed_s"),
		COLUMN("time_per_image_s"), COLUMN("images_per_s"), COLUMN("epoch_images"), COLUMN("epoch_s"),
		COLUMN("epoch_extrapolated"), COLUMN("flop_per_s"), COLUMN("time_per_gflop_s"), COLUMN("zero_flop_share"),
		COLUMN("suspect"),
	};

	BEGIN(table, arena, "networks", columns);
	for (int i = 0; i < study->network_count; i++)
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
			if (study->networks[i].passes[pass].present)
				add_network_pass(&study->networks[i], pass, table);
}

static void add_part(struct fc_table *table, const struct fc_study_network *network, enum fc_pass pass, const char *kind,
		     const char *name, const struct fc_part *part)
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
		COLUMN("network"), COLUMN("pass"), COLUMN("by"), COLUMN("part"), COLUMN("time_mean_s"), COLUMN("time_share"),
		COLUMN("flops"), COLUMN("flops_share"), COLUMN("bytes_min"),
	};

	BEGIN(table, arena, "parts", columns);
	for (int i = 0; i < study->network_count; i++) {
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
			const struct fc_study_pass *p = &study->networks[i].passes[pass];

			for (enum fc_phase phase = 0; phase < FC_PHASE_COUNT && p->present; phase++)
				add_part(table, &study->networks[i], pass, "phase", fc_phase_name(phase), &p->phases[phase]);
			for (enum fc_family family = 0; family < FC_FAMILY_COUNT && p->present; family++)
				add_part(table, &study->networks[i], pass, "family", fc_family_name(family), &p->families[family]);
		}
	}
}

static void build_relations(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		COLUMN("relation"), COLUMN("level"), COLUMN("pass"), COLUMN("network"), COLUMN("n"), COLUMN("clusters"),
		COLUMN("spearman"), COLUMN("kendall_tau_b"), COLUMN("pairs"), COLUMN("inverted"), COLUMN("inversion_rate"),
		COLUMN("inversion_rate_low"), COLUMN("inversion_rate_high"), COLUMN("exponent"), COLUMN("exponent_low"),
		COLUMN("exponent_high"), COLUMN("time_per_gflop_low_s"), COLUMN("time_per_gflop_median_s"),
		COLUMN("time_per_gflop_high_s"), COLUMN("spread"),
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
		COLUMN("relation"), COLUMN("model"), COLUMN("rate_flop_per_s"), COLUMN("overhead_s"), COLUMN("factor"),
		COLUMN("exponent"), COLUMN("bandwidth_byte_per_s"), COLUMN("parameters"), COLUMN("rss"), COLUMN("aicc"),
		COLUMN("akaike_weight"), COLUMN("error_factor"), COLUMN("cv_error_factor"),
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
		COLUMN("pass"), COLUMN("fewer_flops_longer_time"), COLUMN("more_flops_shorter_time"), COLUMN("flops_ratio"),
		COLUMN("time_ratio"),
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
		COLUMN("network"), COLUMN("epoch"), COLUMN("train_s"), COLUMN("validate_s"), COLUMN("train_images"),
		COLUMN("validate_images"), COLUMN("train_loss"), COLUMN("train_accuracy"), COLUMN("validate_loss"),
		COLUMN("validate_accuracy"),
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
	{ "networks", build_networks },	  { "layers", build_layers }, { "parts", build_parts },	  { "relations", build_relations },
	{ "fits", build_fits }, { "inversions", build_inversions }, { "epochs", build_epochs },
};

const struct fc_study_data *fc_study_data_at(int index)
{
	return index >= 0 && (size_t)index < sizeof(data) / sizeof(data[0]) ? &data[index] : NULL;
}
