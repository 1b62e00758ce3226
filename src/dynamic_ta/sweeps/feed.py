"""Which rows a worker gets next: as many as it does in about half a second."""

from collections import deque
from collections.abc import Iterable

from dynamic_ta.sweeps.model import Chunk

TARGET_S = 0.5  # beside some 15 ms that a task costs on Dask, and what a kill may lose
_FIRST_ROWS = 16
_GROWTH = 8  # a worker's first chunks are small and tell little
_SHARES = 2  # at the end each worker gets half of its share: none works alone for long


class Feed:
    """Hands out missing rows, once each. Not for threads: whoever drives the workers asks.

    Parameters
    ----------
    missing : rows that are to be evaluated
    workers : how many ask
    most_rows : in one chunk
    target_s : s, that a chunk is to take, by the rate of the worker so far
    """

    def __init__(self, missing: Iterable[Chunk], workers: int, most_rows: int, target_s: float = TARGET_S) -> None:
        self._missing = deque(missing)
        self._left = sum(chunk.n_rows for chunk in self._missing)
        self.workers = workers
        self._most_rows = most_rows
        self._target_s = target_s
        self._next_rows: dict[str, int] = {}

    def take(self, worker: str) -> Chunk | None:
        """Return the next chunk for ``worker``; None if all is handed out."""
        if not self._missing:
            return None
        chunk = self._missing.popleft()
        fair = -(-self._left // (_SHARES * self.workers))
        rows = max(1, min(self._next_rows.get(worker, _FIRST_ROWS), self._most_rows, fair))
        if rows < chunk.n_rows:
            self._missing.appendleft(Chunk(chunk.start + rows, chunk.stop))
            chunk = Chunk(chunk.start, chunk.start + rows)
        self._left -= chunk.n_rows
        return chunk

    def told(self, worker: str, rows: int, seconds: float) -> None:
        """Learn that ``worker`` took ``seconds`` for ``rows``."""
        limit = _GROWTH * max(rows, _FIRST_ROWS)
        self._next_rows[worker] = max(1, int(min(limit, rows * self._target_s / max(seconds, 1e-9))))

    def again(self, chunk: Chunk) -> None:
        """Take back what was not done."""
        self._missing.appendleft(chunk)
        self._left += chunk.n_rows
