"""One evaluator in this process."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from dynamic_base import Clock, SystemClock
from dynamic_ta.sweeps.executors.model import Executor, Options, evaluated
from dynamic_ta.sweeps.feed import TARGET_S, Feed
from dynamic_ta.sweeps.model import Chunk, Done, Evaluator, Variant


@dataclass(frozen=True, slots=True)
class Local:
    """Evaluate all here, chunk after chunk, at one ``place``."""

    place: str = ""
    target_s: float = TARGET_S
    clock: Clock = field(default_factory=SystemClock)

    def __call__(self, evaluator: Evaluator, variants: Sequence[Variant], missing: Sequence[Chunk]) -> Generator[Done]:
        if not missing:
            return
        feed = Feed(missing, 1, evaluator.most_rows, self.target_s)
        with evaluator.open(self.place) as evaluate:
            while (chunk := feed.take(self.place)) is not None:
                done = evaluated(evaluate, variants, chunk, evaluator.statistics, self.clock)
                feed.told(self.place, chunk.n_rows, done.seconds)
                yield done


def _make(options: Options) -> Local:
    return Local(options.device)


LOCAL = Executor("local", "one device, or one core, of this process", _make)
