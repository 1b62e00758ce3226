"""Latency of the inference engines on one small network, as a ratio to onnxruntime in the same rounds.

Run it in the project's environment:  PYTHONPATH=src python benchmarks/dynamic_ai/engines.py

In each round every engine runs once, forwards and then backwards, so that a drift of the machine meets all of them.
Shown are the median over the rounds and the interval of the median. The extras of docs/engines/inference.md take part
where they are on the path; `evaluate float64` is what the agreement of engines is judged by, `with bound` adds how far
they may be from it.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from dynamic_ai.inference import ENGINES, ONNXRUNTIME, evaluate, float32_bound, parse_model
from dynamic_ai.training import Network, export_onnx
from dynamic_ai.training.model import Layer
from dynamic_ai.validation.latency import median_interval

F32 = npt.NDArray[np.float32]
Work = Callable[[F32], object]

WIDTH, HIDDEN, SEED = 9, (16, 8), 0


def network() -> Network:
    """Return untrained layers of the size that `models train` makes: the values do not change the time."""
    random = np.random.default_rng(SEED)
    sizes = (WIDTH, *HIDDEN, 1)
    layers = tuple(Layer(random.normal(size=shape), random.normal(size=shape[1])) for shape in pairwise(sizes))
    return Network(np.zeros(WIDTH), np.ones(WIDTH), layers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=201)
    parser.add_argument("--rows", type=int, nargs="*", default=[1, 64, 4096])
    options = parser.parse_args()
    model = parse_model(export_onnx(network(), {}), "benchmark")
    engines: dict[str, Work] = {engine.name: engine.open(model) for engine in ENGINES if engine.version()}
    engines["evaluate float64"] = partial(evaluate, model.graph)
    engines["with bound"] = partial(float32_bound, model.graph)
    for rows in options.rows:
        batch = np.random.default_rng(SEED).normal(size=(rows, WIDTH)).astype(np.float32)
        report(batch, engines, options.rounds)


def report(batch: F32, engines: dict[str, Work], rounds: int) -> None:
    """Time ``engines`` in turns, and print a line for each."""
    times: dict[str, list[int]] = {name: [] for name in engines}
    for _ in range(rounds + 1):
        spent = dict.fromkeys(engines, 0)
        for name in (*engines, *reversed(engines)):
            start = time.perf_counter_ns()
            engines[name](batch)
            spent[name] += time.perf_counter_ns() - start
        for name, total in spent.items():
            times[name].append(total)
    low, high = median_interval(rounds, 0.95)
    theirs = times[ONNXRUNTIME.name][1:]  # the first round is to warm up
    for name, (_, *ours) in times.items():
        ratios = sorted(mine / peer for mine, peer in zip(ours, theirs, strict=True))
        shown = f"{median(ratios):6.2f} [{ratios[low]:.2f}, {ratios[high]:.2f}]"
        print(f"{batch.shape[0]:5d} rows  {name:<16}  {median(ours) / 2000:8.1f} us  {shown} x onnxruntime")


if __name__ == "__main__":
    main()
