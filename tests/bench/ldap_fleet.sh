#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Inside a private host: what 100 and 1,000 hosts cost a directory server of 10,000 users and 1,000 groups (docs/scale.md).
set -eu
support=$USERD_TOP/tests/support
. "$support/directory.sh"
ulimit -n 20000
slapd make --log none
slapd seed
"$support/directory-ldif" 10000 1000 | slapd load
slapd start
python3 "$USERD_TOP/tests/bench/ldap_fleet.py" "$server" "$port" 100 1000
slapd stop
