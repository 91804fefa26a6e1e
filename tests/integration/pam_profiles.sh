#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What pam-auth-update makes of the shipped profiles, alone and beside others, and that local users pass by us.
. "$USERD_TOP/tests/support/assert.sh"

# lines FILE: control, module and arguments of the lines that name pam_localuser, pam_userd, pam_unix or pam_pwquality
lines() { grep -E '^[a-z].*pam_(localuser|userd|unix|pwquality)\.so' "/etc/pam.d/$1" | tr -s '\t ' ' ' | cut -d' ' -f2- | sed 's/ $//'; }
update() { DEBIAN_FRONTEND=noninteractive pam-auth-update --package "$@"; }

equal "auth: before pam_unix, and nothing of ours falls through" "[success=1 default=ignore] pam_localuser.so
[success=2 user_unknown=ignore default=die] pam_userd.so
[success=1 default=ignore] pam_unix.so nullok try_first_pass" "$(lines common-auth)"
equal "account: the same" "[success=1 default=ignore] pam_localuser.so
[success=2 user_unknown=ignore default=die] pam_userd.so
[success=1 new_authtok_reqd=done default=ignore] pam_unix.so" "$(lines common-account)"
equal "password: behind pam_unix, which may ask" "[success=3 default=ignore] pam_unix.so obscure yescrypt
[success=1 default=ignore] pam_localuser.so
[success=1 user_unknown=ignore default=die] pam_userd.so" "$(lines common-password)"
equal "session: optional" "[success=1 default=ignore] pam_localuser.so
optional pam_userd.so
required pam_unix.so" "$(lines common-session)"
equal "session without a person: not at all" "required pam_unix.so" "$(lines common-session-noninteractive)"

# Beside libpam-pwquality, whose profile this is.
cat >/usr/share/pam-configs/pwquality <<'TEXT'
Name: Pwquality password strength checking
Default: yes
Priority: 1024
Conflicts: cracklib
Password-Type: Primary
Password:
	requisite			pam_pwquality.so retry=3
Password-Initial:
	requisite			pam_pwquality.so retry=3
TEXT
update
equal "password: beside pwquality" "requisite pam_pwquality.so retry=3
[success=3 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt
[success=1 default=ignore] pam_localuser.so
[success=1 user_unknown=ignore default=die] pam_userd.so" "$(lines common-password)"
rm /usr/share/pam-configs/pwquality
update

# A daemon that is gone, its socket left behind, is noticed at once (the other deaths: dead_daemon.sh).
rm -f /run/userd/login
python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind("/run/userd/login")'
chmod 666 /run/userd/login
useradd --create-home --shell /bin/sh local
SECONDS=0
refuses "account without a daemon" any pamtester sshd somebody acct_mgmt
holds "passwd works for a local user" sh -c 'printf "blue-Kettle-42\nblue-Kettle-42\n" | passwd local'
holds "a local user's whole login works" sh -c 'printf "blue-Kettle-42\n" |
    pamtester login local authenticate acct_mgmt open_session close_session'
refuses "a local user's wrong password is refused" any sh -c 'printf "wrong\n" | pamtester login local authenticate'
holds "root's account and session work" pamtester sudo root acct_mgmt open_session close_session
holds "nobody waited" test "$SECONDS" -lt 25
contains "the journal says why" "/run/userd/login: the daemon cannot be reached: Connection refused" "$(journalctl --no-pager -q -t pamtester)"
lacks "the journal does not say who" "somebody" "$(journalctl --no-pager -q -t pamtester | grep pam_userd)"

update --remove userd userd-password
for file in common-auth common-account common-password common-session; do
    lacks "$file without the profiles" pam_userd "$(cat /etc/pam.d/$file)"
done
equal "pam_unix is as it was" "[success=1 default=ignore] pam_unix.so obscure yescrypt" "$(lines common-password)"
