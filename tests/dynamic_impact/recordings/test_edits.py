"""Which edits of a program select its test, and which spare it: each program is recorded once, then edited."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.dynamic_impact.recordings.programs import new_program


class Edit(NamedTuple):
    """Text to replace in a file."""

    file: str
    old: str
    new: str


class Case(NamedTuple):
    """A program, the edits that its test may see, and those that it cannot."""

    files: dict[str, str]
    selects: tuple[Edit, ...]
    spares: tuple[Edit, ...] = ()


def lib(old: str, new: str) -> Edit:
    return Edit("lib.py", old, new)


def test(old: str, new: str) -> Edit:
    return Edit("test_it.py", old, new)


test.__test__ = False  # type: ignore[attr-defined]  # it makes an edit

CASES = {
    "functions": Case(
        {
            "lib.py": """\
                LIMIT = 3

                def used(a, b=1):
                    "What it does."
                    local = a + b  # the sum
                    return local

                def unused(a):
                    return a * 2

                def never(): return "text"
                """,
            "test_it.py": """\
                import lib

                def test_used():
                    assert lib.used(1) == 2
                """,
        },
        selects=(
            lib("LIMIT = 3", "LIMIT = 4"),
            lib("a + b", "a - b"),
            lib("local", "other"),
            lib("b=1", "b=2"),
            lib("What it does.", "What it did."),
            lib("def unused(a)", "def unused(a, b=None)"),
            lib("def unused(a)", "def unused(a) -> int"),
            lib("def unused(a)", "@print\ndef unused(a)"),
            lib("def unused(a)", "async def unused(a)"),
            lib("return a * 2", "yield a * 2"),
            lib("return a * 2", 'return (yield "x")'),
            lib('def never(): return "text"', ""),
            lib("def never()", "def ever()"),
            lib("LIMIT = 3", "LIMIT = 3\ndef used2(): pass"),
            lib("LIMIT = 3", "from __future__ import annotations\nLIMIT = 3"),
            test("== 2", "== 3"),
            test("import lib", "import lib\n\ndef test_new(): assert lib.unused(1) == 3"),
        ),
        spares=(
            lib("  # the sum", "  # their sum"),
            lib("LIMIT = 3", "LIMIT   = (3)\n\n"),
            lib("return local", "return (local)"),
            lib("return a * 2", "return a * 3"),
            lib("return a * 2", "def inner():\n        yield 1\n    return inner"),
            lib('return "text"', "return b''"),
            test("import lib", "# a comment\nimport lib"),
        ),
    ),
    "classes": Case(
        {
            "lib.py": """\
                class Base:
                    size = 1

                    def area(self):
                        return self.size * self.factor()

                    def factor(self):
                        return 2

                    def unused(self):
                        return 5

                    class Inner:
                        def deep(self):
                            return 6

                class Child(Base):
                    size = 2

                    @property
                    def name(self):
                        return self._name

                    @name.setter
                    def name(self, value):
                        self._name = value

                def make():
                    class Local:
                        def never(self):
                            return 7
                    return Local
                """,
            "test_it.py": """\
                import lib

                def test_area():
                    child = lib.Child()
                    assert child.area() == 4
                    child.name = "a"
                    assert lib.make()
                """,
        },
        selects=(
            lib("return 2", "return 3"),
            lib("size = 2", "size = 3"),
            lib("class Child(Base):", "class Child(Base):\n    def factor(self): return 9\n"),
            lib("class Child(Base)", "class Child"),
            lib("self._name = value", "self._name = value + 1"),
            lib("return self._name", "raise ValueError"),
            lib("return 7", "return 8"),
            lib("return 5", "return super().area()"),
        ),
        spares=(lib("return 5", "return 55"), lib("return 6", "return 66")),
    ),
    "what runs at import": Case(
        {
            "lib.py": """\
                import functools
                from dataclasses import dataclass

                def register(function):
                    REGISTRY.append(function)
                    return function

                REGISTRY = []
                double = lambda x: x * 2

                @register
                def first():
                    return 1

                class Meta(type):
                    def __new__(cls, name, bases, space):
                        return super().__new__(cls, name, bases, space)

                    def unused(cls):
                        return 3

                class Made(metaclass=Meta):
                    def __init_subclass__(cls):
                        cls.mark = 4

                class Sub(Made):
                    pass

                @dataclass
                class Point:
                    x: int = 5

                    def far(self):
                        return self.x > 100

                @functools.singledispatch
                def kind(value):
                    return "any"

                @kind.register
                def _(value: int):
                    return "int"

                def __getattr__(name):
                    return name + "!"
                """,
            "test_it.py": """\
                import lib

                def test_import():
                    assert len(lib.REGISTRY) == 1
                    assert lib.Sub.mark == 4
                    assert lib.Point().x == 5
                    assert lib.kind(1) == "int"
                    assert lib.missing == "missing!"
                """,
        },
        selects=(
            lib("REGISTRY.append(function)", "pass"),
            lib("x * 2", "x * 3"),
            lib("return super()", "space[1] = 2; return super()"),
            lib("cls.mark = 4", "cls.mark = 5"),
            lib("x: int = 5", "x: int = 6"),
            lib("x: int = 5", "x: int = 5\n    y: int = 6"),
            lib('return "int"', 'return "whole"'),
            lib('"!"', '"?"'),
            lib("@register\n", ""),
        ),
        spares=(
            lib("return 1", "return 11"),
            lib("return 3", "return 33"),
            lib("self.x > 100", "self.x > 101"),
            lib('return "any"', 'return "none"'),
        ),
    ),
    "imports": Case(
        {
            "lib.py": """\
                from stars import *
                import importlib

                try:
                    import absent
                except ImportError:
                    absent = None

                if absent:
                    def pick(): return absent
                else:
                    def pick(): return one()

                def by_name(name):
                    return importlib.import_module(name).answer()
                """,
            "stars.py": "def one():\n    return 1\n\ndef two():\n    return 2\n",
            "plug.py": "def answer():\n    return 42\n\ndef other():\n    return 1\n",
            "package/__init__.py": "from package import part\n",
            "package/part.py": "VALUE = 1\n",
            "script.py": "def main():\n    return 1\n\nRESULT = main()\n",
            "test_it.py": """\
                import runpy
                import lib
                import package

                def test_imports():
                    assert lib.pick() == 1
                    assert lib.by_name("plug") == 42
                    assert runpy.run_path("script.py")["RESULT"] == 1
                """,
        },
        selects=(
            Edit("stars.py", "def two", "def three"),
            Edit("stars.py", "return 1", "return 3"),
            Edit("plug.py", "42", "43"),
            Edit("package/__init__.py", "part", "part, other"),
            Edit("package/part.py", "VALUE = 1", "VALUE = 2"),
            Edit("script.py", "return 1", "return 2"),
            lib("return absent", "return None"),
        ),
        spares=(
            Edit("stars.py", "return 2", "return 3"),
            Edit("plug.py", "return 1", "return 2"),
        ),
    ),
    "other ways of running": Case(
        {
            "lib.py": """\
                import asyncio
                import contextlib
                import threading
                from concurrent.futures import ThreadPoolExecutor

                def in_thread(out):
                    out.append(deep())

                def deep():
                    return 5

                class Worker(threading.Thread):
                    def run(self):
                        self.result = from_run()

                def from_run():
                    return 6

                def pooled(x):
                    return x + 1

                async def wait():
                    return 3

                async def unawaited():
                    return 4

                def count():
                    yield 1
                    yield 2

                @contextlib.contextmanager
                def open_it():
                    yield 8

                class Thing:
                    def __eq__(self, other):
                        return True

                    def __del__(self):
                        gone()

                    def __repr__(self):
                        return "thing"

                def gone():
                    return 9

                def main():
                    out = []
                    thread = threading.Thread(target=in_thread, args=(out,))
                    thread.start()
                    worker = Worker()
                    worker.start()
                    thread.join()
                    worker.join()
                    with ThreadPoolExecutor(1) as pool:
                        assert list(pool.map(pooled, [1])) == [2]
                    assert Thing() == 1
                    with open_it() as it:
                        assert it == 8
                    return out[0], worker.result, asyncio.run(wait()), list(count())
                """,
            "test_it.py": """\
                import lib

                def test_main():
                    assert lib.main() == (5, 6, 3, [1, 2])
                    exec(compile("import lib; lib.exec_mark = lib.count", "made up", "exec"))
                """,
        },
        selects=(
            lib("return 5", "return 55"),
            lib("return 6", "return 66"),
            lib("out.append(deep())", "out.extend([deep()])"),
            lib("self.result = from_run()", "self.result = int(from_run())"),
            lib("x + 1", "x + 2"),
            lib("return 3", "return 33"),
            lib("yield 2", "yield 3"),
            lib("yield 8", "yield 88"),
            lib("return True", "return False"),
            lib("return 9", "return 99"),
        ),
        spares=(lib("return 4", "return 44"), lib('return "thing"', 'return "it"')),
    ),
    "what is replaced": Case(
        {
            "lib.py": """\
                def slow():
                    return 1

                def user():
                    return slow()

                def specified(a, b):
                    return a
                """,
            "test_it.py": """\
                from unittest import mock
                import lib

                def test_patched(monkeypatch):
                    monkeypatch.setattr(lib, "slow", lambda: 7)
                    assert lib.user() == 7
                    with mock.patch.object(lib, "specified", autospec=True) as fake:
                        fake.return_value = 1
                        assert lib.specified(1, 2) == 1
                """,
        },
        selects=(
            lib("def slow()", "def slower()"),
            lib("def specified(a, b)", "def specified(a)"),
            lib("return slow()", "return slow() + 1"),
        ),
        spares=(lib("return 1", "return 2"), lib("return a", "return b")),
    ),
    "fixtures": Case(
        {
            "conftest.py": """\
                import pytest

                @pytest.fixture
                def used():
                    return 1

                @pytest.fixture
                def unused():
                    return 2

                def pytest_collection_modifyitems(items):
                    items.sort(key=lambda item: item.name)
                """,
            "test_it.py": """\
                import pytest

                def test_it(used):
                    assert used == 1

                @pytest.mark.skip
                def test_skipped():
                    assert False
                """,
        },
        selects=(
            Edit("conftest.py", "return 1", "return 3"),
            Edit("conftest.py", "@pytest.fixture\ndef unused", "@pytest.fixture(autouse=True)\ndef unused"),
            Edit("conftest.py", "item.name", "item.nodeid"),
            test("@pytest.mark.skip", ""),
        ),
        spares=(Edit("conftest.py", "return 2", "return 4"), test("assert False", "assert 0")),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_edit_selects_the_test_just_where_it_may_see_it(case: Case, tmp_path: Path) -> None:
    program = new_program(tmp_path, case.files)
    recording = program.record()
    assert not recording.hazards
    assert program.judge().spared, program.judge().why
    missed = [edit for edit in case.selects if program.judge_edit(*edit).spared]
    assert not missed, "these edits can be seen"
    taken = {edit: said.why for edit in case.spares if not (said := program.judge_edit(*edit)).spared}
    assert not taken, "these edits cannot be seen"


def test_a_file_that_cannot_be_parsed_any_more_or_is_gone_selects_its_test(tmp_path: Path) -> None:
    files = {"lib.py": "def used(): return 1\n", "test_it.py": "import lib\ndef test_it(): assert lib.used() == 1\n"}
    program = new_program(tmp_path, files)
    program.record()
    for text in ("def used(:\n", "def used(): return 1\0\n", ""):
        (program.root / "lib.py").write_text(text)
        assert not program.judge().spared
    (program.root / "lib.py").unlink()
    assert not program.judge().spared
