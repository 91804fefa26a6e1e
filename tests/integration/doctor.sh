#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# doctor on a host that is well, then broken in one place after the other: it names that very place, and what it says to try
# makes all well again. systemctl, apt and timedatectl, which a private host does not have, are played by a script.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

export support DEBIAN_FRONTEND=noninteractive
cat >/usr/local/bin/systemctl <<'SH'
#!/bin/bash
# Sockets and files that a test has put aside come back when their unit or package does.
back() { while read -r file; do mv "$file.aside" "$file"; done </root/aside; : >/root/aside; }
again() { if [ -n "$("$support/service" pid)" ]; then "$support/service" restart; else "$support/service" start; fi; }
case "$*" in
"restart userd") again ;;
"restart userd-ldap.socket userd-ldap.service") "$support/service" userd-ldap start ;;
"restart userd-"*".socket userd.service") back; chmod 666 /run/userd/login; again ;;
"reload ssh") kill -HUP "$(cat /run/sshd.pid)" ;;
"disable --now nscd") kill "$(cat /run/nscd.pid)"; rm /run/nscd/socket ;;
"install --reinstall "*) back ;;
"set-ntp true") touch /var/lib/userd/nss/control ;;
*) echo "nobody plays: $*" >&2; exit 1 ;;
esac
SH
chmod 755 /usr/local/bin/systemctl
ln -s systemctl /usr/local/bin/apt
ln -s systemctl /usr/local/bin/timedatectl
put_aside() { mv "$1" "$1.aside" && echo "$1" >>/root/aside; }

found=/root/found
# faults [ARGUMENT…]: what doctor calls wrong, one a line; all that it said is in $found.
faults() {
    userctl doctor "$@" >"$found" 2>/root/notes || true
    sed -n 's/^✗ \([a-z-]*\) .*/\1/p' "$found"
}
remedy() { sed -n "/^✗ $1 /{n;s/^    Try: //p}" "$found" | head -n 1; }
seen=/root/seen
# ails WHAT CHECK [ARGUMENT…]: doctor names that check and no other.
ails() {
    local what=$1 check=$2
    shift 2
    equal "$what" "$check" "$(faults "$@")"
    echo "$check" >>"$seen"
}
# becomes_well WHAT [ARGUMENT…]: what a remedy started may take a moment.
becomes_well() {
    local what=$1 until=$((SECONDS + 10))
    shift
    until [ -z "$(faults "$@")" ]; do
        [ $SECONDS -lt "$until" ] || fail "$what: still wrong: $(grep -A1 '^✗' "$found")"
    done
    pass "$what"
}
# heals WHAT CHECK [ARGUMENT…]: the same, and the remedy, given to a shell, makes all well.
heals() {
    local check=$2
    ails "$@"
    shift 2
    sh -c "$(remedy "$check")" >/root/output 2>&1 || fail "the remedy of $check ($(remedy "$check")): $(cat /root/output)"
    becomes_well "  after its remedy" "$@"
}
sshd_line() { printf '%s\n' "$@" >/etc/ssh/sshd_config.d/00-a.conf; }

make_user alice
make_user bob
holds "alice logs in, and has a home" ssh_as alice "$(password_of alice)" ''
userctl ssh-key add alice --file /root/.ssh/id_ed25519.pub >/dev/null

# A host that is set up right.
equal "nothing is wrong" "" "$(faults)"
equal "nor with alice" "" "$(faults alice)"
holds "exit code 0" userctl doctor alice
equal "nobody says who keeps the clock here, at most" "" "$(sed -n 's/^– \([a-z-]*\) .*/\1/p' "$found" | grep -vx clock || true)"
for service in sudo cron su login; do equal "nor at $service" "" "$(faults --service "$service")"; done
contains "sshd is not looked at for sudo" "not checked (this is about sudo)" "$(userctl doctor --service sudo)"
as_games() { setpriv --reuid games --regid games --clear-groups userctl doctor "$@"; }
holds "without root nothing is called wrong" as_games
contains "and what it may not see is said" "not checked (needs root)" "$(as_games 2>&1)"
refuses "a user who is not there" 3 userctl doctor nobody
refuses "a service that is no name" 2 userctl doctor --service ../passwd
contains "as JSON" '{"check":"daemon","state":"right",' "$(userctl doctor --json=lines)"

# systemd gives a socket that names an owner and no group that owner's group.
chgrp userd /run/userd/homes.sock
equal "the group that systemd gives is right" "" "$(faults)"
chgrp root /run/userd/keys
ails "the socket of keys is of another group" keys-socket
chgrp userd-keys /run/userd/keys

# The daemon and its doors.
"$support/service" stop
ails "the daemon is stopped" daemon alice --timeout 1s
equal "the host is looked at all the same" "" "$(grep -E '^– (nsswitch|pam|sshd|home|ssh-folder|snapshot )' "$found" || true)"
heals "the daemon is stopped" daemon --timeout 1s
put_aside /var/lib/userd/key
"$support/service" restart
refuses "exit code 10" 10 userctl doctor
ails "the sealing key is gone" store
mv /var/lib/userd/key.aside /var/lib/userd/key && : >/root/aside
"$support/service" restart
mkdir -p /etc/userd/userd.yaml.d
printf 'version: 1\nusers: {shel: /bin/sh}\n' >/etc/userd/userd.yaml.d/99.yaml
equal "a line of a drop-in is wrong" configuration "$(faults | head -n 1)"
contains "the place is named" "99.yaml:2:9" "$(cat "$found")"
echo configuration >>"$seen"
rm /etc/userd/userd.yaml.d/99.yaml
cp /etc/passwd /root/passwd
sed -i '/^userd-keys:/d' /etc/passwd
heals "a system account is gone" system-accounts
cat /root/passwd >/etc/passwd
put_aside /run/userd/login
heals "the login socket is gone" login-socket
chmod 600 /run/userd/login
heals "the login socket is closed" login-socket
put_aside /run/userd/login
install -d -o nobody /run/stranger
setpriv --reuid nobody --clear-groups python3 -c '
import os, socket
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.bind("/run/stranger/login"); server.listen()
open("/run/stranger/listens", "w").close()
server.accept(), server.accept()' &
stranger=$!
within 10 test -e /run/stranger/listens
mv /run/stranger/login /run/userd/login && chown root:root /run/userd/login && chmod 666 /run/userd/login
ails "a stranger listens there" login-socket
contains "and is named" "uid $(id -u nobody) listens there" "$(cat "$found")"
kill "$stranger"
mv /run/userd/login.aside /run/userd/login && : >/root/aside
for door in keys admin homes.sock; do
    put_aside "/run/userd/$door"
    heals "/run/userd/$door is gone" "${door%.sock}-socket"
done

# Lookups.
base=$(ls /var/lib/userd/nss/base.*)
printf 'xxxx' | dd of="$base" bs=1 seek=60 conv=notrunc status=none
heals "the snapshot is damaged" snapshot
base=$(ls /var/lib/userd/nss/base.*)
printf 'xxxx' | dd of="$base" bs=1 seek=$(($(stat -c %s "$base") - 12)) conv=notrunc status=none
heals "the snapshot is damaged where no lookup looks" snapshot
chmod 700 /var/lib/userd
heals "the snapshot is closed" snapshot
chmod 711 /var/lib/userd
dd if=/dev/zero of=/var/lib/userd/nss/control bs=8 seek=2 count=1 conv=notrunc status=none
heals "lookups lie behind" snapshot-current
put_aside "$(ls /usr/lib/*/libnss_userd.so.2)"
heals "the NSS module is gone" nss-module
nsswitch() { sed -i -E "s/^$1:.*/$1: $2/" /etc/nsswitch.conf; }
nsswitch passwd "files systemd"
heals "passwd leaves userd out" nsswitch-passwd
equal "what was there stays" "passwd: files userd [UNAVAIL=return] systemd" "$(grep ^passwd: /etc/nsswitch.conf)"
nsswitch passwd "files sss userd [UNAVAIL=return] systemd"
heals "sss comes first" nsswitch-passwd alice
nsswitch passwd "files [NOTFOUND=return] userd [UNAVAIL=return]"
heals "files end the search" nsswitch-passwd
sed -i /^passwd:/d /etc/nsswitch.conf
heals "there is no line" nsswitch-passwd
nsswitch group "files userd systemd"
heals "an outage of group is no outage" nsswitch-group
echo "initgroups: files sss" >>/etc/nsswitch.conf
heals "initgroups leaves userd out" nsswitch-initgroups
mkdir -p /run/nscd
python3 -c '
import os, socket
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind("/run/nscd/socket"); os.chmod("/run/nscd/socket", 0o666); server.listen(64)
open("/run/nscd.pid", "w").write(str(os.getpid()))
while True: server.accept()[0].close()' &
within 10 test -s /run/nscd.pid
heals "nscd runs" nscd
sed -i /^sudo:/d /etc/userd/local-groups
heals "sudo is not in root's list" local-groups
chmod g+w /etc/userd/local-groups
heals "others may write root's list" local-groups
echo "bob:x:1005:1005::/home/bob:/bin/sh" >>/etc/passwd
within 10 bash -c '[ "$(id -u bob)" = 1005 ]'
ails "a local account has a name of ours" id-taken
sed -i /^bob:/d /etc/passwd
becomes_well "after it is gone"
echo "eve:$(userctl get bob -p uid):1" >>/etc/subuid
ails "a number is a subordinate id" subid-overlap
sed -i /^eve:/d /etc/subuid
real=$(ls /usr/lib/*/libnss_userd.so.2)
put_aside "$real"
cp /usr/lib/*/libnss_compat.so.2 "$real"   # a module of another name: it loads, and answers nothing
heals "the module does not answer" lookup

# Logins.
put_aside "$(ls /usr/lib/*/security/pam_userd.so)"
heals "the PAM module is gone" pam-module
for type in auth account password session; do
    sed -i /pam_userd/d "/etc/pam.d/common-$type"
    heals "pam_userd is not asked for $type" "pam-$type"
done
sed -i '/pam_userd/{h;d};/pam_unix/{G}' /etc/pam.d/common-auth
heals "pam_userd comes too late" pam-auth
sed -i 's/user_unknown=ignore default=die/user_unknown=ignore default=ignore/' /etc/pam.d/common-account
heals "what userd says is not the last word" pam-account
sed -i 's/user_unknown=ignore default=die/default=die/' /etc/pam.d/common-account
heals "users of other sources are refused" pam-account
sed -i /pam_localuser/d /etc/pam.d/common-account
heals "local users wait for userd" pam-account
sed -i /pam_userd/d /etc/pam.d/common-auth /etc/pam.d/common-account /etc/pam.d/common-session
equal "the profile is off" "pam-auth pam-account pam-session" "$(faults | paste -sd' ')"
contains "no lines of others are overwritten for it" "pam-auth-update --enable userd" "$(remedy pam-auth)"
pam-auth-update --force --enable userd userd-password
equal "and on again" "" "$(faults)"
cp /etc/pam.d/sshd /root/pam-sshd
sed -i '1i auth sufficient pam_sss.so' /etc/pam.d/sshd
ails "pam_sss sees passwords first" pam-rival
cp /root/pam-sshd /etc/pam.d/sshd
sed -i '1i auth required pam_google_authenticator.so nullok' /etc/pam.d/sshd
heals "a second prompt for a code" google-authenticator
equal "its line is gone, and no other" "$(cat /root/pam-sshd)" "$(cat /etc/pam.d/sshd)"
touch -d "1 day" /var/lib/userd/nss/control
heals "the clock was set back" clock
make_user_with_code carol
"$support/service" stop
sqlite3 /var/lib/userd/userd.db "UPDATE totp SET last_step = last_step + 100000000"
"$support/service" start
ails "a code was used ahead of the clock" code-ahead carol
contains "she is named, and the way back" "userctl mfa reset carol" "$(remedy code-ahead)"
holds "it is the way back" sh -c "$(remedy code-ahead | sed 's/:.*//') --yes"
equal "all is well" "" "$(faults carol)"

# SSH.
sshd_line "Nonsense yes"
ails "sshd refuses its files" sshd-config
sshd_line "UsePAM no"
heals "sshd does not ask PAM" sshd-pam
sshd_line "KbdInteractiveAuthentication no"
heals "nobody may ask for codes" sshd-prompts alice
sshd_line "AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys" "AuthorizedKeysCommandUser nobody"
heals "another is asked for keys" sshd-keys
chmod g+w /usr/lib/userd/userd-ssh-keys
ails "sshd will not run the helper" sshd-keys
chmod g-w /usr/lib/userd/userd-ssh-keys
rm /etc/ssh/sshd_config.d/00-a.conf
printf 'version: 1\nlogin: {rules: [{service: sshd, require: [password, totp]}, {require: [password]}]}\n' >/etc/userd/userd.yaml.d/rules.yaml
userctl config reload >/dev/null
ails "sshd is content with less than the rules" sshd-methods
sh -c "$(remedy sshd-methods)" >/dev/null 2>&1 || fail "the remedy of sshd-methods"
heals "the setup is on trial" ssh-setup
useradd newcomer
ails "sshd does not know a local account" ssh-setup
sh -c "$(remedy ssh-setup)" >/dev/null 2>&1 || fail "the remedy of ssh-setup"
holds "it is kept" userctl ssh confirm
equal "all is well" "" "$(faults)"
echo "# by hand" >>/etc/ssh/sshd_config.d/00-userd-login.conf
ails "the drop-in was edited" ssh-setup
holds "revert" userctl ssh revert
rm /etc/userd/userd.yaml.d/rules.yaml
userctl config reload >/dev/null
userctl ssh revert >/dev/null
equal "all is well" "" "$(faults)"

# Homes, and one user.
chmod g+w /home/alice
heals "others may write the home" home
chown bob /home/alice
heals "the home is another's" home alice
mkdir -m 770 /home/alice/.ssh && chown alice: /home/alice/.ssh
heals "others may write .ssh" ssh-folder
(umask 0 && : >/home/alice/.ssh/authorized_keys) && chown bob /home/alice/.ssh/authorized_keys
ails "the keys are another's" ssh-folder
sh -c "$(remedy ssh-folder)"
heals "the keys are everybody's to write" ssh-folder alice
userctl suspend bob >/dev/null
heals "bob is suspended" login bob

# A directory server. Its numbers lie below those of subordinate ids.
userctl resume bob >/dev/null
. "$USERD_TOP/tests/support/directory.sh"
slapd make
slapd seed
{
    person erin 66001 "gidNumber: 66100"
    team people 66100
} | slapd load
slapd start
mkdir -p /etc/credstore
echo "the password of userd" >/etc/credstore/userd.ldap.corp
chmod 600 /etc/credstore/userd.ldap.corp
mirrored 'id_range: ["66000-66999"]' "bind: {dn: \"cn=userd,$base\"}"
"$support/service" userd-ldap restart
becomes_well "a directory server is followed"
contains "as it says" "✓ ldap-server" "$(cat "$found")"
chmod 644 /etc/credstore/userd.ldap.corp
heals "others may read the password of the bind" ldap-credential
mv /etc/credstore/userd.ldap.corp /root/
ails "there is no password for the bind" ldap-credential
mv /root/userd.ldap.corp /etc/credstore/
slapd stop
is_told() { [ "$(faults)" = "$1" ]; }
within 30 is_told ldap-server
ails "the directory server does not answer" ldap-server
slapd start
becomes_well "it is back"
"$support/service" userd-ldap stop
heals "userd-ldap does not run" ldap-daemon
rm /etc/userd/userd.yaml.d/ldap.yaml
userctl config reload >/dev/null

# Nothing was left out.
known=$(sed -n 's/^| .* | `\([a-z-]*\)` | .* |$/\1/p' "$USERD_TOP/docs/troubleshooting.md" | sort -u)
equal "each row of the troubleshooting page was broken once" "" "$(comm -3 <(echo "$known") <(sort -u "$seen"))"
