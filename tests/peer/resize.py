#!/usr/bin/env python3
"""Real FashionMNIST images resized by PyTorch: some pixels, as reference values for the input step.

    python tests/peer/resize.py [FOLDER] > tests/golden/pytorch-resize.csv

torch.nn.functional.interpolate(mode="bilinear", align_corners=False) of the bytes as float64, then (x / 255 - 0.2860) / 0.3530.
"""

import gzip
import os
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

SIZES = [(28, 28), (32, 32), (64, 64), (97, 71), (224, 224), (20, 13), (1, 1)]
IMAGES = [0, 4711, 59999]
PIXELS = 9
MEAN, DEVIATION = 0.2860, 0.3530


def images(folder):
    path = os.path.join(folder, "train-images-idx3-ubyte")
    data = gzip.open(path + ".gz").read() if os.path.exists(path + ".gz") else open(path, "rb").read()
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 1, 28, 28)


def main():
    grey = images(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist")
    print(f"# PyTorch {torch.__version__}, Python {platform.python_version()}; made by tests/peer/resize.py;"
          f" training images; mean {MEAN}, deviation {DEVIATION}")
    print("image,height,width,row,column,value")
    for image in IMAGES:
        for height, width in SIZES:
            x = torch.from_numpy(grey[image:image + 1].astype(np.float64))
            x = F.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)
            x = ((x / 255 - MEAN) / DEVIATION)[0, 0]
            for k in range(min(PIXELS, height * width)):
                # Corners first, then places all over where something is drawn.
                row = [0, height - 1, height // 2, height // 3, (7 * k) % height][min(k, 4)]
                column = [0, width - 1, width // 2, width // 3, (11 * k + 3) % width][min(k, 4)]
                print(f"{image},{height},{width},{row},{column},{x[row, column].item():.9g}")


if __name__ == "__main__":
    main()
