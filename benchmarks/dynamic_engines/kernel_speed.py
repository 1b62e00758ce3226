"""Every kernel of the library beside the roofs of its device, NumPy and Numba, in one run.

    PYTHONPATH=src:. python benchmarks/dynamic_engines/kernel_speed.py --kernel rolling --rounds 9

STREAM's triad and multiply-adds in registers are measured on the same device, between the rounds of each kernel. A
kernel's time is that of its launches; its inputs are on the device already, as NumPy's are in memory. The arms take
turns, and the best of all rounds counts. ``--clock cpu`` (the default on a CPU device) counts the processor time of
all threads over the cores that the device has, which hardly changes when others use the machine: a peer on one core is
compared by its work, not by how long one waits. ``--clock wall`` is for a GPU, or a quiet machine. A ratio is the
peer's time over the kernel's: below 1 the peer is faster. The operations of ``statistics`` are mostly on integers,
whose roof is another than that of multiply-adds.
"""

import argparse
import json
import platform
from collections.abc import Callable
from functools import partial

import numba
import numpy as np
from benchmarks.dynamic_engines.peers import NUMBA, NUMPY

from dynamic_engines import Device, Precision, open_device
from dynamic_engines.library import LibraryRow, Stage, library_rows
from dynamic_engines.library.model import Cost
from dynamic_engines.library.roofs import Roof, multiply_add, triad
from dynamic_engines.matrix.timing import Clock, best_of, clock_of

_TRIAD = 8_000_000
_ROUNDS = 20_000  # multiply-adds in a row
_QUICK = 0.02
_SETTLE_S = 0.05  # the threads of OpenBLAS and Numba turn for about 10 ms when their work is done, waiting for more


def measured(
    row: LibraryRow, device: Device, precision: Precision, share: float, rounds: int, clock: Clock
) -> dict[str, object]:
    """Return one line of the report."""
    kernel = row.declared
    case = kernel.sample(np.random.default_rng(1), share)
    lines = [line.astype(precision.dtype) for line in case.inputs]
    with device.buffers() as memory:
        stage = Stage(device, memory, precision, row.maths)
        work = kernel.place(stage, *case.inputs, *case.settings)
        moving, moved = triad(stage, max(8192, int(_TRIAD * share)))
        adding, added = multiply_add(stage, max(100, int(_ROUNDS * share)))
        arms: dict[str, Callable[[], object]] = {"opencl": work.launch, "triad": moving.launch, "fma": adding.launch}
        for name, peers in (("numpy", NUMPY), ("numba", NUMBA)):
            if peer := peers.get(kernel.name):
                arms[name] = partial(peer, *lines, *case.settings)
        took = best_of(arms, rounds, clock, _SETTLE_S)
    cost = kernel.cost_of(case.inputs, case.settings, precision)
    roof = Roof(moved.bytes_moved / took["triad"], added.operations / took["fma"])
    return line_of(row, precision, case.name, cost, roof, took)


def line_of(
    row: LibraryRow, precision: Precision, case: str, cost: Cost, roof: Roof, took: dict[str, float]
) -> dict[str, object]:
    """Return what a reader compares: rates, the share of the roof, and each peer's time over ours."""
    ours = took["opencl"]
    return {
        "kernel": row.kernel,
        "maths": row.maths,
        "precision": precision,
        "case": case,
        "milliseconds": ours * 1e3,
        "gigabytes_per_s": cost.bytes_moved / ours / 1e9,
        "gigaflops": cost.operations / ours / 1e9,
        "triad_gigabytes_per_s": roof.bytes_per_s / 1e9,
        "fma_gigaflops": roof.operations_per_s / 1e9,
        "bound_by": roof.bound_by(cost),
        "share_of_roof": roof.seconds(cost) / ours,
        "numpy_over_ours": took["numpy"] / ours if "numpy" in took else None,
        "numba_over_ours": took["numba"] / ours if "numba" in took else None,
    }


def shown(line: dict[str, object]) -> str:
    """Return a row of the table."""

    def number(name: str, form: str) -> str:
        value = line[name]
        return format(value, form) if isinstance(value, float) else "-"

    return (
        f"| {line['kernel']} | {line['precision']} | {line['maths']} | {number('milliseconds', '.2f')} |"
        f" {number('gigabytes_per_s', '.1f')} | {number('gigaflops', '.1f')} | {number('share_of_roof', '.0%')} of"
        f" {line['bound_by']} | {number('numpy_over_ours', '.2f')} | {number('numba_over_ours', '.2f')} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="")
    parser.add_argument("--kernel", default="", help="only kernels whose name holds this")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--clock", choices=("cpu", "wall"), help="default: cpu on a CPU device, else wall")
    parser.add_argument("--quick", action="store_true", help="a fiftieth of the size, two rounds")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    share, rounds = (_QUICK, 2) if options.quick else (1.0, options.rounds)
    with open_device(options.device) as device:
        chosen, clock = clock_of(device, options.clock or "")
        heading = (
            f"{device.info.label}, NumPy {np.__version__}, Numba {numba.__version__}, {chosen} time, best of {rounds}"
        )
        if not options.json:
            print(f"{heading}\n")
            print("| kernel | precision | maths | ms | GB/s | GFLOP/s | share of roof | NumPy x | Numba x |")
            print("|---|---|---|---|---|---|---|---|---|")
        lines = []
        for row in library_rows():
            for precision in (p for p in row.precisions if options.kernel in row.kernel):
                if precision is Precision.FLOAT64 and not device.info.fp64:
                    continue
                lines.append(measured(row, device, precision, share, rounds, clock))
                if not options.json:
                    print(shown(lines[-1]), flush=True)
        if options.json:
            report = {
                "schema": "dynamic.kernel-speed/1",
                "device": device.info.label,
                "clock": chosen,
                "rounds": rounds,
            }
            print(json.dumps({**report, "python": platform.python_version(), "share": share, "rows": lines}, indent=1))


if __name__ == "__main__":
    main()
