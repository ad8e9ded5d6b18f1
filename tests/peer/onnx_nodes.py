"""ONNX's own cases of its ops, read by flopclock: every one ends in a count, in a name and a number, or in one sentence.

Where a shape comes out, it must be the one that the case's data has: behind each output stand a join with an initialiser of that
shape, which fails where another side than the first differs, and a reshape to the number of values of both, which fails where the first does.
Inputs of integers and truth values become initialisers, so that what depends on them can be told.

    python tests/peer/onnx_nodes.py --program build/flopclock

Needs onnx, version 1.23 for the newest ops.
"""
import argparse
import collections
import os
import subprocess
import sys
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)


def fix_inputs(model, values):
    """What is no float is known."""
    kept = []
    for described, value in zip(list(model.graph.input), values):
        kind = described.type.tensor_type.elem_type
        if isinstance(value, (numpy.ndarray, numpy.generic)) and kind not in FLOATS and value.dtype.kind in "iub":
            model.graph.initializer.append(numpy_helper.from_array(numpy.asarray(value), described.name))
        else:
            kept.append(described)
    del model.graph.input[:]
    model.graph.input.extend(kept)


def add_witnesses(model, values):
    """In place of each output a reshape that only the right number of values fits."""
    graph, wanted = model.graph, []
    for i, (output, value) in enumerate(zip(list(graph.output), values)):
        if not isinstance(value, numpy.ndarray) or not value.ndim or not value.size:
            continue
        witness, joined, answer = f"witness{i}", f"joined{i}", f"answer{i}"
        graph.initializer.append(numpy_helper.from_array(numpy.zeros(value.shape, numpy.float32), witness))
        graph.initializer.append(numpy_helper.from_array(numpy.array([2 * value.size]), f"all{i}"))
        graph.node.append(helper.make_node("Concat", [output.name, witness], [joined], axis=0))
        graph.node.append(helper.make_node("Reshape", [joined, f"all{i}"], [answer]))
        wanted.append(helper.make_tensor_value_info(answer, TensorProto.FLOAT, None))
    if wanted:
        del graph.output[:]
        graph.output.extend(wanted)
    return len(wanted)


def verdict(program, path):
    done = subprocess.run([program, "analyze", path, "--phase", "forward"], capture_output=True, text=True, timeout=60)
    said = done.stderr.strip()
    if done.returncode not in (0, 1) or (done.returncode and said.count("\n")):
        return "wrong", said or f"exit status {done.returncode}"
    if done.returncode:
        return ("wrong" if "(Concat)" in said or "(Reshape)" in said and "answer" in said else "refused"), said
    return ("named" if "not counted" in said else "counted"), said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/flopclock")
    parser.add_argument("--show", choices=["named", "refused"], help="these cases too, with what is said of them")
    options = parser.parse_args()
    found, shapes = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.onnx")
        for case in collect_testcases(None):
            if case.model is None or not case.data_sets:
                continue
            model = onnx.ModelProto()
            model.CopyFrom(case.model)
            fix_inputs(model, case.data_sets[0][0])
            checked = add_witnesses(model, case.data_sets[0][1])
            onnx.save(model, path)
            what, said = verdict(options.program, path)
            found[what] += 1
            shapes += checked if what == "counted" else 0
            if what in ("wrong", options.show):
                print(f"{case.name}: {said.replace(path, 'case.onnx')}")
    print(", ".join(f"{number} {what}" for what, number in sorted(found.items())), f"- {shapes} shapes as in the data")
    return found["wrong"] > 0


if __name__ == "__main__":
    sys.exit(main())
