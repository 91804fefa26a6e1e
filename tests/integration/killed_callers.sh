#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Five thousand callers are killed in the middle of their call, some while polkit thinks. What was acknowledged is
# there; what was not is there whole, or not at all; and none of it costs the daemon anything that stays.
. "$USERD_TOP/tests/support/assert.sh"

rounds=5000
sanitized && rounds=500
pid=$("$support/service" pid)
descriptors() { find "/proc/$pid/fd" -mindepth 1 | wc -l; }
before=$(descriptors)
userctl group create team >/dev/null

python3 "$USERD_TOP/tests/integration/killed_callers.py" "$rounds" >/root/acknowledged
done_by() { sed -n "s/^$1 //p" /root/acknowledged; }
pass "$(wc -l </root/acknowledged) of $rounds calls were acknowledged"

equal "the daemon is the same process" "$pid" "$("$support/service" pid)"
descriptors_are_back() { [ "$(descriptors)" -le $((before + 2)) ]; }
within 10 descriptors_are_back
pass "no descriptor stays"

userctl list --all --json=short --columns name,shell,groups >/root/list
getent passwd | cut -d: -f1 | sort >/root/names
for name in $(done_by create); do grep -qx "$name" /root/names || fail "$name was acknowledged and is not there"; done
pass "every user that was acknowledged is there"

# The store, the snapshot and the trail tell one story: whoever is listed is found, was created once, and is whole.
python3 - <<'PY'
import json, subprocess
users = {u["name"]: u for u in json.load(open("/root/list"))["users"]}
names = set(open("/root/names").read().split())
assert set(users) <= names, sorted(set(users) - names)[:5]
found = {n for n in names if n.startswith("killed")}
assert found == set(users), found ^ set(users)
created = json.loads(subprocess.check_output(["sqlite3", "-json", "/var/lib/userd/userd.db",
    "select substr(subject, 6) name, count(*) n from audit where action = 'user.create' group by 1"]))
assert {r["name"] for r in created} == found, "a user without a row in the trail, or the reverse"
assert all(r["n"] == 1 for r in created)
joined = {line.split()[1] for line in open("/root/acknowledged") if line.startswith("join ")}
changed = {line.split()[1] for line in open("/root/acknowledged") if line.startswith("change ")}
assert all("team" in users[n]["groups"] for n in joined)
assert all(users[n]["shell"] == "/bin/sh" for n in changed)
assert all(u["shell"] in ("/bin/bash", "/bin/sh") for u in users.values())
PY
pass "what was not acknowledged is whole, or not there"
