"""The table of kernels. A new one is one file in its family's folder, its ``.cl``, its test, and one row here."""

from dynamic_engines.library.model import Kernel
from dynamic_engines.library.reductions.extrema import EXTREMA
from dynamic_engines.library.reductions.inner import INNER
from dynamic_engines.library.reductions.sum import SUM
from dynamic_engines.library.scans.inclusive_sum import INCLUSIVE_SUM

KERNELS: tuple[Kernel, ...] = (
    EXTREMA,
    INNER,
    SUM,
    INCLUSIVE_SUM,
)
