"""Both languages for a test: code generated for its schemas, and a real Node.js that runs it."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dynamic_base import run
from dynamic_tl import Node, NodePeer, PythonPeer, Verdict, find_node, generate, generated_files, parse_message
from dynamic_tl.subset import DIALECT


@cache
def node() -> Node:
    return find_node("", os.environ)


@dataclass(frozen=True, slots=True)
class Both:
    """The two peers over the same generated code."""

    python: PythonPeer
    javascript: NodePeer

    def read(self, message: str, data: bytes) -> Verdict:
        """Return what both languages say of ``data``, which must be the same."""
        self.javascript.send([(message, data)])
        self.python.send([(message, data)])
        (python,), (javascript,) = self.python.receive(), self.javascript.receive()
        assert python == javascript
        return python


def schema(
    properties: Mapping[str, object],
    required: tuple[str, ...] | None = None,
    definitions: Mapping[str, object] | None = None,
    **more: str,
) -> bytes:
    """Return a schema of a message with ``properties``, all of them required where nothing else is said."""
    document = {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
        **({} if definitions is None else {"$defs": definitions}),
        **more,
    }
    return json.dumps(document).encode()


def write_code(folder: Path, **schemas: bytes) -> None:
    generate(generated_files([parse_message(f"{name}.json", content) for name, content in schemas.items()]), folder)


@contextmanager
def both(folder: Path) -> Iterator[Both]:
    with closing(PythonPeer(folder)) as python, closing(NodePeer(node(), folder)) as javascript:
        yield Both(python, javascript)


def javascript(script: str, folder: Path, data: object = None) -> Any:
    """Run an ES module that sees ``data`` and the code in ``folder``, and return what it leaves in ``answer``."""
    with tempfile.TemporaryDirectory() as elsewhere:
        file = Path(elsewhere) / "script.mjs"
        runtime = (folder / "runtime.mjs").as_uri()
        index = (folder / "index.mjs").as_uri()
        file.write_text(
            f"import * as runtime from {json.dumps(runtime)};\nimport * as messages from {json.dumps(index)};\n"
            'import { readFileSync } from "node:fs";\n'
            "const data = JSON.parse(readFileSync(0, 'utf8'));\nlet answer;\n"
            f"{script}\nprocess.stdout.write(JSON.stringify(answer));\n"
        )
        done = run([str(node().path), str(file)], cwd=folder, stdin=json.dumps(data).encode())
    return json.loads(done.checked("correct the script").stdout)
