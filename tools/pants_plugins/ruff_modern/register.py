"""Current ruff for the goals lint, fix and fmt; BUILD files are formatted too.

The stock backend calls ``ruff FILES``, which ruff 0.5 turned into ``ruff check FILES``, and it does not format.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.build_files.fmt.base import FmtBuildFilesRequest
from pants.backend.python.target_types import PythonSourceField
from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.core.goals.fix import FixResult, FixTargetsRequest
from pants.core.goals.fmt import FmtResult, FmtTargetsRequest
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import Snapshot
from pants.engine.process import FallibleProcessResult, ProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import FieldSet
from pants.option.option_types import SkipOption
from pants.util.logging import LogLevel

from pypi_tool import PypiTool, tool_process


class Ruff(PypiTool):
    options_scope = "ruff"
    name = "ruff"
    help = "The ruff linter and formatter, configured in pyproject.toml."
    program = "ruff"
    skip = SkipOption("lint", "fix", "fmt")


@dataclass(frozen=True)
class RuffFieldSet(FieldSet):
    required_fields = (PythonSourceField,)

    source: PythonSourceField


class RuffCheck(LintTargetsRequest):
    field_set_type = RuffFieldSet
    tool_subsystem = Ruff  # type: ignore[assignment]  # the protocol of Pants takes the option for its value
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION
    tool_name = "ruff check"


class RuffFix(FixTargetsRequest):
    field_set_type = RuffFieldSet
    tool_subsystem = Ruff  # type: ignore[assignment]  # the protocol of Pants takes the option for its value
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION
    tool_name = "ruff check --fix"


class RuffFormat(FmtTargetsRequest):
    field_set_type = RuffFieldSet
    tool_subsystem = Ruff  # type: ignore[assignment]  # the protocol of Pants takes the option for its value
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION
    tool_name = "ruff format"


class RuffFormatBuildFiles(FmtBuildFilesRequest):
    tool_subsystem = Ruff  # type: ignore[assignment]  # the protocol of Pants takes the option for its value
    tool_name = "ruff format BUILD"


async def _ruff(ruff: Ruff, arguments: Iterable[str], files: Snapshot) -> VenvPexProcess:
    config = await Get(
        ConfigFiles,
        ConfigFilesRequest(discovery=True, check_content={"pyproject.toml": b"[tool.ruff"}),
    )
    return await tool_process(ruff, (*arguments, "--no-cache"), files, beside=[config.snapshot.digest])


@rule(desc="Lint with ruff", level=LogLevel.DEBUG)
async def ruff_check(request: RuffCheck.Batch[RuffFieldSet, Any], ruff: Ruff) -> LintResult:
    sources = await Get(SourceFiles, SourceFilesRequest(field_set.source for field_set in request.elements))
    process = await _ruff(ruff, ["check", "--quiet"], sources.snapshot)
    return LintResult.create(request, await Get(FallibleProcessResult, VenvPexProcess, process))


# What ruff cannot mend is the linter's to report: --fix-only fails only where ruff itself does.
@rule(desc="Fix with ruff", level=LogLevel.DEBUG)
async def ruff_fix(request: RuffFix.Batch, ruff: Ruff) -> FixResult:
    process = await _ruff(ruff, ["check", "--fix-only"], request.snapshot)
    return await FixResult.create(request, await Get(ProcessResult, VenvPexProcess, process))


@rule(desc="Format with ruff", level=LogLevel.DEBUG)
async def ruff_format(request: RuffFormat.Batch, ruff: Ruff) -> FmtResult:
    process = await _ruff(ruff, ["format"], request.snapshot)
    return await FmtResult.create(request, await Get(ProcessResult, VenvPexProcess, process))


@rule(desc="Format BUILD files with ruff", level=LogLevel.DEBUG)
async def ruff_format_build_files(request: RuffFormatBuildFiles.Batch, ruff: Ruff) -> FmtResult:
    process = await _ruff(ruff, ["format"], request.snapshot)
    return await FmtResult.create(request, await Get(ProcessResult, VenvPexProcess, process))


def rules() -> Iterable[Any]:
    return (
        *collect_rules(),
        *RuffCheck.rules(),
        *RuffFix.rules(),
        *RuffFormat.rules(),
        *RuffFormatBuildFiles.rules(),
    )
