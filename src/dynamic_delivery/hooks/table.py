"""The hooks: adding one is a row here and what it judges in a file of its name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hook:
    """One of git's hooks.

    Parameters
    ----------
    gates : names of the gates that it runs, those of them that the table of gates has; each takes a second or two
    setting : the key of git's configuration whose value, names with commas between, stands in their place
    reads : bool, git tells it something on standard input, which an earlier hook must get too
    """

    name: str
    what: str
    gates: tuple[str, ...]
    setting: str
    reads: bool = False


SCHEMA = "dynamic.hook-run/1"
# What these find in a file hangs on the tree that it stands in, and hardly on another file, so that those which the
# change only affects need no look.
ALONE = frozenset(("bandit", "hadolint", "ruff", "secrets", "shellcheck", "zizmor"))
# These look at what the commits that are brought hold, too, and not only at the tree that they end in.
HISTORY = frozenset(("secrets",))
_FAST = ("ruff", "secrets", "shellcheck", "hadolint", "zizmor")

HOOKS = (
    Hook("pre-commit", "what is staged", _FAST, "dynamic.preCommitGates"),
    Hook("pre-push", "what the push brings", (*_FAST, "bandit"), "dynamic.prePushGates", reads=True),
)
BY_NAME = {hook.name: hook for hook in HOOKS}
