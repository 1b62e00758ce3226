"""A kernel, compiled and run once by another process: a driver may crash."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np

from dynamic_base import DynamicError
from dynamic_delivery.matrix.check import checked_rows
from dynamic_engines import KernelBuildError, Maths, Precision, open_device
from dynamic_engines.checked import small


def compiled_apart(selector: str, kernel: str, maths: Maths, form: str) -> str:
    """Return why ``kernel`` does not compile in the sizes of ``form``; empty if it does, in each precision."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(compiled, selector, kernel, maths, form).result()
        except BrokenProcessPool:
            return "the driver ended the process"


def compiled(selector: str, kernel: str, maths: Maths, form: str) -> str:
    """Compute the shortest input that is not refused, which compiles what it needs."""
    (row,) = (row for row in checked_rows() if (row.kernel, row.maths) == (kernel, maths))
    for precision in row.precisions:
        with open_device(selector) as device, device.like(form) as like:
            if precision is Precision.FLOAT64 and not device.info.fp64:
                continue
            for case in small(row.cases(np.random.default_rng(20261124), precision)):
                try:
                    row.computed(like, case, precision)
                except KernelBuildError as error:
                    return error.log
                except DynamicError:
                    continue
                if like.entries:
                    break
            if not like.entries:
                return "no input was taken"
    return ""
