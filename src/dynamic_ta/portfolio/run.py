"""From a strategy and many assets to a portfolio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.market import Calendar, Market, align
from dynamic_ta.portfolio.model import PortfolioSimulation, Rebalancing, portfolio_account
from dynamic_ta.portfolio.oracle import simulate_portfolio
from dynamic_ta.portfolio.sides import Wanted, exits_on, sides_on, wanted_of
from dynamic_ta.portfolio.weights import WeightTerms, find_weighting
from dynamic_ta.runs import Terms
from dynamic_ta.strategies import Strategy, bind, signals, with_account


@dataclass(frozen=True, slots=True)
class Plan:
    """How the sides of a strategy become a portfolio.

    Parameters
    ----------
    weights : a row of ``weights.WEIGHTINGS``
    terms : what that row reads
    """

    weights: str = "equal"
    terms: WeightTerms = field(default_factory=WeightTerms)
    rebalancing: Rebalancing = field(default_factory=Rebalancing)
    calendar: Calendar = Calendar.UNION


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioRun:
    """One strategy, with all its terms, on many assets.

    Parameters
    ----------
    strategy : with the account that it was run on
    parameters : every one, the defaults too
    targets, exits : float64[n_bars, n_assets]
    """

    strategy: Strategy
    parameters: Mapping[str, float]
    plan: Plan
    market: Market
    targets: F64
    exits: F64
    simulation: PortfolioSimulation


def run_portfolio(
    strategy: Strategy, assets: Sequence[Bars], plan: Plan | None = None, terms: Terms | None = None
) -> PortfolioRun:
    """Return what ``strategy`` earns on ``assets``, one account for all.

    Raises
    ------
    StrategyError : terms that the strategy does not know or cannot have, or too few bars of an asset
    PortfolioError : assets or weights that do not fit
    SimulationError : prices that no account can be kept in
    """
    plan, terms = plan or Plan(), terms or Terms()
    strategy = with_account(strategy, terms.account)
    market = align(assets, plan.calendar)
    wanted = _wanted(strategy, market, terms.parameters)
    targets, exits = _weighed(market, wanted, plan), exits_on(market, [one.exits for one in wanted])
    told = simulate_portfolio(market, targets, portfolio_account(strategy.account), plan.rebalancing, exits)
    return PortfolioRun(strategy, bind(strategy, terms.parameters).values, plan, market, targets, exits, told)


def targets_of(strategy: Strategy, market: Market, plan: Plan, parameters: Mapping[str, float]) -> F64:
    """Return the weights that the strategy's sides give at each close, float64[n_bars, n_assets].

    Raises
    ------
    As ``run_portfolio`` does
    """
    return _weighed(market, _wanted(strategy, market, parameters), plan)


def _wanted(strategy: Strategy, market: Market, parameters: Mapping[str, float]) -> list[Wanted]:
    return [wanted_of(bars, signals(strategy, bars, parameters), strategy.account) for bars in market.assets]


def _weighed(market: Market, wanted: list[Wanted], plan: Plan) -> F64:
    sides = sides_on(market, [one.sides for one in wanted])
    return find_weighting(plan.weights).compute(market, sides, plan.terms)
