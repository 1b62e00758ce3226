"""How far a sweep is, and how long it will take."""

from collections.abc import Callable

from dynamic_base import Clock
from dynamic_ta.sweeps.run import Progress

_MINUTE_S = 60
_HOUR_S = 3600


def pace(say: Callable[[str], None], clock: Clock) -> Progress:
    """Return a progress that says the rows done, the rate of this run, and the time that is left at that rate."""
    began = clock.monotonic_s()

    def tell(done: int, of: int, before: int) -> None:
        elapsed = clock.monotonic_s() - began
        text = f"{done:,}/{of:,} variants"
        if done > before and elapsed > 0:
            rate = (done - before) / elapsed
            text += f", {rate:,.3g}/s, {duration((of - done) / rate)} left"
        elif before:
            text += " on record"
        say(text)

    return tell


def duration(seconds: float) -> str:
    """Return a time in the unit that a person would take."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min {seconds % _MINUTE_S:.0f} s"
    return f"{seconds // _HOUR_S:.0f} h {seconds % _HOUR_S // _MINUTE_S:.0f} min"
