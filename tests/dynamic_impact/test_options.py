"""How far an edit of a configuration file goes: option by option, table by table, tool by tool."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dynamic_impact.document import plan_document, selection_document
from dynamic_impact.model import Selection
from dynamic_impact.plan import plan
from dynamic_impact.reach import OPTIONS, PLACES, reach_of, reach_of_place
from dynamic_impact.render import remarks
from tests.dynamic_impact.repositories import OneRulePants, Repository, names, select

_KINDS = {
    "test_py.t": "python_test",
    "test_sh.t": "shunit2_test",
    "test_cmd.t": "experimental_test_shell_command",
    "test_odd.t": "odd_test",
    "test_image.t": "go_test",
    "lib.t": "python_source",
    "image.t": "docker_image",
}
ALL = ["test_cmd.t", "test_image.t", "test_odd.t", "test_py.t", "test_sh.t"]


class ManyKinds(OneRulePants):
    """Files of several types; ``test_image.t`` stands on the image."""

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        documents = super().peek(build_root, daemon=daemon)
        held = [f"{name}.lock" for name in ("linter", "odd", "pytest") if (build_root / f"{name}.lock").is_file()]
        return [
            *({"address": f"//{lock}:_", "target_type": "_lockfile", "sources": [lock]} for lock in held),
            *({**item, "target_type": _KINDS.get(item["address"], item["target_type"])} for item in documents),
        ]


TOML = """\
[GLOBAL]
level = "info"
backend_packages = ["pants.backend.python"]

[python.resolves]
user = "user.lock"
linter = "linter.lock"
pytest = "pytest.lock"
odd = "odd.lock"

[ruff]
install_from_resolve = "linter"

[pytest]
install_from_resolve = "pytest"
args = ["-q"]

[odd]
install_from_resolve = "odd"

[bandit]
config = "pyproject.toml"
"""
PYPROJECT = """\
[project]
name = "a"
dependencies = ["web"]

[tool.ruff]
line-length = 100

[tool.pytest.ini_options]
addopts = "-q"

[tool.odd]
x = 1
"""


@pytest.fixture
def configured(repository: Repository) -> Repository:
    repository.commit(
        {
            "pants.toml": TOML,
            "pyproject.toml": PYPROJECT,
            "test_py.t": "",
            "test_sh.t": "\n",
            "test_cmd.t": "\n\n",
            "test_odd.t": "\n\n\n",
            "test_image.t": "image.t\n",
            "image.t": "\n\n\n\n",
            "lib.t": "\n\n\n\n\n",
            **{f"{name}.lock": f"{name}\n" for name in ("user", "linter", "pytest", "odd")},
        }
    )
    return repository


def edited(repository: Repository, file: str, old: str, new: str) -> Selection:
    path = repository.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return select(repository, ManyKinds(), "HEAD")


def section(text: str) -> tuple[str, str, str]:
    return "pants.toml", "[GLOBAL]\n", f"{text}\n[GLOBAL]\n"


@pytest.mark.parametrize(
    ("edit", "tests", "goals"),
    [
        (("pants.toml", "[GLOBAL]\n", "# why\n[GLOBAL]\n\n"), [], []),
        (("pants.toml", '"info"', '"warn"'), [], []),
        (section("[anonymous-telemetry]\nenabled = false\n"), [], []),
        (section("[stats]\nlog = true\n"), [], []),
        (section("[cli.alias]\nall = 'test ::'\n"), [], []),
        (section("[black]\nargs = ['-S']\n"), [], ["lint"]),
        (section("[shellcheck]\nskip = true\n"), [], ["lint"]),
        (section("[mypy]\nargs = ['--strict']\n"), [], ["check"]),
        (("pants.toml", '["-q"]', '["-v"]'), ["test_py.t"], []),
        (section("[coverage-py]\nreport = ['xml']\n"), ["test_py.t"], []),
        (section("[test]\ntimeout_default = 9\n"), ALL, []),
        (section("[test]\noutput = 'all'\n"), [], []),
        (section("[python]\ninterpreter_constraints = ['>=3.9']\n"), ["test_odd.t", "test_py.t"], []),
        (section("[python]\ntailor_test_targets = false\n"), [], []),
        (section("[python-infer]\nstring_imports = true\n"), [], []),
        (section("[docker]\nbuild_args = ['A']\n"), ["test_image.t"], []),
        (section("[docker.registries.one]\naddress = 'a'\n"), ["test_image.t"], []),
        (section("[shell-setup]\nexecutable_search_paths = ['/bin']\n"), ["test_cmd.t", "test_sh.t"], []),
        (section("[shunit2]\nversion = 'x'\n"), ["test_cmd.t", "test_sh.t"], []),
        (("pants.toml", '["pants.backend.python"]', "[]"), ALL, []),
        (section("[python-bootstrap]\nsearch_path = ['<PATH>']\n"), ALL, []),
        (section("[DEFAULT]\nx = 1\n"), ALL, []),
        (section("[some-plugin]\nx = 1\n"), ALL, []),
        (("pants.toml", "[odd]\n", "[odd]\nx = 1\n"), ALL, []),
        (("pyproject.toml", "[tool.ruff]\n", "# why\n[tool.ruff]\n"), [], []),
        (("pyproject.toml", "100", "120"), [], ["lint"]),
        (("pyproject.toml", '"-q"', '"-v"'), ["test_py.t"], []),
        (("pyproject.toml", "x = 1", "x = 2"), ALL, []),
        (("pyproject.toml", '["web"]', '["web", "more"]'), ALL, []),
        (("pyproject.toml", '"a"', '"b"'), ALL, []),
        (("pyproject.toml", "x = 1", "x = "), ALL, ["lint"]),  # and named by bandit
        (("linter.lock", "linter", "linter 2"), [], ["lint"]),
        (("pytest.lock", "pytest", "pytest 2"), ["test_py.t"], []),
        (("odd.lock", "odd", "odd 2"), ALL, []),
        (("user.lock", "user", "user 2"), ALL, []),  # no target holds it
    ],
    ids=lambda value: " ".join(value).replace("\n", " ") if isinstance(value, tuple) else "",
)
def test_an_edit_of_a_configuration_reaches_what_its_row_says_and_no_more(
    configured: Repository, edit: tuple[str, str, str], tests: Sequence[str], goals: Sequence[str]
) -> None:
    if "[python]" in edit[2]:
        # Already a table: TOML allows no second.
        edit = ("pants.toml", "[python.resolves]\n", edit[2].removesuffix("\n[GLOBAL]\n") + "[python.resolves]\n")
    selection = edited(configured, *edit)
    assert names(selection) == sorted(tests)
    assert sorted(selection.anew) == goals
    assert sorted({goal for fallback in selection.fallbacks for goal in fallback.goals}) == goals
    assert any(f.everything and not f.goals for f in selection.fallbacks) == (
        sorted(tests) == ALL and "[test]" not in edit[2]
    ), "what is widened to everything is said"


@pytest.mark.parametrize(
    ("file", "tests", "goals"),
    [
        ("ruff.toml", [], ["lint"]),
        ("sub/.flake8", [], ["lint"]),
        (".bandit", [], ["lint"]),
        (".shellcheckrc", [], ["lint"]),
        ("mypy.ini", [], ["check"]),
        ("pytest.ini", ["test_py.t"], []),
        (".coveragerc", ["test_py.t"], []),
        ("setup.cfg", ALL, []),
        ("tox.ini", ALL, []),
        ("sub/pyproject.toml", ALL, []),
        (".gitignore", [], []),
        (".pants.bootstrap", ALL, []),
        ("pants.ci.toml", ALL, []),
    ],
)
def test_a_new_file_that_a_tool_finds_by_its_place_reaches_what_the_tool_judges(
    configured: Repository, file: str, tests: list[str], goals: list[str]
) -> None:
    configured.write_all({file: "[odd]\nx = 2\n"})
    selection = select(configured, ManyKinds(), "HEAD")
    assert names(selection) == tests
    assert sorted(selection.anew) == goals


def test_the_lint_of_a_linters_new_option_judges_every_target_and_no_test_runs(configured: Repository) -> None:
    selection = edited(configured, *section("[black]\nargs = ['-S']\n"))
    work = plan(selection, ("test", "lint", "check"), {})
    assert [(task.goal, len(task.addresses)) for task in work.tasks] == [("lint", selection.targets_total)]
    document = plan_document(selection, work)
    (fallback,) = document["fallbacks"]
    assert (fallback["path"], fallback["goals"]) == ("pants.toml", ["lint"])
    assert any("for lint only" in remark for remark in remarks(selection))


def test_the_document_shows_each_option_that_changed(configured: Repository) -> None:
    selection = edited(configured, "pants.toml", '"info"\n', '"warn"\ncolors = true\n')
    assert selection_document(selection)["changed"]["options"] == [
        {"file": "pants.toml", "option": "[GLOBAL].colors", "change": "true is new", "reach": "nothing"},
        {"file": "pants.toml", "option": "[GLOBAL].level", "change": '"info" to "warn"', "reach": "nothing"},
    ]


def test_true_is_another_value_than_one(configured: Repository) -> None:
    configured.commit({"pants.toml": "[odd]\nx = 1\n"})
    configured.write_all({"pants.toml": "[odd]\nx = true\n"})
    assert names(select(configured, ManyKinds(), "HEAD")) == ALL


def test_an_option_of_python_that_moves_a_dependency_is_seen_in_the_targets(configured: Repository) -> None:
    class Inferring(ManyKinds):
        """Infers ``lib.t`` for the test of Python where the option says so."""

        def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
            found = super().peek(build_root, daemon=daemon)
            if "string_imports = true" in (build_root / "pants.toml").read_text(encoding="utf-8"):
                next(item for item in found if item["address"] == "test_py.t")["dependencies"] = ["lib.t"]
            return found

    configured.write_all({"pants.toml": TOML + "\n[python-infer]\nstring_imports = true\n"})
    assert names(select(configured, Inferring(), "HEAD")) == ["test_py.t"]
    configured.commit()
    configured.write_all({"pants.toml": TOML})
    assert names(select(configured, Inferring(), "HEAD")) == ["test_py.t"], "and gone again"


class LockedPants(OneRulePants):
    """``pants.toml`` gives the lock of each resolve; ``test_R.t`` uses the resolve R."""

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        found = super().peek(build_root, daemon=daemon)
        for lock in sorted(build_root.glob("*.lock")):
            found.append({"address": f"//:{lock.name}", "target_type": "_lockfile", "sources": [lock.name]})
        for test in (item for item in found if (build_root / f"{item['address'][5:-2]}.lock").is_file()):
            if test["address"].startswith("test_"):
                test["dependencies"] = [f"//:{test['address'][5:-2]}.lock"]
        return found


@pytest.mark.parametrize(
    ("old", "new", "tests"),
    [
        ('one = "one.lock"', 'one = "two.lock"', ["test_one.t", "test_two.t"]),
        ('one = "one.lock"\n', "", ["test_one.t"]),
        ('one = "one.lock"', 'one = "one.lock"\nthree = "two.lock"', ["test_two.t"]),
        ('one = "one.lock"', 'one = "one.lock"\nthree = "missing.lock"', ["test_none.t", "test_one.t", "test_two.t"]),
    ],
    ids=["moved", "dropped", "new", "new without its lock"],
)
def test_an_edited_resolve_reaches_the_users_of_its_locks(
    repository: Repository, old: str, new: str, tests: list[str]
) -> None:
    toml = '[python.resolves]\none = "one.lock"\ntwo = "two.lock"\n'
    users = {"test_one.t": "", "test_two.t": "\n", "test_none.t": "\n\n"}
    repository.commit({"pants.toml": toml, "one.lock": "1", "two.lock": "2", **users})
    repository.write_all({"pants.toml": toml.replace(old, new)})
    assert names(select(repository, LockedPants(), "HEAD")) == tests


def test_build_files_of_another_name_are_compared(repository: Repository) -> None:
    class Declared(OneRulePants):
        def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
            said = (build_root / "TARGETS").read_text(encoding="utf-8")
            return [{**item, "tags": [said]} for item in super().peek(build_root, daemon=daemon)]

    repository.commit({"pants.toml": '[GLOBAL]\nbuild_patterns = ["TARGETS"]\n', "TARGETS": "a", "test_a.t": ""})
    repository.write_all({"TARGETS": "b"})
    assert names(select(repository, Declared(), "HEAD")) == ["test_a.t"]


def test_an_edit_of_the_gitignore_is_seen_in_the_targets_that_it_hides(repository: Repository) -> None:
    class Ignoring(OneRulePants):
        def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
            hidden = (build_root / ".gitignore").read_text(encoding="utf-8").split()
            found = [item for item in super().peek(build_root, daemon=daemon) if item["address"] not in hidden]
            shown = {item["address"] for item in found}
            return [{**item, "dependencies": [d for d in item["dependencies"] if d in shown]} for item in found]

    repository.commit({".gitignore": "", "a.t": "", "test_a.t": "a.t\n", "test_b.t": ""})
    repository.write_all({".gitignore": "a.t\n"})
    assert names(select(repository, Ignoring(), "HEAD")) == ["test_a.t"]


@pytest.mark.parametrize(
    ("before", "after", "read"),
    [("x = 1\n", "x = 2\n", 3), ("x = 1\n", "", 3)],
    ids=["with content", "emptied"],
)
def test_an_init_file_is_compared_since_users_depend_on_it_only_while_it_has_content(
    repository: Repository, before: str, after: str, read: int
) -> None:
    class ByContent(OneRulePants):
        def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
            found = super().peek(build_root, daemon=daemon)
            if (build_root / "__init__.py.t").read_text(encoding="utf-8"):
                next(item for item in found if item["address"] == "test_a.t")["dependencies"] = ["__init__.py.t"]
            return found

    repository.commit({"__init__.py.t": before, "test_a.t": "", "test_b.t": "\n"})
    repository.write_all({"__init__.py.t": after})
    assert names(select(repository, ByContent(), "HEAD")) == ["test_a.t"]


@pytest.mark.parametrize(
    ("held", "new", "compared"),
    [
        ("x/core.py.t", "x/core/__init__.py.t", True),
        ("src/core.py.t", "lib/core.py.t", True),
        ("x/core.py.t", "x/other.py.t", False),
        ("x/web_user.py.t", "x/web.py", True),
        ("x/web_user.py.t", "y/web/a.py", True),
    ],
)
def test_a_new_file_is_compared_where_it_may_take_anothers_name(
    repository: Repository, held: str, new: str, *, compared: bool
) -> None:
    class Requiring(OneRulePants):
        def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
            wanted = {"address": "//:web", "target_type": "python_requirement", "requirements": ["python-web==1"]}
            return [*super().peek(build_root, daemon=daemon), wanted]

    repository.commit({held: ""})
    repository.write_all({new: "new\n"})
    pants = Requiring()
    select(repository, pants, "HEAD")
    assert (len(pants.reads) == 2) is compared


def test_the_rows_of_reach_are_tried_from_the_top_and_the_unknown_is_everything() -> None:
    assert reach_of("[test].output").told == "nothing"
    assert reach_of("[test].force").told == "tests"
    assert reach_of("[GLOBAL].pants_version").everything
    assert reach_of("[GLOBAL].level_of_something").everything
    assert reach_of_place("notes.md") is None
    assert all(reach.told for _, reach in (*OPTIONS, *PLACES))
