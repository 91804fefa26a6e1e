#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The history of ldap_history with a server that keeps memberships by itself: memberof writes to members what holds them,
# refint to groups what became of their members. USERD_HISTORIES and USERD_SEED as there.
. "$USERD_TOP/tests/support/assert.sh"
rounds=${USERD_HISTORIES:-5}
! sanitized || rounds=$((rounds / 2))
USERD_OVERLAYS=1 python3 "$USERD_TOP/tests/integration/ldap_history.py" "$rounds" "${USERD_SEED:-1}" || fail "the history"
pass "$rounds rounds"
