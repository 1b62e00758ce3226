"""For programs whose words may hold a secret: of one that dies, it is told how it ended, and nothing that it said."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from dynamic_delivery.gates.errors import ToolError

_SAID = re.compile(r" \(.*\)$", re.DOTALL)  # how `run_tool` quotes the last words


@contextmanager
def mute() -> Iterator[None]:
    """Take the program's own words out of a ToolError of ``run_tool``."""
    try:
        yield
    except ToolError as error:
        raise ToolError(_SAID.sub("", error.message), error.hint) from None
