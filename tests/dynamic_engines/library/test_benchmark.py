"""The benchmark's quick run: every kernel has its line, and the figures hang together."""

import json
import os
import subprocess
import sys

import pytest
from benchmarks.dynamic_engines.kernel_speed import line_of
from benchmarks.dynamic_engines.peers import NUMBA, NUMPY

from dynamic_engines import Precision
from dynamic_engines.library import KERNELS, Cost, library_rows
from dynamic_engines.library.roofs import Roof

_NUMBERS = ("milliseconds", "gigabytes_per_s", "gigaflops", "triad_gigabytes_per_s", "fma_gigaflops", "share_of_roof")


def test_every_kernel_has_a_peer_in_numpy_and_no_peer_is_left_over() -> None:
    assert set(NUMPY) == {kernel.name for kernel in KERNELS} >= set(NUMBA)


def test_a_share_of_the_roof_is_counted_by_hand() -> None:
    """100 bytes at 50 a second take 2 s, 30 operations at 10 a second 3 s; 6 s are half of the roof."""
    roof, cost = Roof(50, 10), Cost(100, 30)
    assert (roof.seconds(cost), roof.bound_by(cost)) == (3, "arithmetic")
    took = {"opencl": 6.0, "numpy": 3.0}
    line = line_of(library_rows()[0], Precision.FLOAT32, "a case", cost, roof, took)
    assert line["share_of_roof"] == pytest.approx(0.5)
    assert line["numpy_over_ours"] == pytest.approx(0.5)
    assert line["numba_over_ours"] is None
    assert line["gigabytes_per_s"] == pytest.approx(100 / 6 / 1e9)


def test_the_quick_run_has_a_line_for_each_row_and_precision() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.dynamic_engines.kernel_speed", "--quick", "--json", "--kernel", "signals"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    rows = [row for row in library_rows() if row.kernel.startswith("signals")]
    assert report["schema"] == "dynamic.kernel-speed/1"
    assert [(line["kernel"], line["precision"]) for line in report["rows"]] == [
        (row.kernel, precision) for row in rows for precision in row.precisions
    ]
    for line in report["rows"]:
        assert all(line[name] > 0 for name in _NUMBERS)
        assert line["numpy_over_ours"] > 0
        # The same bytes over the same time, as the share says it.
        if line["bound_by"] == "memory":
            share = line["gigabytes_per_s"] / line["triad_gigabytes_per_s"]
            assert line["share_of_roof"] == pytest.approx(share)
