"""Tasks for tests, in a line each."""

from collections.abc import Iterable, Sequence

from dynamic_impact.planning.model import SETUP, Estimate, Node


def node(
    name: str, p50_s: float, needs: Sequence[str] = (), *, p95_s: float | None = None, failure: float = 0.0
) -> Node:
    """Return a test ``name``, or a setup where the name begins with "setup:"."""
    goal = SETUP if name.startswith(f"{SETUP}:") else "test"
    addresses = () if goal == SETUP else (name,)
    return Node(name, goal, name, addresses, tuple(needs), Estimate(p50_s, p95_s or p50_s, "history"), failure)


def independent(seconds: Iterable[float]) -> tuple[Node, ...]:
    """Return tests that need nothing."""
    return tuple(node(f"t{number}", each) for number, each in enumerate(seconds))
