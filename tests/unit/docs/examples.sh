#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# examples.sh USERCTL SOURCE: the YAML that stands in the man pages is what userctl takes.
set -eu
userctl=$1 pages=$2/docs/man
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/etc/userd"

# blocks PAGE: each literal block into a file of its own, $work/PAGE-N.yaml.
blocks() {
    awk -v name="$work/$1" '/^```$/ { open = !open; n += open; next } open { print >(name "-" n ".yaml") }' "$pages/$1.scd"
    ls "$work/$1"-*.yaml
}

status=0
for file in $(blocks userd.yaml.5); do
    cp "$file" "$work/etc/userd/userd.yaml"
    USERD_ROOT=$work "$userctl" validate || { echo "userd.yaml(5): not taken:"; cat "$file"; status=1; }
done
for file in $(blocks userd-state.5); do
    "$userctl" validate "$file" || { echo "userd-state(5): not taken:"; cat "$file"; status=1; }
done
exit $status
