"""The scripts that git runs: they start ``./dynamic`` and decide what an undecided answer means here."""

from dynamic_delivery.hooks.table import Hook

MARK = "# dynamic.hooks/2"
UNDECIDED = "dynamic.undecided"

# An earlier hook comes first, and its refusal stands. $0 is how git called this, so its folder is where both lie. One
# that starts this script again (another manager of hooks keeps ours under a name of its own) is not started a second
# time by that: the check is made, and nothing runs in a circle.
_HEAD = """\
#!/bin/sh
{mark}: written by './dynamic hooks install', taken away by './dynamic hooks uninstall'.
set -eu
earlier=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)/{earlier}
[ "${DYNAMIC_EARLIER:-}" != "$earlier" ] || earlier=
"""
_PLAIN = """\
if [ -x "$earlier" ]; then DYNAMIC_EARLIER=$earlier "$earlier" "$@"; fi
run() { "$top/dynamic" hooks run {name} -- "$@"; }
"""
# What git tells is read once and given to both; nothing at all stays nothing.
_READS = """\
told=$(cat)
tell() { [ -z "$told" ] || printf '%s\\n' "$told"; }
if [ -x "$earlier" ]; then tell | DYNAMIC_EARLIER=$earlier "$earlier" "$@"; fi
run() { tell | "$top/dynamic" hooks run {name} -- "$@"; }
"""
# 0 and 1 are answers and 130 is a person's; anything else is none (a missing Python, an older ./dynamic without hooks).
_REST = """\
top=$(git rev-parse --show-toplevel 2>/dev/null) || top=
if [ -z "$top" ] || [ ! -x "$top/dynamic" ]; then
  echo '{name}: this tree has no ./dynamic: nothing was checked' >&2
  exit 0
fi
status=0
run "$@" || status=$?
case $status in
0 | 1 | 130) exit "$status" ;;
esac
if [ "$(git config --get {undecided} || :)" = block ]; then
  echo '{name}: refused, since it could not be decided (git config {undecided} warn lets it pass)' >&2
  exit 1
fi
echo '{name}: it could not be decided here; it passes, and CI decides (git config {undecided} block refuses it)' >&2
"""


def script_of(hook: Hook) -> str:
    """Return the script of ``hook``."""
    names = {"{mark}": MARK, "{earlier}": earlier_name(hook), "{name}": hook.name, "{undecided}": UNDECIDED}
    text = _HEAD + (_READS if hook.reads else _PLAIN) + _REST
    for key, value in names.items():
        text = text.replace(key, value)
    return text


def earlier_name(hook: Hook) -> str:
    """Return the file in which somebody else's hook is kept."""
    return f"{hook.name}.before-dynamic"


def is_ours(text: str) -> bool:
    """Say whether a hook was written by `script_of`, in this version or another."""
    return any(line.startswith("# dynamic.hooks/") for line in text.splitlines()[:3])
