"""One self-contained page about a simulation: price with trades, equity, risk, sweep, comparison, validation."""

from dynamic_ta.report.errors import ReportError
from dynamic_ta.report.model import HeatMap, Run, Simulated
from dynamic_ta.report.page import page

__all__ = ["HeatMap", "ReportError", "Run", "Simulated", "page"]
