#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# passwd and chpasswd of root, of a local user and of ours, with the shipped profiles, without and with pwquality.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

useradd -m local
echo 'local:correct-old-horse-1' | chpasswd
make_user alice

# change USER ANSWER…: the user's own passwd, on a terminal.
change() {
    local user=$1
    shift
    printf '%s\n' "$@" | "$support/answer" runuser -u "$user" -- passwd
}

all_ways() {
    local how=$1 new=$2
    holds "$how: root sets root's" sh -c "printf '%s\n' '$new-oak' '$new-oak' | passwd root"
    holds "$how: root sets a local user's" sh -c "printf '%s\n' '$new-elm' '$new-elm' | passwd local"
    holds "$how: root sets alice's" sh -c "printf '%s\n' '$new-ash' '$new-ash' | passwd alice"
    contains "$how: which then lets her in" "successfully authenticated" "$(pam login alice "$new-ash" '' -- authenticate)"
    holds "$how: chpasswd, a local user" sh -c "echo 'local:$new-birch' | chpasswd"
    holds "$how: chpasswd, root" sh -c "echo 'root:$new-maple' | chpasswd"
    holds "$how: chpasswd, alice" sh -c "echo 'alice:$new-cedar' | chpasswd"
    contains "$how: which then lets her in" "successfully authenticated" "$(pam login alice "$new-cedar" '' -- authenticate)"
    holds "$how: a local user changes it" change local "$new-birch" "$new-willow" "$new-willow"
    holds "$how: alice is asked for the old one" change alice "$new-cedar" "$new-poplar" "$new-poplar"
    refuses "$how: a wrong old one is refused" any change alice "not-$new" "$new-hazel" "$new-hazel"
    contains "$how: alice's own choice lets her in" "successfully authenticated" "$(pam login alice "$new-poplar" '' -- authenticate)"
    refuses "$how: a short one is refused" any change alice "$new-poplar" short short
}

all_ways "plain" "vivid-otter-plum-lantern"
[ -e "$USERD_TOP/build-debs/complete" ] || skip "libpam-pwquality was not downloaded (tests/support/fetch-debs)"
dpkg -i "$USERD_TOP"/build-debs/*.deb >/dev/null 2>&1
contains "pwquality stands in the stack" pam_pwquality "$(cat /etc/pam.d/common-password)"
all_ways "pwquality" "amber-walrus-quilt-cobalt"
