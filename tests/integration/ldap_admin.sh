#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an admin sees of a directory server and may do to its users: refused is what the server owns, by whatever way;
# what is the host's is done as ever.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/directory.sh"

slapd make
slapd seed
{
    person alice 200001 "mail: alice@example.org"
    person bert 200002
    person zoe 999 # of no range of the source
    team people 400000
    team crew 400001 alice bert
} | slapd load
slapd start
mkdir -p /etc/userd/userd.yaml.d
mirrored
same "the server's users and groups are here"

# read_only WHAT COMMAND…: refused as the server's, with its name and address.
read_only() {
    local what=$1 said status=0
    shift
    said=$("$@" 2>&1) || status=$?
    equal "$what: wrong place" 5 "$status"
    contains "$what: names the server" "directory server corp" "$said"
    contains "$what: and where it is" "ldap://127.0.0.1:$port" "$said"
}
generation() { userctl status --json=short | sed 's/.*"generation":\([0-9]*\).*/\1/'; }
before=$(generation)
for change in "--shell /bin/sh" "--home /home/other" "--email a@example.org" "--first-name Al" "--primary-group private"; do
    # shellcheck disable=SC2086
    read_only "update $change" userctl update alice $change
done
read_only "rename" userctl rename alice alicia --leave
read_only "delete" userctl delete alice --leave --yes
userctl create dora --no-password -q >/dev/null
read_only "a member of ours in a group of theirs" userctl group add crew dora
read_only "a member less" userctl group remove crew alice
read_only "their group" userctl group delete crew --yes
printf 'version: 1\nset: team\nusers:\n  - {name: alice, shell: /bin/sh}\n' >team.yaml
contains "diff tells" "directory server corp" "$(userctl diff team.yaml --take-over 2>&1 || true)"
refuses "apply does nothing" any userctl apply team.yaml --take-over --yes
printf 'name,shell\nalice,/bin/sh\n' >users.csv
refuses "import neither" any userctl import users.csv --on-exists update
equal "nothing of it was done" $((before + 1)) "$(generation)" # dora
same "and the host is as the server"

# What is the host's.
holds "tags, metadata, mfa" userctl update alice --tag oncall --meta desk=4 --mfa optional
userctl group create web -q >/dev/null
holds "a group of the host" userctl group add web alice
holds "their group in one of ours" userctl group add web group:crew
contains "lookups see it" web "$(id -Gn bert)"
holds "suspend" userctl suspend bert --reason leave
holds "resume" userctl resume bert
contains "get tells the source" "ldap:corp" "$(userctl get alice -p source)"
equal "list by source" "alice bert" "$(userctl list --source corp -q | sort | tr '\n' ' ' | sed 's/ $//')"
lacks "a state file leaves them out" "name: alice" "$(userctl export)"

# The server as its admin sees it.
contains "status" following "$(userctl ldap status)"
contains "quarantine" "uid=zoe" "$(userctl ldap quarantine corp)"
said=$(userctl ldap test corp alice)
contains "each step of the test is right" "✓ user" "$said"
lacks "and none wrong" "✗" "$said"
contains "doctor finds it right" "✓ ldap-server" "$(userctl doctor --no-legend || true)"
contains "metrics" 'userd_ldap_users{source="corp"} 2' "$(userctl metrics)"

# Another source of names: the module of our own, which lookups go by.
holds "userd's own lookups are what userd says" userctl check --compare userd
slapd stop
failed() { userctl ldap status corp | grep -q failed; }
within 30 failed
contains "status says so" "ldap_problem" "$(userctl status)"
refuses "and a monitor is warned" 1 userctl status --check
contains "metrics" 'userd_ldap_up{source="corp"} 0' "$(userctl metrics)"
contains "everybody stays" alice "$(getent passwd alice)"
