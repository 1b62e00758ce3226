"""Which files are configuration that Trivy has checks for, and of which kind."""

import codecs
import re
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path, PurePosixPath


class Kind(StrEnum):
    """How a file is given to Trivy."""

    DOCKERFILE = "dockerfile"
    TERRAFORM = "terraform"
    KUBERNETES = "kubernetes"
    HELM = "helm"


_DOCKERFILE = re.compile(r"(?:.*[._-])?(?:dockerfile|containerfile)(?:[._-].*)?", re.IGNORECASE)
# A name may speak of a Dockerfile and be none: its ignore file, its tests, its documentation.
_NO_DOCKERFILE = re.compile(r".*(?:ignore|\.(?:py|go|rs|js|ts|sh|rb|java|md|rst|html|json|ya?ml|toml))", re.IGNORECASE)
_VALUES = (".tfvars", ".tfvars.json")
_TERRAFORM = (".tf", ".tf.json", ".tofu", *_VALUES)
_MANIFEST = (".yaml", ".yml", ".json")
# Both keys somewhere, in block or flow style or JSON: given to Trivy, which knows an object when it reads one.
_API = re.compile(rb"(?:^|[\s{,])[\"']?apiVersion[\"']?\s*:")
_KIND = re.compile(rb"(?:^|[\s{,])[\"']?kind[\"']?\s*:")
_DOCUMENT = re.compile(rb"^---(?=\s|$)", re.MULTILINE)
_OUTERMOST = re.compile(r"^(?:- )?[\"']?(apiVersion|kind|metadata|items)[\"']?[ \t]*:", re.MULTILINE)
_IN_JSON = re.compile(r"[{,\s][\"']?(apiVersion|kind|metadata|items)[\"']?\s*:")
_LIST = re.compile(rb"^[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?\w*List\b", re.MULTILINE)
_LOCAL_MODULE = re.compile(rb"\"?source\"?\s*[=:]\s*\"(\.\.?/[^\"]*)\"")


def by_name(path: str) -> bool:
    """Say whether a path could be configuration; a manifest is told by its content only."""
    name = PurePosixPath(path).name
    return is_dockerfile(path) or is_terraform(path) or name.endswith((*_MANIFEST, ".tpl"))


def is_dockerfile(path: str) -> bool:
    """Say whether the name is one that people give to a Dockerfile, in whatever case."""
    name = PurePosixPath(path).name
    return bool(_DOCKERFILE.fullmatch(name)) and not _NO_DOCKERFILE.fullmatch(name)


def is_terraform(path: str) -> bool:
    """Say whether Terraform or OpenTofu reads a file of this name."""
    return path.endswith(_TERRAFORM)


def is_template(path: str) -> bool:
    """Say whether Helm renders a file of this name, once it stands in a chart."""
    file = PurePosixPath(path)
    return "templates" in file.parent.parts and file.suffix in (".yaml", ".yml") and not file.name.startswith("_")


def is_values(path: str) -> bool:
    """Say whether a file of this name holds the values of Terraform's variables."""
    return path.endswith(_VALUES)


def manifests(path: str, content: bytes) -> tuple[tuple[int, bytes], ...]:
    """Return each document that may hold a Kubernetes object, however deep, and the line on which it begins, from 1.

    What is before a document is made empty lines, so that its own keep their numbers.
    """
    if not path.endswith(_MANIFEST):
        return ()
    starts = [0, *(mark.start() for mark in _DOCUMENT.finditer(content))] if not path.endswith(".json") else [0]
    ends = [*starts[1:], len(content)]
    found = []
    for start, end in zip(starts, ends, strict=True):
        if _may_be_an_object(content[start:end]):
            before = content.count(b"\n", 0, start)
            found.append((before + 1, b"\n" * before + content[start:end]))
    return tuple(found)


def _may_be_an_object(content: bytes) -> bool:
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode("utf-16", errors="replace").encode() if wide else content
    text = text.removeprefix(codecs.BOM_UTF8)  # otherwise a key behind it would stand at no beginning
    return bool(_API.search(text) and _KIND.search(text))


def means_an_object(content: bytes) -> bool:
    """Say whether a file means to be a Kubernetes object, and not a schema of one, or the settings of a tool.

    Objects have a version, a kind and metadata at their outermost; a List has items in their place.
    """
    lines = (line for line in content.decode(errors="replace").splitlines() if not line.startswith(("#", "---")))
    text = textwrap.dedent("\n".join(lines))
    keys = set(_OUTERMOST.findall(text)) | set(_IN_JSON.findall(text) if text.lstrip().startswith("{") else ())
    return {"apiVersion", "kind"} <= keys and bool(keys & {"metadata", "items"})


def is_list(content: bytes) -> bool:
    """Say whether a document is a List of Kubernetes objects, which Trivy passes over."""
    return bool(_LIST.search(content))


def chart_of(root: Path, path: str) -> str | None:
    """Return the outermost folder above ``path`` that is a Helm chart; None where there is none."""
    charts = [str(folder) for folder in PurePosixPath(path).parents if (root / folder / "Chart.yaml").is_file()]
    return charts[-1] if charts else None


def terraform_folders(root: Path, paths: Iterator[str]) -> tuple[str, ...]:
    """Return the folders of the given files and of the local modules that they call, however far, sorted."""
    waiting = {str(PurePosixPath(path).parent) for path in paths}
    found: set[str] = set()
    while waiting:
        folder = waiting.pop()
        found.add(folder)
        for file in (root / folder).iterdir():
            waiting |= set(_called(root, folder, file)) - found
    return tuple(sorted(found))


def _called(root: Path, folder: str, file: Path) -> Iterator[str]:
    if not (file.is_file() and is_terraform(file.name)):
        return
    try:
        content = file.read_bytes()
    except OSError:  # told when it is copied
        return
    for source in _LOCAL_MODULE.findall(content):
        module = (root / folder / source.decode(errors="replace")).resolve()
        if module.is_dir() and module.is_relative_to(root.resolve()):
            yield str(PurePosixPath(module.relative_to(root.resolve())))
