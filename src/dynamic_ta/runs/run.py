"""From a strategy and bars to a simulation, and whether a device makes the same trades."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dynamic_base import UsageError
from dynamic_engines import Device, Precision
from dynamic_ta.data import Bars
from dynamic_ta.simulation import Divergence, Simulation, diverging, simulate
from dynamic_ta.strategies import (
    Strategy,
    bind,
    compile_strategy,
    signals,
    with_account,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a caller changes of a strategy.

    Parameters
    ----------
    parameters : values in place of the defaults
    account : terms in place of the strategy's own, as its file would have them
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    account: Mapping[str, float | str] = field(default_factory=dict)

    @classmethod
    def of(cls, parameters: Sequence[str], account: Sequence[str]) -> "Terms":
        """Return the terms of ``NAME=VALUE`` texts.

        Raises
        ------
        UsageError : a text without ``=``, or a parameter that is no number
        """
        numbers = {name: _value("--set", name, text) for name, text in _pairs("--set", parameters)}
        for name, value in numbers.items():
            if isinstance(value, str):
                raise UsageError(f"--set {name}={value} is no number", "give a number, as in --set period=10")
        terms = {name: _value("--account", name, text) for name, text in _pairs("--account", account)}
        return cls({name: value for name, value in numbers.items() if not isinstance(value, str)}, terms)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One strategy, with all its terms, on one series.

    Parameters
    ----------
    strategy : with the account that it was run on
    parameters : every one, the defaults too
    """

    strategy: Strategy
    parameters: Mapping[str, float]
    bars: Bars
    simulation: Simulation


def run_strategy(strategy: Strategy, bars: Bars, terms: Terms | None = None) -> Run:
    """Return what ``strategy`` earns on ``bars``, in NumPy and float64.

    Raises
    ------
    StrategyError : terms that the strategy does not know or cannot have, or too few bars
    SimulationError : prices that no account can be kept in
    """
    terms = terms or Terms()
    strategy = with_account(strategy, terms.account)
    decided = signals(strategy, bars, terms.parameters)
    parameters = bind(strategy, terms.parameters).values
    return Run(strategy, parameters, bars, simulate(bars, decided, strategy.account))


def first_divergence_on(device: Device, run: Run, precision: Precision = Precision.FLOAT64) -> Divergence | None:
    """Return the first trade that ``device`` makes otherwise than ``run``; None if it makes the same ones.

    Raises
    ------
    EngineError : the device has no room, no float64, or failed
    """
    fused = compile_strategy(run.strategy)
    table = fused.table(run.bars, [run.parameters])
    expected = {0: run.simulation}
    found = diverging(device, run.bars, fused.source, table, run.strategy.account, expected, precision)
    return found[0] if found else None


def _pairs(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise UsageError(f"{option} {text}", f"give it as {option} NAME=VALUE")
        pairs.append((name, value))
    return pairs


def _value(option: str, name: str, text: str) -> float | str:
    if not text:
        raise UsageError(f"{option} {name}= has no value", f"give it as {option} {name}=VALUE")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
