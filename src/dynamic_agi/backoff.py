"""How long to wait before trying again."""

from dynamic_agi.model import Backoff


def backoff_ms(policy: Backoff, attempt: int, unit: float) -> int:
    """Exponential back-off with equal jitter.

    Parameters
    ----------
    attempt : int, 1 for the first wait
    unit : float, drawn from [0, 1)

    Returns
    -------
    int, ms, from ``full // 2`` to ``full``, where ``full = min(cap_ms, base_ms * 2 ** (attempt - 1))``

    Notes
    -----
    Equal rather than full jitter: below the cap the longest wait of an attempt is the shortest of the next, so waits
    never shrink while trouble lasts, and a restart is never immediate.

    References
    ----------
    .. [1] M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, "Equal Jitter":
       temp = min(cap, base * 2 ** attempt), sleep = temp / 2 + random_between(0, temp / 2)
    """
    # The exponent is bounded before the power is taken: an attempt of a million is no reason for a number of a megabit.
    full = min(policy.cap_ms, policy.base_ms << min(attempt - 1, policy.cap_ms.bit_length()))
    half = full // 2
    return half + int(unit * (full - half + 1))
