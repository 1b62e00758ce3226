"""Python processes that a test starts: followed where they can be, and a hazard where they cannot."""

import re

import pytest

from tests.dynamic_impact.recordings.conftest import MakeProgram
from tests.dynamic_impact.recordings.programs import LIB, MONITORED, body


def started(*words: str, more: str = "") -> str:
    return f"subprocess.run([sys.executable, {', '.join(map(repr, words))}], check=True{more})"


FOLLOWED = (
    started("-c", "import LIB; LIB.used()"),
    started("-Wignore", "-X", "utf8", "-bc", "import LIB; LIB.used()"),
    started("TOOL.py"),
    started("-m", "TOOL"),
    started("TOOL.py", more=", env={'PYTHONPATH': '.', 'A': '1'}"),
    started("-c", "import subprocess, sys; subprocess.check_call([sys.executable, 'TOOL.py'])"),
    started("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_OTHER.py"),
    "subprocess.check_output([sys.executable, 'TOOL.py'])",
    "import asyncio\n    async def go():\n        return await (await asyncio.create_subprocess_exec("
    "sys.executable, 'TOOL.py')).wait()\n    assert asyncio.run(go()) == 0",
)


def test_a_python_process_is_followed(program: MakeProgram) -> None:
    files: dict[str, str] = {"lib.py": LIB}
    lines = []
    for count, told in enumerate(FOLLOWED):
        line = told
        for word in ("LIB", "TOOL", "OTHER"):
            line = line.replace(word, f"{word.lower()}{count}")
        lines.append(line)
        files |= {
            f"lib{count}.py": LIB,
            f"tool{count}.py": f"import lib{count}\nassert lib{count}.used() == 1\n",
            f"test_other{count}.py": f"import lib{count}\n\ndef test_o(): lib{count}.used()\n",
        }
    made = program({**body("import subprocess, sys", *lines), **files})
    assert made.record().hazards == ()
    assert made.judge().spared, made.judge().why
    for count, line in enumerate(FOLLOWED):
        assert "executes used in lib" in made.judge_edit(f"lib{count}.py", "return 1", "return 3").why, line
        assert made.judge_edit(f"lib{count}.py", "return 2", "return 3").spared, line


NOT_FOLLOWED = (
    started("-I", "-c", "pass"),
    started("-bE", "-c", "pass"),
    started("-S", "-c", "pass"),
    started("-c", "import os; os._exit(0)"),
    started("-c", "import os; os.execv('/bin/true', ['true'])"),
    started("-c", "import os, sys; os.execv(sys.executable, [sys.executable, 'tool.py'])"),
    started("-c", "import os\nif not os.fork(): os._exit(0)"),
    started("-c", "import sys; sys.setprofile(None)"),
    started("-c", "import subprocess, sys; subprocess.check_call([sys.executable, '-I', '-c', ''])"),
    "subprocess.run([sys.executable, '-c', 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)'])",
    started("-c", "pass", more=", preexec_fn=lib.used"),
    started("-c", "pass", more=", executable=sys.executable"),
    "subprocess.run(f'{sys.executable} -c pass', shell=True, check=True)",
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])",
    "import os; os.system(sys.executable + ' tool.py')",
    "import os; os.waitpid(os.posix_spawn(sys.executable, [sys.executable, 'tool.py'], os.environ), 0)",
    "import multiprocessing as m; p = m.get_context('spawn').Process(target=print); p.start(); p.join()",
    "subprocess.Popen([sys.executable, 'tool.py'], 0).wait()",
)
TOOL = {"tool.py": "import lib\nassert lib.used() == 1\n"}


@pytest.mark.parametrize("line", NOT_FOLLOWED, ids=[re.sub(r"\W+", " ", line)[-40:] for line in NOT_FOLLOWED])
def test_a_process_that_cannot_be_followed_keeps_a_test(program: MakeProgram, line: str) -> None:
    if MONITORED and "setprofile" in line:
        pytest.skip("sys.monitoring does not mind it")
    made = program({**body("import subprocess, sys", line), **TOOL})
    made.record()
    assert not made.judge().spared


def test_a_followed_process_sees_the_environment_that_it_was_given(program: MakeProgram) -> None:
    told = "import os, sys; print(sorted(os.environ.items()), [p for p in sys.path if 'children' in p], sys.argv)"
    made = program(
        body(
            "import os, subprocess, sys",
            "env = {'PYTHONPATH': 'a:b', 'DYNAMIC_RECORD_ROOT': 'mine', 'LC_CTYPE': 'C.UTF-8'}",
            f"out = subprocess.run([sys.executable, '-c', {told!r}, 'x'], env=env, capture_output=True, text=True)",
            "assert out.stdout == f\"{sorted(env.items())} [] ['-c', 'x']\\n\", out.stdout",
            "assert not out.stderr, out.stderr",
            "assert not any('DYNAMIC_RECORD_CHILD' in name for name in os.environ)",
        )
    )
    assert made.record().hazards == ()
