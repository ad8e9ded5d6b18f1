/*
 * cuDNN's words for how an engine computes and for what can be chosen in it: its enumerations in order. They are told by number, so
 * that headers of another version build, and numbers that came later have a word too.
 */
#include "conv_cudnn.h"

#define NUMERICAL_NOTES(X)                                                                                      \
	X(tensor_core) X(down_convert_inputs) X(reduced_precision_reduction) X(fft) X(nondeterministic)         \
	X(winograd) X(winograd_tile_4x4) X(winograd_tile_6x6) X(winograd_tile_13x13) X(strict_nan_prop)

#define BEHAVIOUR_NOTES(X)                                                                                      \
	X(runtime_compilation) X(requires_filter_int8x32_reorder) X(requires_bias_int8x32_reorder)              \
	X(supports_cuda_graph_native_api) X(cublaslt_dependency)

#define KNOBS(X)                                                                                                \
	X(split_k) X(swizzle) X(tile_size) X(use_tex) X(edge) X(kblock) X(ldga) X(ldgb) X(chunk_k)              \
	X(split_h) X(wino_tile) X(multiply) X(split_k_buf) X(tilek) X(stages) X(reduction_mode)                 \
	X(cta_split_k_mode) X(split_k_slc) X(idx_mode) X(sliced) X(split_rs) X(singlebuffer) X(ldgc)            \
	X(specfilt) X(kernel_cfg) X(workspace) X(tile_cga) X(tile_cga_m) X(tile_cga_n) X(block_size)            \
	X(occupancy) X(array_size_per_thread) X(num_c_per_block) X(split_cols) X(tile_rows) X(tile_cols)        \
	X(load_size) X(cta_count) X(stream_k) X(split_p_slc) X(tile_m) X(tile_n) X(warp_spec_cfg) X(swap_ab)

#define X(name) #name,
static const char *const numerical_notes[] = { NUMERICAL_NOTES(X) };
static const char *const behaviour_notes[] = { BEHAVIOUR_NOTES(X) };
static const char *const knob_names[] = { KNOBS(X) };
#undef X

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_names(struct fc_str *out, unsigned bits, const char *const *names, size_t count)
{
	for (unsigned i = 0; i < 32; i++) {
		if (!(bits & 1u << i))
			continue;
		fc_str_add(out, out->length ? " " : "");
		if (i < count)
			fc_str_add(out, names[i]);
		else
			fc_str_addf(out, "note_%u", i);
	}
}

void conv_notes(const struct conv_candidate *candidate, struct fc_str *out)
{
	fc_str_add(out, "");
	add_names(out, candidate->notes, numerical_notes, COUNT(numerical_notes));
	add_names(out, candidate->behaviour, behaviour_notes, COUNT(behaviour_notes));
}

void conv_add_knob(struct fc_str *out, unsigned knob, int64_t value)
{
	fc_str_add(out, out->length ? " " : "");
	if (knob < COUNT(knob_names))
		fc_str_add(out, knob_names[knob]);
	else
		fc_str_addf(out, "knob_%u", knob);
	fc_str_addf(out, "=%lld", (long long)value);
}
