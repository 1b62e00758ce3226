"""Kernels with faults that a tuner must find, made of the row of reductions/sum. Another process imports this."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dynamic_engines import KernelSource
from dynamic_engines.library import Kernel, Knob, Stage, Work
from dynamic_engines.library.model import F64
from dynamic_engines.library.reductions.sum import SUM
from dynamic_engines.library.stage import groups

# Sums of GROUP lanes, added up: each GROUP has another order, so another rounding. The fault that knobs must not have.
REORDERED = """
#if REAL_BITS == 64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#define REAL double
#else
#define REAL float
#endif
__kernel void sum(const uint n, __global const REAL *restrict x, __global REAL *restrict out)
{
    REAL total = 0;
    for (uint lane = 0; lane < GROUP; ++lane) {
        REAL part = 0;
        for (uint i = lane; i < n; i += GROUP)
            part += x[i];
        total += part;
    }
    out[0] = total;
}
"""
# The sign of nothing is a bit, too.
SIGNED = """
__kernel void sum(const uint n, __global const float *restrict x, __global float *restrict out)
{
    out[0] = GROUP == 2 ? -0.0f : 0.0f;
}
"""
UNBUILT = """
#if GROUP == 2
#error "not with two"
#endif
__kernel void sum(const uint n, __global const float *restrict x, __global float *restrict out) { out[0] = 0; }
"""
GROUP = Knob("GROUP", 1, 64, (1, 2, 4))


def kernel(
    text: str, local: Callable[[int], int] = lambda _: 1, before: Callable[[int], None] = lambda _: None
) -> Kernel:
    """Return a kernel of ``text`` that runs in groups of ``local(GROUP)``."""

    def place(stage: Stage, x: F64) -> Work:
        group = stage.pick(GROUP)
        before(group)
        program = stage.program(KernelSource("test/sum", text), (GROUP,))
        source, out = stage.send("x", x if x.size else np.zeros(1)), stage.room(1)
        count = np.uint32(x.size)
        return Work(lambda: groups(program, 1, local(group), count, source, out).wait(), lambda: stage.fetch(out))

    return replace(SUM, place=place, knobs=lambda _: (GROUP,))


def _fatal(group: int) -> None:
    if group == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    if group == 4:
        threading.Event().wait()


def fatal() -> Sequence[Kernel]:
    """Return a kernel that takes its process down with a GROUP of 2, and hangs with 4."""
    return (kernel(UNBUILT.replace("#error", "//"), before=_fatal),)
