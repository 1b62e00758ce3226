"""Each specification under ci/certificates is certified anew, here, whenever something that it reaches was edited."""

import os
from pathlib import Path

import pytest

from dynamic_base import SystemClock, write_atomic
from dynamic_ta.certificates import certify, read_spec

FOLDER = Path("ci/certificates")
# Pants runs one specification at a time, each with its own dependencies; by hand it is all of them.
ONE = os.environ.get("DYNAMIC_CERTIFICATE", "")
NAMES = [ONE] if ONE else sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_keeps_its_envelope(name: str) -> None:
    certificate = certify(read_spec(FOLDER / f"{name}.toml"), SystemClock())
    if ONE:
        # Pants keeps what is written there, and puts it under dist/.
        write_atomic(Path("extra-output") / f"{name}.json", certificate.content())
    assert [reason["text"] for reason in certificate.payload["reasons"]] == []
    assert certificate.certified
