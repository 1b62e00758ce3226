"""The file: readable, and never torn or emptied by whatever happens to its writers."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dynamic_base import DynamicError
from dynamic_engines import Precision
from dynamic_engines.library.tuning.database import parse, read, record, render
from dynamic_engines.library.tuning.errors import TuningError
from tests.dynamic_engines.library.tuning.fakes import entry, key

SUM, WIDE, CROSS = key("rolling/sum"), key("rolling/sum", Precision.FLOAT64), key("signals/cross")
_PATHS = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
_WRITER = """
import sys
from pathlib import Path
from tests.dynamic_engines.library.tuning.fakes import entry, key
from dynamic_engines.library.tuning.database import record
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(count):
    record(path, entry(key(f"{name}/k{number}"), GROUP=1))
    print(number, flush=True)
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", _WRITER, str(path), name, str(count)]
    return subprocess.Popen(words, env=_PATHS, stdout=subprocess.PIPE, text=True)


def test_it_is_lines_of_json_in_order_an_entry_a_line(own: Path) -> None:
    for each in (CROSS, WIDE, SUM):
        assert record(own, entry(each, GROUP=4)) == ""
    header, *lines = map(json.loads, own.read_text().splitlines())
    assert header == {"schema": "dynamic.tuning/1"}
    assert [(line["kernel"], line["precision"]) for line in lines] == [
        ("rolling/sum", "float32"),
        ("rolling/sum", "float64"),
        ("signals/cross", "float32"),
    ]
    assert lines[0]["sizes"] == {"GROUP": 4}
    assert lines[0]["device"] == "a processor"
    assert read(own).entries == {each: entry(each, GROUP=4) for each in (SUM, WIDE, CROSS)}


def test_an_entry_replaces_that_of_the_kernel_as_it_was_and_no_other(own: Path) -> None:
    for each in (SUM, WIDE, key(digest="f" * 16)):
        record(own, entry(each, GROUP=2))
    assert set(read(own).entries) == {WIDE, key(digest="f" * 16)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda line: line[:-7], "JSONDecodeError"),
        (lambda line: b"\xff\xfe" + line, "UnicodeDecodeError"),
        (lambda line: b"[" * 100_000, "RecursionError"),
        (lambda line: b"3", "TypeError|AttributeError"),
        (lambda line: line.replace(b'"GROUP": 4', b'"GROUP": true'), "True is no whole number"),
        (lambda line: line.replace(b'"GROUP": 4', b'"GROUP": -4'), "-4 is no whole number"),
        (lambda line: line.replace(b'"ratio": 0.8', b'"ratio": NaN'), "nan is no positive number"),
        (lambda line: line.replace(b'"float32"', b'"float16"'), "float16"),
        (lambda line: line.replace(b'"rounds"', b'"turns"'), "ValueError"),
    ],
)
def test_a_broken_line_is_named_and_costs_the_others_nothing(change: object, said: str) -> None:
    assert callable(change)
    header, first, second, third = render([entry(each, GROUP=4) for each in (SUM, WIDE, CROSS)]).splitlines()
    broken = change(first)
    assert broken != first
    found = parse(b"\n".join([header, broken, second, third]), "f.jsonl")
    assert set(found.entries) == {WIDE, CROSS}
    (problem,) = found.problems
    assert problem.startswith("line 2 of f.jsonl is no entry")
    assert any(word in problem for word in said.split("|"))


@pytest.mark.parametrize("content", [b'{"schema": "dynamic.tuning/2"}\n{"kernel": 1}\n', b"\x00" * 4096, b"hello\n"])
def test_a_file_of_another_kind_is_set_aside_whole_before_it_is_written_over(own: Path, content: bytes) -> None:
    own.parent.mkdir()
    own.write_bytes(content)
    assert len(read(own).problems) == 1
    note = record(own, entry(SUM, GROUP=2))
    aside = own.with_name("tuning.jsonl.broken-1")
    assert note.endswith(f"the file as it was is kept as {aside}")
    assert aside.read_bytes() == content
    assert set(read(own).entries) == {SUM}
    own.write_bytes(b"again")
    record(own, entry(SUM, GROUP=2))
    assert aside.read_bytes() == content
    assert own.with_name("tuning.jsonl.broken-2").read_bytes() == b"again"


def test_what_is_not_a_file_is_named_and_left_alone(own: Path, tmp_path: Path) -> None:
    own.mkdir(parents=True)
    assert "cannot be read" in read(own).problems[0]
    with pytest.raises(TuningError, match="move it away"):
        record(own, entry(SUM))
    (tmp_path / "file").write_text("")
    with pytest.raises(TuningError, match=r"cannot write beside .*DYNAMIC_TUNING=FILE"):
        record(tmp_path / "file" / "tuning.jsonl", entry(SUM))


def test_two_writers_at_once_lose_nothing(own: Path) -> None:
    running = [writer(own, name, 15) for name in ("a", "b", "c")]
    assert [process.wait() for process in running] == [0, 0, 0]
    for process in running:
        process.communicate()
    assert {each.kernel for each in read(own).entries} == {f"{w}/k{n}" for w in "abc" for n in range(15)}


def test_a_writer_that_is_killed_leaves_every_entry_that_it_wrote_and_a_lock_that_is_free(own: Path) -> None:
    process = writer(own, "a", 100_000)
    assert process.stdout is not None
    done = [int(process.stdout.readline()) for _ in range(20)]
    process.kill()
    process.communicate()
    found = read(own)
    assert found.problems == ()
    assert {f"a/k{number}" for number in done} <= {each.kernel for each in found.entries}
    assert record(own, entry(SUM)) == ""
    assert len(read(own).entries) == len(found.entries) + 1


def test_a_disk_that_is_full_leaves_the_file_as_it_was(own: Path) -> None:
    record(own, entry(SUM, GROUP=2))
    before = own.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        with pytest.raises(DynamicError, match=r"cannot write .*tuning\.jsonl"):
            record(own, entry(CROSS, GROUP=2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert own.read_bytes() == before
    assert sorted(path.name for path in own.parent.iterdir()) == [".tuning.jsonl.lock", "tuning.jsonl"]
