# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What tests/run and tests/demo share: the packages and the build. Sourced, with $top set to the source tree.

say() { printf '\n== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

need_root() {
    [ "$(id -u)" = 0 ] || die "needs root: it opens namespaces and may install packages"
}

missing_packages() {
    local name
    sed '/^#/d' "$top/tests/support/packages" | while read -r name; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
    done
}

# Installs what is missing and nothing else; a machine that has it all is not touched.
install_packages() {
    local missing
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    say "Installing" $missing
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # shellcheck disable=SC2086  # one word a package
    apt-get install -y -q --no-install-recommends $missing
}

# build FOLDER [MESON OPTION…]: configures once, then builds what changed. Debugging symbols would be half of the time.
build() {
    local folder=$1
    shift
    [ -e "$folder/build.ninja" ] || meson setup "$folder" "$top" -Ddebug=false "$@"
    ninja -C "$folder"
}
