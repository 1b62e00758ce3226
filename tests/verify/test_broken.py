"""Each module's line is able to fail: one real edit in a clone, and the harness says no to that module."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clone.clone import Clone

_SCRIPT = "scripts/verify/dynamic_modules.sh"


@dataclass(frozen=True)
class Break:
    """An edit that somebody could make: ``old`` becomes ``new`` in ``file``, and ``then`` follows it."""

    module: str
    file: str
    old: str
    new: str
    then: str = "true"


_BREAKS = (
    # Training draws from the machine, so two runs differ.
    Break("dynamic_ai", "src/dynamic_ai/training/train.py", "np.random.PCG64(seed)", "np.random.PCG64()"),
    # A result counts whoever sends it, so a lease that was lost still speaks.
    Break("dynamic_agi", "src/dynamic_agi/orchestrator.py", "task.token == token", "token > 0"),
    # A job's token may do more than the manifest gives it.
    Break("dynamic_ags", ".github/workflows/ci.yml", "contents: read", "contents: write"),
    # JavaScript takes the last of two equal keys, in code that is properly generated.
    Break(
        "dynamic_tl",
        "src/dynamic_tl/runtime/runtime.mjs",
        'if (members.has(name)) throw new MessageError("duplicate_key", inner);',
        "",
        then="./dynamic contracts generate",
    ),
    # A mean of one bar more than the window holds.
    Break("dynamic_ta", "kernels/rolling/sma.cl", "(REAL)period;", "(REAL)(period + 1);"),
    # The parts no longer make up the whole.
    Break("dynamic_token", "src/dynamic_token/treasury.toml", "amount = 10_000_000", "amount = 11_000_000"),
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    made = Clone(tmp_path_factory.mktemp("verify"))
    yield made
    made.end_daemon()


def test_every_module_of_the_commit_says_yes(clone: Clone) -> None:
    said = clone.run(f"bash {_SCRIPT}").passed().output
    assert said.count(" yes ") == len(_BREAKS)


@pytest.mark.parametrize("broken", _BREAKS, ids=lambda broken: broken.module)
def test_a_broken_module_says_no(clone: Clone, broken: Break) -> None:
    path = clone.path / broken.file
    text = path.read_text(encoding="utf-8")
    assert broken.old in text
    path.write_text(text.replace(broken.old, broken.new), encoding="utf-8")
    clone.run(broken.then).passed()
    said = clone.run(f"bash {_SCRIPT} {broken.module}")
    clone.run("git checkout --quiet -- .").passed()
    line = next(line for line in said.output.splitlines() if line.startswith(broken.module))
    assert (said.exit_code, line.split()[1]) == (1, "no")  # and not that it could not be decided
