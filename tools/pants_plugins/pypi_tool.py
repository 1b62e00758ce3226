"""A command-line tool that comes from a resolve and judges files: what ruff_modern and shellcheck_pypi share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pants.backend.python.target_types import ConsoleScript
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.backend.python.util_rules.pex_requirements import PexRequirements, Resolve
from pants.engine.fs import Digest, MergeDigests, Snapshot
from pants.engine.rules import Get
from pants.option.option_types import ArgsListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize


class PypiTool(Subsystem):
    """Options of a tool whose whole resolve is installed; a subclass names the program and who may skip it."""

    program: ClassVar[str]
    install_from_resolve = StrOption(
        default=lambda cls: cls.program, help="The resolve of `[python].resolves` that holds the tool."
    )
    args = ArgsListOption(example="--verbose")


async def tool_process(
    tool: PypiTool, arguments: Iterable[str], files: Snapshot, *, beside: Iterable[Digest] = ()
) -> VenvPexProcess:
    """Make the process that runs ``tool`` on ``files``, with the digests ``beside`` them, and takes the files back."""
    requirements = PexRequirements(
        from_superset=Resolve(tool.install_from_resolve, use_entire_lockfile=True),
        description_of_origin=f"[{tool.options_scope}].install_from_resolve",
    )
    pex = await Get(
        VenvPex,
        PexRequest(
            output_filename=f"{tool.program}.pex",
            internal_only=True,
            requirements=requirements,
            main=ConsoleScript(tool.program),
        ),
    )
    return VenvPexProcess(
        pex,
        argv=(*arguments, *tool.args, *files.files),
        input_digest=await Get(Digest, MergeDigests((files.digest, *beside))),
        output_files=files.files,
        description=f"Run {tool.program} {' '.join(arguments)} on {pluralize(len(files.files), 'file')}.",
        level=LogLevel.DEBUG,
    )
