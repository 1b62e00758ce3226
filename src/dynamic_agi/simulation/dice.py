"""Random numbers by name: who draws more does not change what the others draw."""

import hashlib
import random


class Dice:
    """The stream called ``name`` of one episode.

    Only ``random()`` is drawn from: it is the one method whose sequence Python promises to keep between versions.
    """

    def __init__(self, seed: int, episode: int, name: str) -> None:
        root = hashlib.sha256(f"dynamic.agents/1 {seed} {episode} {name}".encode()).digest()
        self.unit = random.Random(int.from_bytes(root, "big")).random  # nosec B311  # dice, no secret

    def chance(self, probability: float) -> bool:
        """Say yes with this probability."""
        return probability > 0 and self.unit() < probability

    def between(self, span: tuple[int, int]) -> int:
        """Return an integer of ``span``, both ends included."""
        least, most = span
        return least + int(self.unit() * (most - least + 1))
