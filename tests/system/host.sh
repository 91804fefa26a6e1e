#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A booted Debian: the units as shipped, under systemd's real confinement, with logind, polkit and sshd.
. "$USERD_TOP/tests/support/assert.sh"

# after_the_reboot: what the end of this script left behind.
after_the_reboot() {
    . "$USERD_TOP/tests/support/people.sh"
    equal "userd came up by itself" active "$(systemctl is-active userd)"
    equal "and the timer that undoes what nobody confirmed" active "$(systemctl is-active userd-ssh-rollback.timer)"
    holds "who comes back in time keeps it" userctl ssh confirm
    contains "wrong tries of before the reboot are counted" "3 wrong tries of 5" \
        "$(userctl explain counted --service login --from 203.0.113.1)"
    refuses "who was locked out still is" any pam_from 203.0.113.1 locked "$(password_of locked)"
    holds "but not for the host itself" pam login locked "$(password_of locked)" '' -- authenticate
}
# pam_from ADDRESS USER PASSWORD
pam_from() { printf '%s\n\n' "$3" | pamtester -I "rhost=$1" login "$2" authenticate; }
if [ -e /root/before-the-reboot ]; then
    after_the_reboot
    exit
fi

export DEBIAN_FRONTEND=noninteractive
cp /etc/nsswitch.conf /etc/pam.d/common-auth /root/
holds "the packages install" dpkg -i /packages/*.deb
equal "userd stands behind files" "files userd [UNAVAIL=return]" "$(sed -n 's/^passwd: *//p' /etc/nsswitch.conf | cut -d' ' -f1-3)"
for page in libnss-userd:nss_userd libpam-userd:pam_userd userd:userd userd-ldap:userd-ldap; do
    contains "${page%:*} brings ${page#*:}(8)" "/man8/${page#*:}.8" "$(dpkg -L "${page%:*}")"
done
holds "its PAM profile is enabled" grep -q pam_userd.so /etc/pam.d/common-auth
printf 'PreferredAuthentications publickey,keyboard-interactive\nNumberOfPasswordPrompts 1\nStrictHostKeyChecking accept-new\n' \
    >/etc/ssh/ssh_config.d/test.conf
printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts
systemctl restart ssh
. "$USERD_TOP/tests/support/people.sh"

pid_of_userd() { systemctl show -p MainPID --value userd; }
journal_has() { journalctl -q -g "$@" | grep -q .; }
property() { systemctl show -p "$1" --value "${2:-userd}"; }

equal "userd is active" active "$(systemctl is-active userd)"
equal "it is not root" userd "$(stat -c %U "/proc/$(pid_of_userd)")"
equal "it has no capability" 0000000000000000 "$(sed -n 's/^CapEff:\t//p' "/proc/$(pid_of_userd)/status")"
equal "it filters system calls" 2 "$(sed -n 's/^Seccomp:\t//p' "/proc/$(pid_of_userd)/status")"
holds "its exposure is at most 0.5" systemd-analyze security --threshold=5 --no-pager userd.service
within 10 busctl --system status org.userd1

# userd-ldap has the network and nothing else, and stands and falls with userd.
pid_of_ldap() { systemctl show -p MainPID --value userd-ldap; }
equal "userd-ldap is active" active "$(systemctl is-active userd-ldap)"
equal "as itself, without a capability, its system calls filtered" "userd-ldap 0000000000000000 2" \
    "$(stat -c %U "/proc/$(pid_of_ldap)") $(sed -nE 's/^(CapEff|Seccomp):\t//p' "/proc/$(pid_of_ldap)/status" | xargs)"
holds "its exposure is at most 1.5" systemd-analyze security --threshold=15 --no-pager userd-ldap.service
holds "userd let it in" journal_has 'userd-ldap .* is here' -u userd
before=$(pid_of_ldap)
ldap_is_back() { [ "$(pid_of_ldap)" != "$before" ] && [ "$(pid_of_ldap)" != 0 ] && systemctl is-active -q userd-ldap; }
systemctl reload userd
within 10 ldap_is_back
pass "a reload starts it again"
echo "the password" | install -m 0600 -D /dev/stdin /etc/credstore/userd.ldap.corp
systemctl daemon-reload
systemctl restart userd-ldap
holds "its credentials reach it" test -e /run/credentials/userd-ldap.service/userd.ldap.corp
systemctl stop userd
equal "who stops userd stops it" inactive "$(systemctl is-active userd-ldap || true)"
systemctl start userd
within 10 systemctl is-active -q userd-ldap

# A user from first to last.
make_user_with_code alice --mfa required --group sudo
holds "getent" getent passwd alice
holds "a call of another user over the bus" runuser -u alice -- userctl whoami
holds "ssh with password and code" ssh_as alice "$(password_of alice)" "$(fresh_code alice)"
holds "her home was made, by userd-homes as confined as shipped" test -e /home/alice/.bashrc
equal "and is hers alone" "alice 700" "$(stat -c '%U %a' /home/alice)"
refuses "ssh with the same code" any ssh_as alice "$(password_of alice)" "$(last_code alice)"
holds "sudo with password and code" sudo_as alice "$(password_of alice)" "$(fresh_code alice)"
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
make_user keyed --mfa off
holds "a key is kept" userctl ssh-key add keyed --file /root/.ssh/id_ed25519.pub
equal "a key logs in, with a session of logind" keyed \
    "$(ssh -o BatchMode=yes keyed@localhost 'loginctl show-session "$XDG_SESSION_ID" -p Name --value')"
equal "and a user manager of their own" active \
    "$(ssh -o BatchMode=yes keyed@localhost 'systemctl is-active "user@$(id -u).service"')"

# A suspension ends what logind and systemd run for a user, and a resumption starts what lingers.
uid_of_keyed=$(id -u keyed)
ssh -o BatchMode=yes keyed@localhost 'sleep 1000' & session=$!
within 10 pgrep -U keyed sleep
holds "a user lingers" loginctl enable-linger keyed
holds "a suspension" userctl suspend keyed
holds "no process is left" sh -c '! pgrep -U "$1"' sh "$uid_of_keyed"
wait "$session" || pass "the session has ended"
manager_is() { [ "$(systemctl is-active "user@$uid_of_keyed.service")" = "$1" ]; }
within 10 manager_is inactive
holds "a resumption" userctl resume keyed
within 10 manager_is active
pass "and the user manager with it"

# What is started for a user and asks nothing, by systemd and by cron; what cron did is looked at below.
make_user clerk --mfa off
make_user retired --mfa off
as_unit() { systemd-run -qG --wait -p User="$1" -p PAMName="$2" true; }
for service in cron systemd-user; do
    for name in clerk retired; do holds "systemd-run as $name through $service" as_unit $name $service; done
done
holds "one of them is suspended" userctl suspend retired
for service in cron systemd-user; do
    holds "systemd-run as clerk through $service" as_unit clerk $service
    refuses "not as who is suspended" any as_unit retired $service
done
for name in clerk retired; do
    install -d -o $name /var/tmp/$name
    echo "* * * * * touch /var/tmp/$name/was-here" | crontab -u $name -
done

# The limits of a class hold whether pam_systemd or userd comes first.
mkdir -p /etc/userd/userd.yaml.d
printf 'classes:\n  small: {tasks_max: 321, memory_max: 2G}\n  medium: {}\n' >/etc/userd/userd.yaml.d/classes.yaml
holds "classes with limits are taken" systemctl reload userd
make_user limited --mfa off --class small
holds "a key is kept" userctl ssh-key add limited --file /root/.ssh/id_ed25519.pub
limits='systemctl show -p TasksMax -p MemoryMax "user-$(id -u).slice" | sort -r | cut -d= -f2 | xargs'
as_limited() { ssh -o BatchMode=yes limited@localhost "$@"; }
slice_gone() { ! systemctl is-active -q "user-$(id -u limited).slice"; }
equal "a session has the limits of its class" "321 2147483648" "$(as_limited "$limits")"
loginctl terminate-user limited
within 10 slice_gone
equal "the next too" "321 2147483648" "$(as_limited "$limits")"
holds "another class" userctl update limited --class medium
as_limited true
loginctl terminate-user limited
within 10 slice_gone
equal "takes its limits back" infinity "$(as_limited "$limits" | cut -d' ' -f2)"
rm /etc/userd/userd.yaml.d/classes.yaml

# sshd as userctl sets it up: systemd's timer undoes what nobody confirms, also when the host was off at that time.
drop_in=/etc/ssh/sshd_config.d/00-userd-login.conf
timer=userd-ssh-rollback.timer
userctl group create sftponly >/dev/null
contains "ssh setup sets a timer" "otherwise; the timer survives a reboot)" "$(userctl ssh setup --sftp-group sftponly 2>&1)"
equal "it is set for the next boot too" "enabled active" "$(systemctl is-enabled $timer) $(systemctl is-active $timer)"
make_user dave --kind sftp
holds "an SFTP customer's key" userctl ssh-key add dave --file /root/.ssh/id_ed25519.pub
echo "a letter" >/root/letter
within 5 eval '(: </dev/tcp/127.0.0.1/22)'
echo 'put /root/letter letter' | holds "SFTP in the chroot, under logind" sftp -b - dave@localhost
equal "the file is there" "a letter" "$(cat /srv/sftp/dave/files/letter)"
equal "nothing of the session was refused" "" "$(systemctl --failed --no-legend --plain)"
holds "it is kept" userctl ssh confirm
refuses "the timer is gone" any systemctl cat $timer
holds "back" userctl ssh revert
holds "a trial of half a minute" userctl ssh setup --rollback 30s
systemctl stop $timer   # the host goes down,
sleep 31                # is off at that time,
systemctl start $timer  # and comes back
undone() { ! [ -e "$drop_in" ] && ! systemctl cat $timer; }
within 20 undone
pass "it is undone"
holds "sshd goes on" systemctl is-active ssh

# polkit, for real: nobody types for bob, so he is refused, and at once.
make_user bob --mfa off
refuses "bob may not change alice" 4 runuser -u bob -- userctl update alice --first-name Mallory --no-input

# The daemon dies, stops, starts.
before=$(pid_of_userd)
kill -9 "$before"
holds "lookups go on" getent passwd alice
back() { [ "$(pid_of_userd)" != "$before" ] && [ "$(pid_of_userd)" != 0 ] && systemctl is-active -q userd; }
within 2 back
pass "it is back within two seconds"
refuses "the used code stays used" any sudo_as alice "$(password_of alice)" "$(last_code alice)"
systemctl stop userd userd-login.socket userd-keys.socket userd-admin.socket userd-ldap.socket
holds "lookups go on while it is stopped" getent passwd alice
useradd -m local-admin
echo "local-admin:a local password" | chpasswd
equal "a local user logs in while it is stopped" 0 \
    "$(printf 'a local password\n' | pamtester login local-admin authenticate acct_mgmt >/dev/null 2>&1; echo $?)"
systemctl start userd-login.socket
ssh_as alice "$(password_of alice)" "$(fresh_code alice)" || fail "the socket did not start the daemon"
pass "a login starts it through its socket"
refuses "nothing was killed for its memory" any journal_has 'oom-kill' -k
refuses "no system call was refused to it" any journal_has 'Operation not permitted|SECCOMP' -u userd
holds "it reloads" systemctl reload userd
equal "and stays" active "$(systemctl is-active userd)"
equal "no unit failed" "" "$(systemctl --failed --no-legend --plain | grep userd || true)"

# Five hundred logins at once, under the unit's MemoryMax: a flood, and a right one.
make_user crowd --mfa off
before=$(pid_of_userd)
for number in $(seq 499); do
    { pam_from "203.0.113.$((number % 250))" "ghost$((number % 20))" wrong >/dev/null 2>&1 || true; } &
done
begin=$SECONDS
holds "among 500 logins at once a right one gets in" pam login crowd "$(password_of crowd)" '' -- authenticate
holds "in less than 10 s" test $((SECONDS - begin)) -lt 10
wait
equal "the daemon is the same" "$before" "$(pid_of_userd)"
refuses "and had memory enough" any journal_has 'oom-kill' -k
echo "  (at most $(sed -n 's/^VmHWM:[^0-9]*//p' "/proc/$before/status") of $(($(property MemoryMax) >> 20)) MiB)"

# The crontabs of above: each minute, so the next one will do.
within 90 test -e /var/tmp/clerk/was-here
pass "a crontab's line is run"
within 90 journal_has 'account of retired at cron from here on cron: denied .suspended' -u userd
refuses "but not that of who is suspended" any test -e /var/tmp/retired/was-here

# An upgrade, a removal, and back: nobody is lost, and a host without userd is as it was.
holds "the packages install over themselves" dpkg -i /packages/*.deb
equal "userd is active again" active "$(systemctl is-active userd)"
holds "alice logs in after an upgrade" ssh_as alice "$(password_of alice)" "$(fresh_code alice)"
holds "sshd set up by userctl" userctl ssh setup --rollback 0
holds "the packages go" dpkg -r libpam-userd libnss-userd userd-ldap userd
holds "nsswitch.conf is as it was" cmp /etc/nsswitch.conf /root/nsswitch.conf
refuses "sshd is as it was" any test -e "$drop_in"
holds "so is PAM" cmp /etc/pam.d/common-auth /root/common-auth
equal "a local user logs in" 0 \
    "$(printf 'a local password\n' | pamtester login local-admin authenticate acct_mgmt >/dev/null 2>&1; echo $?)"
holds "the accounts are kept" test -s /var/lib/userd/userd.db
holds "the packages come back" dpkg -i /packages/*.deb
holds "and with them alice" ssh_as alice "$(password_of alice)" "$(fresh_code alice)"

# Wrong tries, then a reboot: see the beginning.
make_user counted --mfa off
make_user locked --mfa off
for _ in 1 2 3; do refuses "a wrong try" any pam_from 203.0.113.1 counted wrong; done
for _ in 1 2 3 4 5; do refuses "a wrong try" any pam_from 203.0.113.1 locked wrong; done
holds "a trial of sshd goes along" userctl ssh setup --rollback 30m
touch /root/before-the-reboot
exit 99
