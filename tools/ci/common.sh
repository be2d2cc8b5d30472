# Shared by engine and images (sourced, not run): progress lines, the cache folder, packages of another Debian release.
# shellcheck shell=bash

cache=${LETHE_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lethe-ci}
arch=$(dpkg --print-architecture 2>/dev/null || uname -m)
mkdir -p "$cache"

# Progress goes to stderr, so that stdout stays free for answers.
say() { printf '[%s %3ds] %s\n' "${0##*/}" "$SECONDS" "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# need COMMAND PACKAGE…: installs the Debian packages when the command is missing.
need() {
  command -v "$1" >/dev/null && return
  shift
  say "installing $*"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } \
    >"$cache/apt.log" 2>&1 || { tail -5 "$cache/apt.log" >&2; die "could not install $*"; }
}

# The Debian mirror that this machine's own apt uses: its main archive, not the one for security fixes.
mirror() { apt-get indextargets --format '$(REPO_URI)' | grep -v security | sort -u | sed -n '1s|/*$||p'; }

# suite_apt SUITE ARGUMENTS…: apt-get for another Debian release, with a state of its own. Signatures are checked as always;
# the machine's apt set-up is neither read (but for the mirror) nor changed.
suite_apt() {
  local suite=$1 dir=$cache/apt/$1 base
  shift
  mkdir -p "$dir"/{lists,archives}/partial
  [ -e "$dir/status" ] || : >"$dir/status"
  base=$(mirror)
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "$base" "$suite" "$base-security" "$suite-security" >"$dir/sources.list"
  cat >"$dir/apt.conf" <<C
Dir::Etc::parts "/dev/null"; Dir::Etc::sourcelist "$dir/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null"; Dir::State::lists "$dir/lists"; Dir::State::status "$dir/status";
Dir::Cache "$dir"; Dir::Cache::archives "$dir/archives"; Acquire::Languages "none"; Acquire::Retries "3";
Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false"; APT::Install-Recommends "false";
APT::Architecture "$arch"; APT::Architectures {"$arch";}; APT::Sandbox::User "root";
C
  APT_CONFIG=$dir/apt.conf apt-get -q "$@"
}
