#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What PAM returns for each kind of user and each kind of answer, in every phase, and over sshd's ways in. The rows say what the
# contract of the module says (docs/reference/login.md), not what was once seen.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/clock.sh"

phases=$USERD_BUILD/tests/integration/pam_phases
away=203.0.113.9   # where all tries come from; ssh's come from here
got=/root/got
mkdir -p $got

# The kinds of user
own_clock
useradd -m local
echo correct-old-horse-1 >"$people/local"
echo 'local:correct-old-horse-1' | chpasswd
key=(--ssh-key-file /root/.ssh/id_ed25519.pub)
kind() { make_user "$1" --mfa off "${key[@]}" "${@:2}"; }
with_code() { make_user_with_code "$1" "${key[@]}" "${@:2}"; }
imported() { # NAME HASH: of the password that local has
    (umask 077 && printf '%s\n' "$2" >/root/hash)
    userctl create "$1" --mfa off "${key[@]}" --hash-file /root/hash >/dev/null
    echo correct-old-horse-1 >"$people/$1"
}
kind plain
with_code coded
with_code must --mfa required
userctl config set mfa.digits=8 mfa.algorithm=SHA512 >/dev/null
with_code eight
userctl config set mfa.digits= mfa.algorithm= >/dev/null
userctl group create strict >/dev/null
userctl group update strict --mfa required >/dev/null
make_user bound --group strict "${key[@]}"
make_user early --mfa required "${key[@]}"
make_user late --mfa required "${key[@]}"
kind stopped
kind waiting --pending
kind over --expires 2020-01-01
kind notyet --not-before 2099-01-01
kind change --must-change
kind locked
userctl group create sftponly >/dev/null
kind files --kind sftp
kind taken
userctl create robot --kind service "${key[@]}" >/dev/null
userctl create keyonly --mfa off --no-password "${key[@]}" >/dev/null
imported yescrypt "$(sed -n 's/^local:\([^:]*\):.*/\1/p' /etc/shadow)"
imported sha512 "$(openssl passwd -6 -stdin <<<correct-old-horse-1)"
kind gone
kind former
userctl suspend stopped gone >/dev/null
userctl delete gone --yes >/dev/null
userctl rename former latter >/dev/null
cp "$people/former" "$people/latter"
for name in bound late; do userctl mfa reset $name --within 1s --yes >/dev/null; done
echo "other:x:$(userctl get taken -p uid):1500::/:/bin/sh" >>/etc/passwd
ours="plain coded must eight bound early late waiting over notyet change locked files taken robot keyonly yescrypt sha512 latter"

password() { cat "$people/$1" 2>/dev/null || echo "any password at all"; }
code() { # USER: its right code now
    case $1 in
    eight) oathtool --totp=SHA512 --digits 8 --base32 --now "@$(daemon_time)" - <"$codes/$1" ;;
    coded | must) code_at "$1" "$(daemon_step)" ;;
    *) echo 123456 ;;
    esac
}
for name in coded must eight; do
    runuser -u $name -- userctl mfa recovery --regenerate --json <<<"$(code $name)" | grep -oE '[A-Z2-7]{4}(-[A-Z2-7]{4}){2}' >"$codes/$name.recovery"
done
recovery() { # USER: one that was not given before, or what looks like one
    sed -n 1p "$codes/$1.recovery" 2>/dev/null | grep . || echo ABCD-EFGH-IJKL
    [ ! -e "$codes/$1.recovery" ] || sed -i 1d "$codes/$1.recovery"
}
temporary() { userctl mfa code "$1" --json=short 2>/dev/null | grep -oE '[A-Z2-7]{4}(-[A-Z2-7]{4}){2}' || echo ABCD-EFGH-IJKL; }

# answers COLUMN USER: what is typed, a line for each prompt.
answers() {
    local password
    password=$(password "$2")
    case $1 in
    wrong) printf '%s\n' "not $password" "$(code "$2")" ;;
    empty) printf '%s\n' "" "$(code "$2")" ;;
    space) printf '%s\n' "$password " "$(code "$2")" ;;
    bad) printf '%s\n' "$password" "000 00" ;;
    none) printf '%s\n' "$password" "" ;;
    right) code "$2" >"$got/code.$2"; printf '%s\n' "$password" "$(cat "$got/code.$2")" ;;
    again) printf '%s\n' "$password" "$(cat "$got/code.$2")" ;;
    recovery) printf '%s\n' "$password" "$(recovery "$2")" ;;
    temporary) printf '%s\n' "$password" "$(temporary "$2")" ;;
    string) printf '%s\n' "$password$(code "$2")" "$password$(code "$2")" ;;
    twice) printf '%s\n' "$password" "$password" ;;
    spare) password+=$(recovery "$2"); printf '%s\n' "$password" "$password" ;;
    esac
    printf 'no code\n%.0s' {1..10}   # for an enrolment
}

# letter RESULT: the last phase's, as the tables have it.
letter() {
    case ${1##* } in
    SUCCESS) echo S ;; AUTH_ERR) echo A ;; MAXTRIES) echo M ;; USER_UNKNOWN) echo U ;; PERM_DENIED) echo P ;;
    ACCT_EXPIRED) echo E ;; NEW_AUTHTOK_REQD) echo N ;; AUTHTOK_ERR) echo T ;; *) echo "$1" ;;
    esac
}

# Each column begins with nobody locked out but one, and with codes that are not near those of the column before.
begin_column() {
    move_clock $((offset + 90))
    # shellcheck disable=SC2086
    userctl unlock $ours >/dev/null 2>&1 || true
    for _ in 1 2 3 4 5; do
        printf 'wrong\n\n' | "$phases" --from $away alone locked authenticate &
        printf 'wrong\n\n' | "$phases" alone locked authenticate &
    done >/dev/null 2>&1
    wait
    userctl update change --must-change >/dev/null
}

# run_table WHAT CELL COLUMN…: of standard input, a row for each user with a letter for each column; CELL COLUMN USER prints a
# result, and shows on standard error what the person sees. A column with a + goes at the same time as the one before it. All
# that differs is told at the end.
run_table() {
    local what=$1 cell=$2 user rest letter number=0 wrong=""
    local -A rows=()
    local -a users=() columns=("${@:3}")
    while read -r user rest; do
        users+=("$user")
        rows[$user]=${rest// /}
        [ ${#rows[$user]} = ${#columns[@]} ] || fail "$what: $user has ${#rows[$user]} cells, not ${#columns[@]}"
    done
    for column in "${columns[@]}"; do
        [[ $column = +* ]] || { wait; begin_column; }
        for user in "${users[@]}"; do "$cell" "${column#+}" "$user" >"$got/$number.$user" 2>"$got/$number.$user.shown" & done
        number=$((number + 1))
    done
    wait
    : >$got/seen
    for number in "${!columns[@]}"; do
        for user in "${users[@]}"; do
            letter=$(letter "$(cat "$got/$number.$user")")
            seen=$(sed 's/reference [A-Z0-9]*/reference …/' "$got/$number.$user.shown" | paste -sd'|')
            echo "$letter $seen" >>$got/seen
            [ "$letter" = "${rows[$user]:number:1}" ] || wrong+=$'\n'"  $user, ${columns[number]}: $letter: $seen"
        done
    done
    [ -z "$wrong" ] || fail "$what, not as it should be:$wrong"
    pass "$what: ${#users[@]} kinds of user × ${#columns[@]}"
}

# Our module alone, and the stack as it is shipped.
for type in auth account password session; do echo "$type required pam_userd.so"; done >/etc/pam.d/alone
for type in auth account password session; do echo "@include common-$type"; done >/etc/pam.d/shipped

# Authenticate
authenticate() { answers "$1" "$2" | "$phases" --from $away $service "$2" authenticate || true; }
answer_kinds="wrong empty space  bad none right again recovery temporary  string twice spare"
# The password: wrong, empty, with a blank behind it; the right code in each case.
# The right password, and as the code: a wrong one, none, the right one, the same again, a recovery code, a temporary one.
# The same string for both prompts: password and code, password, password and recovery code.
authenticate_table() {
    cat <<'TABLE'
plain     AAA SSSSSS ASA
coded     AAA AASASS SAA
must      AAA AASASS SAA
eight     AAA AASASS SAA
bound     AAA AAAAAS AAA
early     AAA MMMMMS AAA
late      AAA AAAAAS AAA
stopped   AAA AAAAAA AAA
waiting   AAA AAAAAA AAA
over      AAA SSSSSS ASA
notyet    AAA SSSSSS ASA
change    AAA SSSSSS ASA
locked    AAA AAAAAA AAA
files     AAA SSSSSS ASA
taken     AAA AAAAAA AAA
robot     AAA AAAAAA AAA
keyonly   AAA AAAAAA AAA
yescrypt  AAA SSSSSS ASA
sha512    AAA SSSSSS ASA
latter    AAA SSSSSS ASA
former    AAA AAAAAA AAA
gone      AAA AAAAAA AAA
strict    AAA AAAAAA AAA
nobody-at-all AAA AAAAAA AAA
TABLE
}

one_face() {
    equal "who is refused sees the same, but who must be told how to enrol" "A Password: |Verification code: |Login refused (reference …)." \
        "$(grep ^A $got/seen | grep -v 'which takes a dialogue' | sort -u)"
    equal "who gets in sees nothing else" "S Password: |Verification code: " "$(grep ^S $got/seen | sort -u)"
}
service=alone
# shellcheck disable=SC2086
run_table "authenticate, the module alone" authenticate $answer_kinds < <(authenticate_table)
one_face
service=shipped
run_table "authenticate, the shipped stack" authenticate wrong none right < <(authenticate_table | sed -E 's/ +(.).. .(.)(.).*/ \1\2\3/')
one_face
service=alone
run_table "authenticate, who is not ours" authenticate wrong right <<'TABLE'
local UU
root  UU
TABLE
equal "they are not even asked" "U " "$(sort -u $got/seen)"
service=shipped
run_table "authenticate, a local user in the shipped stack" authenticate wrong empty space right twice <<'TABLE'
local AAASS
TABLE
said() { "$phases" --from $away alone plain authenticate 2>/dev/null || true; }
equal "nobody answers" CONV_ERR "$(said </dev/null)"
equal "nobody answers the second question" CONV_ERR "$(password plain | said)"
equal "an answer that is too long" CONV_ERR "$( (printf '%01025d\n\n' 0) | said)"

# Account, after a right login, after what sshd has checked, and for programs that nobody answers; and the session.
for name in cron atd systemd-user runuser su; do cp /etc/pam.d/alone /etc/pam.d/$name; done
account() {
    case $1 in
    login) answers right "$2" | "$phases" --from $away alone "$2" authenticate account ;;
    key) "$phases" --from $away alone "$2" account ;;
    session) "$phases" --from $away alone "$2" credentials open close ;;
    *) "$phases" "$1" "$2" account ;;
    esac || true
}
run_table "account and session" account login key cron atd systemd-user runuser su session <<'TABLE'
plain     SS SSSSS S
coded     SP SSSSS S
must      SP SSSSS S
eight     SP SSSSS S
bound     AP SSSSS S
early     MP SSSSS S
late      AP SSSSS S
stopped   AP PPPPP S
waiting   AP PPPPP S
over      EE EEEEE S
notyet    PP PPPPP S
change    NN SSSSS S
locked    AS SSSSS S
files     PP PPPPP S
taken     AP PPPPP S
robot     AS SSSSS S
keyonly   AS SSSSS S
yescrypt  SS SSSSS S
sha512    SS SSSSS S
latter    SS SSSSS S
former    AU UUUUU U
gone      AU UUUUU U
strict    AU UUUUU U
nobody-at-all AU UUUUU U
local     UU UUUUU U
root      UU UUUUU U
TABLE

userctl config set 'login.access=[{service: alone, allow: {users: [plain]}}]' >/dev/null
run_table "account, where one may log in" account login key cron su <<'TABLE'
plain     SS SS
coded     PP SS
change    PP SS
robot     AP SS
over      EE EE
gone      AU UU
local     UU UU
TABLE
userctl config set login.access= >/dev/null

# After a key, by a rule that counts it: the code alone is asked.
userctl config set 'login.rules=[{service: alone, require: [[key, totp], [password, totp]]}, {require: [password]}]' >/dev/null
after_key() { answers "$1" "$2" | tail -n +2 | "$phases" --key --from $away alone "$2" authenticate account || true; }
run_table "authenticate after a key" after_key bad none right recovery temporary <<'TABLE'
coded     AA SSS
must      AA SSS
plain     AA AAS
early     AA AAS
robot     AA AAS
stopped   AA AAA
over      AA AAE
nobody-at-all AA AAA
TABLE
equal "nothing else is asked" "Verification code: " "$(cut -d' ' -f2- $got/seen | cut -d'|' -f1 | sort -u)"
userctl config set login.rules= >/dev/null

# Change of the password: the person's own, who may know the old one or not; root's; and where it is too old (sshd's).
change() {
    local new="vivid otter plum lantern $1" uid old result
    old=$(password "$2")
    uid=$(userctl get "$2" -p uid 2>/dev/null || echo 4321)
    result=$(case $1 in
        wrong) yes "not $old" | head -3 | "$phases" --uid "$uid" alone "$2" change ;;
        empty) printf '\n\n\n' | "$phases" --uid "$uid" alone "$2" change ;;
        space) printf '%s \n' "$old" "$old" "$old" | "$phases" --uid "$uid" alone "$2" change ;;
        own) printf '%s\n' "$old" "$new" "$new" "$old" "$old" | "$phases" --uid "$uid" alone "$2" change ;;
        root) printf '%s\n' "$new" "$new" | "$phases" alone "$2" change ;;
        forced) printf '%s\n' "$old" "$new" "$new" | "$phases" alone "$2" change-expired ;;
        esac) || true
    echo "$result"
    [[ $result != SUCCESS || ! -e $people/$2 || ($1 = forced && $2 != change) ]] || echo "$new" >"$people/$2"
}
run_table "change of a password" change wrong empty space own root forced <<'TABLE'
plain     MMM S S S
coded     MMM S S S
must      MMM S S S
bound     MMM S S S
early     MMM S S S
late      MMM S S S
stopped   MMM M S S
waiting   MMM M S S
over      MMM S S S
notyet    MMM S S S
change    MMM S S S
locked    MMM M S S
files     MMM S S S
taken     MMM M S S
robot     MMM M T S
keyonly   MMM M S S
yescrypt  MMM S S S
former    UUU U U U
gone      UUU U U U
strict    UUU U U U
nobody-at-all UUU U U U
local     UUU U U U
TABLE

# Real sshd: keyboard-interactive, the password method and keys. + is in.
over_ssh() { # METHODS USER FILE, which has the answers
    ANSWERS=$3 SSH_ASKPASS=$support/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        ssh -o PreferredAuthentications="$1" -l "$2" localhost true </dev/null >&2
}
by_ssh() {
    local new="amber walrus quilt cobalt $1" methods
    case $1 in
    key) methods=publickey ;;
    key-*) methods=publickey,keyboard-interactive ;;
    method-*) methods=password ;;
    *) methods=keyboard-interactive ;;
    esac
    { answers "${1#*-}" "$2" | sed -n 1,2p; echo "$new"; } >"$got/answers.$1.$2"
    if over_ssh $methods "$2" "$got/answers.$1.$2"; then echo +; else echo -; fi
}
run_table "sshd" by_ssh wrong +empty +space  bad +none  right +recovery +temporary  method-string +method-twice +key <<'TABLE'
plain     --- ++ +++ -+ +
coded     --- -- +++ +- -
must      --- -- +++ +- -
eight     --- -- +++ +- -
early     --- -- --+ -- -
late      --- -- --+ -- -
stopped   --- -- --- -- -
waiting   --- -- --- -- -
over      --- -- --- -- -
notyet    --- -- --- -- -
locked    --- -- --- -- +
files     --- -- --- -- -
taken     --- -- --- -- -
robot     --- -- --- -- +
keyonly   --- -- --- -- +
latter    --- ++ +++ -+ +
former    --- -- --- -- -
strict    --- -- --- -- -
nobody-at-all --- -- --- -- -
local     --- ++ +++ -+ -
TABLE
# Who must change the password does so in the dialogue; a client that holds none does not get in.
run_table "sshd, a password that must be changed" by_ssh method-twice +key +wrong  right <<'TABLE'
change    --- +
TABLE
echo "amber walrus quilt cobalt right" >"$people/change"

# Key and code, as ssh setup has sshd ask for them.
userctl config set 'login.rules=[{service: sshd, require: [[key, totp], [password, totp]]}, {require: [password]}]' >/dev/null
reloading_sshd userctl ssh setup --require-mfa >/dev/null
run_table "sshd, a code after a key" by_ssh key +key-bad +key-none  key-right +key-recovery  right <<'TABLE'
plain     - ---- -
coded     - --++ +
must      - --++ +
eight     - --++ +
early     - ---- -
late      - ---- -
stopped   - ---- -
over      - ---- -
change    - ---- -
locked    - ---- -
robot     - ---- -
former    - ---- -
nobody-at-all - ---- -
local     - ++++ +
TABLE

# The same daemon in other years. A code that was right there is used up, here too, until somebody resets it.
coded_gets() { printf '%s\n' "$(password coded)" "$1" | "$phases" --from $away alone coded authenticate 2>/dev/null || true; }
for day in 2040-02-29 2110-01-01; do
    move_clock $(($(date -u -d $day +%s) - $(date +%s)))
    equal "$day: a wrong code" AUTH_ERR "$(coded_gets "$(code_at coded $(($(daemon_step) + 3)))")"
    code=$(code coded)
    equal "$day: the right one" SUCCESS "$(coded_gets "$code")"
    equal "$day: not twice" AUTH_ERR "$(coded_gets "$code")"
done
move_clock 0
equal "back again: the used step has not fallen" AUTH_ERR "$(coded_gets "$(code coded)")"
equal "which a temporary code gets round" SUCCESS "$(coded_gets "$(temporary coded)")"
userctl mfa reset coded --yes >/dev/null
equal "and a reset mends" SUCCESS "$(coded_gets '')"
