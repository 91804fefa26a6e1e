#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The demo once more, watched: no password, hash, seed or code in any command line, environment, bus message or journal line.
. "$USERD_TOP/tests/support/assert.sh"
! sanitized || skip "LeakSanitizer cannot work in a process that strace holds"

records=/root/records
mkdir "$records"
busctl --system capture >"$records/bus" 2>/dev/null &
bus=$!
watch=(strace -f -qq -v -s 1000000 -e trace=execve -e signal=none)
"${watch[@]}" -o "$records/sshd" -p "$(cat /run/sshd.pid)" &
sshd=$!
"${watch[@]}" -o "$records/service" -p "$(cat /run/service/supervisor)" &
service=$!
sleep 1

"${watch[@]}" -o "$records/demo" "$support/demo" >/root/demo.out 2>&1 </dev/null || fail "the demo: $(tail -5 /root/demo.out)"
pass "the demo ran under watch"
kill $bus $sshd $service
journalctl --sync 2>/dev/null
journalctl --no-pager -o export >"$records/journal"
journalctl --no-pager -o cat >"$records/messages"   # without stamps and cursors: any six digits could be in those

. "$support/codes.sh"
# Everything that nobody may see: passwords, seeds as text and as bytes, all codes given out. Not hashes: those we know by form.
secrets() {
    sed -n 's/.*Password: \([a-z][a-z-]*\) (shown once.*/\1/p' /root/demo.out
    local name
    for name in $(cd "$codes" && ls | grep -v step); do
        cat "$codes/$name"
        base32 -d <"$codes/$name" | base64
        base32 -d <"$codes/$name" | od -An -tx1 | tr -d ' \n'
        echo
    done
}
secrets >/root/secrets
holds "secrets are known to look for" test "$(wc -l </root/secrets)" -ge 5
for record in bus sshd service demo journal; do
    holds "something was recorded: $record" test -s "$records/$record"
    equal "no secret in: $record" "" "$(grep -aoFf /root/secrets "$records/$record" | sort -u || true)"
    equal "no hash in: $record" "" "$(grep -aoE '\$(argon2id?|y|6|2b)\$[^ ]{20}' "$records/$record" | head -3 || true)"
done
for name in $(cd "$codes" && ls | grep -v step); do
    last=$(cat "$codes/$name.step")
    for step in $(seq $((last - 8)) "$last"); do code_at "$name" "$step"; done
done >/root/codes-given
for record in bus sshd service demo messages; do
    equal "no code in: $record" "" "$(grep -awoFf /root/codes-given "$records/$record" | sort -u || true)"
done
