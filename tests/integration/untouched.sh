#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# untouched.sh BUILD: runs outside. A private host that changes all it can leaves this machine as it was.
set -eu
[ "$(id -u)" = 0 ] || exit 77
top=$(cd "$(dirname "$0")/../.." && pwd)

# Names, owners, modes, times and sizes of what a host's set-up writes, and the mounts and processes left over.
state() {
    find /etc /var/lib/userd /usr/lib/userd /run/userd /srv /var/lib/dpkg /var/lib/pam -xdev \
        -printf '%p %u %g %m %s %T@\n' 2>/dev/null | sort
    grep -v ' /proc\| /sys' /proc/self/mounts
    pgrep -f "$top/tests/support/host-start $1" || true
}

mark=untouched-$$
before=$(state $mark)
"$top/tests/support/host" "$1" -- sh -c ": $mark; useradd $mark; echo x >>/etc/hosts; touch /srv/$mark; mount -t tmpfs t /srv; sleep 1000 &"
after=$(state $mark)
[ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); echo "FAILED: the machine was changed"; exit 1; }
