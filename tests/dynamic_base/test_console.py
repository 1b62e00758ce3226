"""What a command prints where nobody reads it, or it does not fit."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from dynamic_base import Console

_WAYS: tuple[Callable[[TextIO], None], ...] = (
    lambda file: Console(stdout=file).text("a result"),
    lambda file: Console(stdout=file, as_json=True).document({"a": "result"}),
    lambda file: Console(stderr=file).note("what is going on"),
)
each_way = pytest.mark.parametrize("print_to", _WAYS, ids=["text", "document", "note"])


@pytest.fixture
def unread() -> Iterator[TextIO]:
    """A pipe whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    file = os.fdopen(writing, "w", encoding="utf-8")
    yield file
    with pytest.raises(BrokenPipeError):
        file.close()


@each_way
def test_a_reader_that_left_is_an_error_and_no_exit_with_a_checks_no(
    unread: TextIO, print_to: Callable[[TextIO], None]
) -> None:
    with pytest.raises(BrokenPipeError) as raised:
        print_to(unread)
    assert raised.value.errno is None  # click ends the program with 1 where it is EPIPE


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no device that is always full")
@each_way
def test_a_full_disk_is_met_before_the_exit_code_is_chosen(print_to: Callable[[TextIO], None]) -> None:
    file = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115  # closing it raises again
    with pytest.raises(OSError, match="No space"):
        print_to(file)
    with pytest.raises(OSError, match="No space"):
        file.close()
