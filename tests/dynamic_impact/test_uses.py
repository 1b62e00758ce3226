"""Who names what changed: each repository is a few lines, and what is to be found was worked by hand."""

from collections.abc import Mapping

import pytest

from dynamic_impact.graph import FILE, Graph, build_graph
from dynamic_impact.model import Affected, Change, FileChange, Selection, Status, Step, Target, Uses
from dynamic_impact.uses import MOST_CHANGED, find_uses

FILES = {
    "a.py": "def spin(x):\n    return x\n\ndef rest(x):\n    return -x\n",
    "b.py": "from a import spin as turn\n\ndef drive(x):\n    return turn(x)\n\ndef wait(x):\n    return x\n",
    "test_spin.py": "import a\n\ndef test_it():\n    assert a.spin(1) == 1\n",
    "test_rest.py": "import a\n\ndef test_it():\n    assert a.rest(1) == -1\n",
    "test_drive.py": "import b\n\ndef test_it():\n    assert b.drive(1) == 1\n",
    "test_wait.py": "import b\n\ndef test_it():\n    assert b.wait(1) == 1\n",
}
NEEDS = {
    "b.py": ("a.py",),
    "test_spin.py": ("a.py",),
    "test_rest.py": ("a.py",),
    "test_drive.py": ("b.py",),
    "test_wait.py": ("b.py",),
}


def graph_of(files: Mapping[str, str], needs: Mapping[str, tuple[str, ...]]) -> Graph:
    return build_graph(
        Target(path, "python_test", (path,), needs.get(path, ()), "", is_test=path.startswith("test"))
        for path in files
        if path.endswith((".py", ".json"))
    )


def uses(old: Mapping[str, str], new: Mapping[str, str], needs: Mapping[str, tuple[str, ...]] = NEEDS) -> Uses:
    """Return what names the difference of two repositories, all of whose files it reaches."""
    graph = graph_of(new, needs)
    changed = tuple(
        FileChange(path, Status.MODIFIED if path in old and path in new else Status.DELETED)
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    )
    change = Change("b", "", "h", "", changed, "a test")
    reached = {item.address: item for item in _reached(graph_of(old, needs), changed)}
    selection = Selection(change, (), (), tuple(reached.values()), (), (), 9, 9, {})
    return find_uses(
        selection,
        graph,
        lambda path: old[path].encode() if path in old else None,
        lambda path: new[path].encode() if path in new else None,
    )


def _reached(graph: Graph, changed: tuple[FileChange, ...]) -> list[Affected]:
    """Return all that stands on ``changed``, by the plainest search there is."""
    paths: dict[str, tuple[Step, ...]] = {FILE + file.path: () for file in changed}
    queue = list(paths)
    while queue:
        cause = queue.pop(0)
        for user in sorted(graph.successors(cause) if cause in graph else ()):
            if user not in paths:
                paths[user] = (*paths[cause], Step(cause, user, ""))
                queue.append(user)
    return [
        Affected(name, "python_test", name.startswith("test"), len(path), path) for name, path in paths.items() if path
    ]


def edited(path: str, old: str, new: str, files: Mapping[str, str] = FILES) -> dict[str, str]:
    assert old in files[path]
    return {**files, path: files[path].replace(old, new)}


def test_tests_are_found_by_the_names_on_the_way_and_the_others_are_not() -> None:
    found = uses(FILES, edited("a.py", "return x", "return x + 1"))
    assert found.tests == {"test_spin.py": 1, "test_drive.py": 2}
    assert found.blocks["a.py"] == {"spin": 0}
    assert found.blocks["b.py"] == {"drive": 1}


def test_a_dropped_decorator_concerns_who_names_the_function() -> None:
    old = {
        "conftest.py": "import pytest\n\n@pytest.fixture\ndef basket():\n    return []\n",
        "test_a.py": "def test_it(basket):\n    assert basket == []\n",
        "test_b.py": "def test_it():\n    assert True\n",
    }
    needs = {"test_a.py": ("conftest.py",), "test_b.py": ("conftest.py",)}
    found = uses(old, edited("conftest.py", "@pytest.fixture\n", "", old), needs)
    assert found.tests == {"test_a.py": 1}
    assert found.blocks["conftest.py"] == {"basket": 0}


def test_a_module_of_another_name_is_not_taken_for_the_changed_one() -> None:
    old = {
        "one.py": "def work():\n    return 1\n",
        "two.py": "def work():\n    return 2\n",
        "test_both.py": "import one\nimport two\n\ndef test_it():\n    assert two.work() and one\n",
        "test_one.py": "import one\nimport two\n\ndef test_it():\n    assert one.work() and two\n",
        "test_lent.py": "from two import work as w\nimport one\n\ndef test_it():\n    assert w() and one\n",
    }
    needs = {name: ("one.py", "two.py") for name in old if name.startswith("test")}
    assert uses(old, edited("one.py", "return 1", "return 3", old), needs).tests == {"test_one.py": 1}


def test_a_star_hands_on_every_name() -> None:
    old = {
        "a.py": "def spin():\n    return 1\n",
        "b.py": "from a import *\n",
        "test_b.py": "import b\n\ndef test_it():\n    assert b.spin()\n",
    }
    found = uses(old, edited("a.py", "return 1", "return 2", old), {"b.py": ("a.py",), "test_b.py": ("b.py",)})
    assert found.tests == {"test_b.py": 1}


def test_an_inherited_method_is_found_by_its_class_and_farther_than_one_that_is_named() -> None:
    old = {
        "base.py": "class Base:\n    def run(self):\n        return 1\n",
        "sub.py": "from base import Base\n\nclass Sub(Base):\n    pass\n",
        "test_base.py": "from base import Base\n\ndef test_it():\n    assert Base().run()\n",
        "test_sub.py": "from sub import Sub\n\ndef test_it():\n    assert Sub().go()\n",
    }
    needs = {"sub.py": ("base.py",), "test_base.py": ("base.py",), "test_sub.py": ("sub.py",)}
    found = uses(old, edited("base.py", "return 1", "return 2", old), needs)
    assert found.tests == {"test_base.py": 1, "test_sub.py": 4}  # run, Base by two, Sub, the test


def test_the_users_of_a_file_that_went_are_found_through_the_base() -> None:
    new = {path: text for path, text in FILES.items() if path != "a.py"}
    assert set(uses(FILES, new).tests) == {"test_spin.py", "test_rest.py", "test_drive.py"}


def test_data_is_meant_by_its_name_and_by_the_words_of_the_changed_lines() -> None:
    old = {
        "rates.json": '{"red": 12,\n"blue": 31}\n',
        "reader.py": "import json\n\ndef rate(name):\n    return json.load(open('rates.json'))[name]\n",
        "test_red.py": "from reader import rate\n\ndef test_it():\n    assert rate('red') == 12\n",
    }
    needs = {"reader.py": ("rates.json",), "test_red.py": ("reader.py",)}
    found = uses(old, edited("rates.json", "12", "13", old), needs)
    assert found.tests == {"test_red.py": 2}
    assert found.blocks["reader.py"] == {"rate": 1}


def test_where_no_test_names_the_change_those_count_that_name_what_it_acts_on() -> None:
    old = {
        "clock.py": "START = 1\n\ndef now():\n    return START\n",
        "conftest.py": "import clock\n\n@autouse\ndef steady(patch):\n    patch.setattr(clock, 'START', 5)\n",
        "test_now.py": "import clock\n\ndef test_it():\n    assert clock.now() == 5\n",
        "test_other.py": "def test_it():\n    assert True\n",
    }
    needs = {
        "conftest.py": ("clock.py",),
        "test_now.py": ("clock.py", "conftest.py"),
        "test_other.py": ("conftest.py",),
    }
    assert set(uses(old, edited("conftest.py", "5", "6", old), needs).tests) == {"test_now.py"}


def test_the_names_go_through_targets_that_hold_no_python() -> None:
    needs = {**NEEDS, "test_spin.py": ("all.json",), "all.json": ("a.py",)}
    old = {**FILES, "all.json": ""}
    assert "test_spin.py" in uses(old, edited("a.py", "return x", "return x + 1", old), needs).tests


def test_a_change_of_very_many_files_and_one_of_everything_name_nothing() -> None:
    many = {f"m{number}.py": "A = 1\n" for number in range(MOST_CHANGED + 1)}
    old = {**many, "test_m.py": "import m0\n\ndef test_it():\n    assert m0.A\n"}
    needs = {"test_m.py": tuple(many)}
    new = {path: text.replace("A = 1", "A = 2") for path, text in old.items()}
    assert uses(old, new, needs) == Uses()
    assert uses(old, {**old, "m0.py": "A = 2\n"}, needs).tests == {"test_m.py": 1}


def test_a_source_that_cannot_be_parsed_only_says_nothing() -> None:
    broken = {**FILES, "test_spin.py": "def spin(:\n"}
    assert uses(broken, edited("a.py", "return x", "return x + 1", broken)).tests == {"test_drive.py": 2}


def test_a_repository_that_is_too_long_to_parse_gives_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    new = edited("a.py", "return x", "return x + 1")
    monkeypatch.setattr("dynamic_impact.files.MOST_PARSED", len(new["a.py"]) + len(FILES["test_spin.py"]))
    assert uses(FILES, new, {**NEEDS, "b.py": ("test_spin.py",)}).tests == {"test_spin.py": 1}
    monkeypatch.setattr("dynamic_impact.files.MOST_READ", 1)
    assert uses(FILES, new).tests == {}
