"""The gates of this repository, in the order in which they are shown. Adding one is a file and a row here."""

from dynamic_delivery.gates import ruff
from dynamic_delivery.gates.model import Gate

GATES: tuple[Gate, ...] = (ruff.GATE,)
