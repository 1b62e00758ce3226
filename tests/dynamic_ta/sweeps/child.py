"""A sweep in a process of its own, to be killed: it logs what it evaluates, and waits where it is told to.

Arguments: the journal's folder, the log, after how many variants to wait for a line on standard input (0: never), the
greatest size that a file may reach (0: any).
"""

import os
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dynamic_base import DynamicError
from dynamic_ta.sweeps.executors.local import Local
from dynamic_ta.sweeps.journal import open_journal
from dynamic_ta.sweeps.model import Evaluate, Evaluator, Outcome, Variant, Variants
from dynamic_ta.sweeps.run import run_sweep
from tests.dynamic_ta.sweeps.toys import STATISTICS, some_variants, toy


@dataclass
class Logged:
    """Logs each variant before it is evaluated, and says so when it waits."""

    log: int
    wait_after: int = 0
    count: int = 0

    @contextmanager
    def open(self, _place: str) -> Iterator[Evaluate]:
        yield self._all

    def _all(self, variants: Sequence[Variant]) -> list[Outcome]:
        return [self._one(variant) for variant in variants]

    def _one(self, variant: Variant) -> Outcome:
        os.write(self.log, f"{variant.asset} {variant.values}\n".encode())
        self.count += 1
        if self.count == self.wait_after:
            sys.stdout.write("waiting\n")
            sys.stdout.flush()
            sys.stdin.readline()
        return toy(variant)


def swept() -> Variants:
    return some_variants(a=20, b=15)


def evaluator(log: int, wait_after: int = 0) -> Evaluator:
    return Evaluator("toy", "none", "1", STATISTICS, Logged(log, wait_after).open, most_rows=8)


def main(folder: str, log: str, wait_after: str, most_bytes: str) -> int:
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    told = evaluator(handle, int(wait_after))
    if int(most_bytes):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes), int(most_bytes)))
    try:
        with open_journal(Path(folder), told, swept()) as journal:
            run_sweep(told, swept(), Local(), [], journal)
    except DynamicError as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
