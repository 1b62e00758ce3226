"""One loop for all who compute beside this thread: each free worker gets the next chunk."""

from collections import deque
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from dynamic_ta.sweeps.feed import Feed
from dynamic_ta.sweeps.model import Chunk, Done

Submit = Callable[[Chunk], "Future[Done]"]


@dataclass(slots=True)
class Drive:
    """Workers, and what each is at.

    Parameters
    ----------
    submit : by the worker's name
    ahead : chunks that a worker holds at once: two, where the way to it takes time
    lost : is asked when a chunk failed on a worker; True hands the chunk to the others and no more to that one, and an
        error goes on when none is left
    look_s : s, how often ``idle`` is called when nothing comes
    """

    submit: dict[str, Submit]
    feed: Feed
    ahead: int = 1
    lost: Callable[[str, BaseException], bool] = lambda _worker, _error: False
    look_s: float | None = None
    idle: Callable[[], None] = lambda: None
    _at: dict["Future[Done]", tuple[str, Chunk]] = field(default_factory=dict)
    _free: deque[str] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._free.extend(name for _ in range(self.ahead) for name in self.submit)

    def add(self, worker: str, submit: Submit) -> None:
        """Let one more take part."""
        self.submit[worker] = submit
        self.feed.workers = len(self.submit)
        self._free.extend([worker] * self.ahead)

    def run(self) -> Generator[Done]:
        """Give each chunk as it is done.

        Raises
        ------
        whatever a chunk raised, unless ``lost`` takes it; what the others are at is cancelled
        """
        gone: dict[str, BaseException] = {}
        try:
            while True:
                self._hand_out(gone)
                if not self._at:
                    return
                ended = wait(self._at, self.look_s, FIRST_COMPLETED).done
                if not ended:
                    self.idle()
                for future in sorted(ended, key=_failed):  # what is done is given on before an error ends it all
                    worker, chunk = self._at.pop(future)
                    error = future.exception()
                    if error is None:
                        done = future.result()
                        self.feed.told(worker, chunk.n_rows, done.seconds)
                        self._free.append(worker)
                        yield done
                        continue
                    gone[worker] = error
                    if not self.lost(worker, error) or len(gone) == len(self.submit):
                        raise error
                    self.feed.again(chunk)
        finally:
            for future in self._at:
                future.cancel()

    def _hand_out(self, gone: Mapping[str, BaseException]) -> None:
        idle: list[str] = []
        while self._free:
            worker = self._free.popleft()
            if worker in gone:
                continue
            chunk = self.feed.take(worker)
            if chunk is None:
                # Kept: a chunk of another may come back.
                idle.append(worker)
                continue
            self._at[self.submit[worker](chunk)] = (worker, chunk)
        self._free.extend(idle)


def _failed(future: "Future[Done]") -> bool:
    return future.cancelled() or future.exception() is not None
