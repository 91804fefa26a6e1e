#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The how-tos for whoever is called at night: every command is run as it stands there, those in sentences too, and says what is shown
# below it. What is played is the person at the keyboard.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/page.sh"
journalctl() {  # no systemd knows units here
    local arguments=("$@")
    [ "${1:-}" != -u ] || arguments=(-q --no-pager -t "${@:2}")
    command journalctl "${arguments[@]}"
}
wrong_try() { said=$(ssh_as "$1" "$(password_of "$1")" "$(wrong_code "$1")" 2>&1) && fail "a wrong code got in" || true; }

own_password_again() { holds "she has set her own again" pam passwd alice "$(password_of alice)" "$(password_of alice)" -- chauthtok; }

make_user_with_code alice --mfa required --role admin --group sudo --phone +493012345678

open_howto lost-phone
run "userctl get alice -p phone"
run "userctl mfa status alice"
run "userctl mfa code alice"
[[ $said =~ alice:\ ([A-Z2-7-]+) ]] || fail "no code in: $said"
log_in alice "$(password_of alice)" "${BASH_REMATCH[1],,}"
run "userctl mfa reset alice --within 24h" "userctl mfa reset alice --within 24h --yes"
enrol_in alice "$(password_of alice)"
run "userctl password reset alice --generate"
own_password_again
make_user fred
line "userctl mfa enable"
said=$("$support/enrol" "$codes/fred" su - fred -c "userctl mfa enable --qr utf8" < <(password_of fred)) || fail "mfa enable: $said"
equal "who need not have codes may" totp "$(userctl get fred -p factors)"
wrong_try alice
contains "a refused person reads" "Login refused (reference " "$said"
run "userctl explain alice"
run "userctl unlock alice"
run "userctl log alice --since 1h --columns time,actor,action,reason"
close_page

open_howto locked-out-admin
for _ in 1 2 3 4 5; do wrong_try alice & done
wait
wrong_try alice
run "userctl explain alice"
run "userctl unlock alice"
run "userctl password reset alice --generate"
own_password_again
userctl suspend alice -q >/dev/null
run "userctl resume alice"
userctl update alice --expires 2020-01-01 -q >/dev/null
run "userctl update alice --expires never"
userctl update alice --not-before 2099-01-01 -q >/dev/null
run "userctl update alice --not-before never"
run "userctl explain alice --service sshd"
line "userctl doctor alice"
said=$(userctl doctor alice 2>&1) || equal "doctor has something to complain of" 10 "$?"
contains "it has looked at her login" "alice" "$said"

"$support/service" stop
run "mount -o remount,rw /"
line "passwd root"
said=$(printf 'the way in of root\nthe way in of root\n' | "$support/answer" passwd root) || fail "passwd: $said"
shown "$said"
contains "without the daemon root gets in by it" "successfully authenticated" \
    "$(pam login root "the way in of root" -- authenticate acct_mgmt || true)"
"$support/service" start

userctl config set 'login.access=[{service: sshd, allow: {groups: [ops]}}]' --allow-lockout >/dev/null
run "userctl config show --columns key,value,where"
contains "it says where the rule stands" "90-userctl.yaml" "$said"
run "userctl config set login.rules= login.access="
run "userctl validate"
run "userctl config reload"
run "userctl ssh revert"

"$support/service" stop
fails_with 7 "userctl --timeout 3s status"
run "journalctl -u userd -n 20"
run "userctl validate"
python3 - <<'PY'
import sqlite3
path = "/var/lib/userd/userd.db"
store = sqlite3.connect(path)
store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
page = store.execute("SELECT rootpage FROM sqlite_master WHERE name = 'groups'").fetchone()[0]
store.close()
with open(path, "r+b") as file:
    file.seek((page - 1) * 4096)
    file.write(b"\x5a" * 4096)
PY
run "systemctl stop userd"
run "/usr/lib/userd/userd --recover"
commands_of_it=$(sed -n 's/^  \(systemctl .*\|cd .*\)/\1/p' <<<"$said")
eval "(cd /; $commands_of_it)"
run "userctl list"
contains "alice was saved" alice "$said"
run "userctl log --verify"

rm /root/.ssh/authorized_keys
usermod -p '*' root
fails_with 5 "userctl suspend alice"
run "userctl create bob --role admin --group sudo --generate"
run "userctl role members admin"
close_page
