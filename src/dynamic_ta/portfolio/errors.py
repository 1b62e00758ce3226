"""What a portfolio can be refused for."""

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class PortfolioError(TaError):
    """The root of what a portfolio can raise."""


class MarketError(PortfolioError):
    """Assets that cannot be put on one calendar."""


class TargetsError(PortfolioError):
    """Weights, or terms of rebalancing, that make no sense or do not fit the market."""

    exit_code = ExitCode.USAGE
