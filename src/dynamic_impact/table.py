"""Targets as columns, each made whole only when it is asked for."""

from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from dynamic_impact.compact import Arcs, Ints, Longs, Names, Rows, to_bytes
from dynamic_impact.model import Target

FILE = "file:"


@dataclass(frozen=True, eq=False)
class Targets(Mapping[str, Target]):
    """Targets by address, in order.

    Parameters
    ----------
    names : of all nodes: addresses, and files behind ``file:``
    nodes : int32[t], the place of each target in ``names``, in order
    kinds : the types that occur
    types : int32[t], the place of each target's type in ``kinds``
    tests : bool[t], the ``test`` goal runs it
    definitions : bytes[t], all of one width
    sources, needs : Rows of t, the nodes of its sources and of its dependencies, as ``peek`` orders them
    requirements : of each target that stands for packages, by its place among the targets
    """

    names: Names
    nodes: Ints
    kinds: tuple[str, ...]
    types: Ints
    tests: NDArray[np.bool_]
    definitions: NDArray[np.bytes_]
    sources: Rows
    needs: Rows
    requirements: Mapping[int, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[str]:
        return (self.names[node] for node in self.nodes.tolist())

    def __getitem__(self, address: str) -> Target:
        row = self.row(address)
        if row < 0:
            raise KeyError(address)
        return self._all[address] if "_all" in self.__dict__ else self._at(row)

    def __contains__(self, address: object) -> bool:
        return self.row(address) >= 0

    def items(self) -> ItemsView[str, Target]:
        return self._all.items()

    def values(self) -> ValuesView[Target]:
        return self._all.values()

    def row(self, address: object) -> int:
        """Return the place of ``address`` among the targets, or -1."""
        node = self.names.find(address)
        row = int(np.searchsorted(self.nodes, node))
        return row if node >= 0 and row < len(self.nodes) and self.nodes[row] == node else -1

    def described(self) -> Iterator[tuple[str, bytes]]:
        """Return each address with its definition."""
        return zip(self, self.definitions.tolist(), strict=True)

    @cached_property
    def _all(self) -> dict[str, Target]:
        """All of them, for whoever walks over all: some 3 us and 1 kB a target."""
        return {target.address: target for target in map(self._at, range(len(self)))}

    def _at(self, row: int) -> Target:
        sources = (self.names[node].removeprefix(FILE) for node in self.sources.row(row).tolist())
        return Target(
            address=self.names[int(self.nodes[row])],
            type=self.kinds[self.types[row]],
            sources=tuple(sources),
            dependencies=tuple(self.names[node] for node in self.needs.row(row).tolist()),
            definition=self.definitions[row].decode(),
            is_test=bool(self.tests[row]),
            requirements=self.requirements.get(row, ()),
        )


def compact(targets: Sequence[Target]) -> tuple[Arcs, Targets]:
    """Return the arrays of ``targets``, whose addresses are distinct and in order.

    O(t log t) for t targets. A dependency that is no target of its own (its BUILD file went) still gets a node.
    """
    seen = {target.address for target in targets}
    seen.update(chain.from_iterable(target.dependencies for target in targets))
    seen.update(FILE + source for target in targets for source in target.sources)
    place = {name: number for number, name in enumerate(sorted(seen))}
    names = Names.of([to_bytes(name) for name in place])
    nodes = np.fromiter((place[target.address] for target in targets), np.int32, len(targets))
    sources = Rows.of(([place[FILE + source] for source in target.sources] for target in targets), len(targets))
    needs = Rows.of(([place[name] for name in target.dependencies] for target in targets), len(targets))
    kinds = {kind: number for number, kind in enumerate(sorted({target.type for target in targets}))}
    table = Targets(
        names=names,
        nodes=nodes,
        kinds=tuple(kinds),
        types=np.fromiter((kinds[target.type] for target in targets), np.int32, len(targets)),
        tests=np.fromiter((target.is_test for target in targets), np.bool_, len(targets)),
        definitions=np.array([target.definition.encode() for target in targets] or [b""], np.bytes_)[: len(targets)],
        sources=sources,
        needs=needs,
        requirements={row: target.requirements for row, target in enumerate(targets) if target.requirements},
    )
    return _arcs(table), table


def _arcs(table: Targets) -> Arcs:
    count = len(table.names)
    causes: list[Longs] = []
    ends: list[Longs] = []
    for rows in (table.sources, table.needs):
        owners, found = rows.pairs()
        causes.append(found)
        ends.append(table.nodes[owners].astype(np.int64))
    files = np.zeros(count, np.bool_)
    files[table.sources.ends] = True
    return Arcs(table.names, Rows.of_pairs(np.concatenate(causes), np.concatenate(ends), count), files)
