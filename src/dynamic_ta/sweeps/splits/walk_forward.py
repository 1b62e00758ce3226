"""Choose on the past, judge on what follows, move on."""

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.splits.model import Scheme, Span, Split


def walk_forward(n_bars: int, train: int, test: int, gap: int = 0, *, anchored: bool = False) -> Scheme:
    """Return tests that follow one another without a gap up to the last bar, each with the train span before it.

    Parameters
    ----------
    train : bars to choose on; of the first split, if ``anchored``
    test : bars to judge on; the last test may be shorter
    gap : bars between the two, that neither sees: what an outcome reaches ahead
    anchored : every train span begins at bar 0; else it rolls

    Raises
    ------
    SweepInputError : a length out of range, or no bar is left to test on

    References
    ----------
    .. [1] R. Pardo, The Evaluation and Optimization of Trading Strategies, 2nd ed., 2008, ch. 11
    """
    if train < 1 or test < 1 or gap < 0:
        raise SweepInputError(f"a walk of {train}:{test}:{gap} bars", "give train >= 1, test >= 1, gap >= 0")
    if train + gap >= n_bars:
        raise SweepInputError(
            f"{train} bars to train on and a gap of {gap} leave none of {n_bars} to test on", "shorten them"
        )
    splits = tuple(
        Split((Span(0 if anchored else start - gap - train, start - gap),), (Span(start, min(start + test, n_bars)),))
        for start in range(train + gap, n_bars, test)
    )
    return Scheme(splits, (tuple((n, 0) for n in range(len(splits))),))
