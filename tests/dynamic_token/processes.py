"""Real processes that write journals, for the tests that end them."""

import os
import subprocess
import sys
from pathlib import Path

# A writer of its own: seed, months, transfers; it names each month that stands on the disk.
WRITER = """
import sys
from pathlib import Path
from dynamic_token import Plan, load_treasury, simulate
def say(month, entries):
    print(month, flush=True)
simulate(Path(sys.argv[1]), load_treasury(), Plan(transfers=int(sys.argv[3])), int(sys.argv[2]), say)
"""

# It stops in the middle of the third write, says so, and waits for its end.
HALF_WAY = """
import os, sys
write, calls = os.write, []
def half(descriptor, content):
    calls.append(1)
    if len(calls) < 3:
        return write(descriptor, content)
    write(descriptor, content[: len(content) // 2])
    print("half-way", flush=True)
    sys.stdin.read()
os.write = half
"""

# The disk holds so many bytes and no more.
SMALL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
"""


def python(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start ``code`` with this process's import path."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
