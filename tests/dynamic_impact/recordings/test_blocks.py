"""The cutting of a module into blocks."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

from hypothesis import given
from hypothesis import strategies as st

from dynamic_impact.recordings import blocks as module
from dynamic_impact.recordings.blocks import MODULE, Blocks, blocks_of, defaults_of

SOURCE = b"""\
import a

@decorate(lambda: 1)
def f(x=1):
    def inner():
        return 2
    return inner

class C:
    def m(self): return 1

    class D:
        async def n(self):
            pass

if a:
    def g(): return 1
else:
    def g(): return 2

try:
    pass
except ValueError:
    def h(): pass

match a:
    case 1:
        def k(): pass
"""


def cut(source: bytes) -> Blocks:
    blocks = blocks_of(source)
    assert blocks is not None
    return blocks


def changed(old: bytes, new: bytes) -> set[str]:
    before, after = cut(old).digests, cut(new).digests
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_each_function_and_method_is_a_block_and_all_else_is_one() -> None:
    assert set(cut(SOURCE).digests) == {MODULE, "f", "C.m", "C.D.n", "g", "h", "k", defaults_of("f")}


def test_a_line_belongs_to_the_outermost_function_around_it() -> None:
    at = cut(SOURCE).at
    assert [at(line) for line in (1, 3, 4, 5, 7, 9, 10, 13, 17, 19, 24, 28)] == [
        MODULE, "f", "f", "f", "f", MODULE, "C.m", "C.D.n", "g", "g", "h", "k",
    ]  # fmt: skip


def test_functions_of_one_name_are_one_block() -> None:
    assert changed(SOURCE, SOURCE.replace(b"def g(): return 2", b"def g(): return 3")) == {"g"}
    assert changed(SOURCE, SOURCE.replace(b"def g(): return 1", b"def g(): return 3")) == {"g"}


def test_what_shows_without_a_call_belongs_to_the_module() -> None:
    for old, new in ((b"x=1", b"x"), (b"lambda: 1", b"lambda: 2"), (b"class D", b"class E"), (b"async def", b"def")):
        assert MODULE in changed(SOURCE, SOURCE.replace(old, new)), new
    assert changed(b"def f():\n    'a'\n    g()\n", b"def f():\n    'b'\n    g()\n") == {MODULE}
    assert changed(b"def f():\n    return 1\n", b"def f():\n    yield 1\n") == {MODULE, "f"}
    assert changed(b"def f():\n    g = lambda: 1\n", b"def f():\n    g = lambda: (yield)\n") == {"f"}


def test_the_order_of_functions_is_the_modules() -> None:
    assert changed(b"def f(): pass\ndef g(): pass\n", b"def g(): pass\ndef f(): pass\n") == {MODULE}


def test_the_values_of_defaults_are_a_block_where_nothing_is_done_to_make_them() -> None:
    for old, new in ((b"1", b"2"), (b"1", b"-1"), (b"1", b"(1, 'a')"), (b"lambda: 1", b"lambda: 2"), (b"{}", b"[]")):
        source = b"A = B = 1\ndef f(a, *, x=" + old + b"): pass\n"
        assert changed(source, source.replace(b"x=" + old, b"x=" + new)) == {defaults_of("f")}, new
    assert changed(b"A = B = 1\ndef f(x=A): pass\n", b"A = B = 1\ndef f(x=B): pass\n") == {defaults_of("f")}
    assert changed(b"def f(x=1, y=2): pass\n", b"def f(x=2, y=1): pass\n") == {defaults_of("f")}
    methods = b"class C:\n  def f(x=1): pass\n", b"class C:\n  def f(x=2): pass\n"
    assert changed(*methods) == {defaults_of("C.f")}


def test_a_default_that_can_fail_or_do_something_or_show_in_a_frame_is_the_modules() -> None:
    for text in (
        b"def f(x=VALUE): pass\nA = B = 1\n",  # bound too late
        b"if A: B = 1\ndef f(x=VALUE): pass\n",
        b"A = B = 1\ndel B\ndef f(x=VALUE): pass\n",
        b"A = B = 1\ndef g():\n  global A\n  del A\ndef f(x=VALUE): pass\n",
        b"A = B = 1\ntry: pass\nexcept E as B: pass\ndef f(x=VALUE): pass\n",
        b"A = B = 1\nglobals().pop('B')\ndef f(x=VALUE): pass\n",
        b"A = B = 1\nclass C:\n  def f(x=VALUE): pass\n",
        b"A: int\nB: int\ndef f(x=VALUE): pass\n",
        b"A = B = 1\ndef f(x=VALUE): yield\n",
        b"A = B = 1\nasync def f(x=VALUE): pass\n",
        b"A = B = 1\ndef f(x=g(VALUE)): pass\n",
        b"A = B = 1\ndef f(x=[*VALUE]): pass\n",
        b"A = B = 1\ndef f(x=VALUE.a): pass\n",
        b"A = B = 1\ndef f(x=(y := VALUE)): pass\n",
        b"A = B = 1\ndef f(x=VALUE + 1): pass\n",
        b"A = B = 1\ndef f(x=-VALUE): pass\n",
        b"A = B = 1\ndef f(x={VALUE: 1}): pass\n",
        b"A = B = 1\ndef f(x=f'{VALUE}'): pass\n",
    ):
        assert MODULE in changed(text.replace(b"VALUE", b"A"), text.replace(b"VALUE", b"B")), text


def test_constants_of_equal_value_and_another_type_differ() -> None:
    for old, new in ((b"1", b"True"), (b"1", b"1.0"), (b"'a'", b"b'a'"), (b"0.0", b"-0.0"), (b"1", b"1j")):
        assert changed(b"def f(): return " + old, b"def f(): return " + new) == {"f"}


def test_what_cannot_be_parsed_has_no_blocks() -> None:
    assert blocks_of(b"def f(:\n") is None
    assert blocks_of(b"\0") is None
    assert blocks_of(b"# coding: none-such\n") is None
    assert blocks_of(b"x = " + b"-" * 100_000 + b"1") is None


@given(st.integers(0, 30), st.text("abc #", max_size=8))
def test_comments_blank_lines_and_spaces_change_no_block(line: int, words: str) -> None:
    lines = SOURCE.split(b"\n")
    lines.insert(min(line, len(lines)), b"  # " + words.encode())
    assert changed(SOURCE, b"\n".join(lines)) == set()


def test_every_code_object_of_this_package_lies_in_the_block_of_its_name() -> None:
    """The compiler's own qualified names are the independent word on where a line belongs."""
    seen = 0
    for path in Path(module.__file__).parent.glob("*.py"):
        blocks = cut(path.read_bytes())
        for name, line in codes(compile(path.read_bytes(), path.name, "exec")):
            block = name.partition(".<locals>")[0]
            if block in blocks.digests:
                seen += 1
                assert blocks.at(line) == block, (path.name, name, line)
    assert seen > 20


def test_the_digests_of_all_blocks_cover_every_node_of_the_tree() -> None:
    """Each constant of the source is in some block: a changed one changes a digest."""
    tree = ast.parse(SOURCE)
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            count += 1
            kept, node.value = node.value, 99
            assert changed(SOURCE, ast.unparse(tree).encode()), ast.dump(node)
            node.value = kept
    assert count >= 7


def codes(code: CodeType) -> Iterator[tuple[str, int]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname, constant.co_firstlineno
            yield from codes(constant)
