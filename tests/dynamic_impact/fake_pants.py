"""A program in place of Pants: it says what Pants 2.17.1 says of tests that end as they are told to."""

import json
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """\
#!/bin/sh
folder='{folder}'
stop() {{ [ -z "$child" ] || kill "$child"; echo 'Interrupted by user.'; exit 1; }}
trap stop INT
case " $* " in *' peek '*) exec cat "$folder/peek.json" ;; esac
printf '%s\\n' "$*" >>"$folder/calls"
printf '%s\\n' "$PWD" >>"$folder/places"
while [ "$1" != test ]; do shift; done
shift
status=0 sums=
for test in "$@"; do
  echo "09:00:00.00 [INFO] Starting: Run Pytest for $test"
  IFS= read -r does <"$folder/tests/$test"
  [ "$(wc -l <"$folder/tests/$test")" -le 1 ] || sed -i 1d "$folder/tests/$test"
  case $does in
    pass)
      echo "09:00:00.25 [INFO] Completed: Run Pytest - $test - succeeded."
      sums="$sums✓ $test succeeded in 0.25s.
" ;;
    fail)
      echo "09:00:00.50 [ERROR] Completed: Run Pytest - $test - failed (exit code 1)."
      echo "$test is broken"
      sums="$sums✕ $test failed in 0.50s.
" status=1 ;;
    hang) : >"$folder/met-$test"; sleep 600 & child=$!; wait "$child"; wait "$child" ;;
    die) kill -9 $$ ;;
    interrupt*) kill -INT "${{does#interrupt-}}"; sleep 600 & child=$!; wait "$child"; wait "$child" ;;
    meet|fail-when-met)
      : >"$folder/met-$test"
      until [ "$(ls -d "$folder"/met-* | wc -l)" -ge 2 ]; do sleep 0.02; done
      [ "$does" = meet ] || status=1
      sums="$sums$([ "$status" = 0 ] && echo "✓ $test succeeded" || echo "✕ $test failed") in 0.10s.
" ;;
    lose) kill -9 "$PPID"; exit 1 ;;
  esac
done
echo
printf '%s' "$sums"
exit $status
"""


@dataclass(frozen=True, slots=True)
class FakePants:
    """What its tests do, and which calls it got.

    A test ``does`` one word a run, and the last for all further runs: "pass", "fail", "hang" (until it is
    interrupted), "die" (this program is killed), "interrupt-PID", "meet" or
    "fail-when-met" (once two are running at a time), or "lose" (whoever started this program is killed).
    """

    folder: Path

    @property
    def command(self) -> str:
        return str(self.folder / "pants")

    def does(self, test: str, *words: str) -> None:
        (self.folder / "tests" / test).write_text("".join(f"{word}\n" for word in words), encoding="utf-8")

    @property
    def calls(self) -> list[list[str]]:
        """Return the tests of each call, in order."""
        path = self.folder / "calls"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [line.split(" test ", 1)[1].split() for line in lines]

    @property
    def words(self) -> list[str]:
        """Return each call as it was."""
        return (self.folder / "calls").read_text(encoding="utf-8").splitlines()

    @property
    def places(self) -> list[str]:
        """Return the folder of each call."""
        return (self.folder / "places").read_text(encoding="utf-8").splitlines()


def fake_pants(folder: Path, **tests: str) -> FakePants:
    """Return a fake below ``folder``: each of ``tests`` is a target over ``NAME.py`` that does those words."""
    (folder / "tests").mkdir(parents=True)
    fake = FakePants(folder)
    program = folder / "pants"
    program.write_text(_PROGRAM.format(folder=folder), encoding="utf-8")
    program.chmod(0o755)
    for name, words in tests.items():
        fake.does(name, *words.split())
    peek = [
        {"address": name, "target_type": "python_test", "sources": [f"{name}.py"], "dependencies": []} for name in tests
    ]
    (folder / "peek.json").write_text(json.dumps(peek), encoding="utf-8")
    return fake
