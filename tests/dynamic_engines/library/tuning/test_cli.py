"""The command, with a worker that needs no device."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from dynamic_base import DynamicError, ExitCode, UsageError
from dynamic_engines import Maths, Precision, devices, load_kernel
from dynamic_engines.library import KERNELS, Knob
from dynamic_engines.library.cli import kernels_group
from dynamic_engines.library.tuning import cli, lookup
from dynamic_engines.library.tuning.database import Found, read, record
from dynamic_engines.library.tuning.model import Probe, Verdict, key_of
from tests.dynamic_engines.library.tuning.fakes import FakeBench, entry, key

GROUP = Knob("GROUP", 1, 64, (1, 2, 4, 8, 16, 32, 64, 128, 256))
ONE_CELL = ("tune", "rolling/sum", "--precision", "float32", "--rounds", "7")


@pytest.fixture(autouse=True)
def one_knob(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give rolling/sum sizes of its own, whatever its author makes of it."""
    table = tuple(replace(each, knobs=lambda _: (GROUP,)) if each.name == "rolling/sum" else each for each in KERNELS)
    for module in ("dynamic_engines.library.cli", "dynamic_engines.library.tuning.cli"):
        monkeypatch.setattr(import_module(module), "KERNELS", table)


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "shipped", lambda: Found({}))


def run(*words: str) -> int:
    code: int = kernels_group.main(list(words), standalone_mode=False)
    return code


def bench(**probes: Probe) -> FakeBench:
    """Return one on which a GROUP of 8 is fastest, whatever the kernel."""
    sizes = {GROUP.cpu, *GROUP.choices}
    return FakeBench(
        {f"GROUP={n}": 1 + abs(n - 8) / 10 for n in sizes}, probes={f"GROUP={n[1:]}": p for n, p in probes.items()}
    )


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def put(fake: FakeBench, double: FakeBench | None = None) -> None:
        class FakeWorker:
            def bench(self, kernel: str, precision: Precision) -> FakeBench:
                return fake if precision is Precision.FLOAT32 or double is None else double

        @contextmanager
        def worker(plan: object) -> Iterator[FakeWorker]:
            yield FakeWorker()

        monkeypatch.setattr(cli, "Worker", worker)

    return put


def test_what_is_found_is_kept_shown_listed_and_not_measured_again(
    own: Path, use: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    fake = bench(_256=Probe(Verdict.REFUSED, "does not build: why"))
    use(fake)
    assert run(*ONE_CELL) == ExitCode.YES
    said = capsys.readouterr()
    assert "rolling/sum in float32: GROUP=8 takes 0.588 of the default's time; 1 choices do not run here" in said.out
    assert "trying GROUP=256" in said.err
    (kept,) = read(own).entries.values()
    assert (kept.sizes, kept.refused, kept.clock) == ({"GROUP": 8}, {"GROUP=256": "does not build"}, "cpu")
    assert not own.with_name("tuning.jsonl.rounds").exists()
    measured = fake.timed.total()
    assert run(*ONE_CELL) == ExitCode.YES
    assert "--again measures anew" in capsys.readouterr().out
    assert fake.timed.total() == measured
    assert run("show", "rolling/sum") == ExitCode.YES
    assert f"float32: 8 on {devices()[0].name}, yours, measured on {kept.date[:10]}: 0.588" in capsys.readouterr().out
    assert run("tune", "--list") == ExitCode.YES
    (line, _) = capsys.readouterr().out.splitlines()
    assert line.startswith("rolling/sum float32: GROUP=8, 0.588 of the default's time, yours, ")
    assert "not used" not in line
    assert run(*ONE_CELL, "--again") == ExitCode.YES
    assert fake.timed.total() == 2 * measured


def test_a_choice_that_changes_a_bit_exits_1_loudly_and_nothing_is_kept(
    own: Path, use: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(bench(_4=Probe(Verdict.DIFFERENT, "walk of 63, settings (2,): sums[4] is 1.0, by default 2.0")))
    assert run(*ONE_CELL) == ExitCode.NO
    said = capsys.readouterr().out
    assert "A CHOICE CHANGES THE RESULT, a bug of the kernel; nothing was kept: GROUP=4: walk of 63" in said
    assert read(own).entries == {}


def test_a_default_that_does_not_run_exits_3_and_is_tried_anew_by_the_next_call(
    use: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(bench(_1=Probe(Verdict.REFUSED, "out of memory: of a GPU's")))
    assert run(*ONE_CELL) == ExitCode.UNDECIDED
    assert "the default does not run here: out of memory" in capsys.readouterr().out
    use(bench())  # with the memory free again
    assert run(*ONE_CELL) == ExitCode.YES


def test_a_changed_bit_outranks_what_does_not_run(use: Callable[..., None]) -> None:
    changed, unusable = Probe(Verdict.DIFFERENT, "sums[4]"), Probe(Verdict.REFUSED, "out of memory: why")
    use(bench(_1=unusable), bench(_4=changed))
    assert run("tune", "rolling/sum") == ExitCode.NO


def test_a_broken_file_is_said_by_show_in_one_line(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own.parent.mkdir()
    own.write_text("hello\n")
    assert run("show", "rolling/sum") == ExitCode.YES
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"line 1 of {own} is no entry")


def test_a_budget_that_is_used_up_is_said_with_what_is_left(
    own: Path, use: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(bench())
    assert run("tune", "--all", "--budget-s", "0", "--json", "--seed", "5") == ExitCode.YES
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["version"], document["seed"], document["file"]) == (1, 5, str(own))
    assert {cell["status"] for cell in document["cells"]} == {"left"}
    assert f"{len(document['cells'])} left: the same command goes on" in said.err
    assert {cell["kernel"] for cell in document["cells"]} >= {"linalg/gemm", "rolling/sum"}
    assert not own.exists()


def test_an_entry_that_is_used_nowhere_says_why(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = key("rolling/sum", digest=load_kernel("rolling/sum").digest[:16])
    for each in (entry(mine, GROUP=4), entry(key("rolling/extrema"), GROUP=4), entry(key("gone/away"), GROUP=4)):
        record(own, each)
    record(own, replace(entry(mine, GROUP=3), key=replace(mine, device="another")))
    shipped = entry(mine, GROUP=2)
    monkeypatch.setattr(lookup, "shipped", lambda: Found({mine: shipped}))
    assert run("tune", "--list", "--json") == ExitCode.YES
    listed = json.loads(capsys.readouterr().out)["entries"]
    assert [(each["kernel"], each["source"], each["stale"]) for each in listed] == [
        ("gone/away", "yours", "the kernel is gone"),
        ("rolling/extrema", "yours", "stale, the kernel was changed"),
        ("rolling/sum", "yours", ""),
        ("rolling/sum", "yours", "the kernel has no such size"),
        ("rolling/sum", "shipped", "yours comes first"),
    ]
    assert run("tune", "rolling/extrema", "--list") == ExitCode.YES
    assert "not used: stale, the kernel was changed" in capsys.readouterr().out


def test_broken_lines_are_said_and_set_aside_by_the_next_entry(
    own: Path, use: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    own.parent.mkdir()
    own.write_text('{"schema": "dynamic.tuning/1"}\nhello\n')
    assert run("tune", "--list") == ExitCode.YES
    assert f"line 2 of {own} is no entry" in capsys.readouterr().err
    use(bench())
    assert run(*ONE_CELL) == ExitCode.YES
    assert "the file as it was is kept as" in capsys.readouterr().err
    assert own.with_name("tuning.jsonl.broken-1").read_text().endswith("hello\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tune"], "no kernel was named: name some of './dynamic kernels list', or say --all"),
        (["tune", "rolling/smaller"], "no kernel is called 'rolling/smaller': choose from linalg/gemm"),
    ],
)
def test_wrong_words_are_named(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(*words)
    assert said in str(caught.value)


def test_what_could_not_be_kept_or_used_is_said_before_anything_is_measured(
    tmp_path: Path, use: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = bench()
    use(fake)
    (tmp_path / "file").write_text("")
    for value, said in (("off", "DYNAMIC_TUNING is off"), (str(tmp_path / "file" / "x"), "cannot write beside")):
        monkeypatch.setenv("DYNAMIC_TUNING", value)
        with pytest.raises(DynamicError, match=said):
            run(*ONE_CELL)
    assert not fake.probed


def test_sizes_are_shown_without_a_device_as_the_defaults_of_both_kinds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # By its name, the room's function of that name hides the module.
    monkeypatch.setattr(import_module("dynamic_engines.devices"), "_handles", list)
    assert run("show", "rolling/sum") == ExitCode.YES
    assert "1 on a CPU, 64 on a GPU; there is no device here" in capsys.readouterr().out
    assert run("show", "rolling/sum", "--json") == ExitCode.YES
    assert json.loads(capsys.readouterr().out)["kernel"]["sizes"] == []


def test_what_nothing_beats_is_shown_as_measured(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (info, *_) = (each for each in devices() if each.platform.startswith("Portable"))
    digest = load_kernel("rolling/sum").digest
    record(own, replace(entry(key_of("rolling/sum", digest, info, Precision.FLOAT64, Maths.STRICT)), ratio=1.0))
    assert run("show", "rolling/sum", "--json") == ExitCode.YES
    sizes = json.loads(capsys.readouterr().out)["kernel"]["sizes"]
    assert [(each["precision"], each["size"], each["source"]) for each in sizes] == [
        ("float32", 1, "default"),
        ("float64", 1, "yours"),
    ]
    assert run("show", "rolling/sum") == ExitCode.YES
    assert "the default, which nothing beats (yours, measured on 2026-11-24)" in capsys.readouterr().out
