#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Groups: in one another, with administrators, with ends that hold while the daemon is stopped; and what an account's life
# brings to its memberships.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user alice
make_user bob
make_user carol
as() { runuser -u "$1" -- "${@:2}"; }
groups_of() { id -Gn "$1" | tr ' ' '\n' | sort | paste -sd' '; }
members_of() { getent group "$1" | cut -d: -f4; }

for name in web crew all; do userctl group create $name -q >/dev/null; done
userctl group add crew group:web -q >/dev/null
userctl group add all crew carol -q >/dev/null
userctl group add web alice -q >/dev/null
equal "who is in a group is in those that hold it" "alice all crew web" "$(groups_of alice)"
equal "and they list her" "alice carol" "$(members_of all | tr , '\n' | sort | paste -sd' ')"
refuses "a circle is refused" 5 userctl group add web group:all
contains "by which way she came in" "crew/web" "$(userctl group members all --nested)"

userctl group update web --administrator alice >/dev/null
holds "an administrator of a group adds to it, unasked" as alice userctl --no-input group add web bob
equal "which is seen at once" "all bob crew web" "$(groups_of bob)"
refuses "and to no other group" 4 as alice userctl --no-input group add crew bob
refuses "nor does she change the group itself" 4 as alice userctl --no-input group update web --administrator bob

# Ends, with the daemon stopped.
userctl group add sudo carol --for 6s >/dev/null
userctl group remove crew group:web >/dev/null
userctl group add crew group:web --for 6s >/dev/null
refuses "a time takes no standing membership away" 5 userctl group add web bob --for 1h
equal "carol has sudo" "all carol sudo" "$(groups_of carol)"
equal "bob is in crew" "all bob crew web" "$(groups_of bob)"
"$support/service" stop
equal "stopped: still so" "all carol sudo" "$(groups_of carol)"
over() { [ "$(groups_of carol)" = "all carol" ] && [ "$(groups_of bob)" = "bob web" ]; }
within 15 over
pass "both ended on time with the daemon stopped"
"$support/service" start
equal "and stay ended" "bob web" "$(groups_of bob)"

userctl group delete crew --yes >/dev/null
equal "a group that goes leaves nothing in those that held it" "carol" "$(members_of all)"
userctl suspend bob >/dev/null
userctl delete bob --yes >/dev/null
equal "a user that goes leaves no ghost in a group" "alice" "$(members_of web)"

# An account of the kind sftp is let in nowhere before it is confined.
refuses "its group must exist" 3 userctl create drop --kind sftp --no-password
userctl group create sftponly >/dev/null
userctl create drop --kind sftp --no-password >/dev/null
equal "no shell, a home of its own" "/srv/sftp/drop:/usr/sbin/nologin" "$(getent passwd drop | cut -d: -f6,7)"
for service in sshd cron su; do
    refuses "$service: not confined" any pam $service drop -- acct_mgmt
done
told() { journalctl --no-pager -q | grep -q not-confined; }
within 10 told   # a journal line comes a little later than the verdict

# An account may close itself where the configuration says so.
refuses "nobody closes the own account" 4 as carol userctl --no-input suspend carol
mkdir -p /etc/userd/userd.yaml.d
echo 'users: {self_delete: suspend}' >/etc/userd/userd.yaml.d/50-test.yaml
busctl --system call org.userd1 /org/userd1 org.userd1.Manager Reload t 0
as carol userctl --no-input suspend carol || true   # who closes the own account ends with all that runs for it
equal "unless it is allowed" self-closed "$(userctl get carol -p state_reason)"
refuses "and only an admin opens it again" 4 as carol userctl --no-input resume carol

# A group of thousands: its pages are made beside the loop.
{
    printf 'version: 1\nset: many\ngroups: [{name: many}]\nusers:\n'
    seq -f '  - {name: m%g, groups: [many]}' 1001 3100
} >/root/many.yaml
userctl apply -q /root/many.yaml >/dev/null
userctl group create outer -q >/dev/null
userctl group add outer group:many -q >/dev/null
equal "all who are in it" 2100 "$(userctl group members many --all -q | wc -l)"
equal "and who are in it by another" 2100 "$(userctl group members outer --nested --all -q | sort -u | wc -l)"
contains "by which way" many "$(userctl group members outer --nested --offset 2099)"
