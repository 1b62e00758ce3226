"""Edge cases of locks and lists of requirements, in a resolve of each case's own."""

from tests.real_pants.edges import Case, Edit, case, replace, write

_LOCK = """\
parser==3.0 \\
    --hash=sha256:33
    # via web
tool==5.0
    # via -r wanted.txt
web==1.0
    # via -r wanted.txt
"""
_LOCKED = {
    "BUILD": 'python_requirements(name="reqs", source="wanted.txt", resolve="W")\n'
    'python_tests(name="tests", resolve="W")\n',
    "wanted.txt": "web==1.0\ntool==5.0\n",
    "py.lock": _LOCK,
    "test_web.py": "import web\n",
    "test_tool.py": "import tool\n",
    "test_none.py": "",
}
_TWO = {
    **_LOCKED,
    "b/BUILD": 'python_requirement(name="web", requirements=["web==2.0"], resolve="W2")\n'
    'python_tests(name="tests", resolve="W2")\n',
    "b/test_web.py": "import web\n",
    "other.lock": "web==2.0\n    # via -r wanted.txt\n",
}
_NOBODY = "test_web.py test_tool.py test_none.py"


def of_web(name: str, *edit: Edit) -> Case:
    return case(name, _LOCKED, *edit, required="test_web.py", forbidden="test_tool.py test_none.py")


def of_tool(name: str, *edit: Edit) -> Case:
    return case(name, _LOCKED, *edit, required="test_tool.py", forbidden="test_web.py test_none.py")


LOCKS = (
    of_web("a bumped pin", replace("py.lock", "web==1.0", "web==1.1")),
    of_web("a bumped pin below", replace("py.lock", "parser==3.0", "parser==3.1")),
    of_web("a new pin below", replace("py.lock", "tool==", "deep==1\n    # via parser\ntool==")),
    case(
        "a new pin that no test uses",
        _LOCKED,
        replace("py.lock", "tool==", "fresh==1\n    # via -r wanted.txt\ntool=="),
        forbidden=_NOBODY,
    ),
    of_web("a dropped pin below", write("py.lock", _LOCK[_LOCK.index("tool") :])),
    of_web("a pin with another hash", replace("py.lock", "sha256:33", "sha256:34")),
    of_web("a pin with a marker", replace("py.lock", "parser==3.0", 'parser==3.0 ; os_name == "nt"')),
    of_web("a pin with an extra", replace("py.lock", "web==1.0", "web[fast]==1.0")),
    case("a comment in a lock", _LOCKED, write("py.lock", "# made by uv\n" + _LOCK), forbidden=_NOBODY),
    case(
        "a lock in another order",
        _LOCKED,
        write("py.lock", _LOCK[_LOCK.index("tool") :] + _LOCK[: _LOCK.index("tool")]),
        forbidden=_NOBODY,
    ),
    case(
        "a lock of an unknown form",
        _LOCKED,
        write("py.lock", "<html>"),
        required="test_web.py test_tool.py",
        forbidden="test_none.py",
    ),
    case(
        "a lock without its reasons",
        _LOCKED,
        replace("py.lock", "    # via web\n", ""),
        required="test_web.py test_tool.py",
        forbidden="test_none.py",
    ),
    case(
        "another index for all pins",
        _LOCKED,
        write("py.lock", "--index-url https://index.invalid\n" + _LOCK),
        required="test_web.py test_tool.py",
        forbidden="test_none.py",
    ),
    of_tool("a wider requirement", replace("wanted.txt", "tool==5.0", "tool>=5")),
    case("a comment in a list of requirements", _LOCKED, replace("wanted.txt", "web", "# why\nweb"), forbidden=_NOBODY),
    of_tool(
        "a dropped requirement",
        replace("wanted.txt", "tool==5.0\n", ""),
        replace("py.lock", "tool==5.0\n    # via -r wanted.txt\n", ""),
    ),
    case(
        "a new requirement for an import that led nowhere",
        {**_LOCKED, "test_none.py": "import late\n"},
        replace("wanted.txt", "tool", "late==1\ntool"),
        required="test_none.py",
        forbidden="test_web.py test_tool.py",
    ),
    case(
        "a module mapped to another requirement",
        {**_LOCKED, "test_none.py": "import hammer\n"},
        replace("BUILD", 'source="wanted.txt"', 'source="wanted.txt", module_mapping={"tool": ["tool", "hammer"]}'),
        required="test_tool.py test_none.py",
        forbidden="test_web.py",
    ),
    case(
        "one resolve of two",
        _TWO,
        replace("other.lock", "web==2.0", "web==2.1"),
        required="b/test_web.py",
        forbidden=_NOBODY,
    ),
    case(
        "the other resolve of two",
        _TWO,
        replace("py.lock", "web==1.0", "web==1.1"),
        required="test_web.py",
        forbidden="test_tool.py test_none.py b/test_web.py",
    ),
)
