"""Every OpenCL device at once, each with an evaluator of its own: a faster one takes more."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from dynamic_base import Clock, SystemClock
from dynamic_engines import EngineError, devices
from dynamic_ta.sweeps.executors.driving import Drive, Submit
from dynamic_ta.sweeps.executors.model import Executor, Options, evaluated
from dynamic_ta.sweeps.feed import TARGET_S, Feed
from dynamic_ta.sweeps.model import Chunk, Done, Evaluate, Evaluator, Variant


def every_device() -> tuple[str, ...]:
    """Return a selector of each device that computes in float64, as of ``open_device``."""
    return tuple(f"#{n}" for n, info in enumerate(devices()) if info.fp64)


@dataclass(frozen=True, slots=True)
class Devices:
    """Evaluate at all ``places``, a thread each, since a driver lets go of Python's lock while the device works.

    Parameters
    ----------
    places : asked when the sweep begins
    note : is told of a device that failed; the others do its part
    """

    places: Callable[[], Sequence[str]] = every_device
    target_s: float = TARGET_S
    clock: Clock = field(default_factory=SystemClock)
    note: Callable[[str], None] = lambda _: None

    def __call__(self, evaluator: Evaluator, variants: Sequence[Variant], missing: Sequence[Chunk]) -> Generator[Done]:
        if not missing:
            return
        # Without a device: the error that says how to get one is open_device's.
        places = self.places() or ("",)
        feed = Feed(missing, len(places), evaluator.most_rows, self.target_s)
        with ExitStack() as stack:
            threads = {place: stack.enter_context(_Thread(place, evaluator)) for place in places}
            submit: dict[str, Submit] = {
                place: partial(thread.submit, variants, self.clock) for place, thread in threads.items()
            }
            yield from Drive(submit, feed, lost=self._lost).run()

    def _lost(self, place: str, error: BaseException) -> bool:
        if not isinstance(error, EngineError):
            return False
        self.note(f"device {place} failed and the others do its part: {error}")
        return True


class _Thread:
    """A thread that opens an evaluator at its first chunk, and closes it at the end."""

    def __init__(self, place: str, evaluator: Evaluator) -> None:
        self._place = place
        self._evaluator = evaluator
        self._pool = ThreadPoolExecutor(1, f"sweep {place}")
        self._opened = ExitStack()
        self._evaluate: Evaluate | None = None

    def __enter__(self) -> "_Thread":
        return self

    def __exit__(self, *_: object) -> None:
        with self._pool:
            self._pool.submit(self._opened.close).result()

    def submit(self, variants: Sequence[Variant], clock: Clock, chunk: Chunk) -> "Future[Done]":
        return self._pool.submit(self._do, variants, clock, chunk)

    def _do(self, variants: Sequence[Variant], clock: Clock, chunk: Chunk) -> Done:
        if self._evaluate is None:
            self._evaluate = self._opened.enter_context(self._evaluator.open(self._place))
        return evaluated(self._evaluate, variants, chunk, self._evaluator.statistics, clock)


def _make(options: Options) -> Devices:
    return Devices(note=options.note)


DEVICES = Executor("devices", "every OpenCL device that computes in float64", _make)
