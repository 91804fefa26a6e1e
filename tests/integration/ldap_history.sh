#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A random history of a directory server, and accidents on both sides of it: after each, the host is as the server.
# USERD_HISTORIES=200 makes a long one; USERD_SEED=N another one.
. "$USERD_TOP/tests/support/assert.sh"
rounds=${USERD_HISTORIES:-12}
! sanitized || rounds=$((rounds / 3))
python3 "$USERD_TOP/tests/integration/ldap_history.py" "$rounds" "${USERD_SEED:-1}" || fail "the history"
pass "$rounds rounds"
