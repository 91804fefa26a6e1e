#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The store's disk is full: lookups and passwords go on, a code gets in by the ballast and stays used, changes are refused;
# with space again all works without a restart.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

folder=/var/lib/userd
ballast=$folder/ballast
"$support/service" stop
cp -a $folder /root/state
mount -t tmpfs -o size=24m small $folder
cp -a /root/state/. $folder
chown userd:userd $folder && chmod 711 $folder
"$support/service" start
make_user_with_code alice
make_user bob
login() { pam login "$1" "$(password_of "$1")" "$2" -- authenticate; }
fill() { dd if=/dev/zero of=$folder/filler bs=4k oflag=append conv=notrunc 2>/dev/null || true; }
ballast_is_back() { for _ in $(seq 100); do [ ! -e $ballast ] || return 0; sleep 0.1; done; return 1; }

holds "the ballast is there after a start" ballast_is_back
equal "and really takes its space" 4096 "$(du -k $ballast | cut -f1)"

fill
equal "the disk is full" 0 "$(df --output=avail $folder | tail -1 | tr -d ' ')"
contains "lookups go on" "bob" "$(getent passwd bob)"
refuses "a change is refused" any userctl update bob --shell /bin/sh
contains "and says why" "no space" "$(userctl update bob --shell /bin/sh 2>&1 || true)"
contains "a password gets in" "successfully authenticated" "$(login bob "")"
holds "all that leaves the ballast alone" test -e $ballast

code=$(fresh_code alice)
contains "a code gets in" "successfully authenticated" "$(login alice "$code")"
refuses "by the ballast" any test -e $ballast
refuses "a change does not get its space" any userctl update bob --shell /bin/sh
killed=$("$support/service" pid)
kill -9 "$killed"
"$support/service" wait "$killed"
contains "the code stays used over a crash" "Authentication failure" "$(login alice "$code" || true)"

fill
contains "without room a code is refused" "System error" "$(login alice "$(fresh_code alice)" || true)"
contains "and a password is not" "successfully authenticated" "$(login bob "")"
killed=$("$support/service" pid)
kill -9 "$killed"
"$support/service" wait "$killed"
contains "nor after a start on the full disk" "successfully authenticated" "$(login bob "")"

rm $folder/filler
holds "with space again a change goes on" userctl update bob --shell /bin/sh
contains "and a code gets in" "successfully authenticated" "$(login alice "$(fresh_code alice)")"
holds "a restart brings the ballast back at the latest" "$support/service" restart
holds "there it is" ballast_is_back
