"""The class of this machine: durations are compared within a class, and scaled between two."""

import hashlib
import math
import os
import platform
import re
from functools import lru_cache
from pathlib import Path

_GIB = 2**30


@lru_cache(maxsize=1)
def machine_class() -> str:
    """Return the class of this machine, as ``x86_64-2c-16g-amd-epyc-1f3a9c``.

    It is made of the architecture, the cores that this process may use, the memory rounded to a power of two GiB, and
    the processor's model. Two machines of one class may still differ in disk and in neighbours.
    """
    return class_of(platform.machine(), cores(), _memory_bytes(), _model())


def class_of(architecture: str, cores: int, memory_bytes: int, model: str) -> str:
    """Return the class of a machine of these parts."""
    memory = 2 ** max(0, round(math.log2(max(memory_bytes, 1) / _GIB)))
    words = re.findall(r"[a-z0-9]+", re.sub(r"\((r|tm)\)|\bcpu\b|processor|@.*", "", model.lower()))
    parts = (architecture or "unknown", f"{cores}c", f"{memory}g", "-".join(words[:4]) or "unknown")
    mark = hashlib.sha256("\0".join((*parts, model)).encode()).hexdigest()[:6]
    return "-".join((*parts, mark))


def cores() -> int:
    """Return how many processors this process may use."""
    # A container may use fewer than the machine has; not every system can tell.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def _model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor()
