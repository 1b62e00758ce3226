"""What of a change no test sees."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from dynamic_delivery.risk.model import Measure
from dynamic_delivery.risk.scales import share
from dynamic_delivery.risk.size import language_of
from dynamic_impact.compact import search
from dynamic_impact.graph import FILE, Graph, owners_of
from dynamic_impact.recordings.blocks import blocks_of
from dynamic_impact.recordings.model import Recording

# What says or lists rather than does: nobody writes a test of it.
_NO_CODE = frozenset(("", "prose", "HTML", "JSON", "Pants", "TOML", "YAML"))
_HUNK = re.compile(rb"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_BLANK = re.compile(rb"\s*(#|$)")


def code_files(graph: Graph, files: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``files`` that are code, have a target, and are no test themselves."""
    held = ((path, owners_of(graph, path)) for path in files if language_of(path) not in _NO_CODE)
    return tuple(path for path, owners in held if owners and not any(graph.targets[owner].is_test for owner in owners))


def untested_measure(graph: Graph, code: Sequence[str]) -> Measure:
    """Return the share of ``code`` (`code_files`) from which no path leads to a test.

    Notes
    -----
    One search back from all tests: O(nodes + edges).
    """
    scale = share(0).scale
    if not code:
        return Measure("untested_files", 0.0, 0.0, scale, "no code was edited outside of tests")
    tested = search(graph.arcs.causes, graph.targets.nodes[graph.targets.tests].tolist()).distances > 0
    bare = [path for path in code if not tested[graph.arcs.names.find(FILE + path)]]
    part = len(bare) / len(code)
    named = f", as {bare[0]}" if bare else ""
    return Measure("untested_files", part, part, scale, f"{len(bare)} of {len(code)} code files reach no test{named}")


def unexecuted_measure(
    code: Sequence[str],
    lines: Callable[[str], Sequence[int]],
    content: Callable[[str], bytes | None],
    recordings: Collection[Recording],
) -> Measure:
    """Return the share of changed lines that stand in functions which no recorded test executed.

    Parameters
    ----------
    lines : of a path, those that the change wrote (`written_lines`); git is asked for each
    content : of a path as it is now
    recordings : of the tests that the change can break; what they saw was the code before the change

    Notes
    -----
    Recordings know functions, not lines (docs/adr/0018). A blank line or a comment is no line here.
    """
    scale = share(0).scale
    if not recordings:
        return Measure("unexecuted_lines", None, 0.0, scale, "no test that it can break has been recorded")
    ran = _executed(recordings)
    total = missed = 0
    for path in code:
        source = content(path) if path.endswith(".py") else None
        blocks = blocks_of(source) if source is not None else None
        if source is None or blocks is None:
            continue
        text = source.split(b"\n")
        for line in lines(path):
            if line <= len(text) and not _BLANK.match(text[line - 1]):
                total += 1
                missed += path not in ran or (blocks.at(line) not in ran[path] and None not in ran[path])
    part = missed / total if total else 0.0
    tests = len({recording.test for recording in recordings})
    return Measure(
        "unexecuted_lines",
        part,
        part,
        scale,
        f"{missed} of {total} lines stand in functions that none of {tests} recorded tests executed",
    )


def _executed(recordings: Iterable[Recording]) -> dict[str, set[str | None]]:
    """Return the blocks that ran, by path; None among them stands for the whole file."""
    found: dict[str, set[str | None]] = {}
    for recording in recordings:
        for path, ran in recording.files.items():
            found.setdefault(path, set()).update(ran.blocks, (None,) if ran.whole else ())
    return found


def written_lines(patch: bytes) -> tuple[int, ...]:
    """Return the lines, counted from 1, that a ``-U0`` patch of one file wrote."""
    found = (match for line in patch.split(b"\n") if (match := _HUNK.match(line)))
    spans = ((int(match[1]), int(match[2] or 1)) for match in found)
    return tuple(line for first, many in spans for line in range(first, first + many))
