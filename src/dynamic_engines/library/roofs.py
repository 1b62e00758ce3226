"""How fast a device moves memory and computes, measured: what a kernel's speed is held against."""

from dataclasses import dataclass

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.model import Cost
from dynamic_engines.library.pairs import BLOCK, GROUP, lane_knobs, width_of
from dynamic_engines.library.stage import Stage, Work, groups

_CHAINS = 8


@dataclass(frozen=True, slots=True)
class Roof:
    """What was measured, in bytes and floating-point operations a second."""

    bytes_per_s: float
    operations_per_s: float

    def seconds(self, cost: Cost) -> float:
        """Return the least time that ``cost`` can take under this roof."""
        return max(cost.bytes_moved / self.bytes_per_s, cost.operations / self.operations_per_s)

    def bound_by(self, cost: Cost) -> str:
        memory = cost.bytes_moved / self.bytes_per_s >= cost.operations / self.operations_per_s
        return "memory" if memory else "arithmetic"


def triad(stage: Stage, values: int) -> tuple[Work, Cost]:
    """Return STREAM's triad over ``values`` values, rounded up to whole blocks, with its cost."""
    program = stage.program(load_kernel("roofs/roofs"), lane_knobs(stage.precision))
    blocks = -(-values // BLOCK)
    sources = [stage.send("source", np.full(blocks * BLOCK, 0.5)) for _ in range(2)]
    target, local = stage.room(blocks * BLOCK), stage.pick(GROUP)
    scale = stage.real(3)

    def launch() -> None:
        groups(program, blocks, local, scale, target, *sources, entry="triad").wait()

    size = stage.precision.dtype.itemsize
    return Work(launch, lambda: stage.fetch(target)), Cost(3 * size * blocks * BLOCK, 2 * blocks * BLOCK)


def multiply_add(stage: Stage, rounds: int) -> tuple[Work, Cost]:
    """Return multiply-adds in registers, a few groups for each compute unit, with their cost."""
    program = stage.program(load_kernel("roofs/roofs"), lane_knobs(stage.precision))
    info = stage.device.info
    items, width = info.compute_units * 4 * info.local_size, stage.pick(width_of(stage.precision))
    out = stage.room(items * width)
    words = (np.uint32(rounds), stage.real(0.5), stage.real(1))

    def launch() -> None:
        program.run(items, *words, out, entry="multiply_add")

    return Work(launch, lambda: stage.fetch(out)), Cost(out.nbytes, 2 * _CHAINS * rounds * items * width)
