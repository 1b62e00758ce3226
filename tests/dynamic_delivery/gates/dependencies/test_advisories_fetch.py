"""Downloads over loopback, from a server that breaks off, changes its file, and says too little."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dynamic_delivery.gates.advisories.fetch import fetch, kept_at
from dynamic_delivery.gates.advisories.model import SnapshotError
from dynamic_delivery.gates.model import Outcome
from tests.dynamic_delivery.gates.dependencies.osv import CLICK_LOCK, judged, record

OLD, NEW = bytes(range(256)) * 40, bytes(reversed(range(256))) * 50


@dataclass(slots=True)
class Served:
    """What the server has, how it behaves, and what it was asked for.

    Parameters
    ----------
    breaks : of the next answers, after how many bytes each breaks off
    etag : "" where the server names none
    """

    content: bytes = OLD
    etag: str = '"one"'
    breaks: list[int] = field(default_factory=list)
    says_length: bool = True
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def served() -> Iterator[Served]:
    held = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, held)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_address[1]}/PyPI/all.json"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield held
    server.shutdown()
    thread.join()
    server.server_close()


def answer(to: BaseHTTPRequestHandler, held: Served) -> None:
    """Answer as RFC 9110 has it: a range only of the content that the client holds a part of."""
    ranged, known = to.headers.get("Range", ""), to.headers.get("If-Range", "")
    held.asked.append(ranged)
    if held.etag and to.headers.get("If-None-Match") == held.etag:
        to.send_response(304)
        to.end_headers()
        return
    start = int(ranged[6:-1]) if ranged and known == held.etag else 0
    body = held.content[start:]
    to.send_response(206 if start else 200)
    if start:
        to.send_header("Content-Range", f"bytes {start}-{len(held.content) - 1}/{len(held.content)}")
    if held.etag:
        to.send_header("ETag", held.etag)
    if held.says_length:
        to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body[: held.breaks.pop(0)] if held.breaks else body)
    to.close_connection = True


def content(served: Served, folder: Path) -> bytes:
    return kept_at(served.url, folder).read_bytes()


def test_a_download_is_kept_with_its_length_and_digest(served: Served, tmp_path: Path) -> None:
    kept = fetch(served.url, tmp_path)

    assert content(served, tmp_path) == OLD
    assert (kept.size, kept.sha256) == (len(OLD), hashlib.sha256(OLD).hexdigest())


def test_a_broken_connection_is_resumed_where_it_broke(served: Served, tmp_path: Path) -> None:
    served.breaks = [1000, 500]

    fetch(served.url, tmp_path)

    assert content(served, tmp_path) == OLD
    assert served.asked == ["", "bytes=1000-", "bytes=1500-"]


def test_a_download_that_never_ends_leaves_no_file_and_the_next_goes_on(served: Served, tmp_path: Path) -> None:
    served.breaks = [100, 100, 100]
    with pytest.raises(SnapshotError, match="of 10240 bytes came"):
        fetch(served.url, tmp_path)
    assert not kept_at(served.url, tmp_path).exists()

    fetch(served.url, tmp_path)

    assert content(served, tmp_path) == OLD
    assert served.asked[-1] == "bytes=300-"


def test_a_part_of_a_file_that_has_changed_since_is_thrown_away(served: Served, tmp_path: Path) -> None:
    served.breaks = [100, 100, 100]
    with pytest.raises(SnapshotError):
        fetch(served.url, tmp_path)
    served.content, served.etag = NEW, '"two"'

    fetch(served.url, tmp_path)

    assert content(served, tmp_path) == NEW


def test_a_part_that_nothing_names_is_not_built_upon(served: Served, tmp_path: Path) -> None:
    served.etag, served.breaks = "", [100, 100]

    fetch(served.url, tmp_path)

    assert content(served, tmp_path) == OLD
    assert served.asked == ["", "", ""]


def test_what_has_not_changed_is_not_sent_again(served: Served, tmp_path: Path) -> None:
    first = fetch(served.url, tmp_path)
    served.breaks = [0] * 9

    assert fetch(served.url, tmp_path) == first


def test_a_kept_file_that_was_changed_here_is_downloaded_again(served: Served, tmp_path: Path) -> None:
    fetch(served.url, tmp_path)
    kept_at(served.url, tmp_path).write_bytes(b"{}")

    fetch(served.url, tmp_path)

    assert content(served, tmp_path) == OLD


def test_a_failure_leaves_what_was_kept_before(served: Served, tmp_path: Path) -> None:
    fetch(served.url, tmp_path)
    served.content, served.etag, served.breaks = NEW, '"two"', [9, 9, 9]

    with pytest.raises(SnapshotError):
        fetch(served.url, tmp_path)

    assert content(served, tmp_path) == OLD


def test_an_answer_without_a_length_is_refused(served: Served, tmp_path: Path) -> None:
    served.says_length = False

    with pytest.raises(SnapshotError, match="does not say its length"):
        fetch(served.url, tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://example.org/a.zip"])
def test_only_the_web_is_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(SnapshotError, match="neither https nor http"):
        fetch(url, tmp_path)


def test_the_gate_asks_the_network_only_when_told_and_reads_what_it_kept_after(served: Served, tmp_path: Path) -> None:
    served.content = json.dumps(record()).encode()
    locks = {"a.lock": CLICK_LOCK}

    never = judged(tmp_path, locks, advisories=served.url)
    asked = judged(tmp_path, locks, advisories=served.url, network="true")
    kept = judged(tmp_path, locks, advisories=served.url)

    assert (never.outcome, never.fix) == (Outcome.UNDECIDED, "run once with --network")
    assert [len(each.findings) for each in (asked, kept)] == [1, 1]
    assert len(served.asked) == 1


def test_a_kept_one_that_has_lost_lines_since_decides_nothing(served: Served, tmp_path: Path) -> None:
    served.content = f"{json.dumps(record(name='other'))}\n{json.dumps(record())}\n".encode()
    served.url = served.url.replace("all.json", "all.jsonl")
    locks = {"a.lock": CLICK_LOCK}
    assert len(judged(tmp_path, locks, advisories=served.url, network="true").findings) == 1
    [kept] = (tmp_path / ".dynamic/advisories").glob("*/*.jsonl")
    kept.write_bytes(kept.read_bytes().splitlines(keepends=True)[0])

    report = judged(tmp_path, locks, advisories=served.url)

    assert report.outcome is Outcome.UNDECIDED
    assert "has changed since" in report.reason


def test_of_two_that_download_the_same_each_gets_the_whole(served: Served, tmp_path: Path) -> None:
    served.content = NEW * 50
    served.etag = ""
    got: list[str] = []

    def download() -> None:
        got.extend(fetch(served.url, tmp_path).sha256 for _ in range(5))

    threads = [threading.Thread(target=download) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == [hashlib.sha256(served.content).hexdigest()] * 20


def test_where_the_server_fails_the_kept_one_is_read_and_said(served: Served, tmp_path: Path) -> None:
    served.content = json.dumps(record()).encode()
    locks = {"a.lock": CLICK_LOCK}
    judged(tmp_path, locks, advisories=served.url, network="true")
    served.etag, served.breaks = '"two"', [5, 5, 5]

    report = judged(tmp_path, locks, advisories=served.url, network="true")

    assert len(report.findings) == 1
    assert any("the one that was downloaded before is read" in note for note in report.notes)
