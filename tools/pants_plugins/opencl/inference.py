"""Who depends on which kernel: ``#include "…"`` between kernels, and literals in Python."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import PythonDependenciesField, PythonSourceField
from pants.engine.addresses import Address
from pants.engine.fs import Digest, DigestContents
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import (
    AllTargets,
    FieldSet,
    HydratedSources,
    HydrateSourcesRequest,
    InferDependenciesRequest,
    InferredDependencies,
    SourcesField,
)
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from opencl.parse import Reference, includes, python_references
from opencl.targets import Opencl, OpenclDependenciesField, OpenclSourceField


class MissingKernelError(Exception):
    """A file names a kernel or header that no target owns."""


class KernelOwners(FrozenDict[str, "tuple[Address, ...]"]):
    """Each kernel and header by its path from the build root."""


@rule(desc="Find all OpenCL kernels", level=LogLevel.DEBUG)
def find_kernels(targets: AllTargets) -> KernelOwners:
    owners: dict[str, tuple[Address, ...]] = {}
    for target in targets:
        if target.has_field(OpenclSourceField):
            path = target[OpenclSourceField].file_path
            owners[path] = (*owners.get(path, ()), target.address)
    return KernelOwners(owners)


@dataclass(frozen=True)
class KernelFieldSet(FieldSet):
    required_fields = (OpenclSourceField, OpenclDependenciesField)

    source: OpenclSourceField


@dataclass(frozen=True)
class KernelUserFieldSet(FieldSet):
    required_fields = (PythonSourceField, PythonDependenciesField)

    source: PythonSourceField


class InferIncludes(InferDependenciesRequest[KernelFieldSet]):
    infer_from = KernelFieldSet


class InferKernelUses(InferDependenciesRequest[KernelUserFieldSet]):
    infer_from = KernelUserFieldSet


@dataclass(frozen=True)
class ReferencesRequest:
    source: SourcesField


@dataclass(frozen=True)
class References:
    path: str
    found: tuple[Reference, ...]


# Apart from the inference, so that an added or deleted file does not parse the others again.
@rule(desc="Parse kernel references", level=LogLevel.DEBUG)
async def parse_references(request: ReferencesRequest) -> References:
    sources = await Get(HydratedSources, HydrateSourcesRequest(request.source))
    (file,) = await Get(DigestContents, Digest, sources.snapshot.digest)
    parse = includes if isinstance(request.source, OpenclSourceField) else python_references
    return References(file.path, parse(file.content))


@rule(desc="Infer included OpenCL headers", level=LogLevel.DEBUG)
async def infer_includes(request: InferIncludes, kernels: KernelOwners, opencl: Opencl) -> InferredDependencies:
    references = await Get(References, ReferencesRequest(request.field_set.source))
    return _resolve(references, (posixpath.dirname(references.path), opencl.root), kernels, '#include "{}"')


@rule(desc="Infer kernels that Python names", level=LogLevel.DEBUG)
async def infer_uses(request: InferKernelUses, kernels: KernelOwners, opencl: Opencl) -> InferredDependencies:
    references = await Get(References, ReferencesRequest(request.field_set.source))
    return _resolve(references, (opencl.root,), kernels, "the kernel {}")


def _resolve(
    references: References, folders: Iterable[str], kernels: KernelOwners, described: str
) -> InferredDependencies:
    addresses: set[Address] = set()
    for reference in references.found:
        candidates = [posixpath.normpath(posixpath.join(folder, reference.name)) for folder in folders]
        owned = next((kernels[path] for path in candidates if path in kernels), ())
        if not owned and reference.required:
            raise MissingKernelError(
                f"{references.path}:{reference.line}: {described.format(reference.name)} is owned by no opencl_source: "
                f"create {' or '.join(dict.fromkeys(candidates))} under an `opencl_sources` target, or correct the name"
            )
        addresses.update(owned)
    return InferredDependencies(addresses)


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferIncludes),
        UnionRule(InferDependenciesRequest, InferKernelUses),
    )
