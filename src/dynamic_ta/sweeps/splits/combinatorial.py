"""Every choice of folds is a test once, so that there are many histories rather than one."""

import math
from itertools import combinations

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.splits.model import Scheme, Split, folds_of, train_spans

MOST_SPLITS = 1 << 14


def combinatorial(n_bars: int, folds: int, tests: int, purge: int = 0, embargo: int = 0) -> Scheme:
    """Return C(folds, tests) splits and tests / folds * C(folds, tests) histories, each of which tests every fold once.

    Parameters
    ----------
    tests : folds tested at a time, 1 <= tests < folds
    purge, embargo : as of ``purged_k_fold``, at each run of test folds

    Raises
    ------
    SweepInputError : a number out of range, or nothing is left to train on

    Notes
    -----
    History j takes of each fold its j-th test, the splits in lexicographic order: figures 12.1 and 12.2 of [1]_.

    References
    ----------
    .. [1] M. López de Prado, Advances in Financial Machine Learning, 2018, ch. 12.3 and 12.4
    """
    spans = folds_of(n_bars, folds)
    if not 1 <= tests < folds or math.comb(folds, tests) > MOST_SPLITS:
        raise SweepInputError(
            f"{tests} of {folds} folds to test", f"give 1 <= tests < folds, and at most {MOST_SPLITS} combinations"
        )
    chosen = list(combinations(range(folds), tests))
    splits = tuple(
        Split(train_spans(n_bars, (test := tuple(spans[fold] for fold in group)), purge, embargo), test)
        for group in chosen
    )
    by_fold = [[(n, group.index(fold)) for n, group in enumerate(chosen) if fold in group] for fold in range(folds)]
    return Scheme(splits, tuple(zip(*by_fold, strict=True)))
