#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The audit trail: who sees it, what a flood leaves, that kill -9 takes nothing from it, and that a change shows.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user alice --mfa off
make_user bob --mfa off
userctl update alice --shell /bin/sh -q >/dev/null

# Whose rows.
contains "root sees all" "user:bob" "$(userctl log)"
contains "a user sees the own rows" "user.update" "$(runuser -u alice -- userctl log)"
lacks "and nobody else's" "bob" "$(runuser -u alice -- userctl log)"
refuses "another's rows need a right" 4 runuser -u alice -- userctl --no-input log bob
refuses "so does the whole trail" 4 runuser -u alice -- userctl --no-input log --everyone
refuses "and its verification" 4 runuser -u alice -- userctl --no-input log --verify

# A wrong login: the reference that the person is shown finds the row.
said=$(pam login bob wrong '' -- authenticate || true)
[[ $said =~ reference\ ([A-Z0-9]{6}) ]] || fail "no reference in: $said"
reference=${BASH_REMATCH[1]}
contains "the reference finds the attempt" "bad-password" "$(userctl log --attempt "$reference" 2>&1)"
contains "and its reason" "bob" "$(userctl log --reason bad-password)"

# log -f shows what happens, within a moment and without polling.
timeout 20 userctl log -f --json >/root/followed &
follower=$!
sleep 1
calls_before=$(grep -c . /root/followed)
userctl update bob --shell /bin/sh -q >/dev/null
within 3 grep -q '"subject":"user:bob".*"changes":"shell' /root/followed
pass "log -f shows a change as it happens"
holds "after rows that were there" test "$calls_before" -gt 0
kill "$follower"
wait "$follower" 2>/dev/null || true

# A flood: sums, and what was counted survives kill -9.
userctl unlock bob -q >/dev/null 2>&1 || true
for _ in $(seq 30); do (pam login bob wrong '' -- authenticate || true) >/dev/null; done
tries() {
    userctl log bob --all --json=lines --columns action,count | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(sum(row["count"] or 1 for row in rows if row["action"] == "login.denied"))'
}
denied_rows() { userctl log bob --all --json=lines --columns action | grep -c login.denied; }
equal "every try is told of" 31 "$(tries)"
holds "in a handful of rows ($(denied_rows))" test "$(denied_rows)" -le 7
killed=$("$support/service" pid)
kill -9 "$killed"
"$support/service" wait "$killed"
equal "kill -9 takes none of them" 31 "$(tries)"

# The chain.
contains "the chain is whole" "The audit trail is whole" "$(userctl log --verify)"
"$support/service" stop
python3 - <<'PY'
import sqlite3
store = sqlite3.connect("/var/lib/userd/userd.db")
store.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
store.commit()
store.close()
PY
chown userd:userd /var/lib/userd/userd.db*
"$support/service" start
status=0
said=$(userctl log --verify 2>&1) || status=$?
equal "a changed row ends with 6" 6 "$status"
contains "and is named" "row 2 was changed" "$said"
