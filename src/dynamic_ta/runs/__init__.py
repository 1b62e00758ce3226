"""One strategy on one series of bars: read, decided, simulated, and held to a device."""

from dynamic_ta.runs.run import Run, Terms, first_divergence_on, run_strategy

__all__ = ["Run", "Terms", "first_divergence_on", "run_strategy"]
