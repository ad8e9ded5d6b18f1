#!/usr/bin/env python3
"""Counts every shipped network again with PyTorch and compares with `flopclock analyze`.

    python tests/peer/counts.py [--program build/flopclock] [--batch N] [NETWORK...]
    python tests/peer/counts.py --totals > tests/golden/model_totals.csv

Two observers below autograd: torch.utils.flop_counter (what forward and backward really called), and a dispatch mode that adds
up elements by operator in evaluation. Both run on PyTorch's meta device, which has shapes and no values. Prints one line per
quantity that differs and a summary per network; exit status 1 when anything differs.
"""

import argparse
import json
import subprocess
import sys
import warnings

import torch
import torchvision
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

sys.dont_write_bytecode = True
import d2l  # noqa: E402

warnings.filterwarnings("ignore")

# An odd input beside a network's own, where it takes one; with "+aux" its auxiliary heads.
ODD = ["3x97x71", "3x64x64"]
ONLY_OWN = ("lenet5", "d2l_alexnet", "d2l_vgg11", "d2l_vgg11_quarter", "inception_v3", "inception_v3+aux", "vit_b_16", "vit_b_32",
            "vit_l_16", "vit_l_32", "vit_h_14")
ONE_CHANNEL = ("d2l_googlenet", "d2l_resnet18", "d2l_densenet")
AUX = ["googlenet+aux", "inception_v3+aux"]


def network(name, classes):
    if hasattr(d2l, name):
        return getattr(d2l, name)(classes)
    name, aux = name.removesuffix("+aux"), name.endswith("+aux")
    extra = {"aux_logits": aux, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return getattr(torchvision.models, name)(weights=None, num_classes=classes, **extra)


def loss(outputs):
    """Cross-entropy of every head there is, as one number to differentiate."""
    heads = outputs if isinstance(outputs, tuple) else (outputs,)
    return sum(torch.nn.functional.cross_entropy(h, torch.zeros(h.shape[0], dtype=torch.long)) for h in heads)


# Operators by what their elements count as: of the output, and of pools of the input too.
ACTIVATIONS = ("relu", "relu_", "hardtanh", "hardtanh_", "sigmoid", "sigmoid_", "silu", "silu_", "hardswish", "hardswish_",
               "hardsigmoid", "hardsigmoid_", "gelu", "_softmax",
               "_safe_softmax")
POOLS = ("max_pool2d_with_indices", "avg_pool2d", "_adaptive_avg_pool2d", "mean")


def traced(model, x):
    """Elements by operator in one forward pass, and the biases of convolutions and linear layers."""
    counts = dict.fromkeys(("bias_adds", "norm_elements", "activation_elements", "pool_input_elements", "pool_output_elements",
                            "add_elements", "multiply_elements", "concat_elements"), 0)

    class Mode(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            name = function.overloadpacket.__name__
            first = out[0] if isinstance(out, (tuple, list)) else out
            size = first.numel() if isinstance(first, torch.Tensor) else 0
            if name in ACTIVATIONS:
                counts["activation_elements"] += size
            elif "batch_norm" in name or "layer_norm" in name:
                counts["norm_elements"] += size
            elif name in POOLS:
                counts["pool_input_elements"] += args[0].numel()
                counts["pool_output_elements"] += size
            elif name in ("add", "add_") and first.dim() >= 3:
                counts["add_elements"] += size
            elif name in ("mul", "mul_") and first.dim() >= 3:
                counts["multiply_elements"] += size
            elif name == "cat":
                counts["concat_elements"] += size
            elif name == "addmm" or (name == "convolution" and args[2] is not None):
                counts["bias_adds"] += size
            return out

    with Mode(), torch.no_grad():
        model(x)
    return counts


def convolution_backward(grad_shape, x_shape, w_shape, _bias, _stride, _padding, _dilation, transposed, _output_padding, _groups,
                         output_mask, **_):
    """As many products as forward for each gradient that autograd asks for; the counter's own formula forgets groups."""
    assert not transposed
    forward = 2 * torch.Size(grad_shape).numel() * torch.Size(w_shape[1:]).numel()
    return forward * (output_mask[0] + output_mask[1])


def flop_counter(model, x):
    """MACs of forward, and of forward and backward together, as autograd called them."""
    mapping = {torch.ops.aten.convolution_backward: convolution_backward}
    with FlopCounterMode(display=False) as forward:
        model(x)
    with FlopCounterMode(display=False, custom_mapping=mapping) as both:
        loss(model(x)).backward()
    return forward.get_total_flops() // 2, both.get_total_flops() // 2


def pytorch(name, shape, classes, batch):
    # Attention as the products that it is, not as one fused operator.
    torch.backends.mha.set_fastpath_enabled(False)
    with torch.device("meta"), sdpa_kernel(SDPBackend.MATH):
        model = network(name, classes)
        x = torch.empty(batch, *shape)
        forward, both = flop_counter(model.train(), x)
        counts = traced(model.eval(), x)
    return {"params": sum(p.numel() for p in model.parameters()), "forward macs": forward, "training macs": both, **counts}


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
    out["multiply_elements"] = counts["each"]["multiply_elements"]
    out["concat_elements"] = counts["each"]["concat_elements"]
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
    parser.add_argument("--totals", action="store_true", help="PyTorch's figures alone, at a network's own input, as CSV")
    options = parser.parse_args()
    listed = json.loads(subprocess.run([options.program, "analyze", "--list", "--format", "json"], check=True,
                                       capture_output=True, text=True).stdout)
    own = {model["model"]: model["input"] for model in listed}
    bad = 0
    if options.totals:
        print("model,input,num_classes,batch,params,forward_macs,training_macs")
    for name in options.networks or [*own, *AUX]:
        if options.totals:
            theirs = pytorch(name, [int(s) for s in own[name.removesuffix("+aux")].split("x")], options.classes, options.batch)
            print(name.replace("+", "_"), own[name.removesuffix("+aux")], options.classes, options.batch, theirs["params"],
                  theirs["forward macs"], theirs["training macs"], sep=",", flush=True)
            continue
        inputs = [own[name.removesuffix("+aux")]]
        if name not in ONLY_OWN:
            inputs += [i.replace("3x", "1x", 1) for i in ODD] if name in ONE_CHANNEL else ODD
        for text in inputs:
            shape = [int(s) for s in text.split("x")]
            theirs = pytorch(name, shape, options.classes, options.batch)
            ours = flopclock(options.program, name, shape, options.classes, options.batch)
            if name.startswith("vit"):
                # PyTorch scales queries and keys, the model file their products; it adds the bias of the three projections apart.
                del theirs["multiply_elements"]
                for counts in (theirs, ours):
                    counts["bias_adds"] += counts.pop("add_elements")
            wrong = [key for key in theirs if theirs[key] != ours[key]]
            for key in wrong:
                print(f"  {name} {text} {key}: PyTorch {theirs[key]}, flopclock {ours[key]}")
            print(f"{name:20} {text:10} {len(theirs) - len(wrong)} of {len(theirs)} equal"
                  f"   forward {theirs['forward macs']} training {theirs['training macs']} params {theirs['params']}")
            bad += len(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
