"""The kernels of the products and of the library, as the matrix asks for them."""

from collections.abc import Sequence

from dynamic_delivery.matrix.indicator_row import IndicatorRow
from dynamic_delivery.matrix.portfolio_row import PORTFOLIO
from dynamic_delivery.matrix.simulate_row import SIMULATE
from dynamic_delivery.matrix.sweep_row import SweepRow
from dynamic_engines.library import library_rows
from dynamic_engines.matrix import KernelRow
from dynamic_ta import INDICATORS


def kernel_rows() -> Sequence[KernelRow]:
    """Return a row for each kernel, in each kind of maths that it has a bound in."""
    on_device = (IndicatorRow(row, row.kernel) for row in INDICATORS if row.kernel is not None)
    return (*on_device, SweepRow(), SIMULATE, PORTFOLIO, *library_rows())
