"""Networks exported to ONNX by both of PyTorch's exporters, counted from the files and by PyTorch itself.

For each network and way of exporting: multiply-accumulates of every layer that has some, against those of the operators that
PyTorch calls, for one image and for three; and parameters against those of the module. Exporters fold batch norms into
convolutions, which leaves a value less per channel (two where the convolution had a bias): so many may be missing. A
recurrent layer is many products in PyTorch and one node in the file, and so is attention from version 23 of the operator set on:
there only the sum is compared.

    python tests/peer/onnx_counts.py --program build/flopclock [--way dynamo] [NETWORK...]

Needs torch, torchvision and onnx; for the exporter dynamo also onnxscript.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings

import onnx
import torch
import torchvision
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
WAYS = ["torchscript", "torchscript-symbolic", "torchscript-training", "dynamo", "dynamo-symbolic"]
VISION = ["alexnet", "vgg16_bn", "googlenet", "inception_v3", "resnet18", "resnet50", "resnext50_32x4d", "densenet121",
          "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_large", "shufflenet_v2_x1_0", "efficientnet_b0", "mnasnet1_0",
          "regnet_y_400mf", "convnext_tiny", "vit_b_16", "swin_t"]
RECURRENT = ["lstm", "gru"]
WRITTEN_OUT = ["swin_t"]    # its tables of positions stand in the file as large as they are used


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cells = getattr(nn, kind)(28, 64, num_layers=2, batch_first=True, bidirectional=True)
        self.answer = nn.Linear(128, 10)

    def forward(self, x):
        return self.answer(self.cells(x)[0][:, -1])


class Up(nn.Module):
    """Down and up again, the way across joined."""

    def __init__(self, up):
        super().__init__()
        self.first, self.inside = self.block(3, 8), self.block(8, 16)
        self.up, self.last = up, self.block(16 if isinstance(up, nn.ConvTranspose2d) else 24, 2)

    @staticmethod
    def block(of, to):
        return nn.Sequential(nn.Conv2d(of, to, 3, padding=1, bias=False), nn.BatchNorm2d(to), nn.ReLU())

    def forward(self, x):
        across = self.first(x)
        return self.last(torch.cat([self.up(self.inside(nn.functional.max_pool2d(across, 2))), across], 1))


OWN = {
    "lstm": lambda: (Recurrent("LSTM"), torch.randn(1, 28, 28)),
    "gru": lambda: (Recurrent("GRU"), torch.randn(1, 28, 28)),
    "encoder": lambda: (nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 2,
                                              enable_nested_tensor=False), torch.randn(1, 20, 64)),
    "up-transposed": lambda: (Up(nn.ConvTranspose2d(16, 8, 2, 2)), torch.randn(1, 3, 32, 32)),
    "up-nearest": lambda: (Up(nn.Upsample(scale_factor=2)), torch.randn(1, 3, 32, 32)),
    "up-bilinear": lambda: (Up(nn.Upsample(scale_factor=2, mode="bilinear")), torch.randn(1, 3, 32, 32)),
    "one-side": lambda: (nn.Sequential(nn.Conv1d(4, 8, 5, stride=2, dilation=2), nn.InstanceNorm1d(8, affine=True),
                                       nn.PReLU(8), nn.ConvTranspose1d(8, 4, 4, stride=2), nn.AvgPool1d(2), nn.GELU()),
                         torch.randn(1, 4, 50)),
    "three-sides": lambda: (nn.Sequential(nn.Conv3d(3, 8, 3, bias=False), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d(2),
                                          nn.Conv3d(8, 8, 3, groups=4), nn.SiLU()), torch.randn(1, 3, 8, 16, 16)),
}


def network(name):
    if name in OWN:
        return OWN[name]()
    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    side = 299 if name == "inception_v3" else 224
    return getattr(torchvision.models, name)(weights=None, **options), torch.randn(1, 3, side, side)


def differ(module):
    """No two parameters are equal: exporters write equal ones once."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(0.01, 0.1, generator=generator)
        for name, buffer in module.named_buffers():
            if "running" in name:
                buffer.uniform_(0.5, 1, generator=generator)


class Products(TorchDispatchMode):
    """Multiply-accumulates of every operator that multiplies."""

    def __init__(self):
        super().__init__()
        self.macs = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        operator = function.overloadpacket
        if operator is aten.convolution:
            positions = args[0] if args[6] else result
            self.macs.append(positions.numel() * args[1][0].numel())
        elif operator in (aten.mm, aten.bmm):
            self.macs.append(result.numel() * args[0].shape[-1])
        elif operator in (aten.addmm, aten.baddbmm):
            self.macs.append(result.numel() * args[1].shape[-1])
        return result


def products_of(module, x):
    """By PyTorch, without the fused operations that hide their products."""
    torch.backends.mha.set_fastpath_enabled(False)
    with sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False), torch.no_grad(), Products() as counter:
        module(x)
    return sorted(counter.macs)


def export(module, x, path, way):
    exporter, _, how = way.partition("-")
    module.train(how == "training")
    if exporter == "dynamo":
        sides = ({0: torch.export.Dim("batch")},) if how else None
        x = torch.cat([x, x]) if how else x
        torch.onnx.export(module, (x,), path, dynamo=True, external_data=False, dynamic_shapes=sides, verbose=False)
        return
    sides = {"x": {0: "batch"}, "y": {0: "batch"}} if how == "symbolic" else None
    mode = torch.onnx.TrainingMode.TRAINING if how == "training" else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(module, x, path, dynamo=False, training=mode, do_constant_folding=how != "training",
                      input_names=["x"], output_names=["y"], dynamic_axes=sides)


def folded_channels(module, path):
    """Of batch norms that the file has no more."""
    model = onnx.load(path, load_external_data=False)
    sizes = {tensor.name: tensor.dims[0] for tensor in model.graph.initializer if tensor.dims}
    left = sum(sizes.get(node.input[1], 0) for node in model.graph.node if node.op_type == "BatchNormalization")
    norms = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    return sum(part.num_features for part in module.modules() if isinstance(part, norms)) - left


def count(program, path, batch):
    command = [program, "analyze", path, "--format", "json", "--phase", "forward", "--per-layer", "--strict", "--batch", str(batch)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)[0]


def one_for_many(name, found):
    """Whether nodes stand for more than one product."""
    return name in RECURRENT or any(layer["op"] == "Attention" for layer in found["layers"])


def compare(name, way, program, folder):
    module, x = network(name)
    differ(module)
    module.eval()
    wanted, params = products_of(module, x), sum(parameter.numel() for parameter in module.parameters())
    path = os.path.join(folder, "network.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(module, x, path, way)
    folded, wrong = folded_channels(module, path), []
    for batch in 1, 3:
        found = count(program, path, batch)
        macs = sorted(layer["macs"] for layer in found["layers"] if layer["macs"])
        if sum(macs) != batch * sum(wanted):
            wrong.append(f"{sum(macs)} MACs for {batch}")
        elif not one_for_many(name, found) and macs != [batch * each for each in wanted]:
            wrong.append(f"other layers for {batch}")
    if name not in WRITTEN_OUT and found["params"] not in (params - folded, params - 2 * folded):
        wrong.append(f"{found['params']} parameters")
    print(f"{name:20} {way:21} {sum(wanted):>12} {params:>10} {-folded or '':>8} {', '.join(wrong) or 'equal'}", flush=True)
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/flopclock")
    parser.add_argument("--way", choices=WAYS, action="append")
    parser.add_argument("networks", nargs="*", default=VISION + list(OWN))
    options = parser.parse_args()
    print(f"{'network':20} {'exported by':21} {'MACs':>12} {'parameters':>10} {'folded':>8} file")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in options.networks:
            for way in options.way or WAYS:
                try:
                    wrong += not compare(name, way, options.program, folder)
                except Exception as error:  # an exporter that cannot write a network is no fault of the reader
                    print(f"{name:20} {way:21} not compared: {str(error).splitlines()[0][:120]}", flush=True)
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
