#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Inside a private host whose store lies on a real disk: the logins of docs/performance.md, through PAM and over real ssh.
set -eu
export support=$USERD_TOP/tests/support
. "$support/people.sh"
secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ password=correct-horse-battery count=300 ssh_logins=25

printf 'auth required pam_userd.so\naccount required pam_userd.so\n' >/etc/pam.d/bench-userd
printf 'auth required pam_permit.so\naccount required pam_permit.so\n' >/etc/pam.d/bench-permit
useradd --create-home local
chpasswd <<<"local:$password"
(umask 077; printf %s $password >/root/password; printf %s $secret >/root/totp; awk -F: '$1 == "local" {print $2}' /etc/shadow >/root/hash)
make() { userctl create -q "$1" --totp-file /root/totp "${@:2}" >/dev/null; }
for ((i = 0; i < count + 120; i++)); do make login$i --password-file /root/password; done
for ((i = 0; i < 80; i++)); do make imported$i --hash-file /root/hash; done

"$USERD_BUILD/tests/bench/log_in" /var/lib/userd $count $password $secret | tee /root/figures
hash=$(awk '/one Argon2id run/ {print $5}' /root/figures)

# milliseconds COMMAND…
milliseconds() {
    local before after
    before=$(date +%s%N)
    "$@" >/dev/null 2>&1 || { echo "refused: $*" >&2; exit 1; }
    after=$(date +%s%N)
    echo $(((after - before) / 10000)) | awk '{printf "%.2f\n", $1 / 100}'
}
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

install -D -o local -m 600 /root/.ssh/id_ed25519.pub ~local/.ssh/authorized_keys
# The answers lie ready; what the askpass program takes for each of the two is taken off.
export ANSWERS=/root/answers SSH_ASKPASS=$support/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0
coded() { ssh -o PreferredAuthentications=keyboard-interactive -l "$1" localhost true </dev/null; }
answers() { printf '%s\n%s\n' $password "$(oathtool --totp --base32 - <<<$secret)" >$ANSWERS; }
for ((i = 0; i < ssh_logins; i++)); do
    make ssh$i --password-file /root/password
    answers
    coded ssh$i || { echo "ssh$i was refused" >&2; exit 1; }   # makes the home
done
sleep 31   # a code counts once
for ((i = 0; i < ssh_logins; i++)); do
    milliseconds ssh -o BatchMode=yes local@localhost true >>/root/keys
    answers
    milliseconds coded ssh$i >>/root/both
    milliseconds "$SSH_ASKPASS" Password: >>/root/asked
done
awk -v key="$(median </root/keys)" -v both="$(median </root/both)" -v asked="$(median </root/asked)" -v hash="$hash" 'BEGIN {
    printf "  ssh, a key, a plain local user    median %6.2f ms\n  ssh, password and code            median %6.2f ms\n", key, both
    printf "  the second − the first − hash − two answers  %6.2f ms   (target ≤ 5)\n", both - key - hash - 2 * asked }'
awk '/^VmRSS/ { now = $2 } /^VmHWM/ { most = $2 } END { printf "  userd, resident                   %.1f MiB, at most %.1f MiB\n", now / 1024, most / 1024 }' \
    "/proc/$("$support/service" pid)/status"
