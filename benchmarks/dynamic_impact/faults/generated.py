"""Small layered repositories full of what makes a precise selection hard; a seed gives one, byte for byte.

Besides plain calls they hold: constants and tables of modules, defaults that are evaluated at import, inheritance over
layers, class attributes, properties, decorators, ``__init_subclass__``, a registry that imports fill, imports by
a string, dispatch by ``getattr``, star imports, packages that export again, a namespace package, a module that changes
another's table, fixtures (one of them for all tests), patched functions, data files, a program that a test starts, and
functions that nothing calls.
"""

import json
import random
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

_HAZARDS = Path(__file__).with_name("hazards.txt")
_MODULE = re.compile(r"src/layers/\w+/m\d+\.py")
_LAYERS = (("low", 7), ("middle", 8), ("high", 6))
_LAYER_TESTS = 12


def generate(seed: int) -> dict[str, str]:
    """Return the files of a repository: about 50 modules, and 34 test files whose expectations come from running it."""
    draw = random.Random(seed)
    files = {**hazards(), **_layers(draw)}
    modules = [path for path in files if _MODULE.fullmatch(path)]
    wanted = {f"tests/layers/test_{number:02}.py": _questions(draw, modules) for number in range(_LAYER_TESTS)}
    for path, (question, answer) in _answers(files, wanted).items():
        files[path] = _test_text(draw, question, answer)
    return files


def hazards() -> dict[str, str]:
    """Return the part that is the same for each seed; in its file a line ``=== path`` opens each."""
    parts = re.split(r"^=== (.+)\n", _HAZARDS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _layers(draw: random.Random) -> dict[str, str]:
    """Return layered modules, each of which calls some of the layers below in one of several ways."""
    files: dict[str, str] = {"src/layers/BUILD": "python_sources()\n", "src/layers/__init__.py": ""}
    below: list[str] = []
    for layer, count in _LAYERS:
        files[f"src/layers/{layer}/BUILD"] = "python_sources()\n"
        files[f"src/layers/{layer}/__init__.py"] = ""
        names = [f"layers.{layer}.m{number}" for number in range(count)]
        for name in names:
            files[f"src/{name.replace('.', '/')}.py"] = _module(draw, below)
        below += names
    return files


def _module(draw: random.Random, below: Sequence[str]) -> str:
    head, calls, base = [], [], "object"
    for used in draw.sample(below, min(len(below), draw.randint(1, 3))):
        short, stem = used.rpartition(".")[2], used.replace(".", "_")
        match draw.randrange(4):
            case 0:
                head.append(f"from {used} import work as {stem}_work")
                calls.append(f"{stem}_work(value)")
            case 1:
                head.append(f"import {used}")
                calls.append(f"{used}.work(value + 1)")
            case 2:
                head.append(f"from {used.rpartition('.')[0]} import {short} as {stem}")
                calls.append(f"{stem}.Thing(value).run()")
            case _:
                head.append(f"from {used} import BASE as {stem}_BASE, Thing as {stem}_Thing")
                calls.append(f"{stem}_BASE + value")
                base = f"{stem}_Thing"
    table = {key: draw.randint(1, 9) for key in "abc"}
    lines = [*sorted(head), "", f"BASE = {draw.randint(1, 30)}", f"TABLE = {table!r}", ""]
    lines += ["", "def helper(value, step=BASE):", f"    return (value * {draw.randint(2, 5)} + step) % 1009", ""]
    lines += ["", "def work(value):", f"    total = helper(value) + TABLE[{draw.choice('abc')!r}]"]
    lines += [f"    total += {call}" for call in calls]
    lines += [f"    if total > {draw.randint(20, 400)}:", f"        total -= {draw.randint(1, 20)}"]
    lines += ["    return total % 1009", ""]
    lines += ["", f"def spare_{draw.randint(0, 99)}(value):", f"    return work(value) + {draw.randint(1, 9)}", ""]
    lines += ["", f"class Thing({base}):", f"    scale = {draw.randint(2, 6)}", ""]
    if base == "object":
        lines += ["    def __init__(self, value):", "        self.value = value", ""]
        lines += ["    def run(self):", "        return self.extra() * self.scale % 1009", ""]
    lines += ["    def extra(self):", f"        return self.value + {draw.randint(1, 9)} + TABLE['a']", ""]
    lines += ["    def rare(self):", f"        return self.value - {draw.randint(1, 9)}"]
    return "\n".join(lines) + "\n"


def _questions(draw: random.Random, modules: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for path in draw.sample(modules, draw.randint(1, 2)):
        name = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        call = draw.choice(("work({})", "Thing({}).run()", "helper({})", "work({})"))
        found.append((name, call.format(draw.randint(1, 60))))
    return found


_ASK = """\
import importlib, json, sys
wanted = json.load(sys.stdin)
json.dump({path: [eval("module." + call, {"module": importlib.import_module(name)}) for name, call in asked]
           for path, asked in wanted.items()}, sys.stdout)
"""


def _answers(
    files: Mapping[str, str], wanted: Mapping[str, list[tuple[str, str]]]
) -> dict[str, tuple[list[tuple[str, str]], list[int]]]:
    with TemporaryDirectory(prefix="seeded-") as folder:
        write(Path(folder), files)
        done = subprocess.run(
            [sys.executable, "-c", _ASK],
            input=json.dumps(wanted),
            env={"PYTHONPATH": str(Path(folder) / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    answers = json.loads(done.stdout)
    return {path: (asked, answers[path]) for path, asked in wanted.items()}


def _test_text(draw: random.Random, asked: Sequence[tuple[str, str]], answers: Sequence[int]) -> str:
    lines = [f"import {name}" for name in sorted({name for name, _ in asked})]
    for number, ((name, call), answer) in enumerate(zip(asked, answers, strict=True)):
        lines += ["", "", f"def test_{number}():", f"    assert {name}.{call} == {answer}"]
    if draw.random() < 0.3:  # noqa: PLR2004  # about a third of the tests lean on a helper
        lines[0:0] = ["from tests.helpers import check"]
        lines += ["", "", "def test_helper():", "    check([2, 2], [2] * 2)"]
    return "\n".join(lines) + "\n"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write ``files`` below ``folder``."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
