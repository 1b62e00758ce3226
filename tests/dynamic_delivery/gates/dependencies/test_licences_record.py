"""The record of licences: what is read out of which wheel, for which pin it speaks, and when it is out of date."""

import importlib.metadata
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from packaging.licenses import canonicalize_license_expression

from dynamic_base import ExitCode, TickingClock, run
from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licences import check
from dynamic_delivery.gates.licences_cli import record_command
from dynamic_delivery.gates.licensing.metadata import Words, declared
from dynamic_delivery.gates.licensing.policy import FILE as POLICY
from dynamic_delivery.gates.licensing.record import FILE, Record, RecordError, Row, read_record, record_bytes
from dynamic_delivery.gates.licensing.recording import make_record, pins_of
from dynamic_delivery.gates.licensing.wheels import WheelError, fetch_wheel, read_wheel
from dynamic_delivery.gates.locks.model import PYPI, Locked
from dynamic_delivery.gates.locks.reading import parse
from dynamic_delivery.gates.model import Outcome, Scope
from tests.dynamic_delivery.gates.dependencies.osv import NOW
from tests.dynamic_delivery.gates.dependencies.wheels import lock_of, wheel

MIT = "License-Expression: MIT\n"


def pins(*wheels: Path) -> tuple[Locked, ...]:
    return parse("a.lock", lock_of(*wheels).encode())


def row(name: str, version: str = "1.0", digit: str = "a") -> Row:
    return Row(name, version, f"{name}-{version}-py3-none-any.whl", digit * 64, Words("MIT"))


def pin(name: str, version: str = "1.0", digit: str = "a") -> Locked:
    return Locked(PYPI, name, version, hashes=(f"sha256:{digit * 64}",))


def test_a_row_holds_a_wheels_own_words_and_not_those_of_what_it_carries_inside(tmp_path: Path) -> None:
    said = "License: MIT\n  and more\nClassifier: Topic :: Games\nClassifier: License :: OSI Approved :: MIT License\n"
    path = wheel(tmp_path, "a", said)

    read = read_wheel(path, pins(path)[0])

    assert (read.name, read.version, read.wheel) == ("a", "1.0", path.name)
    assert read.words == Words("", "MIT and more", ("License :: OSI Approved :: MIT License",))


def test_a_long_text_is_cut_and_is_then_no_licence(tmp_path: Path) -> None:
    path = wheel(tmp_path, "a", f"License: {'M' * 300}\n")

    words = read_wheel(path, pins(path)[0]).words

    assert len(words.field) == 201
    assert declared(words).licence is None


def test_a_wheel_that_the_lock_does_not_allow_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path, "a", MIT)
    [allowed] = pins(path)
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(WheelError, match=r"is not what the lock allows for a==1.0"):
        read_wheel(path, allowed)


def test_a_wheel_that_says_it_is_another_package_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path, "a", MIT, said="b")

    with pytest.raises(WheelError, match=r"says that it is b 1.0, and not a==1.0"):
        read_wheel(path, pins(path)[0])


@pytest.mark.parametrize("damage", ["no zip", "no metadata", "two of it", "a damaged member"])
def test_a_wheel_that_cannot_be_read_is_refused(tmp_path: Path, damage: str) -> None:
    path = wheel(tmp_path, "a", MIT + "X: y\n" * 50)
    whole = bytearray(path.read_bytes())
    whole[70] ^= 0x55
    if damage == "two of it":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("b-1.0.dist-info/METADATA", "Name: b\n")
    elif damage == "no metadata":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.py", "")
    else:
        path.write_bytes(b"PK" if damage == "no zip" else whole)

    with pytest.raises(WheelError):
        read_wheel(path, pins(path)[0])


NPM_PIN = Locked("npm", "a", "1.0.0", licence="MIT")


def never(_: Locked) -> Row:
    raise GateError("it is gone")


def test_what_speaks_for_a_pin_is_kept_what_is_missing_is_read_and_the_rest_is_dropped() -> None:
    held = Record([row("a"), row("b", "0.9"), row("gone")])
    asked = []

    def read(wanted: Locked) -> Row:
        asked.append(wanted.pin)
        return row(wanted.name, wanted.version)

    made = make_record([pin("a"), pin("b"), pin("b")], held, read, lambda _: None)

    assert asked == ["b==1.0"]
    assert made.record.rows == (row("a"), row("b"))
    assert (made.read, made.dropped, made.missing) == ((row("b"),), (row("b", "0.9"), row("gone")), ())


def test_reading_anew_asks_for_all_and_keeps_what_is_known_of_what_it_cannot_read() -> None:
    held = Record([row("a"), row("b")])
    better = Row("a", "1.0", "a-1.0-py3-none-any.whl", "a" * 64, Words("ISC"))

    made = make_record(
        [pin("a"), pin("b")], held, lambda each: better if each.name == "a" else never(each), lambda _: None, anew=True
    )

    assert made.record.rows == (better, row("b"))
    assert [each.name for each, _ in made.missing] == ["b"]


def test_one_release_may_be_on_record_for_locks_that_allow_different_artifacts_of_it() -> None:
    held = Record([row("a", digit="a"), row("a", digit="b")])

    assert [held.row(pin("a", digit=digit)) for digit in "abc"] == [row("a", digit="a"), row("a", digit="b"), None]


def test_what_cannot_be_read_or_told_to_be_the_artifact_is_missing() -> None:
    unhashed = Locked(PYPI, "b", "1.0")
    [address] = pins_of({"a.lock": parse("a.lock", b"c @ https://example.org/c.whl"), "package-lock.json": [NPM_PIN]})

    made = make_record([pin("a"), unhashed, address], Record(), never, lambda _: None)

    assert [(each.name, why.partition(",")[0]) for each, why in made.missing] == [
        ("a", "it is gone"),
        ("b", "it is locked without a digest"),
        ("c", "it is locked by its address"),
    ]


def test_nobody_is_asked_further_where_none_of_the_first_three_could_be_had() -> None:
    asked: list[str] = []

    def read(wanted: Locked) -> Row:
        asked.append(wanted.name)
        return never(wanted)

    made = make_record([pin(name) for name in "abcde"], Record(), read, lambda _: None)

    assert (asked, len(made.missing)) == (["a", "b", "c"], 5)


def test_a_record_that_is_written_and_read_again_is_the_same(tmp_path: Path) -> None:
    words = Words("", "\u201cMIT\u201d \u2026", ("License :: OSI Approved :: MIT License",))
    held = Record([row("b"), Row("a", "1!1.0+x", "a-1.whl", "c" * 64, words), row("b", digit="d")])
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_bytes(record_bytes(held))

    assert read_record(tmp_path).rows == held.rows
    assert record_bytes(Record(reversed(held.rows))) == record_bytes(held)


def test_without_a_record_nothing_is_on_record(tmp_path: Path) -> None:
    assert read_record(tmp_path).rows == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file"),
        ("{}", "schema"),
        ('{"schema": "dynamic.licences/2", "packages": []}', "schema"),
        ('{"schema": "dynamic.licences/1", "packages": [{"package": "a"}]}', "packages.0.version"),
        (record_bytes(Record([row("a")])).decode().replace("aaaa", "AAAA"), "packages.0.sha256"),
        (record_bytes(Record([row("a")])).decode().replace('"a"', '"A_b"'), "packages.0.package"),
    ],
)
def test_a_record_that_is_not_of_its_form_says_where(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_text(content)

    with pytest.raises(RecordError, match=f"licences.json: {said}"):
        read_record(tmp_path)


# A pip that holds one wheel, and gives it where it is asked for one platform, or for none.
PIP = """
import json, pathlib, sys
kept, platform, log = sys.argv[1:4]
asked = sys.argv[4:]
with open(log, "a") as file:
    file.write(json.dumps([asked, pathlib.Path("pin.txt").read_text()]) + "\\n")
if platform and platform not in asked:
    sys.exit("ERROR: No matching distribution found")
pathlib.Path(kept).exists() and pathlib.Path(pathlib.Path(kept).name).write_bytes(pathlib.Path(kept).read_bytes())
"""


def pip(folder: Path, kept: Path, platform: str = "") -> Sequence[str]:
    (folder / "pip.py").write_text(PIP)
    return (sys.executable, str(folder / "pip.py"), str(kept), platform, str(folder / "log"))


def test_pip_is_asked_for_just_the_wheels_that_the_lock_allows_and_runs_none_of_their_code(tmp_path: Path) -> None:
    path = wheel(tmp_path, "a", MIT)

    read = fetch_wheel(pins(path)[0], pip(tmp_path, path))

    [(asked, pinned)] = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert read.words == Words("MIT")
    assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} <= set(asked)
    assert pinned == f"a==1.0 --hash=sha256:{read.sha256} --hash=sha256:{'e' * 64}" or pinned.startswith(
        "a==1.0 --hash="
    )


def test_a_wheel_of_another_platform_is_asked_for_where_there_is_none_for_this_one(tmp_path: Path) -> None:
    path = wheel(tmp_path, "a", MIT)

    assert fetch_wheel(pins(path)[0], pip(tmp_path, path, "win_amd64")).words == Words("MIT")
    with pytest.raises(WheelError, match=r"no wheel of a==1.0 that the lock allows \(ERROR: No matching"):
        fetch_wheel(pins(path)[0], pip(tmp_path, path, "none"))


def recorded(root: Path, *words: str) -> Result:
    return CliRunner().invoke(record_command, ["--repo", str(root), *words], standalone_mode=False)


def test_the_command_readies_the_gate_and_says_what_it_could_not_read(tmp_path: Path) -> None:
    run(["git", "init", "-q"], cwd=tmp_path).checked("see git")
    (tmp_path / "ci").mkdir()
    (tmp_path / POLICY).write_text('allowed = ["MIT"]\nrefused = []\n[[left]]\nlock = "tools.lock"\nreason = "none"\n')
    (tmp_path / "tools.lock").write_text("z==1\n    # via -r z.in\n")
    a, b = wheel(tmp_path / "wheels", "a", MIT), wheel(tmp_path / "wheels", "b", MIT)
    (tmp_path / "a.lock").write_text(lock_of(a, b))
    b.rename(tmp_path / "b.whl")
    scope = Scope(tmp_path, ("a.lock", "tools.lock"), everything=True)

    half = recorded(tmp_path, "--wheels", str(tmp_path / "wheels"))

    assert half.return_value == ExitCode.UNDECIDED
    assert "? b==1.0: no wheel that the lock allows is in the folder" in half.output
    assert check(scope, TickingClock(NOW)).outcome is Outcome.UNDECIDED
    (tmp_path / "b.whl").rename(b)
    whole = recorded(tmp_path, "--wheels", str(tmp_path / "wheels"), "--json")
    assert whole.return_value == ExitCode.YES
    assert json.loads(whole.stdout)["read"] == [{"package": "b", "version": "1.0", "licence": "MIT"}]
    assert check(scope, TickingClock(NOW)).outcome is Outcome.PASSED
    before = (tmp_path / FILE).read_bytes()
    assert recorded(tmp_path, "--anew", "--wheels", str(tmp_path / "wheels")).return_value == ExitCode.YES
    assert (tmp_path / FILE).read_bytes() == before


LOCK = "3rdparty/python/runtime.lock"


def test_every_pin_of_this_repository_is_on_record_and_allowed() -> None:
    report = check(Scope(Path(), (LOCK,)), TickingClock(NOW))

    assert (report.outcome, report.reason, report.findings) == (Outcome.PASSED, "", ())


def test_the_record_of_this_repository_says_what_the_installed_packages_say() -> None:
    compared = set()
    for each in read_record(Path()).rows:
        said = installed(each)
        if said is None:
            continue
        compared.add(each.name)
        assert each.words.expression == (said["License-Expression"] or "")
        assert " ".join((said["License"] or "").split()).startswith(each.words.field.removesuffix("\u2026"))
        classifiers = [text for text in said.get_all("Classifier") or [] if text.startswith("License ::")]
        assert list(each.words.classifiers) == classifiers

    assert {"click", "packaging", "pydantic", "semver"} <= compared


def installed(row: Row) -> importlib.metadata.PackageMetadata | None:
    try:
        found = importlib.metadata.distribution(row.name)
    except importlib.metadata.PackageNotFoundError:
        return None
    return found.metadata if found.version == row.version else None


def test_every_expression_on_record_is_one_of_spdx() -> None:
    for each in read_record(Path()).rows:
        if each.words.expression:
            assert canonicalize_license_expression(each.words.expression)
