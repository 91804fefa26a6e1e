#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The private host itself: its services answer, and the installed files are those of the build.
. "$USERD_TOP/tests/support/assert.sh"

equal "sshd lets root in with a key" 0 "$(ssh -o BatchMode=yes root@localhost id -u)"
holds "the bus answers" busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ListNames
within 5 pkaction
pass "polkit is on the bus"
logger -t host-test "a line"
within 5 sh -c 'journalctl -q -t host-test | grep -q "a line"'
pass "the journal keeps what is logged"
holds "a local user is found" getent passwd daemon
equal "the network is a loopback alone" lo "$(ls /sys/class/net)"
