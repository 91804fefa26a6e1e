#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Desired state end to end: what a file says becomes so, in one change or none, twice is once, and nobody goes by mistake.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
mkdir -m 700 /root/state && cd /root/state

out() { "$@" 2>&1 || true; }
said() { "$@" 2>&1 >/dev/null || true; }
generation() { userctl status --json=short | sed -n 's/.*"generation":\([0-9]*\).*/\1/p'; }
rows() { userctl log --verify --json=short | sed -n 's/.*"rows":\([0-9]*\).*/\1/p'; }
# unchanged WHAT COMMAND…: it works and writes nothing.
unchanged() {
    local what=$1 before
    shift
    before=$(generation)/$(rows)
    holds "$what" "$@"
    equal "and writes nothing" "$before" "$(generation)/$(rows)"
}

# --- the sample session of the documentation, to the letter but for the hour
{
    printf 'version: 1\nset: web-team\ngroups: [{name: web}, {name: ops}]\nusers:\n'
    printf '  - {name: u%03d}\n' $(seq 212)
    printf '  - {name: alice, shell: /bin/sh, groups: [web], local_groups: []}\n  - {name: frank}\n'
} >before.yaml
holds "two hundred users in one change" userctl apply before.yaml
userctl group add sudo alice --for 100d >/dev/null
{
    printf 'version: 1\nset: web-team\ngroups: [{name: web}, {name: ops}]\nusers:\n  - {name: dora, groups: [web]}\n'
    printf '  - {name: u%03d}\n' $(seq 212)
    printf '  - {name: alice, shell: /bin/bash, groups: [ops], local_groups: []}\n'
} >team.yaml
equal "diff" "set web-team: 1 to create, 1 to change, 1 to suspend, 214 unchanged
  + dora    groups=web
  ~ alice   groups: +ops -web     shell: /bin/sh → /bin/bash     (sudo kept until 16:10)
  ! frank   no longer listed → suspend (--prune)" "$(out userctl diff team.yaml | sed 's/until .*)/until 16:10)/')"
refuses "there are differences" 10 userctl diff team.yaml
{
    printf 'version: 1\nset: web-team\nusers:\n       - name: bob\n         uid: 70900\n         shell: /bin/bash\n'
    printf '       - name: carol\n         uid: 70901\n         groups: [web]\n\n       - name: alice\n'
    printf '         display_name: Alice Example\n         mfa: required\n         emial: alice@example.org\n'
} >broken.yaml
equal "apply of what is broken" '✗ broken.yaml:14:10: unknown key "emial" in users[2] (alice). Did you mean "email"?
   14 |     emial: alice@example.org
      |     ^~~~~
1 error; nothing was changed.' "$(out userctl apply broken.yaml)"
refuses "data that is not valid" 6 userctl apply broken.yaml
refuses "validate says the same" 6 userctl validate broken.yaml
holds "validate needs no daemon" env USERD_ROOT=/nowhere userctl validate team.yaml

# --- apply, and once more
before=$(generation)
holds "apply" userctl apply team.yaml
equal "is one change" $((before + 1)) "$(generation)"
contains "lookups see it" ":dora" "$(getent group web)"
equal "the timed membership is kept" "alice sudo ops" "$(id -Gn alice)"
unchanged "a second apply" userctl apply team.yaml
holds "--strict takes it away" userctl apply team.yaml --strict
equal "and nothing else" "alice ops" "$(id -Gn alice)"

# --- prune and its brakes
equal "frank stays without --prune" active "$(userctl get frank -p state)"
head -n 150 team.yaml >few.yaml
refuses "too many at once" 5 userctl apply few.yaml --prune --yes
contains "says the limit" "the limit is 5%" "$(out userctl apply few.yaml --prune --yes)"
refuses "and nobody is asked where nobody can answer" 2 userctl --no-input apply team.yaml --prune
holds "one is within the limit" userctl apply team.yaml --prune --yes
contains "frank is suspended, not gone" "no longer listed in web-team" "$(userctl get frank --json)"
unchanged "pruned once" userctl apply team.yaml --prune --yes

# --- a plan is for the directory that it was made for
printf 'version: 1\nset: stale\nusers: [{name: ivan}, {name: jana}]\n' >stale.yaml
userctl apply stale.yaml >/dev/null 2>&1
printf 'version: 1\nset: stale\nusers: [{name: jana}]\n' >stale.yaml
# prune CHANGE: at a terminal, with a change of the directory between the question and the yes.
prune() {
    expect -c "set timeout 30; spawn userctl apply stale.yaml --prune --prune-limit 1; expect {Apply this?} {$1; send y\r}
        expect eof; exit [lindex [wait] 3]"
}
refuses "a yes is not for a directory that has changed since" 5 prune "exec userctl create hugo --no-password"
equal "nobody is suspended by it" active "$(userctl get ivan -p state)"
holds "else it is" prune ""
equal "and he is" suspended "$(userctl get ivan -p state)"

# --- renames, hosts, take-over
printf 'version: 1\nset: names\nusers:\n  - {name: asmith}\n' >names.yaml
userctl apply names.yaml >/dev/null 2>&1
id=$(id -u asmith)
printf 'version: 1\nset: names\nusers:\n  - {name: alina, was: asmith}\n' >names.yaml
holds "was: renames" userctl apply names.yaml
equal "and keeps the number" "$id" "$(id -u alina)"
unchanged "and then does nothing" userctl apply names.yaml
printf 'version: 1\nset: hosts\nusers:\n  - {name: here, hosts: ["userd-*"]}\n  - {name: there, hosts: [web*]}\n' >hosts.yaml
userctl apply hosts.yaml >/dev/null 2>&1
holds "hosts: this one has here" getent passwd here
refuses "and not there" 2 getent passwd there
printf 'version: 1\nset: hosts\nhosts: [web*]\nusers: [{name: there}]\n' >elsewhere.yaml
unchanged "a file for other hosts" userctl apply elsewhere.yaml
contains "says so to programs, too" '"changed":false' "$(userctl apply elsewhere.yaml --json=short)"
printf 'version: 1\nset: hosts\nusers: [{name: here}, {name: hugo}]\n' >taken.yaml
refuses "who belongs to no set is not taken" 5 userctl apply taken.yaml
holds "but with --take-over" userctl apply taken.yaml --take-over
unchanged "and then belongs to it" userctl apply taken.yaml

# --- secrets: sealed, from a file, never plain
mkdir -m 700 /run/credentials
userctl seal --new-key /run/credentials/userd.fleet-key >fleet-key.pub
chmod 755 /run/credentials && chmod 644 /run/credentials/userd.fleet-key
"$support/service" restart CREDENTIALS_DIRECTORY=/run/credentials
password="sealed in a repository"
printf '%s\n' "$password" | openssl passwd -6 -stdin >hash
sealed=$(userctl seal --to fleet-key.pub <hash)
printf 'version: 1\nset: secrets\nusers:\n  - {name: sally, password: {sealed: "%s"}, mfa: off}\n' "$sealed" >sealed.yaml
holds "a sealed hash" userctl apply sealed.yaml
contains "lets her in" "successfully authenticated" "$(pam login sally "$password" "" -- authenticate)"
unchanged "and is hers from then on" userctl apply sealed.yaml
printf 'version: 1\nset: secrets\nusers:\n  - {name: sally, password: hunter2hunter2}\n' >plain.yaml
refuses "a plain password is refused" 6 userctl apply plain.yaml
lacks "and not shown" hunter2 "$(out userctl apply plain.yaml)"
"$support/service" restart
printf 'version: 1\nset: secrets\nusers:\n  - {name: sally}\n  - {name: tom, password: {sealed: "%s"}}\n' "$sealed" >sealed.yaml
refuses "without the key nothing opens" 6 userctl apply sealed.yaml

# --- roles
printf 'version: 1\nset: roles\nusers:\n  - {name: rita, role: admin}\n' >roles.yaml
userctl apply roles.yaml >/dev/null 2>&1
contains "a role is given" rita "$(userctl role members admin)"
printf 'version: 1\nset: roles\nusers:\n  - {name: rita, role: user}\n' >roles.yaml
contains "diff shows it going" "roles: -admin" "$(out userctl diff roles.yaml)"
userctl apply roles.yaml >/dev/null 2>&1
lacks "and it is taken" rita "$(userctl role members admin)"
userctl role create applier --grant directory.apply,user.read,user.create,user.update,role.grant >/dev/null
make_user petra --role applier
printf 'version: 1\nset: roles\nusers:\n  - {name: rita}\n  - {name: eva, role: admin}\n' >roles.yaml
install -m 644 roles.yaml /tmp/roles.yaml
refuses "nobody hands out more than they have" 4 runuser -u petra -- userctl --no-input apply /tmp/roles.yaml
refuses "and nothing of it is there" 2 getent passwd eva
mv /root/.ssh/authorized_keys /root/.ssh/authorized_keys.away
make_user chief --role admin
printf 'version: 1\nset: chief\nusers: [{name: chief, role: user}]\n' >chief.yaml
refuses "the last admin keeps the role" any userctl apply chief.yaml --take-over
contains "and it is said" "no admin could log in" "$(out userctl apply chief.yaml --take-over)"
holds "unless it is meant" userctl apply chief.yaml --take-over --allow-lockout
mv /root/.ssh/authorized_keys.away /root/.ssh/authorized_keys

# --- who goes: suspended, then the files to the heir, then gone
printf 'version: 1\nset: gone\nusers: [{name: dave}, {name: erin}, {name: heir}]\n' >gone.yaml
userctl apply gone.yaml >/dev/null 2>&1
mkdir -p -m 1777 /srv/shared
runuser -u dave -- sh -c 'echo text >/srv/shared/of-dave'
runuser -u erin -- sh -c 'echo text >/srv/shared/of-erin'
gone() {
    printf 'version: 1\nset: gone\noptions: {delete_after: 1s}\nusers:\n  - {name: dave, state: absent, transfer_to: %s}\n' "$1"
    printf '  - {name: erin, state: absent%s}\n  - {name: heir}\n' "$2"
}
gone hier "" >gone.yaml
contains "an heir who is nobody is a problem of its line" "gone.yaml:5:33: there is no user hier" "$(out userctl apply gone.yaml)"
gone heir "" >gone.yaml
userctl apply gone.yaml >/dev/null 2>&1
equal "first they are suspended" suspended "$(userctl get dave -p state)"
within 10 eval '[ "$(userctl diff gone.yaml | grep -c "→ delete")" = 2 ]'
contains "diff says who gets the files" "absent, files go to heir → delete" "$(out userctl diff gone.yaml)"
equal "and touches none" dave "$(stat -c %U /srv/shared/of-dave)"
refuses "who owns something and has no heir is not deleted" 5 userctl apply gone.yaml
contains "it says what" "erin still owns" "$(out userctl apply gone.yaml)"
contains "and where to say whose it shall be" "transfer_to" "$(out userctl apply gone.yaml)"
holds "nobody is deleted then" id dave
gone heir ", transfer_to: heir" >gone.yaml
contains "with heirs for both" "files of erin went to heir" "$(out userctl apply gone.yaml)"
equal "the files are theirs" "heir heir" "$(stat -c %U /srv/shared/of-* | xargs)"
refuses "dave is gone" 2 getent passwd dave
unchanged "once" userctl apply gone.yaml

# --- export and back, on hosts that begin empty
empty_host() {
    "$support/service" stop
    rm -rf /var/lib/userd/userd.db* /var/lib/userd/nss/*
    "$support/service" start
    equal "an empty host" 0 "$(userctl list --json=short | sed -n 's/.*"total":\([0-9]*\).*/\1/p')"
}
empty_host
userctl apply "$USERD_TOP/conf/examples/team.yaml" --json >/dev/null 2>&1
userctl role create oncall --grant user.read >/dev/null
userctl role grant oncall alice >/dev/null
userctl group add ops bob --for 1h >/dev/null
userctl export --set web-team --format yaml --pin-ids >export.yaml
unchanged "what is exported changes nothing" userctl apply export.yaml
holds "as diff says" userctl diff export.yaml
contains "roles are in it" "role: oncall" "$(cat export.yaml)"
lacks "a membership for a time is not" ops "$(sed -n '/name: bob/,/local_groups/p' export.yaml)"
lacks "nor a password" password: "$(cat export.yaml)"
holds "all of it is a state file" userctl diff - < <(userctl export)
facts() { for name in $(sed -n '/^users:/,/^groups:/s/^  - name: //p' export.yaml); do id "$name"; done; }
facts=$(facts | sed '/(bob)/s/,[0-9]*(ops)//')
empty_host
userctl role create oncall --grant user.read >/dev/null
holds "takes it" userctl apply export.yaml
equal "and has the same users, groups and numbers" "$facts" "$(facts)"
contains "and roles" alice "$(userctl role members oncall)"
unchanged "and the same state" userctl apply export.yaml

# --- the schema
userctl schema state >schema.json
python3 - "$USERD_TOP"/conf/examples <<'PY' || fail "the schema"
import glob, json, sys
try:
    import jsonschema, yaml
except ImportError:
    print("  (the schema is not held against files: no python3-jsonschema)")
    sys.exit(0)
schema = json.load(open("schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
for name in ["team.yaml", "export.yaml", "gone.yaml"] + glob.glob(sys.argv[1] + "/team.yaml") + glob.glob(sys.argv[1] + "/fleet/*"):
    for problem in check.iter_errors(json.loads(json.dumps(yaml.safe_load(open(name)), default=str))):
        sys.exit(f"{name}: {problem.message} at {list(problem.path)}")
assert list(check.iter_errors(yaml.safe_load(open("broken.yaml")))), "broken.yaml passes the schema"
PY
pass "the schema is one, and takes what userctl takes"
