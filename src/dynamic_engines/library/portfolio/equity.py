"""Equity of a portfolio of many assets."""

from collections.abc import Callable, Iterator

import numpy as np

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.chunks import Chunked, lane_knobs
from dynamic_engines.library.inputs import check_lines, check_same_length, check_whole
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting, Settings
from dynamic_engines.library.pairs import GROUP, width_of
from dynamic_engines.library.portfolio.costs import factor_errors, product_error
from dynamic_engines.library.stage import Stage, Work, groups, known
from dynamic_engines.matrix.cases import Case, Rng, series
from dynamic_engines.model import Precision

_REACH = {Precision.FLOAT32: 32, Precision.FLOAT64: 256}
_LEAST = 2.0**-10
_SAMPLE = 250_000
_ASSETS = 20
_FEE = 0.0005
# With 1, 3 and 20 assets: empty, one, two bars; staged bars, a chunk, and their neighbours; more chunks than lanes.
_LENGTHS = (0, 1, 2, 17, 255, 257, 1009, 16_385)


def equity(weights: F64, returns: F64, assets: int, fee: float) -> Lines:
    """Return what an account of 1 is worth at each close, and what is traded there.

    Parameters
    ----------
    weights : float64[bars * assets], bar after bar, oldest first: the share of the account in each asset, negative
        where it is short. Those of bar t are known at its close, and earn the returns of bar t + 1
    returns : float64[bars * assets], each asset's close / close before - 1; those of the first bar earn nothing
    assets : int, at least 1
    fee : what trading a value of 1 costs, 0 <= fee < 1

    Returns
    -------
    equity : float64[bars], after the costs of that close
    turnover : float64[bars], the value that is bought and sold over the account's, before those costs

    Raises
    ------
    KernelDomainError : NaN or infinity, sizes that do not fit, more than 2**10 times the account in assets, a bar or
        its costs that leave less than 2**-10 of the account, or an equity beyond 2**256 (float32: 2**32) or its inverse

    Notes
    -----
    Between closes the returns move the positions, to w (1 + r) / (1 + gain) of the account; a close brings them back to
    the weights. Held without trading, one asset at a weight of 1 so costs nothing but its first purchase. Weights below
    1 in all leave cash, which earns nothing.
    """
    growth, turnover = _factors(weights, returns, assets, fee)[2:]
    return _worth(growth), turnover


def _worth(growth: F64) -> F64:
    return np.multiply.accumulate(growth)


def _factors(weights: F64, returns: F64, assets: int, fee: float) -> tuple[F64, F64, F64, F64]:
    """Return 1 + gain, what costs leave, their product, and the turnover, a bar each."""
    wanted, moves = weights.reshape(-1, assets), returns.reshape(-1, assets)
    held = np.concatenate((np.zeros((1, assets)), wanted))[: wanted.shape[0]]
    grown = 1 + (held * moves).sum(axis=1)
    turnover = np.abs(wanted - held * (1 + moves) / grown[:, None]).sum(axis=1)
    kept = 1 - fee * turnover
    return grown, kept, grown * kept, turnover


def _check(precision: Precision, weights: F64, returns: F64, assets: float, fee: float) -> None:
    check_lines(weights=weights, returns=returns)
    check_same_length(weights=weights, returns=returns)
    check_whole("assets", assets, 1, 2**31)
    if weights.size % int(assets):
        raise KernelDomainError(f"weights has {weights.size} values for {assets:g} assets", "give one an asset and bar")
    if not 0 <= fee < 1:
        raise KernelDomainError(f"fee is {fee}", "use 0 <= fee < 1, of the value that is traded")
    if not weights.size:
        return
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        grown, kept, growth, _ = _factors(weights, returns, int(assets), fee)
        gross = np.abs(weights * (2 + np.abs(returns))).reshape(-1, int(assets)).sum(axis=1)
        held = np.abs(weights).reshape(-1, int(assets)).sum(axis=1) * (2 + np.abs(returns).max())
        worth = np.abs(np.log2(_worth(growth)))
    for name, strange, use in (
        (
            "weights and returns",
            ~((gross <= 1 / _LEAST) & (held <= 1 / _LEAST)),
            "no more than 2**10 times the account",
        ),
        ("the account after the gain", ~(grown >= _LEAST), "returns that leave 2**-10 of the account"),
        ("the account after the costs", ~(kept >= _LEAST), "a lower fee, or trade less"),
        ("the equity", ~(worth <= _REACH[precision]), f"fewer bars: it leaves 2**{_REACH[precision]} or its inverse"),
    ):
        if strange.any():
            raise KernelDomainError(f"{name} is out of range at bar {int(np.argmax(strange))}", f"use {use}")


def _place(stage: Stage, weights: F64, returns: F64, assets: int, fee: float) -> Work:
    if not weights.size:
        return known(np.zeros(0), np.zeros(0))
    program = stage.program(load_kernel("portfolio/equity"), lane_knobs(stage.precision))
    bars = weights.size // assets
    chunked, local = Chunked(stage, program, 1, bars), stage.pick(GROUP)
    lanes = local * stage.pick(width_of(stage.precision))
    lines = stage.send("weights", weights), stage.send("returns", returns)
    factors, (turnover, out) = (stage.room(bars), stage.room(bars)), (stage.room(bars), stage.room(bars))
    ends, before = stage.room(chunked.total, 4), stage.room(chunked.total, 4)

    def launch() -> None:
        sizes = np.uint32(bars), np.uint32(assets), stage.real(fee)
        groups(program, -(-bars // lanes), local, *sizes, *lines, *factors, turnover, entry="growths")
        if chunked.chunks > 1:
            chunked.each("equity_ends", *factors, ends)
            chunked.carry(ends, before)
        chunked.each("equity", *factors, before, out).wait()

    return Work(launch, lambda: stage.fetch(out, turnover))


def _most_error(precision: Precision, weights: F64, returns: F64, assets: int, fee: float) -> Lines:
    """Return the bounds, as ``costs.factor_errors`` and ``costs.product_error`` derive them."""
    if not weights.size:
        return np.zeros(0), np.zeros(0)
    factors = _factors(weights, returns, assets, fee)
    device = factor_errors(precision, weights, returns, assets, fee, factors, compensated=True)
    oracle = factor_errors(Precision.FLOAT64, weights, returns, assets, fee, factors, compensated=False)
    relative = (device[0] + oracle[0]) / factors[2]
    return product_error(precision, _worth(factors[2]), relative), device[1] + oracle[1]


def _draw(rng: Rng, precision: Precision) -> Iterator[Case]:
    """Returns of every distribution's steps; weights that are spread, short, one asset's, none, and tiny."""
    drawn = series(precision)
    kinds: dict[str, Callable[[int, int], F64]] = {
        "spread": lambda bars, assets: rng.dirichlet(np.ones(assets), bars),
        "long and short": lambda bars, assets: rng.normal(0, 1 / assets, (bars, assets)),
        "held": lambda bars, assets: np.full((bars, assets), 1 / assets),
        "none": lambda bars, assets: np.zeros((bars, assets)),
        "tiny": lambda bars, assets: np.full((bars, assets), float(np.finfo(precision.dtype).smallest_normal) / 3),
    }

    def case(name: str, bars: int, assets: int, kind: str, settings: Settings) -> Case:
        prices = drawn[name](rng, bars * assets)
        with np.errstate(over="ignore", invalid="ignore"):
            moves = np.diff(prices, prepend=prices[:1]) / np.abs(prices)
        moves = np.where(np.isfinite(prices), moves.clip(-0.3, 0.3) if np.isfinite(moves).all() else moves, prices)
        return Case(f"{name} of {bars} bars, {kind}", (kinds[kind](bars, assets).ravel(), moves), settings)

    for bars in _LENGTHS:
        for assets in (1, 3, 20):
            yield case("walk", bars, assets, "spread", (assets, _FEE))
    for name in drawn:
        for kind in kinds:
            yield case(name, 257, 5, kind, (5, float(rng.choice([0.0, _FEE, 0.01]))))
    yield Case("ruin", (np.ones(4), np.array([0.0, 0.1, -1.0, 0.1])), (1, 0.0))
    yield Case("a fee that eats all", (np.array([1.0, -1, 1, -1]), np.zeros(4)), (1, 0.5))
    yield Case("growth beyond the precision", (np.ones(1200), np.full(1200, 1.0)), (1, 0.0))


def _sample(rng: Rng, share: float) -> Case:
    bars = max(1, int(_SAMPLE * share))
    weights = rng.dirichlet(np.ones(_ASSETS), bars).ravel()
    lines = (weights, rng.normal(0, 0.0001, bars * _ASSETS))
    return Case(f"{bars} bars, {_ASSETS} assets", tuple(held(line) for line in lines), (_ASSETS, _FEE / 100))


def held(line: F64) -> F64:
    """Return ``line`` as float32 holds it."""
    return line.astype(np.float32).astype(np.float64)


EQUITY = Kernel(
    name="portfolio/equity",
    title="Equity after costs",
    inputs=(
        Argument("weights", "n", "REAL", "", "shares of the account, bar after bar; known at that bar's close"),
        Argument("returns", "n", "REAL", "", "of each asset, close to close; earned by the weights of the bar before"),
    ),
    settings=(
        Setting("assets", _ASSETS, 1, "assets in a bar; it divides n"),
        Setting("fee", _FEE, 0, "what trading a value of 1 costs, below 1"),
    ),
    outputs=(
        Argument("equity", "n / assets", "REAL", "", "of an account of 1, after the costs of that close"),
        Argument("turnover", "n / assets", "REAL", "", "what is traded at that close, of the account"),
    ),
    check=_check,
    compute=equity,
    place=_place,
    most_error=_most_error,
    bound_source="a bar's factor: compensated gains, plain turnovers times the fee; u^2 of their product; one rounding",
    cost=lambda size, n, _, assets, __: Cost(size * (2 * n + 2 * (n // assets)), 8 * n),
    draw=_draw,
    sample=_sample,
    knobs=lane_knobs,
)
