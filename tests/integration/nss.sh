#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lookups: with the daemon running they see each change at once; with the daemon stopped they go on.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user alice --group sudo --display-name "Alice Example"
uid=$(id -u alice)
holds "a uid of the range" test "$uid" -ge 70000 -a "$uid" -le 99999
userctl group create web >/dev/null
userctl group add web alice >/dev/null

look() {
    equal "$1: getent passwd" "alice:x:$uid:$uid:Alice Example:/home/alice:/bin/bash" "$(getent passwd alice)"
    equal "$1: by uid" "$(getent passwd alice)" "$(getent passwd "$uid")"
    equal "$1: her own group" "alice:x:$uid:" "$(getent group "$uid")"
    contains "$1: members of a group" ":alice" "$(getent group web)"
    equal "$1: id lists her groups" "alice sudo web" "$(id -Gn alice | tr ' ' '\n' | sort | paste -sd' ')"
    equal "$1: ls shows names" "alice alice" "$(ls -ld /tmp/hers | awk '{ print $3, $4 }')"
    refuses "$1: an unknown name is not found" 2 getent passwd no-such-name
    refuses "$1: no shadow entry" 2 getent shadow alice
    contains "$1: enumeration lists her once" "1" "$(getent passwd | grep -c '^alice:')"
    equal "$1: /etc/group's sudo is untouched" "$(grep '^sudo:' /etc/group)" "$(getent group sudo)"
}
mkdir /tmp/hers
chown alice:alice /tmp/hers
look "running"
"$support/service" stop
look "stopped"

# A static program has its own glibc and maps the module afresh.
cat >/tmp/static.c <<'C'
#include <pwd.h>
#include <stdio.h>
int main(void) { struct passwd *p = getpwnam("alice"); return p ? !printf("%u\n", p->pw_uid) : 1; }
C
gcc -static -w -o /tmp/static /tmp/static.c 2>/dev/null
equal "a static program finds her" "$uid" "$(/tmp/static)"
"$support/service" start

lives=1000
! sanitized || lives=100
holds "$lives lives, each change seen by the next lookup" python3 "$USERD_TOP/tests/integration/churn.py" $lives
