"""Backtests of many assets that share one account."""

from dynamic_ta.portfolio.device import PortfolioVariant, simulate_portfolios
from dynamic_ta.portfolio.errors import MarketError, PortfolioError, TargetsError
from dynamic_ta.portfolio.market import Calendar, Market, align
from dynamic_ta.portfolio.model import Cause, Order, PortfolioSimulation, Rebalancing, portfolio_account
from dynamic_ta.portfolio.oracle import simulate_portfolio
from dynamic_ta.portfolio.sides import Wanted, exits_on, sides, sides_on, wanted_of

__all__ = [
    "Calendar",
    "Cause",
    "Market",
    "MarketError",
    "Order",
    "PortfolioError",
    "PortfolioSimulation",
    "PortfolioVariant",
    "Rebalancing",
    "TargetsError",
    "Wanted",
    "align",
    "exits_on",
    "portfolio_account",
    "sides",
    "sides_on",
    "simulate_portfolio",
    "simulate_portfolios",
    "wanted_of",
]
