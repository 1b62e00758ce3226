"""Seeded questions to each policy: small worlds, in which most rules fire now and then."""

import random
from collections.abc import Callable

from tests.dynamic_ags.documents import SHA
from tests.dynamic_ags.opa import Question

PEOPLE = ("ana", "bo", "chidi", "dara", "ünal", "x-1")
ROLES = ("maintainer", "security", "ethics", "empty")
LEVELS = ("none", "read", "write", "admin")
SCOPES = ("contents", "packages", "id-token", "*")


def _some(random_: random.Random, names: tuple[str, ...], most: int) -> list[str]:
    return random_.choices(names, k=random_.randint(0, most))


def _roles(random_: random.Random) -> dict[str, object]:
    return {role: {"members": [] if role == "empty" else _some(random_, PEOPLE, 3)} for role in ROLES}


def action(random_: random.Random) -> Question:
    tiers = {f"T{n}": {"approvals": random_.randint(0, 2), "roles": _some(random_, ROLES[:3], 2)} for n in range(3)}
    actions = {"test": {"tier": "T0"}, "deploy.it": {"tier": "T1"}, "mint": {"tier": "T2"}}
    asked = {
        "action": random_.choice([*actions, *actions, "unknown"]),
        "author": random_.choice(PEOPLE),
        "approvals": _some(random_, (*PEOPLE, "stranger"), 4),
    }
    return Question("action", {"roles": _roles(random_), "tiers": tiers, "actions": actions}, asked)


def ownership(random_: random.Random) -> Question:
    changes = [
        {"path": f"a/{n}.py", "roles": _some(random_, ROLES, 2), "protected": random_.random() < 0.5}
        for n in range(random_.randint(0, 3))
    ]
    asked = {"author": random_.choice(PEOPLE), "approvals": _some(random_, PEOPLE, 4), "changes": changes}
    return Question("ownership", {"roles": _roles(random_)}, asked)


def workflow(random_: random.Random) -> Question:
    triggers = ("push", "pull_request", "pull_request_target")
    refs = (SHA, SHA, SHA[:39], SHA + "0", SHA.upper(), f"sha256:{'0' * 64}", f"sha256:{'0' * 63}", "v4", "")
    actions = ("actions/checkout", "evil/tool", "./local", "docker://alpine")

    def permissions(levels: tuple[str, ...]) -> dict[str, str]:
        return {scope: random_.choice(levels) for scope in _some(random_, SCOPES, 2)}

    def job() -> dict[str, object]:
        return {
            "permissions": None if random_.random() < 0.1 else permissions(LEVELS),
            "environment": random_.choice(["", "staging"]),
            "uses": [
                {"action": random_.choice(actions), "ref": random_.choice(refs)} for _ in range(random_.randint(0, 2))
            ],
        }

    jobs = {
        name: {"permissions": permissions(LEVELS[:3]), "environment": random_.choice(["", "staging"])}
        for name in ("a", "b")
    }
    governance = {
        "workflows": {"w.yml": {"triggers": _some(random_, triggers, 2), "jobs": jobs}},
        "uses": _some(random_, actions[:2], 2),
    }
    asked = {
        "file": random_.choice(["w.yml"] * 9 + ["v.yml"]),
        "triggers": _some(random_, triggers, 2),
        "jobs": {name: job() for name in random_.sample(["a", "b", "c"], random_.randint(0, 3))},
    }
    return Question("workflow", governance, asked)


MAKERS: tuple[Callable[[random.Random], Question], ...] = (action, ownership, workflow)


def questions(seed: int, each: int) -> list[Question]:
    """Return ``each`` questions to each policy; the same for the same seed."""
    random_ = random.Random(seed)
    return [make(random_) for make in MAKERS for _ in range(each)]


def torn(seed: int, each: int) -> list[Question]:
    """Return questions whose input lacks a key or holds a value of another kind, as no rim would let through."""
    random_ = random.Random(seed)
    found = []
    for question in questions(seed, each):
        document = dict(question.input)
        key = random_.choice(list(document))
        if random_.random() < 0.5:
            del document[key]
        else:
            document[key] = random_.choice([None, True, 3, "", "ana", [], {}, [None]])
        found.append(Question(question.policy, question.governance, document))
    return found
