"""The real Trivy, and what it is given in tests."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dynamic_delivery.gates.model import Scope
from tests.dynamic_delivery.gates.boltdb import Bucket, bolt

Advisories = Mapping[str, Mapping[str, Mapping[str, Mapping[str, object]]]]  # bucket, package, CVE, advisory

PIP = "pip::GitHub Security Advisory pip"
NPM = "npm::GitHub Security Advisory npm"
DEBIAN = "debian 12"
# What the gate plants to see whether a database answers; these stand in for what every real one knows.
ANSWERING: Advisories = {
    PIP: {"django": {"CVE-2099-1000": {"VulnerableVersions": ["<1.5"], "PatchedVersions": ["1.5"]}}},
    NPM: {"minimist": {"CVE-2099-1001": {"VulnerableVersions": ["<0.1.0"], "PatchedVersions": ["0.1.0"]}}},
}


@cache
def trivy() -> str:
    """Return the program's file: out of what Pants put here, else as a developer names it."""
    packed = next((path for path in (Path("scanners.pex"), Path("trivy.pex")) if path.exists()), None)
    if packed:
        unpacked = Path(".pex").absolute()
        environment = {"PATH": os.environ["PATH"], "PEX_ROOT": str(unpacked), "PEX_SCRIPT": "trivy"}
        subprocess.run([sys.executable, str(packed), "--version"], env=environment, capture_output=True, check=True)
        return str(next(file for file in sorted(unpacked.rglob("bin/trivy")) if _is_program(file)))
    found = os.environ.get("DYNAMIC_TOOL_TRIVY") or shutil.which("trivy")
    assert found, "no trivy.pex here and no trivy on PATH: run this test with ./pants, or set DYNAMIC_TOOL_TRIVY"
    return found


def _is_program(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF" and os.access(file, os.X_OK)


def scope(root: Path, settings: Mapping[str, str] | None = None, *, program: str = "") -> Scope:
    """Return all files below ``root`` as a scope that asks the real Trivy, or ``program``."""
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() or path.is_symlink())
    return Scope(root, tuple(files), everything=True, settings={"tools.trivy": program or trivy(), **(settings or {})})


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def stock(command: str, options: str, target: Path, folder: Path) -> tuple[int, dict[str, dict[str, object]], str]:
    """Run Trivy as its documentation says, and return its exit status, its results by target, and its log."""
    argv = [trivy(), command, "--format", "json", "--offline-scan", "--skip-version-check", "--disable-telemetry"]
    argv += ["--cache-dir", str(folder / "stock"), *options.split(), str(target)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
    results = json.loads(done.stdout).get("Results", []) if done.stdout else []
    return done.returncode, {result["Target"]: result for result in results}, done.stderr.decode()


@contextmanager
def proxy() -> Iterator[list[str]]:
    """Name a proxy to every program that is started; it refuses, and gives what it was asked for."""
    heard: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            heard.append(self.path)
            self.send_error(502)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server, pytest.MonkeyPatch.context() as patch:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            patch.setenv(name, f"http://127.0.0.1:{server.server_port}")
        for name in ("NO_PROXY", "no_proxy"):
            patch.delenv(name, raising=False)
        try:
            yield heard
        finally:
            server.shutdown()


def database(
    folder: Path, advisories: Advisories, *, answering: bool = True, updated: str = "2026-11-01T06:00:00.123456789Z"
) -> Path:
    """Write a database as Trivy keeps it below ``folder``: one bucket a source, one below it a package."""
    sources: dict[str, dict[str, dict[str, Mapping[str, object]]]] = {}
    for each in (ANSWERING, advisories) if answering else (advisories,):
        for source, packages in each.items():
            for package, found in packages.items():
                sources.setdefault(source, {}).setdefault(package, {}).update(found)
    names = sorted({cve for packages in sources.values() for found in packages.values() for cve in found})
    details = {
        name: _json({"Title": f"fault {name}", "Severity": "HIGH", "VendorSeverity": {"ghsa": 3}}) for name in names
    }
    described = {source: _json({"ID": "ghsa", "Name": source, "URL": "https://example.org"}) for source in sources}
    root: Bucket = {
        **{
            source: {package: {cve: _json(found) for cve, found in each.items()} for package, each in packages.items()}
            for source, packages in sources.items()
        },
        "vulnerability": details,
        "data-source": described,
    }
    times = {"UpdatedAt": updated, "NextUpdate": updated, "DownloadedAt": updated}
    write(folder / "db", {"trivy.db": bolt(root), "metadata.json": json.dumps({"Version": 2, **times})})
    return folder


def image(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write an image of one layer in OCI layout."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    kind = "application/vnd.oci.image"
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"]}
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs, "history": [{"created_by": "x"}]}
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": _blob(folder, f"{kind}.config.v1+json", _json(config)),
        "layers": [_blob(folder, f"{kind}.layer.v1.tar", layer.getvalue())],
    }
    index = {"schemaVersion": 2, "manifests": [_blob(folder, f"{kind}.manifest.v1+json", _json(manifest))]}
    return write(folder, {"index.json": _json(index), "oci-layout": '{"imageLayoutVersion": "1.0.0"}'})


def _blob(folder: Path, kind: str, content: bytes) -> dict[str, object]:
    name = hashlib.sha256(content).hexdigest()
    write(folder / "blobs" / "sha256", {name: content})
    return {"mediaType": kind, "digest": f"sha256:{name}", "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
