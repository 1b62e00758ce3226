"""Episodes a second, and their time over that of a bare SimPy loop with as many events.

Run it from the root:  PYTHONPATH=src python benchmarks/dynamic_agi/episodes.py --rounds 5

The bare loop is one process that does nothing but wait: what SimPy itself costs. In each round it comes right after the
episodes that it is compared with, so that a drift of the machine meets both. Rates and ratios are of CPU time, which a
busy machine bends less; the wall time stands beside it. Garbage is collected as it is in the command.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Generator, Sequence

import simpy

from dynamic_agi import Setup, load_profile, load_scenario, simulate


def seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU and the wall seconds that ``call`` takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


def wait(environment: simpy.Environment, events: int) -> Generator[simpy.Event, object, None]:
    """Wait ``events`` times."""
    for _ in range(events):
        yield environment.timeout(1)


def bare(events: int) -> None:
    """Let SimPy process as many events."""
    environment = simpy.Environment()
    environment.process(wait(environment, events))
    environment.run()


def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print one line a round and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=200, help="a round (default 200)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenario", default="trade")
    parser.add_argument("--profile", default="chaos")
    options = parser.parse_args(words)
    setup = Setup(load_scenario(options.scenario), load_profile(options.profile), 1)
    simulate(setup, 0, 5)
    rows = []
    for number in range(options.rounds):
        events = 0

        def episodes(first: int = number * options.episodes) -> None:
            nonlocal events
            events = simulate(setup, first, first + options.episodes).tally.events

        cpu, wall = seconds(episodes)
        loop, _ = seconds(lambda count=events: bare(count))  # type: ignore[misc]
        rows.append({"cpu_s": cpu, "wall_s": wall, "events": events, "bare_cpu_s": loop})
        print(
            f"{options.episodes / cpu:.1f} episodes/s, {events / cpu:.0f} events/s, "
            f"{cpu / loop:.1f} x a bare SimPy loop of {events} events; wall {wall:.1f} s, CPU {cpu:.1f} s"
        )
    rate = [options.episodes / row["cpu_s"] for row in rows]
    print(
        f"best {max(rate):.1f}, median {statistics.median(rate):.1f} episodes/s; "
        f"median {statistics.median(row['events'] / row['cpu_s'] for row in rows):.0f} events/s; "
        f"median ratio {statistics.median(row['cpu_s'] / row['bare_cpu_s'] for row in rows):.1f}; "
        f"1,000 episodes in {1000 / statistics.median(rate):.0f} s of CPU"
    )
    print(json.dumps({"schema": "dynamic.benchmark.episodes/1", "episodes": options.episodes, "rounds": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
