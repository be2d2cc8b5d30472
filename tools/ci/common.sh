# Shared by engine and images (sourced, not run): progress lines, the cache folder, packages of another Debian release.

cache=${LETHE_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lethe-ci}
mkdir -p "$cache"

# Progress goes to stderr, so that stdout stays free for answers.
say() { printf '[%s %3ds] %s\n' "${0##*/}" "$SECONDS" "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# need COMMAND PACKAGE: installs the Debian package when the command is missing.
need() {
  command -v "$1" >/dev/null && return
  say "installing $2"
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$2" >"$cache/apt-$2.log" 2>&1 ||
    { tail -5 "$cache/apt-$2.log" >&2; die "could not install $2"; }
}

# The Debian mirror that this machine's own apt uses: its main archive, not the one for security fixes.
mirror() { apt-get indextargets --format '$(REPO_URI)' | sort -u | grep -v security | head -1; }

# suite_apt SUITE ARGUMENTS…: apt-get for another Debian release, with a state of its own. Signatures are checked as always;
# the machine's apt set-up is neither read nor changed.
suite_apt() {
  local suite=$1 dir=$cache/apt/$1 base
  shift
  base=$(mirror)
  mkdir -p "$dir"/{lists,archives}/partial
  [ -e "$dir/status" ] || : >"$dir/status"
  {
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$base" "$suite" "$base" "$suite-updates"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "${base%/}-security" "$suite-security"
  } >"$dir/sources.list"
  cat >"$dir/apt.conf" <<C
Dir::Etc::parts "/dev/null"; Dir::Etc::sourcelist "$dir/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null"; Dir::State::lists "$dir/lists"; Dir::State::status "$dir/status";
Dir::Cache "$dir"; Dir::Cache::archives "$dir/archives"; Acquire::Languages "none"; Acquire::Retries "3";
Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false"; APT::Install-Recommends "false";
APT::Architecture "amd64"; APT::Architectures {"amd64";}; APT::Sandbox::User "root";
C
  APT_CONFIG=$dir/apt.conf apt-get -q "$@"
}
