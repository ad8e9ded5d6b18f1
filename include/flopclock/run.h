/*
 * The run folder: what the tracer writes and the report reads. The columns are tables here, so that the writer and the
 * reader cannot disagree. CSV conventions: flopclock/csv.h. Units stand in the names: _s seconds, _bytes bytes.
 */
#ifndef FLOPCLOCK_RUN_H
#define FLOPCLOCK_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"

#define FC_RUN_SCHEMA 1		/* written as "schema" in run.json; a reader refuses any other */

/* costs.csv: a row per node and phase of a training iteration (batch included). validate is 1 where validation runs it. */
#define FC_COSTS_COLUMNS(X) \
	X(layer_index) X(layer) X(op) X(phase) X(validate) X(macs) X(flops) X(params) X(bytes_read) X(bytes_written) \
	X(bytes_min) X(output_shape)

/*
 * layers.csv: a row per executed step and pass. `covers` lists other steps that it computes as "layer:phase",
 * blank-separated; macs, flops and bytes_min are sums over all of them, per iteration. steps counts measured iterations.
 *
 * Time that belongs to no step, if there is any, is a row of its own behind those of the pass: its layer has the name
 * below, layer_index, op and phase are empty. kernels.csv says in the same way what it was.
 */
#define FC_RUN_UNATTRIBUTED "(unattributed)"

#define FC_LAYERS_COLUMNS(X) \
	X(layer_index) X(layer) X(op) X(phase) X(pass) X(covers) X(macs) X(flops) X(bytes_min) X(steps) X(kernels_per_step) \
	X(time_median_s) X(time_mad_s) X(time_p95_s) X(time_min_s) X(time_total_s)

/*
 * kernels.csv: a row per kernel, step and pass; copies and memsets are rows too. grid and block are "128x1x1"; one kernel
 * launched in two ways has two rows. The last four columns are empty where there is no such launch, as on a CPU.
 */
#define FC_KERNELS_COLUMNS(X) \
	X(kernel) X(layer_index) X(layer) X(op) X(phase) X(pass) X(count) X(time_total_s) X(time_median_s) X(grid) X(block) \
	X(registers) X(shared_bytes)

/* steps.csv: a row per iteration; measured is 0 for warm-up. loss is the mean of the batch (head 0). */
#define FC_STEPS_COLUMNS(X) \
	X(step) X(epoch) X(pass) X(measured) X(images) X(wall_s) X(kernel_sum_s) X(device_busy_s) X(idle_s) X(loss) X(correct)

/* epochs.csv: accuracies are shares of 1; images_per_s is of training, measured iterations only. */
#define FC_EPOCHS_COLUMNS(X) \
	X(epoch) X(train_s) X(validate_s) X(train_images) X(validate_images) X(train_loss) X(train_accuracy) \
	X(validate_loss) X(validate_accuracy) X(images_per_s) X(validate_images_per_s)

/*
 * run.json, all members always present:
 *   schema 1, program "flopclock", version, status "complete" | "suspect", anomalies [text...],
 *   command [text...], started "2026-01-31T12:00:00Z", finished,
 *   model {name, path, settings, digest, layers, params, macs, flops}        macs, flops: forward, per image, rule core
 *   configuration {input "3x64x64", classes, batch, epochs, steps, validate_steps, warmup, precision, deterministic,
 *                  autotune, replay, seed, preset, rate, momentum, weight_decay}
 *   data {path, train_images, validate_images, train_digest, validate_digest, mean, deviation}
 *   device {backend, kind "cpu"|"cuda", name, ...whatever the backend describes}
 *   probe {name, ..., overhead, untraced_images_per_s, traced_images_per_s}
 *       overhead: by which share the same first steps took longer than without a probe; null: not measured
 *   host {cpu, cores, memory_bytes, system, kernel, compiler}
 *   memory {announced_bytes, allocated_bytes, peak_bytes, by role...}
 *       peak_bytes: most that was taken of the device, on a CPU by the process, since it was opened
 *   plans [{pass, layer, op, phase, ...whatever the backend tells of how it computes the step}]
 *   totals {train {iterations, measured_iterations, images, wall_s, kernel_sum_s, device_busy_s, idle_s,
 *           copy_exposed_s, overlap_s, unattributed_s, kernels, copies, fills, images_per_s}, validate {same}}
 *       measured iterations only, except iterations. kernel_sum_s: kernels one by one; device_busy_s: when anything ran;
 *       copy_exposed_s: copying while no kernel ran; overlap_s: times of the steps, one by one, beyond device_busy_s
 *   closure {train {wall_ns, busy_ns, idle_ns, difference_ns}, validate {same}, outside_ns}
 *       wall = busy + idle, each added up by itself: the difference is 0. outside: what ran between iterations
 */
struct fc_run_layer {
	int layer_index;
	const char *layer, *op, *phase, *pass, *covers;
	uint64_t macs, flops, bytes_min, steps;
	double kernels_per_step, time_median_s, time_mad_s, time_p95_s, time_min_s, time_total_s;
};

/* A row of costs.csv. */
struct fc_run_cost {
	int layer_index;
	const char *layer, *op, *phase, *output_shape;
	bool validate;				/* validation runs it too */
	uint64_t macs, flops, params, bytes_read, bytes_written, bytes_min;
};

struct fc_run_epoch {
	int epoch;
	double train_s, validate_s, train_loss, train_accuracy, validate_loss, validate_accuracy;
	double images_per_s, validate_images_per_s;
	uint64_t train_images, validate_images;
};

struct fc_run_totals {
	uint64_t iterations, measured_iterations, images;
	double wall_s, kernel_sum_s, device_busy_s, idle_s, unattributed_s, images_per_s;
	double copy_exposed_s, overlap_s;	/* NaN in runs of older versions */
};

/* A run folder, read and checked. Texts and rows are in the arena. */
struct fc_run {
	struct fc_arena arena;
	const char *path, *status, *version, *started, *finished;
	const char *model, *model_settings, *model_digest;
	uint64_t params, macs, flops;		/* forward, per image */
	const char *input;			/* "3x64x64" */
	uint64_t classes, batch, configured_epochs, seed, warmup;
	const char *precision, *preset;
	double rate, momentum, weight_decay;
	const char *data_path, *data_digest;
	uint64_t train_images, validate_images;	/* in the data set */
	const char *backend, *device_kind, *device_name, *probe;
	const char *host_cpu, *host_system;
	uint64_t host_cores, host_memory_bytes, announced_bytes, allocated_bytes;
	int anomaly_count;
	const char **anomalies;
	struct fc_run_totals train, validate;
	int layer_count, epoch_count, cost_count;
	struct fc_run_layer *layers;
	int remainder_count;			/* rows behind the layers: time that belongs to no step */
	struct fc_run_cost *costs;
	struct fc_run_epoch *epochs;
	/* run.json as read (jansson's json_t *), for parts that only one place needs; owned by the run. */
	void *json;
};

/* Damaged, half-written, foreign or other-schema folders are refused by name and reason. */
int fc_run_read(const char *path, struct fc_run *run, struct fc_error *err);
void fc_run_release(struct fc_run *run);

#endif
