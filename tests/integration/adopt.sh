#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Accounts of /etc/passwd and keys of google-authenticator become userd's, and go back: logins before and after, hostile homes, a
# hostile core, and killed in the middle.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

core() { setpriv --reuid userd --regid userd --clear-groups "$support/errand" "$@"; }
denied() { local what=$1; shift; local out; out=$(core "$@") && fail "$what: done: $out"; contains "$what" "AccessDenied" "$out"; }
as_user() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"; }
files() { cat /etc/passwd /etc/shadow /etc/group /etc/gshadow; }
local_user() {  # NAME UID PASSWORD
    useradd --uid "$2" --user-group --create-home --shell /bin/bash "$1"
    printf '%s:%s\n' "$1" "$3" | chpasswd -c YESCRYPT
}
yes="successfully authenticated" no="Authentication failure"
verdict() { contains "$1" "$2" "$(pam "$3" "$4" "${@:5}" -- authenticate || true)"; }

passwd=/etc/passwd shadow=/etc/shadow
old_password="correct horse of yescrypt"
local_user carol 1501 "$old_password"
local_user dora 1502 "$old_password"
usermod -aG sudo,cdrom carol
chfn -f "Carol Example" carol
touch /home/carol/mine && chown carol: /home/carol/mine
contains "its hash is yescrypt" 'carol:$y$' "$(cat $shadow)"
verdict "the host lets her in" "$yes" login carol "$old_password"

# --- what must not be, and what a broken core cannot ask for
refuses "not unless homes.yaml says so" 4 userctl adopt passwd carol --yes
denied "nor does the core alone" find_accounts
denied "take" take_account name=carol uid=1501 most=1
sed -i 's/^adopt: no/adopt: yes/' /etc/userd/homes.yaml
before=$(files)
for name in root daemon www-data nobody; do
    refuses "never $name" 4 userctl adopt passwd $name --yes
    denied "not even for a broken core: $name" take_account name=$name uid="$(id -u $name)" most=0
done
refuses "nobody of that name" 3 userctl adopt passwd no-such-name --yes
denied "another's uid" take_account name=carol uid=1502 most=1
refuses "lines that are not as the core says" 1 core take_account name=carol uid=1501 most=1
holds "what is there need not come back" core give_account_back name=carol uid=1501
for name in root daemon; do refuses "nor $name" 1 core give_account_back name=$name uid="$(id -u $name)"; done
printf 'twin:x:1502:1502::/home/dora:/bin/sh\n' >>$passwd
refuses "not who shares a uid" 5 userctl adopt passwd dora --yes
sed -i '/^twin:/d' $passwd
usermod -aG docker carol 2>/dev/null || { groupadd --system docker && usermod -aG docker carol; }
out=$(userctl adopt passwd carol --yes 2>&1) && fail "root by a group that is not ours to give"
contains "root by a group that local_groups does not list" "local_groups" "$out"
gpasswd -d carol docker >/dev/null
table=$(userctl adopt passwd carol dora root --dry-run)
contains "the table of a dry run" "carol" "$table"
contains "says what stays" "stays in cdrom by /etc/group" "$table"
contains "and why not" "uid 0 is the system's" "$table"
gpasswd -d carol sudo >/dev/null && gpasswd -a carol sudo >/dev/null
equal "nothing was changed" "$(sort <<<"$before" | grep -v "docker\|sudo")" "$(files | sort | grep -v "docker\|sudo")"

# --- adopted
entry=$(getent passwd carol | sed "s/,,,:/:/")
groups=$(id -Gn carol | tr ' ' '\n' | sort)
holds "adopted" userctl adopt passwd carol --yes
equal "no line of hers is left" "" "$(grep -h '^carol:' $passwd $shadow /etc/group /etc/gshadow || true)"
lacks "nor is she in sudo there" carol "$(grep '^sudo:' /etc/group /etc/gshadow)"
contains "a group that is not ours to give stays" carol "$(grep '^cdrom:' /etc/group)"
equal "the same for all who look her up" "$entry" "$(getent passwd carol | sed "s/,,,:/:/")"
equal "the same groups" "$groups" "$(id -Gn carol | tr ' ' '\n' | sort)"
equal "her private group" "carol:x:1501:" "$(getent group carol | cut -d: -f1-3):"
equal "her files are hers" carol "$(stat -c %U /home/carol/mine)"
equal "sudo is hers by userd" sudo "$(userctl get carol -p local_groups)"
verdict "she logs in with the old password" "$yes" login carol "$old_password" ''
verdict "and with no other" "$no" login carol wrong ''
userctl unlock carol >/dev/null
holds "over ssh too" ssh_as carol "$old_password" ''
contains "the audit trail tells" "user.adopt" "$(userctl log carol)"
equal "nothing is inconsistent with her" "Nothing is inconsistent." "$(userctl check carol --only id-taken --only id-foreign --only home-owner)"
contains "again: nothing to do" "nothing to do" "$(userctl adopt passwd carol --yes)"
holds "userd-homes sees to her home" core create_home uid=1501 gid=1501 home=/home/carol
denied "not to others'" create_home uid=1502 gid=1502 home=/home/dora
equal "what is kept is root's alone" "600 0:0" "$(stat -c '%a %u:%g' /var/lib/userd-homes/adopted/1501)"

# --- google-authenticator, with traps first
seed() { (umask 077 && head -c "$2" /dev/urandom | base32 | tr -d = >"$codes/$1"); }
seed carol 10
victim=/root/victim; printf 'AAAAAAAAAAAAAAAA\n" TOTP_AUTH\n' >$victim; chmod 600 $victim
file=/home/carol/.google_authenticator
trap_is() { refuses "$1" 4 userctl adopt google-authenticator carol --yes; rm -f $file; }
as_user 1501 ln -s $victim $file && trap_is "a link is not followed"
as_user 1501 mkfifo $file && trap_is "a FIFO is not opened"
as_user 1501 truncate -s 10G $file && trap_is "10 GiB of nothing are not read"
printf 'AAAAAAAAAAAAAAAA\n" TOTP_AUTH\n' >/home/hard && ln /home/hard $file && trap_is "another's file by a hard link is not"
as_user 1501 mkdir $file && { refuses "nor a folder" 4 userctl adopt google-authenticator carol --yes; rmdir $file; }
as_user 1501 sh -c "head -c 60000 /dev/urandom >$file" && refuses "what is no key is refused" 5 userctl adopt google-authenticator carol --yes
lacks "and none of them was recorded" totp "$(userctl get carol -p factors)"
{ cat "$codes/carol"; printf '" RATE_LIMIT 3 30\n" WINDOW_SIZE 17\n" DISALLOW_REUSE\n" TOTP_AUTH\n23456789\n34567891\n'; } >$file
chown carol: $file && chmod 400 $file
userctl group create sftponly -q >/dev/null && userctl create drop --kind sftp --no-password -q >/dev/null
lacks "who has no codes is not looked at, nor is a folder missed that is not there" drop "$(userctl adopt google-authenticator --dry-run)"
contains "a dry run tells what counts no more" "window of 17" "$(userctl adopt google-authenticator --dry-run)"
holds "adopted with its key of 80 bits" userctl adopt google-authenticator carol --yes
contains "which check finds weak" weak-totp-key "$(userctl check carol --only weak-totp-key || true)"
refuses "the file has another name" any test -e $file
holds "and is there" test -f $file.adopted
verdict "the password alone is no longer enough" "$no" login carol "$old_password" ''
verdict "the old password and a code" "$yes" login carol "$old_password" "$(fresh_code carol)"
verdict "the same code again" "$no" login carol "$old_password" "$(last_code carol)"
verdict "a scratch code" "$yes" login carol "$old_password" 23456789
verdict "once" "$no" login carol "$old_password" 23456789
userctl unlock carol >/dev/null
holds "given back" userctl adopt google-authenticator carol --undo --yes
holds "under its old name" test -f $file
verdict "and the password alone is enough again" "$yes" login carol "$old_password" ''

# --- and back
holds "a dry run of the way back" userctl adopt passwd --undo --dry-run
holds "the account goes back" userctl adopt passwd carol --undo --yes
equal "every line of it" "$(sort <<<"$before" | grep carol | grep -v docker)" "$(files | sort | grep carol | grep -v docker)"
refuses "userd knows her no more" 3 userctl get carol
verdict "the host lets her in" "$yes" login carol "$old_password"
equal "the same for all who look her up" "$entry" "$(getent passwd carol | sed "s/,,,:/:/")"
holds "and she may come again" userctl adopt passwd carol --yes
verdict "with the old password" "$yes" login carol "$old_password" ''

# --- the last way in
userctl adopt passwd carol --undo --yes >/dev/null
equal "she is the only administrator" carol "$(getent group sudo | cut -d: -f4)"
mv /root/.ssh/authorized_keys /root/.ssh/kept && usermod -p '!' root
mkdir -p /etc/userd/userd.yaml.d && printf 'login: {rules: [{require: [key]}]}\n' >/etc/userd/userd.yaml.d/keys.yaml
userctl config reload >/dev/null
refuses "the last administrator is not adopted where she could not log in" 5 userctl adopt passwd carol --yes
holds "unless that is said" userctl adopt passwd carol --yes --allow-lockout --dry-run
usermod -aG sudo dora
holds "or another one stays" userctl adopt passwd carol --yes --dry-run
refuses "both are too many" 5 userctl adopt passwd carol dora --yes
gpasswd -d dora sudo >/dev/null
rm /etc/userd/userd.yaml.d/keys.yaml && userctl config reload >/dev/null
mv /root/.ssh/kept /root/.ssh/authorized_keys

# --- killed in the middle: each account is in one place at every moment, and the second run finishes
for n in $(seq 10); do local_user "local$n" $((1600 + n)) "$old_password"; done
in_one_place() {  # whose line is in passwd has the secret there too; all others are userd's, published and with a password
    local n
    for n in $(seq 10); do
        if grep -q "^local$n:x:" $passwd; then
            grep -q "^local$n:\\\$y\\\$" $shadow || fail "$1: local$n has a line in passwd and none in shadow"
        fi
        getent passwd "local$n" >/dev/null || fail "$1: local$n is nobody"
    done
    pass "$1: each is somebody"
}
for round in 1 2 3 4; do
    userctl adopt passwd --yes >/dev/null 2>&1 & run=$!
    until [ "$(grep -c '^local' $passwd)" -le $((10 - round)) ] || ! kill -0 $run 2>/dev/null; do :; done
    if [ $((round % 2)) = 1 ]; then kill -9 "$("$support/service" pid)"; else kill -9 "$(pgrep -n -x userd-homes)" 2>/dev/null || true; fi
    wait $run 2>/dev/null || true
    in_one_place "round $round, right after"
    "$support/service" wait
    within 10 userctl status
    in_one_place "round $round, when all is up"
done
holds "another run finishes" userctl adopt passwd --yes
equal "no line is left" "" "$(grep -h '^local' $passwd $shadow /etc/group /etc/gshadow || true)"
for n in 1 5 10; do verdict "local$n logs in" "$yes" login "local$n" "$old_password" ''; done
equal "and nothing is half done" "" "$(userctl check --only id-taken | grep -v 'Nothing is' || true)"
userctl adopt passwd --undo --yes >/dev/null 2>&1 & run=$!
until [ "$(grep -c '^local' $passwd)" -ge 3 ] || ! kill -0 $run 2>/dev/null; do :; done
kill -9 "$("$support/service" pid)"
wait $run 2>/dev/null || true
"$support/service" wait
within 10 userctl status
in_one_place "killed on the way back"
holds "another run finishes that too" userctl adopt passwd --undo --yes
equal "all are back" 10 "$(grep -c '^local' $shadow)"
verdict "and log in there" "$yes" login local7 "$old_password"
