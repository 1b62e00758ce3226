"""A pytest plugin that records which code of the repository a run of tests executed, and what it could not see.

It is one file without dependencies: `dynamic_impact` copies it beside the tests of any repository, and it runs in
their interpreter, Python 3.8 or later, under their pytest (``-p dynamic_recorder``). It does nothing unless
``DYNAMIC_RECORD`` names the file to write. ``DYNAMIC_RECORD_ROOT`` is the folder whose files count, by default the
current one.

A Python process that it starts is recorded too, where `subprocess` starts it by this very interpreter and it is not
told to ignore its environment: it finds this file by a ``sitecustomize`` (`dynamic_recorder_child`), and what it leaves
at its end is added. One that leaves nothing, or any other program, keeps the tests.

Calls are seen by the profiler in C that `cProfile` stands on (one for each thread), and from Python 3.12 on by
``sys.monitoring``, which is switched off for each function once it was seen. Audit events (PEP 578) tell of what calls
do not show: started processes, another profiler, source files, bytecode and defaults that are read and not executed,
and which files of data are read.
"""

# pathlib's own calls would show among those that are watched.
# ruff: noqa: PTH100, PTH103, PTH105, PTH109, PTH112, PTH113, PTH117, PTH118, PTH119, PTH120, PTH123

from __future__ import annotations

import _thread
import atexit
import contextlib
import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess  # nosec B404  # to see what others start by it
import sys
import sysconfig
import tempfile
import threading
import types
from typing import Any, Callable, Iterator  # noqa: UP035  # collections.abc's are no generics in 3.8

SCHEMA = "dynamic.recording/2"
CHILD = "DYNAMIC_RECORD_CHILD"
HELD_PATH = "DYNAMIC_RECORD_PYTHONPATH"
_MONITORING = sys.version_info >= (3, 12)
_HERE = os.path.realpath(__file__)


def _folders(*paths: str) -> tuple[str, ...]:
    return tuple({kind(path) + os.sep for path in paths for kind in (os.path.abspath, os.path.realpath)})


def _pytest_folders() -> tuple[str, ...]:
    """Return where pytest lies, if this process has loaded it."""
    if not _PYTEST:
        files = [getattr(sys.modules.get(name), "__file__", None) for name in ("_pytest", "pluggy")]
        _PYTEST.extend(folder for file in files if file for folder in _folders(os.path.dirname(file)))
    return tuple(_PYTEST)


_PYTEST: list[str] = []
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
# Packages whose code that is not Python opens no file by itself.
_OPENS_NOTHING = frozenset(
    (
        "_yaml",
        "charset_normalizer",
        "coverage",
        "hypothesis",
        "markupsafe",
        "msgpack",
        "numpy",
        "pydantic_core",
        "rpds",
        "yaml",
    )
)
# Who names one of these may see the size or age of a file that it does not open.
_SIZES = frozenset(("stat", "lstat", "fstat", "getsize", "getmtime", "getctime", "st_size", "st_mtime", "scandir"))
_START_RAW_THREAD = _thread.start_new_thread
_NEW_PROCESS = subprocess.Popen.__init__
_PASSED = (0, 5)  # 5: no test was collected, which Pants counts as success too


class Recorder:
    """What one process executes below ``root``, from now on."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root) + os.sep
        self._roots = (self.root, os.path.abspath(root) + os.sep)
        self.codes: dict[int, types.CodeType] = {}  # by identity: equal code of two files is two functions
        self.whole: dict[str, str] = {}
        self.hazards: dict[str, None] = {}
        self.blind: dict[str, None] = {}
        self.read: set[str] = set()
        self.asked: dict[int, types.CodeType] = {}
        self.on = True
        self._start = os.getcwd()
        self._children = ""
        self._tokens: set[str] = set()
        self._started_children: set[str] = set()
        self._inside: dict[str, str] = {}
        self._profilers: list[Any] = []
        self._main: Any = None
        self._tool = -1
        self._handlers: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "open": self._opened,
            "object.__getattr__": self._attribute_read,
            "subprocess.Popen": self._popen,
            "os.posix_spawn": lambda args: self._popen((args[0], args[1], None, args[2])),
            "os.exec": lambda args: self._started(args[0], ("exec",)),
            "os.spawn": lambda args: self._started(args[1], args[2]),
            "os.system": lambda args: self._started("sh", ("-c", args[0])),
            "os.fork": lambda _: self.hazard("it forks, and what the child executes is not seen"),
            "os.forkpty": lambda _: self.hazard("it forks, and what the child executes is not seen"),
            "os.link": lambda args: self._renamed(args[0]),
            "os.rename": lambda args: self._renamed(args[0]),
            "os.symlink": lambda args: self._read(args[0]),
            "sqlite3.connect": lambda args: self._read(args[0]),
            "ctypes.dlopen": lambda _: self.blinded("it loads code by ctypes, and what that reads is not seen"),
            "gc.get_referents": self._looked,
            "gc.get_referrers": self._looked,
            "gc.get_objects": self._looked,
            "cpython.PyInterpreterState_New": lambda _: self.hazard("it starts another interpreter"),
            "sys.monitoring.register_callback": lambda _: self._watched(),
        }
        if not _MONITORING:
            self._handlers["sys.setprofile"] = lambda _: self._profiled()
        for name, path in self._modules():
            self.whole[path] = f"{name} was imported before the recording began"
        sys.addaudithook(self._audit)
        self._follow_processes()
        if _MONITORING:
            self._monitor()
        else:
            self._main = self._profile()
            threading.setprofile(self._first_call_of_thread)
            _thread.start_new_thread = self._start_raw_thread

    def hazard(self, why: str) -> None:
        """Note why what was recorded is not all that the tests depend on."""
        self.hazards.setdefault(why)

    def blinded(self, why: str) -> None:
        """Note why the files of data that were read are not all that the tests depend on."""
        self.blind.setdefault(why)

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
        named = os.path.abspath(os.path.join(self._start, filename))
        real = os.path.realpath(named)
        if real in (_HERE, os.path.join(os.path.dirname(_HERE), "children", "sitecustomize.py")):
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
        name, mode = args[0], args[1]
        if not isinstance(name, (str, bytes)):
            return
        name = os.fsdecode(name)
        if not name.endswith(".py"):
            if mode is None and not os.path.isabs(name) and not _is_library(_caller(2)):
                self.blinded("it opens files relative to a folder, which does not show")
            self._read(name)
            return
        path = self.inside(os.path.abspath(name))
        if path and path not in self.whole and not _to_execute(_caller(2)):
            self.whole[path] = "it is read as text"

    def _read(self, name: Any) -> None:
        if isinstance(name, (str, bytes)):
            path = self.inside(os.path.abspath(os.fsdecode(name)))
            if path and not path.endswith((".py", ".pyc")):
                self.read.add(path)

    def _renamed(self, source: Any) -> None:
        path = self.inside(os.path.abspath(os.fsdecode(source)))
        if path and os.path.isdir(self.root + path):
            self.hazard("it renames folders of the repository")
        elif path.endswith(".py"):
            self.whole.setdefault(path, "it gets another name")
        elif path:
            self.read.add(path)

    def _looked(self, _: tuple[Any, ...]) -> None:
        frame = _caller(2)
        if frame is None or not _is_hypothesis(frame.f_code.co_filename):  # it counts who holds a source of chance
            self.hazard("it looks into objects past their attributes")

    def _attribute_read(self, args: tuple[Any, ...]) -> None:
        if not isinstance(args[0], types.FunctionType):
            return
        if args[1] in ("__defaults__", "__kwdefaults__"):
            self._asked_for_defaults(args[0])
            return
        if args[1] != "__code__":
            return
        reader = sys._getframe(2).f_code.co_filename
        if reader == __file__ or _reads_signatures(reader):
            return
        if path := self.inside(args[0].__code__.co_filename):
            self.whole.setdefault(path, "a function's bytecode is read")

    def _asked_for_defaults(self, function: types.FunctionType) -> None:
        code = function.__code__  # an event of its own, whose reader is this file
        self.asked[id(code)] = code

    def _popen(self, args: tuple[Any, ...]) -> None:
        token = args[3].get(CHILD) if isinstance(args[3], dict) else None
        if token in self._tokens:
            self._started_children.add(token)
            return
        words = args[1] if isinstance(args[1], (list, tuple)) else (args[1],)
        self._started(args[0] or (words[0] if words else ""), words)

    def _started(self, program: Any, words: Any) -> None:
        self.blinded("it starts processes, and what they read is not seen")
        try:
            said = [os.fsdecode(word) for word in words]
            name = os.path.basename(os.fsdecode(program))
        except TypeError:
            said, name = [], ""
        sources = (self.root.rstrip(os.sep), ".py")
        if name not in _HARMLESS or any(source in word for word in said[1:] for source in sources):
            self.hazard(f"it starts processes ({name or 'unknown'}), and what they execute is not seen")

    def _follow_processes(self) -> None:
        recorder = self

        @functools.wraps(_NEW_PROCESS)
        def started(process: Any, args: Any, *rest: Any, **named: Any) -> None:
            if recorder.on and not rest and _follows_us(args, named):
                with contextlib.suppress(OSError, TypeError, ValueError):  # what is wrong is the test's to be told
                    named["env"] = recorder._environment(named.get("env"))
            _NEW_PROCESS(process, args, *rest, **named)

        subprocess.Popen.__init__ = started  # type: ignore[assignment, method-assign]

    def _environment(self, given: Any) -> dict[str, str]:
        """Return the environment of a Python process with what makes it record itself."""
        if not self._children:
            self._children = tempfile.mkdtemp(prefix="dynamic-recording-")
            with open(os.path.join(self._children, "root"), "w", encoding="utf-8") as file:
                file.write(self.root)
        held = {
            os.fsdecode(name): os.fsdecode(value) for name, value in (os.environ if given is None else given).items()
        }
        token = os.path.join(self._children, str(len(self._tokens)))
        self._tokens.add(token)
        held.pop(HELD_PATH, None)
        if "PYTHONPATH" in held:
            held[HELD_PATH] = held["PYTHONPATH"]
        paths = (os.path.join(os.path.dirname(_HERE), "children"), held.get("PYTHONPATH", ""))
        return {
            **held,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            CHILD: token,
        }

    def _children_files(self) -> dict[str, dict[str, Any]]:
        """Return what the processes executed that were followed; one that left nothing is a hazard."""
        found: dict[str, dict[str, Any]] = {}
        for token in sorted(self._started_children):
            try:
                with open(token, encoding="utf-8") as file:
                    document = json.load(file)
            except (OSError, ValueError):
                self.hazard("it starts processes (python), and one of them did not tell what it executes")
                continue
            for name, known in (("hazards", self.hazards), ("blind", self.blind)):
                known.update(dict.fromkeys(document[name]))
            for path, seen in document["files"].items():
                found[path] = _joined(found[path], seen) if path in found else seen
        return found

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
        self._note_native_code()
        self.on = False
        subprocess.Popen.__init__ = _NEW_PROCESS  # type: ignore[method-assign]

    def _note_native_code(self) -> None:
        for name, module in list(sys.modules.items()):
            file = module.__dict__.get("__file__") if isinstance(module, types.ModuleType) else None
            if isinstance(file, str) and file.endswith((".so", ".pyd", ".dylib")):
                library = not os.path.realpath(file).startswith(_STDLIB) or "-packages" in file
                if library and name.partition(".")[0] not in _OPENS_NOTHING:
                    self.blinded(f"it loads {name}, whose code may open files unseen")

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
        ran = self._by_file(self.codes)
        asked = self._by_file(self.asked)
        for name, path in self._modules():
            if path not in ran:
                self.whole.setdefault(path, f"{name} was loaded in a way that was not seen")
        for path in self.read:
            if os.path.isfile(self.root + path):
                self.whole.setdefault(path, "it is read")
        if any(_shows_sizes(code) for code in list(self.codes.values()) if self.inside(code.co_filename)):
            self.blinded("it can see the size of a file that it does not open")
        found = {
            path: {
                "blob": _blob(self.root + path),
                "ran": sorted(ran.get(path, ())),
                "asked": sorted(asked.get(path, ())),
                "whole": self.whole.get(path, ""),
            }
            for path in sorted({*ran, *asked, *self.whole})
        }
        for path, seen in self._children_files().items():
            found[path] = _joined(found[path], seen) if path in found else seen
        if self._children:
            shutil.rmtree(self._children, ignore_errors=True)
        return found

    def _by_file(self, codes: dict[int, types.CodeType]) -> dict[str, set[tuple[str, int]]]:
        found: dict[str, set[tuple[str, int]]] = {}
        for code in list(codes.values()):
            if path := self.inside(code.co_filename):
                name = getattr(code, "co_qualname", "") or (code.co_name if code.co_name == "<module>" else "")
                found.setdefault(path, set()).add((name, code.co_firstlineno))
        return found

    def document(self) -> dict[str, Any]:
        """Return what was recorded, as plain values."""
        files = self.files()  # first, since it finds hazards
        return {"schema": SCHEMA, "files": files, "hazards": list(self.hazards), "blind": list(self.blind)}


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return what two processes saw of one file; contents that differ have no name."""
    lists = {name: sorted({(held[0], held[1]) for held in (*one[name], *other[name])}) for name in ("ran", "asked")}
    return {
        "blob": one["blob"] if one["blob"] == other["blob"] else "",
        **lists,
        "whole": one["whole"] or other["whole"],
    }


def _shows_sizes(code: types.CodeType) -> bool:
    words = {constant for constant in code.co_consts if isinstance(constant, str)}
    return not _SIZES.isdisjoint(code.co_names) or not _SIZES.isdisjoint(words)


def _follows_us(args: Any, named: dict[str, Any]) -> bool:
    """Say whether a process to start is this very Python, and heeds its environment."""
    if not isinstance(args, (list, tuple)) or not args or any(map(named.get, ("shell", "executable", "preexec_fn"))):
        return False
    try:
        words = [os.fsdecode(word) for word in args]
    except TypeError:
        return False
    if os.sep not in words[0] or not sys.executable or os.path.realpath(words[0]) != os.path.realpath(sys.executable):
        return False
    return _heeds_environment(words[1:])


def _heeds_environment(words: list[str]) -> bool:
    """Say whether Python's own options leave it its environment: none of -I, -E and -S stands before the program."""
    options = iter(words)
    for word in options:
        if word == "-" or word[:1] != "-":
            return True
        if word.startswith("--"):
            next(options, "")  # the only one has a value
            continue
        letters = word[1:]
        told = next((place for place, letter in enumerate(letters) if letter in "cmWX"), len(letters))
        if not set("IES").isdisjoint(letters[:told]):
            return False
        if letters[told : told + 1] in ("c", "m"):
            return True
        if letters[told:] in ("W", "X"):
            next(options, "")
    return True


def start_child(token: str) -> None:
    """Record this process from now on, and leave what it executed at ``token`` when it ends."""
    with open(os.path.join(os.path.dirname(token), "root"), encoding="utf-8") as file:
        recorder = Recorder(file.read())
    owner = os.getpid()

    def leave() -> None:
        if os.getpid() == owner:
            recorder.stop()
            document = recorder.document()
            with open(f"{token}.part", "w", encoding="utf-8") as file:
                json.dump(document, file)
            os.replace(f"{token}.part", token)

    atexit.register(leave)  # the first to register is the last to be called


def _caller(depth: int) -> Any:
    """Return the frame that many calls up; None where Python itself, and no code of Python, is what calls."""
    try:
        return sys._getframe(depth + 1)
    except ValueError:
        return None


def _to_execute(frame: Any) -> bool:
    """Say whether ``frame`` opens a source to execute it, to show it in pytest's own words, or to draw lots from it."""
    if frame is None:
        return True  # the interpreter opens the program that it was told to run
    code = frame.f_code
    if code.co_filename.startswith("<frozen importlib") and code.co_name == "get_data":
        return bool(frame.f_back.f_code.co_name == "get_code")
    if code.co_filename.endswith("runpy.py") and code.co_name == "_get_code_from_file":
        return True
    while frame.f_back is not None and _is_reader(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(_pytest_folders()) or _is_hypothesis(frame.f_code.co_filename)


def _is_hypothesis(filename: str) -> bool:
    """Say whether a file is Hypothesis's, which reads sources for constants to draw.

    What it draws is left to chance anyway, and what the test executes with it is recorded.
    """
    return f"{os.sep}hypothesis{os.sep}" in filename and "-packages" in filename


def _is_library(frame: Any) -> bool:
    """Say whether the standard library asks, which opens relative to a folder in order to delete."""
    return frame is None or os.path.realpath(frame.f_code.co_filename) == os.path.realpath(shutil.__file__)


def _is_reader(filename: str) -> bool:
    stem = os.path.basename(filename)
    stem = stem[:-3] if stem.endswith(".py") else stem.strip("<>").rpartition(" ")[2]
    return stem in _READERS and (
        filename.startswith(("<frozen", *_STDLIB)) or os.path.realpath(filename).startswith(_STDLIB)
    )


def _reads_signatures(filename: str) -> bool:
    """Say whether the reader of a function's ``__code__`` looks at its parameters only."""
    if filename.startswith(_pytest_folders()) or _is_hypothesis(filename):
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

    def pytest_sessionfinish(self, session: Any, exitstatus: Any) -> None:
        if session.config is self.config:
            self.exit_status = int(exitstatus)

    def pytest_unconfigure(self, config: Any) -> None:
        if config is self.config:
            self.recorder.stop()
            self._write()

    def _write(self) -> None:
        document = {
            **self.recorder.document(),
            "python": platform.python_version(),
            "platform": f"{sys.platform}-{platform.machine()}",
            "tests": sorted(self.tests),
            "exit_status": self.exit_status,
            "passed": self.exit_status in _PASSED,
        }
        os.makedirs(os.path.dirname(self.output), exist_ok=True)
        temporary = f"{self.output}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(document, file, sort_keys=True)
        os.replace(temporary, self.output)


def _last(hook: Any) -> None:
    """Mark ``hook`` as one to be called after those of all other plugins."""
    import pytest  # not at the top: a process that is followed need not have it

    pytest.hookimpl(trylast=True)(hook)


_plugin = None
if __name__ == "dynamic_recorder" and (_output := os.environ.get("DYNAMIC_RECORD", "")):
    _last(Plugin.pytest_sessionfinish)
    _last(Plugin.pytest_unconfigure)
    _plugin = Plugin(Recorder(os.environ.get("DYNAMIC_RECORD_ROOT", "") or os.getcwd()), _output)


def pytest_configure(config: Any) -> None:
    if _plugin is not None and _plugin.config is None:
        config.pluginmanager.register(_plugin, "dynamic-recording")
