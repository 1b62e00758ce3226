"""Technical analysis: indicators, each as a NumPy oracle, as a stream and, where it pays, as an OpenCL kernel."""

from dynamic_ta.errors import IndicatorInputError, TaError
from dynamic_ta.indicators import INDICATORS
from dynamic_ta.indicators.feed import Feed
from dynamic_ta.indicators.model import Indicator, Kernel, Lines, PanelKernel, Parameter, Settings
from dynamic_ta.indicators.panel import Panel

__all__ = [
    "INDICATORS",
    "Feed",
    "Indicator",
    "IndicatorInputError",
    "Kernel",
    "Lines",
    "Panel",
    "PanelKernel",
    "Parameter",
    "Settings",
    "TaError",
]
