"""The networks of the book "Dive into Deep Learning" for FashionMNIST, as its text describes them, with torch.nn."""

from collections import OrderedDict

import torch
import torch.nn as nn


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1), nn.BatchNorm2d(o)
        self.shortcut = nn.Conv2d(i, o, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


class DenseLayer(nn.Sequential):
    def forward(self, x):
        return torch.cat([x, super().forward(x)], 1)


class Inception(nn.Module):
    def __init__(self, i, one, three, five, pool):
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(i, one, 1), nn.ReLU())
        self.three = nn.Sequential(nn.Conv2d(i, three[0], 1), nn.ReLU(), nn.Conv2d(*three, 3, 1, 1), nn.ReLU())
        self.five = nn.Sequential(nn.Conv2d(i, five[0], 1), nn.ReLU(), nn.Conv2d(*five, 5, 1, 2), nn.ReLU())
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(i, pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


def stem(norm):
    norm = [nn.BatchNorm2d(64)] if norm else []
    return [nn.Conv2d(1, 64, 7, 2, 3), *norm, nn.ReLU(), nn.MaxPool2d(3, 2, 1)]


def head(features, classes):
    return [nn.Flatten(), nn.Linear(features, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(4096, classes)]


def lenet5(classes):
    """Layers with parameters carry the names of models/lenet5.net."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 6, 5, padding=2), sigmoid1=nn.Sigmoid(), pool1=nn.AvgPool2d(2, 2),
        conv2=nn.Conv2d(6, 16, 5), sigmoid2=nn.Sigmoid(), pool2=nn.AvgPool2d(2, 2), flatten=nn.Flatten(),
        fc1=nn.Linear(400, 120), sigmoid3=nn.Sigmoid(), fc2=nn.Linear(120, 84), sigmoid4=nn.Sigmoid(),
        fc3=nn.Linear(84, classes)))


def d2l_alexnet(classes):
    layers, i = [], 1
    for o, k, s, p, pool in [(96, 11, 4, 1, 1), (256, 5, 1, 2, 1), (384, 3, 1, 1, 0), (384, 3, 1, 1, 0), (256, 3, 1, 1, 1)]:
        layers += [nn.Conv2d(i, o, k, s, p), nn.ReLU()] + [nn.MaxPool2d(3, 2)] * pool
        i = o
    return nn.Sequential(*layers, *head(6400, classes))


def d2l_vgg11(classes, width=64):
    layers, i = [], 1
    for depth, factor in zip([1, 1, 2, 2, 2], [1, 2, 4, 8, 8]):
        for _ in range(depth):
            layers += [nn.Conv2d(i, factor * width, 3, 1, 1), nn.ReLU()]
            i = factor * width
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers, *head(i * 49, classes))


def d2l_vgg11_quarter(classes):
    return d2l_vgg11(classes, 16)


def d2l_googlenet(classes):
    pool = nn.MaxPool2d(3, 2, 1)
    return nn.Sequential(
        *stem(False), nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 192, 3, 1, 1), nn.ReLU(), pool,
        Inception(192, 64, (96, 128), (16, 32), 32), Inception(256, 128, (128, 192), (32, 96), 64), pool,
        Inception(480, 192, (96, 208), (16, 48), 64), Inception(512, 160, (112, 224), (24, 64), 64),
        Inception(512, 128, (128, 256), (24, 64), 64), Inception(512, 112, (144, 288), (32, 64), 64),
        Inception(528, 256, (160, 320), (32, 128), 128), pool, Inception(832, 256, (160, 320), (32, 128), 128),
        Inception(832, 384, (192, 384), (48, 128), 128), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, classes))


def d2l_resnet18(classes):
    blocks, i = [], 64
    for o, stride in [(64, 1), (128, 2), (256, 2), (512, 2)]:
        blocks += [Residual(i, o, stride), Residual(o, o, 1)]
        i = o
    return nn.Sequential(*stem(True), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


def d2l_densenet(classes):
    layers, c = stem(True), 64
    for block in range(4):
        if block:
            layers += [nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c // 2, 1), nn.AvgPool2d(2, 2)]
            c //= 2
        for _ in range(4):
            layers.append(DenseLayer(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, 32, 3, 1, 1)))
            c += 32
    return nn.Sequential(*layers, nn.BatchNorm2d(c), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, classes))
