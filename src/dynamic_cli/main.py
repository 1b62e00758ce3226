"""The entry point: errors become one line and an exit code here, and nowhere else."""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from dynamic_base.errors import DynamicError, ExitCode
from dynamic_cli.commands import COMMANDS


class LazyGroup(click.Group):
    """A group whose commands are imported only when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return [row.name for row in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        row = next((row for row in COMMANDS if row.name == cmd_name), None)
        if row is None:
            return None
        command = getattr(importlib.import_module(row.module), row.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{row.module}.{row.attribute} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(row.name, row.help) for row in COMMANDS])


@click.command(cls=LazyGroup, epilog="Example:  ./dynamic run")
def dynamic() -> None:
    """Build, test and judge just what a change can break.

    Exit codes: 0 yes, 1 the check said no, 2 wrong usage, 3 it could not be decided, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. DYNAMIC_DEBUG=1 shows the traceback of an unforeseen error."""
    try:
        result = dynamic.main(
            args=None if arguments is None else list(arguments), prog_name="dynamic", standalone_mode=False
        )
    except click.exceptions.NoArgsIsHelpError as shown:
        click.echo(shown.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        where = f" (see '{error.ctx.command_path} --help')" if isinstance(error, click.UsageError) and error.ctx else ""
        return _say(f"{error.format_message()}{where}", ExitCode.USAGE)
    except DynamicError as error:
        return _say(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader left; a flush at exit must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.UNDECIDED
    except Exception as error:  # the outermost rim: a person gets a line, a developer the traceback
        if os.environ.get("DYNAMIC_DEBUG"):
            raise
        return _say(
            f"unforeseen {type(error).__name__}: {error} (set DYNAMIC_DEBUG=1 to see where, and report it)",
            ExitCode.UNDECIDED,
        )
    return int(result) if isinstance(result, int) else ExitCode.YES


def _say(text: str, code: ExitCode) -> int:
    click.echo(f"dynamic: {' '.join(text.split())}", err=True)
    return code
