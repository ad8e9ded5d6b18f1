#!/usr/bin/env python3
"""The networks of the comparison in plain PyTorch, for machines that have no torchvision.

    python tests/peer/gpu_networks.py [--program build/flopclock] [NETWORK...]

Layers bear torchvision's names, so where torchvision is installed its weights fit and its outputs must come out to the last
bit: that, and the number of parameters that `flopclock analyze` counts, is what this file checks when it is run.
"""

import argparse
import json
import subprocess
import sys
from collections import OrderedDict

import torch
from torch import nn


class LeNet5(nn.Sequential):
    """As Dive into Deep Learning has it; layers bear the names of models/lenet5.net."""

    def __init__(self, classes):
        super().__init__(OrderedDict(
            conv1=nn.Conv2d(1, 6, 5, padding=2), sigmoid1=nn.Sigmoid(), pool1=nn.AvgPool2d(2),
            conv2=nn.Conv2d(6, 16, 5), sigmoid2=nn.Sigmoid(), pool2=nn.AvgPool2d(2), flatten=nn.Flatten(),
            fc1=nn.Linear(400, 120), sigmoid3=nn.Sigmoid(), fc2=nn.Linear(120, 84), sigmoid4=nn.Sigmoid(),
            fc3=nn.Linear(84, classes)))


class FeaturesAndClassifier(nn.Module):
    """Convolutions, a pool to a fixed size, dense layers: AlexNet and VGG."""

    def __init__(self, features, side, classifier):
        super().__init__()
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(side)
        self.classifier = nn.Sequential(*classifier)

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def relu():
    return nn.ReLU(inplace=True)


def alexnet(classes):
    features = [nn.Conv2d(3, 64, 11, stride=4, padding=2), relu(), nn.MaxPool2d(3, 2),
                nn.Conv2d(64, 192, 5, padding=2), relu(), nn.MaxPool2d(3, 2)]
    for inputs, outputs in ((192, 384), (384, 256), (256, 256)):
        features += [nn.Conv2d(inputs, outputs, 3, padding=1), relu()]
    classifier = [nn.Dropout(), nn.Linear(256 * 36, 4096), relu(), nn.Dropout(), nn.Linear(4096, 4096), relu(),
                  nn.Linear(4096, classes)]
    return FeaturesAndClassifier(features + [nn.MaxPool2d(3, 2)], 6, classifier)


def vgg16(classes):
    features, inputs = [], 3
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            features += [nn.Conv2d(inputs, width, 3, padding=1), relu()]
            inputs = width
        features.append(nn.MaxPool2d(2))
    classifier = [nn.Linear(512 * 49, 4096), relu(), nn.Dropout(), nn.Linear(4096, 4096), relu(), nn.Dropout(),
                  nn.Linear(4096, classes)]
    return FeaturesAndClassifier(features, 7, classifier)


class ConvNorm(nn.Module):
    """GoogLeNet's unit: convolution, batch norm, ReLU."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x):
        return nn.functional.relu(self.bn(self.conv(x)), inplace=True)


class Inception(nn.Module):
    """Four branches; the third has 3x3 kernels where the paper has 5x5, as in torchvision."""

    def __init__(self, inputs, one, three_in, three, five_in, five, pool):
        super().__init__()
        self.branch1 = ConvNorm(inputs, one, 1)
        self.branch2 = nn.Sequential(ConvNorm(inputs, three_in, 1), ConvNorm(three_in, three, 3, padding=1))
        self.branch3 = nn.Sequential(ConvNorm(inputs, five_in, 1), ConvNorm(five_in, five, 3, padding=1))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), ConvNorm(inputs, pool, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


INCEPTIONS = (
    ("3a", 192, 64, 96, 128, 16, 32, 32), ("3b", 256, 128, 128, 192, 32, 96, 64), ("maxpool3", 3),
    ("4a", 480, 192, 96, 208, 16, 48, 64), ("4b", 512, 160, 112, 224, 24, 64, 64),
    ("4c", 512, 128, 128, 256, 24, 64, 64), ("4d", 512, 112, 144, 288, 32, 64, 64),
    ("4e", 528, 256, 160, 320, 32, 128, 128), ("maxpool4", 2),
    ("5a", 832, 256, 160, 320, 32, 128, 128), ("5b", 832, 384, 192, 384, 48, 128, 128),
)


class GoogLeNet(nn.Sequential):
    """Without auxiliary heads."""

    def __init__(self, classes):
        layers = OrderedDict(
            conv1=ConvNorm(3, 64, 7, 2, 3), maxpool1=nn.MaxPool2d(3, 2, ceil_mode=True),
            conv2=ConvNorm(64, 64, 1), conv3=ConvNorm(64, 192, 3, padding=1), maxpool2=nn.MaxPool2d(3, 2, ceil_mode=True))
        for name, *numbers in INCEPTIONS:
            if len(numbers) == 1:
                layers[name] = nn.MaxPool2d(numbers[0], 2, ceil_mode=True)
            else:
                layers["inception" + name] = Inception(*numbers)
        layers.update(avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), dropout=nn.Dropout(0.2),
                      fc=nn.Linear(1024, classes))
        super().__init__(layers)


class BasicBlock(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = relu()
        if stride > 1 or inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.downsample(x))


class ResNet18(nn.Sequential):
    def __init__(self, classes):
        layers = OrderedDict(conv1=nn.Conv2d(3, 64, 7, 2, 3, bias=False), bn1=nn.BatchNorm2d(64), relu=relu(),
                             maxpool=nn.MaxPool2d(3, 2, 1))
        inputs = 64
        for i, (width, stride) in enumerate(((64, 1), (128, 2), (256, 2), (512, 2)), 1):
            layers[f"layer{i}"] = nn.Sequential(BasicBlock(inputs, width, stride), BasicBlock(width, width, 1))
            inputs = width
        layers.update(avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(512, classes))
        super().__init__(layers)


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.relu1 = relu()
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = relu()
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, features):
        x = self.conv1(self.relu1(self.norm1(torch.cat(features, 1))))
        return self.conv2(self.relu2(self.norm2(x)))


class DenseBlock(nn.ModuleDict):
    def __init__(self, inputs, growth, depth):
        super().__init__(OrderedDict((f"denselayer{i + 1}", DenseLayer(inputs + i * growth, growth)) for i in range(depth)))

    def forward(self, x):
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


class DenseNet161(nn.Module):
    def __init__(self, classes, growth=48, stem=96, depths=(6, 12, 36, 24)):
        super().__init__()
        layers = OrderedDict(conv0=nn.Conv2d(3, stem, 7, 2, 3, bias=False), norm0=nn.BatchNorm2d(stem), relu0=relu(),
                             pool0=nn.MaxPool2d(3, 2, 1))
        width = stem
        for i, depth in enumerate(depths, 1):
            if i > 1:
                layers[f"transition{i - 1}"] = nn.Sequential(OrderedDict(
                    norm=nn.BatchNorm2d(width), relu=relu(), conv=nn.Conv2d(width, width // 2, 1, bias=False),
                    pool=nn.AvgPool2d(2)))
                width //= 2
            layers[f"denseblock{i}"] = DenseBlock(width, growth, depth)
            width += depth * growth
        layers["norm5"] = nn.BatchNorm2d(width)
        self.features = nn.Sequential(layers)
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        x = nn.functional.relu(self.features(x), inplace=True)
        return self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


NETWORKS = {"lenet5": LeNet5, "alexnet": alexnet, "vgg16": vgg16, "googlenet": GoogLeNet, "resnet18": ResNet18,
            "densenet161": DenseNet161}


def network(name, classes=10):
    return NETWORKS[name](classes)


def parameters(model):
    return sum(p.numel() for p in model.parameters())


# -------- what is checked when this file is run --------

def same_as_torchvision(name):
    """True, False, or None where there is nothing to compare with."""
    try:
        import torchvision
    except ImportError:
        return None
    if not hasattr(torchvision.models, name):
        return None
    extra = {"aux_logits": False, "init_weights": True} if name == "googlenet" else {}
    theirs = getattr(torchvision.models, name)(weights=None, num_classes=10, **extra).eval()
    ours = network(name).eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 96, 96)
    with torch.no_grad():
        return torch.equal(ours(x), theirs(x))


def counted(program, name):
    text = subprocess.run([program, "analyze", name, "--classes", "10", "--format", "json"], check=True, capture_output=True,
                          text=True).stdout
    return json.loads(text)[0]["params"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--program", help="flopclock: compare the number of parameters")
    options = parser.parse_args()
    bad = 0
    for name in options.networks or NETWORKS:
        here = parameters(network(name))
        there = counted(options.program, name) if options.program else None
        same = same_as_torchvision(name)
        bad += same is False or there not in (None, here)
        print(f"{name:12} {here:9} parameters, flopclock counts {there}; torchvision's outputs: "
              f"{ {True: 'equal', False: 'DIFFERENT', None: 'not compared'}[same] }")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
