"""The gates of this repository, in the order in which they are shown. Adding one is a file and a row here."""

from dynamic_delivery.gates import (
    bandit,
    contracts,
    dependencies,
    hadolint,
    harness,
    licences,
    matrix,
    mypy,
    pytest,
    ruff,
    sbom,
    secrets,
    shellcheck,
    trivy_config,
    trivy_secret,
    trivy_vuln,
    zizmor,
)
from dynamic_delivery.gates.model import Gate

GATES: tuple[Gate, ...] = (
    ruff.GATE,
    mypy.GATE,
    bandit.GATE,
    pytest.GATE,
    secrets.GATE,
    shellcheck.GATE,
    hadolint.GATE,
    zizmor.GATE,
    trivy_config.GATE,
    trivy_secret.GATE,
    trivy_vuln.GATE,
    dependencies.GATE,
    licences.GATE,
    sbom.GATE,
    matrix.GATE,
    contracts.GATE,
    harness.GATE,
)
