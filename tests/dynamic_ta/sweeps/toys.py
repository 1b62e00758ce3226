"""Evaluators whose results a test can work out by hand."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from dynamic_ta.sweeps.model import BarRange, Evaluate, Evaluator, Outcome, Points, Variant, Variants
from dynamic_ta.sweeps.spaces import SAMPLERS, Listed, Search, Space

STATISTICS = ("sum", "ratio")


def toy(variant: Variant) -> Outcome:
    """Give a sum, and a ratio that is undefined where b is 0."""
    a, b = variant["a"], variant["b"]
    total = a + 10 * b + 1000 * variant.bars.start + len(variant.asset)
    return Outcome(STATISTICS, (total, a / b if b else math.nan))


def toys(variants: Sequence[Variant]) -> list[Outcome]:
    return [toy(variant) for variant in variants]


@dataclass
class Seen:
    """An evaluator that remembers each variant that it was asked for, and each place that was opened and closed."""

    evaluate: Evaluate = toys
    variants: list[Variant] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, place: str) -> Iterator[Evaluate]:
        self.opened.append(place)
        try:
            yield self._ask
        finally:
            self.closed.append(place)

    def _ask(self, variants: Sequence[Variant]) -> Sequence[Outcome]:
        self.variants.extend(variants)
        return self.evaluate(variants)

    def evaluator(self, code: str = "v1", most_rows: int = 1 << 16) -> Evaluator:
        return Evaluator("toy", "none", code, STATISTICS, self.open, most_rows)


def some_variants(a: int = 5, b: int = 4, targets: Sequence[tuple[str, BarRange]] = ()) -> Variants:
    """Return a grid of a times b on each target."""
    axes = tuple(Listed(name, tuple(map(float, range(n))), whole=True) for name, n in (("a", a), ("b", b)))
    return Variants(points_of(Space(axes)), tuple(targets) or (("x", BarRange(0, 0, 10)), ("yy", BarRange(2, 5, 9))))


def points_of(space: Space, sampler: str = "grid", n: int = 0, seed: int = 0) -> Points:
    return Search(space, next(row for row in SAMPLERS if row.name == sampler), n, seed).points()
