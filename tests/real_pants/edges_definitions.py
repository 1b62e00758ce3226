"""Edge cases of definitions: BUILD files, macros, defaults, rules, and targets of a plugin's type."""

from tests.real_pants.edges import BUILD, CORE, case, delete, replace, write
from tests.real_pants.edges_sources import shell_test

_OTHER = "test_other.py"
_BOTH = "test_core.py test_other.py"
_SRC = 'python_sources(name="src")\n'
_OVERRIDES = {**CORE, "BUILD": _SRC + 'python_tests(name="tests", overrides={"test_core.py": {"timeout": 5}})\n'}
_MACRO = {
    **CORE,
    "//macros/W.py": 'def tests_of_W(timeout):\n    python_tests(name="tests", timeout=timeout)\n',
    "BUILD": _SRC + "tests_of_W(timeout=5)\n",
}
_PARAMETRIZED = {**CORE, "BUILD": _SRC + 'python_tests(name="tests", timeout=parametrize(a=1, b=2))\n'}
_DEFAULTS = {
    "BUILD": '__defaults__({python_tests: {"timeout": 5}})\n',
    "a/BUILD": 'python_tests(name="tests")\n',
    "a/test_core.py": "",
    "b/BUILD": '__defaults__({python_tests: {"timeout": 7}})\npython_tests(name="tests")\n',
    "b/test_other.py": "",
}
_SUB = {
    "BUILD": 'python_sources(name="src", sources=["*.py", "sub/*.py", "!test_*.py"])\npython_tests(name="tests")\n',
    "core.py": "",
    "sub/deep.py": "",
    "test_core.py": "import W.sub.deep\n",
    "test_other.py": "import W.core\n",
}
_EXCLUDED = {
    **CORE,
    "BUILD": _SRC + 'python_tests(name="tests", overrides={"test_other.py": {"dependencies": ["!./core.py:src"]}})\n',
    "test_other.py": "import W.core\n",
}
_ODD = {
    "BUILD": 'odd_thing(name="odd", source="a.odd")\n'
    'odd_thing(name="user", source="b.odd", dependencies=[":odd"])\n'
    + shell_test("smoke", ":user")
    + shell_test("other"),
    "a.odd": "1",
    "b.odd": "2",
}

DEFINITIONS = (
    case("a comment in a BUILD file", CORE, write("BUILD", "# why\n" + BUILD), forbidden=_BOTH),
    case(
        "an edited override",
        _OVERRIDES,
        replace("BUILD", '"timeout": 5', '"timeout": 6'),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "an override of another file",
        _OVERRIDES,
        replace("BUILD", "test_core.py", "test_other.py"),
        required=_BOTH,
    ),
    case(
        "a macro that sets another value",
        _MACRO,
        replace("//macros/W.py", "timeout=timeout", "timeout=timeout + 1"),
        required=_BOTH,
    ),
    case("a comment in a macro", _MACRO, replace("//macros/W.py", "def", "# why\ndef"), forbidden=_BOTH),
    case("a macro called otherwise", _MACRO, replace("BUILD", "timeout=5", "timeout=6"), required=_BOTH),
    case(
        "a source of parametrised tests",
        _PARAMETRIZED,
        write("core.py", "X = 2\n"),
        required="test_core.py@timeout=a test_core.py@timeout=b",
        forbidden="test_other.py@timeout=a test_other.py@timeout=b",
        content=True,
    ),
    case(
        "one parameter of several",
        _PARAMETRIZED,
        replace("BUILD", "b=2", "b=3"),
        required="test_core.py@timeout=b test_other.py@timeout=b",
        forbidden="test_core.py@timeout=a test_other.py@timeout=a",
    ),
    case(
        "a new parameter",
        _PARAMETRIZED,
        replace("BUILD", "b=2", "b=2, c=3"),
        required="test_core.py@timeout=c test_other.py@timeout=c",
        forbidden="test_core.py@timeout=a test_other.py@timeout=a test_core.py@timeout=b test_other.py@timeout=b",
    ),
    case(
        "tests that become parametrised",
        CORE,
        replace("BUILD", '"tests"', '"tests", timeout=parametrize(a=1)'),
        required="test_core.py@timeout=a test_other.py@timeout=a",
    ),
    case(
        "an edited default",
        _DEFAULTS,
        replace("BUILD", "5", "6"),
        required="a/test_core.py",
        forbidden="b/test_other.py",
    ),
    case(
        "a rule of visibility that still allows all",
        {**CORE, "BUILD": BUILD + '__dependents_rules__(("*", "*"))\n'},
        replace("BUILD", '("*", "*")', '("*", "W/*", "*")'),
        forbidden=_BOTH,
    ),
    case(
        "a target moved to another BUILD file",
        _SUB,
        replace("BUILD", '"sub/*.py", ', ""),
        write("sub/BUILD", "python_sources()\n"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a BUILD file above that takes a file over",
        {**_SUB, "sub/BUILD": "python_sources()\n", "BUILD": BUILD},
        delete("sub/BUILD"),
        write("BUILD", _SUB["BUILD"]),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a deleted BUILD file",
        {**_SUB, "sub/BUILD": "python_sources()\n", "BUILD": BUILD},
        delete("sub/BUILD"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a renamed generator",
        CORE,
        replace("BUILD", '"src"', '"lib"'),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a target that becomes one of another type",
        {
            "BUILD": 'file(name="data", source="a.txt")\n' + shell_test("smoke", ":data") + shell_test("other"),
            "a.txt": "1",
        },
        replace("BUILD", "file(", "resource("),
        required=":smoke",
        forbidden=":other",
    ),
    case(
        "a test that is skipped from now on",
        CORE,
        replace("BUILD", '"tests"', '"tests", overrides={"test_core.py": {"skip_tests": True}}'),
        forbidden=_OTHER,
    ),
    case(
        "a test that is no longer skipped",
        {**CORE, "BUILD": _SRC + 'python_tests(name="tests", overrides={"test_core.py": {"skip_tests": True}})\n'},
        write("BUILD", BUILD),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a new tag",
        CORE,
        replace("BUILD", '"tests"', '"tests", overrides={"test_core.py": {"tags": ["slow"]}}'),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a source whose users exclude it",
        _EXCLUDED,
        write("core.py", "X = 2\n"),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "a dependency that is excluded no longer",
        _EXCLUDED,
        write("BUILD", BUILD),
        required=_OTHER,
        forbidden="test_core.py",
    ),
    case(
        "a source that is excluded with all below",
        {**CORE, "BUILD": _SRC + 'python_tests(name="tests", dependencies=["!!./deep.py:src"])\n'}
        | {"core.py": "import W.deep\n", "deep.py": ""},
        write("deep.py", "X = 2\n"),
        allowed="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "a dependency dropped from a BUILD file whose target went too",
        {
            "BUILD": 'file(name="data", source="a.txt")\n' + shell_test("smoke", ":data") + shell_test("other"),
            "a.txt": "1",
        },
        write("BUILD", shell_test("smoke") + shell_test("other")),
        delete("a.txt"),
        required=":smoke",
        forbidden=":other",
    ),
    case("a target of a plugins type", _ODD, write("a.odd", "3"), required=":smoke", forbidden=":other", content=True),
    case(
        "a field of a plugins type",
        _ODD,
        replace("BUILD", 'source="a.odd"', 'source="a.odd", depth=1.5'),
        required=":smoke",
        forbidden=":other",
    ),
)
