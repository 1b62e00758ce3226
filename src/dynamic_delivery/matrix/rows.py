"""The kernels of the products, as the matrix asks for them. Each kernel has one row here."""

from collections.abc import Sequence

from dynamic_delivery.matrix.indicator_row import IndicatorRow
from dynamic_delivery.matrix.sweep_row import SweepRow
from dynamic_engines.matrix import KernelRow
from dynamic_ta import INDICATORS


def kernel_rows() -> Sequence[KernelRow]:
    """Return a row for each kernel."""
    return (*map(IndicatorRow, INDICATORS), SweepRow())
