#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check and repair: a directory broken on purpose, a fault for each rule; each is found, what can be mended is mended, and
# the second check finds only the rest.
. "$USERD_TOP/tests/support/assert.sh"

db=/var/lib/userd/userd.db
found() { { userctl check --format csv --columns rule,subject "$@" 2>/dev/null || true; } | tail -n +2 | tr -d '\r' | tr , ' '; }
uid_of() { userctl get "$1" -p uid; }

printf 'desk:x:991:\nwas:x:993:\n' >>/etc/group
printf 'desk:991\n' >>/etc/userd/local-groups
mkdir -p /etc/userd/userd.yaml.d
printf 'local_groups: [sudo, desk]\n' >/etc/userd/userd.yaml.d/50-desk.yaml
cat >/etc/userd/userd.yaml.d/60-corp.yaml <<'YAML'
ldap: {corp: {uri: ["ldaps://ldap.invalid"], base: "dc=example,dc=org", id_range: ["250000-259999"]}}
YAML
"$support/service" restart
for group in web ops; do userctl group create "$group"; done
for name in ann bea cid dan eve gus hal ivy leo lin nat; do userctl create "$name" --no-password -q; done
userctl create fay --no-password -q
userctl create joy --no-password --shell /bin/odd -q
userctl create kim --no-password --expires 2020-01-01 -q
userctl create mia --no-password --mfa required -q
userctl group add desk gus
userctl group add web ann
userctl role create desk --grant user.read --scope web,was -q
(umask 077 && head -c 20 /dev/urandom | base32 >/root/seed)
userctl create oli --no-password --totp-file /root/seed -q
(umask 077 && head -c 20 /dev/urandom | base32 >/root/seed)
userctl create pia --no-password --totp-file /root/seed -q
ssh-keygen -q -t ed25519 -N '' -C laptop -f /root/key
userctl ssh-key add nat --file /root/key.pub
userctl suspend fay -q && userctl delete fay --yes -q
equal "before, all is well but for what was made so" "shell-unlisted user:joy
expired-active user:kim" "$(found | grep -v '^mfa-missing')"
dan=$(uid_of dan) eve=$(uid_of eve) ann=$(uid_of ann)

"$support/service" stop
sqlite3 "$db" <<SQL
PRAGMA foreign_keys = OFF;
INSERT INTO members (group_id, user_id, generation) SELECT id, 42, 1 FROM groups WHERE name = 'web';
INSERT INTO members (group_id, subgroup_id, generation) SELECT id, 43, 1 FROM groups WHERE name = 'web';
INSERT INTO passwords (user_id, hash, changed_at) VALUES (42, 'x', 0);
UPDATE groups SET gid = $ann WHERE name = 'ops';
UPDATE users SET uid = 65533 WHERE name = 'cid';
UPDATE users SET last_login = created_at WHERE name = 'hal';
UPDATE users SET uid = 250000, source = 'ldap:corp' WHERE name = 'lin';
UPDATE users SET created_at = 1, last_login = 2 WHERE name = 'leo';
UPDATE users SET enrol_until = 1 WHERE name = 'mia';
UPDATE totp SET sealed = substr(sealed, 1, 50) WHERE user_id = (SELECT id FROM users WHERE name = 'oli');
UPDATE totp SET last_step = 100000000 WHERE user_id = (SELECT id FROM users WHERE name = 'pia');
UPDATE ssh_keys SET expires = 1;
SQL
mkdir -p /home/leo /home/ivy /home/odd
chown "$(sqlite3 "$db" "SELECT uid FROM users WHERE name = 'leo'")" /home/leo
printf 'bob:%s:1\n' "$eve" >>/etc/subuid
printf 'old:x:990:fay\n' >>/etc/group
sed -i '/^was:/d' /etc/group
sed -i 's/^desk:x:991:/desk:x:992:/' /etc/group
sed -i 's/^desk:991/desk:992/' /etc/userd/local-groups
"$support/service" start
printf 'dan:x:%s:%s::/home/dan:/bin/bash\n' 1005 1005 >>/etc/passwd
within 5 bash -c '! getent passwd '"$dan"
sqlite3 "$db" "UPDATE users SET home = '/home/elsewhere' WHERE name = 'bea'"

all=$(found)
for line in "member-missing group:web" "orphaned-credential store" "id-duplicate user:ann" "dead-nested-group group:web" \
    "snapshot-differs user:bea" "id-foreign user:cid" "id-taken user:dan" "subid-overlap user:eve" "stale-name host:fay" \
    "local-group-missing local-group:desk" "home-missing user:hal" "home-owner user:ivy" "shell-unlisted user:joy" \
    "expired-active user:kim" "stale-account user:leo" "mfa-missing user:mia" "weak-totp-key user:oli" "code-ahead user:pia" "key-expired user:nat" \
    "role-scope-stale role:desk" "subid-range ldap:corp"; do
    contains "found: $line" "$line" "$all"
done
known=$(sed -n 's/^| `\([a-z-]*\)` | \(note\|warning\|error\) .*/\1/p' "$USERD_TOP/docs/reference/check.md" | sort)
missing=$(comm -23 <(printf '%s\n' "$known") <(printf '%s\n' "$all" | cut -d' ' -f1 | sort -u) || true)
equal "there is a fault for each rule of the reference" "" "$missing"

refuses "check ends with 10" 10 userctl check
equal "one user only" "home-missing user:hal" "$(found hal)"
equal "one rule only" "stale-name host:fay" "$(found --only stale-name)"
contains "as CSV" "warning,home-missing,user:hal" "$(userctl check hal --format csv 2>&1 || true)"
refuses "a dry run of repair ends with 10" 10 userctl repair --dry-run
equal "and changes nothing" "$all" "$(found)"
refuses "repair leaves what only a person can decide" 10 userctl repair
rest=$(found)
for rule in member-missing orphaned-credential dead-nested-group snapshot-differs local-group-missing expired-active key-expired \
    role-scope-stale; do
    lacks "mended: $rule" "$rule" "$rest"
done
for rule in id-duplicate id-foreign id-taken subid-overlap subid-range stale-name home-missing home-owner shell-unlisted stale-account \
    mfa-missing weak-totp-key code-ahead; do
    contains "left: $rule" "$rule" "$rest"
done
equal "lookups see what the store holds" /home/elsewhere "$(getent passwd bea | cut -d: -f6)"
contains "gus is in the local group under its new number" 992 "$(id -G gus)"

# By hand: what repair left.
sed -i '/^dan:/d' /etc/passwd
sed -i '/^bob:/d' /etc/subuid
sed -i '/^old:/d' /etc/group
within 5 getent passwd dan
chown "$(uid_of ivy)" /home/ivy
userctl update joy --shell /bin/bash -q >/dev/null
userctl mfa reset oli --yes >/dev/null
userctl mfa reset pia --yes >/dev/null
rest=$(found)
for rule in id-taken subid-overlap stale-name home-owner shell-unlisted weak-totp-key code-ahead; do lacks "gone: $rule" "$rule" "$rest"; done
