"""Where the snapshot comes from: a path, or URLs whose downloads are kept below the repository's state."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dynamic_base import digest, state_folder
from dynamic_delivery.gates.advisories.fetch import check_kept, fetch, is_url, kept_at
from dynamic_delivery.gates.advisories.model import SnapshotError
from dynamic_delivery.gates.settings import may_ask_network

SETTING = "dependencies.advisories"


def find_snapshot(root: Path, settings: Mapping[str, str], note: Callable[[str], None]) -> Path:
    """Return the file or folder to read. The setting is one path, or URLs with spaces between, one an ecosystem.

    Raises
    ------
    SnapshotError : none is named; or URLs are, nothing of one is kept here, and the network is not asked or not there
    """
    given = settings.get(SETTING, "").strip()
    if not given:
        raise SnapshotError(
            "no advisory snapshot is given, so no package could be judged",
            f"name a folder, .zip, .json or .jsonl of OSV records: --set {SETTING}=PATH, or in ci/gates.toml",
        )
    urls = given.split()
    if not all(is_url(word) for word in urls):
        return root / given
    return _downloaded(root, urls, may_ask_network(settings), note)


def _downloaded(root: Path, urls: Sequence[str], ask: bool, note: Callable[[str], None]) -> Path:
    folder = state_folder(root) / "advisories" / digest(sorted(urls))[:16]
    for url in urls:
        here = kept_at(url, folder).exists()
        if not ask and not here:
            raise SnapshotError(f"{url} was never downloaded, and the network is not asked", "run once with --network")
        if not ask:
            check_kept(url, folder)
            continue
        try:
            kept = fetch(url, folder)
        except SnapshotError as error:
            if not here:
                raise
            check_kept(url, folder)
            note(f"{error.message}: the one that was downloaded before is read")
        else:
            note(f"{url}: {kept.size} bytes, sha256 {kept.sha256}")
    return folder
