"""A pytest plugin that records which code of the repository a run of tests executed, and what it could not see.

It is one file without dependencies: `dynamic_impact` copies it beside the tests of any repository, and it runs in
their interpreter, Python 3.8 or later, under their pytest (``-p dynamic_recorder``). It does nothing unless
``DYNAMIC_RECORD`` names the file to write. ``DYNAMIC_RECORD_ROOT`` is the folder whose files count, by default the
current one.

Calls are seen by the profiler in C that `cProfile` stands on (one for each thread), and from Python 3.12 on by
``sys.monitoring``, which is switched off for each function once it was seen. Audit events (PEP 578) tell of what calls
do not show: started processes, another profiler, source files and bytecode that are read and not executed.
"""

# pathlib's own calls would show among those that are watched.
# ruff: noqa: PTH100, PTH103, PTH105, PTH109, PTH112, PTH118, PTH119, PTH120, PTH123

from __future__ import annotations

import _thread
import hashlib
import json
import os
import platform
import sys
import sysconfig
import threading
import types
from typing import Any, Callable, Iterator  # noqa: UP035  # collections.abc's are no generics in 3.8

import pytest

SCHEMA = "dynamic.recording/1"
_MONITORING = sys.version_info >= (3, 12)
_HERE = os.path.realpath(__file__)


def _folders(*paths: str) -> tuple[str, ...]:
    return tuple({kind(path) + os.sep for path in paths for kind in (os.path.abspath, os.path.realpath)})


_PYTEST = _folders(os.path.dirname(sys.modules["_pytest"].__file__ or ""))
_PLUGGY = _folders(os.path.dirname(sys.modules["pluggy"].__file__ or ""))
_STDLIB = _folders(*(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib")))
# Modules that read a source on behalf of who calls them (pathlib has several from 3.13 on).
_READERS = frozenset(
    ("codecs", "io", "pathlib", "linecache", "tokenize", "inspect", "traceback", "warnings", "_abc", "_local")
)
# Programs that execute no Python and read no source of the sandbox unless an argument names one.
_HARMLESS = frozenset(
    (
        "arch",
        "cc",
        "echo",
        "false",
        "gcc",
        "git",
        "hostname",
        "ld",
        "ldconfig",
        "lscpu",
        "sleep",
        "sw_vers",
        "true",
        "uname",
    )
)
_START_RAW_THREAD = _thread.start_new_thread
_PASSED = (0, 5)  # 5: no test was collected, which Pants counts as success too


class Recorder:
    """What one process executes below ``root``, from now on."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root) + os.sep
        self._roots = (self.root, os.path.abspath(root) + os.sep)
        self.codes: dict[int, types.CodeType] = {}  # by identity: equal code of two files is two functions
        self.whole: dict[str, str] = {}
        self.hazards: dict[str, None] = {}
        self.on = True
        self._inside: dict[str, str] = {}
        self._profilers: list[Any] = []
        self._main: Any = None
        self._tool = -1
        self._handlers: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "open": self._opened,
            "object.__getattr__": self._attribute_read,
            "subprocess.Popen": self._popen,
            "os.posix_spawn": lambda args: self._started(args[0], args[1]),
            "os.exec": lambda args: self._started(args[0], ("exec",)),
            "os.spawn": lambda args: self._started(args[1], args[2]),
            "os.system": lambda args: self._started("sh", ("-c", args[0])),
            "os.fork": lambda _: self.hazard("it forks, and what the child executes is not seen"),
            "os.forkpty": lambda _: self.hazard("it forks, and what the child executes is not seen"),
            "os.link": lambda args: self._renamed(args[0]),
            "os.rename": lambda args: self._renamed(args[0]),
            "cpython.PyInterpreterState_New": lambda _: self.hazard("it starts another interpreter"),
            "sys.monitoring.register_callback": lambda _: self._watched(),
        }
        if not _MONITORING:
            self._handlers["sys.setprofile"] = lambda _: self._profiled()
        for name, path in self._modules():
            self.whole[path] = f"{name} was imported before the recording began"
        sys.addaudithook(self._audit)
        if _MONITORING:
            self._monitor()
        else:
            self._main = self._profile()
            threading.setprofile(self._first_call_of_thread)
            _thread.start_new_thread = self._start_raw_thread

    def hazard(self, why: str) -> None:
        """Note why what was recorded is not all that the tests depend on."""
        self.hazards.setdefault(why)

    def inside(self, filename: str) -> str:
        """Return the path below the root, with ``/``, or "" of a file that is not there."""
        found = self._inside.get(filename)
        if found is None:
            found = self._inside[filename] = self._relative(filename)
        return found

    def _modules(self) -> Iterator[tuple[str, str]]:
        """Give each module that was loaded from below the root, with its path; one that is made up has no such file."""
        for name, module in list(sys.modules.items()):
            held = module.__dict__.get("__file__") if isinstance(module, types.ModuleType) else None
            if isinstance(held, str) and (path := self.inside(held)):
                yield name, path

    def _relative(self, filename: str) -> str:
        if not filename or filename.startswith("<"):
            return ""
        named = os.path.abspath(os.path.join(self.root, filename))
        real = os.path.realpath(named)
        if real == _HERE:
            return ""
        # A file of a sandbox may itself be a link out of it, and another name may link to one.
        inside = (path[len(root) :] for path in (real, named) for root in self._roots if path.startswith(root))
        return next(inside, "").replace(os.sep, "/")

    # What is executed.

    def _monitor(self) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined, unused-ignore]  # from 3.12 on
        free = [tool for tool in (4, 3) if monitoring.get_tool(tool) is None]
        if not free:
            self.hazard("other tools hold the ids that monitoring needs")
            return
        self._tool = free[0]
        disable, codes = monitoring.DISABLE, self.codes

        def started(code: types.CodeType, _: int) -> Any:
            codes[id(code)] = code
            return disable

        monitoring.use_tool_id(self._tool, "dynamic_recorder")
        monitoring.register_callback(self._tool, monitoring.events.PY_START, started)
        monitoring.set_events(self._tool, monitoring.events.PY_START)
        self._add_stack(sys._getframe())

    def _watched(self) -> None:
        if sys._getframe(3).f_code.co_filename != __file__ and self._tool != -1 and not self._is_monitoring():
            self.hazard("it takes the recorder's place in sys.monitoring")

    def _is_monitoring(self) -> bool:
        monitoring = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
        tool = self._tool
        return (
            tool != -1
            and monitoring.get_tool(tool) == "dynamic_recorder"
            and monitoring.get_events(tool) == monitoring.events.PY_START
        )

    def _profile(self) -> Any:
        import _lsprof

        profiler = _lsprof.Profiler(subcalls=False, builtins=False)
        self._profilers.append(profiler)
        profiler.enable()
        self._add_stack(sys._getframe())
        return profiler

    def _first_call_of_thread(self, frame: types.FrameType, _event: str, _argument: object) -> None:
        del frame  # it is on the stack that is added
        self._profile()

    def _add_stack(self, frame: types.FrameType | None) -> None:
        while frame is not None:
            self.codes[id(frame.f_code)] = frame.f_code
            frame = frame.f_back

    def _profiled(self) -> None:
        setter = sys._getframe(3)
        name = setter.f_code.co_filename
        bootstrap = name == threading.__file__ and setter.f_code.co_name == "_bootstrap_inner"
        hook = getattr(threading, "_profile_hook", None)
        if name != __file__ and not (bootstrap and hook == self._first_call_of_thread):
            self.hazard("it uses the interpreter's profiler, which the recorder needs")

    def _start_raw_thread(self, function: Any, arguments: Any, keywords: Any = None) -> Any:
        """Do what ``_thread.start_new_thread`` does, for those who go past the threading module."""

        def recorded(*held: Any, **named: Any) -> None:
            self._profile()
            function(*held, **named)

        return _START_RAW_THREAD(recorded, arguments, keywords or {})

    # What is read, or started.

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        handle = self._handlers.get(event)
        if handle is None or not self.on:
            return
        try:
            handle(args)
        except (OSError, ValueError, TypeError, AttributeError, IndexError) as error:  # never the test's failure
            self.hazard(f"what it did was not understood ({event}: {error})")

    def _opened(self, args: tuple[Any, ...]) -> None:
        name = args[0]
        if not isinstance(name, (str, bytes)):
            return
        name = os.fsdecode(name)
        if not name.endswith(".py"):
            return
        path = self.inside(os.path.abspath(name))
        if path and path not in self.whole and not _to_execute(sys._getframe(2)):
            self.whole[path] = "it is read as text"

    def _renamed(self, source: Any) -> None:
        path = self.inside(os.path.abspath(os.fsdecode(source)))
        if path and os.path.isdir(self.root + path):
            self.hazard("it renames folders of the repository")
        elif path.endswith(".py"):
            self.whole.setdefault(path, "it gets another name")

    def _attribute_read(self, args: tuple[Any, ...]) -> None:
        if args[1] != "__code__" or not isinstance(args[0], types.FunctionType):
            return
        reader = sys._getframe(2).f_code.co_filename
        if reader == __file__ or _reads_signatures(reader):
            return
        if path := self.inside(args[0].__code__.co_filename):
            self.whole.setdefault(path, "a function's bytecode is read")

    def _popen(self, args: tuple[Any, ...]) -> None:
        words = args[1] if isinstance(args[1], (list, tuple)) else (args[1],)
        self._started(args[0] or (words[0] if words else ""), words)

    def _started(self, program: Any, words: Any) -> None:
        try:
            said = [os.fsdecode(word) for word in words]
            name = os.path.basename(os.fsdecode(program))
        except TypeError:
            said, name = [], ""
        sources = (self.root.rstrip(os.sep), ".py")
        if name not in _HARMLESS or any(source in word for word in said[1:] for source in sources):
            self.hazard(f"it starts processes ({name or 'unknown'}), and what they execute is not seen")

    # The end.

    def stop(self) -> None:
        """Record nothing more, and note whether something of it was lost."""
        for name in list(sys.modules):
            if name.startswith("multiprocessing.popen_"):
                self.hazard("it starts processes (multiprocessing), and what they execute is not seen")
        if _MONITORING:
            if not self._is_monitoring():
                self.hazard("it took the recorder's place in sys.monitoring")
            else:
                sys.monitoring.set_events(self._tool, 0)  # type: ignore[attr-defined, unused-ignore]
        else:
            self._stop_profilers()
        self.on = False

    def _stop_profilers(self) -> None:
        if sys.getprofile() is not self._main:
            self.hazard("it replaced the interpreter's profiler, which the recorder needs")
        if getattr(threading, "_profile_hook", None) != self._first_call_of_thread:
            self.hazard("it replaced the profiler of threads, which the recorder needs")
        if "greenlet" in sys.modules:
            self.hazard("it loads greenlet, whose switches the profiler of this Python does not follow")
        self._main.disable()
        _thread.start_new_thread = _START_RAW_THREAD
        threading.setprofile(None)  # type: ignore[arg-type, unused-ignore]
        for profiler in self._profilers:
            for entry in profiler.getstats():
                if isinstance(entry.code, types.CodeType):
                    self.codes[id(entry.code)] = entry.code

    def files(self) -> dict[str, dict[str, Any]]:
        """Return, by path, the digest of each file that counts, what of it was executed, and why it counts whole."""
        ran: dict[str, set[tuple[str, int]]] = {}
        for code in list(self.codes.values()):
            if path := self.inside(code.co_filename):
                name = getattr(code, "co_qualname", "") or (code.co_name if code.co_name == "<module>" else "")
                ran.setdefault(path, set()).add((name, code.co_firstlineno))
        for name, path in self._modules():
            if path not in ran:
                self.whole.setdefault(path, f"{name} was loaded in a way that was not seen")
        return {
            path: {
                "blob": _blob(self.root + path),
                "ran": sorted(ran.get(path, ())),
                "whole": self.whole.get(path, ""),
            }
            for path in sorted({*ran, *self.whole})
        }


def _to_execute(frame: Any) -> bool:
    """Say whether ``frame`` opens a source to execute it, to show it in pytest's own words, or to draw lots from it."""
    code = frame.f_code
    if code.co_filename.startswith("<frozen importlib") and code.co_name == "get_data":
        return bool(frame.f_back.f_code.co_name == "get_code")
    if code.co_filename.endswith("runpy.py") and code.co_name == "_get_code_from_file":
        return True
    while frame.f_back is not None and _is_reader(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(_PYTEST) or _is_hypothesis(frame.f_code.co_filename)


def _is_hypothesis(filename: str) -> bool:
    """Say whether a file is Hypothesis's, which reads sources for constants to draw.

    What it draws is left to chance anyway, and what the test executes with it is recorded.
    """
    return f"{os.sep}hypothesis{os.sep}" in filename and "-packages" in filename


def _is_reader(filename: str) -> bool:
    stem = os.path.basename(filename)
    stem = stem[:-3] if stem.endswith(".py") else stem.strip("<>").rpartition(" ")[2]
    return stem in _READERS and (
        filename.startswith(("<frozen", *_STDLIB)) or os.path.realpath(filename).startswith(_STDLIB)
    )


def _reads_signatures(filename: str) -> bool:
    """Say whether the reader of a function's ``__code__`` looks at its parameters only."""
    if filename.startswith((*_PYTEST, *_PLUGGY)) or _is_hypothesis(filename):
        return True
    library = filename.startswith(("<frozen", *_STDLIB)) or os.path.realpath(filename).startswith(_STDLIB)
    return library and "-packages" not in filename and os.path.basename(filename) not in ("dis.py", "pickletools.py")


def _blob(path: str) -> str:
    """Return the name that git would give the file's content, or "" if it is gone."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return ""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # nosec B324  # git's, which guards nothing


class Plugin:
    """Writes the recording when the session of pytest ends that loaded it."""

    def __init__(self, recorder: Recorder, output: str) -> None:
        self.recorder = recorder
        self.output = os.path.abspath(output)
        self.config: Any = None
        self.exit_status = -1
        self.tests: set[str] = set()

    def pytest_configure(self, config: Any) -> None:
        if self.config is None:
            self.config = config

    def pytest_collection_finish(self, session: Any) -> None:
        if session.config is self.config:
            arguments = (str(argument).partition("::")[0] for argument in self.config.args)
            self.tests.update(filter(None, (self.recorder.inside(os.path.abspath(path)) for path in arguments)))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any, exitstatus: Any) -> None:
        if session.config is self.config:
            self.exit_status = int(exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: Any) -> None:
        if config is self.config:
            self.recorder.stop()
            self._write()

    def _write(self) -> None:
        document = {
            "schema": SCHEMA,
            "python": platform.python_version(),
            "platform": f"{sys.platform}-{platform.machine()}",
            "tests": sorted(self.tests),
            "exit_status": self.exit_status,
            "passed": self.exit_status in _PASSED,
            "hazards": list(self.recorder.hazards),
            "files": self.recorder.files(),
        }
        os.makedirs(os.path.dirname(self.output), exist_ok=True)
        temporary = f"{self.output}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(document, file, sort_keys=True)
        os.replace(temporary, self.output)


_plugin = None
if _output := os.environ.get("DYNAMIC_RECORD", ""):
    _plugin = Plugin(Recorder(os.environ.get("DYNAMIC_RECORD_ROOT", "") or os.getcwd()), _output)


def pytest_configure(config: Any) -> None:
    if _plugin is not None and _plugin.config is None:
        config.pluginmanager.register(_plugin, "dynamic-recording")
