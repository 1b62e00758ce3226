# Sourced by ./pants, ./dynamic and tools/lock with $root set: find a Python, and make a locked virtual environment once.
# shellcheck shell=sh disable=SC2154

# Another project's modules stay out of ours.
unset PYTHONPATH PYTHONHOME

die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 3
}

# Pants hands its tools lists of paths with colons between them.
case $root in *:*) die "$root has a colon in it: move the clone to a path without one" ;; esac

# The caches of this repository and of Pants stand side by side in one folder. Pants' scripts split its path at spaces, and
# follow a link to where it leads, so a private folder with a plain name stands in for an odd one.
cache_root() {
  [ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] || die "no HOME: set XDG_CACHE_HOME to a writable folder and start again"
  XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
  if [ -n "$(printf %s "$XDG_CACHE_HOME" | LC_ALL=C tr -d 'A-Za-z0-9/._-')" ]; then
    XDG_CACHE_HOME=/var/tmp/dynamic-$(id -u)-$(printf %s "$XDG_CACHE_HOME" | cksum | tr ' ' '-')
    mkdir -m 700 "$XDG_CACHE_HOME" 2>/dev/null || [ -n "$(find "$XDG_CACHE_HOME" -prune -type d -user "$(id -u)" 2>/dev/null)" ] ||
      die "cannot write to $XDG_CACHE_HOME: set XDG_CACHE_HOME to a writable folder without spaces and start again"
  fi
  export XDG_CACHE_HOME
  cache=$XDG_CACHE_HOME/dynamic
  if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
    die "cannot write to $cache: set XDG_CACHE_HOME to a writable folder and start again"
  fi
}

# pyenv's shims answer to any version and then exit 127, so its real interpreters are asked first. The answer is where
# the links end: an upgrade leaves a dangling link there, which `made` sees, never another version under the same name.
find_python() { # VERSION
  for candidate in "${PYENV_ROOT:-/nonexistent}"/versions/"$1".*/bin/python "${HOME:-/nonexistent}"/.pyenv/versions/"$1".*/bin/python "python$1" python3; do
    "$candidate" -c "import ensurepip, os, sys
sys.version_info[:2] == (${1%.*}, ${1#*.}) or sys.exit(1)
print(os.path.realpath(sys.executable))" 2>/dev/null && return 0
  done
  command -v uv >/dev/null 2>&1 || return 1
  UV_PYTHON_INSTALL_DIR=${UV_PYTHON_INSTALL_DIR:-$cache/python}
  export UV_PYTHON_INSTALL_DIR
  uv python install --quiet "$1" >&2 && uv python find --no-project --managed-python "$1"
}

# Names the environment of LOCK, whether it stands or not.
name_venv() { # NAME PYTHON_VERSION LOCK -> sets $venv
  cache_root
  sum=$(cksum <"$3") || die "cannot read $3: restore it with 'git checkout -- $3'"
  venv=$cache/$1-$2-$(printf %s "$sum" | tr ' ' '-')
}

made() { [ -x "$venv/bin/python" ] && [ -e "$venv/made" ]; }

# Makes the environment of LOCK unless it stands; offline from then on. One start builds, under a lock that the kernel
# drops with its last holder, and the others wait; what a killed one left is swept. Returns 1 where there is no Python.
locked_venv() { # NAME PYTHON_VERSION LOCK [FINISH] -> sets $venv
  name_venv "$1" "$2" "$3"
  made && return 0
  python=$(find_python "$2") || return 1
  exec 9>"$cache/$1.lock"
  "$python" -c 'import fcntl, sys
try:
    fcntl.flock(0, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("waiting for another start that is installing", sys.argv[1], file=sys.stderr)
    fcntl.flock(0, fcntl.LOCK_EX)' "$1" <&9 ||
    die "cannot lock $cache/$1.lock: set XDG_CACHE_HOME to a folder on a local disk and start again"
  made || {
    printf '%s: first start, installing %s into %s\n' "${0##*/}" "$1" "$cache" >&2
    rm -rf "$venv"
    if ! {
      "$python" -m venv "$venv" &&
        "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r "$3" &&
        ${4:-true}
    } >"$venv.log" 2>&1; then
      die "could not install ${3#"$root/"} ($(tail -n 1 "$venv.log")): check the network and the disk, and start again; $venv.log has more"
    fi
    : >"$venv/made"
  }
  exec 9>&-
}

no_python() { # VERSION
  die "no Python $1 with ensurepip: install one (pyenv install $1, apt install python$1-venv) or install uv, and start again"
}
