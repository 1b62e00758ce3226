"""Which target a test case belongs to: by the report's name, else by the case's file, else by its class."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from dynamic_impact.history.junit import Case


@dataclass(frozen=True, slots=True)
class Subjects:
    """The tests of a repository, by the names that reports use.

    Parameters
    ----------
    by_report : by the file name that Pants gives the report of a test, without ``.xml``
    by_source : by a source file of it
    by_module : by that file's path, without its suffix, with dots
    """

    by_report: Mapping[str, str]
    by_source: Mapping[str, str]
    by_module: Mapping[str, str]

    def of(self, report: str, case: Case) -> str:
        """Return the address for ``case`` of the report named ``report``; without one, what names it best."""
        if found := self.by_report.get(report):
            return found
        if case.file:
            path = PurePosixPath(case.file).as_posix()
            return self.by_source.get(path, path)
        for prefix in _prefixes(case.classname):
            if found := self.by_module.get(prefix):
                return found
        return case.classname or case.name or report


def subjects(tests: Iterable[tuple[str, tuple[str, ...]]]) -> Subjects:
    """Return the names of ``tests``, each an address with its sources. A name that two share names neither."""
    tests = list(tests)
    sources = [(source, address) for address, of in tests for source in of]
    return Subjects(
        _unique((path_safe(address), address) for address, _ in tests),
        _unique(sources),
        _unique(
            (name, address)
            for source, address in sources
            for name in _prefixes(".".join(PurePosixPath(source).with_suffix("").parts), front=True)
        ),
    )


def path_safe(address: str) -> str:
    """Return ``address`` as Pants names its report: ``tests/a/b/test_x.py:../t`` is ``tests.a.b.test_x.py@t``."""
    body, _, parameters = address.partition("@")
    body, _, generated = body.partition("#")
    path, _, name = body.removeprefix("/").partition(":")
    ups = name.count("../")
    name = name.replace("../", "")
    if not ups and path.rpartition("/")[2] == name:  # a/b:b, the default name
        name = ""
    mark = "@" * ups or "."
    joined = path.replace("/", ".") if path != "/" else ""
    told = f"{joined}{mark}{name}" if name else joined
    told += f"@{generated.replace('/', '.')}" if generated else ""
    return told + (f"@@{parameters.replace('/', '.')}" if parameters else "")


def _prefixes(dotted: str, *, front: bool = False) -> Iterator[str]:
    """Return ``a.b.c``, ``a.b``, ``a``; from the ``front``, as a source root may be cut off, ``a.b.c`` and ``b.c``."""
    parts = dotted.split(".")
    for cut in range(max(len(parts) - 1, 1) if front else len(parts)):
        yield ".".join(parts[cut:] if front else parts[: len(parts) - cut])


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, address in pairs:
        found[name] = address if found.get(name, address) == address else ""
    return {name: address for name, address in found.items() if address}
