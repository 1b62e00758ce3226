"""A Dask cluster of this test's own: a scheduler in this process, and workers that it starts and may lose."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distributed import LocalCluster


@contextmanager
def cluster(failures: int = 3) -> Iterator[Any]:
    """Give a scheduler on this machine alone, without workers; a task that loses more than ``failures`` is given up."""
    with LocalCluster(  # type: ignore[no-untyped-call]  # as Dask has it
        n_workers=0,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"allowed_failures": failures, "dashboard": False},
    ) as made:
        yield made


@contextmanager
def workers(made: Any, names: list[str], repo: Path, *options: str) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Give a worker without a nanny for each of ``names``: nothing starts it again when it is killed."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "DYNAMIC_REPO": str(repo),
    }
    started = [
        subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "distributed.cli.dask_worker",
                    made.scheduler_address,
                    "--no-nanny",
                    "--nthreads",
                    "1",
                ),
                *("--no-dashboard", "--name", name, "--host", "127.0.0.1", "--death-timeout", "30", *options),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name in names
    ]
    try:
        made.wait_for_workers(len(names), timeout=60)
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()
