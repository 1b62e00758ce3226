"""Known vulnerabilities: a real Trivy with a database of seeded advisories, and without one."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dynamic_delivery.gates.errors import SettingError, ToolError
from dynamic_delivery.gates.model import Outcome, Package, Report
from dynamic_delivery.gates.trivy_vuln import GATE, judge, judge_at
from tests.dynamic_delivery.gates.boltdb import Bucket, bolt
from tests.dynamic_delivery.gates.trivy_support import (
    DEBIAN,
    NPM,
    PIP,
    Advisories,
    database,
    image,
    scope,
    stock,
    write,
)

NOW = datetime(2026, 11, 4, tzinfo=UTC)
LOCK = """\
jinja2==3.1.0 ; python_version >= "3.8" \\
    --hash=sha256:749f0769958ebdc79c173ff0b0670d59051a535fa26e8eba02953dc19eb43205
    # via -r app.in
Requests[socks]==2.30.0 --hash=sha256:ed0cc050e98001b8779e84d461b0098c4ac597e88704a655582b21d116e526d7
"""
PACKAGES = {"": {"name": "app"}, "node_modules/a/node_modules/lodash": {"version": "4.17.20", "dev": True}}
NPM_LOCK = json.dumps({"name": "app", "lockfileVersion": 3, "packages": PACKAGES})
BOM = json.dumps(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [{"type": "library", "name": "jinja2", "version": "3.1.0", "purl": "pkg:pypi/jinja2@3.1.0"}],
    }
)
SEEDED: Advisories = {
    PIP: {
        "jinja2": {"CVE-2099-0001": {"VulnerableVersions": ["<3.1.3"], "PatchedVersions": ["3.1.3"]}},
        "requests": {"CVE-2099-0002": {"VulnerableVersions": [">=2.3.0"]}},
    },
    NPM: {"lodash": {"CVE-2099-0003": {"VulnerableVersions": ["<4.17.21"], "PatchedVersions": ["4.17.21"]}}},
    DEBIAN: {"openssl": {"CVE-2099-0004": {"FixedVersion": "3.0.99-1", "Severity": 3}}},
}
SPDX = json.dumps(
    {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "app",
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://example.org/app",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: test"]},
        "packages": [
            {
                "SPDXID": "SPDXRef-1",
                "name": "jinja2",
                "versionInfo": "3.1.0",
                "downloadLocation": "NOASSERTION",
                "externalRefs": [
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": "pkg:pypi/jinja2@3.1.0",
                    }
                ],
            }
        ],
    }
)
STOCK = "--scanners vuln --skip-db-update --skip-java-db-update"
EVERYTHING: Mapping[str, str] = {"app.lock": LOCK, "web/package-lock.json": NPM_LOCK, "app.cdx.json": BOM}


def look(root: Path, cache: Path, **settings: str) -> Report:
    given = {f"trivy-vuln.{key}": value for key, value in settings.items()}
    return judge_at(scope(root, {"trivy-vuln.database": str(cache), **given}), NOW)


def found(report: Report) -> set[tuple[str, str, int]]:
    return {(each.rule, each.place.path, each.place.line) for each in report.findings if each.place}


def test_seeded_advisories_are_found_in_a_hashed_lock_a_package_lock_and_an_sbom(tmp_path: Path) -> None:
    report = look(write(tmp_path / "r", EVERYTHING), database(tmp_path / "c", SEEDED))
    assert report.outcome is Outcome.FAILED
    assert found(report) == {
        ("CVE-2099-0001", "app.lock", 1),
        ("CVE-2099-0002", "app.lock", 4),
        ("CVE-2099-0003", "web/package-lock.json", 1),
        ("CVE-2099-0001", "app.cdx.json", 0),
    }
    assert report.read == ("app.cdx.json", "app.lock", "web/package-lock.json")
    first = next(each for each in report.findings if each.rule == "CVE-2099-0003")
    assert first.package == Package("npm", "lodash", "4.17.20")
    assert "4.17.21" in first.fix
    assert {each.rule: each.fixed_in for each in report.findings}["CVE-2099-0002"] == ""
    assert first.fixed_in == "4.17.21"
    assert any("2 days old" in note for note in report.notes)


NESTED = {
    "": {"name": "app"},
    "node_modules/a/node_modules/lodash": {"version": "4.17.20"},
    "node_modules/lodash": {"version": "4.17.19"},
    "node_modules/alias": {"name": "lodash", "version": "4.17.18"},
}


def test_each_version_of_a_package_is_told_on_its_own_line_which_is_where_trivy_saw_it(tmp_path: Path) -> None:
    lock = json.dumps({"name": "app", "lockfileVersion": 3, "packages": NESTED}, indent=1)
    root = write(tmp_path / "r", {"package-lock.json": lock})
    cache = database(tmp_path / "c" / "stock", SEEDED).parent
    told = {
        each.package.version: each.place.line
        for each in look(root, cache / "stock").findings
        if each.package and each.place
    }
    _, results, _ = stock("fs", f"{STOCK} --list-all-pkgs", root, cache)
    seen = results["package-lock.json"]["Packages"]
    assert isinstance(seen, list)
    assert told == {each["Version"]: each["Locations"][0]["StartLine"] for each in seen}
    assert sorted(told) == ["4.17.18", "4.17.19", "4.17.20"]


def test_an_alias_and_an_address_of_an_old_lock_are_findings_where_stock_trivy_finds_no_fault(tmp_path: Path) -> None:
    old = {
        "name": "app",
        "lockfileVersion": 1,
        "dependencies": {
            "alias": {"version": "npm:lodash@4.17.20"},
            "address": {"version": "git+ssh://git@example.org/lodash.git#4.17.20"},
        },
    }
    root = write(tmp_path / "r", {"package-lock.json": json.dumps(old, indent=1)})
    cache = database(tmp_path / "c" / "stock", SEEDED).parent
    code, results, _ = stock("fs", STOCK, root, cache)
    assert (code, [each.get("Vulnerabilities") for each in results.values()]) == (0, [None])
    report = look(root, cache / "stock")
    assert found(report) == {("not-read", "package-lock.json", 0), ("not-pinned", "package-lock.json", 8)}
    assert report.read == ()


def test_without_their_advisories_none_are_found(tmp_path: Path) -> None:
    report = look(write(tmp_path / "r", EVERYTHING), database(tmp_path / "c", {}))
    assert (report.outcome, report.findings) == (Outcome.PASSED, ())
    assert len(report.read) == len(EVERYTHING)


def test_an_spdx_document_is_looked_through(tmp_path: Path) -> None:
    report = look(write(tmp_path / "r", {"app.spdx.json": SPDX}), database(tmp_path / "c", SEEDED))
    assert found(report) == {("CVE-2099-0001", "app.spdx.json", 0)}
    assert report.read == ("app.spdx.json",)


def test_an_image_folder_is_looked_through_down_to_its_distribution(tmp_path: Path) -> None:
    system = {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        "etc/debian_version": b"12.5\n",
        "var/lib/dpkg/status": b"Package: openssl\nStatus: install ok installed\nVersion: 3.0.1-1\n\n",
        "usr/lib/python3/dist-packages/Jinja2-3.1.0.dist-info/METADATA": b"Name: Jinja2\nVersion: 3.1.0\n",
    }
    image(tmp_path / "r" / "image", system)
    report = look(tmp_path / "r", database(tmp_path / "c", SEEDED))
    assert found(report) == {("CVE-2099-0004", "image/oci-layout", 0), ("CVE-2099-0001", "image/oci-layout", 0)}
    assert "3.0.99-1 or later where it is asked for, and build the image again" in repr(report)
    assert "whether the database speaks of images' distributions was not tried" in report.notes
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["db"]


def test_an_image_in_which_nothing_was_recognised_is_a_finding(tmp_path: Path) -> None:
    image(tmp_path / "r" / "image", {"app": b"\x7fELF"})
    report = look(tmp_path / "r", database(tmp_path / "c", SEEDED))
    assert ("not-read", "image/oci-layout", 0) in found(report)
    assert report.read == ()


def test_a_folder_of_two_images_is_a_finding_since_trivy_looks_at_one(tmp_path: Path) -> None:
    folder = image(tmp_path / "r", {"app": b"x"})
    index = json.loads((folder / "index.json").read_bytes())
    index["manifests"] *= 2
    write(folder, {"index.json": json.dumps(index)})
    assert found(look(folder, database(tmp_path / "c", SEEDED))) == {("not-read", "oci-layout", 0)}


def test_an_index_of_two_platforms_is_a_finding_since_trivy_looks_at_one(tmp_path: Path) -> None:
    faulty = {"usr/lib/python3/dist-packages/Jinja2-3.1.0.dist-info/METADATA": b"Name: Jinja2\nVersion: 3.1.0\n"}
    folder = tmp_path / "r"
    one, other = (
        {**json.loads((image(folder, files) / "index.json").read_bytes())["manifests"][0], "platform": platform}
        for files, platform in (({"app": b"x"}, _platform("amd64")), (faulty, _platform("arm64")))
    )
    attestation = {**one, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    cache = database(tmp_path / "c" / "stock", SEEDED).parent
    _index(folder, [one, other, attestation])
    code, results, _ = stock("image", f"{STOCK} --input", folder, cache)
    assert (code, "CVE" in repr(results)) == (0, False)
    (finding,) = look(folder, cache / "stock").findings
    assert (finding.rule, "it holds 2 images" in finding.message) == ("not-read", True)
    _index(folder, [one, attestation])
    (finding,) = look(folder, cache / "stock").findings
    assert "no package was found" in finding.message


def _platform(architecture: str) -> dict[str, str]:
    return {"os": "linux", "architecture": architecture}


def _index(folder: Path, manifests: list[dict[str, object]]) -> None:
    """Let the folder's index name one image, which is an index of ``manifests``."""
    inner = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    name = hashlib.sha256(inner).hexdigest()
    outer = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": f"sha256:{name}", "size": len(inner)}
    index = json.dumps({"schemaVersion": 2, "manifests": [outer]})
    write(folder, {"index.json": index, f"blobs/sha256/{name}": inner})


def test_stock_trivy_passes_over_a_lock_of_another_name(tmp_path: Path) -> None:
    cache = database(tmp_path / "c" / "stock", SEEDED).parent
    code, results, _ = stock("fs", STOCK, write(tmp_path / "r", {"app.lock": LOCK}), cache)
    assert (code, results) == (0, {})


LOOSE = "requests>=2\n-r other.txt\n"


def test_stock_trivy_says_nothing_of_a_lock_that_is_cut_of_loose_lines_or_of_development(tmp_path: Path) -> None:
    locks = {"cut": NPM_LOCK[:-30], "development": NPM_LOCK}
    files = {f"{name}/package-lock.json": text for name, text in locks.items()} | {"requirements.txt": LOOSE}
    cache = database(tmp_path / "c" / "stock", SEEDED).parent
    code, results, log = stock("fs", STOCK, write(tmp_path / "r", files), cache)
    assert (code, results) == (0, {})
    assert not [line for line in log.splitlines() if {"WARN", "ERROR"} & set(line.split("\t")) and "[npm]" in line]


def test_stock_trivy_says_nothing_where_the_database_does_not_speak_of_the_ecosystem(tmp_path: Path) -> None:
    others: Advisories = {NPM: {"x": {"CVE-2099-1": {"VulnerableVersions": ["<1"]}}}}
    cache = database(tmp_path / "c" / "stock", others, answering=False).parent
    code, results, log = stock("fs", STOCK, write(tmp_path / "r", {"requirements.txt": LOCK}), cache)
    assert (code, "Vulnerabilities" in results["requirements.txt"]) == (0, False)
    assert "ERROR" not in log


@pytest.mark.parametrize("bom", [BOM.replace(', "purl": "pkg:pypi/jinja2@3.1.0"', ""), BOM.replace("@3.1.0", "")])
def test_stock_trivy_says_nothing_of_a_component_without_a_url_or_a_version_in_it(tmp_path: Path, bom: str) -> None:
    cache = database(tmp_path / "c" / "stock", SEEDED).parent
    code, results, _ = stock(
        "sbom", STOCK.removeprefix("--scanners vuln "), write(tmp_path, {"a.cdx.json": bom}) / "a.cdx.json", cache
    )
    assert code == 0
    assert not [result for result in results.values() if result.get("Vulnerabilities")]


def test_what_trivy_leaves_out_without_a_word_is_a_finding(tmp_path: Path) -> None:
    left: dict[str, str | bytes] = {
        "loose/requirements.txt": "jinja2==3.1.3\nrequests>=2\nfoo===1.0\n-r other.txt\nbar @ https://example.org/bar.whl\n",
        "cut/package-lock.json": NPM_LOCK[:-30],
        "new/package-lock.json": json.dumps({"lockfileVersion": 9, "packages": {}}),
        "nameless.cdx.json": BOM.replace(', "purl": "pkg:pypi/jinja2@3.1.0"', ""),
        "versionless.cdx.json": BOM.replace('"version": "3.1.0", ', "").replace("@3.1.0", ""),
        "bare.cdx.json": BOM.replace("@3.1.0", ""),
        "go.sum": "golang.org/x/text v0.3.0 h1:abc=\n",
        "strange.cdx.json": BOM.replace("pkg:pypi", "pkg:nowhere"),
        "no.cdx.json": "{}",
        "deep.cdx.json": "[" * 100_000,
        "poetry.lock": '[[package]]\nname = "jinja2"\nversion = "3.1.0"\n',
        "utf16.lock": LOCK.encode("utf-16"),
    }
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "gone.lock").symlink_to("nowhere")
    (tmp_path / "r" / "out.lock").symlink_to(write(tmp_path, {"out.lock": LOCK}) / "out.lock")
    report = look(write(tmp_path / "r", left), database(tmp_path / "c", SEEDED))
    assert found(report) == {
        *(("not-pinned", "loose/requirements.txt", line) for line in (2, 3, 4, 5)),
        *(("not-pinned", f"{name}.cdx.json", 0) for name in ("nameless", "versionless", "bare")),
        ("not-read", "go.sum", 0),
        *(("not-read", path, 0) for path in ("cut/package-lock.json", "new/package-lock.json", "no.cdx.json")),
        ("not-read", "deep.cdx.json", 0),
        *(("not-read", path, 0) for path in ("poetry.lock", "strange.cdx.json", "utf16.lock")),
        *(("not-read", path, 0) for path in ("gone.lock", "out.lock")),
    }
    assert report.read == ("bare.cdx.json", "loose/requirements.txt", "nameless.cdx.json", "versionless.cdx.json")


def test_a_variable_that_skips_every_file_is_not_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIVY_SKIP_DIRS", "**/locks,**")
    monkeypatch.setenv("TRIVY_IGNORE_UNFIXED", "true")
    report = look(write(tmp_path / "r", {"app.lock": LOCK}), database(tmp_path / "c", SEEDED))
    assert {rule for rule, _, _ in found(report)} == {"CVE-2099-0001", "CVE-2099-0002"}


def test_an_ignore_file_in_the_repository_is_not_heard(tmp_path: Path) -> None:
    files = {"app.lock": LOCK, ".trivyignore": "CVE-2099-0001\n", "trivy.yaml": "ignorefile: .trivyignore\n"}
    report = look(write(tmp_path / "r", files), database(tmp_path / "c", SEEDED))
    assert ("CVE-2099-0001", "app.lock", 1) in found(report)


def test_no_database_is_undecided_and_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"no vulnerability database.*--download-db-only"):
        look(write(tmp_path / "r", EVERYTHING), tmp_path / "c")


def test_a_database_in_a_home_that_is_not_known_is_undecided(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="in no home that is known"):
        look(write(tmp_path / "r", EVERYTHING), Path("~nobody-of-this-name/x"))


def test_only_a_setting_skips_the_gate_where_no_database_stands(tmp_path: Path) -> None:
    root = write(tmp_path / "r", EVERYTHING)
    report = look(root, tmp_path / "c", without_database="skip")
    assert report.outcome is Outcome.SKIPPED
    assert "no vulnerability database" in report.notes[0]
    with pytest.raises(SettingError, match="undecided or skip"):
        look(root, tmp_path / "c", without_database="pass")
    write(tmp_path / "c", {"db/trivy.db": b""})
    with pytest.raises(ToolError, match="no vulnerability database"):
        look(root, tmp_path / "c", without_database="skip")


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ('{"Version": 1, "UpdatedAt": "2026-11-01T00:00:00Z"}', "form 1"),
        ('{"Version": 2, "UpdatedAt": "2026-11-0', "does not describe"),
        ('{"Version": 2}', "does not describe"),
        ("[]", "does not describe"),
        ('{"Version": 2, "UpdatedAt": "2026-10-20T00:00:00Z"}', "15 days old"),
        ('{"Version": 2, "UpdatedAt": "2027-11-01T00:00:00Z"}', "has not come yet"),
    ],
)
def test_a_database_that_is_stale_or_not_described_is_undecided(tmp_path: Path, described: str, said: str) -> None:
    cache = database(tmp_path / "c", SEEDED)
    write(cache, {"db/metadata.json": described})
    with pytest.raises(ToolError, match=said):
        look(write(tmp_path / "r", EVERYTHING), cache)


def test_the_setting_says_when_a_database_is_stale(tmp_path: Path) -> None:
    root = write(tmp_path / "r", {"app.lock": "idna==3.20\n"})
    cache = database(tmp_path / "c", SEEDED)
    assert look(root, cache, stale_days="3").outcome is Outcome.PASSED
    assert look(root, cache, stale_days=str((1 << 31) - 1)).outcome is Outcome.PASSED
    with pytest.raises(ToolError, match="after 2 it decides nothing"):
        look(root, cache, stale_days="2")
    with pytest.raises(SettingError, match="stale_days"):
        look(root, cache, stale_days="0")


@pytest.mark.parametrize("source", [PIP, NPM])
def test_a_database_that_does_not_speak_of_an_ecosystem_is_undecided(tmp_path: Path, source: str) -> None:
    seeded = {name: packages for name, packages in SEEDED.items() if name != source}
    kept = {name: {"x": {"CVE-2099-1": {"VulnerableVersions": ["<1"]}}} for name in seeded}
    cache = database(tmp_path / "c", kept, answering=False)
    with pytest.raises(ToolError, match="does not speak of"):
        look(write(tmp_path / "r", EVERYTHING), cache)


def test_a_truncated_database_is_never_green(tmp_path: Path) -> None:
    root = write(tmp_path / "r", {"app.lock": LOCK})
    cache = database(tmp_path / "c", SEEDED)
    whole = (cache / "db" / "trivy.db").read_bytes()
    assert found(look(root, cache))
    for length in (0, 1, 4096, 3 * 4096, len(whole) // 2, len(whole) - 2 * 4096):
        write(cache, {"db/trivy.db": whole[:length]})
        with pytest.raises(ToolError):  # the reader gives up, or faults where the file ends
            look(root, cache)


def test_a_page_of_zeros_in_the_database_never_hides_a_finding(tmp_path: Path) -> None:
    root = write(tmp_path / "r", {"app.lock": LOCK})
    cache = database(tmp_path / "c", SEEDED)
    whole = (cache / "db" / "trivy.db").read_bytes()
    expected = found(look(root, cache))
    for start in range(0, len(whole), 4096):
        write(cache, {"db/trivy.db": whole[:start] + bytes(4096) + whole[start + 4096 :]})
        try:
            assert found(look(root, cache)) == expected, f"page {start // 4096}"
        except ToolError:
            continue


def test_the_database_of_the_tests_is_the_same_bytes_each_time() -> None:
    tree: Bucket = {"b": {"k": b"v", "a": {}}, "a": {"x": b"y" * 9000}}
    assert bolt(tree) == bolt(dict(reversed(list(tree.items()))))


def test_a_change_without_a_lock_is_skipped(tmp_path: Path) -> None:
    assert judge(scope(write(tmp_path, {"a.py": ""}))).outcome is Outcome.SKIPPED
    assert not GATE.looks_at("a.py")
