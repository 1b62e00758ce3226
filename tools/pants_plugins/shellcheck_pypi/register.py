"""shellcheck for the goal lint, from the Python registry's wheel.

The stock backend downloads shellcheck's release, and its dependency inference does as well: use this one with
``[shell-setup].dependency_inference = false`` and name what a script sources in ``dependencies``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.backend.shell.target_types import ShellDependenciesField, ShellSourceField
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import DependenciesRequest, FieldSet, SourcesField, Targets
from pants.option.option_types import SkipOption
from pants.util.logging import LogLevel

from pypi_tool import PypiTool, tool_process


class Shellcheck(PypiTool):
    options_scope = "shellcheck-pypi"  # the stock shell backend has taken `shellcheck`
    name = "shellcheck"
    help = "The shellcheck linter for shell scripts."
    program = "shellcheck"
    skip = SkipOption("lint")


@dataclass(frozen=True)
class ShellcheckFieldSet(FieldSet):
    required_fields = (ShellSourceField, ShellDependenciesField)

    source: ShellSourceField
    dependencies: ShellDependenciesField


class ShellcheckRequest(LintTargetsRequest):
    field_set_type = ShellcheckFieldSet
    tool_subsystem = Shellcheck  # type: ignore[assignment]  # the protocol of Pants takes the option for its value
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


# What a script sources is read with it, so that shellcheck can follow; only the script itself is judged.
@rule(desc="Lint with shellcheck", level=LogLevel.DEBUG)
async def shellcheck(request: ShellcheckRequest.Batch[ShellcheckFieldSet, Any], tool: Shellcheck) -> LintResult:
    dependencies = await MultiGet(Get(Targets, DependenciesRequest(each.dependencies)) for each in request.elements)
    scripts, sourced = await MultiGet(
        Get(SourceFiles, SourceFilesRequest(each.source for each in request.elements)),
        Get(
            SourceFiles,
            SourceFilesRequest(
                (target.get(SourcesField) for targets in dependencies for target in targets),
                for_sources_types=(ShellSourceField,),
            ),
        ),
    )
    process = await tool_process(tool, ["--external-sources"], scripts.snapshot, beside=[sourced.snapshot.digest])
    return LintResult.create(request, await Get(FallibleProcessResult, VenvPexProcess, process))


def rules() -> Iterable[Any]:
    return (*collect_rules(), *ShellcheckRequest.rules())
