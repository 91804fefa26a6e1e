#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The daemon frozen, stopped, its socket gone, taken over by a stranger, answering half: our user's login cannot be decided and
# ends within the bound (1 s to connect, 30 s for a step); local users do not notice. In the stack as it is shipped, and over ssh.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

phases=$USERD_BUILD/tests/integration/pam_phases
make_user violet --mfa off --ssh-key-file /root/.ssh/id_ed25519.pub
good=$(password_of violet)
uid=$(id -u violet)
for type in auth account password session; do echo "@include common-$type"; done >/etc/pam.d/shipped
equal "the living one lets our user in" "SUCCESS SUCCESS SUCCESS SUCCESS SUCCESS" \
    "$(printf '%s\n\n' "$good" | "$phases" shipped violet authenticate account credentials open close 2>/dev/null)"

# Each death in a mount namespace of its own, where /run/userd is what it has left; the frozen one is the real daemon.
silent="frozen deaf half"
deaths="$silent cut leaving gone stranger"
port=2200
at() { # DEATH COMMAND…
    local death=$1
    shift
    if [ "$death" = frozen ]; then "$@"; else unshare --mount sh -ec "mount --bind /run/deaths/$death /run/userd; exec \"\$@\"" sh "$@"; fi
}
for death in $deaths; do
    port=$((port + 1))
    echo $port >"/run/port.$death"
    mkdir -p "/run/deaths/$death" "/run/told/$death"
    case $death in
    frozen | gone) ;;
    *)
        "$support/bad_daemon" "$death" "/run/deaths/$death/login" &
        within 10 eval "ss -xlH | grep -q /run/deaths/$death/login"
        ;;
    esac
    at "$death" /usr/sbin/sshd -p $port -o PidFile=none
    within 10 eval "(: </dev/tcp/127.0.0.1/$port)"
    useradd --create-home --shell /bin/sh "local-$death"
    mkdir -m 700 "/home/local-$death/.ssh"
    cp /root/.ssh/id_ed25519.pub "/home/local-$death/.ssh/authorized_keys"
    chown -R "local-$death:" "/home/local-$death"
done
frozen=$("$support/service" pid)
kill -STOP "$frozen"

# try DEATH WHAT COMMAND…: in the background; leaves what it came to, and the seconds that it took.
tries=()
try() {
    local out=/run/told/$1/$2
    shift 2
    {
        SECONDS=0
        printf '%s\n' "$good" "$good" "$good" | "$@" >"$out" 2>/dev/null && echo "ended with 0" >>"$out" || true
        echo $SECONDS >"$out.seconds"
    } &
    tries+=($!)
}
for death in $deaths; do
    ssh="-o NoHostAuthenticationForLocalhost=yes -p $(cat "/run/port.$death")"
    try "$death" authenticate at "$death" "$phases" --from 203.0.113.9 sshd violet authenticate
    try "$death" account at "$death" "$phases" --from 203.0.113.9 sshd violet account
    try "$death" change at "$death" "$phases" --uid "$uid" shipped violet change
    try "$death" root-change at "$death" "$phases" shipped violet change
    try "$death" session at "$death" "$phases" shipped violet credentials open
    # Where nothing is asked sshd itself waits as long again (ensure_minimum_time_since): a minute that shows no more.
    # shellcheck disable=SC2086
    [[ $death = frozen || $death = deaf ]] || try "$death" ssh-password ssh_as violet "$good" '' $ssh
    # shellcheck disable=SC2086
    try "$death" ssh-key ssh -o BatchMode=yes $ssh violet@localhost true
done

# Meanwhile a local user logs in and changes the password, and root does what root does.
quick() { # WHAT COMMAND…: it does, and has not waited for the daemon
    SECONDS=0
    holds "$death: $1" "${@:2}"
    [ $SECONDS -lt 25 ] || fail "$death: $1: took $SECONDS s"
}
for death in $deaths; do
    who=local-$death
    ssh="ssh -o BatchMode=yes -o NoHostAuthenticationForLocalhost=yes -p $(cat "/run/port.$death")"
    quick "root sets a local user's password" at "$death" sh -c "printf 'blue-Kettle-42\nblue-Kettle-42\n' | passwd $who"
    quick "the user changes it" at "$death" sh -c "printf 'blue-Kettle-42\nred-Kettle-43\nred-Kettle-43\n' |
        $phases --uid $(id -u "$who") passwd $who change"
    quick "and logs in with it" at "$death" sh -c "printf 'red-Kettle-43\n' |
        $phases shipped $who authenticate account credentials open close"
    refuses "$death: not with the old one" any at "$death" sh -c "printf 'blue-Kettle-42\n' | $phases shipped $who authenticate"
    quick "by a key over ssh" $ssh "$who@localhost" true
    quick "root by a key" $ssh root@localhost true
    quick "su" at "$death" su "$who" -c true
    quick "sudo of root" at "$death" sudo true
    quick "chpasswd" at "$death" sh -c "echo '$who:green-Kettle-44' | chpasswd"
done

wait "${tries[@]}"
for death in $deaths; do
    cd "/run/told/$death"
    for what in authenticate account change root-change; do
        equal "$death: ours, $what" AUTHINFO_UNAVAIL "$(cat $what)"
        case " $silent " in
        *" $death "*) least=29 most=60 ;;
        *) least=0 most=25 ;;
        esac
        seconds=$(cat $what.seconds)
        [ "$seconds" -ge $least ] && [ "$seconds" -le $most ] || fail "$death: $what took $seconds s"
    done
    contains "$death: a session that is open already does not depend on it" "SUCCESS SUCCESS" "$(cat session)"
    equal "$death: nobody in over ssh" "" "$(cat ssh-*[dy])"
done
cd /
equal "the stranger was told nothing" 0 "$(stat -c %s /run/deaths/stranger/login.told)"
trail=$(journalctl --no-pager -q | grep pam_userd)
for why in "No such file or directory" "no reply from the daemon in time" "the daemon ended the dialogue" "what is no step" \
    "is neither root nor the owner of its folder"; do
    contains "the journal says why" "$why" "$trail"
done
lacks "and not who" violet "$trail"

# It thaws, or the watchdog's signal meets it and it starts again.
kill -CONT "$frozen"
in_again() { printf '%s\n\n' "$good" | "$phases" shipped violet authenticate account; }
within 60 in_again
pass "when it is back our user gets in"

