"""The general backtest: any strategy's signals, an account's terms, and every trade that follows."""

from dynamic_ta.simulation.account import Account, Execution, Sizing
from dynamic_ta.simulation.checksum import checksum_of
from dynamic_ta.simulation.cost import simulation_cost
from dynamic_ta.simulation.device import Simulations, list_trades, simulate_batches, simulate_many
from dynamic_ta.simulation.errors import (
    AccountError,
    SignalsError,
    SimulationError,
    UnsupportedDeviceError,
    UnsupportedSeriesError,
    VariantsError,
)
from dynamic_ta.simulation.model import Drawdown, Reason, Signals, Simulation, Statistics, Table, Totals, Trade
from dynamic_ta.simulation.oracle import simulate
from dynamic_ta.simulation.parity import Divergence, diverging, first_divergence
from dynamic_ta.simulation.plain import PLAIN_RULES, PlainTable, plain_table

__all__ = [
    "PLAIN_RULES",
    "Account",
    "AccountError",
    "Divergence",
    "Drawdown",
    "Execution",
    "PlainTable",
    "Reason",
    "Signals",
    "SignalsError",
    "Simulation",
    "SimulationError",
    "Simulations",
    "Sizing",
    "Statistics",
    "Table",
    "Totals",
    "Trade",
    "UnsupportedDeviceError",
    "UnsupportedSeriesError",
    "VariantsError",
    "checksum_of",
    "diverging",
    "first_divergence",
    "list_trades",
    "plain_table",
    "simulate",
    "simulate_batches",
    "simulate_many",
    "simulation_cost",
]
