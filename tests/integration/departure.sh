#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Homes from the first login to the archive, and users who go: what they own is found, refused, given away, put off.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user alice
make_user bob
make_user carol
login() { pam sshd "$1" "$(password_of "$1")" "" -- authenticate acct_mgmt open_session || true; }
out() { "$@" 2>&1 || true; }
alice=$(id -u alice) bob=$(id -u bob) carol=$(id -u carol)

# --- the home comes with the first login
refuses "no home before the first login" any test -e /home/alice
contains "alice logs in" "successfully opened a session" "$(login alice)"
equal "and has a home" "700 alice:alice" "$(stat -c '%a %U:%G' /home/alice)"
equal "with the skeleton" "$(cd /etc/skel && find . | sort)" "$(cd /home/alice && find . | sort)"
mv /etc/userd/homes.yaml /etc/userd/kept
text=$(login bob)
contains "no home can be made: bob is told" "Your home /home/bob could not be made" "$text"
contains "and gets in" "successfully opened a session" "$text"
mv /etc/userd/kept /etc/userd/homes.yaml
login bob >/dev/null
holds "the next login makes it" test -d /home/bob

userctl update bob --home /home/robert >/dev/null
login bob >/dev/null
holds "a home that moves is made anew at the next login" test -d /home/robert
rmdir /home/bob 2>/dev/null || rm -r /home/bob
userctl update bob --home /home/bob >/dev/null
login bob >/dev/null
holds "and so is one that was removed" test -d /home/bob
rm -r /home/robert

# --- resources
mkdir -p -m 1777 /srv/shared /var/spool/cron/crontabs
as() { runuser -u "$1" -- "${@:2}"; }
as alice sh -c 'echo text >/srv/shared/file; echo odd >"/srv/shared/new
line"; echo home >~/file; truncate -s 1000 /srv/shared/long'
install -o alice -m 600 /dev/stdin /var/spool/cron/crontabs/alice <<<'* * * * * true'
userctl group create web >/dev/null
userctl group add web alice >/dev/null
list=$(userctl resources alice 2>&1)
for item in "/srv/shared/file" "/home/alice/file" "/var/spool/cron/crontabs/alice" "web"; do
    contains "resources: $item" "$item" "$list"
done
contains "a name of any kind, in JSON" '/srv/shared/new\\x0aline' "$(userctl resources alice --json)"
as alice python3 -c 'import os
for name in (b"red\x1b[31m", b"lat\xe9n", b"back\\x41"): open(b"/srv/shared/" + name, "w").close()'
list=$(userctl resources alice --path /srv/shared)
for name in 'new\x0aline' 'red\x1b[31m' 'lat\xe9n' 'back\\x41'; do contains "a person sees: $name" "/srv/shared/$name " "$list"; done
holds "in JSON lines each is one object" sh -c "userctl resources alice --json=lines | python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)'"
userctl resources alice --path /srv/shared --kind file --columns path --no-legend >names
while read -r name; do test -e "$(printf %b "$name")" || fail "$name does not lead back to its file"; done <names
as alice sh -c 'mkdir "$(printf "/srv/shared/d\351")"; touch "$(printf "/srv/shared/d\351/in")"'
contains "a folder of any name can be asked for" '/srv/shared/d\xe9/in ' "$(userctl resources alice --path "$(printf '/srv/shared/d\351')" 2>&1)"
rm -r /srv/shared/d*
rm /srv/shared/*[$(printf '\033')\\]* /srv/shared/lat*
equal "in JSON, below a folder" '"/srv/shared/long",1000' \
    "$(userctl resources alice --path /srv/shared --kind file --json=short | python3 -c 'import json,sys
for r in json.load(sys.stdin)["resources"]:
    if r["bytes"] == 1000: print(json.dumps(r["path"]), r["bytes"], sep=",")')"
contains "counted" "1 job" "$(userctl resources alice --summary)"
refuses "of nobody: not found" 3 userctl resources nobody-there
refuses "bob may not see alice's" 4 as bob userctl --no-input resources alice
refuses "a folder of no concern" 4 userctl resources alice --path /etc
contains "nobody looks below /etc" "scan in homes.yaml" "$(out userctl resources alice --path /etc)"

ln -s shared /srv/link
refuses "a link to a folder" 6 userctl resources alice --path /srv/link
contains "what to do about a link" "without links" "$(out userctl resources alice --path /srv/link)"

# --- who owns something is not deleted by the way
refuses "an active user is not deleted" 5 userctl delete alice --yes
userctl suspend alice >/dev/null
refuses "who owns files is not deleted" 5 userctl delete alice --yes
text=$(out userctl delete alice --yes)
contains "it says what" "alice still owns" "$text"
contains "and what to do" "--transfer-to USER" "$text"
refuses "a home alone is not all" 5 userctl delete alice --home keep --yes
refuses "bob may not" 4 as bob userctl --no-input transfer alice --to bob --yes
equal "nothing was touched" "alice alice" "$(stat -c %U /srv/shared/file /home/alice/file | tr '\n' ' ' | sed 's/ $//')"

# --- transfer
holds "what would be given" userctl transfer alice --to bob --path /srv/shared --dry-run
equal "a dry run gives nothing" alice "$(stat -c %U /srv/shared/file)"
contains "some files go to carol" "to carol" "$(userctl transfer alice --to carol --path /srv/shared --yes)"
equal "they are hers" carol "$(stat -c %U /srv/shared/file)"
equal "others are not" alice "$(stat -c %U /home/alice/file)"
holds "jobs stay as they are" test -e /var/spool/cron/crontabs/alice
contains "which the trail tells" transfer "$(userctl log alice)"
contains "twice is nothing to do" "nothing to do" "$(out userctl transfer alice --to carol --path /srv/shared --yes)"

# --- delete
setsid setpriv --reuid "$alice" --clear-groups sleep 1000 & disown
sleep 0.2
text=$(out userctl delete alice --home archive --transfer-to bob --dry-run)
holds "a dry run deletes nothing" userctl get alice
holds "and leaves the home" test -d /home/alice
text=$(out userctl delete alice --home archive --transfer-to bob --yes)
contains "alice goes, her home is archived" "archived in /var/lib/userd-homes/alice-$alice-" "$text"
contains "what was put off is told" "crontab" "$text"
refuses "she is gone" 3 userctl get alice
refuses "so is the home" any test -e /home/alice
equal "and her processes" "" "$(pgrep -U "$alice" || true)"
holds "the archive holds it" sh -c 'tar -tf /var/lib/userd-homes/alice-*.tar | grep -qx alice/file'
equal "nothing is hers any more" "" "$(find /home /srv /var/mail -uid "$alice")"

make_user dora
login dora >/dev/null
userctl suspend dora >/dev/null
dora=$(id -u dora)
contains "a home can be removed" "The home /home/dora is removed" "$(userctl delete dora --home remove --yes)"
refuses "then it is gone" any test -e /home/dora
make_user erin
login erin >/dev/null
userctl suspend erin >/dev/null
mv /etc/userd/homes.yaml /etc/userd/kept
refuses "nobody can look: nobody is deleted" 7 userctl delete erin --home keep --yes
contains "and it says how to go on" "--leave" "$(out userctl delete erin --home keep --yes)"
contains "unless all is left" "Deleted erin" "$(userctl delete erin --leave --yes)"
holds "as it was" test -d /home/erin
mv /etc/userd/kept /etc/userd/homes.yaml
userctl suspend carol >/dev/null
chown "$carol" /srv/shared/file && ln /srv/shared/file /srv/shared/second
refuses "what cannot be given away keeps the user" 5 userctl delete carol --transfer-to bob --yes
rm /srv/shared/second
holds "then she goes" userctl delete carol --transfer-to bob --yes
equal "and bob has the file" bob "$(stat -c %U /srv/shared/file)"

# --- archives go when their time is over
mkdir -p /etc/userd/userd.yaml.d
printf 'archive: {keep: 2d}\n' >/etc/userd/userd.yaml.d/archive.yaml
touch -d "3 days ago" /var/lib/userd-homes/kim-70200-20260101T000000.000000.tar /var/lib/userd-homes/.lee-70201-20260101T000000.000000.tar /var/lib/userd-homes/pat-70203-20260101T000000.000000.tar.zst
touch -d "1 day ago" /var/lib/userd-homes/max-70202-20260103T000000.000000.tar
"$support/service" restart
within 20 sh -c '! ls -A /var/lib/userd-homes | grep -q "kim\|lee\|pat"'
holds "archives go after archive.keep, begun and compressed ones too; others stay" ls /var/lib/userd-homes/max-70202-20260103T000000.000000.tar /var/lib/userd-homes/alice-*.tar

# --- a deletion that takes its time
make_user yan
login yan >/dev/null
userctl suspend yan >/dev/null
stop_helper() { userctl resources bob --summary >/dev/null; pkill -STOP -x userd-homes; }
within 20 stop_helper
userctl delete yan --home remove --yes >/root/yan 2>&1 & deletion=$!
within 20 sh -c 'userctl update yan --first-name Y 2>&1 | grep -q "yan is being deleted"'
refuses "nobody resumes who is being deleted" 5 userctl resume yan
refuses "or deletes them twice" 5 userctl delete yan --yes
pkill -CONT -x userd-homes
wait $deletion || fail "the deletion went on: $(cat /root/yan)"
refuses "then yan is gone" 3 userctl get yan
refuses "with the home" any test -e /home/yan
make_user zoe
login zoe >/dev/null
userctl suspend zoe >/dev/null
zoe=$(id -u zoe)
install -o zoe -m 600 /dev/stdin /var/spool/cron/crontabs/zoe <<<'* * * * * true'
printf 'zoe:600000:65536\n' >>/etc/subuid
text=$(out userctl delete zoe --home archive --clean --dry-run)
for item in "stopped: /var/spool/cron/crontabs/zoe" "cleaned: /etc/subuid" "archived in /var/lib/userd-homes/zoe-$zoe-TIME"; do
    contains "a dry run foretells: $item" "$item" "$text"
done
holds "and does none of it" sh -c 'grep -q zoe /etc/subuid && test -d /home/zoe && test -e /var/spool/cron/crontabs/zoe'
echo zoe >/srv/shared/zoe && chown "$zoe" /srv/shared/zoe && ln /srv/shared/zoe /srv/shared/zoe2
text=$(out userctl delete zoe --home archive --transfer-to bob --clean --yes)
contains "a deletion that fails half way says why" "could not be given to bob" "$text"
contains "and what was done" "1 thing(s) stopped, the home /home/zoe archived in /var/lib/userd-homes/zoe-$zoe-" "$text"
contains "so does the trail" "home.archive" "$(userctl log zoe)"
install -o zoe -m 600 /dev/stdin /var/spool/cron/crontabs/zoe <<<'* * * * * true'
setsid setpriv --reuid "$zoe" --clear-groups sleep 1000 & disown
holds "--leave" userctl delete zoe --leave --yes
holds "leaves the crontab" test -e /var/spool/cron/crontabs/zoe
holds "and what runs" pkill -U "$zoe"
rm /srv/shared/zoe*
sed -i '/^zoe:/d' /etc/subuid
make_user frank
userctl suspend frank >/dev/null
holds "who owns nothing goes without a word" userctl delete frank --yes
userctl group create sftponly >/dev/null
userctl create drop --kind sftp --no-password >/dev/null
userctl suspend drop >/dev/null
refuses "nobody made the folder of sftp homes" any test -e /srv/sftp
text=$(out userctl delete drop --home remove --yes --dry-run --json=short)
contains "a rehearsal knows" '"home_fate":"none"' "$text"
contains "so there is none to archive" "There was no home /srv/sftp/drop to archive" "$(out userctl delete drop --home archive --yes)"
make_user gail
userctl suspend gail >/dev/null
refuses "who never logged in has no home" any test -e /home/gail
contains "that could be removed" "There was no home /home/gail to remove" "$(out userctl delete gail --home remove --yes)"
make_user hal
login hal >/dev/null
userctl suspend hal >/dev/null
contains "one that is there is" '"home_fate":"removed"' "$(out userctl delete hal --home remove --yes --json=short)"
refuses "and it is" any test -e /home/hal

# --- old names in the host's own files
make_user gina
login gina >/dev/null
gina=$(id -u gina)
before=$(cat /etc/sudoers)
sed -i 's/^\(adm:.*\)$/\1,gina/; s/^\(adm:[^,]*:\),gina/\1gina/' /etc/group
printf 'gina ALL=(ALL) NOPASSWD: /bin/true\n' >/etc/sudoers.d/gina && printf 'User_Alias OPS = gina, root\n' >/etc/sudoers.d/ops
printf 'root\ngina\n' >/etc/cron.allow && printf 'gina:500000:65536\n' >>/etc/subuid && printf 'gina\n' >>/etc/at.deny
chmod 440 /etc/sudoers.d/*
text=$(out userctl rename gina ginger)
contains "the name is found" "the name gina still stands in" "$text"
contains "it says what to do" "--clean takes it out of there" "$text"
refuses "and nothing changes" 3 userctl get ginger
text=$(out userctl rename gina ginger --clean --move-home)
contains "renamed, with the home" "Renamed gina to ginger" "$text"
equal "the home has the new name" "/home/ginger $gina" "$(userctl get ginger -p home) $(stat -c %u /home/ginger)"
refuses "and not the old one" any test -e /home/gina
equal "the name is out of the groups" "" "$(grep -E '[:,]gina(,|$)' /etc/group || true)"
equal "out of subuid and cron.allow" root "$(grep -h gina /etc/subuid || true)$(cat /etc/cron.allow)"
equal "its own sudo rule is gone" "" "$(cat /etc/sudoers.d/gina)"
contains "a list with others is left to a person" "/etc/sudoers.d/ops:1: sudo rule: left" "$text"
contains "so is what refuses" "denied: left" "$text"
holds "sudo can read its files" visudo -c
equal "copies are kept for root alone" "600 root" "$(stat -c '%a %U' /var/lib/userd-homes/_etc_group-* | head -1)"
equal "and sudoers is as it was" "$before" "$(cat /etc/sudoers)"
core() { setpriv --reuid userd --regid userd --clear-groups "$support/errand" "$@"; }
groupadd localgroup
for name in root ALL localgroup Defaults ../etc '%sudo' ''; do
    refuses "a broken core cannot clean out \"$name\"" 1 core clean_names "name=$name"
done
