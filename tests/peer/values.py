#!/usr/bin/env python3
"""What PyTorch computes for a small network that holds every kind of layer, as a file of reference values.

    python tests/peer/values.py > tests/golden/pytorch-values.csv

The network is tests/golden/everything.net; the same layers in the same order are written here with torch.nn. Pixels,
labels, weights and dropout masks are drawn from Philox streams, so that tests/unit/tracer_pytorch.c can draw
them again and nothing but results is stored. Values are computed in float64; beside each stands how far PyTorch's own
float32 is from it. A tensor of up to FULL values is stored whole, a larger one as some samples, three random projections
and its 2-norm.
"""

import copy
import platform
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.dont_write_bytecode = True
import philox  # noqa: E402

SEED = 20170825          # of the network: dropout masks
BATCH, CLASSES, SIDE, IMAGE = 4, 5, 12, 9
STEPS, RATE, MOMENTUM, DECAY, AUX = 4, 0.05, 0.9, 0.01, 0.3
MEAN, DEVIATION = 0.25, 0.5
FULL, SAMPLES, PROJECTIONS = 24, 8, 3
# Streams of this test alone, away from the kinds that flopclock draws from.
PIXELS, WEIGHTS, PROJECTION = 1 << 40, 2 << 40, 3 << 40


class Add(nn.Module):
    def forward(self, a, b):
        return a + b


class Concat(nn.Module):
    def forward(self, *parts):
        return torch.cat(parts, 1)


class Dropout(nn.Module):
    """Inverted dropout with the mask of flopclock: element i lives where uniform i of the node's stream is >= p."""

    def __init__(self, p):
        super().__init__()
        self.p, self.node, self.iteration = p, None, 0

    def forward(self, x):
        if not self.training:
            return x
        draw = philox.uniform(SEED, philox.stream(philox.DROPOUT, self.node, self.iteration), x.numel())
        mask = torch.from_numpy(draw >= np.float32(self.p)).reshape(x.shape).to(x.dtype)
        return x * mask / (1 - self.p)


class Dense(nn.Linear):
    def forward(self, x):
        return super().forward(x.flatten(1))


# (name, layer, inputs); "" is the layer above. The node index of flopclock is the row number, the input being 0.
LAYERS = [
    ("conv1", nn.Conv2d(3, 8, 3, padding=1), ["input"]),
    ("relu1", nn.ReLU(), [""]),
    ("conv2", nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False), [""]),
    ("bn2", nn.BatchNorm2d(16), [""]),
    ("relu2", nn.ReLU(), [""]),
    ("pool2", nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), [""]),
    # A residual block whose input is read three times, once by a projection.
    ("a1", nn.Conv2d(16, 16, 3, padding=1, groups=4, bias=False), ["pool2"]),
    ("bn_a1", nn.BatchNorm2d(16, eps=1e-3), [""]),
    ("relu_a1", nn.ReLU(), [""]),
    ("a2", nn.Conv2d(16, 16, 3, padding=1, bias=False), [""]),
    ("bn_a2", nn.BatchNorm2d(16), [""]),
    ("project", nn.Conv2d(16, 16, 1, bias=False), ["pool2"]),
    ("bn_project", nn.BatchNorm2d(16), [""]),
    ("add_a", Add(), ["bn_a2", "bn_project"]),
    ("relu_a", nn.ReLU(), [""]),
    ("add_b", Add(), ["relu_a", "pool2"]),
    # Branches side by side, of odd widths.
    ("b1", nn.Conv2d(16, 6, 1), ["add_b"]),
    ("sigmoid1", nn.Sigmoid(), [""]),
    ("b2", nn.AvgPool2d(3, 1, padding=1), ["add_b"]),
    ("b3", nn.MaxPool2d(3, 1, padding=1), ["add_b"]),
    ("b3_conv", nn.Conv2d(16, 10, 3, padding=2, dilation=2), [""]),
    ("concat", Concat(), ["sigmoid1", "b2", "b3_conv", "add_b"]),
    # The auxiliary head.
    ("aux_pool", nn.AdaptiveAvgPool2d(2), ["concat"]),
    ("aux_fc", Dense(48 * 4, CLASSES), [""]),
    # The network's answer.
    ("down", nn.AvgPool2d(2, 1), ["concat"]),
    ("bn3", nn.BatchNorm2d(48), [""]),
    ("relu3", nn.ReLU(), [""]),
    ("up", nn.AdaptiveAvgPool2d((5, 4)), [""]),
    ("conv3", nn.Conv2d(48, 12, (3, 1), stride=(2, 1), padding=(1, 0)), [""]),
    ("drop1", Dropout(0.25), [""]),
    ("fc1", Dense(12 * 3 * 4, 16), [""]),
    ("relu4", nn.ReLU(), [""]),
    ("drop2", Dropout(0.5), [""]),
    ("fc2", Dense(16, CLASSES), [""]),
]
AUX_LAYERS = ("aux_pool", "aux_fc")


class Everything(nn.Module):
    def __init__(self):
        super().__init__()
        for row, (name, layer, _) in enumerate(LAYERS, 1):
            layer = copy.deepcopy(layer)
            if isinstance(layer, Dropout):
                layer.node = row
            self.add_module(name, layer)

    def forward(self, x):
        """Values of all layers by name. Gradients of all of them are kept."""
        values, last = {"input": x}, "input"
        for name, _, inputs in LAYERS:
            if not self.training and name in AUX_LAYERS:
                continue
            values[name] = getattr(self, name)(*[values[i or last] for i in inputs])
            if values[name].requires_grad:
                values[name].retain_grad()
            last = name
        return values


def pixels(batch_index):
    draw = philox.words(SEED, PIXELS + batch_index, BATCH * IMAGE * IMAGE) & np.uint64(255)
    return draw.astype(np.uint8).reshape(BATCH, 1, IMAGE, IMAGE)


def labels(batch_index):
    return torch.tensor([(3 * i + batch_index) % CLASSES for i in range(BATCH)])


def images(batch_index, dtype):
    grey = torch.from_numpy(pixels(batch_index)).to(dtype)
    grey = F.interpolate(grey, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    return ((grey / 255 - MEAN) / DEVIATION).expand(-1, 3, -1, -1).contiguous()


def set_weights(network):
    """Value i of a parameter: (u - 0.5) * 2^-k with 2^-k next below 3 / sqrt(fan in); scales 0.5 + u; shifts u - 0.5."""
    for row, (name, _, _) in enumerate(LAYERS, 1):
        layer = getattr(network, name)
        for k, parameter in enumerate(layer.parameters(recurse=False)):
            u = philox.uniform(SEED, WEIGHTS + 2 * row + k, parameter.numel())
            if isinstance(layer, nn.BatchNorm2d):
                value = u + np.float32(0.5) if k == 0 else u - np.float32(0.5)
            else:
                fan = layer.weight[0].numel()
                value = (u - np.float32(0.5)) * np.float32(2.0 ** np.floor(np.log2(3 / np.sqrt(fan))))
            parameter.data.copy_(torch.from_numpy(value).reshape(parameter.shape))


def run(dtype):
    """All quantities as {(quantity, layer, item): array}."""
    network = Everything().to(dtype)
    set_weights(network)
    network.train()
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    out = {}

    def keep(quantity, layer, item, tensor):
        out[quantity, layer, item] = tensor.detach().double().numpy().reshape(-1).copy()

    for step in range(STEPS):
        for layer in network.modules():
            if isinstance(layer, Dropout):
                layer.iteration = step
        x = images(step, dtype)
        values = network(x)
        main = F.cross_entropy(values["fc2"], labels(step))
        aux = F.cross_entropy(values["aux_fc"], labels(step))
        optimizer.zero_grad()
        (main + AUX * aux).backward()
        keep("loss", "fc2", str(step), main)
        keep("loss", "aux_fc", str(step), aux)
        if step == 0:
            keep("value", "input", "", x)
            for name, layer, _ in LAYERS:
                keep("value", name, "", values[name])
                keep("value_gradient", name, "", values[name].grad)
                for k, parameter in enumerate(getattr(network, name).parameters(recurse=False)):
                    keep("gradient", name, str(k), parameter.grad)
        optimizer.step()
    for name, _, _ in LAYERS:
        layer = getattr(network, name)
        for k, parameter in enumerate(layer.parameters(recurse=False)):
            keep("weight", name, str(k), parameter)
        if isinstance(layer, nn.BatchNorm2d):
            keep("state", name, "0", layer.running_mean)
            keep("state", name, "1", layer.running_var)
    network.eval()
    values = network(images(STEPS, dtype))
    keep("validate_value", "fc2", "", values["fc2"])
    keep("validate_loss", "fc2", "0", F.cross_entropy(values["fc2"], labels(STEPS)))
    return out


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
    exact, single = run(torch.float64), run(torch.float32)
    print(f"# PyTorch {torch.__version__}, Python {platform.python_version()}, NumPy {np.__version__};"
          f" made by tests/peer/values.py; difference: PyTorch's float32 minus its float64")
    print("quantity,layer,item,count,kind,index,value,difference")
    for row, (name, layer, _) in enumerate(LAYERS, 1):
        if isinstance(layer, Dropout):
            print(f"node,{name},,1,at,0,{row},0")
    worst = 0.0
    for key, values in exact.items():
        near = describe(single[key])
        for (kind, index, value), (_, _, other) in zip(describe(values), near):
            print(",".join([*key, str(values.size), kind, str(index), f"{value:.9g}", f"{other - value:.1g}"]))
        scale = np.abs(values).max() or 1.0
        worst = max(worst, float(np.abs(single[key] - values).max() / scale))
    print(f"worst float32 difference relative to a tensor's largest value: {worst:.2e}", file=sys.stderr)


if __name__ == "__main__":
    main()
