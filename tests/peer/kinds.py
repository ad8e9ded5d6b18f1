#!/usr/bin/env python3
"""What PyTorch computes for single layers of every kind, forward and backward, as a file of reference values.

    python tests/peer/kinds.py > tests/golden/pytorch-kinds.csv

Each layer stands there as the model language has it. Inputs, parameters and the gradient of the output are functions of Philox
streams, which tests/unit/tracer_leaf.h draws alike. Values are computed in float64. A tensor of up to FULL values is stored
whole, a larger one as some samples, three random projections and its 2-norm.
"""

import platform
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.dont_write_bytecode = True
import philox  # noqa: E402

SEED, X, DY, PARAM, PROJECTION = 7, 10, 31, 40, 3 << 40
FULL, SAMPLES, PROJECTIONS = 16, 6, 3


def draw(shape, stream):
    """leaf_random() of tracer_leaf.h, in float32 as there."""
    u = np.float32(2) * philox.uniform(SEED, stream, int(np.prod(shape))) - np.float32(1)
    value = np.where(u < 0, np.float32(0.9) * u - np.float32(0.1), np.float32(0.9) * u + np.float32(0.1))
    return value.astype(np.float32).reshape(shape)


def recurrent(kind, hidden, reverse=False):
    def run(x, *p):
        layer = kind(x.shape[3], hidden, bias=len(p) == 4, batch_first=True)
        weights = dict(zip(["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"], [q.flatten() if q.shape[1] == 1 and i > 1
                           else q[:, :, 0, 0] for i, q in enumerate(p)]))
        sequences = x.reshape(-1, x.shape[2], x.shape[3])
        if reverse:
            sequences = sequences.flip(1)
        y = torch.func.functional_call(layer.double(), weights, (sequences,))[0]
        return (y.flip(1) if reverse else y).reshape(*x.shape[:3], hidden)
    return run


def dropout(p):
    def run(x):
        keep = philox.uniform(5, philox.stream(philox.DROPOUT, 1, 3), x.numel()) >= np.float32(p)
        return x * torch.from_numpy(keep).double().reshape(x.shape) / (1 - p)
    return run


def stochastic_depth(p):
    def run(x):
        keep = philox.uniform(5, philox.stream(philox.DROPOUT, 1, 3), x.shape[0]) >= np.float32(p)
        return x * torch.from_numpy(keep).double().reshape(-1, 1, 1, 1) / (1 - p)
    return run


def dense(x, w, *b):
    return F.linear(x.flatten(1), w[:, :, 0, 0], b[0].flatten() if b else None).reshape(x.shape[0], -1, 1, 1)


def linear(x, w, *b):
    return F.linear(x, w[:, :, 0, 0], b[0].flatten() if b else None)


def channels_norm(x, scale, shift):
    return F.layer_norm(x.permute(0, 2, 3, 1), (x.shape[1],), scale.flatten(), shift.flatten()).permute(0, 3, 1, 2)


def embedding(x, w):
    return F.embedding(x.detach().round().clamp(0, w.shape[0] - 1).long()[..., 0], w[:, :, 0, 0])


def vec(*p):
    return [q.flatten() for q in p]


IMAGE, SMALL = [(2, 3, 4, 4)], [(2, 2, 3, 4)]
# (statement, shapes of the inputs, spread, shift, shapes of the parameters, function of inputs and parameters)
LAYERS = [
    ("conv 4 3x2 stride=2x1 pad=1x0 dilation=1x2 groups=2", [(2, 4, 6, 7)], 1, 0, [(4, 2, 3, 2), (4, 1, 1, 1)],
     lambda x, w, b: F.conv2d(x, w, b.flatten(), (2, 1), (1, 0), (1, 2), 2)),
    ("conv 2 3x1 pad=1x0 pad_end=2x0 stride=2", [(2, 2, 5, 4)], 1, 0, [(2, 2, 3, 1), (2, 1, 1, 1)],
     lambda x, w, b: F.conv2d(F.pad(x, (0, 0, 1, 2)), w, b.flatten(), 2)),
    ("conv 1 1", [(1, 1, 1, 1)], 1, 0, [(1, 1, 1, 1), (1, 1, 1, 1)], lambda x, w, b: F.conv2d(x, w, b.flatten())),
    ("conv 6 3 pad=1 groups=6 bias=false", [(1, 6, 9, 5)], 1, 0, [(6, 1, 3, 3)], lambda x, w: F.conv2d(x, w, None, 1, 1, 1, 6)),
    ("conv 2 5x7 stride=3x2 pad=2x3", [(1, 3, 11, 13)], 1, 0, [(2, 3, 5, 7), (2, 1, 1, 1)],
     lambda x, w, b: F.conv2d(x, w, b.flatten(), (3, 2), (2, 3))),
    ("conv 6 2x4 stride=1x3 pad=1x2 dilation=3x1 groups=3", [(1, 9, 6, 7)], 1, 0, [(6, 3, 2, 4), (6, 1, 1, 1)],
     lambda x, w, b: F.conv2d(x, w, b.flatten(), (1, 3), (1, 2), (3, 1), 3)),
    ("conv 1 3 pad=7x5", [(1, 1, 5, 6)], 1, 0, [(1, 1, 3, 3), (1, 1, 1, 1)], lambda x, w, b: F.conv2d(x, w, b.flatten(), 1, (7, 5))),
    ("conv_transpose 4 3x2 stride=2x3 pad=1x0 out_pad=1x2 groups=2", [(2, 6, 3, 5)], 1, 0, [(6, 2, 3, 2), (4, 1, 1, 1)],
     lambda x, w, b: F.conv_transpose2d(x, w, b.flatten(), (2, 3), (1, 0), (1, 2), 2)),
    ("conv_transpose 4 3 stride=3x2 pad=2x1 out_pad=2x0 dilation=2 groups=4 bias=false", [(1, 4, 5, 3)], 1, 0, [(4, 1, 3, 3)],
     lambda x, w: F.conv_transpose2d(x, w, None, (3, 2), (2, 1), (2, 0), 4, 2)),
    ("dense 7", [(3, 2, 5, 3)], 1, 0, [(7, 30, 1, 1), (7, 1, 1, 1)], dense),
    ("dense 1 bias=false", [(1, 7, 1, 1)], 1, 0, [(1, 7, 1, 1)], dense),
    ("conv_transpose 4 3", [(2, 3, 4, 5)], 1, 0, [(3, 4, 3, 3), (4, 1, 1, 1)],
     lambda x, w, b: F.conv_transpose2d(x, w, b.flatten())),
    ("conv_transpose 4 3x2 stride=2 pad=1 out_pad=1x0 groups=2", [(2, 4, 3, 4)], 1, 0, [(4, 2, 3, 2), (4, 1, 1, 1)],
     lambda x, w, b: F.conv_transpose2d(x, w, b.flatten(), 2, 1, (1, 0), 2)),
    ("conv_transpose 2 2 dilation=2 bias=false", [(1, 2, 3, 3)], 1, 0, [(2, 2, 2, 2)],
     lambda x, w: F.conv_transpose2d(x, w, dilation=2)),
    ("linear 4", [(2, 2, 3, 5)], 1, 0, [(4, 5, 1, 1), (4, 1, 1, 1)], linear),
    ("linear 3 bias=false", [(2, 1, 4, 2)], 1, 0, [(3, 2, 1, 1)], linear),
    ("matmul in x1", [(2, 2, 3, 4), (2, 2, 4, 2)], 1, 0, [], torch.matmul),
    ("matmul in x1 transpose_a", [(2, 2, 4, 3), (2, 2, 4, 2)], 1, 0, [], lambda a, b: a.mT @ b),
    ("matmul in x1 transpose_b", [(2, 2, 3, 4), (2, 2, 2, 4)], 1, 0, [], lambda a, b: a @ b.mT),
    ("lstm 3", [(2, 1, 4, 2)], 1, 0, [(12, 2, 1, 1), (12, 3, 1, 1), (12, 1, 1, 1), (12, 1, 1, 1)], recurrent(nn.LSTM, 3)),
    ("lstm 2 bias=false reverse", [(1, 2, 3, 3)], 1, 0, [(8, 3, 1, 1), (8, 2, 1, 1)], recurrent(nn.LSTM, 2, True)),
    ("gru 3", [(2, 1, 4, 2)], 1, 0, [(9, 2, 1, 1), (9, 3, 1, 1), (9, 1, 1, 1), (9, 1, 1, 1)], recurrent(nn.GRU, 3)),
    ("gru 2 bias=false reverse", [(1, 2, 3, 3)], 1, 0, [(6, 3, 1, 1), (6, 2, 1, 1)], recurrent(nn.GRU, 2, True)),
    ("batch_norm", [(4, 3, 2, 5)], 1, 0, [(3, 1, 1, 1)] * 2, lambda x, *p: F.batch_norm(x, None, None, *vec(*p), True)),
    ("batch_norm epsilon=0.1", [(7, 1, 1, 1)], 1, 5, [(1, 1, 1, 1)] * 2,
     lambda x, *p: F.batch_norm(x, None, None, *vec(*p), True, eps=0.1)),
    ("layer_norm", [(2, 2, 2, 5)], 1, 0, [(5, 1, 1, 1)] * 2, lambda x, *p: F.layer_norm(x, (5,), *vec(*p))),
    ("layer_norm sides=2 epsilon=0.001", [(2, 2, 3, 3)], 1, 0, [(9, 1, 1, 1)] * 2,
     lambda x, *p: F.layer_norm(x, (3, 3), *[q.reshape(3, 3) for q in p], 1e-3)),
    ("layer_norm sides=3", [(2, 2, 3, 2)], 1, 0, [(12, 1, 1, 1)] * 2,
     lambda x, *p: F.layer_norm(x, (2, 3, 2), *[q.reshape(2, 3, 2) for q in p])),
    ("layer_norm channels", [(2, 5, 2, 3)], 1, 0, [(5, 1, 1, 1)] * 2, channels_norm),
    ("group_norm 2", [(2, 4, 3, 2)], 1, 0, [(4, 1, 1, 1)] * 2, lambda x, *p: F.group_norm(x, 2, *vec(*p))),
    ("group_norm 3", [(2, 3, 3, 3)], 1, 0, [(3, 1, 1, 1)] * 2, lambda x, *p: F.group_norm(x, 3, *vec(*p))),
    ("local_response_norm 3 alpha=0.5", [(2, 5, 2, 2)], 1, 0, [], lambda x: F.local_response_norm(x, 3, 0.5)),
    ("local_response_norm 4 alpha=0.8 beta=0.5 k=2", [(1, 6, 2, 2)], 1, 0, [],
     lambda x: F.local_response_norm(x, 4, 0.8, 0.5, 2)),
    ("softmax", [(2, 4, 2, 3)], 1, 0, [], lambda x: F.softmax(x, 1)),
    ("softmax axis=3", [(2, 2, 2, 5)], 1, 0, [], lambda x: F.softmax(x, 3)),
    ("relu", IMAGE, 1, 0, [], F.relu),
    ("relu6", IMAGE, 8, 0, [], F.relu6),
    ("leaky_relu slope=0.2", IMAGE, 1, 0, [], lambda x: F.leaky_relu(x, 0.2)),
    ("elu alpha=1.5", IMAGE, 1, 0, [], lambda x: F.elu(x, 1.5)),
    ("sigmoid", IMAGE, 4, 0, [], torch.sigmoid),
    ("hard_sigmoid", IMAGE, 5, 0, [], F.hardsigmoid),
    ("silu", IMAGE, 4, 0, [], F.silu),
    ("hard_swish", IMAGE, 5, 0, [], F.hardswish),
    ("gelu", IMAGE, 3, 0, [], F.gelu),
    ("gelu approximate", IMAGE, 3, 0, [], lambda x: F.gelu(x, approximate="tanh")),
    ("mish", IMAGE, 4, 0, [], F.mish),
    ("tanh", IMAGE, 1, 0, [], torch.tanh),
    ("softplus", IMAGE, 4, 0, [], F.softplus),
    ("exp", IMAGE, 1, 0, [], torch.exp),
    ("log", IMAGE, 1, 2, [], torch.log),
    ("sqrt", IMAGE, 1, 2, [], torch.sqrt),
    ("erf", IMAGE, 2, 0, [], torch.erf),
    ("abs", IMAGE, 1, 0, [], torch.abs),
    ("power 2.5", IMAGE, 1, 2, [], lambda x: x ** 2.5),
    ("power 3", IMAGE, 1, 0, [], lambda x: x ** 3),
    ("scale -0.5 offset=2", IMAGE, 1, 0, [], lambda x: -0.5 * x + 2),
    ("clip -0.5 0.75", IMAGE, 1, 0, [], lambda x: x.clamp(-0.5, 0.75)),
    ("dropout 0.3", [(2, 3, 5, 1)], 1, 0, [], dropout(0.3)),
    ("stochastic_depth 0.5", [(6, 2, 2, 2)], 1, 0, [], stochastic_depth(0.5)),
    ("max_pool 3 stride=2 pad=0 pad_end=1", [(1, 2, 6, 8)], 1, 0, [],
     lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-1e9), 3, 2)),
    ("max_pool 5x3 stride=4x1 pad=2x1 ceil", [(1, 2, 11, 5)], 1, 0, [],
     lambda x: F.max_pool2d(x, (5, 3), (4, 1), (2, 1), ceil_mode=True)),
    ("max_pool 2 stride=5", [(3, 1, 6, 6)], 1, 0, [], lambda x: F.max_pool2d(x, 2, 5)),
    ("avg_pool 4x1 stride=1x2 pad=2x0 ceil", [(1, 2, 8, 9)], 1, 0, [], lambda x: F.avg_pool2d(x, (4, 1), (1, 2), (2, 0), True)),
    ("avg_pool 3 stride=2 pad=1 exclude_pad", [(2, 2, 6, 5)], 1, 0, [],
     lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)),
    ("avg_pool 3 stride=2 pad=1 ceil exclude_pad", [(2, 2, 6, 5)], 1, 0, [],
     lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)),
    ("adaptive_max_pool 2x3", [(1, 2, 5, 7)], 1, 0, [], lambda x: F.adaptive_max_pool2d(x, (2, 3))),
    ("adaptive_avg_pool 5x2", [(1, 2, 3, 7)], 1, 0, [], lambda x: F.adaptive_avg_pool2d(x, (5, 2))),
    ("mean 1", [(2, 4, 2, 3)], 1, 0, [], lambda x: x.mean(1, keepdim=True)),
    ("mean 3", SMALL, 1, 0, [], lambda x: x.mean(3, keepdim=True)),
    ("resize size=7x5", [(1, 2, 3, 4)], 1, 0, [], lambda x: F.interpolate(x, (7, 5))),
    ("resize scale=2", SMALL, 1, 0, [], lambda x: F.interpolate(x, scale_factor=2)),
    ("resize scale=2 bilinear", SMALL, 1, 0, [], lambda x: F.interpolate(x, scale_factor=2, mode="bilinear")),
    ("resize size=2x7 bilinear align_corners", [(1, 2, 5, 4)], 1, 0, [],
     lambda x: F.interpolate(x, (2, 7), mode="bilinear", align_corners=True)),
    ("add in x1", [(2, 3, 2, 4), (2, 1, 2, 1)], 1, 0, [], lambda a, b: a + b),
    ("subtract in x1", [(2, 1, 3, 3), (2, 2, 1, 3)], 1, 0, [], lambda a, b: a - b),
    ("multiply in x1", [(2, 3, 1, 1), (2, 3, 3, 2)], 1, 0, [], lambda a, b: a * b),
    ("multiply in x1 x2", [(2, 3, 2, 2), (2, 1, 2, 1), (2, 3, 2, 2)], 1, 0, [], lambda a, b, c: a * b * c),
    ("divide in x1", [(2, 3, 2, 2), (2, 3, 1, 1)], 1, 3, [], lambda a, b: a / b),
    ("maximum in x1", [(2, 3, 2, 2), (2, 1, 2, 2)], 1, 0, [], torch.maximum),
    ("minimum in x1", [(2, 3, 2, 2), (2, 3, 2, 1)], 1, 0, [], torch.minimum),
    ("concat in x1", [(2, 3, 2, 2), (2, 1, 2, 2)], 1, 0, [], lambda a, b: torch.cat([a, b], 1)),
    ("slice 1 3", [(2, 5, 2, 3)], 1, 0, [], lambda x: x[:, 1:4]),
    ("slice 1 2 axis=3 step=2", [(2, 2, 3, 6)], 1, 0, [], lambda x: x[..., 1:5:2]),
    ("pad 1x2", [(2, 2, 3, 3)], 1, 0, [], lambda x: F.pad(x, (2, 2, 1, 1))),
    ("pad 1 end=0x2 value=0.5", [(1, 2, 3, 3)], 1, 0, [], lambda x: F.pad(x, (1, 2, 1, 0), value=0.5)),
    ("pad 2x1 reflect", [(1, 2, 4, 3)], 1, 0, [], lambda x: F.pad(x, (1, 1, 2, 2), mode="reflect")),
    ("pad 2 end=1 edge", [(1, 2, 3, 3)], 1, 0, [], lambda x: F.pad(x, (2, 1, 2, 1), mode="replicate")),
    ("reshape 3 2 4", SMALL, 1, 0, [], lambda x: x.reshape(2, 3, 2, 4)),
    ("permute 3 1 2", SMALL, 1, 0, [], lambda x: x.permute(0, 3, 1, 2)),
    ("permute 2 3 1", SMALL, 1, 0, [], lambda x: x.permute(0, 2, 3, 1)),
    ("channel_shuffle 3", [(2, 6, 2, 2)], 1, 0, [], lambda x: F.channel_shuffle(x, 3)),
    ("embedding 5 3", [(2, 2, 3, 1)], 3, 2, [(5, 3, 1, 1)], embedding),
    ("learned 2 3 2", [(2, 1, 1, 1)], 1, 0, [(1, 2, 3, 2)], lambda x, w: w.expand(2, -1, -1, -1)),
]


def describe(values):
    """(kind, index, value): the whole tensor, or samples, projections on uniform numbers, and the norm."""
    n = values.size
    if n <= FULL:
        return [("at", i, values[i]) for i in range(n)]
    rows = [("at", i * (n - 1) // (SAMPLES - 1), values[i * (n - 1) // (SAMPLES - 1)]) for i in range(SAMPLES)]
    for j in range(PROJECTIONS):
        direction = philox.uniform(SEED, PROJECTION + j, n).astype(np.float64) - 0.5
        rows.append(("dot", j, float(values @ direction)))
    rows.append(("norm", 0, float(np.linalg.norm(values))))
    return rows


def main():
    torch.set_num_threads(1)
    print("layer,inputs,spread,shift,quantity,count,kind,index,value")
    print(f"# PyTorch {torch.__version__}; Python {platform.python_version()}; NumPy {np.__version__}; made by tests/peer/kinds.py"
          + "," * 8)
    for text, shapes, spread, shift, params, function in LAYERS:
        x = [torch.from_numpy(draw(s, X + k) * np.float32(spread) + np.float32(shift)).double().requires_grad_()
             for k, s in enumerate(shapes)]
        p = [torch.from_numpy(draw(s, PARAM + k)).double().requires_grad_() for k, s in enumerate(params)]
        y = function(*x, *p)
        y.backward(torch.from_numpy(draw(tuple(y.shape), DY)).double())
        quantities = [("y", y)]
        quantities += [(f"dx{k}", t.grad) for k, t in enumerate(x) if t.grad is not None]
        quantities += [(f"dp{k}", t.grad) for k, t in enumerate(p)]
        inputs = " ".join("x".join(map(str, s)) for s in shapes)
        for name, tensor in quantities:
            values = tensor.detach().numpy().reshape(-1)
            for kind, index, value in describe(values):
                print(f"{text},{inputs},{spread},{shift},{name},{values.size},{kind},{index},{value:.9g}")


if __name__ == "__main__":
    main()
