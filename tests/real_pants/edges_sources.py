"""Edge cases of sources: how they are edited, moved, imported, generated, linked and staged."""

from tests.real_pants.edges import (
    BUILD,
    CORE,
    case,
    commit_in,
    delete,
    link,
    make_executable,
    move,
    replace,
    stage,
    submodule,
    write,
)

_MORE = "X = 2\n"
_PACKAGE = {
    "BUILD": 'python_tests(name="tests")\n',
    "pkg/BUILD": "python_sources()\n",
    "pkg/__init__.py": "",
    "pkg/mod.py": "X = 1\n",
    "test_core.py": "from W.pkg.mod import X\n",
    "test_other.py": "",
}
_CONFTEST = {
    "a/BUILD": 'python_tests(name="tests")\npython_test_utils(name="utils")\n',
    "a/conftest.py": "X = 1\n",
    "a/test_core.py": "",
    "a/below/BUILD": 'python_tests(name="tests")\n',
    "a/below/test_deep.py": "",
    "b/BUILD": 'python_tests(name="tests")\n',
    "b/test_other.py": "",
}
_RESOURCES = {
    "BUILD": 'resources(name="data", sources=["*.txt"])\npython_sources(name="src", dependencies=[":data"])\n'
    'python_tests(name="tests")\n',
    "core.py": "X = 1\n",
    "one.txt": "1",
    "two.txt": "2",
    "test_core.py": "from W.core import X\n",
    "test_other.py": "",
}


def shell_test(name: str, *dependencies: str) -> str:
    return (
        f'experimental_test_shell_command(name="{name}", command="true", execution_dependencies={list(dependencies)})\n'
    )


_FILES = {
    "BUILD": 'files(name="data", sources=["*.txt"])\n' + shell_test("smoke", ":data") + shell_test("other"),
    "one.txt": "1",
    "two.txt": "2",
}
_OTHER = "test_other.py"
_BOTH = "test_core.py test_other.py"

SOURCES = (
    case("an edited source", CORE, write("core.py", _MORE), required="test_core.py", forbidden=_OTHER, content=True),
    case("a deleted source", CORE, delete("core.py"), required="test_core.py", forbidden=_OTHER),
    case("a renamed source", CORE, move("core.py", "kernel.py"), required="test_core.py", forbidden=_OTHER),
    case(
        "a rename that changes only case", CORE, move("core.py", "Core.py"), required="test_core.py", forbidden=_OTHER
    ),
    case(
        "a source moved to another folder",
        CORE,
        move("core.py", "sub/core.py"),
        write("sub/BUILD", "python_sources()\n"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case("a deleted test", CORE, delete("test_core.py"), forbidden=_OTHER),
    case("an edited test", CORE, write("test_core.py", "\n"), required="test_core.py", forbidden=_OTHER, content=True),
    case("a renamed test", CORE, move("test_core.py", "test_new.py"), required="test_new.py", forbidden=_OTHER),
    case("a new test", CORE, write("test_new.py", ""), required="test_new.py", forbidden=_BOTH),
    case("a new source that nobody imports", CORE, write("new.py", ""), forbidden=_BOTH),
    case(
        "a new source for an import that led nowhere",
        {**CORE, "test_core.py": "from W import late\n"},
        write("late.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a chain of imports",
        {**CORE, "core.py": "import W.b\n", "b.py": "import W.c\n", "c.py": ""},
        write("c.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "two deleted links of a chain",
        {**CORE, "core.py": "import W.b\n", "b.py": "import W.c\n", "c.py": ""},
        delete("b.py"),
        delete("c.py"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "sources that import each other",
        {**CORE, "core.py": "import W.b\n", "b.py": "import W.core\n"},
        write("b.py", "import W.core\n\n"),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "a relative import",
        {**CORE, "test_core.py": "from .core import X\n"},
        write("core.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "an import inside a function",
        {**CORE, "test_core.py": "def test() -> None:\n    import W.core\n"},
        write("core.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "a namespace package over two folders",
        {
            **CORE,
            "ns/one/BUILD": "python_sources()\n",
            "ns/one/a.py": "",
            "ns/two/BUILD": "python_sources()\n",
            "ns/two/b.py": "",
            "test_core.py": "import W.ns.one.a\n",
            "test_other.py": "import W.ns.two.b\n",
        },
        write("ns/one/a.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "an import by a string",
        {**CORE, "sub/BUILD": "python_sources()\n", "sub/core.py": "", "test_core.py": 'NAME = "W.sub.core"\n'},
        write("sub/core.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "an import by a string of what is deleted",
        {**CORE, "sub/BUILD": "python_sources()\n", "sub/core.py": "", "test_core.py": 'NAME = "W.sub.core"\n'},
        delete("sub/core.py"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "an init file that gets content",
        _PACKAGE,
        write("pkg/__init__.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "an init file that loses its content",
        {**_PACKAGE, "pkg/__init__.py": "X = 1\n"},
        write("pkg/__init__.py", ""),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a new init file with content",
        {name: text for name, text in _PACKAGE.items() if "init" not in name},
        write("pkg/__init__.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a deleted init file with content",
        {**_PACKAGE, "pkg/__init__.py": "X = 1\n"},
        delete("pkg/__init__.py"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "an edited conftest",
        _CONFTEST,
        write("a/conftest.py", _MORE),
        required="a/test_core.py a/below/test_deep.py",
        forbidden="b/test_other.py",
        content=True,
    ),
    case(
        "a deleted conftest",
        _CONFTEST,
        delete("a/conftest.py"),
        required="a/test_core.py a/below/test_deep.py",
        forbidden="b/test_other.py",
    ),
    case(
        "a new conftest",
        {**{n: t for n, t in _CONFTEST.items() if "conftest" not in n}, "a/test_utils.py": ""},
        write("a/conftest.py", _MORE),
        required="a/test_core.py a/below/test_deep.py a/test_utils.py",
        forbidden="b/test_other.py",
    ),
    case(
        "an edited resource",
        _RESOURCES,
        write("one.txt", "more"),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case("a deleted resource", _RESOURCES, delete("one.txt"), required="test_core.py", forbidden=_OTHER),
    case("a new resource", _RESOURCES, write("three.txt", "3"), required="test_core.py", forbidden=_OTHER),
    case("an edited file", _FILES, write("one.txt", "more"), required=":smoke", forbidden=":other", content=True),
    case("a deleted file", _FILES, delete("one.txt"), required=":smoke", forbidden=":other"),
    case("a new file", _FILES, write("three.txt", "3"), required=":smoke", forbidden=":other"),
    case("a file of a name with quotes", _FILES, write("it's.txt", "3"), required=":smoke", forbidden=":other"),
    case(
        "what generated code is made from",
        {
            "BUILD": 'file(name="in", source="in.txt")\n'
            'shell_command(name="made", command="cp in.txt out.py", tools=["cp"], execution_dependencies=[":in"], '
            'output_files=["out.py"])\n'
            'python_tests(name="tests", overrides={"test_core.py": {"dependencies": [":made"]}})\n',
            "in.txt": "X = 1\n",
            "test_core.py": "",
            "test_other.py": "",
        },
        write("in.txt", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(  # No `content`: Pants 2.17 itself misses it.
        "the tool that generates code",
        {
            "BUILD": 'python_sources(name="src")\n'
            'adhoc_tool(name="made", runnable="W/tool.py:src", output_files=["out.txt"])\n'
            + shell_test("smoke", ":made")
            + shell_test("other"),
            "tool.py": "X = 1\n",
        },
        write("tool.py", _MORE),
        required=":smoke",
        forbidden=":other",
    ),
    case(
        "a shell source that another sources",
        {
            "BUILD": 'shell_sources(name="src", overrides={"main.sh": {"dependencies": ["./lib.sh:src"]}})\n'
            + shell_test("smoke", "./main.sh:src")
            + shell_test("other"),
            "lib.sh": "x=1\n",
            "main.sh": ". ./lib.sh\n",
        },
        write("lib.sh", "x=2\n"),
        required=":smoke",
        forbidden=":other",
        content=True,
    ),
    case(
        "a file that two targets own",
        {
            "BUILD": 'file(name="one", source="a.txt")\nfile(name="two", source="a.txt")\n'
            + shell_test("first", ":one")
            + shell_test("second", ":two")
            + shell_test("other"),
            "a.txt": "1",
        },
        write("a.txt", "2"),
        required=":first :second",
        forbidden=":other",
        content=True,
    ),
    case("a file that no target owns", {**CORE, "notes.md": ""}, write("notes.md", "more"), forbidden=_BOTH),
    case("a file above the build root", CORE, write("//../W.txt", "more"), forbidden=_BOTH),
    case(
        "a new package that takes a modules name",
        CORE,
        write("core/BUILD", "python_sources()\n"),
        write("core/__init__.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a new module that takes a requirements name",
        {
            **CORE,
            "BUILD": BUILD + 'python_requirement(name="req", requirements=["third_W==1"])\n',
            "test_core.py": "import third_W\n",
            "test_other.py": "",
        },
        write("//src/third_W.py", _MORE),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "what a linked source leads to",
        {**CORE, "real.txt": "X = 1\n", "core.py": ""},
        write("real.txt", _MORE),
        before=(delete("core.py"), link("core.py", "real.txt")),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "what a linked folder leads to",
        {**CORE, "real/core.py": "X = 1\n", "BUILD": BUILD + 'python_sources(name="linked", sources=["sub/*.py"])\n'}
        | {"test_core.py": "import W.sub.core\n"},
        write("real/core.py", _MORE),
        before=(link("sub", "real"),),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a link that leads elsewhere",
        {**CORE, "core.py": "", "one.txt": "", "two.txt": "X = 1\n"},
        delete("core.py"),
        link("core.py", "two.txt"),
        before=(delete("core.py"), link("core.py", "one.txt")),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a source that becomes a link",
        {**CORE, "real.txt": "X = 1\n"},
        delete("core.py"),
        link("core.py", "real.txt"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a source made executable",
        CORE,
        make_executable("core.py"),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "a staged edit",
        CORE,
        write("core.py", _MORE),
        stage("core.py"),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "a staged edit that is edited further",
        CORE,
        write("core.py", _MORE),
        stage("core.py"),
        write("core.py", "X = 3\n"),
        required="test_core.py",
        forbidden=_OTHER,
        content=True,
    ),
    case(
        "a staged edit that is taken back",
        CORE,
        write("core.py", _MORE),
        stage("core.py"),
        write("core.py", CORE["core.py"]),
        forbidden=_BOTH,
    ),
    case(
        "a staged deletion of a file that is there",
        CORE,
        lambda world: world.git("rm", "--quiet", "--cached", str(world.path("core.py"))),
        forbidden=_BOTH,
    ),
    case(
        "an uncommitted edit in a submodule",
        {**CORE, "BUILD": BUILD + 'python_sources(name="mod", sources=["mod/*.py"])\n'}
        | {"test_core.py": "import W.mod.one\n", "test_other.py": "import W.mod.two\n"},
        write("mod/one.py", _MORE),
        before=(submodule("mod", {"one.py": "", "two.py": ""}),),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a bumped submodule",
        {**CORE, "BUILD": BUILD + 'python_sources(name="mod", sources=["mod/*.py"])\n'}
        | {"test_core.py": "import W.mod.one\n", "test_other.py": "import W.mod.two\n"},
        write("mod/one.py", _MORE),
        commit_in("mod"),
        before=(submodule("mod", {"one.py": "", "two.py": ""}),),
        required="test_core.py",
        forbidden=_OTHER,
    ),
    case(
        "a source that git is told to ignore",
        {**CORE, "core.py": "import W.hidden\n", "hidden.py": ""},
        replace("//.gitignore", "/dist/\n", "/dist/\n/W/hidden.py\n"),
        required="test_core.py",
        forbidden=_OTHER,
    ),
)
