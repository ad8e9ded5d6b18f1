#!/usr/bin/env python3
"""The speed of PyTorch on this machine's cores: training steps of torchvision's networks, images per second.

    python tests/peer/train.py [--steps N] [--format contiguous|channels_last|both] [--mode eager|compile]
                               [--profile FILE] NETWORK...

One line of CSV per network and memory format: network,format,mode,batch,steps,median_s,min_s,images_per_s,torch. The median
is over single steps (forward, loss, backward, SGD with momentum and weight decay; fp32) after a warm-up. Images lie in
memory, already resized and normalised: whatever a loader costs is not in these numbers.
"""

import argparse
import os
import statistics
import sys
import time
import warnings

import torch
import torchvision

warnings.filterwarnings("ignore")


def network(name, classes):
    extra = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    return getattr(torchvision.models, name)(weights=None, num_classes=classes, **extra)


def training(name, layout, options):
    """A function that does one step."""
    torch.manual_seed(1)
    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    model = network(name, options.classes).to(memory_format=layout).train()
    x = torch.randn(options.batch, 3, options.size, options.size).to(memory_format=layout)
    y = torch.randint(options.classes, (options.batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    criterion = torch.nn.CrossEntropyLoss()
    run = torch.compile(model) if options.mode == "compile" else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        criterion(run(x), y).backward()
        optimizer.step()

    return step


def profile(step, path, steps):
    """Where the time goes, per operator and input shape, for a comparison layer by layer."""
    with torch.profiler.profile(record_shapes=True) as record:
        for _ in range(steps):
            step()
    with open(path, "w") as out:
        out.write("operator,shapes,calls_per_step,self_ms_per_step\n")
        rows = sorted(record.key_averages(group_by_input_shape=True), key=lambda r: -r.self_cpu_time_total)
        for row in rows:
            if row.self_cpu_time_total > 0:
                shapes = str(row.input_shapes).replace(",", ";")
                out.write(f"{row.key},{shapes},{row.count / steps:g},{row.self_cpu_time_total / 1000 / steps:.4f}\n")


def measure(name, layout, options):
    step = training(name, layout, options)
    for _ in range(options.warmup):
        step()
    if options.profile:
        profile(step, options.profile, options.steps)
    seconds = []
    for _ in range(options.steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    print(f"{name},{layout},{options.mode},{options.batch},{options.steps},{median:.6f},{min(seconds):.6f},"
          f"{options.batch / median:.3f},{torch.__version__}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="+", metavar="NETWORK")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--format", default="both", choices=["contiguous", "channels_last", "both"])
    parser.add_argument("--mode", default="eager", choices=["eager", "compile"])
    parser.add_argument("--profile", metavar="FILE", help="also write a table per operator")
    parser.add_argument("--header", action="store_true", help="print the CSV header first")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.header:
        print("network,format,mode,batch,steps,median_s,min_s,images_per_s,torch")
    layouts = ["contiguous", "channels_last"] if options.format == "both" else [options.format]
    for name in options.networks:
        for layout in layouts:
            measure(name, layout, options)


if __name__ == "__main__":
    sys.exit(main())
