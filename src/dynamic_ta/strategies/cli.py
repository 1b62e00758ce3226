"""``strategies``: what a file of rules says, when it decides, and whether it can."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode
from dynamic_ta.simulation import Account
from dynamic_ta.strategies import (
    EXAMPLES,
    Setting,
    Strategy,
    StrategyError,
    UnknownStrategyError,
    compile_strategy,
    find_strategy,
    load_example,
    read_strategy,
    warm_up,
)
from dynamic_ta.strategies.bind import bind, first_bar
from dynamic_ta.strategies.model import document_of, place_of
from dynamic_ta.strategies.text import text_of

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("strategies", epilog="Example: ./dynamic strategies show sma-cross")
def strategies_group() -> None:
    """Show strategies, and check the files that hold them."""


@strategies_group.command("list", epilog="Example: ./dynamic strategies list --json")
@_json
def list_command(as_json: bool) -> ExitCode:
    """Print every example with its title and its warm-up in bars."""
    console = Console(as_json=as_json)
    examples = [load_example(name) for name in EXAMPLES]
    console.document({"version": 1, "strategies": [_document(each) for each in examples]})
    rows = [("name", "warm-up", "rules", "title")]
    rows += [(each.name, str(warm_up(each)), ", ".join(each.rules), each.title) for each in examples]
    _print(console, rows)
    return ExitCode.YES


@strategies_group.command("show", epilog="Example: ./dynamic strategies show donchian-breakout --source")
@click.argument("strategy", metavar="NAME|FILE")
@click.option("--source", is_flag=True, help="Print the OpenCL C that the rules become, too.")
@_json
def show_command(strategy: str, source: bool, as_json: bool) -> ExitCode:
    """Print what an example, or a .toml file, decides by, and from which bar on."""
    console = Console(as_json=as_json)
    found = find_strategy(strategy)
    text = compile_strategy(found).source if source else ""
    console.document({"version": 1, "strategy": _document(found) | ({"source": text} if source else {})})
    console.text(Text(f"{found.name}: {found.title}" if found.title else found.name))
    _print(console, [("", *row) for row in _rows(found)])
    if source:
        console.text()
        console.text(Text(text.rstrip()))
    return ExitCode.YES


@strategies_group.command("check", epilog="Example: ./dynamic strategies check mine.toml")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@_json
def check_command(files: tuple[Path, ...], as_json: bool) -> ExitCode:
    """Read each FILE and say what is wrong with it; exit 1 where something is."""
    console = Console(as_json=as_json)
    results = [_checked(file) for file in files]
    console.document({"version": 1, "files": results})
    for result in results:
        console.text(
            Text(
                f"{result['file']}: good, its warm-up is {result['warm_up_bars']} bars"
                if result["good"]
                else f"{result['error']}: {result['hint']}"
            )
        )
    return ExitCode.YES if all(result["good"] for result in results) else ExitCode.NO


def _checked(file: Path) -> dict[str, object]:
    try:
        strategy = read_strategy(file)
    except UnknownStrategyError:
        raise  # wrong usage, which is no verdict on a strategy
    except StrategyError as error:
        return {"file": str(file), "good": False, "error": error.message, "hint": error.hint}
    return {"file": str(file), "good": True, "digest": strategy.digest, "warm_up_bars": warm_up(strategy)}


def _document(strategy: Strategy) -> dict[str, object]:
    return document_of(strategy) | {
        "title": strategy.title,
        "lines": {name: text_of(node) for name, node in strategy.lines.items()},
        "first_bars": _first_bars(strategy),
        "warm_up_bars": warm_up(strategy),
        "digest": strategy.digest,
    }


def _first_bars(strategy: Strategy) -> dict[str, int]:
    return {key: first_bar(node) for key, node in bind(strategy).expressions.items()}


def _rows(strategy: Strategy) -> list[tuple[str, str]]:
    first = _first_bars(strategy)
    account = [(f"account.{field.name}", getattr(strategy.account, field.name)) for field in fields(Account)]
    usual = {f"account.{field.name}": field.default for field in fields(Account)}
    return [
        *((f"parameters.{each.name}", _setting(each)) for each in strategy.settings),
        *((f"lines.{name}", text_of(node)) for name, node in strategy.lines.items()),
        *((place_of(key), f"{text_of(node)}  (from bar {first[key]})") for key, node in strategy.expressions.items()),
        *((name, str(value)) for name, value in account if value != usual[name]),
        ("warm-up", f"{warm_up(strategy)} bars"),
        ("digest", strategy.digest),
    ]


def _setting(setting: Setting) -> str:
    if setting.least is None:
        return str(setting.default)
    by = "" if setting.step is None else f" by {setting.step}"
    return f"{setting.default}; a sweep may vary it from {setting.least} to {setting.most}{by}"


def _print(console: Console, rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        console.text(Text("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()))
