"""An edit re-certifies just the strategies that it reaches: certified under the real recorder, then judged."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynamic_impact.recordings.plain import PlainRecordings, place_recorder, recording_environment
from tests.dynamic_ta.certificates.made import SPEC, write_spec

MEAN, STRENGTH = "test_mean.py", "test_strength.py"
STRATEGIES = {
    MEAN: 'name = "mean"\n[rules]\nenter_long = "close > sma(5)"\nexit_long = "close < sma(5)"\n',
    STRENGTH: 'name = "strength"\n[rules]\nenter_long = "rsi(5) < 30"\nexit_long = "rsi(5) > 60"\n',
}
TEST = """
from pathlib import Path
from dynamic_base import TickingClock
from dynamic_ta.certificates import certify, read_spec

def test_it():
    assert certify(read_spec(Path({spec!r})), TickingClock()).certified
"""


class House:
    """A copy of the packages, in which both strategies were certified under the recorder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "house"
        self.recordings = PlainRecordings()
        for package in ("dynamic_base", "dynamic_engines", "dynamic_ta"):
            shutil.copytree(Path("src") / package, self.root / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree("kernels", self.root / "kernels")
        recorder = place_recorder(folder / "recorder")
        for test, strategy in STRATEGIES.items():
            place = self.root / test.removesuffix(".py")
            place.mkdir()
            spec = write_spec(place, SPEC, strategy)
            (self.root / test).write_text(TEST.format(spec=str(spec)))
            self._record(recorder, test, folder / f"{test}.json")

    def _record(self, recorder: Path, test: str, output: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PYTHONPATH"] = str(self.root)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "dynamic_recorder", "-p", "no:cacheprovider", test],
            cwd=self.root,
            env=recording_environment(recorder, self.root, output, environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.recordings.add(test, output, self.root)

    def selected(self, file: str, text: str) -> set[str]:
        """Return the tests that must run if ``file`` held ``text``."""
        path = self.root / file
        before = path.read_bytes()
        path.write_text(text, encoding="utf-8")
        try:
            found = self.recordings.judge(STRATEGIES, self.root)
        finally:
            path.write_bytes(before)
        return {test for test, judgement in found.items() if not judgement.spared}

    def text(self, file: str) -> str:
        return (self.root / file).read_text(encoding="utf-8")

    def with_a_statement(self, file: str, function: str) -> str:
        """Return ``file`` with one statement more in ``function``, before its last."""
        text = self.text(file)
        (found,) = (
            node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == function
        )
        lines = text.splitlines(keepends=True)
        lines.insert(found.body[-1].lineno - 1, "    None\n")
        return "".join(lines)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("selection"))


def test_without_an_edit_nothing_is_certified_again(house: House) -> None:
    assert house.selected("dynamic_ta/errors.py", house.text("dynamic_ta/errors.py")) == set()


@pytest.mark.parametrize(
    ("file", "function", "tests"),
    [
        ("dynamic_ta/indicators/sma.py", "sma", {MEAN}),
        ("dynamic_ta/indicators/rsi.py", "rsi", {STRENGTH}),
        ("dynamic_ta/indicators/macd.py", "macd", set()),
        ("dynamic_ta/simulation/oracle.py", "simulate", {MEAN, STRENGTH}),
        ("dynamic_ta/simulation/device.py", "list_trades", {MEAN, STRENGTH}),
        ("dynamic_ta/backtest/oracle.py", "run_backtest", set()),
    ],
)
def test_an_edit_of_code_selects_the_strategies_that_reach_it(
    house: House, file: str, function: str, tests: set[str]
) -> None:
    assert house.selected(file, house.with_a_statement(file, function)) == tests


def test_a_comment_in_code_that_has_a_digest_in_the_certificate_asks_for_a_new_one(house: House) -> None:
    for file, tests in (("sma", {MEAN}), ("rsi", {STRENGTH}), ("macd", set())):
        path = f"dynamic_ta/indicators/{file}.py"
        assert house.selected(path, f"{house.text(path)}# why\n") == tests


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("test_mean/strategy.toml", {MEAN}),
        ("test_strength/spec.toml", {STRENGTH}),
        ("test_strength/bars.csv", {STRENGTH}),
        ("kernels/simulation/simulate.cl", {MEAN, STRENGTH}),
    ],
)
def test_an_edit_of_a_file_selects_the_strategies_that_opened_it(house: House, file: str, tests: set[str]) -> None:
    assert house.selected(file, f"{house.text(file)}\n") == tests
