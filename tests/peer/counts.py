#!/usr/bin/env python3
"""Counts every shipped network again with PyTorch and compares with `flopclock analyze`.

    python tests/peer/counts.py [--program build/flopclock] [--batch N] [NETWORK...]

Two independent observers: torch.utils.flop_counter below autograd (what forward and backward really called), and hooks on
the modules of torchvision's networks (elements per kind). Prints one line per quantity that differs and a summary per
network; exit status 1 when anything differs.
"""

import argparse
import json
import subprocess
import sys
import warnings
from collections import OrderedDict

import torch
import torch.nn as nn
import torchvision
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

warnings.filterwarnings("ignore")

# Inputs: the paper's, the demo's and an odd one, where the network takes it.
INPUTS = {
    "lenet5": ["1x28x28"],
    "default": ["3x224x224", "3x64x64", "3x97x71"],
}
NETWORKS = ["lenet5", "alexnet", "vgg11", "vgg16", "googlenet", "googlenet+aux", "resnet18", "resnet34", "densenet121", "densenet161"]


def lenet5(classes):
    """As Dive into Deep Learning has it; layers with parameters carry the names of models/lenet5.net."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 6, 5, padding=2), sigmoid1=nn.Sigmoid(), pool1=nn.AvgPool2d(2, 2),
        conv2=nn.Conv2d(6, 16, 5), sigmoid2=nn.Sigmoid(), pool2=nn.AvgPool2d(2, 2), flatten=nn.Flatten(),
        fc1=nn.Linear(400, 120), sigmoid3=nn.Sigmoid(), fc2=nn.Linear(120, 84), sigmoid4=nn.Sigmoid(),
        fc3=nn.Linear(84, classes)))


def network(name, classes):
    if name == "lenet5":
        return lenet5(classes)
    name, aux = name.removesuffix("+aux"), name.endswith("+aux")
    extra = {"aux_logits": aux, "init_weights": False} if name == "googlenet" else {}
    return getattr(torchvision.models, name)(weights=None, num_classes=classes, **extra)


def loss(outputs):
    """Cross-entropy of every head there is, as one number to differentiate."""
    heads = outputs if isinstance(outputs, tuple) else (outputs,)
    return sum(nn.functional.cross_entropy(h, torch.zeros(h.shape[0], dtype=torch.long)) for h in heads)


def hooked(model, x):
    """Elements per kind of layer in one forward pass."""
    counts = {}

    def add(kind, amount):
        counts[kind] = counts.get(kind, 0) + int(amount)

    def hook(module, inputs, output):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            if module.bias is not None:
                add("bias_adds", output.numel())
        elif isinstance(module, nn.BatchNorm2d):
            add("norm_elements", output.numel())
        elif isinstance(module, (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)):
            add("pool_input_elements", inputs[0].numel())
            add("pool_output_elements", output.numel())

    handles = [m.register_forward_hook(hook) for m in model.modules()]
    model(x)
    for handle in handles:
        handle.remove()
    return counts


def traced(model, x):
    """Elements of functions that need no module, seen below autograd."""
    counts = {"activation_elements": 0, "add_elements": 0}

    class Mode(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            name = function.overloadpacket.__name__
            if name in ("relu", "relu_", "sigmoid", "sigmoid_"):
                counts["activation_elements"] += out.numel()
            elif name in ("add", "add_") and isinstance(out, torch.Tensor) and out.dim() == 4:
                counts["add_elements"] += out.numel()
            return out

    with Mode():
        model(x)
    return counts


def flop_counter(model, x):
    """MACs of forward, and of forward and backward together, as autograd called them."""
    with FlopCounterMode(display=False) as forward:
        model(x)
    with FlopCounterMode(display=False) as both:
        loss(model(x)).backward()
    return forward.get_total_flops() // 2, both.get_total_flops() // 2


def pytorch(name, shape, classes, batch):
    torch.manual_seed(0)
    model = network(name, classes).train()
    x = torch.randn(batch, *shape)
    forward, both = flop_counter(model, x)
    params = sum(p.numel() for p in model.parameters())
    # Elements are those of the pass that answers; auxiliary heads are not in it.
    if name.endswith("+aux"):
        model.aux1 = model.aux2 = None
        model.aux_logits = False
    counts = hooked(model, x)
    dispatched = traced(model, x)
    if name.startswith("densenet"):  # torchvision pools and flattens there with functions
        features = model.features(x)
        counts["pool_input_elements"] += features.numel()
        counts["pool_output_elements"] += features.shape[0] * features.shape[1]
    return {
        "params": params,
        "forward macs": forward,
        "training macs": both,
        "bias_adds": counts.get("bias_adds", 0),
        "norm_elements": counts.get("norm_elements", 0),
        "activation_elements": dispatched["activation_elements"],
        "pool_input_elements": counts.get("pool_input_elements", 0),
        "pool_output_elements": counts.get("pool_output_elements", 0),
        "add_elements": dispatched["add_elements"],
    }


def flopclock(program, name, shape, classes, batch):
    command = [program, "analyze", name.removesuffix("+aux"), "--format", "json", "--input", "x".join(map(str, shape)),
               "--classes", str(classes), "--batch", str(batch)]
    if name.endswith("+aux"):
        command += ["--set", "aux=true"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    model = json.loads(text)[0]
    phases, counts = model["phases"], model["counts"]
    out = {key: counts[key] for key in ("bias_adds", "norm_elements", "activation_elements", "pool_input_elements",
                                        "pool_output_elements", "add_elements")}
    out["params"] = model["params"]
    out["forward macs"] = phases["forward"]["macs"]
    out["training macs"] = sum(phases[p]["macs"] for p in ("forward", "backward_data", "backward_weights"))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--program", default="build/flopclock")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--classes", type=int, default=10)
    options = parser.parse_args()
    bad = 0
    for name in options.networks or NETWORKS:
        for text in INPUTS.get(name, INPUTS["default"]):
            shape = [int(s) for s in text.split("x")]
            theirs = pytorch(name, shape, options.classes, options.batch)
            ours = flopclock(options.program, name, shape, options.classes, options.batch)
            wrong = [key for key in theirs if theirs[key] != ours[key]]
            for key in wrong:
                print(f"  {name} {text} {key}: PyTorch {theirs[key]}, flopclock {ours[key]}")
            print(f"{name:12} {text:10} {len(theirs) - len(wrong)} of {len(theirs)} equal"
                  f"   forward {theirs['forward macs']} training {theirs['training macs']} params {theirs['params']}")
            bad += len(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
