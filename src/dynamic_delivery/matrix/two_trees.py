"""Two trees' kernels with the host code of each: a process for each tree, which take turns."""

import json
import math
import os
import subprocess  # nosec B404  # argument vectors only, never a shell
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import Self

from dynamic_delivery.matrix import turns
from dynamic_engines.matrix.baseline import Key
from dynamic_engines.matrix.speed import BLOCK_S, BLOCKS, SHARE, Ratios

_TIMEOUT_S = 120.0  # for one placement or one block of calls
_RESTART = 4  # pairs; where a process has its memory is luck too, so neither keeps it for long


class _Died(Exception):  # noqa: N818  # never leaves this file
    """The process gave no answer."""


class _Arm:
    """One tree's process."""

    def __init__(self, tree: Path, selector: str) -> None:
        # What the trees share, the third parties, comes from this process's own path.
        paths = [str(tree / "src"), str(tree), *sys.path]
        self._process = subprocess.Popen(  # nosec B603
            [sys.executable, "-P", turns.__file__, selector],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, request: Mapping[str, object]) -> Mapping[str, object]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise _Died
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
        except BrokenPipeError as error:
            raise _Died from error
        watchdog = Timer(_TIMEOUT_S, self._process.kill)  # a driver may hang
        watchdog.start()
        try:
            answer = stdout.readline()
        finally:
            watchdog.cancel()
        if not answer:
            raise _Died
        return dict(json.loads(answer))

    def seconds(self, calls: int) -> float:
        return float(str(self.ask({"calls": calls})["seconds"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def compare_trees(old: Path, new: Path, selector: str, key: Key, pairs: int) -> Ratios:
    """Return new time / old time of each pair, or why there is none. As ``SpeedQuestion``, with a process for each."""
    ratios: list[float] = []
    try:
        while len(ratios) < pairs:
            with _Arm(old, selector) as before, _Arm(new, selector) as after:
                for _ in range(min(_RESTART, pairs - len(ratios))):
                    arms = [("old", before), ("new", after)]
                    found = _pair(dict(arms if len(ratios) % 2 else arms[::-1]), key)
                    if isinstance(found, str):
                        return Ratios(reason=found)
                    ratios.append(found)
    except _Died:
        return Ratios(reason="a tree's process died, or that tree has no kernels to time")
    return Ratios(tuple(ratios))


def _pair(arms: Mapping[str, _Arm], key: Key) -> float | str:
    for name, arm in arms.items():
        placed = arm.ask({"kernel": key.kernel, "maths": key.maths, "precision": key.precision, "share": SHARE})
        if "error" in placed:
            return f"the {name} tree: {placed['error']}"
    together = max(1, math.ceil(BLOCK_S / max(arm.seconds(1) for arm in arms.values())))
    least = dict.fromkeys(arms, math.inf)
    for number in range(BLOCKS):
        for name in arms if number % 2 == 0 else reversed(list(arms)):
            least[name] = min(least[name], arms[name].seconds(together))
    return least["new"] / least["old"]
