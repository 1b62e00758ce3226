"""What stands under a coat comes out, with the line where the coat begins; the standard library puts the coats on."""

import base64
import gzip
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_delivery.gates.secrets_layers import uncoated

# The end keeps what is compressed as long as a secret is.
words = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["Cc", "Zl", "Zp"])).map(
    lambda text: text + "q3EGRWXYZ2ABCDE7v9"
)


def found(data: bytes) -> dict[str, tuple[int, str]]:
    return {line.text.strip(): (line.origin, line.coat) for line in uncoated(data)}


def test_plain_code_wears_no_coat() -> None:
    assert uncoated(b'import os\n\nkey = os.environ["KEY"]  # a comment\n') == ()


def test_a_digest_and_random_bytes_in_base64_are_no_text() -> None:
    assert uncoated(b"sha256:" + b"0123456789abcdef" * 4) == ()
    assert uncoated(base64.b64encode(bytes(range(128, 200)))) == ()


@settings(deadline=None)
@given(text=words)
def test_base64_is_taken_off_in_both_alphabets(text: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert found(b"one\ntwo: " + encode(text.encode()) + b"\n")[text.strip()] == (2, "base64")


@settings(deadline=None)
@given(text=st.text("abc =", min_size=60, max_size=300).map(str.strip).filter(lambda text: len(text) > 58))
@pytest.mark.parametrize("indent", ["", "    ", "# "])
def test_base64_over_lines_is_joined(text: str, indent: str) -> None:
    lines = base64.encodebytes(text.encode()).decode().splitlines()
    coated = "first\n" + "".join(f"{indent}{line}\n" for line in lines)

    assert found(coated.encode())[text] == (2, "base64")


@settings(deadline=None)
@given(text=words)
def test_what_was_compressed_is_inflated(text: str) -> None:
    for compressed in (gzip.compress(text.encode(), mtime=0), zlib.compress(text.encode())):
        assert found(base64.b64encode(compressed))[text.strip()] == (1, "base64, gzip")


@settings(deadline=None)
@given(text=words)
def test_coats_over_coats_are_taken_off(text: str) -> None:
    """As Helm keeps a release: gzip, base64, and base64 again."""
    twice = base64.b64encode(base64.b64encode(gzip.compress(text.encode(), mtime=0)))

    assert found(b"data: " + twice)[text.strip()] == (1, "base64, base64, gzip")


@settings(deadline=None)
@given(lines=st.lists(st.text("abc\"'\\ =", min_size=1), min_size=1, max_size=5))
def test_a_notebook_s_lines_are_read_as_they_were_written(lines: list[str]) -> None:
    document = json.dumps({"cells": [{"source": [f'k = "{line}"\n' for line in lines]}]}, indent=1)
    said = {line.text for line in uncoated(document.encode())}

    assert {f'k = "{line}"' for line in lines} <= said


def test_a_notebook_s_line_is_where_it_stands_in_the_file() -> None:
    document = json.dumps({"cells": [{"source": ["import os\n", 'k = "v"\n']}]}, indent=1)
    (line,) = [line for line in uncoated(document.encode()) if line.text == 'k = "v"']

    assert "v" in document.splitlines()[line.origin - 1]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_is_read_with_its_lines(encoding: str) -> None:
    assert found("first line\nkey = 1\n".encode(encoding))["key = 1"][0] == 2


@settings(deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_to_the_end(data: bytes) -> None:
    uncoated(data)
    uncoated(b'"\\u' + data + b'\\n" ' + base64.b64encode(b"\x1f\x8b" + data))


def test_a_bomb_is_inflated_only_so_far() -> None:
    bomb = base64.b64encode(gzip.compress(b"a" * (32 << 20), mtime=0))

    assert sum(len(line.text) for line in uncoated(bomb)) <= 4 << 20
