#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every test that the page of promises names exists.
set -eu
top=$1
status=0
for name in $(grep -oE '`[a-z0-9_]{12,}`' "$top/docs/promises.md" | tr -d '`' | sort -u); do
    grep -rqE "TEST_CASE\($name[,)]" "$top/tests/unit" && continue
    echo "docs/promises.md names a test that is not there: $name"
    status=1
done
for name in $(grep -oE 'integration: [a-z_]+' "$top/docs/promises.md" | cut -d' ' -f2 | sort -u); do
    [ -e "$top/tests/integration/$name.sh" ] && continue
    echo "docs/promises.md names a script that is not there: $name"
    status=1
done
exit $status
