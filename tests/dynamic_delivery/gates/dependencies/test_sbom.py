"""The bill of materials, held to CycloneDX's own schema, to cyclonedx-py over the same lock, and to the locks."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynamic_base import ExitCode, run
from dynamic_delivery.gates.locks.model import Locked, LockError
from dynamic_delivery.gates.locks.reading import parse
from dynamic_delivery.gates.model import Outcome, Scope
from dynamic_delivery.gates.sbom import bill, judge, purl
from dynamic_delivery.gates.sbom_cli import sbom_command
from tests.dynamic_delivery.gates.dependencies.wheels import lock_of, record_of, wheel

A, B = "a" * 64, "b" * 64
LOCK = f"""\
numpy==1.26.4 ; python_version < "3.12" \\
    --hash=sha256:{A}
    # via -r a.in
numpy==2.4.6 ; python_version >= "3.12" \\
    --hash=sha256:{B}
    # via -r a.in
ruamel-yaml==0.18.6 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via
    #   -r a.in
    #   torch
torch==1!2.1.0+cpu \\
    --hash=sha256:{A}
    # via -r a.in
"""
NPM_LOCK = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "node_modules/@scope/a": {
                "version": "1.0.0-rc.1+1",
                "license": "(MIT OR Apache-2.0)",
                "dependencies": {"b": "1"},
            },
            "node_modules/b": {
                "version": "1.0.0",
                "license": "SEE LICENSE IN x",
                "integrity": "sha1-" + "A" * 27 + "=",
            },
        },
    }
)
LOCKS = {
    "a.lock": parse("a.lock", LOCK.encode()),
    "web/package-lock.json": parse("package-lock.json", NPM_LOCK.encode()),
}


def cyclonedx(arguments: Sequence[str], folder: Path) -> bytes:
    """Run the interpreter beside cyclonedx-py: what Pants put here, or as a developer names the program."""
    packed = Path("scanners.pex")
    if packed.exists():
        environment = {"PATH": os.environ["PATH"], "PEX_ROOT": str(folder / "pex"), "PEX_INTERPRETER": "1"}
        argv = [sys.executable, str(packed.absolute()), *arguments]
    else:
        program = os.environ.get("DYNAMIC_TOOL_CYCLONEDX_PY", "")
        assert program, "no scanners.pex here: run this test with ./pants, or set DYNAMIC_TOOL_CYCLONEDX_PY"
        environment = {"PATH": os.environ["PATH"]}
        argv = [str(Path(program).parent / "python"), *arguments]
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))
"""


def test_the_bill_keeps_the_schema_that_cyclonedx_publishes(tmp_path: Path) -> None:
    (tmp_path / "bill.json").write_text(json.dumps(bill(LOCKS)))

    assert cyclonedx(["-c", VALIDATE, "bill.json"], tmp_path) == b"None\n"


def test_cyclonedx_py_finds_the_same_components_in_the_same_lock(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text(LOCK)

    out = cyclonedx(
        ["-m", "cyclonedx_py", "requirements", "a.lock", "--output-format", "JSON", "--sv", "1.6"], tmp_path
    )

    theirs = {
        (
            each["purl"],
            each["version"],
            tuple(sorted(h["content"] for r in each["externalReferences"] for h in r["hashes"])),
        )
        for each in json.loads(out)["components"]
    }
    ours = {
        (each["purl"], each["version"], tuple(h["content"] for h in each["hashes"]))
        for each in bill({"a.lock": LOCKS["a.lock"]})["components"]
    }
    assert ours == theirs


def component(name: str) -> dict[str, Any]:
    return next(each for each in bill(LOCKS)["components"] if each["name"] == name)


def test_a_component_names_its_lock_line_and_its_licence_as_the_lock_says_it() -> None:
    assert component("torch")["properties"] == [{"name": "dynamic:lock", "value": "a.lock:13"}]
    assert component("a")["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert component("b")["licenses"] == [{"license": {"name": "SEE LICENSE IN x"}}]
    assert component("b")["hashes"] == [{"alg": "SHA-1", "content": "0" * 40}]


def test_what_needs_what_is_told_by_reference() -> None:
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill(LOCKS)["dependencies"]}

    assert needs["pkg:pypi/torch@1%212.1.0%2Bcpu"] == ["pkg:pypi/ruamel-yaml@0.18.6"]
    assert needs["pkg:npm/%40scope/a@1.0.0-rc.1%2B1"] == ["pkg:npm/b@1.0.0"]


def test_a_package_of_two_locks_is_one_component_with_both_places_and_all_digests() -> None:
    first = Locked("PyPI", "click", "8.1.0", 3, (f"sha256:{A}",))
    second = Locked("PyPI", "click", "8.1.0", 9, (f"sha256:{B}",))

    [found] = bill({"b.lock": [second], "a.lock": [first]})["components"]

    assert [each["content"] for each in found["hashes"]] == [A, B]
    assert [each["value"] for each in found["properties"]] == ["a.lock:3", "b.lock:9"]


def test_where_locks_say_different_licences_of_a_package_each_is_named() -> None:
    mit, gpl = (Locked("npm", "a", "1.0.0", licence=text) for text in ("MIT", "GPL-3.0-only"))

    [found] = bill({"b.lock": [mit], "a.lock": [gpl]})["components"]

    assert found["licenses"] == [{"license": {"name": "GPL-3.0-only"}}, {"license": {"name": "MIT"}}]


def test_the_same_locks_give_the_same_bytes_in_whatever_order_they_come() -> None:
    whole = json.dumps(bill(LOCKS))
    rng = random.Random(3)
    for _ in range(10):
        shuffled = {path: rng.sample(held, len(held)) for path, held in rng.sample(sorted(LOCKS.items()), len(LOCKS))}
        assert json.dumps(bill(shuffled)) == whole


def test_another_pin_gives_another_serial_number() -> None:
    other = {**LOCKS, "a.lock": LOCKS["a.lock"][1:]}

    assert bill(other)["serialNumber"] != bill(LOCKS)["serialNumber"]


# The purl specification's own examples and rules for "pypi" and "npm".
@pytest.mark.parametrize(
    ("package", "told"),
    [
        (Locked("PyPI", "django-allauth", "12.23"), "pkg:pypi/django-allauth@12.23"),
        (Locked("npm", "foobar", "12.3.1"), "pkg:npm/foobar@12.3.1"),
        (Locked("npm", "@angular/animation", "12.3.1"), "pkg:npm/%40angular/animation@12.3.1"),
        (Locked("npm", "mypackage", ""), "pkg:npm/mypackage"),
    ],
)
def test_purls_are_written_as_their_specification_writes_them(package: Locked, told: str) -> None:
    assert purl(package) == told


def test_a_pin_without_a_digest_and_a_lock_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text("click==8.1.0\n    # via -r a.in\n")
    (tmp_path / "yarn.lock").write_text("x")

    report = judge(Scope(tmp_path, ("a.lock", "yarn.lock")))

    assert report.outcome is Outcome.FAILED
    assert [(each.rule, each.context) for each in report.findings] == [
        ("no-digest", "click==8.1.0"),
        ("lock-not-read", ""),
    ]


def test_the_command_writes_the_bill_of_all_locks_or_says_which_it_could_not_read(tmp_path: Path) -> None:
    run(["git", "init", "-q"], cwd=tmp_path).checked("see git")
    (tmp_path / "a.lock").write_text(LOCK)
    out = tmp_path / "dist/sbom.json"

    code = CliRunner().invoke(sbom_command, ["--out", str(out), "--repo", str(tmp_path)], standalone_mode=False)

    assert code.return_value == ExitCode.YES
    assert json.loads(out.read_bytes()) == json.loads(json.dumps(bill({"a.lock": LOCKS["a.lock"]})))
    (tmp_path / "gone.lock").write_text(LOCK)
    run(["git", "add", "gone.lock"], cwd=tmp_path).checked("see git")
    (tmp_path / "gone.lock").unlink()
    again = CliRunner().invoke(sbom_command, ["--out", str(out), "--repo", str(tmp_path)], standalone_mode=False)
    assert again.return_value == ExitCode.YES
    (tmp_path / "b.lock").write_text("")
    torn = CliRunner().invoke(sbom_command, ["--out", str(out), "--repo", str(tmp_path)], standalone_mode=False)
    assert isinstance(torn.exception, LockError)
    assert "b.lock: it is empty" in torn.exception.message


def test_the_command_names_the_licences_that_are_on_record_or_clarified(tmp_path: Path) -> None:
    run(["git", "init", "-q"], cwd=tmp_path).checked("see git")
    said = {"a": "License-Expression: mit\n", "b": "License: Of our own\n", "c": "", "d": "License: MIT\n"}
    text = lock_of(*(wheel(tmp_path / "wheels", name, words) for name, words in said.items()))
    (tmp_path / "a.lock").write_text(text.replace("d==1.0", "d==1.1"))
    record_of(tmp_path, text, tmp_path / "wheels")
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/licences.toml").write_text(
        "allowed = []\nrefused = []\n[[clarified]]\n"
        'package = "c"\nversion = "1.0"\nlicence = "ISC"\nsource = "COPYING"\n'
    )

    CliRunner().invoke(
        sbom_command, ["--out", str(tmp_path / "s.json"), "--repo", str(tmp_path)], standalone_mode=False
    )

    components = json.loads((tmp_path / "s.json").read_bytes())["components"]
    assert {each["name"]: each.get("licenses") for each in components} == {
        "a": [{"expression": "mit"}],
        "b": [{"license": {"name": "Of our own"}}],
        "c": [{"expression": "ISC"}],
        "d": None,
    }
