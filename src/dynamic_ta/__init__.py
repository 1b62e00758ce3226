"""Technical analysis: indicators, each as a NumPy oracle and as an OpenCL kernel."""

from dynamic_ta.errors import IndicatorInputError, TaError
from dynamic_ta.indicators import INDICATORS
from dynamic_ta.indicators.model import Indicator, Lines, Parameter, Settings

__all__ = ["INDICATORS", "Indicator", "IndicatorInputError", "Lines", "Parameter", "Settings", "TaError"]
