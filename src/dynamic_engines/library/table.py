"""The table of kernels. A new one is one file in its family's folder, its ``.cl``, its test, and one row here."""

from dynamic_engines.library.linalg.gemm import GEMM
from dynamic_engines.library.model import Kernel
from dynamic_engines.library.portfolio.drawdown import DRAWDOWN
from dynamic_engines.library.portfolio.equity import EQUITY
from dynamic_engines.library.portfolio.positions import POSITIONS
from dynamic_engines.library.recursive.exponential import EXPONENTIAL
from dynamic_engines.library.recursive.linear import LINEAR
from dynamic_engines.library.recursive.wilder import WILDER
from dynamic_engines.library.reductions.extrema import EXTREMA
from dynamic_engines.library.reductions.inner import INNER
from dynamic_engines.library.reductions.sum import SUM
from dynamic_engines.library.rolling.extrema import ROLLING_EXTREMA
from dynamic_engines.library.rolling.quantile import ROLLING_QUANTILE
from dynamic_engines.library.rolling.sum import ROLLING_SUM
from dynamic_engines.library.rolling.variance import ROLLING_VARIANCE
from dynamic_engines.library.scans.inclusive_sum import INCLUSIVE_SUM
from dynamic_engines.library.scans.segmented_sum import SEGMENTED_SUM
from dynamic_engines.library.signals.cross import CROSS
from dynamic_engines.library.statistics.bootstrap import BOOTSTRAP
from dynamic_engines.library.statistics.permutation import PERMUTATION
from dynamic_engines.library.statistics.philox import PHILOX

KERNELS: tuple[Kernel, ...] = (
    GEMM,
    DRAWDOWN,
    EQUITY,
    POSITIONS,
    EXPONENTIAL,
    LINEAR,
    WILDER,
    EXTREMA,
    INNER,
    SUM,
    ROLLING_EXTREMA,
    ROLLING_QUANTILE,
    ROLLING_SUM,
    ROLLING_VARIANCE,
    INCLUSIVE_SUM,
    SEGMENTED_SUM,
    CROSS,
    BOOTSTRAP,
    PERMUTATION,
    PHILOX,
)
