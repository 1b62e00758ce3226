"""The table of docs/engines/kernels.md against the table of the code."""

from pathlib import Path

from dynamic_engines.library import KERNELS
from dynamic_engines.library.cli import summary


def test_the_page_has_a_line_for_every_kernel_that_says_what_the_row_says() -> None:
    lines = Path("docs/engines/kernels.md").read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| kernel |")) + 2
    table = [line for line in lines[start : start + len(KERNELS) + 1] if line.startswith("|")]
    assert table == [f"| {' | '.join(summary(kernel))} |" for kernel in KERNELS]
