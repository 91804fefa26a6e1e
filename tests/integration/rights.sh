#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who may what over the bus: root, the account itself, whom polkit allows, nobody else; and root without a bus.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user alice --email alice@example.org
make_user bob
make_user carol
as() { runuser -u "$1" -- "${@:2}"; }

holds "bob changes his own shell" as bob userctl update --shell /bin/sh
equal "which is seen at once" /bin/sh "$(getent passwd bob | cut -d: -f7)"
holds "bob sees himself" as bob userctl get --json
refuses "bob may not suspend alice" 4 as bob userctl --no-input suspend alice
refuses "bob may not create" 4 as bob userctl --no-input create dora --no-password
refuses "bob may not make himself an admin" 4 as bob userctl --no-input group add sudo bob
refuses "bob may not rename himself" 4 as bob userctl --no-input rename bob robert
lacks "bob does not see alice's mail" example.org "$(as bob userctl get alice --json 2>&1 || true)"
contains "root does" alice@example.org "$(userctl get alice --json)"
refuses "a mail address that bob may not see is not shown as empty" 4 as bob userctl get alice -p email
refuses "nor in a list" 4 as bob userctl list --columns name,email
lacks "nor as null" '"email"' "$(as bob userctl get alice --json)"
contains "his own he sees" '"email"' "$(as bob userctl get --json)"
refuses "an unprivileged program may not use the admin socket" any as bob busctl --address=unix:path=/run/userd/admin list
refuses "nor the keys' socket" any as bob /usr/lib/userd/userd-ssh-keys alice

cat >/etc/polkit-1/rules.d/10-carol.rules <<'JS'
polkit.addRule(function(action, subject) {
    if (action.id == "org.userd1.manage-users" && subject.user == "carol") return polkit.Result.YES;
});
JS
within 5 runuser -u carol -- userctl --no-input create dora --no-password
pass "carol creates users: polkit says so"
refuses "but deletes none" 4 as carol userctl --no-input delete dora --yes

kill -STOP "$(pgrep -x polkitd)"
start=$SECONDS
refuses "polkit silent: bob is refused" any timeout 60 runuser -u bob -- userctl --no-input suspend alice
holds "in bounded time ($((SECONDS - start)) s)" test $((SECONDS - start)) -le 35
holds "root is not asked" timeout 5 userctl suspend alice
kill -CONT "$(pgrep -x polkitd)"

kill "$(cat /run/dbus/pid 2>/dev/null || pgrep -f 'dbus-daemon --system')"
rm -f /run/dbus/system_bus_socket /run/dbus/pid
holds "no bus: root's userctl goes on" userctl resume alice
holds "no bus: lookups go on" getent passwd alice
dbus-daemon --system --fork --nopidfile
within 10 busctl --system call org.userd1 /org/userd1 org.freedesktop.DBus.Peer Ping
pass "the bus is back, and the name on it"
