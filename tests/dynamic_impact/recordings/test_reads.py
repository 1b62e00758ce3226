"""What a test sees of a default without a call, and of data: by whatever way it reads them."""

import re

import pytest

from tests.dynamic_impact.recordings.conftest import MakeProgram
from tests.dynamic_impact.recordings.programs import TEST, body

DEFAULTS = "def used(x=1):\n    return x\n\ndef unused(a=None, *, x=2):\n    return x\n"


def test_a_default_counts_where_its_function_is_called(program: MakeProgram) -> None:
    made = program({**body("assert lib.used() == 1"), "lib.py": DEFAULTS})
    assert made.record().hazards == ()
    assert made.judge_edit("lib.py", "x=2", "x=3").spared
    assert "the defaults of used" in made.judge_edit("lib.py", "x=1", "x=3").why
    assert not made.judge_edit("lib.py", "x=2", "x=undefined").spared
    assert not made.judge_edit("lib.py", "x=2", "x").spared, "a call without it would fail before it is seen"


READERS_OF_DEFAULTS = (
    "assert LIB.unused.__kwdefaults__",
    "assert getattr(LIB.unused, '__def' + 'aults__')",
    "import operator; assert operator.attrgetter('unused.__defaults__')(LIB)",
    "import inspect; assert inspect.signature(LIB.unused).parameters",
    "import inspect; assert inspect.getfullargspec(LIB.unused)",
    "import types; assert types.FunctionType.__dict__['__kwdefaults__'].__get__(LIB.unused)",
    "import pydoc; assert pydoc.render_doc(LIB.unused)",
    "from unittest import mock; mock.create_autospec(LIB.unused)",
    "import functools, inspect; assert inspect.signature(functools.partial(LIB.unused, a=1))",
    "import functools, inspect; assert inspect.signature(functools.wraps(LIB.unused)(lambda: 1))",
    "import types; types.FunctionType(LIB.used.__code__, {}, 'n', LIB.unused.__defaults__)()",
    "exec('LIB.unused.__kwdefaults__', {'LIB': LIB})",
    "import inspect; class_ = type('C', (), {'m': LIB.unused}); assert inspect.signature(class_().m)",
    "LIB.__dict__['unused']()",
    "vars(LIB)['unus' + 'ed'](5)",
    "import functools; functools.partial(LIB.unused, 1)()",
    "import pickle; pickle.loads(pickle.dumps(LIB.unused))()",
    "list(map(LIB.unused, [1]))",
    "import threading; t = threading.Thread(target=LIB.unused); t.start(); t.join()",
)


def test_a_default_counts_for_who_reads_it(program: MakeProgram) -> None:
    names = [f"lib{count}" for count in range(len(READERS_OF_DEFAULTS))]
    lines = [
        f"import {name}; {line}".replace("LIB", name) for name, line in zip(names, READERS_OF_DEFAULTS, strict=True)
    ]
    made = program({**body(*lines), **{f"{name}.py": DEFAULTS for name in ("lib", *names)}})
    assert made.record().hazards == ()
    assert made.judge_edit("lib.py", "x=2", "x=3").spared, "it is not among them"
    for name, line in zip(names, READERS_OF_DEFAULTS, strict=True):
        assert not made.judge_edit(f"{name}.py", "x=2", "x=3").spared, line


def test_a_default_counts_for_a_decorator_that_sees_it_and_for_a_lambda_that_is_called(program: MakeProgram) -> None:
    lib = """\
    import inspect

    def shown(function):
        return function.__defaults__ and function

    def called(function):
        return function() and function

    @shown
    def one(x=1):
        return x

    @called
    def two(x=2):
        return x

    @(lambda function: inspect.signature(function) and function)
    def three(x=3):
        return x

    def four(x=lambda: 4):
        pass

    FOUR = four.__defaults__[0]()

    def five(x=5):
        return x
    """
    made = program({**body("assert lib"), "lib.py": lib})
    assert made.record().hazards == ()
    for old, new in (("x=1", "x=9"), ("x=2", "x=9"), ("x=3", "x=9"), ("lambda: 4", "lambda: 9")):
        assert not made.judge_edit("lib.py", old, new).spared, old
    assert made.judge_edit("lib.py", "x=5", "x=9").spared


def test_who_looks_into_objects_is_kept(program: MakeProgram) -> None:
    made = program(body("import gc", "assert gc.get_referents(lib.unused)"))
    made.record()
    assert "looks into objects" in made.judge().why


READERS_OF_DATA = (
    "open('DATA').read()",
    "import os; os.close(os.open(os.path.abspath('DATA'), os.O_RDONLY))",
    "import io; io.FileIO('DATA').read()",
    "import pathlib; pathlib.Path('DATA').read_bytes()",
    "import shutil; shutil.copy('DATA', 'copyDATA')",
    "import os; os.symlink('DATA', 'aliasDATA'); open('aliasDATA').read()",
    "import os; os.link('DATA', 'otherDATA'); open('otherDATA').read()",
    "import mmap; f = open('DATA', 'rb'); mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[0]",
    "import linecache; assert linecache.getline('DATA', 1)",
    "import fileinput; list(fileinput.input(['DATA'])); fileinput.close()",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'open(\"DATA\")'], check=True)",
    "import os; os.rename('DATA', 'movedDATA'); os.rename('movedDATA', 'DATA')",
    "import os; os.mkdir('dDATA'); os.chdir('dDATA'); open('../DATA').read(); os.chdir('..')",
    "import sqlite3; sqlite3.connect('DATA').close()",
)


def test_data_counts_for_who_reads_it(program: MakeProgram) -> None:
    names = [f"data{count}.txt" for count in range(len(READERS_OF_DATA))]
    lines = [line.replace("DATA", name) for name, line in zip(names, READERS_OF_DATA, strict=True)]
    known = ["import pathlib; assert pathlib.Path('data.txt').exists()", "assert lib.used()"]
    made = program({**body(*known, *lines), **dict.fromkeys(names, "1\n")})
    recording = made.record()
    assert (recording.hazards, recording.inputs) == ((), "without data"), made.blind()
    for name, line in zip(names, READERS_OF_DATA, strict=True):
        path = made.root / name
        path.write_text("2\n")
        judged = made.recordings.judge([TEST], made.root, other_data=True)[TEST]
        assert judged.why.startswith(f"{name} changed"), line
        path.write_text("1\n")
    (made.root / "data.txt").write_text("2\n")
    assert made.recordings.judge([TEST], made.root, other_data=True)[TEST].spared


UNSEEN = (
    "import os; os.close(os.open('data.txt', os.O_RDONLY, dir_fd=os.open('.', os.O_RDONLY)))",
    "import pathlib; assert pathlib.Path('data.txt').stat().st_size",
    "import os; assert os.path.getsize('data.txt')",
    "import os; assert [entry.stat() for entry in os.scandir('.')]",
    "import os; assert getattr(os, 'stat')('data.txt')",
    "import ctypes; ctypes.CDLL(None)",
    "import subprocess; subprocess.run(['git', 'hash-object', 'data.txt'], check=True)",
    "import sys; sys.modules['fast'] = type(sys)('fast'); sys.modules['fast'].__file__ = '/x/site-packages/fast.so'",
    "import os; os.waitpid(os.posix_spawn('/bin/cat', ['cat', 'data.txt'], {}), 0)",
)


@pytest.mark.parametrize("line", UNSEEN, ids=[re.sub(r"\W+", " ", line)[:40] for line in UNSEEN])
def test_data_of_which_the_reading_does_not_show_counts(program: MakeProgram, line: str) -> None:
    made = program(body(line))
    made.record()
    assert made.blind()
    assert not made.recordings.judge([TEST], made.root, other_data=True)[TEST].spared
