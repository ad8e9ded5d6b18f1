/* What the readers of protobuf-c's messages share. */
#ifndef ANALYZER_ONNX_UNPACK_PROTOBUF_H
#define ANALYZER_ONNX_UNPACK_PROTOBUF_H

#include "onnx.pb-c.h"

#include "onnx_model.h"

struct onnx_reader {
	struct fc_arena *arena;
	struct fc_error *err;
	int tensors;	/* read so far */
};

/* A copy; "" for what is not there. */
const char *fc_onnx_text(struct onnx_reader *reader, const char *from);

int fc_onnx_read_tensor(struct onnx_reader *reader, const Onnx__TensorProto *from, struct onnx_tensor *to);
/* Shape and type are enough of a sparse tensor. */
int fc_onnx_read_sparse(struct onnx_reader *reader, const Onnx__SparseTensorProto *from, struct onnx_tensor *to);

#endif
