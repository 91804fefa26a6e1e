#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The two modules as guests see them: what they need, what they export, and that a static program can use them.
. "$USERD_TOP/tests/support/assert.sh"

lib=/usr/lib/$(gcc -print-multiarch)
nss=$lib/libnss_userd.so.2
pam=$lib/security/pam_userd.so

needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | paste -sd' '; }
exported() { nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort | paste -sd' '; }

equal "the NSS module needs libc alone" "libc.so.6" "$(needed $nss)"
equal "the PAM module needs libc and libpam alone" "libc.so.6 libpam.so.0" "$(needed $pam)"
equal "the NSS module's entry points" "_nss_userd_endgrent _nss_userd_endpwent _nss_userd_getgrent_r _nss_userd_getgrgid_r \
_nss_userd_getgrnam_r _nss_userd_getpwent_r _nss_userd_getpwnam_r _nss_userd_getpwuid_r _nss_userd_initgroups_dyn \
_nss_userd_setgrent _nss_userd_setpwent" "$(exported $nss)"
equal "the PAM module's entry points" "pam_sm_acct_mgmt pam_sm_authenticate pam_sm_chauthtok pam_sm_close_session \
pam_sm_open_session pam_sm_setcred" "$(exported $pam)"
for module in "$nss" "$pam"; do
    lacks "no TLS segment in ${module##*/}" TLS "$(readelf -lW "$module")"
    contains "no executable stack in ${module##*/}" "GNU_STACK" "$(readelf -lW "$module")"
    lacks "its stack is RW" RWE "$(readelf -lW "$module" | grep GNU_STACK)"
    contains "full RELRO in ${module##*/}" "GNU_RELRO" "$(readelf -lW "$module")"
    contains "all symbols bound at load" "NOW" "$(readelf -d "$module" | grep -E 'FLAGS|BIND_NOW')"
done
contains "the NSS module stays loaded" "NODELETE" "$(readelf -d $nss)"
