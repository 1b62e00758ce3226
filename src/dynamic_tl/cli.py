"""``dynamic contracts``: parse, call, render, return an exit code."""

import os
import shlex
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Clock, Console, ExitCode, SystemClock, UsageError
from dynamic_tl.contract import run_contract
from dynamic_tl.generate import differences, generate, generated_files
from dynamic_tl.model import Message
from dynamic_tl.node import NodePeer, find_node
from dynamic_tl.peers import PythonPeer
from dynamic_tl.render import document, one_of_each, summary, words
from dynamic_tl.shrink import shrunk
from dynamic_tl.subset import load_messages
from dynamic_tl.vectors import Vectors

_SHOWN = 5
_REPORT_EACH = 2000
_schemas = click.option(
    "--schemas",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of *.json schemas.  [default: those of this repository]",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("contracts", epilog="Example:  ./dynamic contracts test --vectors 1000")
def contracts_group() -> None:
    """Hold Python and JavaScript to the same messages."""


@contracts_group.command("generate", epilog="Example:  ./dynamic contracts generate --check")
@_schemas
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write.  [default: this repository's, with its schemas]",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is not what the schemas say.")
@_json
def generate_command(schemas: Path | None, out: Path | None, check: bool, as_json: bool) -> ExitCode:
    """Write the Python and JavaScript that read and write the messages of the schemas.

    Exit code: 0 done, or all current; 1 --check found a difference; 2 wrong usage; 3 a schema leaves the subset.
    """
    console = Console(as_json=as_json)
    if out is None and schemas is not None:
        raise UsageError("--schemas without --out", "name the folder to write with --out DIR")
    folder = out or _own_code()
    messages = load_messages(schemas)
    wanted = generated_files(messages)
    found = differences(wanted, folder) if check else generate(wanted, folder)
    console.document(
        {
            "version": 1,
            "folder": str(folder),
            "messages": [message.stem for message in messages],
            "differences" if check else "written": [{"file": one.name, "what": one.what} for one in found],
        }
    )
    for one in found:
        console.text(Text(f"{one.what}: {folder / one.name}"))
    said = "differ" if check else "written or removed"
    console.text(Text(f"{len(messages)} messages, {len(wanted)} files, {len(found)} {said}"))
    if check and found:
        console.note("write them with './dynamic contracts generate' and the same options, without --check")
        return ExitCode.NO
    return ExitCode.YES


@contracts_group.command("test", epilog="Example:  ./dynamic contracts test --vectors 1000 --seed 7")
@_schemas
@click.option(
    "--code",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Generated code to test as it stands.  [default: this repository's; with --schemas, made for the test]",
)
@click.option("--vectors", type=click.IntRange(min=1), default=10_000, show_default=True, help="How many.")
@click.option("--vector", "only", type=click.IntRange(min=0), help="Just this one of the seed, to see it again.")
@click.option("--seed", type=int, default=1, show_default=True, help="What they are drawn from.")
@click.option("--node", "node_path", metavar="PATH", default="", help="The Node.js.  [default: $DYNAMIC_NODE, or ours]")
@_json
def test_command(
    schemas: Path | None,
    code: Path | None,
    vectors: int,
    only: int | None,
    seed: int,
    node_path: str,
    as_json: bool,
) -> ExitCode:
    """Send generated vectors, valid and not, through Python and Node.js, there and back.

    Exit code: 0 no difference; 1 a difference, shown small; 2 wrong usage; 3 no Node.js, or code that cannot be run.
    """
    console = Console(as_json=as_json)
    clock: Clock = SystemClock()
    node = find_node(node_path, os.environ)
    messages = load_messages(schemas)
    indices = range(vectors) if only is None else range(only, only + 1)
    with (
        _code(messages, schemas, code) as folder,
        closing(PythonPeer(folder)) as python,
        closing(NodePeer(node, folder)) as javascript,
    ):
        start = clock.monotonic_s()
        with console.activity() as say:
            outcome = run_contract(
                Vectors(messages, seed), indices, python, javascript, lambda done: _progress(done, len(indices), say)
            )
        seconds = clock.monotonic_s() - start
        shown = [shrunk(one, python, javascript) for one in one_of_each(outcome.differences)[:_SHOWN]]
    console.document(document(outcome, shown, seed, node, seconds))
    for one in shown:
        console.text(Text(words(one, _again(one.vector.index, seed, schemas, code))))
    console.text(Text(summary(outcome, node, seed, seconds)))
    return ExitCode.NO if outcome.differences else ExitCode.YES


def _progress(done: int, total: int, say: Callable[[str], None]) -> None:
    # A log gets a line each; a terminal shows them in one place.
    if done % _REPORT_EACH == 0 or done == total:
        say(f"{done}/{total} vectors")


def _again(index: int, seed: int, schemas: Path | None, code: Path | None) -> str:
    """Return the command that shows one vector again."""
    folders = (("--schemas", schemas), ("--code", code))
    options = "".join(f" {name} {shlex.quote(str(folder))}" for name, folder in folders if folder is not None)
    return f"./dynamic contracts test --seed {seed} --vector {index}{options}"


def _own_code() -> Path:
    return Path(str(files("dynamic_tl").joinpath("generated")))


@contextmanager
def _code(messages: Sequence[Message], schemas: Path | None, code: Path | None) -> Iterator[Path]:
    """Give the folder of the code to test; for schemas without code it is made, and gone afterwards."""
    if code is not None or schemas is None:
        yield code or _own_code()
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(generated_files(messages), Path(folder))
        yield Path(folder)
