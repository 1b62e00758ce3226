"""Secrets of each common kind, drawn from a fixed seed: none of them stands in this repository, nor opens anything.

The parts that a scanner knows a kind by are split, so that this file is not taken for one that holds them.
"""

import base64
import json
import random
import re
import string
from collections.abc import Callable, Mapping, Sequence

_UPPER, _LOWER, _DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
_LETTERS = _UPPER + _LOWER + _DIGITS
_HEX = _DIGITS + "abcdef"


class _Draw:
    """Draws characters."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def of(self, length: int, letters: str = _LETTERS) -> str:
        """Return text with each kind of its letters in it, as real tokens nearly always have."""
        while True:
            text = "".join(self._random.choice(letters) for _ in range(length))
            kinds = [kind for kind in (_UPPER, _LOWER, _DIGITS) if set(kind) & set(letters)]
            if all(set(kind) & set(text) for kind in kinds):
                return text

    def one_of(self, words: Sequence[str]) -> str:
        return self._random.choice(words)

    def base64(self, size: int) -> str:
        return base64.b64encode(self._random.randbytes(size)).decode()


def _jwt(draw: _Draw) -> str:
    parts = (
        json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": draw.of(12), "admin": True})
    )
    coded = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return ".".join([*coded, draw.of(43)])


def _pem(draw: _Draw, kind: str) -> str:
    body = draw.base64(1190)
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    marks = ("-" * 5 + word + f" {kind}PRIVATE " + "KEY" + "-" * 5 for word in ("BEGIN", "END"))
    first, last = marks
    return "\n".join([first, *lines, last])


def _service_account(draw: _Draw) -> str:
    account = {
        "type": "service" + "_account",
        "project_id": "shop",
        "private_key_id": draw.of(40, _HEX),
        "private_key": _pem(draw, "") + "\n",
        "client_email": "web@shop.iam.gserviceaccount.com",
    }
    return json.dumps(account, indent=2)


def _github(draw: _Draw) -> str:
    return "gh" + "p_" + draw.of(36)


# Few enough that no scanner takes this file for a wallet, and all of them words of BIP 39.
_WORDS = ("abandon", "ability", "canal", "galaxy", "lemon", "oyster", "ribbon", "velvet", "zebra")


KINDS: Mapping[str, Callable[[_Draw], str]] = {
    "aws_id": lambda d: "AK" + "IA" + d.of(16, _UPPER + "234567"),
    "aws_secret": lambda d: d.of(40),
    "github": _github,
    "github_backwards": lambda d: _github(d)[::-1],
    "github_base64": lambda d: base64.b64encode(_github(d).encode()).decode(),
    "github_escapes": lambda d: "".join(f"\\u{ord(char):04x}" for char in _github(d)),
    "github_hex": lambda d: _github(d).encode().hex(),
    "github_in_two": lambda d: '" + "'.join((_github(d)[:12], d.of(20))),
    "github_percent": lambda d: "".join(f"%{ord(char):02X}" for char in _github(d)),
    "github_app": lambda d: "gh" + "s_" + d.of(36),
    "github_fine": lambda d: "github" + "_pat_" + d.of(22) + "_" + d.of(59),
    "gitlab": lambda d: "gl" + "pat-" + d.of(20),
    "slack_bot": lambda d: "xo" + "xb-" + d.of(12, _DIGITS) + "-" + d.of(12, _DIGITS) + "-" + d.of(24),
    "slack_hook": lambda d: "https://hooks." + f"slack.com/services/T{d.of(8, _UPPER)}/B{d.of(10, _UPPER)}/" + d.of(24),
    "stripe": lambda d: "sk" + "_live_" + d.of(24),
    "google": lambda d: "AI" + "za" + d.of(35),
    "google_account": _service_account,
    "npm": lambda d: "np" + "m_" + d.of(36),
    "pypi": lambda d: "py" + "pi-AgEIcHlwaS5vcmc" + d.of(70),
    "rsa": lambda d: _pem(d, "RSA "),
    "ec": lambda d: _pem(d, "EC "),
    "openssh": lambda d: _pem(d, "OPENSSH "),
    "pkcs8": lambda d: _pem(d, ""),
    "jwt": _jwt,
    "sendgrid": lambda d: "S" + "G." + d.of(22) + "." + d.of(43),
    "twilio": lambda d: "S" + "K" + d.of(32, _HEX),
    "telegram": lambda d: d.of(10, "123456789") + ":" + "AA" + d.of(33),
    "digitalocean": lambda d: "do" + "p_v1_" + d.of(64, _HEX),
    "shopify": lambda d: "shp" + "at_" + d.of(32, _HEX),
    "mailgun": lambda d: "ke" + "y-" + d.of(32, _HEX),
    "openai": lambda d: "s" + "k-" + d.of(20) + "T3Blb" + "kFJ" + d.of(20),
    "huggingface": lambda d: "h" + "f_" + d.of(34, _UPPER + _LOWER),
    "heroku": lambda d: "-".join(d.of(length, _HEX) for length in (8, 4, 4, 4, 12)),
    "azure": lambda d: d.base64(64),
    "exchange": lambda d: d.of(64),
    "exchange_secret": lambda d: d.of(64),
    "words": lambda d: " ".join(d.one_of(_WORDS) for _ in range(12)),
    "password": lambda d: d.of(20),
    "basic": lambda d: base64.b64encode(f"web:{d.of(18)}".encode()).decode(),
    # Look-alikes: nothing of these opens anything, wherever they are found.
    "hash": lambda d: d.of(64, _HEX),
    "sha1": lambda d: d.of(40, _HEX),
    "integrity": lambda d: "sha512-" + d.base64(64),
    "uuid": lambda d: "-".join(d.of(length, _HEX) for length in (8, 4, 4, 4, 12)),
    "picture": lambda d: d.base64(600),
    "aws_example": lambda d: "AK" + "IA" + "IOSFODNN7EXAMPLE",  # Amazon's own, in all its documents
}
_MARK = re.compile(r"\{\{(\w+)\}\}")


def drawn(kind: str, case: str) -> str:
    """Return the secret of a kind for a case: the same in each run, and another in each case."""
    return KINDS[kind](_Draw(f"{case} {kind}"))


def filled(text: str, case: str) -> str:
    """Return ``text`` with a secret in place of each ``{{kind}}``; other braces stay, since Helm has them too."""
    return _MARK.sub(lambda found: drawn(found[1], case) if found[1] in KINDS else found[0], text)
