"""``dynamic impact worker``: lends this machine to runs on Dask."""

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click

from dynamic_base import Console, ExitCode
from dynamic_impact.asking import REPO
from dynamic_impact.pants import find_build_root
from dynamic_impact.running.dask import LOOPBACK, ClusterError
from dynamic_impact.running.worker import REPO as REPO_VARIABLE
from dynamic_impact.running.worker import distributed

_JOIN_S = 10
RESOURCE = click.option(
    "--resource",
    "resources",
    metavar="NAME=AMOUNT",
    multiple=True,
    help="What each worker has, such as GPU=1; may be repeated.",
)


def amounts(words: Sequence[str]) -> Mapping[str, float]:
    """Return ``NAME=AMOUNT`` words as a mapping.

    Raises
    ------
    click.UsageError : a word of another form
    """
    found: dict[str, float] = {}
    for word in words:
        name, equals, amount = word.partition("=")
        try:
            found[name] = float(amount)
        except ValueError:
            equals = ""
        if not (name and equals and found[name] > 0):
            raise click.UsageError(f"--resource {word!r} is not NAME=AMOUNT, such as GPU=1")
    return found


@click.command("worker", epilog="Example:  ./dynamic impact worker --listen 127.0.0.1:0 --for 1")
@REPO
@click.option("--scheduler", metavar="ADDRESS", default="", help="Work for this Dask scheduler, and start none.")
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:8786",
    show_default=True,
    help="Start a scheduler at this address. Whoever reaches it can run programs here: name a trusted network's.",
)
@click.option("--workers", type=click.IntRange(0, 64), default=1, show_default=True, help="How many workers.")
@RESOURCE
@click.option("--for", "seconds", type=click.FloatRange(min=0), help="End after so many seconds.  [default: never]")
def worker_command(
    repo: Path, scheduler: str, listen: str, workers: int, resources: tuple[str, ...], seconds: float | None
) -> ExitCode:
    """Run Pants in this checkout for whoever says './dynamic run --scheduler ADDRESS'.

    Each worker is a process that is started again when it dies, and takes one call of Pants at a time.
    """
    console = Console()
    build_root = find_build_root(repo)
    host, _, port = listen.rpartition(":")
    if not scheduler and not (host and port.isdigit()):
        raise click.UsageError(f"--listen {listen!r} is not HOST:PORT, such as 127.0.0.1:8786")
    options = {
        "nthreads": 1,
        "resources": dict(amounts(resources)),
        "env": {REPO_VARIABLE: str(build_root)},
        "dashboard": False,
        "dashboard_address": LOOPBACK,
        "silence_logs": logging.WARNING,
    }
    try:
        asyncio.run(_serve(scheduler, host, int(port or 0), workers, options, seconds, console))
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"cannot work for {scheduler or listen} ({' '.join(str(error.__cause__ or error).split()) or 'no answer'})",
            "is the scheduler there, and the port free? Start one with './dynamic impact worker --listen HOST:PORT'",
        ) from error
    return ExitCode.YES


async def _serve(
    scheduler: str,
    host: str,
    port: int,
    workers: int,
    options: Mapping[str, object],
    seconds: float | None,
    console: Console,
) -> None:
    """Keep a scheduler, where none is named, and ``workers`` until time is up."""
    dask = distributed()
    logging.getLogger("distributed").setLevel(logging.WARNING)
    async with AsyncExitStack() as stack:
        if not scheduler:
            own = await stack.enter_async_context(
                dask.Scheduler(host=host, port=port, dashboard=False, dashboard_address=LOOPBACK)
            )
            scheduler = str(own.address)
        for number in range(workers):
            name = f"{os.uname().nodename}-{os.getpid()}-{number}"
            nanny = dask.Nanny(scheduler, name=name, death_timeout=_JOIN_S, **options)
            await stack.enter_async_context(nanny)
        console.text(f"{workers} worker{'s' if workers != 1 else ''} at {scheduler}")
        await asyncio.sleep(seconds) if seconds is not None else await asyncio.Event().wait()
