"""Downloads a snapshot: resumed where it broke off, whole or absent, its digest kept beside it.

References
----------
.. [1] RFC 9110, "HTTP Semantics", 2022, sections 13.1 (conditions), 14.2 (Range), 15.3.7 (206)
"""

import fcntl
import hashlib
import http.client
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from dynamic_base import write_atomic
from dynamic_delivery.gates.advisories.model import SnapshotError

MOST_BYTES = 4 << 30
_BLOCK = 1 << 20
_TRIES = 3
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a file that was downloaded, or of the part of it that is here.

    Parameters
    ----------
    etag : the server's name of this content, which makes a part worth resuming; "" where it gives none
    size : int, bytes of the whole
    sha256 : hexadecimal; "" of a part
    """

    url: str
    etag: str
    size: int
    sha256: str = ""


class _BrokenError(Exception):
    """The connection ended before the content did."""


def is_url(text: str) -> bool:
    """Say whether ``text`` names something to download."""
    return "://" in text


def kept_at(url: str, folder: Path) -> Path:
    """Return where the download of ``url`` is kept: a name of its own, that ends as the URL does."""
    name = PurePosixPath(urlsplit(url).path).name or "advisories"
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}-{name}"


def check_kept(url: str, folder: Path) -> None:
    """See that what is kept of ``url`` is what was downloaded.

    Raises
    ------
    SnapshotError : its digest is another: a part of it may be missing, and nothing in it need say so
    """
    if _whole(kept_at(url, folder)) is None:
        raise SnapshotError(f"what was downloaded from {url} has changed since", "run once with --network")


def fetch(url: str, folder: Path, *, timeout_s: float = 60.0) -> Kept:
    """Bring ``kept_at(url, folder)`` up to date. A broken connection is resumed twice, and by the next call.

    Raises
    ------
    SnapshotError : the server refuses, does not say the length, or breaks off; what was kept before is untouched
    """
    if urlsplit(url).scheme not in {"https", "http"}:
        raise SnapshotError(f"{url} is neither https nor http", "name a file, or such a URL")
    broken: Exception | None = None
    for _ in range(_TRIES):
        try:
            with _alone(kept_at(url, folder)):
                return _once(url, kept_at(url, folder), timeout_s)
        except _BrokenError as error:
            broken = error
        except urllib.error.HTTPError as error:
            raise SnapshotError(
                f"{url} answered {error.code} {error.reason}", "mend the URL, or name a file"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            broken = error
    raise SnapshotError(f"{url} could not be downloaded ({broken})", "try again: what came is kept, or name a file")


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Wait for another run that downloads the same: both would write one part. The kernel drops it with its holder."""
    lock = _beside(target, "lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _once(url: str, target: Path, timeout_s: float) -> Kept:
    begun, kept = _recall(_beside(target, "part")), _whole(target)
    at = _size(_beside(target, "bytes")) if begun else 0
    request = urllib.request.Request(url, headers=_asked(begun, kept, at))
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # nosec B310  # the scheme was looked at
            return _receive(url, answer, target, at)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.NOT_MODIFIED and kept is not None:
            return kept
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            _forget(target)
            raise _BrokenError("the part that is here is of another file") from error
        raise


def _asked(begun: Kept | None, kept: Kept | None, at: int) -> dict[str, str]:
    if begun is not None and at:
        return {"Range": f"bytes={at}-", "If-Range": begun.etag}
    return {"If-None-Match": kept.etag} if kept is not None and kept.etag else {}


def _receive(url: str, answer: http.client.HTTPResponse, target: Path, at: int) -> Kept:
    start, size = _extent(url, answer, at)
    if size > MOST_BYTES:
        raise SnapshotError(f"{url} has {size} bytes, and may have {MOST_BYTES}", "name a smaller snapshot")
    etag = answer.headers.get("ETag", "")
    part = _beside(target, "part")
    strong = etag if not etag.startswith("W/") else ""
    if strong:
        write_atomic(part, json.dumps(asdict(Kept(url, strong, size))).encode())
    else:
        part.unlink(missing_ok=True)
    content = _beside(target, "bytes")
    with content.open("r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        while block := answer.read(_BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    came = _size(content)
    if came != size:
        raise _BrokenError(f"{came} of {size} bytes came")
    return _keep(Kept(url, strong, size, _digest(content)), content, target)


def _extent(url: str, answer: http.client.HTTPResponse, at: int) -> tuple[int, int]:
    """Return where the answer begins, and how long the whole is."""
    if answer.status == http.HTTPStatus.PARTIAL_CONTENT:
        found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != at:
            raise SnapshotError(f"{url} answered with another part than was asked", "name a file")
        return at, int(found[3])
    length = answer.headers.get("Content-Length", "")
    if not length.isdigit():
        raise SnapshotError(f"{url} does not say its length, so a torn answer could not be told", "name a file")
    return 0, int(length)


def _keep(kept: Kept, content: Path, target: Path) -> Kept:
    """Put the whole content in its place, and only then say so."""
    content.replace(target)
    write_atomic(_beside(target, "whole"), json.dumps(asdict(kept)).encode())
    _beside(target, "part").unlink(missing_ok=True)
    return kept


def _beside(target: Path, what: str) -> Path:
    """Notes and parts stand in a folder of their own, so that a folder of snapshots holds nothing else."""
    return target.parent / ".fetch" / f"{target.name}.{what}"


def _recall(path: Path) -> Kept | None:
    try:
        held = json.loads(path.read_bytes())
        return Kept(str(held["url"]), str(held["etag"]), int(held["size"]), str(held["sha256"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not there, or torn: the file is then asked for anew


def _whole(target: Path) -> Kept | None:
    """Return what is known of the file that is kept, if it still is that file."""
    kept = _recall(_beside(target, "whole"))
    return kept if kept is not None and target.exists() and _digest(target) == kept.sha256 else None


def _forget(target: Path) -> None:
    _beside(target, "part").unlink(missing_ok=True)
    _beside(target, "bytes").unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
