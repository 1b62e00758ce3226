"""What ``pants.toml`` names: files whose edit can change results though no target owns them."""

import fnmatch
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dynamic_impact.errors import PantsFailedError

_FOLDERS = ("[GLOBAL].pythonpath",)
_GLOBS = ("[GLOBAL].build_file_prelude_globs",)


@dataclass(frozen=True, slots=True)
class Options:
    """What of the configuration decides how far a file reaches.

    Parameters
    ----------
    named : each string with the option that holds it, in the files' order
    whole_locks : bool, in some file, each test is given all pins of its lock, whatever it imports
    """

    named: tuple[tuple[str, str], ...]
    whole_locks: bool = False

    def naming(self, path: str) -> str:
        """Return the option that names ``path`` (itself, a glob over it, or a plugin folder above it), or "".

        A lock that only user code resolves from is left to the graph, whose requirement targets depend on it.
        """
        return next((option for option, value in self.named if self._names(option, value, path)), "")

    def _names(self, option: str, value: str, path: str) -> bool:
        if option.startswith("[python.resolves].") and value == path:
            resolve = option.partition("].")[2]
            return any(held.endswith(".install_from_resolve") and value == resolve for held, value in self.named)
        if option in _GLOBS:
            return fnmatch.fnmatch(path, value)
        return path == value or (option in _FOLDERS and path.startswith(value.rstrip("/") + "/"))


def read_options(build_root: Path) -> Options:
    """Read every ``pants*.toml`` of ``build_root``.

    Raises
    ------
    PantsFailedError : a file is no TOML
    """
    named: list[tuple[str, str]] = []
    whole_locks = False
    for path in sorted(build_root.glob("pants*.toml")):
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PantsFailedError(f"{path} is not TOML ({error})", "mend the line it names") from error
        for section, values in document.items():
            named.extend(_strings(f"[{section}]", values))
        python = document.get("python")
        whole_locks |= isinstance(python, dict) and python.get("run_against_entire_lockfile") is True
    return Options(tuple(named), whole_locks)


def _strings(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value.removeprefix("%(buildroot)s/")
    elif isinstance(value, list):
        for item in value:
            yield from _strings(name, item)
    elif isinstance(value, dict):
        for key, item in value.items():
            nested = f"[{name.strip('[]')}.{key}]" if isinstance(item, dict) else f"{name}.{key}"
            yield from _strings(name if key in ("add", "remove") else nested, item)
