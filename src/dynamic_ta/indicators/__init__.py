"""The table of indicators. A new one is one file beside this one, its kernel, its test, and one row here."""

from dynamic_ta.indicators.model import Indicator
from dynamic_ta.indicators.sma import SMA_BOUND_SOURCE, sma, sma_error_bound, sma_opencl, sma_warm_up

INDICATORS = (Indicator("sma", sma, sma_opencl, "rolling/sma", sma_warm_up, sma_error_bound, SMA_BOUND_SOURCE),)

__all__ = ["INDICATORS"]
