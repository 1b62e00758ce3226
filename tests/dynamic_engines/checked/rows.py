"""Kernels with one planted bug each, and their clean twins, as rows; and rows that end or never end their process."""

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dynamic_engines import Device, Maths, Precision, build, load_kernel
from dynamic_engines.matrix import Case, Lines
from dynamic_engines.matrix.cases import F64, Rng

HERE = Path("tests/dynamic_engines/checked")
ITEMS = 16


@dataclass(frozen=True, slots=True)
class FileRow:
    """A kernel of this folder, run over two groups of 8 items with arrays of 16."""

    kernel: str
    before: Callable[[], object] = lambda: None
    outputs: tuple[str, ...] = ("y",)
    precisions: tuple[Precision, ...] = (Precision.FLOAT32,)
    maths: Maths = Maths.STRICT
    bound_source: str = "none"

    def cases(self, rng: Rng, precision: Precision) -> Iterable[Case]:
        return [Case("values", (rng.uniform(1, 2, ITEMS),), ())]

    def expected(self, case: Case) -> Lines:
        return case.inputs

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        self.before()
        program = build(device, load_kernel(self.kernel, HERE), {})
        with device.buffers() as memory:
            x = memory.upload("x", case.inputs[0].astype(precision.dtype), precision.dtype)
            y = memory.empty((ITEMS,), precision.dtype)
            program.run(ITEMS, np.uint32(ITEMS), x, y, local=8)
            return (memory.download(y).astype(np.float64),)

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:
        return (0.0,)


def rows() -> Sequence[FileRow]:
    return [
        FileRow(f"{folder}/{file.stem}")
        for folder in ("clean", "planted")
        for file in sorted((HERE / folder).iterdir())
    ]


def dying_rows() -> Sequence[FileRow]:
    """One ends its process, and one is well."""
    return [FileRow("clean/read_past_end", os.abort), FileRow("clean/local_race")]


def hanging_rows() -> Sequence[FileRow]:
    return [FileRow("clean/write_past_end", signal.pause)]
