#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whose files, jobs and processes: found, given away, stopped; against hostile trees and a hostile core.
. "$USERD_TOP/tests/support/assert.sh"

core() { setpriv --reuid userd --regid userd --clear-groups "$support/errand" "$@"; }
as_user() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"; }
denied() { local what=$1; shift; local out; out=$(core "$@") && fail "$what: done: $out"; contains "$what" "AccessDenied" "$out"; }
alice=70101 bob=70102
groupadd --gid 70500 mallory && useradd --uid 70500 --gid 70500 --create-home mallory 2>/dev/null
useradd --uid 1500 --create-home local
mkdir -p /srv/shared /outside /var/mail && chmod 1777 /srv/shared && chmod 777 /outside
core create_home uid=$alice gid=$alice home=/home/alice skeleton=/etc/skel >/dev/null

as_user $alice sh -c '
    cd /srv/shared
    mkdir tree && echo text >tree/file && mkfifo tree/fifo && ln -s /etc/shadow tree/link
    cp /bin/true suid && chmod 6755 suid
    echo twice >one && ln one two
    echo group >group
    echo odd >"new
line$(printf "\377")"'
echo local >/srv/shared/local && chown local:$alice /srv/shared/local && chmod 666 /srv/shared/local
cp /bin/true /srv/shared/cap && chown $alice /srv/shared/cap && setcap cap_net_raw+ep /srv/shared/cap 2>/dev/null || true
mknod /srv/shared/device c 1 5 && chown $alice /srv/shared/device
install -o $alice -g mail -m 660 /dev/null /var/mail/alice
mkdir /srv/shared/mount && mount -t tmpfs tmpfs /srv/shared/mount && install -o $alice /dev/null /srv/shared/mount/file

# --- found
found=$(core scan uid=$alice gid=$alice name=alice home=/home/alice what=1)
for path in "/srv/shared/tree folder" "/srv/shared/tree/fifo fifo" "/srv/shared/tree/link link" "/var/mail/alice file" "/home/alice/.profile file"; do
    contains "found: $path" "file $path" "$found"
done
contains "a mount is named, not walked" "note /srv/shared/mount another file system" "$found"
contains "a name of any bytes" 'new\nline' "$found"
lacks "nothing of others" "/srv/shared/local" "$found"
equal "each thing once" "" "$(sort <<<"$found" | uniq -d)"
equal "as many as asked for" 3 "$(core scan uid=$alice gid=$alice name=alice what=1 most=3 | grep -c ^file)"
equal "below a chosen folder only" "" "$(core scan uid=$alice gid=$alice name=alice what=1 paths=/srv/shared/tree | grep -v 'tree\|^done' || true)"
denied "not below others" scan uid=$alice gid=$alice name=alice what=1 paths=/etc
refuses "nor out of them again" 1 core scan uid=$alice gid=$alice name=alice what=1 paths=/home/../etc
ln -s /outside /srv/shared/escape
refuses "nor through a link" 1 core scan uid=$alice gid=$alice name=alice what=1 paths=/srv/shared/escape
# acl FILE NAME [UID…]: sets an ACL with an entry for each, without acl(1). acl_of FILE NAME: the uids of its entries.
acl() { python3 -c 'import os, struct, sys
none = 0xFFFFFFFF
entries = [(1, 7, none)] + [(2, 6, int(uid)) for uid in sys.argv[3:]] + [(4, 5, none), (16, 7, none), (32, 0, none)]
os.setxattr(sys.argv[1], sys.argv[2], struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries))' "$@"; }
acl_of() { python3 -c 'import os, struct, sys
acl = os.getxattr(sys.argv[1], sys.argv[2])[4:]
print(*[struct.unpack("<HHI", acl[i:i + 8])[2] for i in range(0, len(acl), 8) if acl[i] == 2])' "$@"; }
acls=
if acl /srv/shared/local system.posix_acl_access $alice 1500 2>/dev/null; then  # not every file system has them
    acls=yes
    mkdir /srv/shared/project && acl /srv/shared/project system.posix_acl_default $alice
    echo x >/outside/linked && acl /outside/linked system.posix_acl_access $alice && ln /outside/linked /srv/shared/linked 2>/dev/null || true
    contains "an ACL entry" "/srv/shared/local entry in its ACL" "$(core scan uid=$alice gid=$alice name=alice what=1)"
fi

# --- what a broken core might ask for
denied "files of a local account" change_owner uid=70500 gid=70500 to_uid=$bob to_gid=$bob
denied "files for a local account" change_owner uid=$alice gid=$alice to_uid=70500 to_gid=$bob
denied "files for root" change_owner uid=$alice gid=$alice to_uid=0 to_gid=$bob
denied "or root's group" change_owner uid=$alice gid=$alice to_uid=$bob to_gid=0
denied "root's files" change_owner uid=0 gid=$alice to_uid=$bob to_gid=$bob
denied "local files of a common id" change_owner uid=1500 gid=1500 to_uid=$bob to_gid=$bob
denied "files below a folder of no concern" change_owner uid=$alice gid=$alice to_uid=$bob to_gid=$bob paths=/etc
denied "the jobs of a local account" stop_jobs uid=$alice name=local
denied "its processes" stop_jobs uid=1500 name=alice

# --- given away, while somebody swaps folders for links
install -o $alice /dev/null /outside/alices
cp "$USERD_TOP/tests/support/racer.py" /outside/
as_user $alice sh -c 'mkdir /srv/shared/race; cd /srv/shared/race; for d in $(seq 0 39); do mkdir d$d; for f in $(seq 20); do echo x >d$d/f$f; done; done'
setpriv --reuid $alice --clear-groups python3 /outside/racer.py /srv/shared/race & racer=$!; disown
out=$(core change_owner uid=$alice gid=$alice to_uid=$bob to_gid=$bob)
kill $racer
equal "nothing outside was given away" $alice "$(stat -c %u /outside/alices)"
equal "nor what a link names" 0 "$(stat -c %u /etc/shadow)"
equal "nor what is mounted below" $alice "$(stat -c %u /srv/shared/mount/file)"
equal "files, folders, fifos and links are bob's" "$bob $bob $bob $bob" "$(stat -c %u /srv/shared/tree /srv/shared/tree/file /srv/shared/tree/fifo /srv/shared/tree/link | tr '\n' ' ' | sed 's/ $//')"
equal "with the group" $bob "$(stat -c %g /srv/shared/group)"
equal "a group that was not the user's own stays" mail "$(stat -c %G /var/mail/alice)"
equal "set-id bits are gone" "755 $bob" "$(stat -c '%a %u' /srv/shared/suid)"
equal "capabilities too" "" "$(getcap /srv/shared/cap 2>/dev/null || true)"
equal "a file with several names stays" $alice "$(stat -c %u /srv/shared/one)"
contains "and is named" "note /srv/shared/one not given away: it has several names" "$out"
contains "so is a device" "note /srv/shared/device not given away: a device" "$out"
equal "files of others stay theirs" "local $alice" "$(stat -c '%U %g' /srv/shared/local)"
if [ "$acls" ]; then
    equal "what their ACLs let alice do, bob may now" "$bob 1500" "$(acl_of /srv/shared/local system.posix_acl_access)"
    equal "in folders' defaults too" "$bob" "$(acl_of /srv/shared/project system.posix_acl_default)"
    equal "a hard link leads to no ACL outside" "$alice" "$(acl_of /outside/linked system.posix_acl_access)"
fi

# --- jobs and processes
mkdir -p /var/spool/cron/crontabs /var/spool/cron/atjobs /var/lib/systemd/linger
install -o $alice -m 600 /dev/stdin /var/spool/cron/crontabs/alice <<<'* * * * * true'
install -o local -m 600 /dev/stdin /var/spool/cron/crontabs/local <<<'* * * * * true'
install -o $alice -m 700 /dev/stdin /var/spool/cron/atjobs/a0000101c0ffee <<<'true'
install -o local -m 700 /dev/stdin /var/spool/cron/atjobs/a0000201c0ffee <<<'true'
touch /var/lib/systemd/linger/alice
chown -R $alice /home/alice
as_user $alice sh -c 'mkdir -p /home/alice/.config/systemd/user/timers.target.wants && ln -s /x /home/alice/.config/systemd/user/timers.target.wants/mine.timer'
as_user $bob sleep 1000 & bobs=$!
setsid setpriv --reuid $alice --clear-groups sleep 1000 &
setsid setpriv --reuid $alice --clear-groups sh -c 'trap "" TERM; while :; do sleep 1000; done' &
disown -a
sleep 0.3
found=$(core scan uid=$alice gid=$alice name=alice home=/home/alice what=14)
for item in "crontab" "at job" "user timer" "user manager lingers" "process sleep 1000"; do contains "found: $item" "$item" "$found"; done
lacks "no jobs of others" 'local\|a0000201' "$found"
denied "under a wrong name nothing of local's" stop_jobs uid=$alice name=local home=/home/alice
core stop_jobs uid=$alice name=bob home=/home/alice what=4 >/dev/null
out=$(core stop_jobs uid=$alice name=alice home=/home/alice what=6)
equal "the crontab is put aside" ".alice.off local" "$(ls -A /var/spool/cron/crontabs | sort | tr '\n' ' ' | sed 's/ $//')"
equal "the at job is held, others' is not" "600 700" "$(stat -c %a /var/spool/cron/atjobs/a000010* /var/spool/cron/atjobs/a000020* | tr '\n' ' ' | sed 's/ $//')"
equal "no timer, no lingering" "" "$(ls -A /home/alice/.config/systemd/user/timers.target.wants /var/lib/systemd/linger | grep -v : || true)"
equal "no process, not even a stubborn one" "" "$(pgrep -U $alice || true)"
holds "bob's goes on" kill -0 $bobs
contains "and all is told" "pid" "$out"
