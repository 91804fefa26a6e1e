#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Backup under a load of changes, restore, and what must hold afterwards; a damaged store and userd --recover.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user_with_code alice --mfa required
password=$(password_of alice)
yes="successfully authenticated" no="Authentication failure"
verdict() { contains "$1" "$2" "$(pam login alice "${@:3}" -- authenticate || true)"; }

(umask 077; printf 'correct horse battery staple\n' >/root/pass)
code=$(fresh_code alice)
verdict "a code gets in" "$yes" "$password" "$code"

# Changes all the while, each acknowledged one in a ledger.
: >/root/ledger
(for n in $(seq 200); do userctl create "u$n" --no-password -q >>/root/ledger 2>/dev/null || break; done) &
load=$!
within 20 grep -q u10 /root/ledger
before=$(wc -l </root/ledger)
holds "backup under load" userctl backup /root/one.bak --passphrase-file /root/pass --verify
after=$(wc -l </root/ledger)
kill "$load"; wait "$load" 2>/dev/null || true
equal "the file is root's alone" "600 root" "$(stat -c '%a %U' /root/one.bak)"
refuses "others may not" 4 runuser -u alice -- userctl backup /tmp/x.bak --without-key

used=$(fresh_code alice)
verdict "a code after the backup" "$yes" "$password" "$used"
userctl create late --no-password -q >/dev/null
late=$(userctl get late -p uid)

# A torn and a changed file change nothing.
generation=$(userctl status --json --columns generation)
head -c 100000 /root/one.bak >/root/torn.bak
refuses "a torn file" 6 userctl restore /root/torn.bak --replace --yes --passphrase-file /root/pass
cp /root/one.bak /root/changed.bak; printf 'x' | dd of=/root/changed.bak bs=1 seek=90000 conv=notrunc status=none
refuses "a changed file" 6 userctl restore /root/changed.bak --replace --yes --passphrase-file /root/pass
refuses "without --replace" 5 userctl restore /root/one.bak --passphrase-file /root/pass
equal "nothing was changed" "$generation" "$(userctl status --json --columns generation)"

holds "restore" userctl restore /root/one.bak --replace --yes --passphrase-file /root/pass
# The ledger: what was acknowledged before the backup began is there, what began after its end is not.
missing=0 later=0 n=0
while read -r name; do
    n=$((n + 1))
    if getent passwd "$name" >/dev/null; then [ "$n" -le $((after + 1)) ] || later=$((later + 1)); else [ "$n" -gt "$before" ] || missing=$((missing + 1)); fi
done </root/ledger
equal "all of before is there, in lookups too" 0 "$missing"
equal "nothing of after is" 0 "$later"
refuses "late is gone" 2 getent passwd late
verdict "a code of before the backup stays used" "$no" "$password" "$code"
verdict "a code of after it stays used" "$no" "$password" "$used"
userctl create new --no-password -q >/dev/null
holds "late's number is not given out again" test "$(userctl get new -p uid)" -gt "$late"
holds "the chain holds" userctl log --verify

# Onto a new machine, which has made a key of its own.
"$support/service" stop
rm -rf /var/lib/userd/nss /var/lib/userd/userd.db* /var/lib/userd/key*
"$support/service" start
refuses "a new machine knows nobody" 3 userctl get alice
holds "restore onto a new machine" userctl restore /root/one.bak --passphrase-file /root/pass
holds "and it knows alice" getent passwd alice
echo $(($(step_now) + 1)) >"$codes/alice.step"  # a restore uses up the steps around now
verdict "and her codes work" "$yes" "$password" "$(fresh_code alice)"

# The figures, and the plugin.
contains "metrics end as they must" "# EOF" "$(userctl metrics | tail -1)"
lacks "and name nobody" alice "$(userctl metrics)"
contains "the plugin is content" "USERD OK" "$(userctl status --check)"

# A damaged store.
"$support/service" stop
refuses "with the daemon dead the plugin says 2" 2 userctl --timeout 2s status --check
python3 - <<'PY'
import sqlite3
store = sqlite3.connect("/var/lib/userd/userd.db")
store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
store.close()
path = "/var/lib/userd/userd.db"
data = bytearray(open(path, "rb").read())
at = data.find(b"u10/home") // 4096 * 4096 if data.find(b"u10/home") > 0 else len(data) // 8192 * 4096
data[at:at + 4096] = b"\x5a" * 4096
open(path, "wb").write(data)
PY
sum=$(sha256sum </var/lib/userd/userd.db)
said=$(/usr/lib/userd/userd --recover)
contains "recovery counts the rows" "users" "$said"
contains "and says what to do" "systemctl start userd" "$said"
equal "the old store was not changed" "$sum" "$(sha256sum </var/lib/userd/userd.db)"
equal "the new one is userd's own" "600 userd" "$(stat -c '%a %U' /var/lib/userd/userd.db.recovered)"
commands=$(sed -n 's/^  \(cd .*\) && systemctl start userd$/\1/p' <<<"$said")
equal "the printed commands put it in place, without a word" "" "$(bash -c "$commands" 2>&1)"
holds "the damaged one is kept aside" test -s /var/lib/userd/damaged/userd.db
"$support/service" start
holds "the new store serves" userctl list
