"""Each fold is judged once, by what is chosen on the others."""

from dynamic_ta.sweeps.splits.model import Scheme, Split, folds_of, train_spans


def purged_k_fold(n_bars: int, folds: int, purge: int = 0, embargo: int = 0) -> Scheme:
    """Return one split a fold.

    Parameters
    ----------
    purge : bars left out on both sides of the test: an outcome of the bars before it reaches into it
    embargo : bars left out after it besides

    Raises
    ------
    SweepInputError : a number out of range, or nothing is left to train on

    Notes
    -----
    Most of the train bars come after the test. That is no history that could have been lived; it asks whether a choice
    holds elsewhere.

    References
    ----------
    .. [1] M. López de Prado, Advances in Financial Machine Learning, 2018, ch. 7, snippets 7.1 to 7.3
    """
    spans = folds_of(n_bars, folds)
    splits = tuple(Split(train_spans(n_bars, (span,), purge, embargo), (span,)) for span in spans)
    return Scheme(splits, (tuple((n, 0) for n in range(folds)),))
