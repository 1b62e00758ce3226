"""Tries a failed test again, so that flaky is told from broken, and neither is hidden."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dynamic_impact.running.model import Call, Ended, Outcome, Result

Once = Callable[..., Ended]  # of `calls.call_pants`: (call, *, until_failure, alone)


@dataclass(frozen=True, slots=True)
class Rules:
    """What becomes of a failure.

    Parameters
    ----------
    retries : int, how many more tries a failed test gets, on the same files
    fail_fast : bool, nothing more is run once a test has failed for good
    """

    retries: int = 0
    fail_fast: bool = False


def settle(call: Call, once: Once, rules: Rules) -> Ended:
    """Run ``call`` by ``once``, try its failed tests again, and return what came of each target.

    With ``fail_fast`` Pants is stopped at the first failure, and that test tried again at once: only if it passes, what
    was left goes on. Each round ends at least one test, so there are at most as many as targets.
    """
    results: list[Result] = []
    left = call
    while True:
        ended = once(left, until_failure=rules.fail_fast, alone=False)
        known = tuple(result for result in ended.results if result.outcome is not Outcome.NOT_RUN)
        again = _again(left, replace(ended, results=known), once, rules.retries) if ended.is_whole else Ended(known)
        results.extend(again.results)
        left = call.left_after(results)
        final = replace(ended, error=ended.error or again.error, interrupted=ended.interrupted or again.interrupted)
        broken = rules.fail_fast and any(result.outcome is Outcome.FAILED for result in results)
        flaked = call.goal == "test" and any(result.outcome is Outcome.FAILED for result in known)
        goes_on = final.is_whole and ended.stopped and flaked and not broken and left.addresses
        if not goes_on:
            rest = tuple(result for result in ended.results if result.outcome is Outcome.NOT_RUN)
            return replace(final, results=(*results, *rest))


def _again(call: Call, first: Ended, once: Once, retries: int) -> Ended:
    """Return the results of ``first`` with their failed tests tried again, each by itself, up to ``retries`` times."""
    if call.goal != "test":
        return Ended(first.results)
    ended = _find_out(call, first, once)
    tries = {result.subject: [result] for result in ended.results}
    for _ in range(retries):
        failing = tuple(subject for subject, of in tries.items() if of[-1].outcome is Outcome.FAILED)
        if not failing or not ended.is_whole:
            break
        ended = once(replace(call, addresses=failing), until_failure=False, alone=first.batches > 0)
        for result in ended.results:
            if result.outcome is not Outcome.NOT_RUN:
                tries[result.subject].append(result)
    return replace(ended, results=tuple(map(_verdict, tries.values())))


def _find_out(call: Call, first: Ended, once: Once) -> Ended:
    """Run each test that only shares its batch's failure by itself, so that the failure is told of the true member.

    One that passes alone has passed if its batch's failure is another's (at least as many fail alone as there are
    batches that nothing explained); otherwise nothing explains the failure, and it is flaky.
    """
    suspects = {result.subject: result for result in first.results if result.shared}
    if not suspects:
        return Ended(first.results)
    ended = once(replace(call, addresses=tuple(suspects)), until_failure=False, alone=True)
    alone = {result.subject: result for result in ended.results if result.outcome is not Outcome.NOT_RUN}
    explained = sum(result.outcome is Outcome.FAILED for result in alone.values()) >= first.unexplained
    found = []
    for result in first.results:
        now = alone.get(result.subject)
        if now is None:
            found.append(result)
        else:
            found.append(now if explained or now.outcome is Outcome.FAILED else _verdict([result, now]))
    return replace(ended, results=tuple(found))


def _verdict(tries: list[Result]) -> Result:
    """Return what several tries of one test come to."""
    last = tries[-1]
    if len(tries) == 1:
        return last
    attempts = tuple(result.attempt() for result in tries)
    if last.outcome is Outcome.FAILED:
        return replace(last, attempts=attempts)
    return replace(last, outcome=Outcome.FLAKY, output=tries[0].output, attempts=attempts)
