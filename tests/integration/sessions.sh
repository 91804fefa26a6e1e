#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What runs for a user ends with the account, whichever way it is closed, and what was held goes on with it.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user alice
make_user bob
alice=$(id -u alice)
at=/var/spool/cron/atjobs linger=/var/lib/systemd/linger
mkdir -p -m 755 "$at" "$linger"
out() { "$@" 2>&1 || true; }
mode() { stat -c %a "$at/$1"; }
runs() { pgrep -U "$alice" >/dev/null; }
gone() { ! runs; }
begin() {    # a shell that heeds no SIGTERM, as one that somebody sits at, and something it runs
    setsid setpriv --reuid "$alice" --regid "$alice" --clear-groups bash -c 'trap "" TERM; sleep 1000; sleep 1000' & disown
    within 10 runs
}
install -o alice -m 700 /dev/null "$at/a0000101c0ffee"
install -o alice -m 400 /dev/null "$at/a0000201c0ffee"    # at(1) is still writing it
install -o bob -m 700 /dev/null "$at/a0000301c0ffee"
touch "$linger/alice"

begin
userctl suspend alice --dry-run >/dev/null
holds "a dry run ends nothing" runs
text=$(out userctl suspend alice)
contains "alice is suspended" "Suspended alice" "$text"
contains "what ended is told" "ended" "$text"
contains "and what is held" "$at/a0000101c0ffee: at job, held" "$text"
holds "nothing of hers runs" gone
equal "her at job waits, nobody else's does" "600 400 700" "$(mode a0000101c0ffee) $(mode a0000201c0ffee) $(mode a0000301c0ffee)"
refuses "her user manager lingers no more" any test -e "$linger/alice"
text=$(out userctl resources alice)
contains "a held job is still found" "at job, held" "$text"
contains "and who lingers once resumed" "lingers once resumed" "$text"

text=$(out userctl resume alice)
contains "what goes on is told" "released: $at/a0000101c0ffee" "$text"
equal "the at job is as it was" "700 400" "$(mode a0000101c0ffee) $(mode a0000201c0ffee)"
holds "lingering too" test -e "$linger/alice"

begin
holds "sessions may be kept" userctl suspend alice --keep-sessions
holds "what runs goes on" runs
equal "jobs are held all the same" 600 "$(mode a0000101c0ffee)"
holds "suspended once more" userctl suspend alice
holds "it ends" gone
userctl resume alice >/dev/null 2>&1

begin
mv /etc/userd/homes.yaml /etc/userd/kept
text=$(out userctl suspend alice)
contains "without the helper the account is closed" "Suspended alice" "$text"
contains "and what to do is told" "loginctl terminate-user alice" "$text"
equal "it stays closed" suspended "$(userctl get alice -p state)"
holds "what runs goes on" runs
mv /etc/userd/kept /etc/userd/homes.yaml
holds "with the helper, once more" userctl suspend alice
holds "it ends" gone
userctl resume alice >/dev/null 2>&1

begin
printf 'version: 1\nset: team\nusers:\n  - {name: alice, state: suspended}\n' >/root/team.yaml
holds "a state file suspends" userctl apply /root/team.yaml --take-over
within 20 gone
pass "what ran has ended"
userctl resume alice >/dev/null 2>&1

begin
holds "an end in the past" userctl update alice --expires 2020-01-01
within 20 gone
pass "ends what runs"
equal "and holds nothing that nobody would let go" 700 "$(mode a0000101c0ffee)"
