#!/usr/bin/env python3
"""What counting tools print for torchvision's networks, as rows of tests/golden/tool_totals.csv.

    python tests/peer/tools.py [--tool NAME] [NETWORK...] >> tests/golden/tool_totals.csv
    python tests/peer/tools.py --kinds > tests/golden/tool_kinds.csv
    python tests/peer/tools.py --training > tests/golden/tool_training.csv
    python tests/peer/tools.py --ops NETWORK... > tests/golden/torchvision_ops.csv

Needs beside PyTorch and torchvision: thop, ptflops, fvcore, torchinfo, calflops, deepspeed, onnx-tool, in the versions below; one that
is not installed in its version is left out with a word on standard error. Older versions lie in folders of their own
(pip install --no-deps --target FOLDER thop==0.0.5.post2110061705) and come first in PYTHONPATH. Every network is taken at its own
input size with 1000 classes, batch 1, in evaluation mode, without auxiliary heads. A tool that fails on a network gives no row.
With --training in training mode, two images and auxiliary heads, by the tools that do not leave it.
With --kinds the same for single layers, each beside the statement of the model language that describes it. With --ops the column
_ops of torchvision's own tables, in GMACs, for each input that a set of weights has.

One figure is left out of tool_totals.csv: shufflenet_v2 by onnx-tool, because the file computes shapes at run time, 91 instructions
that the tool counts too.
"""

import argparse
import collections
import collections.abc
import contextlib
import fnmatch
import importlib.metadata
import io
import logging
import os
import sys
import warnings

import torch
import torch.nn as nn
import torchvision
from torchvision.models.convnext import LayerNorm2d

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

SIZES = {"inception_v3": 299, "efficientnet_b1": 240, "efficientnet_b2": 288}
NETWORKS = ["vgg13", "vgg19", "vgg11_bn", "vgg16_bn", "resnet34", "resnet50", "resnet101", "resnext50_32x4d", "wide_resnet50_2",
            "densenet169", "inception_v3", "squeezenet1_0", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_large",
            "mobilenet_v3_small", "shufflenet_v2_x1_0", "efficientnet_b0", "convnext_tiny"]


def network(name, training=False):
    extra = {"aux_logits": training, "init_weights": False} if name in ("inception_v3", "googlenet") else {}
    return getattr(torchvision.models, name)(weights=None, num_classes=1000, **extra).train(training)


NETWORKS_IN_TRAINING = ["alexnet", "resnet18", "vgg16_bn", "googlenet", "inception_v3", "densenet121", "mobilenet_v2", "mobilenet_v3_large",
                        "shufflenet_v2_x1_0", "efficientnet_b0", "squeezenet1_1", "convnext_tiny"]
# The others evaluate whatever they are given, or count what a dropout does.
IN_TRAINING = ["fvcore", "calflops", "calflops-macs", "deepspeed", "deepspeed-macs", "flop-counter"]


class Recurrent(nn.Module):
    """A sequence as the model language has it: (N, 1, steps, features)."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x[:, 0])[0].unsqueeze(1)


class Call(nn.Module):
    """A function in a network. Looked up late: some tools replace functions by counting ones."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def call(function):
    return lambda: Call(function)


# (statement, module, input)
KINDS = [
    ("conv_transpose 4 3 stride=2 pad=1", lambda: nn.ConvTranspose2d(6, 4, 3, 2, 1), (6, 5, 7)),
    ("conv_transpose 4 4x3 stride=2 out_pad=1 groups=2 bias=false",
     lambda: nn.ConvTranspose2d(6, 4, (4, 3), 2, output_padding=1, groups=2, bias=False), (6, 5, 7)),
    ("linear 5", lambda: nn.Linear(7, 5), (2, 3, 7)),
    ("linear 5 bias=false", lambda: nn.Linear(7, 5, bias=False), (2, 3, 7)),
    ("matmul in in", call(lambda x: torch.matmul(x, x)), (3, 6, 6)),
    ("lstm 5", lambda: Recurrent(nn.LSTM(7, 5, batch_first=True)), (1, 4, 7)),
    ("lstm 5 bias=false", lambda: Recurrent(nn.LSTM(7, 5, bias=False, batch_first=True)), (1, 4, 7)),
    ("gru 5", lambda: Recurrent(nn.GRU(7, 5, batch_first=True)), (1, 4, 7)),
    ("batch_norm", lambda: nn.BatchNorm2d(6), (6, 5, 7)),
    ("layer_norm", lambda: nn.LayerNorm(7), (6, 5, 7)),
    ("layer_norm sides=3", lambda: nn.LayerNorm((6, 5, 7)), (6, 5, 7)),
    ("group_norm 2", lambda: nn.GroupNorm(2, 6), (6, 5, 7)),
    ("softmax", lambda: nn.Softmax(1), (6, 5, 7)),
    ("softmax axis=3", lambda: nn.Softmax(3), (6, 5, 7)),
    ("relu", nn.ReLU, (6, 5, 7)),
    ("relu6", nn.ReLU6, (6, 5, 7)),
    ("leaky_relu", nn.LeakyReLU, (6, 5, 7)),
    ("elu", nn.ELU, (6, 5, 7)),
    ("silu", nn.SiLU, (6, 5, 7)),
    ("gelu", nn.GELU, (6, 5, 7)),
    ("hard_swish", nn.Hardswish, (6, 5, 7)),
    ("sigmoid", nn.Sigmoid, (6, 5, 7)),
    ("tanh", nn.Tanh, (6, 5, 7)),
    ("mish", nn.Mish, (6, 5, 7)),
    ("max_pool 2", lambda: nn.MaxPool2d(2), (6, 5, 7)),
    ("avg_pool 2", lambda: nn.AvgPool2d(2), (6, 5, 7)),
    ("adaptive_avg_pool 2", lambda: nn.AdaptiveAvgPool2d(2), (6, 5, 7)),
    ("adaptive_max_pool 2", lambda: nn.AdaptiveMaxPool2d(2), (6, 5, 7)),
    ("resize scale=2", lambda: nn.Upsample(scale_factor=2), (6, 5, 7)),
    ("resize scale=2 bilinear", lambda: nn.Upsample(scale_factor=2, mode="bilinear"), (6, 5, 7)),
    ("resize size=9x8 bilinear", lambda: nn.Upsample(size=(9, 8), mode="bilinear"), (6, 5, 7)),
    ("resize size=9x8", lambda: nn.Upsample(size=(9, 8)), (6, 5, 7)),
    ("conv 4 3 pad=1 groups=2", lambda: nn.Conv2d(6, 4, 3, padding=1, groups=2), (6, 5, 7)),
    ("conv 4 3x2 stride=2 dilation=2 bias=false", lambda: nn.Conv2d(6, 4, (3, 2), 2, dilation=2, bias=False), (6, 9, 7)),
    ("dense 5", lambda: nn.Sequential(nn.Flatten(), nn.Linear(210, 5)), (6, 5, 7)),
    ("layer_norm channels", lambda: LayerNorm2d(6), (6, 5, 7)),
    ("local_response_norm 5", lambda: nn.LocalResponseNorm(5), (6, 5, 7)),
    ("hard_sigmoid", nn.Hardsigmoid, (6, 5, 7)),
    ("softplus", nn.Softplus, (6, 5, 7)),
    ("max_pool 3 stride=2 pad=1", lambda: nn.MaxPool2d(3, 2, 1), (6, 5, 7)),
    ("avg_pool 3x2", lambda: nn.AvgPool2d((3, 2)), (6, 5, 7)),
    ("adaptive_avg_pool 3x2", lambda: nn.AdaptiveAvgPool2d((3, 2)), (6, 5, 7)),
    ("adaptive_avg_pool 1", lambda: nn.AdaptiveAvgPool2d(1), (6, 5, 7)),
    ("relu functional", call(lambda x: nn.functional.relu(x)), (6, 5, 7)),
    ("max_pool 2 functional", call(lambda x: nn.functional.max_pool2d(x, 2)), (6, 5, 7)),
    ("avg_pool 2 functional", call(lambda x: nn.functional.avg_pool2d(x, 2)), (6, 5, 7)),
    ("adaptive_avg_pool 2 functional", call(lambda x: nn.functional.adaptive_avg_pool2d(x, 2)), (6, 5, 7)),
    ("adaptive_avg_pool 1 method", call(lambda x: x.mean([2, 3], keepdim=True)), (6, 5, 7)),
    ("resize scale=2 functional", call(lambda x: nn.functional.interpolate(x, scale_factor=2)), (6, 5, 7)),
    ("resize scale=2 bilinear functional", call(lambda x: nn.functional.interpolate(x, scale_factor=2, mode="bilinear")), (6, 5, 7)),
    ("add in in", call(lambda x: x.clone().__iadd__(x)), (6, 5, 7)),
    ("add in in copies", call(lambda x: x + x), (6, 5, 7)),
    ("subtract in in", call(lambda x: x - x), (6, 5, 7)),
    ("multiply in in", call(lambda x: x * x), (6, 5, 7)),
    ("divide in in", call(lambda x: x / x), (6, 5, 7)),
    ("maximum in in", call(lambda x: torch.maximum(x, x)), (6, 5, 7)),
    ("concat in in", call(lambda x: torch.cat([x, x], 1)), (6, 5, 7)),
    ("mean 2", call(lambda x: x.mean(2, keepdim=True)), (6, 5, 7)),
    ("abs", call(torch.abs), (6, 5, 7)),
    ("exp", call(torch.exp), (6, 5, 7)),
    ("log", call(torch.log), (6, 5, 7)),
    ("sqrt", call(torch.sqrt), (6, 5, 7)),
    ("erf", call(torch.erf), (6, 5, 7)),
    ("power 2", call(lambda x: x.pow(2)), (6, 5, 7)),
    ("clip 0 1", call(lambda x: x.clamp(0, 1)), (6, 5, 7)),
    ("permute 2 3 1", call(lambda x: x.permute(0, 2, 3, 1)), (6, 5, 7)),
]


def thop(model, x):
    # Where the versions of 2019 and 2020 look for it, it no longer is.
    collections.Iterable = collections.abc.Iterable
    from thop import profile
    return int(profile(model, inputs=(x,), verbose=False)[0])


def ptflops(**backend):
    def count(model, x):
        from ptflops import get_model_complexity_info
        return int(get_model_complexity_info(model, tuple(x.shape[1:]), as_strings=False, print_per_layer_stat=False,
                                             verbose=False, **backend)[0])
    return count


def fvcore(model, x):
    from fvcore.nn import FlopCountAnalysis
    analysis = FlopCountAnalysis(model, x)
    analysis.unsupported_ops_warnings(False)
    analysis.uncalled_modules_warnings(False)
    return int(analysis.total())


def torchinfo(model, x):
    from torchinfo import summary
    return int(summary(model, input_data=x, verbose=0).total_mult_adds)


def calflops(which):
    def count(model, x):
        from calflops.calculate_pipline import CalFlopsPipline
        pipeline = CalFlopsPipline(model=model, include_backPropagation=False, compute_bp_factor=2.0)
        pipeline.start_flops_calculate(ignore_list=None)
        model(x)
        total = pipeline.get_total_flops() if which == "flops" else pipeline.get_total_macs()
        pipeline.end_flops_calculate()
        return int(total)
    return count


def deepspeed(which):
    def count(model, x):
        # Its get_model_profile would leave training mode.
        from deepspeed.profiling.flops_profiler import FlopsProfiler
        run = FlopsProfiler(model)
        run.start_profile()
        model(x)
        total = run.get_total_flops() if which == "flops" else run.get_total_macs()
        run.end_profile()
        return int(total)
    return count


def onnx_tool(model, x):
    """Of the file that PyTorch writes without folding batch norms into convolutions."""
    import onnx
    import onnx_tool
    file = io.BytesIO()
    torch.onnx.export(model, (x,), file, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      opset_version=17)
    graph = onnx_tool.Model(onnx.load_from_string(file.getvalue()), {"verbose": False}).graph
    graph.shape_infer(None)
    graph.profile()
    return int(graph.macs[0])


def flop_counter(model, x):
    from torch.utils.flop_counter import FlopCounterMode
    with FlopCounterMode(display=False) as counter:
        model(x)
    return int(counter.get_total_flops())


def profiler(model, x):
    from torch.profiler import ProfilerActivity, profile
    with profile(activities=[ProfilerActivity.CPU], with_flops=True) as run:
        model(x)
    return int(sum(event.flops for event in run.key_averages() if event.flops))


# (rule, what the row calls it, unit, function, package, its version)
TOOLS = {
    "thop": ("thop", "thop-0.1.1(2022-09)", "MAC-like", thop, "thop", "0.1.1-2209*"),
    "thop-2020": ("thop-2020", "thop-0.0.5(2021-10)", "MAC-like", thop, "thop", "0.0.5-2110*"),
    "thop-2019": ("thop-2019", "thop-0.0.31(2019-09)", "MAC-like", thop, "thop", "0.0.31-1909*"),
    "ptflops": ("ptflops", "ptflops-0.7.5-pytorch", "MAC-like", ptflops(backend="pytorch"), "ptflops", "0.7.5"),
    "ptflops-aten": ("ptflops-aten", "ptflops-0.7.5-aten", "MAC-like", ptflops(backend="aten"), "ptflops", "0.7.5"),
    "ptflops-0.7": ("ptflops-0.7", "ptflops-0.7", "MAC-like", ptflops(), "ptflops", "0.7"),
    "ptflops-0.6": ("ptflops-0.6", "ptflops-0.6.3", "MAC-like", ptflops(), "ptflops", "0.6.3"),
    "fvcore": ("fvcore", "fvcore-0.1.5(2022-12)", "MAC-like", fvcore, "fvcore", "0.1.5.post20221221"),
    "torchinfo": ("torchinfo", "torchinfo-1.8.0-mult_adds", "MAC", torchinfo, "torchinfo", "1.8.0"),
    "calflops": ("calflops", "calflops-0.3.2-flops", "FLOP", calflops("flops"), "calflops", "0.3.2"),
    "calflops-macs": ("calflops-macs", "calflops-0.3.2-macs", "MAC", calflops("macs"), "calflops", "0.3.2"),
    "deepspeed": ("deepspeed", "deepspeed-0.19.8-flops", "FLOP", deepspeed("flops"), "deepspeed", "0.19.8"),
    "deepspeed-macs": ("deepspeed-macs", "deepspeed-0.19.8-macs", "MAC", deepspeed("macs"), "deepspeed", "0.19.8"),
    "onnx-tool": ("onnx-tool", "onnx-tool-1.0.1", "MAC-like", onnx_tool, "onnx-tool", "1.0.1"),
    "flop-counter": ("flop-counter", f"torch.utils.flop_counter-{torch.__version__.split('+')[0]}", "FLOP", flop_counter, "torch", "*"),
    "torch-profiler": ("torch-profiler", f"torch.profiler-{torch.__version__.split('+')[0]}", "FLOP", profiler, "torch", "*"),
}


def is_installed(key):
    package, version = TOOLS[key][4:]
    try:
        found = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        found = "none"
    if not fnmatch.fnmatchcase(found, version):
        print(f"{key}: found {package} {found}, expected {version}", file=sys.stderr)
    return fnmatch.fnmatchcase(found, version)


@contextlib.contextmanager
def silence():
    """Standard output is the table's: neither tools nor the libraries below Python write there."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def count_one(key, model, x, name):
    """The total, or None with a word on standard error."""
    try:
        with torch.no_grad(), silence():
            return TOOLS[key][3](model, x)
    except Exception as problem:
        print(f"{name}, {key}: {type(problem).__name__}: {problem}", file=sys.stderr)
        return None


# What a recurrent layer becomes below autograd depends on how PyTorch was built.
UNSTEADY = [(tool, layer) for tool in ("torch-profiler", "ptflops-aten") for layer in ("lstm", "gru")]


def kinds(keys):
    print("rule,tool,unit,layer,input,total")
    for text, make, shape in KINDS:
        for key in keys:
            rule, tool, unit, *_ = TOOLS[key]
            if (key, text.split()[0]) in UNSTEADY:
                continue
            total = count_one(key, nn.Sequential(make()).eval(), torch.zeros(1, *shape), text)
            if total is not None:
                print(f"{rule},{tool},{unit},{text},{'x'.join(map(str, shape))},{total}", flush=True)


def training(keys):
    print("rule,tool,unit,model,batch,total")
    for name in NETWORKS_IN_TRAINING:
        for key in keys:
            rule, tool, unit, *_ = TOOLS[key]
            size = SIZES.get(name, 224)
            total = count_one(key, network(name, True), torch.zeros(2, 3, size, size), name)
            if total is not None:
                print(f"{rule},{tool},{unit},{name},2,{total}", flush=True)


def ops(names):
    print("model,input,classes,ops")
    for name in names:
        rows = {}
        for weights in torchvision.models.get_model_weights(name):
            size = weights.transforms.keywords["crop_size"]
            classes = len(weights.meta["categories"] or ())
            if classes:
                rows[size] = f"{name},3x{size}x{size},{classes},{weights.meta['_ops']}"
        print(*rows.values(), sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--tool", action="append", choices=list(TOOLS))
    parser.add_argument("--kinds", action="store_true")
    parser.add_argument("--training", action="store_true")
    parser.add_argument("--ops", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.ops:
        return ops(options.networks)
    keys = [key for key in options.tool or TOOLS if is_installed(key)]
    if options.kinds:
        return kinds(keys)
    if options.training:
        return training([key for key in keys if key in IN_TRAINING])
    for name in options.networks or NETWORKS:
        for key in keys:
            rule, tool, unit, *_ = TOOLS[key]
            x = torch.zeros(1, 3, SIZES.get(name, 224), SIZES.get(name, 224))
            total = count_one(key, network(name), x, name)
            if total is not None:
                print(f"{rule},{tool},{unit},{name},{total}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
