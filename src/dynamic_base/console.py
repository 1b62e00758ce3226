"""Results to stdout, diagnostics and progress to stderr; one JSON document where asked."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.markup import escape


class Console:
    """Where a command writes.

    Parameters
    ----------
    as_json : bool, results are one JSON document, and text results are left out
    """

    def __init__(self, *, as_json: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        self.as_json = as_json
        self._stdout = stdout or sys.stdout
        self._out = _rich(self._stdout)
        self.progress = _rich(stderr or sys.stderr)

    def document(self, value: Mapping[str, object]) -> None:
        """Print ``value`` as the command's result, when JSON was asked for."""
        if self.as_json:
            with _met_now():
                self._stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
                self._stdout.flush()  # a reader that left or a full disk is met before the exit code is chosen

    def text(self, renderable: RenderableType = "") -> None:
        """Print a result for a person; nothing when JSON was asked for."""
        if not self.as_json:
            self._out.print(renderable)

    @contextmanager
    def activity(self) -> Iterator[Callable[[str], None]]:
        """Give a function that says what is going on: on a terminal one line that moves, elsewhere a line each."""
        if not self.progress.is_terminal:
            yield lambda text: self.note(f"[dim]{escape(text)}[/]")
            return
        with self.progress.status("") as status:
            yield lambda text: status.update(f"[dim]{escape(text)}[/]")

    def note(self, renderable: RenderableType) -> None:
        """Print a diagnostic."""
        self.progress.print(renderable)


@contextmanager
def _met_now() -> Iterator[None]:
    """Raise a broken pipe without its number: where click sees that, it ends the program with 1, a check's no."""
    try:
        yield
    except BrokenPipeError:
        raise BrokenPipeError from None


class _Rich(RichConsole):
    def on_broken_pipe(self) -> None:
        """Raise it: rich would end the program with 1, a check's no."""
        raise BrokenPipeError


def _rich(file: TextIO) -> RichConsole:
    # A pipe has no width: nothing is folded there, so that a line can be grepped.
    return _Rich(file=file, highlight=False, soft_wrap=True, width=None if file.isatty() else 10_000)
