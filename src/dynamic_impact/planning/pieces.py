"""What is parted among shards: pieces of work, and the setups that a shard pays for once."""

from dataclasses import dataclass

import numpy as np

from dynamic_impact.planning.dag import F64, I64


@dataclass(frozen=True, slots=True)
class Pieces:
    """Work that can go to any shard, each piece whole.

    Parameters
    ----------
    seconds : float64[n], s, >= 0
    kind : int64[n], which of ``setups`` each piece needs
    setups : for each kind the numbers of its setups
    setup_s : float64[k], s, what each setup costs a shard that holds a piece which needs it
    first : setups that every piece and every other setup waits for
    """

    seconds: F64
    kind: I64
    setups: tuple[tuple[int, ...], ...]
    setup_s: F64
    first: tuple[int, ...] = ()

    def used(self) -> list[int]:
        """Return the kinds that some piece is of, in order."""
        return [int(kind) for kind in np.unique(self.kind)]

    def cost(self, kind: int) -> float:
        """Return what all setups of ``kind`` cost together, s."""
        return float(sum(self.setup_s[setup] for setup in self.setups[kind]))

    def common(self) -> frozenset[int]:
        """Return the setups that every piece needs."""
        sets = [frozenset(self.setups[kind]) for kind in self.used()]
        return frozenset.intersection(*sets) if sets else frozenset()

    def paid(self, shard_of: I64) -> set[tuple[int, int]]:
        """Return each (shard, setup) that is paid for."""
        kinds = len(self.setups)
        pairs = np.unique(shard_of * kinds + self.kind)
        return {(int(pair) // kinds, setup) for pair in pairs for setup in self.setups[int(pair) % kinds]}

    def loads(self, shard_of: I64, shards: int) -> F64:
        """Return the load of each shard, s: its pieces, and each of its setups once."""
        loads = np.bincount(shard_of, weights=self.seconds, minlength=shards)
        for shard, setup in self.paid(shard_of):
            loads[shard] += self.setup_s[setup]
        return np.asarray(loads, dtype=np.float64)

    def spread(self, workers: int) -> "Pieces":
        """Return these as one worker would have to take for a shard of ``workers`` to take as long, about.

        All but the setups that everything waits for is done side by side.
        """
        setup_s = self.setup_s / workers
        setup_s[list(self.first)] = self.setup_s[list(self.first)]
        return Pieces(self.seconds / workers, self.kind, self.setups, setup_s, self.first)
