"""A clone of the commit under test on a machine with nothing but this one's programs: an empty home, an empty cache."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

# A network of its own with nothing in it but loopback, which Pants' daemon listens on.
_LOOPBACK_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 1))"
_OFFLINE_SHELL = f'"{sys.executable}" -c "{_LOOPBACK_UP}" && exec sh -c "$1"'
_OFFLINE = ("unshare", "--map-root-user", "--net", "sh", "-c", _OFFLINE_SHELL, "sh")
_PASSED_ON = ("PATH", "PIP_CERT", "PIP_INDEX_URL", "PYENV_ROOT", "SSL_CERT_FILE", "http_proxy", "https_proxy")


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended; ``output`` is both its streams."""

    command: str
    exit_code: int
    output: str
    seconds: float

    def passed(self) -> "Said":
        """Return this, or fail with all that was said."""
        assert self.exit_code == 0, f"{self.command} exited {self.exit_code}:\n{self.output}"
        return self


@dataclass
class Clone:
    """``tools/nightly`` says what to clone, and which commit; close it to end the Pants daemon in it.

    Parameters
    ----------
    cache : one that several clones share; its own, where there is none
    """

    folder: Path
    cache: Path | None = None
    path: Path = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.folder / "a clone é"
        self.cache = self.cache or self.folder / "cache"
        self.cache.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(parents=True)
        source, commit = os.environ["DYNAMIC_CLONE"], os.environ["DYNAMIC_SLOW"]
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", source, str(self.path)], check=True)
        subprocess.run(["git", "checkout", "--quiet", "-B", "main", commit], check=True, cwd=self.path)

    def run(self, command: str, *, offline: bool = False) -> Said:
        """Run one line of shell in the clone."""
        env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        env |= {"HOME": str(self.folder / "home"), "XDG_CACHE_HOME": str(self.cache)}
        argv = (*_OFFLINE, command) if offline else ("sh", "-c", command)
        start = time.monotonic()
        done = subprocess.run(
            argv,
            cwd=self.path,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Said(command, done.returncode, done.stdout, time.monotonic() - start)

    def end_daemon(self) -> None:
        """End the Pants daemon, so that the next command starts one anew."""
        for pid in self.path.glob(".pids/*/pantsd/pid"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid.read_text(encoding="ascii")), signal.SIGTERM)
            pid.unlink()


def can_go_offline() -> bool:
    """Say whether this machine lets us cut a process off from the network."""
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run([*_OFFLINE, "true"], capture_output=True, check=False).returncode == 0
    return False
