"""Tiny programs, run under the real recorder in a pytest of their own, and then edited."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_impact.recordings.judge import Judgement
from dynamic_impact.recordings.model import Recording
from dynamic_impact.recordings.plain import PlainRecordings, place_recorder, recording_environment

PYTHON = os.environ.get("DYNAMIC_RECORDER_PYTHON", "") or sys.executable
TEST = "test_it.py"
MONITORED = not subprocess.run(
    [PYTHON, "-c", "import sys; sys.monitoring"], capture_output=True, check=False
).returncode

LIB = "def used():\n    return 1\n\ndef unused():\n    return 2\n"


def body(*lines: str) -> dict[str, str]:
    indented = "".join(f"    {line}\n" for line in lines)
    return {"lib.py": LIB, "data.txt": "1\n", "test_it.py": f"import lib\n\ndef test_it():\n{indented}"}


@dataclass(slots=True)
class Program:
    """A folder with one test file and whatever it needs.

    Parameters
    ----------
    said : what the last run of pytest printed
    """

    root: Path
    recorder: Path
    recordings: PlainRecordings = field(default_factory=PlainRecordings)
    said: str = ""

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    def record(self, *words: str, expected: int = 0, before: str = "") -> Recording:
        """Run the test file under the recorder, ``before`` loaded ahead of it, and keep what came of it."""
        plugins = [word for name in (before, "dynamic_recorder") if name for word in ("-p", name)]
        output = self.root.parent / "output.json"
        output.unlink(missing_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they cost three times what the test does
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "-q", *plugins, "-p", "no:cacheprovider", *words, TEST],
            cwd=self.root,
            env=recording_environment(self.recorder, self.root, output, {**environment, "PYTHONPATH": str(self.root)}),
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        assert done.returncode == expected, self.said
        return self.recordings.add(TEST, output, self.root)

    def blind(self) -> list[str]:
        """Return why the last run may have read data that was not seen."""
        return list(json.loads((self.root.parent / "output.json").read_bytes())["blind"])

    def judge(self) -> Judgement:
        """Judge the test by the files as they are."""
        return self.recordings.judge([TEST], self.root)[TEST]

    def judge_edit(self, file: str, old: str, new: str) -> Judgement:
        """Judge the test with ``old`` replaced in ``file``, which is then put back."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        try:
            return self.judge()
        finally:
            path.write_text(text, encoding="utf-8")


def new_program(folder: Path, files: Mapping[str, str]) -> Program:
    """Return a program of ``files`` below ``folder``, not yet recorded."""
    program = Program(folder / "program", place_recorder(folder / "recorder"))
    program.root.mkdir()
    program.write(files)
    return program
