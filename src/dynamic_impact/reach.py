"""How far an edited option goes: a table from what a configuration file sets to what that can change."""

import re
from dataclasses import dataclass
from functools import cache

_LINTERS = (
    "add-trailing-comma|autoflake|bandit|black|buf|clang-format|docformatter|flake8|google-java-format|hadolint|isort"
    "|ktlint|pydocstyle|pylint|pyupgrade|regex-lint|ruff|scalafmt|semgrep|shellcheck|shfmt|yamllint|yapf"
)
_CHECKERS = "mypy|pyright|pytype"
# Types that no Python runs or packs: what reads Python all the same depends on a target that is.
_NO_PYTHON = (
    r"files?|resources?|relocated_files|archive|target|docker_\w+|shell_\w+|shunit2_\w+|\w*shell_command|go_\w+"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """What an edit can change.

    Parameters
    ----------
    told : for a person
    goals : goals that must judge every target anew, though no test can tell
    kinds : pattern of whole target types; targets of these types are touched
    tests : bool, all tests are touched, of whatever type
    graph : bool, the edit shows in the targets themselves: the base's must be read, to be compared
    locks : lockfiles whose users are touched
    listed : bool, a list of requirements, which is compared line by line where the graph knows it as one
    everything : bool, nothing is known of it, or it can change anything
    """

    told: str
    goals: tuple[str, ...] = ()
    kinds: str = ""
    tests: bool = False
    graph: bool = False
    locks: tuple[str, ...] = ()
    listed: bool = False
    everything: bool = False

    def touches(self, kind: str, *, is_test: bool) -> bool:
        """Say whether a target of type ``kind`` is touched."""
        return (self.tests and is_test) or bool(self.kinds and re.fullmatch(self.kinds, kind))


NOTHING = Reach("nothing")
LINT = Reach("lint", goals=("lint",))
CHECK = Reach("check", goals=("check",))
PYTHON_TESTS = Reach("Python tests", kinds="python_tests?")
TESTS = Reach("tests", tests=True)
PYTHON = Reach("Python targets", kinds=rf"(?!({_NO_PYTHON})$).+", graph=True)
SHELL = Reach("shell targets", kinds=r"shell_\w+|shunit2_\w+|\w*shell_command", graph=True)
DOCKER = Reach("Docker images", kinds=r"docker_\w+", graph=True)
# A macro, an ignored file, how imports are found: all that they do is to define other targets.
TARGETS = Reach("the targets that it defines otherwise", graph=True)
REQUIREMENTS = Reach("the requirements that it lists otherwise", graph=True, listed=True)
EVERYTHING = Reach("everything", everything=True)

# What an option is called, and how far it goes; the first row that matches whole counts. An option of `pants.toml` is
# called "[section].name", a table of `pyproject.toml` "[tool.name]". What stands in no row can change anything.
OPTIONS = (
    (
        r"\[(anonymous-telemetry|cli|debugpy|generate-lockfiles|ipython|stats|tailor|twine|update-build-files)\].*",
        NOTHING,
    ),
    (
        r"\[GLOBAL\]\.(colors|dynamic_ui(_renderer)?|ignore_warnings|level|log_levels_by_target|log_show_rust_3rdparty"
        r"|logdir|pantsd(_invalidation_globs|_max_memory_usage)?|print_stacktrace|show_log_target)",
        NOTHING,
    ),
    (r"\[GLOBAL\]\.build_file_prelude_globs", TARGETS),
    (rf"\[({_LINTERS}|fix|fmt|lint)\].*", LINT),
    (rf"\[({_CHECKERS}|check)\].*", CHECK),
    (r"\[(pytest|coverage-py)\].*", PYTHON_TESTS),
    (r"\[test\]\.(open_coverage|output|show_rerun_command)", NOTHING),
    (r"\[test\].*", TESTS),
    (r"\[python-infer\].*", TARGETS),
    (r"\[python\]\.tailor_\w+", NOTHING),
    (r"\[python(\.resolves\w*)?\].*", PYTHON),
    (r"\[docker(\.\w+)?\].*", DOCKER),
    (r"\[(shell-setup|shunit2)\].*", SHELL),
    (rf"\[tool\.({_LINTERS})\]", LINT),
    (rf"\[tool\.({_CHECKERS}|pydantic-mypy)\]", CHECK),
    (r"\[tool\.(coverage|pytest)\]", PYTHON_TESTS),
    (r"\[(project\.(optional-)?dependencies|tool\.poetry\.(dev-)?dependencies|tool\.poetry\.group)\]", REQUIREMENTS),
)

# Files that tools read by their place, without a target that owns them.
PLACES = (
    (r"\.(bandit|flake8|isort\.cfg|pylintrc|ruff\.toml|shellcheckrc)|ruff\.toml", LINT),
    (r"mypy\.ini", CHECK),
    (r"\.coveragerc|pytest\.ini", PYTHON_TESTS),
    (r"\.gitignore", TARGETS),
    (r"pyproject\.toml|setup\.cfg|tox\.ini", EVERYTHING),
)


def reach_of(option: str) -> Reach:
    """Return how far an edit of ``option`` goes."""
    return _first(OPTIONS, option) or EVERYTHING


@cache
def reach_of_place(name: str) -> Reach | None:
    """Return how far an edit of a file called ``name`` goes beyond its owners; None where its name says nothing."""
    return _first(PLACES, name)


def _first(rows: tuple[tuple[str, Reach], ...], text: str) -> Reach | None:
    return next((reach for pattern, reach in rows if re.fullmatch(pattern, text)), None)
