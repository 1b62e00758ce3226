from __future__ import annotations

from pathlib import Path

import pytest
from pants.backend.project_info import dependents
from pants.backend.project_info.dependents import Dependents, DependentsRequest
from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.target_types import (
    PythonFilesGeneratorSettingsRequest,
    PythonSourcesGeneratorTarget,
    PythonTestsGeneratorTarget,
)
from pants.backend.python.target_types_rules import python_files_generator_settings
from pants.core import target_types
from pants.core.target_types import ResourceSourceField
from pants.core.util_rules import source_files
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.addresses import Address, Addresses
from pants.engine.rules import QueryRule
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    SourcesField,
    TargetFilesGeneratorSettingsRequest,
)
from pants.engine.unions import UnionRule
from pants.testutil.rule_runner import RuleRunner, engine_error

from opencl import register
from opencl.inference import MissingKernelError
from opencl.parse import includes, python_references

KERNELS = {
    "kernels/BUILD": "opencl_sources(sources=['**/*.cl', '**/*.h'])",
    "kernels/precision.h": "",
    "kernels/rolling/window.h": '#include "precision.h"',
    "kernels/rolling/sma.cl": '#include "window.h"\n',
    "kernels/rolling/max.cl": '#include "window.h"\n#include "precision.h"\n',
}


@pytest.fixture
def runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *register.rules(),
            *dependents.rules(),
            *source_files.rules(),
            *target_types.rules(),
            *PythonInferSubsystem.rules(),
            python_files_generator_settings,  # without Python's own inference, which builds a pex
            UnionRule(TargetFilesGeneratorSettingsRequest, PythonFilesGeneratorSettingsRequest),
            QueryRule(Addresses, [DependenciesRequest]),
            QueryRule(Dependents, [DependentsRequest]),
            QueryRule(SourceFiles, [SourceFilesRequest]),
        ],
        target_types=[*register.target_types(), PythonSourcesGeneratorTarget, PythonTestsGeneratorTarget],
    )
    runner.write_files(KERNELS)
    return runner


def address(path: str) -> Address:
    """Return a file's address; its BUILD stands in the topmost folder."""
    folder, _, file = path.partition("/")
    return Address(folder, relative_file_path=file)


def python(runner: RuleRunner, source: str, path: str = "app/main.py") -> Address:
    target = "python_tests" if "test_" in path else "python_sources"
    runner.write_files({"app/BUILD": f"{target}()", path: source})
    return address(path)


def dependencies(runner: RuleRunner, of: Address) -> set[str]:
    request = DependenciesRequest(runner.get_target(of)[Dependencies])
    return {each.filename for each in runner.request(Addresses, [request])}


def test_an_include_is_sought_beside_the_file_and_then_from_the_root(runner: RuleRunner) -> None:
    assert dependencies(runner, address("kernels/rolling/window.h")) == {"kernels/precision.h"}
    runner.write_files({"kernels/rolling/precision.h": ""})
    assert dependencies(runner, address("kernels/rolling/window.h")) == {"kernels/rolling/precision.h"}


def test_a_deleted_header_is_an_error_that_names_file_line_include_and_next_step(runner: RuleRunner) -> None:
    kernel = address("kernels/rolling/max.cl")
    assert dependencies(runner, kernel) == {"kernels/rolling/window.h", "kernels/precision.h"}
    Path(runner.build_root, "kernels/precision.h").unlink()
    runner.write_files({"kernels/notes.txt": ""})  # tells the runner that the folder changed
    with engine_error(
        MissingKernelError,
        contains='kernels/rolling/max.cl:2: #include "precision.h" is owned by no opencl_source: '
        "create kernels/rolling/precision.h or kernels/precision.h under an `opencl_sources` target",
    ):
        dependencies(runner, kernel)


def test_a_header_without_a_target_is_missing_too(runner: RuleRunner) -> None:
    runner.write_files({"kernels/BUILD": "opencl_sources(sources=['**/*.cl', 'rolling/*.h'])"})
    with engine_error(MissingKernelError, contains="window.h:1"):
        dependencies(runner, address("kernels/rolling/window.h"))


def test_an_edit_of_a_kernel_reaches_only_its_users_and_of_a_shared_header_all(runner: RuleRunner) -> None:
    runner.write_files(
        {
            "app/BUILD": "python_sources()\npython_tests(name='tests')",
            "app/sma.py": "load_kernel('rolling/sma')",
            "app/test_max.py": "KERNEL = 'rolling/max.cl'",
            "app/none.py": "",
        }
    )

    def users(path: str) -> set[str]:
        request = DependentsRequest([address(path)], transitive=True, include_roots=False)
        return {each.filename for each in runner.request(Dependents, [request]) if each.is_file_target}

    assert users("kernels/rolling/sma.cl") == {"app/sma.py"}
    assert users("kernels/rolling/max.cl") == {"app/test_max.py"}
    assert users("kernels/rolling/window.h") == {
        "kernels/rolling/sma.cl",
        "kernels/rolling/max.cl",
        "app/sma.py",
        "app/test_max.py",
    }


def test_two_files_may_use_one_kernel(runner: RuleRunner) -> None:
    for path in ("app/a.py", "app/b.py"):
        assert dependencies(runner, python(runner, "load_kernel('rolling/sma')", path)) == {"kernels/rolling/sma.cl"}


def test_a_load_of_no_kernel_is_an_error_and_a_bare_literal_is_not(runner: RuleRunner) -> None:
    assert dependencies(runner, python(runner, "a = 'rolling/gone.cl'")) == set()
    with engine_error(
        MissingKernelError,
        contains="app/main.py:2: the kernel rolling/gone.cl is owned by no opencl_source: "
        "create kernels/rolling/gone.cl under",
    ):
        dependencies(runner, python(runner, "\nload_kernel('rolling/gone')"))


def test_the_root_is_an_option(runner: RuleRunner) -> None:
    runner.set_options(["--opencl-root=gpu"])
    runner.write_files({"gpu/BUILD": "opencl_sources()", "gpu/sma.cl": ""})
    assert dependencies(runner, python(runner, "load_kernel('sma')")) == {"gpu/sma.cl"}


def test_a_kernel_is_packaged_as_a_resource(runner: RuleRunner) -> None:
    kernel = runner.get_target(address("kernels/rolling/sma.cl"))
    request = SourceFilesRequest([kernel[SourcesField]], for_sources_types=(ResourceSourceField,), enable_codegen=True)
    assert runner.request(SourceFiles, [request]).files == ("kernels/rolling/sma.cl",)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('#include "a.h"', [("a.h", 1)]),
        ('/* two\nlines */\n\t#  include\t"../b.h"', [("../b.h", 3)]),
        ('// #include "a.h"\n/*\n#include "b.h"\n*/', []),
        ('const char *s = "//"; /* "\n#include "a.h"\n" */\n#include "b.h"', [("b.h", 4)]),
        ("#include <math.h>\n#include MACRO", []),
    ],
)
def test_includes_are_read_outside_of_comments(source: str, expected: list[tuple[str, int]]) -> None:
    assert [(each.name, each.line) for each in includes(source.encode())] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("load_kernel('a/b')", [("a/b.cl", True)]),
        ("kernels.load_kernel(  # why\n    'a/'\n    'b',\n)", [("a/b.cl", True)]),
        ("load_kernel('a/b', elsewhere)", [("a/b.cl", False)]),
        ("x = r'a/b.cl'", [("a/b.cl", False)]),
        ("x = f'a/b.cl', f'{load_kernel}', f'a/' 'b.cl', b'a/b.cl'", []),
        ("load_kernel(name); load_kernel('a' + name); load_kernel(f'a/{name}')", []),
        ("# load_kernel('a/b')\n\"load_kernel('a/b')\"", []),
        ("match x:\n    case 1:\n        load_kernel('a/b')", [("a/b.cl", True)]),
        ("load_kernel('a/b'\n", []),
        ("x = (\n  'a.cl", []),
    ],
)
def test_python_names_kernels_in_plain_literals(source: str, expected: list[tuple[str, bool]]) -> None:
    assert [(each.name, each.required) for each in python_references(source.encode())] == expected
