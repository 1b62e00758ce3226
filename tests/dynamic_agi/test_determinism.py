import os
import subprocess
import sys

import pytest

from dynamic_agi import Setup, load_profile, load_scenario, run_episode, simulate
from dynamic_agi.simulation.dice import Dice


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup(load_scenario("trade"), load_profile("chaos"), 5)


def test_hash_seeds_of_the_interpreter_change_no_byte() -> None:
    code = (
        "import sys; from dynamic_agi import *;"
        "s = Setup(load_scenario('trade'), load_profile('chaos'), 5);"
        "sys.stdout.buffer.write(b''.join(run_episode(s, k, keep=True).trace(s).encode() for k in range(3)))"
    )
    traces = set()
    for seed in ("0", "1", "4242"):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed}
        traces.add(subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True).stdout)
    assert len(traces) == 1
    assert traces.pop().count(b"\n") > 1000


def test_an_episode_alone_is_the_episode_of_the_run(setup: Setup) -> None:
    together = [run_episode(setup, number, keep=True) for number in range(4)]
    assert run_episode(setup, 3, keep=True) == together[3]
    assert len({episode.digest for episode in together}) == 4


def test_seeds_and_episodes_are_streams_of_their_own(setup: Setup) -> None:
    other = Setup(setup.scenario, setup.profile, 6)
    assert run_episode(setup, 1).digest != run_episode(other, 1).digest
    draws = {Dice(seed, episode, name).unit() for seed in (1, 11) for episode in (1, 11) for name in ("a", "1 a")}
    assert len(draws) == 8


def test_the_number_of_processes_changes_nothing(setup: Setup) -> None:
    assert simulate(setup, 2, 27, jobs=2) == simulate(setup, 2, 27)


def test_a_run_that_is_taken_up_again_covers_the_same_episodes(setup: Setup) -> None:
    whole, first, rest = simulate(setup, 0, 6), simulate(setup, 0, 2), simulate(setup, 2, 6)
    assert first.tally.events + rest.tally.events == whole.tally.events
    assert first.tally.faults + rest.tally.faults == whole.tally.faults


def test_an_interrupt_gives_back_what_was_done(setup: Setup) -> None:
    def interrupt(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    run = simulate(setup, 0, 10, watch=interrupt)
    assert (run.interrupted, run.tally.episodes, run.digest) == (True, 2, simulate(setup, 0, 2).digest)
