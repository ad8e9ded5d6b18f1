#!/usr/bin/env python3
"""How torchvision's networks (and the LeNet-5 of Dive into Deep Learning) begin: spread and bounds of every large parameter.

    python tests/peer/init.py > tests/golden/pytorch-init.csv

One row per parameter of at least SMALLEST values: its mean, standard deviation, smallest and largest value in one draw.
"""

import platform
import sys

import torch
import torch.nn as nn
import torchvision

sys.dont_write_bytecode = True
import d2l  # noqa: E402

SMALLEST = 256
NETWORKS = ["lenet5", "alexnet", "vgg11", "googlenet", "resnet18", "densenet121", "resnet50", "inception_v3", "squeezenet1_1",
            "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x0_5", "efficientnet_b0", "convnext_tiny"]


def network(name):
    if name == "lenet5":
        model = d2l.lenet5(10)
        for layer in model:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(layer.weight)
        return model
    extra = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
    return getattr(torchvision.models, name)(weights=None, num_classes=10, **extra)


def main():
    torch.manual_seed(20170825)
    print(f"# PyTorch {torch.__version__}, torchvision {torchvision.__version__}, Python {platform.python_version()};"
          f" made by tests/peer/init.py; 10 classes")
    print("network,layer,param,count,mean,deviation,smallest,largest")
    for name in NETWORKS:
        for layer, module in network(name).named_modules():
            for k, (own, p) in enumerate(module.named_parameters(recurse=False)):
                if p.numel() < SMALLEST:
                    continue
                v = p.detach().double()
                # A parameter beside layers is a layer of its own in a model file.
                where = layer if own in ("weight", "bias") else f"{layer}.{own}"
                print(f"{name},{where},{k},{p.numel()},{v.mean():.4g},{v.std():.4g},{v.min():.4g},{v.max():.4g}")


if __name__ == "__main__":
    sys.exit(main())
