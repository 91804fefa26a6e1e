#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The demo once more, and people at work over the bus, watched: no password, hash, seed or code in any command line, environment,
# bus message or journal line.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
acts=/root/acts

# What root does goes by a socket of its own: these are users, whose calls go over the system bus. Run by this script, as "acts".
as_chief() { runuser -u chief -- userctl --no-input "$@"; }
new_password=vivid-otter-plum-lantern-9
act() {
    make_user chief --super-user
    password_of chief | "$support/enrol" "$codes/chief" runuser -u chief -- userctl mfa enable >$acts/recovery
    step_now >"$codes/chief.step"
    as_chief create frank --generate --json >$acts/generated
    fresh_code chief | as_chief mfa code frank --json --otp - >$acts/temporary
    fresh_code chief | as_chief mfa recovery --regenerate >$acts/recovery-anew
    printf '%s\n' "$(password_of chief)" $new_password $new_password | "$support/answer" runuser -u chief -- userctl passwd
}
if [ "${1:-}" = acts ]; then
    set -x
    act
    exit
fi
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
mkdir $acts
"${watch[@]}" -o "$records/acts" bash "$0" acts >/root/acts.out 2>&1 </dev/null || fail "the acts: $(tail -5 /root/acts.out)"
pass "so did those who are not root"
kill $bus $sshd $service
journalctl --sync 2>/dev/null
journalctl --no-pager -o export >"$records/journal"
journalctl --no-pager -o cat >"$records/messages"   # without stamps and cursors: any six digits could be in those
for call in BeginTotp ConfirmTotp CreateUser CreateCode StepUp RegenerateRecovery SetPassword; do
    holds "the bus was heard: $call" grep -aqw $call "$records/bus"
done

# Everything that nobody may see: passwords, seeds as text and as bytes, all codes given out. Not hashes: those we know by form.
secrets() {
    sed -n 's/.*Password: \([a-z][a-z-]*\) (shown once.*/\1/p' /root/demo.out
    password_of chief
    echo $new_password
    sed -n 's/.*"\(password\|code\)": *"\([^"]*\)".*/\2/p' $acts/generated $acts/temporary
    cat /root/demo.out $acts/temporary $acts/recovery* | grep -oE '[A-Z2-7]{4}(-[A-Z2-7]{4}){2}' | sed 'p; s/-//g'
    local name
    for name in $(cd "$codes" && ls | grep -v step); do
        cat "$codes/$name"
        base32 -d <"$codes/$name" | base64
        base32 -d <"$codes/$name" | od -An -tx1 | tr -d ' \n'
        echo
    done
}
secrets >/root/secrets
holds "secrets are known to look for ($(wc -l </root/secrets))" test "$(wc -l </root/secrets)" -ge 40
# seeds_in RECORD: those whose very bytes it has.
seeds_in() {
    python3 - "$1" "$codes" <<'PY'
import base64, pathlib, sys
record = pathlib.Path(sys.argv[1]).read_bytes()
for seed in pathlib.Path(sys.argv[2]).iterdir():
    if seed.suffix != ".step" and base64.b32decode(seed.read_text().strip()) in record:
        print(seed.name)
PY
}
for record in bus sshd service demo acts journal; do
    holds "something was recorded: $record" test -s "$records/$record"
    equal "no secret in: $record" "" "$(grep -aoFf /root/secrets "$records/$record" | sort -u || true)"
    equal "no seed's bytes in: $record" "" "$(seeds_in "$records/$record")"
    equal "no hash in: $record" "" "$(grep -aoE '\$(argon2id?|y|6|2b)\$[^ ]{20}' "$records/$record" | head -3 || true)"
done
for name in $(cd "$codes" && ls | grep -v step); do
    last=$(cat "$codes/$name.step")
    for step in $(seq $((last - 8)) "$last"); do code_at "$name" "$step"; done
done >/root/codes-given
for record in bus sshd service demo acts messages; do
    equal "no code in: $record" "" "$(grep -awoFf /root/codes-given "$records/$record" | sort -u || true)"
done
