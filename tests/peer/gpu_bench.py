#!/usr/bin/env python3
"""The speed of PyTorch on this machine's GPU: training steps of the networks of gpu_networks.py, images per second.

    python tests/peer/gpu_bench.py [--precision fp32|tf32|bf16] [--mode MODE,...] [--input CxHxW] [--batch N] [--header] NETWORK...

Modes: eager, eager step by step; graph, the whole step captured into one CUDA graph and replayed; compile, forward, loss and
backward through torch.compile; compile_graph, both. One line of CSV for each network and mode. A step is forward, loss, backward
and SGD with momentum. Images and labels lie on the device, already resized and normalised: neither input preparation nor
a loader is in these numbers, and no loss is fetched. Times are of many steps in a row between two synchronisations, of
several such rounds the best and the median.

--prepare compiles only, to fill the compiler's cache (TORCHINDUCTOR_CACHE_DIR) ahead of a measurement. --budget gives up what
has not begun after so many seconds. --device cpu exists to try the script where there is no GPU.
"""

import argparse
import contextlib
import statistics
import sys
import time
import warnings

import torch

from gpu_networks import network, parameters

warnings.filterwarnings("ignore")

COLUMNS = ("network", "input", "batch", "precision", "layout", "mode", "params", "steps", "images_per_s", "images_per_s_median",
           "setup_s", "peak_bytes", "status", "torch", "cudnn")
LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


def set_precision(name):
    """fp32 without tensor cores; everything else may use them."""
    torch.backends.cudnn.allow_tf32 = name != "fp32"
    torch.backends.cuda.matmul.allow_tf32 = name != "fp32"
    torch.backends.cudnn.benchmark = True


def sgd(model, device):
    """The fastest SGD that this version has."""
    settings = {"lr": 0.01, "momentum": 0.9}
    if device == "cuda":
        with contextlib.suppress(TypeError, RuntimeError):
            return torch.optim.SGD(model.parameters(), fused=True, **settings)
    return torch.optim.SGD(model.parameters(), **settings)


class Training:
    """A network, its optimizer and one batch; step() is one training step."""

    def __init__(self, name, options, compiled):
        torch.manual_seed(1)
        self.device = options.device
        shape = [int(side) for side in options.input.split("x")]
        layout = LAYOUTS[options.layout]
        self.model = network(name).to(self.device, memory_format=layout).train()
        self.x = torch.randn(options.batch, *shape, device=self.device).to(memory_format=layout)
        self.y = torch.randint(10, (options.batch,), device=self.device)
        self.bf16 = options.precision == "bf16"
        self.optimizer = sgd(self.model, self.device)
        self.loss = torch.compile(self.plain_loss) if compiled else self.plain_loss

    def plain_loss(self, x, y):
        # A cache of casts would outlive a capture, and within a step every weight is cast once anyway.
        with torch.autocast(self.device, torch.bfloat16, enabled=self.bf16, cache_enabled=False):
            return torch.nn.functional.cross_entropy(self.model(x), y)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.x, self.y).backward()
        self.optimizer.step()

    def capture(self):
        """A function that replays a whole step."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.loss(self.x, self.y).backward()
            self.optimizer.step()
        return graph.replay


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def timed(step, count, device):
    wait(device)
    start = time.perf_counter()
    for _ in range(count):
        step()
    wait(device)
    return time.perf_counter() - start


def measure(step, options):
    """Steps per round, and seconds per step of every round."""
    timed(step, options.warmup, options.device)
    once = timed(step, options.warmup, options.device) / options.warmup
    count = max(options.warmup, int(options.seconds / options.rounds / once))
    return count, [timed(step, count, options.device) / count for _ in range(options.rounds)]


def run(name, mode, options, kept):
    """A row of results, as a dictionary. What was compiled stays in `kept` for the next mode."""
    row = dict.fromkeys(COLUMNS, "")
    row.update(network=name, input=options.input, batch=options.batch, precision=options.precision, layout=options.layout,
               mode=mode, torch=torch.__version__, cudnn=torch.backends.cudnn.version() or "")
    begun = time.perf_counter()
    if options.device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    compiled = mode.startswith("compile")
    if kept.get("made") != (name, compiled):
        kept.clear()
        kept.update(made=(name, compiled), training=Training(name, options, compiled))
    training = kept["training"]
    row["params"] = parameters(training.model)
    for _ in range(3):
        training.step()
    step = training.capture() if mode.endswith("graph") else training.step
    wait(options.device)
    row["setup_s"] = f"{time.perf_counter() - begun:.2f}"
    if not options.prepare:
        row["steps"], seconds = measure(step, options)
        row["images_per_s"] = f"{options.batch / min(seconds):.1f}"
        row["images_per_s_median"] = f"{options.batch / statistics.median(seconds):.1f}"
    if options.device == "cuda":
        row["peak_bytes"] = torch.cuda.max_memory_allocated()
    row["status"] = "prepared" if options.prepare else "ok"
    return row


def attempt(name, mode, options, deadline, kept):
    if time.monotonic() > deadline:
        return {"network": name, "mode": mode, "status": "no time"}
    try:
        return run(name, mode, options, kept)
    except Exception as error:  # whatever goes wrong with one mode: the others are still to be measured
        kept.clear()
        text = str(error).strip().split("\n")[0].replace(",", ";")
        return {"network": name, "mode": mode, "status": f"failed: {type(error).__name__}: {text[:200]}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="+", metavar="NETWORK")
    parser.add_argument("--precision", default="tf32", choices=["fp32", "tf32", "bf16"])
    parser.add_argument("--mode", default="eager,graph,compile,compile_graph", metavar="MODE,...")
    parser.add_argument("--layout", default="channels_last", choices=sorted(LAYOUTS))
    parser.add_argument("--input", default="3x96x96", metavar="CxHxW")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=2.0, help="to be measured for each line, all rounds together")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--budget", type=float, default=float("inf"))
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--header", action="store_true", help="print the CSV header first")
    options = parser.parse_args()
    deadline = time.monotonic() + options.budget
    set_precision(options.precision)
    if options.header:
        print(",".join(COLUMNS), flush=True)
    if options.device == "cuda" and not torch.cuda.is_available():
        print("PyTorch finds no GPU", file=sys.stderr)
        return 77
    kept = {}
    for name in options.networks:
        for mode in options.mode.split(","):
            row = attempt(name, mode, options, deadline, kept)
            print(",".join(str(row.get(column, "")) for column in COLUMNS), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
