import simpy

from dynamic_agi.events import Delivered, Happening, Reordered
from dynamic_agi.messages import Busy
from dynamic_agi.simulation.faults import Fate
from dynamic_agi.simulation.network import SimNetwork
from tests.dynamic_agi.builders import Planned


def arrivals(*fates: Fate) -> list[tuple[int, int]]:
    """Send a message for each fate at once on one link; return when which arrives."""
    environment = simpy.Environment(initial_time=0)
    seen: list[tuple[int, int]] = []

    def emit(what: Happening) -> None:
        if isinstance(what, Delivered):
            seen.append((int(environment.now), what.id))

    faults = Planned({("Busy", number): fate for number, fate in enumerate(fates, 1)})
    network = SimNetwork(environment, faults, emit, lambda _: lambda sender, message: None)
    for number in range(len(fates)):
        network.send("a", "b", Busy(str(number)))
    environment.run()
    assert network.in_flight == 0
    return seen


def test_a_link_keeps_its_order_though_the_second_message_is_faster() -> None:
    assert arrivals(Fate((8,)), Fate((2,))) == [(8, 1), (8, 2)]


def test_a_reordered_message_is_overtaken() -> None:
    assert arrivals(Fate((20,), ordered=False, fault=Reordered), Fate((2,))) == [(2, 2), (20, 1)]
