"""Locks of every form that is read, and the same locks torn, mistyped and in other encodings."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamic_delivery.gates.locks.model import Locked, LockError
from dynamic_delivery.gates.locks.reading import is_lock, parse, read_lock

A, B = "a" * 64, "b" * 64
SHA512 = "sha512-" + base64.b64encode(bytes(range(64))).decode()

REQUIREMENTS = f"""\
# made by hand
Jinja2[i18n]==2.11.2 ; python_version >= "3" \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via -r a.in
markupsafe==1.1.1 \\
    --hash=sha256:{A}
    # via jinja2
numpy==1.26.4 ; python_version < "3.12" \\
    --hash=sha256:{A}
    # via -r a.in
numpy==2.4.6 ; python_version >= "3.12" \\
    --hash=sha256:{B}
    # via -r a.in
"""

UV = f"""\
version = 1

[[package]]
name = "jinja2"
version = "2.11.2"
source = {{ registry = "https://example.org/simple" }}
dependencies = [{{ name = "markupsafe" }}]
sdist = {{ url = "https://example.org/j.tar.gz", hash = "sha256:{A}", size = 1 }}

[[package]]
name = "markupsafe"
version = "1.1.1"
sdist = {{ url = "https://example.org/m.tar.gz", hash = "sha256:{B}", size = 1 }}
"""

PEX = json.dumps(
    {
        "locked_resolves": [
            {
                "locked_requirements": [
                    {
                        "artifacts": [{"algorithm": "sha256", "hash": A, "url": "https://example.org/j.whl"}],
                        "project_name": "jinja2",
                        "requires_dists": ["MarkupSafe>=0.23"],
                        "requires_python": None,
                        "version": "2.11.2",
                    },
                    {"artifacts": [], "project_name": "markupsafe", "requires_dists": [], "version": "1.1.1"},
                ]
            }
        ]
    },
    indent=2,
)

NPM_3: dict[str, Any] = {
    "name": "app",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "app", "version": "1.0.0", "dependencies": {"lodash": "^4"}},
        "node_modules/lodash": {"version": "4.17.20", "integrity": SHA512, "license": "MIT"},
        "node_modules/@scope/a": {"version": "1.0.0-rc.1", "dependencies": {"lodash": "^3"}},
        "node_modules/@scope/a/node_modules/lodash": {"version": "3.10.1"},
        "node_modules/other": {"name": "minimist", "version": "0.0.8", "license": {"type": "MIT"}},
        "node_modules/mine": {"resolved": "packages/mine", "link": True},
        "packages/mine": {"version": "0.1.0"},
    },
}
NPM_1: dict[str, Any] = {
    "name": "app",
    "lockfileVersion": 1,
    "dependencies": {
        "@scope/a": {
            "version": "1.0.0-rc.1",
            "requires": {"lodash": "^3"},
            "dependencies": {"lodash": {"version": "3.10.1"}},
        },
        "lodash": {"version": "4.17.20", "integrity": SHA512},
        "other": {"version": "npm:minimist@0.0.8"},
        "forked": {"version": "git+ssh://git@example.org/a/forked.git#0123"},
        "mine": {"version": "file:packages/mine"},
    },
}


def pins(path: str, text: str) -> list[tuple[str, str, int]]:
    return [(each.name, each.version, each.line) for each in parse(path, text.encode())]


def held(path: str, text: str, name: str) -> Locked:
    return next(each for each in parse(path, text.encode()) if each.name == name)


def test_requirements_give_each_version_its_line_its_hashes_and_what_it_needs() -> None:
    assert pins("a.lock", REQUIREMENTS) == [
        ("jinja2", "2.11.2", 2),
        ("markupsafe", "1.1.1", 6),
        ("numpy", "1.26.4", 9),
        ("numpy", "2.4.6", 12),
    ]
    assert held("a.lock", REQUIREMENTS, "jinja2").hashes == (f"sha256:{A}", f"sha256:{B}")
    assert held("a.lock", REQUIREMENTS, "jinja2").needs == {("markupsafe", "1.1.1")}
    assert held("a.lock", REQUIREMENTS, "numpy").hashes == (f"sha256:{A}",)


def test_requirements_that_do_not_say_what_needs_what_give_their_pins() -> None:
    text = (
        f"a[x]==1 \\\n    --hash=sha256:{A}\nb==2 ; python_version < '4'\n# why\nc @ https://example.org/c.whl\nd===3"
    )

    assert pins("requirements.txt", text) == [("a", "1", 1), ("b", "2", 3), ("c", "", 5), ("d", "3", 6)]
    assert held("requirements.txt", text, "a").hashes == (f"sha256:{A}",)


@pytest.mark.parametrize(("path", "text", "lines"), [("uv.lock", UV, (4, 11)), ("python.lock", PEX, (13, 22))])
def test_uv_and_pex_give_the_same_packages(path: str, text: str, lines: tuple[int, int]) -> None:
    assert pins(path, text) == [("jinja2", "2.11.2", lines[0]), ("markupsafe", "1.1.1", lines[1])]
    assert held(path, text, "jinja2").needs == {("markupsafe", "1.1.1")}
    assert held(path, text, "jinja2").hashes == (f"sha256:{A}",)


@pytest.mark.parametrize(
    "source",
    [
        'source = { virtual = "." }',
        'source = { editable = "libs/mine" }',
        'source = { directory = "libs/mine" }',
        '[package.source]\ntype = "directory"\nurl = "libs/mine"',
    ],
)
def test_a_package_of_the_workspace_itself_is_left_out(source: str) -> None:
    own = f'\n[[package]]\nname = "mine"\nversion = "0.1"\ndependencies = [{{ name = "jinja2" }}]\n{source}\n'

    assert parse("uv.lock", (UV + own).encode()) == parse("uv.lock", UV.encode())


def test_a_package_lock_gives_each_version_once_by_its_real_name() -> None:
    text = json.dumps(NPM_3, indent=2)

    found = pins("web/package-lock.json", text)

    assert sorted(found) == [
        ("@scope/a", "1.0.0-rc.1", 17),
        ("lodash", "3.10.1", 23),
        ("lodash", "4.17.20", 12),
        ("minimist", "0.0.8", 26),
    ]
    assert [text.splitlines()[line - 1].strip() for _, _, line in found] == [
        '"node_modules/lodash": {',
        '"node_modules/@scope/a": {',
        '"node_modules/@scope/a/node_modules/lodash": {',
        '"node_modules/other": {',
    ]
    assert held("package-lock.json", text, "lodash").hashes == (f"sha512:{bytes(range(64)).hex()}",)
    assert held("package-lock.json", text, "minimist").licence == "MIT"


@pytest.mark.parametrize(("path", "lock"), [("package-lock.json", NPM_3), ("npm-shrinkwrap.json", NPM_1)])
def test_a_package_needs_what_node_would_find_from_its_folder(path: str, lock: dict[str, Any]) -> None:
    assert held(path, json.dumps(lock), "@scope/a").needs == {("lodash", "3.10.1")}


def test_a_package_is_looked_for_in_each_folder_around_the_one_that_asks() -> None:
    folders = ("a", "b", "a/node_modules/b", "a/node_modules/c", "a/node_modules/c/node_modules/d")
    packages: dict[str, Any] = {f"node_modules/{path}": {"version": f"{n}.0.0"} for n, path in enumerate(folders)}
    packages["node_modules/a/node_modules/c/node_modules/d"]["dependencies"] = {"a": "*", "b": "*", "gone": "*"}
    text = json.dumps({"lockfileVersion": 2, "packages": packages})

    assert held("package-lock.json", text, "d").needs == {("a", "0.0.0"), ("b", "2.0.0")}


def test_the_first_form_of_package_locks_gives_the_same_and_what_has_only_an_address() -> None:
    assert sorted(pins("npm-shrinkwrap.json", json.dumps(NPM_1, indent=1))) == [
        ("@scope/a", "1.0.0-rc.1", 5),
        ("forked", "", 23),
        ("lodash", "3.10.1", 11),
        ("lodash", "4.17.20", 16),
        ("minimist", "0.0.8", 20),
    ]


def test_a_lock_on_one_line_is_read_as_well() -> None:
    assert {line for _, _, line in pins("package-lock.json", json.dumps(NPM_3))} == {1}


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("yarn.lock", "# yarn lockfile v1\n", "not read here"),
        ("a.lock", " \n", "is empty"),
        ("a.lock", "jinja2==2.11.2\n\njinja2[i18n]>=2,<3  # why\n", "line 3 pins no version: jinja2.i18n.>=2,<3"),
        ("requirements.txt", "flask\n", "line 1 pins no version: flask"),
        ("a.lock", '{"locked_resolves": []}', "locks no package"),
        ("pylock.toml", "lock-version = '1.0'\n", "not read here"),
        ("package-lock.json", "{}", "neither packages nor"),
        ("a.lock", "-r other.txt\n", "no requirements file"),
        ("package-lock.json", "{", "no JSON"),
        ("package-lock.json", "[]", "no JSON object"),
        ("package-lock.json", '{"lockfileVersion": 4, "packages": {}}', "1 to 3 are known"),
        ("package-lock.json", '{"lockfileVersion": 3}', "no packages"),
        ("package-lock.json", "[" * 100_000, "no JSON|too deeply"),
        ("a.lock", '{"locked_resolves": ' + "[" * 100_000, "too deeply|no PEX"),
        (
            "package-lock.json",
            '{"lockfileVersion": 3, "packages": {"node_modules/\\ud800": {"version": "1.0.0"}}}',
            "no text",
        ),
        ("uv.lock", "[[package]]\nname = 3\n", "no uv.lock"),
    ],
)
def test_what_is_no_lock_is_said_to_be_none(path: str, text: str, said: str) -> None:
    with pytest.raises(LockError, match=said):
        parse(path, text.encode())


def test_a_lock_that_cannot_be_opened_is_an_error_and_not_empty(tmp_path: Path) -> None:
    with pytest.raises(LockError, match="cannot be opened"):
        read_lock(tmp_path, "gone.lock")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("3rdparty/python/a.lock", True),
        ("web/package-lock.json", True),
        ("requirements-dev.txt", True),
        ("web/yarn.lock", True),
        ("pylock.dev.toml", True),
        ("bun.lockb", True),
        ("pylock.a.b.toml", False),
        ("charts/Chart.lock", False),
        ("3rdparty/python/a.in", False),
        ("src/package.json", False),
    ],
)
def test_locks_are_known_by_name(path: str, asked: bool) -> None:
    assert is_lock(path) == asked


WHOLE = {
    "a.lock": REQUIREMENTS,
    "uv.lock": UV,
    "python.lock": PEX,
    "package-lock.json": json.dumps(NPM_3, indent=1),
    "npm-shrinkwrap.json": json.dumps(NPM_1, indent=1),
}


def read_or_refused(path: str, content: bytes) -> None:
    """Anything but packages or LockError comes through as a failure of the test."""
    try:
        parse(path, content)
    except LockError as error:
        refused = error
    else:
        return
    assert refused.message
    assert refused.hint


@pytest.mark.parametrize("path", WHOLE)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_lock_is_read_or_refused_and_never_a_traceback(path: str, data: st.DataObject) -> None:
    whole = WHOLE[path].encode()
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, len(whole)))
    read_or_refused(path, whole[:at] + data.draw(st.binary(max_size=8)) + whole[until:])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_package_lock_of_wrong_types_is_read_or_refused(data: st.DataObject) -> None:
    document = json.loads(WHOLE[data.draw(st.sampled_from(["package-lock.json", "npm-shrinkwrap.json"]))])
    spoil(document, data)
    read_or_refused("package-lock.json", json.dumps(document).encode())


def spoil(document: dict[str, Any], data: st.DataObject) -> None:
    """Put any JSON in the place of one value, at a depth that is drawn."""
    key = data.draw(st.sampled_from(sorted(document)))
    value = document[key]
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        spoil(value, data)
    else:
        document[key] = data.draw(JSON)
