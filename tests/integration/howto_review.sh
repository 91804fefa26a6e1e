#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The how-tos about the access review and moving from google-authenticator, run as they stand there.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/page.sh"
cd /root

make_user_with_code alice --role admin --group sudo
userctl group create web -q >/dev/null
make_user bob
make_user carol
userctl group add web alice bob -q >/dev/null
holds "alice logs in" ssh_as alice "$(password_of alice)" "$(code_at alice "$(step_now)")"
open_howto access-review
run "userctl report access"
run "userctl report access --service sudo"
run "userctl report access --from 203.0.113.9"
run "userctl report access --all --format csv >access-review.csv"
contains "the file has everybody" "carol,active" "$(cat access-review.csv)"
run "userctl list --stale 90d"
run "userctl list --never"
contains "bob never came" bob "$said"
lacks "alice did" alice "$said"
run "userctl list --mfa no"
run "userctl list --expiring 30d"
run "userctl role members admin"
run "userctl list --group sudo"
contains "who is in sudo" alice "$said"
run "userctl ssh-key list --all"
run 'userctl suspend bob --reason "access review"'
run "userctl list --never --state active -q"
equal "only those who are not closed yet" carol "$said"
run 'userctl list --never --state active -q | userctl suspend - --reason "access review"'
equal "she is closed too" suspended "$(userctl get carol -p state)"
run "userctl group remove web carol"
run "userctl role revoke admin carol"
run "userctl update carol --mfa required"
run "userctl update carol --expires 90d"
run "userctl log --since 365d --all --json=lines >changes.json"
contains "the changes have the reason" "access review" "$(cat changes.json)"
run "userctl log --verify"
run "userctl log bob"
run "userctl list --state suspended"
run "userctl delete bob --home archive" "userctl delete bob --home archive --yes"
line "userctl check"
holds "check says what does not fit" sh -c 'userctl check || [ $? = 10 ]'
close_page

"$support/service" stop
rm -rf /var/lib/userd/userd.db* /var/lib/userd/key /var/lib/userd/nss
"$support/service" start
local_user() {  # NAME UID
    useradd --uid "$2" --user-group --create-home --shell /bin/bash "$1"
    echo "a password of $1" >"$people/$1"
    chpasswd -c YESCRYPT <<<"$1:$(password_of "$1")"
}
google() {  # NAME BYTES LINE…: what google-authenticator(1) writes
    (umask 077 && head -c "$2" /dev/urandom | base32 | tr -d = >"$codes/$1")
    { cat "$codes/$1"; printf '" TOTP_AUTH\n'; printf '%s\n' "${@:3}"; } >"/home/$1/.google_authenticator"
    chown "$1:" "/home/$1/.google_authenticator"
    chmod 400 "/home/$1/.google_authenticator"
}
local_user carol 1501
local_user dora 1502
local_user erin 1503
usermod -aG sudo carol
google carol 10 '" WINDOW_SIZE 17' 23456789 34567891
google dora 16 23456789 34567891 45678912 56789123 67891234
# Another one that refuses everybody here stands in for the module that finds no file.
modules=$(dirname "$(find /usr/lib -name pam_rhosts.so)")
cp "$modules/pam_rhosts.so" "$modules/pam_google_authenticator.so"
sed -i '/common-auth/a auth required pam_google_authenticator.so' /etc/pam.d/sshd
open_howto from-google-authenticator
run "sed -i 's/^adopt: no/adopt: yes/' /etc/userd/homes.yaml"
run "userctl adopt passwd carol dora --dry-run"
run "userctl adopt passwd carol dora" "userctl adopt passwd carol dora --yes"
run "userctl adopt passwd --undo carol dora" "userctl adopt passwd --undo carol dora --yes"
userctl adopt passwd carol dora --yes -q >/dev/null
run "userctl adopt google-authenticator --dry-run"
run "userctl adopt google-authenticator" "userctl adopt google-authenticator --yes"
refuses "the old module stands in the way" any ssh_as dora "$(password_of dora)" 23456789
run "grep -n pam_google_authenticator /etc/pam.d/*"
contains "which doctor sees" pam_google_authenticator "$(userctl doctor || true)"
run "sed -i '/pam_google_authenticator/s/^/#/' /etc/pam.d/sshd"
line "userctl doctor"
lacks "and does not see any more" pam_google_authenticator "$(userctl doctor || true)"
log_in carol "$(password_of carol)" "$(fresh_code carol)"
holds "a scratch code" ssh_as dora "$(password_of dora)" 34567891
cp /etc/pam.d/sshd /root/sshd
block pam >/root/kept
sed -i '/pam_google_authenticator/ { r /root/kept
    d }' /etc/pam.d/sshd
holds "userd's users jump over the line that stays" ssh_as dora "$(password_of dora)" "$(fresh_code dora)"
refuses "accounts of /etc/passwd do not" any ssh_as erin "$(password_of erin)" ''
cp /root/sshd /etc/pam.d/sshd
run "userctl explain carol"
run "userctl adopt google-authenticator --undo" "userctl adopt google-authenticator --undo --yes"
run "sed -i '/pam_google_authenticator/s/^#//' /etc/pam.d/sshd"
equal "the line is as it was" "auth required pam_google_authenticator.so" "$(grep google /etc/pam.d/sshd)"
sed -i '/google/d' /etc/pam.d/sshd
userctl adopt google-authenticator --yes -q >/dev/null
run "sed -i 's/^adopt: yes/adopt: no/' /etc/userd/homes.yaml"
fails_with 10 "userctl check --only weak-totp-key"
run "userctl update carol --mfa required"
run "userctl mfa reset carol --within 7d" "userctl mfa reset carol --within 7d --yes"
close_page
