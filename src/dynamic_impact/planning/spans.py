"""Spans of time as a person writes them on a command line: ``90``, ``30s``, ``10m``, ``1h30m``."""

import math
import re

import click

_SPAN = re.compile(r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def parse_span(text: str) -> float | None:
    """Return the seconds of ``text``, or None where it is no span of time."""
    found = _SPAN.fullmatch(text.strip().lower())
    if not found or not any(found.groups()):
        return None
    seconds = sum(float(found[unit] or 0) * each for unit, each in _SECONDS.items())
    return seconds if math.isfinite(seconds) else None


class Span(click.ParamType[float]):
    """An option that takes a span of time, as seconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        seconds = parse_span(str(value))
        if seconds is None:
            self.fail(f"{value!r} is no span of time: write 90s, 10m or 1h30m", param, ctx)
        return seconds
