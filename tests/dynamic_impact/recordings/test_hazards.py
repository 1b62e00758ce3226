"""What calls do not show: it keeps a test from being left out, or a file from being compared block by block."""

import pytest

from tests.dynamic_impact.recordings.conftest import MakeProgram
from tests.dynamic_impact.recordings.programs import LIB, MONITORED, body


def test_what_it_does_beyond_calls_keeps_a_test(program: MakeProgram) -> None:
    made = program(
        body(
            "import multiprocessing, os, subprocess, sys",
            "subprocess.run([sys.executable, '-I', '-c', 'pass'], check=True)",
            "subprocess.run(['git', 'hash-object', 'lib.py'])",
            "os.system('true')",
            "os.waitpid(os.posix_spawn('/bin/true', ['true', '/x/lib.py'], {}), 0)",
            "pid = os.fork()",
            "if not pid: os._exit(0)",
            "os.waitpid(pid, 0)",
            "process = multiprocessing.get_context('spawn').Process(target=print)",
            "process.start()",
            "process.join()",
            "os.mkdir('folder')",
            "os.rename('folder', 'other')",
        )
    )
    recording = made.record()
    assert recording.passed
    said = " ".join(recording.hazards)
    for what in ("(python", "(git)", "(sh)", "(true)", "it forks", "(multiprocessing)", "it renames folders"):
        assert what in said
    assert made.judge().why == recording.hazards[0]


@pytest.mark.parametrize(
    ("lines", "monitored", "why"),
    [
        (("import sys", "sys.setprofile(lambda *_: None)"), False, "profiler"),
        (("import cProfile", "p = cProfile.Profile()", "p.enable()", "p.disable()"), False, "profiler"),
        (("import threading", "threading.setprofile(None)"), False, "profiler of threads"),
        (("import sys", "sys.monitoring.set_events(4, 0)"), True, "sys.monitoring"),
        (("import sys", "sys.monitoring.free_tool_id(4)"), True, "sys.monitoring"),
    ],
)
def test_what_blinds_the_recorder_keeps_a_test(
    program: MakeProgram, lines: tuple[str, ...], monitored: bool, why: str
) -> None:
    if monitored is not MONITORED:
        pytest.skip("before Python 3.12 calls are seen by the profiler, from then on by sys.monitoring")
    made = program(body(*lines))
    assert any(why in hazard for hazard in made.record().hazards)
    assert not made.judge().spared


def test_what_shows_no_source_is_no_hazard(program: MakeProgram) -> None:
    made = program(
        body(
            "import inspect, os, subprocess, sys, warnings",
            "subprocess.run(['git', '--version'], check=True)",
            "open('data.txt').read()",
            "os.listdir('.')",
            "sys.settrace(sys.gettrace())",
            "assert not inspect.signature(lib.unused).parameters",
            "warnings.warn('shown with its line')",
        )
    )
    assert made.record().hazards == ()
    assert made.judge_edit("lib.py", "return 2", "return 3").spared


READERS = {
    "import inspect; assert 'return 2' in inspect.getsource(LIB.unused)": "read as text",
    "import ast, pathlib; ast.parse(pathlib.Path(LIB.__file__).read_text())": "read as text",
    "import pkgutil; assert pkgutil.get_data('LIB', 'LIB.py')": "read as text",
    "import os; os.close(os.open('LIB.py', os.O_RDONLY))": "read as text",
    "import os; os.symlink('LIB.py', 'aliasLIB.py'); open('aliasLIB.py').read()": "read as text",
    "import os; os.link('LIB.py', 'LIB.txt'); open('LIB.txt').read()": "another name",
    "import linecache; assert linecache.getline('LIB.py', 5)": "read as text",
    "assert LIB.unused.__code__.co_code": "bytecode",
    "import dis, io; dis.dis(LIB.unused, file=io.StringIO())": "bytecode",
}


def test_a_source_that_is_read_counts_whole(program: MakeProgram) -> None:
    names = [f"lib{count}" for count in range(len(READERS))]
    lines = [f"import {name}; " + line.replace("LIB", name) for name, line in zip(names, READERS, strict=True)]
    made = program({**body(*lines), **{f"{name}.py": LIB for name in names}})
    recording = made.record()
    assert recording.hazards == ()
    assert made.judge().spared, made.judge().why
    for name, (line, why) in zip(names, READERS.items(), strict=True):
        assert why in recording.files[f"{name}.py"].whole, line
        assert "counts whole" in made.judge_edit(f"{name}.py", "return 2", "return 3").why, line
    assert made.judge_edit("lib.py", "return 2", "return 3").spared, "it is not among them"


def test_a_file_that_was_loaded_before_the_recorder_counts_whole(program: MakeProgram) -> None:
    files = {**body("assert True"), "early.py": "def hook():\n    return 1\n\nhook()\n"}
    made = program(files)
    assert made.record("-p", "early").files["early.py"].whole == "", "it came after"
    late = made.record(before="early").files["early.py"]
    assert "before the recording began" in late.whole


def test_a_thread_past_the_threading_module_is_recorded(program: MakeProgram) -> None:
    made = program(
        body(
            "import _thread",
            "lock = _thread.allocate_lock()",
            "lock.acquire()",
            "_thread.start_new_thread(lambda: (lib.used(), lock.release()), ())",
            "lock.acquire()",
        )
    )
    recording = made.record()
    assert recording.hazards == ()
    assert "used" in recording.files["lib.py"].blocks


def test_a_failing_run_spares_nothing(program: MakeProgram) -> None:
    made = program(body("assert lib.used() == 2"))
    assert not made.record(expected=1).passed
    assert "did not pass" in made.judge().why


def test_a_test_that_failed_once_on_the_same_blocks_is_kept(program: MakeProgram) -> None:
    made = program(body("import os", "assert not os.environ.get('FLAKY')"))
    made.record()
    assert made.judge().spared
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLAKY", "1")
        made.record(expected=1)
    assert "failed once" in made.judge().why


def test_what_any_of_several_runs_executed_counts(program: MakeProgram) -> None:
    made = program(body("import os", "assert lib.unused() if os.environ.get('LOTS') else lib.used()"))
    made.record()
    assert made.judge_edit("lib.py", "return 2", "return 3").spared
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOTS", "1")
        made.record()
    assert "unused" in made.judge_edit("lib.py", "return 2", "return 3").why
    assert "used" in made.judge_edit("lib.py", "return 1", "return 3").why
    assert made.judge().spared


def test_a_nested_session_of_pytest_does_not_end_the_recording(program: MakeProgram) -> None:
    made = program(
        {
            **body("import pytest", "assert pytest.main(['-q', 'inner']) == 1", "assert lib.used() == 1"),
            "inner/test_inner.py": "def test_inner(): assert False\n",
        }
    )
    recording = made.record()
    assert recording.passed
    assert "used" in recording.files["lib.py"].blocks
    assert "test_inner" in recording.files["inner/test_inner.py"].blocks


def test_equal_functions_of_two_files_are_two(program: MakeProgram) -> None:
    made = program({**body("import twin", "assert lib.used() + twin.used() == 2"), "twin.py": LIB})
    files = made.record().files
    assert "used" in files["lib.py"].blocks
    assert "used" in files["twin.py"].blocks


def test_the_recorder_never_fails_a_test_that_passes_without_it(program: MakeProgram) -> None:
    made = program(
        body(
            "import os, sys, types",
            "class Lazy(types.ModuleType):",
            "    def __getattr__(self, name): raise RuntimeError(name)",
            "sys.modules['lazy'] = Lazy('lazy')",
            "sys.modules['none'] = None",
            "sys.modules['odd'] = type('Odd', (), {'__file__': 3})()",
            "for name in ('no\\0name.py', b'\\xff.py', 'gone/lib.py'):",
            "    try: open(name)",
            "    except (OSError, ValueError): pass",
            "here = os.open('.', os.O_RDONLY)",
            "os.mkdir('deep')",
            "os.chdir('deep')",
            "os.rmdir('../deep')",
            "os.close(os.open('lib.py', os.O_RDONLY, dir_fd=here))",
            "os.chdir(os.path.dirname(lib.__file__))",
        )
    )
    recording = made.record()
    assert recording.passed
    assert ["not understood" in hazard for hazard in recording.hazards] == [True], "what it could not follow keeps it"


def test_a_source_that_is_a_link_out_of_the_folder_counts(program: MakeProgram) -> None:
    made = program(body("assert lib.used() == 1"))
    kept = made.root.parent / "kept.py"
    (made.root / "lib.py").rename(kept)
    (made.root / "lib.py").symlink_to(kept)
    assert "used" in made.record().files["lib.py"].blocks
