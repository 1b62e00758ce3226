"""Each test runs a real program that misbehaves as tools have been seen to."""

import os
import resource
import signal
import sys
import tracemalloc
from pathlib import Path

import pytest

from dynamic_delivery.gates.bounded import ended_as, last_words, run_tool
from dynamic_delivery.gates.errors import ToolError
from tests.dynamic_delivery.gates.fakes import gone

PYTHON = [sys.executable, "-I", "-c"]
IMPORTED_FROM = os.pathsep.join(map(os.path.abspath, sys.path))  # before a test goes elsewhere
SHELL = ["/bin/sh", "-c"]


def test_what_a_program_printed_and_its_exit_status_come_back(tmp_path: Path) -> None:
    done = run_tool([*SHELL, "pwd; echo said >&2; exit 14"], cwd=tmp_path)

    assert (done.stdout.decode(), done.stderr, done.exit_code) == (f"{tmp_path.resolve()}\n", b"said\n", 14)


def test_a_program_has_no_input_and_the_environment_that_was_laid_over(tmp_path: Path) -> None:
    done = run_tool([*SHELL, 'cat; echo "$A-${HOME-none}"'], cwd=tmp_path, env={"A": "b", "HOME": None})

    assert done.stdout == b"b-none\n"


def test_a_missing_program_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"cannot start no-such-tool .*\./dynamic doctor"):
        run_tool(["no-such-tool"], cwd=tmp_path)


def test_a_program_that_hangs_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    script = f"(trap '' TERM HUP INT; sleep 60) & echo $! > {tmp_path}/child; sleep 60"

    with pytest.raises(ToolError, match=r"sh did not end within 0\.5 s"):
        run_tool([*SHELL, script], cwd=tmp_path, timeout_s=0.5)

    assert gone_if_begun(tmp_path / "child")


def test_a_child_in_a_process_group_of_its_own_is_stopped_too(tmp_path: Path) -> None:
    # A shell with job control gives each job a group of its own.
    script = f"set -m; sleep 60 & echo $! > {tmp_path}/child; sleep 60"

    with pytest.raises(ToolError, match="did not end"):
        run_tool([*SHELL, script], cwd=tmp_path, timeout_s=0.5)

    assert gone_if_begun(tmp_path / "child")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_program_that_a_signal_ends_is_an_error_that_names_it(number: signal.Signals, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=rf"sh was ended by {number.name} \(the last word\): run it by hand"):
        run_tool([*SHELL, f"echo the last word >&2; kill -{number.value} $$"], cwd=tmp_path)


def test_a_real_time_signal_has_no_name_and_is_an_error_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f"ended by signal {signal.SIGRTMIN + 1}"):
        run_tool([*SHELL, f"kill -{signal.SIGRTMIN + 1} $$"], cwd=tmp_path)


@pytest.mark.parametrize(("to", "name"), [("", "stdout"), (">&2", "stderr")])
def test_a_flood_is_stopped_before_it_fills_the_memory(to: str, name: str, tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ToolError, match=f"printed more than 1000000 bytes on {name}"):
            run_tool([*SHELL, f"while :; do printf '%08192d' 0; done {to}"], cwd=tmp_path, most_output_bytes=10**6)
        assert tracemalloc.get_traced_memory()[1] < 3 * 10**6
    finally:
        tracemalloc.stop()


def test_output_up_to_the_bound_is_whole_on_both_streams(tmp_path: Path) -> None:
    script = "import sys; [(sys.stdout.write('a' * 1000), sys.stderr.write('b' * 1000)) for _ in range(1000)]"

    done = run_tool([*PYTHON, script], cwd=tmp_path, most_output_bytes=10**6)

    assert (done.stdout, done.stderr) == (b"a" * 10**6, b"b" * 10**6)


def test_a_child_that_outlives_the_tool_and_holds_its_output_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="a process that it started still held its output"):
        run_tool([*SHELL, f"sleep 60 & echo $! > {tmp_path}/child; echo done"], cwd=tmp_path)

    assert gone(int((tmp_path / "child").read_text()))


def test_a_child_that_outlives_the_tool_quietly_is_ended_and_the_answer_stands(tmp_path: Path) -> None:
    script = f"sleep 60 >/dev/null 2>&1 & echo $! > {tmp_path}/child; echo done"

    assert run_tool([*SHELL, script], cwd=tmp_path).stdout == b"done\n"
    assert gone(int((tmp_path / "child").read_text()))


def test_a_program_that_closes_its_outputs_early_is_waited_for(tmp_path: Path) -> None:
    done = run_tool([*SHELL, "echo first; exec >&- 2>&-; sleep 0.3; exit 7"], cwd=tmp_path)

    assert (done.stdout, done.exit_code) == (b"first\n", 7)


def test_a_program_that_closes_its_outputs_and_hangs_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="did not end"):
        run_tool([*SHELL, "exec >&- 2>&-; sleep 60"], cwd=tmp_path, timeout_s=0.3)


def test_a_process_is_refused_more_memory_than_its_bound(tmp_path: Path) -> None:
    # Where it is quicker than the bound is set, what it holds is seen instead.
    with pytest.raises(ToolError, match=r"(got no|held) more than 300000000 bytes of memory"):
        run_tool([*PYTHON, "b = bytearray(10**9)"], cwd=tmp_path, memory_bytes=300_000_000)


def test_processes_that_pass_the_bound_only_together_are_stopped(tmp_path: Path) -> None:
    script = "import os, time; os.fork(); os.fork(); b = b'x' * 60_000_000; time.sleep(60)"

    with pytest.raises(ToolError, match="held more than 200000000 bytes of memory"):
        run_tool([*PYTHON, script], cwd=tmp_path, memory_bytes=200_000_000)


def test_address_space_that_is_only_reserved_is_not_counted(tmp_path: Path) -> None:
    """As Go's and Haskell's runtimes do: a bound on addresses would end them at their start."""
    script = "import ctypes; at = ctypes.CDLL(None).mmap; at.restype = ctypes.c_void_p\n"
    script += "print(at(None, ctypes.c_size_t(1 << 40), 0, 0x4022, -1, ctypes.c_long(0)) not in (None, 2**64 - 1))"

    assert run_tool([*PYTHON, script], cwd=tmp_path, memory_bytes=300_000_000).stdout == b"True\n"


def test_this_process_keeps_its_own_bounds(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)

    run_tool(["true"], cwd=tmp_path, memory_bytes=10**8)

    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_a_bound_that_stands_already_is_not_widened(tmp_path: Path) -> None:
    script = (
        "import os, resource, sys; sys.path[:0] = sys.argv[1].split(os.pathsep)\n"
        "from pathlib import Path; from dynamic_delivery.gates.bounded import run_tool\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30)); os.getuid() or os.setuid(65534)\n"
        "print(run_tool(['sh', '-c', 'ulimit -d'], cwd=Path('/'), memory_bytes=2**40).stdout.decode())"
    )
    done = run_tool([*PYTHON, script, IMPORTED_FROM], cwd=tmp_path)

    assert (done.stdout.split(), done.stderr) == ([b"1048576"], b"")


def test_an_exit_status_that_no_look_ends_with_is_an_error(tmp_path: Path) -> None:
    done = run_tool([*SHELL, "echo no database >&2; exit 2"], cwd=tmp_path)

    assert ended_as(done, (0, 2)) is done
    with pytest.raises(ToolError, match=r"sh exited 2 \(no database\): run it by hand"):
        ended_as(done, (0, 1))


def test_last_words_are_one_short_printable_line(tmp_path: Path) -> None:
    done = run_tool([*SHELL, r"printf 'first\n\033[31mred\377%0900d\n' 0 >&2"], cwd=tmp_path)

    assert last_words(done).startswith("[31mred")
    assert len(last_words(done)) <= 200
    assert last_words(done).isprintable()


def gone_if_begun(pid: Path) -> bool:
    """A machine may be too busy to begin a child before its time is over."""
    return not pid.exists() or not (said := pid.read_text(encoding="utf-8")) or gone(int(said))
