"""Small faults, and files that look like them and are sound: what each gate is tried on.

No secret stands in this file as it would be found: each is put together here, so that this repository's own gates
stay quiet.
"""

import base64
import gzip
import json
from dataclasses import dataclass

AWS_KEY = "AKIA" + "Q3EGRWXYZ2ABCDE7"
GITHUB_TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
GENERIC = "9f8a7b6c5d4e" + "3f2a1b0c9d8e7f6a5b4c"
PASSWORD = "hunter2" + "hunter2"
SECRETS = (AWS_KEY, GITHUB_TOKEN, GENERIC, PASSWORD)


@dataclass(frozen=True, slots=True)
class Planted:
    """What a gate must say of files.

    Parameters
    ----------
    rules : by path, the rules that must be found in it, and no others
    files : by path; those without rules are sound
    """

    gate: str
    rules: dict[str, set[str]]
    files: dict[str, str | bytes]


_WORKFLOW = """\
name: bad
on: pull_request_target
jobs:
  greet:
    name: greet
    runs-on: ubuntu-24.04
    permissions: {{}}
    steps:
      - run: {run}
"""

RUFF = Planted(
    "ruff",
    {
        "src/bad.py": {"F401", "unformatted"},
        "src/broken.py": {"invalid-syntax"},
        "src/BUILD": {"unformatted"},
    },
    {
        "src/bad.py": "import os\n\nx = {'a':1}\n",
        "src/broken.py": "def f(:\n",
        "src/BUILD": "python_sources( )\n",
        "src/sound.py": '"""A name that is used is no fault."""\n\nimport os\n\nx = {"a": os.sep}\n',
        "BUILD": "python_sources()\n",
        "pyproject.toml": '[tool.ruff.lint]\nselect = ["E", "F"]\n',
    },
)

BANDIT = Planted(
    "bandit",
    {
        "src/bad.py": {"B404", "B602", "B506", "B105", "B608"},
        "src/broken.py": {"not-read"},
        "src/policy_tests.py": {"not-read"},
    },
    {
        "src/bad.py": (
            "import subprocess\nimport yaml\n\n\ndef run(command, name, cursor):\n"
            "    subprocess.call(command, shell=True)\n"
            f'    password = "{PASSWORD}"\n'
            "    cursor.execute(\"SELECT * FROM trades WHERE name = '%s'\" % name)\n"
            "    return yaml.load(name), password\n"
        ),
        "src/broken.py": "def f(:\n",
        "src/policy_tests.py": "import pickle\n",
        "src/sound.py": (
            "import yaml\n\n\ndef run(name, cursor):\n"
            '    cursor.execute("SELECT * FROM trades WHERE name = ?", (name,))\n'
            "    return yaml.safe_load(name)\n"
        ),
        "pyproject.toml": '[tool.bandit]\nexclude_dirs = ["tests"]\n',
    },
)

SHELLCHECK = Planted(
    "shellcheck",
    {"bad.sh": {"SC2086", "SC2164"}, "broken.sh": {"SC1073", "SC1050", "SC1072"}, "tool": {"SC3010"}},
    {
        "bad.sh": "#!/bin/bash\ncd /nowhere\necho $1\n",
        "broken.sh": "#!/bin/sh\nif [ x = y ]\n",
        "tool": '#!/usr/bin/env sh\n[[ "$1" = b ]]\n',
        "sound.sh": '#!/bin/bash\ncd /nowhere || exit\necho "$1"\n',
        "LICENSE": "no script: $1\n",
    },
)

HADOLINT = Planted(
    "hadolint",
    {
        "Dockerfile": {"DL3006", "DL3020"},
        "api.Dockerfile": {"DL1000"},
        "app/Dockerfile": {"SC2086"},
        "app_dockerfile": {"DL3006"},
    },
    {
        "app_dockerfile": "FROM debian\n",
        "Dockerfile": "FROM debian\nADD a.txt /\n",
        "api.Dockerfile": "FRO debian\n",
        "app/Dockerfile": "FROM debian:12.5\nRUN echo $HOME\n",
        "sound/Dockerfile": "FROM debian:12.5\nCOPY a.txt /\n",
    },
)

ZIZMOR = Planted(
    "zizmor",
    {
        ".github/workflows/bad.yml": {"dangerous-triggers", "template-injection"},
        ".github/workflows/broken.yml": {"not-read"},
        ".github/workflows/odd.yml": {"not-read"},
    },
    {
        ".github/workflows/bad.yml": _WORKFLOW.format(run="echo ${{ github.event.pull_request.title }}"),
        ".github/workflows/broken.yml": "name: x\non: [push\n",
        ".github/workflows/odd.yml": "name: x\non: push\njobs: {a: {steps: []}}\n",
        ".github/workflows/sound.yml": _WORKFLOW.format(run="echo hello").replace("pull_request_target", "push"),
    },
)

_CODE = f'key = "{AWS_KEY}"\n'
_SPLIT = base64.encodebytes(b"#" * 40 + b"\n" + _CODE.encode()).decode()

SECRET_FILES = Planted(
    "secrets",
    {
        "plain.py": {"aws-access-token"},
        "allowed.py": {"aws-access-token"},
        "token.yaml": {"github-pat"},
        "base64.txt": {"aws-access-token"},
        "twice.txt": {"aws-access-token"},
        "wrapped.txt": {"aws-access-token"},
        "compressed.txt": {"aws-access-token"},
        "wide.ps1": {"aws-access-token"},
        "notebook.ipynb": {"generic-api-key"},
        "web app/package-lock.json": {"github-pat"},
        "picture.svg": {"aws-access-token"},
    },
    {
        "plain.py": _CODE,
        "allowed.py": f'key = "{AWS_KEY}"  # gitleaks:allow\n',
        "token.yaml": f"token: {GITHUB_TOKEN}\n",
        "base64.txt": base64.b64encode(_CODE.encode()),
        "twice.txt": base64.b64encode(base64.b64encode(_CODE.encode())),
        "wrapped.txt": _SPLIT,
        "compressed.txt": base64.b64encode(gzip.compress(_CODE.encode(), mtime=0)),
        "wide.ps1": f"$key = '{AWS_KEY}'\r\n".encode("utf-16"),
        "notebook.ipynb": json.dumps({"cells": [{"source": ["import os\n", f'api_key = "{GENERIC}"\n']}]}, indent=1),
        "web app/package-lock.json": json.dumps(
            {"packages": {"": {"resolved": f"https://{GITHUB_TOKEN}@example.org/a"}}}
        ),
        "picture.svg": f"<svg><!-- {AWS_KEY} --></svg>\n",
        "sound.py": 'key = os.environ["AWS_ACCESS_KEY_ID"]\n',
        "sound.txt": base64.b64encode(b"only words, and nothing that opens anything"),
        "sound.ipynb": json.dumps({"cells": [{"source": ["import os\n", 'api_key = os.environ["KEY"]\n']}]}),
        "lock.txt": "numpy==2.3.0 --hash=sha256:" + "0123456789abcdef" * 4 + "\n",
    },
)

ALL = (RUFF, BANDIT, SHELLCHECK, HADOLINT, ZIZMOR, SECRET_FILES)
