#!/usr/bin/env bash
# The playbook's harness: tries each product by its own commands, one line a module, and keeps a log of each.
#   scripts/verify/dynamic_modules.sh [--json] [MODULE...]
# Modules: dynamic_ai dynamic_agi dynamic_ags dynamic_tl dynamic_ta dynamic_token; without a name, all. Logs and
# modules.json stay in dist/verify. Exits 0 if every module said yes, 1 if one said no, 3 if one could not be decided, 2
# on wrong usage.
# Example: scripts/verify/dynamic_modules.sh dynamic_token
# shellcheck disable=SC2329 # each module's function is called by its name
set -u
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 3
all=(dynamic_ai dynamic_agi dynamic_ags dynamic_tl dynamic_ta dynamic_token)

# Each function is a module's trial. It runs with `set -e`; `refuses` is for what a sound product must say no to.
dynamic_ai() {
  shown ./dynamic datasets snapshot sp500 --out "$work/data"
  shown ./dynamic models train "$work/data" --out "$work/model.onnx"
  shown ./dynamic models train "$work/data" --out "$work/again.onnx"
  shown cmp "$work/model.onnx" "$work/again.onnx"
  shown ./dynamic models validate "$work/again.onnx" --baseline "$work/model.onnx" --data "$work/data" --latency-tolerance 1
}

dynamic_agi() {
  shown ./dynamic agents simulate --episodes 200
}

dynamic_ags() {
  shown ./dynamic policy test
  shown ./dynamic policy check
  shown ./dynamic policy drift
  refuses ./dynamic policy check --action deploy.production --author ana
}

dynamic_tl() {
  shown ./dynamic contracts generate --check
  shown ./dynamic contracts test --vectors 2000
}

dynamic_ta() {
  shown ./dynamic matrix run
  shown ./dynamic backtest cross sweep sp500 --fast 2:20 --slow 20:100:10 --check all
  spec=ci/certificates/sma-cross-sp500.toml
  shown ./dynamic backtest certify "$spec" --out "$work/certificate.json"
  shown ./dynamic backtest verify "$work/certificate.json" --spec "$spec"
  sed 's/"fast":20/"fast":21/' "$work/certificate.json" >"$work/edited"
  refuses ./dynamic backtest verify "$work/edited" --spec "$spec"
}

dynamic_token() {
  shown ./dynamic token schedule
  shown ./dynamic token simulate --journal "$work/journal"
  shown ./dynamic token verify "$work/journal"
  sed '3s/1/2/' "$work/journal" >"$work/edited"
  refuses ./dynamic token verify "$work/edited"
}

shown() {
  printf '$ %s\n' "$*"
  "$@"
}

refuses() {
  local status=0
  shown "$@" || status=$?
  [ "$status" -eq 1 ] && return
  printf 'exit %d where the answer must be no (1)\n' "$status"
  return $((status ? status : 1))
}

word() { case $1 in 0) echo yes ;; 1) echo no ;; *) echo "could not decide (exit $1)" ;; esac; }

json=no
modules=()
for argument in "$@"; do
  case $argument in
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    --json) json=yes ;;
    *)
      [[ " ${all[*]} " == *" $argument "* ]] || {
        printf 'dynamic_modules.sh: no module is called %s: choose from %s\n' "$argument" "${all[*]}" >&2
        exit 2
      }
      modules+=("$argument")
      ;;
  esac
done
[ ${#modules[@]} -gt 0 ] || modules=("${all[@]}")

out=dist/verify
mkdir -p "$out" || exit 3
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

worst=0
objects=
for module in "${modules[@]}"; do
  start=$SECONDS
  (
    set -e
    "$module"
  ) </dev/null >"$out/$module.log" 2>&1
  status=$?
  line=$(printf '%-14s %-4s %4d s  %s' "$module" "$(word $status)" $((SECONDS - start)) "$out/$module.log")
  if [ "$json" = yes ]; then printf '%s\n' "$line" >&2; else printf '%s\n' "$line"; fi
  [ "$status" -eq 0 ] || tail -n 3 "$out/$module.log" | sed 's/^/    /' >&2
  objects+="${objects:+, }{\"module\": \"$module\", \"exit\": $status, \"seconds\": $((SECONDS - start)), \"log\": \"$out/$module.log\"}"
  case $status in
    0) ;;
    1) worst=1 ;;
    *) [ "$worst" -eq 1 ] || worst=3 ;;
  esac
done
printf '{"schema": "dynamic.verify/1", "modules": [%s]}\n' "$objects" >"$out/modules.json" || exit 3
[ "$json" = no ] || cat "$out/modules.json"
exit "$worst"
