"""A Python that installs nothing: it stands on PATH where a real one would, and does in no time what the launchers ask.

Called as ``interpreter.py MACHINE VERSION PROGRAM WORD...`` by the wrapper that `write` makes. In the folder MACHINE it
writes each call to ``calls``, refuses to install while ``offline`` exists, and stops there while a FIFO ``gate`` does.
"""

import shlex
import sys
from pathlib import Path

_PANTS = """#!/bin/sh
printf '%s\\n' "$PWD" "$*" "${PYTHONPATH-unset}" "$PANTS_PEX_CLI_URL_TEMPLATE" "$PANTS_PEX_CLI_KNOWN_VERSIONS"
"""


def write(program: Path, machine: Path, version: str) -> None:
    """Make ``program`` an interpreter of ``version``, such as "3.9"."""
    words = shlex.join([sys.executable, "-I", __file__, str(machine), version])
    executable(program, f'#!/bin/sh\nexec {words} "$0" "$@"\n')


def executable(path: Path, text: str) -> None:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _main(machine: Path, version: str, program: Path, words: list[str]) -> None:
    with (machine / "calls").open("a", encoding="utf-8") as calls:
        calls.write(f"{version} {' '.join(words[:3])}\n")
    match words:
        case ["-c", code, *arguments]:
            _execute(code, version, program, ["-c", *arguments])
        case ["-", *arguments]:
            _execute(sys.stdin.read(), version, program, ["-", *arguments])
        case ["-m", "venv", folder]:
            link = Path(folder, "bin", "python")
            link.parent.mkdir(parents=True)
            link.symlink_to(program)
        case ["-m", "pip", "install", *_]:
            _install(machine)
            executable(program.with_name("pants"), _PANTS)
        case ["-m", "pip", "download", *_]:
            wheel = Path(words[words.index("-d") + 1], "pex-0.whl")
            wheel.parent.mkdir(exist_ok=True)
            wheel.touch()
        case ["-m", "pex", *_]:
            Path(words[words.index("-o") + 1]).write_text("a pex", encoding="utf-8")
        case ["-I", "-c", _, src, root, *arguments]:
            print(Path.cwd(), shlex.join(arguments), f"{src}:{root}", sep="\n")  # noqa: T201  # the test reads it
        case _:
            sys.exit(f"no such call: {words}")


def _execute(code: str, version: str, program: Path, argv: list[str]) -> None:
    sys.version_info = (*map(int, version.split(".")), 0)  # type: ignore[assignment]
    sys.executable, sys.argv = str(program), argv
    exec(code, {})


def _install(machine: Path) -> None:
    if (machine / "offline").exists():
        sys.exit("ERROR: no answer from any index")
    if (machine / "gate").exists():
        (machine / "gate").read_bytes()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
