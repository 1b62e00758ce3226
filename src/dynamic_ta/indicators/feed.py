"""A stream that checks its bars and can be saved: what a program that trades holds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.model import Indicator, Settings
from dynamic_ta.indicators.streaming import Stream, restore, state_of


@dataclass(slots=True)
class Feed:
    """One indicator with its settings, and the bars that it has seen.

    What ``update`` returns for a bar is what the oracle gives for it over all bars so far, bit for bit.
    """

    row: Indicator
    settings: Settings
    stream: Stream
    warm_ups: tuple[int, ...]
    bars: int = 0

    @classmethod
    def start(cls, row: Indicator, settings: Settings) -> Self:
        """Return a feed that has seen no bar.

        Raises
        ------
        IndicatorInputError : settings that the row refuses
        """
        return cls(row, settings, row.start(settings), row.warm_up(settings))

    @classmethod
    def resume(cls, row: Indicator, saved: Mapping[str, object]) -> Self:
        """Return the feed that was saved.

        Raises
        ------
        IndicatorInputError : it is that of another indicator, or of another version of it
        """
        settings, bars = saved.get("settings"), saved.get("bars")
        if saved.get("indicator") != row.name or not isinstance(settings, list) or not isinstance(bars, int):
            raise IndicatorInputError(f"this is no saved feed of {row.name}", "give what save() returned")
        feed = cls.start(row, tuple(settings))
        restore(feed.stream, saved.get("stream"))
        feed.bars = bars
        return feed

    def update(self, *bar: float) -> tuple[float, ...]:
        """Take the next bar, one value of each input, and return one value of each output; NaN in its warm-up.

        Raises
        ------
        IndicatorInputError : a value that is not finite, a negative volume, or a price too large; of a refused bar
            nothing is kept, but a feed that overflowed is of no more use
        """
        if len(bar) != len(self.row.inputs):
            raise IndicatorInputError(f"a bar of {len(bar)} values", f"give {', '.join(self.row.inputs)}")
        for name, value in zip(self.row.inputs, bar, strict=True):
            if not math.isfinite(value):
                raise IndicatorInputError(f"{name} is {value} at bar {self.bars}", "drop or fill it")
            if name == "volume" and value < 0:
                raise IndicatorInputError(f"{name} is {value} at bar {self.bars}", "give what was traded, 0 or more")
        values = self.stream.update(*map(float, bar))
        for name, value, warm_up in zip(self.row.outputs, values, self.warm_ups, strict=True):
            if self.bars >= warm_up and not math.isfinite(value):
                raise IndicatorInputError(f"{name} is {value} at bar {self.bars}: overflowed", "use a larger unit")
        self.bars += 1
        return values

    def save(self) -> dict[str, object]:
        """Return all that ``resume`` needs: numbers, texts, lists and dicts, as JSON holds them (with its NaN)."""
        return {
            "indicator": self.row.name,
            "settings": list(self.settings),
            "bars": self.bars,
            "stream": state_of(self.stream),
        }
