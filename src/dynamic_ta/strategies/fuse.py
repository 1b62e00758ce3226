"""One strategy as OpenCL C: the text of its rules, and the lines and parameters that each variant reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines import KernelSource, load_kernel
from dynamic_ta.data import Bars
from dynamic_ta.indicators.model import F64
from dynamic_ta.strategies.bind import bind, bound_read
from dynamic_ta.strategies.decide import check_length
from dynamic_ta.strategies.errors import StrategyError
from dynamic_ta.strategies.lines import Lines
from dynamic_ta.strategies.model import Strategy
from dynamic_ta.strategies.opencl import lines_of, opencl_text
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import Read

# What a generated text stands in for, see kernels/strategies/rules.clh.
RULES_HEADER = "strategies/rules.clh"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What the variants of a strategy read, on one instrument.

    Parameters
    ----------
    lines : float64[n_rows, n_bars], each distinct line once; NaN before its first value
    rows : uint32[n_variants, max(1, n_lines)], for each line of the text, its row
    params : float64[n_variants, max(1, n_parameters)]
    names : the text of each row
    """

    lines: F64
    rows: npt.NDArray[np.uint32]
    params: F64
    names: tuple[str, ...]


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

    def kernel(self, name: str) -> KernelSource:
        """Return the kernel ``name``, which includes the rules, with those of this strategy. Raises as load_kernel."""
        return load_kernel(name, generated={RULES_HEADER: self.source})

    def table(self, bars: Bars, variants: Sequence[Mapping[str, float]]) -> Table:
        """Return the lines, computed by the oracles, and which of them each of ``variants`` reads.

        Parameters
        ----------
        variants : for each, the parameters that are not at their defaults

        Raises
        ------
        StrategyError, StrategyBarsError : as ``signals`` does for a variant; but a division by zero in a rule is only
            found on the device, by ``divides_by_zero``

        Notes
        -----
        Takes 8 bytes for each bar of each distinct line.
        """
        if not variants:
            raise StrategyError(f"{self.strategy.name} is given no variants", "give at least one, {} for the defaults")
        found: dict[Read, int] = {}
        rows = np.zeros((len(variants), max(1, len(self.lines))), np.uint32)
        params = np.zeros((len(variants), max(1, len(self.parameters))))
        for n, variant in enumerate(variants):
            bound = bind(self.strategy, variant)
            for key, node in bound.expressions.items():
                check_length(self.strategy, key, node, bars.n_bars)
            for k, line in enumerate(self.lines):
                rows[n, k] = found.setdefault(bound_read(line, bound.values), len(found))
            params[n, : len(bound.values)] = list(bound.values.values())
        return Table(self._computed(bars, tuple(found)), rows, params, tuple(map(text_of, found)))

    def _computed(self, bars: Bars, found: Sequence[Read]) -> F64:
        find = Lines(bars, self.strategy.name)
        lines = np.zeros((max(1, len(found)), bars.n_bars))
        for n, read in enumerate(found):
            lines[n] = find(read)
        return lines


def compile_strategy(strategy: Strategy) -> Fused:
    """Return the rules of ``strategy`` as OpenCL C, for any choice of its parameters."""
    parameters = [each.name for each in strategy.settings]
    source = opencl_text(strategy.name, strategy.expressions, parameters)
    return Fused(strategy, source, lines_of(strategy.expressions))
