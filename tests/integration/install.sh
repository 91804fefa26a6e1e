#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What "meson install" puts in place, with whose rights.
. "$USERD_TOP/tests/support/assert.sh"

# mode owner group path
while read -r mode owner group path; do
    equal "$path" "$mode $owner:$group" "$(stat -c '%a %U:%G' "$path")"
done <<'TEXT'
644 root root /usr/lib/systemd/system/userd.service
644 root root /usr/lib/systemd/system/userd-login.socket
644 root root /usr/lib/systemd/system/userd-keys.socket
644 root root /usr/lib/systemd/system/userd-admin.socket
644 root root /usr/lib/systemd/system/userd-ldap.socket
644 root root /usr/lib/systemd/system/userd-ldap.service
644 root root /usr/lib/systemd/system/userd-homes.socket
644 root root /usr/lib/systemd/system/userd-homes.service
644 root root /usr/lib/sysusers.d/userd.conf
644 root root /usr/lib/tmpfiles.d/userd.conf
644 root root /usr/share/dbus-1/system.d/org.userd1.conf
644 root root /usr/share/dbus-1/system-services/org.userd1.service
644 root root /usr/share/polkit-1/actions/org.userd1.policy
644 root root /etc/ssh/sshd_config.d/userd.conf
644 root root /etc/userd/userd.yaml
644 root root /etc/userd/local-groups
644 root root /etc/userd/homes.yaml
700 root root /var/lib/userd-homes
644 root root /usr/share/man/man1/userctl.1
644 root root /usr/share/man/man5/userd.yaml.5
644 root root /usr/share/man/man5/userd-state.5
644 root root /usr/share/man/man8/userd.8
644 root root /usr/share/man/man8/userd-homes.8
644 root root /usr/share/man/man8/pam_userd.8
644 root root /usr/share/man/man8/nss_userd.8
755 root root /run/userd
711 userd userd /var/lib/userd
TEXT

for user in userd userd-keys userd-ldap; do
    holds "$user is a system user with its group" test "$(id -u $user)" -lt 1000 -a "$(id -gn $user)" = $user
done
equal "the modules leave nothing to link against" "" "$(find /usr/lib -name 'libnss_userd.so' -o -name 'pam_userd.so.*')"
equal "no setuid program" 0 "$(find /usr/lib/userd /usr/bin/userctl -perm /6000 2>/dev/null | wc -l)"
holds "sshd accepts the drop-in" sshd -t
contains "sshd asks for keys" "authorizedkeyscommanduser userd-keys" "$(sshd -T)"

# polkit reads the actions and lets the daemon's user ask for them.
actions=$(pkaction | grep '^org\.userd1\.')
equal "polkit knows all actions" 11 "$(wc -l <<<"$actions")"
for action in $actions; do
    contains "owner of $action" "org.freedesktop.policykit.owner -> unix-user:userd" "$(pkaction --verbose --action-id "$action")"
done

# most UNIT: how exposed systemd finds it
while read -r most unit; do
    exposure=$(SYSTEMD_LOG_LEVEL=err systemd-analyze security --offline=yes --no-pager "/usr/lib/systemd/system/$unit" |
        sed -n 's/.*Overall exposure level.*: \([0-9.]*\).*/\1/p')
    holds "exposure of $unit is at most $most (is $exposure)" awk "BEGIN { exit !($exposure <= $most) }"
done <<'TEXT'
0.5 userd.service
1.5 userd-ldap.service
TEXT
# The bind passwords of directory servers reach userd-ldap under whatever names they have.
generator=/usr/lib/systemd/system-generators/userd-ldap-generator
if [ -e $generator ]; then
    mkdir -p /etc/credstore /etc/credstore.encrypted /run/credstore
    touch /etc/credstore/userd.ldap.corp /run/credstore/userd.ldap.corp /etc/credstore.encrypted/userd.ldap.sealed \
        /etc/credstore/userd.key "/etc/credstore/userd.ldap.a b"
    $generator /root/units /root/early /root/late
    equal "the generator names its credentials and no others" \
        "[Service] LoadCredentialEncrypted=userd.ldap.sealed LoadCredential=userd.ldap.corp" \
        "$(xargs </root/units/userd-ldap.service.d/credentials.conf)"
else
    holds "the unit imports its credentials" grep -q '^ImportCredential=userd.ldap' /usr/lib/systemd/system/userd-ldap.service
fi
equal "the socket of userd-ldap is its own" "600 userd-ldap:root" "$(stat -c '%a %U:%G' /run/userd/ldap)"
