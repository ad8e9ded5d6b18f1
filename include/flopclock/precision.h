/* What products are computed in. tf32 and bf16 use tensor cores; bf16 keeps fp32 master weights. */
#ifndef FLOPCLOCK_PRECISION_H
#define FLOPCLOCK_PRECISION_H

#define FC_PRECISIONS(X) X(FP32, fp32) X(TF32, tf32) X(BF16, bf16)

enum fc_precision {
#define X(upper, lower) FC_PRECISION_##upper,
	FC_PRECISIONS(X)
#undef X
	FC_PRECISION_COUNT
};

const char *fc_precision_name(enum fc_precision precision);	/* "tf32" */

#endif
