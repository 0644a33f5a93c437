# SPDX-License-Identifier: MIT
# Shared by the scripts of this folder, which source it and then run in the project's folder.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$(basename "$0"): $*"
  exit 1
}

# The text of a script's leading comment.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# Those of the named Debian packages that are not installed, one a line.
missing_packages() {
  comm -23 <(printf '%s\n' "$@" | sort) \
    <(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
      sed -n 's/^installed //p' | sort)
}

# Runs a command as root: as it is, or with sudo.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "'$*' needs root: run this script as root once, or install sudo."
  fi
}

# Installs those of the named Debian packages that are missing. Silent, and off the network, when none is.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "This is no Debian system; going on as if these packages, or their equals, were installed: $*"
    return
  fi
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "Installing from Debian: ${missing[*]}"
  as_root apt-get update --quiet=2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# Configures a preset, once for as long as the presets stay as they are. Installs the compiler that it wants beside g++.
configure() {
  local preset=$1
  if [[ $preset == asan || $preset == fuzz ]]; then install_packages clang libclang-rt-14-dev; fi
  [[ build/$preset/build.ninja -nt CMakePresets.json ]] || cmake --fresh --preset "$preset"
}

# Builds a preset: all of it, or the named targets.
build() {
  local preset=$1
  shift
  configure "$preset"
  cmake --build --preset "$preset" ${1:+--target "$@"}
}
