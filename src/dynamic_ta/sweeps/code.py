"""Which code made a result: a journal of other code is not gone on with."""

import hashlib
from collections.abc import Iterator, Sequence
from importlib.abc import Traversable
from importlib.resources import files


def code_digest(packages: Sequence[str], texts: Sequence[str] = ()) -> str:
    """Return the SHA-256 of every ``.py`` file in ``packages`` and below, and of ``texts``.

    Notes
    -----
    It errs on the safe side: an edit of a comment changes it. Libraries are left out; their lock pins them.
    """
    found = hashlib.sha256()
    for package in packages:
        for path, content in sorted(_sources(files(package), package)):
            found.update(f"{path}\n{len(content)}\n".encode() + content)
    for text in texts:
        found.update(f"{len(text)}\n{text}".encode())
    return found.hexdigest()


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{path}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{path}/{entry.name}", entry.read_bytes()
