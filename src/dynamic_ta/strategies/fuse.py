"""One strategy as OpenCL C: the text of its rules, and the lines and parameters that each variant reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dynamic_ta.data import Bars
from dynamic_ta.indicators.model import Indicator
from dynamic_ta.strategies.lines import Compute
from dynamic_ta.strategies.model import Strategy
from dynamic_ta.strategies.opencl import lines_of, opencl_text
from dynamic_ta.strategies.table import Table, table_of
from dynamic_ta.strategies.tree import Read

# What a text stands in for, as load_kernel's ``generated``.
RULES_HEADER = "strategies/rules.clh"


@dataclass(frozen=True, slots=True)
class Fused:
    """A strategy's rules as OpenCL C.

    Parameters
    ----------
    source : OpenCL C, see kernels/strategies/rules.clh for what it defines
    lines : what ``LINE(0, t)``, ``LINE(1, t)``… are, with the strategy's parameters in them
    """

    strategy: Strategy
    source: str
    lines: tuple[Read, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """What ``PARAM(0)``, ``PARAM(1)``… are."""
        return tuple(each.name for each in self.strategy.settings)

    def table(self, bars: Bars, variants: Sequence[Mapping[str, float]], compute: Compute = Indicator.oracle) -> Table:
        """Return the lines, and which of them each of ``variants`` reads.

        Parameters
        ----------
        variants : for each, the parameters that are not at their defaults
        compute : what finds the lines of an indicator

        Raises
        ------
        StrategyError, StrategyBarsError : as ``signals`` does for a variant; but a division by zero in a rule is only
            found on the device, by ``divides_by_zero``

        Notes
        -----
        Takes 8 bytes for each bar of each distinct line.
        """
        return table_of(self.strategy, self.lines, bars, variants, compute)


def compile_strategy(strategy: Strategy) -> Fused:
    """Return the rules of ``strategy`` as OpenCL C, for any choice of its parameters."""
    parameters = [each.name for each in strategy.settings]
    source = opencl_text(strategy.name, strategy.expressions, parameters)
    return Fused(strategy, source, lines_of(strategy.expressions))
