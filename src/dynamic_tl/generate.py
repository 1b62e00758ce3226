"""The files that are generated from schemas: what they hold, whether they are current, and writing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_tl.emit_javascript import MARK as JAVASCRIPT_MARK
from dynamic_tl.emit_javascript import javascript_index, javascript_module
from dynamic_tl.emit_python import MARK as PYTHON_MARK
from dynamic_tl.emit_python import python_index, python_module
from dynamic_tl.errors import GenerateError
from dynamic_tl.model import Message

_MARKS = (PYTHON_MARK.encode(), JAVASCRIPT_MARK.encode())


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as the schemas want it: ``missing``, ``changed`` or ``stale``."""

    name: str
    what: str


def generated_files(messages: Sequence[Message]) -> Mapping[str, bytes]:
    """Return every file of the generated folder, by name."""
    runtime = files("dynamic_tl.runtime")
    texts = {
        "__init__.py": python_index(messages),
        "index.mjs": javascript_index(messages),
        "runtime.mjs": f"{JAVASCRIPT_MARK}.\n{runtime.joinpath('runtime.mjs').read_text(encoding='utf-8')}",
        "runtime.py": f"{PYTHON_MARK}.\n{runtime.joinpath('runtime.py').read_text(encoding='utf-8')}",
    }
    for message in messages:
        texts[f"{message.stem}.py"] = python_module(message)
        texts[f"{message.stem}.mjs"] = javascript_module(message)
    return {name: text.encode() for name, text in sorted(texts.items())}


def differences(wanted: Mapping[str, bytes], folder: Path) -> tuple[Difference, ...]:
    """Return what ``generate`` would write or remove in ``folder``."""
    held = _held(folder)
    found = [
        Difference(name, "changed" if name in held else "missing")
        for name, content in wanted.items()
        if held.get(name) != content
    ]
    stale = [name for name, content in held.items() if name not in wanted and content.startswith(_MARKS)]
    return tuple(found + [Difference(name, "stale") for name in stale])


def generate(wanted: Mapping[str, bytes], folder: Path) -> tuple[Difference, ...]:
    """Write what differs, remove what no schema stands behind any more, and return what was done.

    Raises
    ------
    GenerateError : a file of that name is not a generated one; nothing was written
    """
    held, found = _held(folder), differences(wanted, folder)
    for difference in found:
        if difference.what == "changed" and not held[difference.name].startswith(_MARKS):
            path = folder / difference.name
            raise GenerateError(f"{path} was not generated, and would be lost", "name another folder with --out DIR")
    for difference in found:
        if difference.what == "stale":
            (folder / difference.name).unlink()
        else:
            write_atomic(folder / difference.name, wanted[difference.name])
    return found


def _held(folder: Path) -> dict[str, bytes]:
    try:
        inside = sorted(folder.iterdir()) if folder.exists() else []
        return {path.name: path.read_bytes() for path in inside if path.suffix in {".py", ".mjs"} and path.is_file()}
    except OSError as error:
        raise GenerateError(f"cannot read {folder} ({error.strerror})", "name another folder with --out DIR") from error
