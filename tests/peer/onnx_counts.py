"""Networks exported to ONNX by both of PyTorch's exporters, counted from the files and by PyTorch itself.

For each network and exporter: multiply-accumulates of the file by flopclock against half of what FlopCounterMode counts for
the same call, and parameters against those of the module. Exporters fold batch norms into convolutions and leave out biases
of zeros, so parameters are compared where the network was exported as in training; otherwise the difference is shown.

    python tests/peer/onnx_counts.py --program build/flopclock [--exporter torchscript] [NETWORK...]

Needs torch, torchvision and onnx; for the exporter dynamo also onnxscript.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings

import torch
import torchvision
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

NETWORKS = ["alexnet", "vgg16", "googlenet", "inception_v3", "resnet18", "resnet34", "resnext50_32x4d", "densenet121",
            "densenet161", "squeezenet1_0", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_large", "shufflenet_v2_x1_0",
            "efficientnet_b0", "convnext_tiny", "vit_b_16", "swin_t", "lstm", "gru", "attention", "transposed"]


class Recurrent(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cells = getattr(torch.nn, kind)(28, 64, num_layers=2, batch_first=True, bidirectional=True)
        self.answer = torch.nn.Linear(128, 10)

    def forward(self, x):
        return self.answer(self.cells(x)[0][:, -1])


def own(name):
    """Networks that torchvision does not have, with an input."""
    if name in ("lstm", "gru"):
        return Recurrent(name.upper()), torch.randn(1, 28, 28)
    if name == "attention":
        return torch.nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), torch.randn(1, 20, 64)
    if name == "transposed":
        layers = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, stride=2, padding=1), torch.nn.GELU(),
                                     torch.nn.GroupNorm(2, 8), torch.nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1),
                                     torch.nn.Upsample(scale_factor=2), torch.nn.Hardswish())
        return layers, torch.randn(1, 3, 32, 32)
    return None


def network(name):
    if own(name):
        return own(name)
    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    side = 299 if name == "inception_v3" else 224
    return getattr(torchvision.models, name)(weights=None, **options), torch.randn(1, 3, side, side)


def macs_of(module, x):
    """By PyTorch, without the fused operations that its counter does not see through."""
    torch.backends.mha.set_fastpath_enabled(False)
    with sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False), torch.no_grad():
        with FlopCounterMode(display=False) as counter:
            module(x)
    return counter.get_total_flops() // 2


def export(module, x, path, exporter):
    training = exporter == "torchscript-training"
    module.train(training)
    if exporter == "dynamo":
        torch.onnx.export(module, (x,), path, dynamo=True, external_data=False, verbose=False)
    else:
        mode = torch.onnx.TrainingMode.TRAINING if training else torch.onnx.TrainingMode.EVAL
        torch.onnx.export(module, x, path, dynamo=False, training=mode, do_constant_folding=not training)


def count(program, path):
    command = [program, "analyze", path, "--format", "json", "--phase", "forward"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)[0], done.stderr.strip()


def compare(name, exporter, program, folder):
    module, x = network(name)
    module.eval()
    wanted, params = macs_of(module, x), sum(p.numel() for p in module.parameters())
    path = os.path.join(folder, name + ".onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(module, x, path, exporter)
    found, said = count(program, path)
    macs = sum(found["counts"]["each"][key] for key in ("conv_macs", "linear_macs", "matmul_macs"))
    exact = exporter == "torchscript-training"
    equal = macs == wanted and (found["params"] == params or not exact) and not said
    print(f"{name:20} {exporter:21} {macs:>12} {wanted:>12} {found['params']:>10} {params:>10} "
          f"{'equal' if equal else 'DIFFERENT ' + said}", flush=True)
    return equal


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/flopclock")
    parser.add_argument("--exporter", choices=["torchscript", "torchscript-training", "dynamo"], action="append")
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    options = parser.parse_args()
    print(f"{'network':20} {'exporter':21} {'MACs':>12} {'by PyTorch':>12} {'params':>10} {'by PyTorch':>10}")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for exporter in options.exporter or ["torchscript", "torchscript-training", "dynamo"]:
            for name in options.networks:
                try:
                    wrong += not compare(name, exporter, options.program, folder)
                except Exception as error:  # an exporter that cannot write a network is no fault of the reader
                    print(f"{name:20} {exporter:21} not compared: {str(error).splitlines()[0][:120]}", flush=True)
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
