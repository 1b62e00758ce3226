# Sourced by ./pants, ./dynamic and tools/lock: find a Python, and make a locked virtual environment once.
# shellcheck shell=sh

die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 3
}

# The caches of this repository and of Pants stand side by side under one variable.
cache_root() {
  [ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] || die "no HOME: set XDG_CACHE_HOME to a writable folder and start again"
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/dynamic
  if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
    die "cannot write to $cache: set XDG_CACHE_HOME to a writable folder and start again"
  fi
}

# pyenv's shims answer to any version and then exit 127, so its real interpreters are asked first.
find_python() { # VERSION
  for candidate in "${PYENV_ROOT:-/nonexistent}"/versions/"$1".*/bin/python "${HOME:-/nonexistent}"/.pyenv/versions/"$1".*/bin/python "python$1"; do
    if "$candidate" -c "import ensurepip, sys; sys.exit(sys.version_info[:2] != (${1%.*}, ${1#*.}))" 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  command -v uv >/dev/null 2>&1 || return 1
  uv python install --quiet "$1" >&2 && uv python find --no-project --managed-python "$1"
}

# Two starts at once each build a folder of their own; the first link wins. A killed start leaves no link, so the
# next one builds again and sweeps up. Offline once the link is there.
locked_venv() { # NAME PYTHON_VERSION LOCK -> sets $venv
  cache_root
  sum=$(cksum <"$3") || die "cannot read $3: restore it with 'git checkout -- $3'"
  venv=$cache/$1-$(printf '%s' "$sum" | tr ' ' '-')
  [ -x "$venv/bin/python" ] && return 0
  python=$(find_python "$2") ||
    die "no Python $2 with ensurepip: install one (pyenv install $2, apt install python$2-venv) or install uv, and start again"
  printf '%s: first start, installing %s into %s\n' "${0##*/}" "$1" "$cache" >&2
  for old in "$venv".*; do
    [ -d "$old" ] && ! kill -0 "${old##*.}" 2>/dev/null && rm -rf "$old"
  done
  build=$venv.$$
  # shellcheck disable=SC2015 # any step that fails sweeps up
  "$python" -m venv "$build" &&
    "$build/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r "$3" &&
    { [ -z "${4:-}" ] || "$4" "$build"; } ||
    { rm -rf "$build"; die "could not install $3: check the disk and the network, and start again"; }
  if [ -L "$venv" ] && [ ! -x "$venv/bin/python" ]; then rm -f "$venv"; fi
  ln -s "$build" "$venv" 2>/dev/null || rm -rf "$build"
}
