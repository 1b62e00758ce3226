"""OpenCL kernels in the graph: targets, ``#include`` inference, and inference from Python to kernels.

A Python source or test that holds the literal ``"rolling/sma.cl"``, or calls ``load_kernel("rolling/sma")``, depends on
``kernels/rolling/sma.cl`` and through it on every header that it includes. An include, or a ``load_kernel``, that no
``opencl_source`` answers is an error; a literal that only looks like a kernel is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.engine.target import Target

from opencl import inference
from opencl.targets import OpenclSourcesTarget, OpenclSourceTarget


def target_types() -> Iterable[type[Target]]:
    return (OpenclSourceTarget, OpenclSourcesTarget)


def rules() -> Iterable[Any]:
    return inference.rules()
