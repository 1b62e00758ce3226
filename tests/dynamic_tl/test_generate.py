"""What generating writes, and what it never does."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from dynamic_tl import GenerateError, generate, generated_files, load_messages, parse_message
from dynamic_tl.generate import Difference, differences
from tests.dynamic_tl.languages import Both, both, javascript, schema, write_code

OURS = Path(str(files("dynamic_tl").joinpath("generated")))


def test_the_generated_code_of_this_repository_is_current() -> None:
    assert differences(generated_files(load_messages(None)), OURS) == ()


def test_generating_twice_writes_nothing_the_second_time(tmp_path: Path) -> None:
    wanted = generated_files(load_messages(None))
    assert {one.what for one in generate(wanted, tmp_path / "out")} == {"missing"}
    assert generate(wanted, tmp_path / "out") == ()


def test_an_edited_a_missing_and_a_stale_file_are_named_and_mended(tmp_path: Path) -> None:
    generate(generated_files(load_messages(None)), tmp_path)
    wanted = generated_files([one for one in load_messages(None) if one.stem != "quote"])
    (tmp_path / "order.mjs").write_bytes((tmp_path / "order.mjs").read_bytes() + b"// edited\n")
    (tmp_path / "fill.py").unlink()
    (tmp_path / "mine.py").write_text("# written by hand\n")
    found = differences(wanted, tmp_path)
    assert set(found) >= {
        Difference("order.mjs", "changed"),
        Difference("fill.py", "missing"),
        Difference("quote.py", "stale"),
        Difference("quote.mjs", "stale"),
    }
    assert not any(one.name == "mine.py" for one in found)
    generate(wanted, tmp_path)
    assert differences(wanted, tmp_path) == ()
    assert (tmp_path / "mine.py").read_text() == "# written by hand\n"
    assert not (tmp_path / "quote.py").exists()


def test_a_file_written_by_hand_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "order.py").write_text("precious = True\n")
    with pytest.raises(GenerateError, match=r"order\.py was not generated"):
        generate(generated_files(load_messages(None)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["order.py"]
    assert (tmp_path / "order.py").read_text() == "precious = True\n"


HOSTILE = '"""; import os */ alert(1) /* \\" \\\\ ${x} `y` \u2028 {braces} %s'


def test_words_of_a_schema_stay_words_in_both_languages(tmp_path: Path) -> None:
    member = {"type": "string", "enum": [HOSTILE, "'", "*/", "\n", "\U0001f600"], "description": HOSTILE}
    write_code(tmp_path, words=schema({"it": member}, description=HOSTILE))
    with both(tmp_path) as languages:
        for value in member["enum"]:
            assert accepted_value(languages, value) == value
    assert javascript("answer = Object.keys(messages.MESSAGES);", tmp_path) == ["words"]


def accepted_value(languages: Both, value: str) -> object:
    import json

    return json.loads(languages.read("words", json.dumps({"it": value}).encode()).data)["it"]


def test_long_lists_names_and_nested_shapes_are_generated_and_run(tmp_path: Path) -> None:
    long = {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {"type": "string", "enum": ["x" * n for n in range(1, 60)]},
            },
        },
    }
    properties: dict[str, object] = {"a" * 60: long, "constructor": {"const": True}, "n": {"const": -5}}
    write_code(tmp_path, long_one=schema(properties))
    document = f'{{"{"a" * 60}":[{{"k":["xx"]}}],"constructor":true,"n":-5}}'.encode()
    with both(tmp_path) as languages:
        assert languages.read("long_one", document).data == document
        assert languages.read("long_one", document.replace(b"-5", b"5")).what == "const"
        assert languages.read("long_one", b'{"n":-5}').more == f"/{'a' * 60}"


def test_a_minimum_of_zero_is_not_taken_for_none(tmp_path: Path) -> None:
    numbers = {"whole": {"type": "integer", "minimum": 0}, "real": {"type": "number", "minimum": 0, "maximum": 0.5}}
    write_code(tmp_path, bound=schema(numbers, ()))
    with both(tmp_path) as languages:
        for document in (b'{"whole":-1}', b'{"real":-0.5}', b'{"real":-5e-324}'):
            assert languages.read("bound", document).what == "minimum"
        assert languages.read("bound", b'{"real":0.6}').what == "maximum"
        assert languages.read("bound", b'{"whole":0,"real":5e-1}').data == b'{"real":0.5,"whole":0}'


def test_the_generated_python_stands_alone_on_the_standard_library(tmp_path: Path) -> None:
    package = tmp_path / "messages"
    generate(generated_files([parse_message("tick.json", schema({"n": {"type": "integer"}}))]), package)
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from messages import Tick, read_tick, write_tick\n"
        "assert read_tick(b'{\"n\": 1}') == Tick(n=1)\n"
        "print(write_tick(Tick(n=2)).decode())\n"
    )
    # -I and -S: neither this project nor any installed package can be found.
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script, str(tmp_path)], capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b'{"n":2}\n', b"")
