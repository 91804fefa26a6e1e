#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Users by the hundred: a file in, in one change; files out, in forms that others read; and a real directory server that
# loads them.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

cd /root
userctl group create people
{
    echo 'name;first_name;last_name;email;groups;phone'
    for i in $(seq 1 300); do printf 'u%d;Zoë;Müller %d;u%d@example.org;people;0044%010d\n' "$i" "$i" "$i" "$i"; done
} >people.csv

generation() { userctl status --json | sed -n 's/.*"generation": *\([0-9]*\).*/\1/p'; }
before=$(generation)
{ cat people.csv; echo 'u7;;;;;'; echo 'u0;;;nonsense;;'; } >broken.csv
refuses "a broken file is refused" 6 userctl import broken.csv
equal "and nothing of it is there" "$before" "$(generation)"
contains "each error has its place" "broken.csv:303:6: " "$(userctl import broken.csv 2>&1 || true)"
contains "and all are told" "broken.csv:302:1: the user u7 exists" "$(userctl import broken.csv 2>&1 || true)"
holds "hundreds of users" userctl import people.csv
equal "came in by one change" $((before + 1)) "$(generation)"
equal "lookups see the last" "Zoë Müller 300" "$(getent passwd u300 | cut -d: -f5)"
contains "with the groups" people "$(id -Gn u300)"
before=$(generation)
holds "the same file again" userctl import people.csv --on-exists update
equal "changes nothing" "$before" "$(generation)"

# Others may neither.
userctl create alice --no-password -q
refuses "alice may not import" 4 runuser -u alice -- userctl --no-input import - </dev/null
refuses "nor export" 4 runuser -u alice -- userctl --no-input export
refuses "nor check" 4 runuser -u alice -- userctl --no-input check

# Passwords: made while somebody waits for them, in a file for that one alone.
printf 'name,kind\nbea,\nrobot,service\n' >new.csv
holds "passwords go into a report" userctl import new.csv --generate --report passwords.csv
equal "that nobody else can read" 600 "$(stat -c %a passwords.csv)"
equal "for those who have one" "bea" "$(tail -n +2 passwords.csv | cut -d, -f1)"
password=$(tail -n +2 passwords.csv | cut -d, -f3 | tr -d '\r')
lacks "they are in no log" "$password" "$(journalctl --no-pager -q)"
holds "it is the password" pam login bea "$password" "" -- authenticate

# Who goes away in the middle leaves nothing behind.
seq -f 'late%g' 1 600 | sed '1i name' >late.csv
before=$(generation)
timeout -s KILL 1 userctl import late.csv --generate --json >/dev/null 2>&1 || true
sleep 2
equal "an import without its caller is no import" "$before" "$(generation)"

# Out again.
userctl export --format json >all.json
equal "JSON" 303 "$(python3 -c 'import json; print(len(json.load(open("all.json"))["users"]))')"
userctl export --format csv >all.csv
holds "CSV can be imported again" userctl import all.csv --on-exists update --map state=
equal "and changes nothing" "$before" "$(generation)"
# A reader who stops costs nothing: others are served meanwhile, and the daemon lets go.
python3 - <<'PY'
import os, subprocess, time
reader, writer = os.pipe()
slow = subprocess.Popen(["userctl", "export", "--json"], stdout=writer)
os.close(writer)
time.sleep(1)
start = time.time()
subprocess.run(["userctl", "export", "--format", "csv"], stdout=subprocess.DEVNULL, check=True)
assert time.time() - start < 10, "the second export waited for the first"
slow.kill()
slow.wait()
PY
pass "a reader who stops does not stop others"

# Into a real server.
command -v slapadd >/dev/null || skip "no slapd"
load() {
    local schema=$1 folder=/root/ldap-$1
    mkdir -p "$folder/db"
    {
        echo "include /etc/ldap/schema/core.schema"
        echo "include /etc/ldap/schema/cosine.schema"
        echo "include /etc/ldap/schema/inetorgperson.schema"
        echo "include $folder/nis.schema"
        echo "modulepath /usr/lib/ldap"
        echo "moduleload back_mdb"
        echo "database mdb"
        echo "maxsize 268435456"
        echo "suffix dc=example,dc=org"
        echo "directory $folder/db"
        echo "dbnosync"
    } >"$folder/slapd.conf"
    cp /etc/ldap/schema/nis.schema "$folder/nis.schema"
    if [ "$schema" = rfc2307bis ]; then # as its draft has it: posixGroup stands beside another class
        sed -i "/NAME 'posixGroup'/,/^\$/ { s/SUP top STRUCTURAL/SUP top AUXILIARY/; s/MUST ( cn \\$ gidNumber )/MUST gidNumber/ }" "$folder/nis.schema"
    fi
    printf 'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: example\n\n' |
        slapadd -f "$folder/slapd.conf" -q
    userctl export --format ldif --base dc=example,dc=org --schema "$schema" >"$folder/all.ldif"
    slapadd -f "$folder/slapd.conf" -l "$folder/all.ldif" || return
    slapcat -f "$folder/slapd.conf" -o ldif-wrap=no >"$folder/out.ldif"
}
for schema in rfc2307 rfc2307bis; do
    holds "slapd takes it ($schema)" load "$schema"
    equal "all people are there" 303 "$(grep -c '^objectClass: posixAccount' "/root/ldap-$schema/out.ldif")"
    contains "with their names" "cn:: $(printf 'Zoë Müller 300' | base64 -w0)" "$(cat "/root/ldap-$schema/out.ldif")"
done
equal "members by name" 300 "$(grep -c '^memberUid: u' /root/ldap-rfc2307/out.ldif)"
equal "members by entry" 300 "$(grep -c '^member: uid=u' /root/ldap-rfc2307bis/out.ldif)"

# What many users at once take goes back to the host, each time.
daemon=$("$support/service" pid)
memory() { awk '/^RssAnon/ {print $2}' "/proc/$daemon/status"; } # of its own, in KiB
is_back() { [ "$(memory)" -le $((idle + 8192)) ]; }
idle=$(memory)
for run in 1 2 3; do
    seq -f "m${run}x%05.0f" 1 5000 | sed '1i name' >many.csv
    holds "5,000 more users" userctl import many.csv --group people
    sanitized || within 20 is_back
done
pass "the daemon is nearly as small as it was"
