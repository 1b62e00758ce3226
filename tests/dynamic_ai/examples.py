"""Tables and snapshots."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dynamic_ai.datasets import Feature, Recipe, Snapshot, Source, Splits, Table

WIDTH = 5
DAY_US = 86_400 * 10**6


def table(rows: int = 40, seed: int = 0, names: Sequence[str] = ("momentum", "range")) -> Table:
    random = np.random.default_rng(seed)
    return Table(
        Source("made", "0" * 64, "unknown"),
        Recipe("test", 1, "a coin"),
        np.arange(rows) * DAY_US,
        tuple(Feature(name, {"indicator": name, "settings": [3]}, random.normal(size=rows)) for name in names),
        random.integers(0, 2, rows).astype(np.uint8),
        Splits.by_time(rows),
    )


def learnable(seed: int = 0, rows: int = 3000, noise: float = 1.0, shuffled: bool = False) -> Snapshot:
    """Return a snapshot whose labels a straight cut predicts well; ``shuffled``: but for the test rows, noise."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, WIDTH)) * (10.0 ** np.arange(-2, WIDTH - 2))
    slope = np.array([1.0, -2.0, 0.5, 1.5, 0.0]) / (10.0 ** np.arange(-2, WIDTH - 2))
    label = (x @ slope + noise * random.normal(size=rows) > 0).astype(np.uint8)
    cuts = Splits.by_time(rows)
    if shuffled:
        random.shuffle(label[: cuts.test])
    names = tuple(f"f{n}" for n in range(WIDTH))
    return Snapshot("d" * 64, names, x, label, np.arange(rows) * DAY_US, cuts.validation, cuts.test, {})


def labels_of(snapshot: Snapshot, split: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    features, label = snapshot.part(split)
    return features, label.astype(np.float64)
