#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# userd-homes against hostile trees, a hostile core and strangers. What a broken core could ask for is sent to it directly.
. "$USERD_TOP/tests/support/assert.sh"

core() { setpriv --reuid userd --regid userd --clear-groups "$support/errand" "$@"; }
as_user() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"; }
alice=70101 bob=70102
groupadd --gid 70500 mallory && useradd --uid 70500 --gid 70500 --create-home mallory    # a local account whose id lies within the limits
useradd --uid 1500 --create-home local

equal "the socket is the core's alone" "600 userd:root" "$(stat -c '%a %U:%G' /run/userd/homes.sock)"
refuses "another peer is turned away, root too" any "$support/errand" create_home uid=$alice gid=$alice home=/home/alice
refuses "and cannot even connect when not root" any as_user $bob "$support/errand" create_home uid=$alice gid=$alice home=/home/alice

# --- homes are made
holds "a home is made" core create_home uid=$alice gid=$alice home=/home/alice skeleton=/etc/skel
equal "the user's, with the mode asked for" "700 $alice:$alice" "$(stat -c '%a %u:%g' /home/alice)"
equal "with the skeleton" "$(cd /etc/skel && find . | sort)" "$(cd /home/alice && find . | sort)"
equal "all of it the user's" "" "$(find /home/alice ! -uid $alice -o ! -gid $alice)"
holds "a second time is nothing to do" core create_home uid=$alice gid=$alice home=/home/alice skeleton=/etc/skel
holds "an sftp home" core create_home uid=$bob gid=$bob home=/home/bob sftp=1
equal "its top is root's" "755 0:0 700 $bob:$bob" "$(stat -c '%a %u:%g' /home/bob) $(stat -c '%a %u:%g' /home/bob/files)"
refuses "nobody has made the root of sftp homes" any test -e /srv/sftp
holds "nothing is to be looked for there" core scan uid=$bob name=bob home=/srv/sftp/bob what=1
refuses "a plain home does not make a root" 1 core create_home uid=70111 gid=70111 home=/srv/sftp/plain
refuses "so it is not there" any test -e /srv/sftp
holds "the first sftp home does" core create_home uid=70112 gid=70112 home=/srv/sftp/first sftp=1
equal "root's, for everybody to enter" "755 0:0 755 0:0" "$(stat -c '%a %u:%g' /srv/sftp) $(stat -c '%a %u:%g' /srv/sftp/first)"
holds "as does the next" core create_home uid=70113 gid=70113 home=/srv/sftp/next sftp=1
rm -r /srv/sftp && mkdir /srv/drop && chown $bob /srv/drop && cp /etc/userd/homes.yaml /root/yaml
sed -i 's#^roots:.*#roots: [/home, /srv/drop/in]#' /etc/userd/homes.yaml
refuses "in a folder of a user's no root is made" 1 core create_home uid=$bob gid=$bob home=/srv/drop/in/bob sftp=1
equal "nothing is in it" "" "$(ls -A /srv/drop)"
cp /root/yaml /etc/userd/homes.yaml && rm -r /srv/drop
rmdir /home/bob/files && chmod 775 /home/bob
holds "an sftp home is kept right" core create_home uid=$bob gid=$bob home=/home/bob sftp=1
equal "files/ is back" "755 0:0 700 $bob:$bob" "$(stat -c '%a %u:%g' /home/bob) $(stat -c '%a %u:%g' /home/bob/files)"
chmod 777 /home/bob
holds "and with files in it" core create_home uid=$bob gid=$bob home=/home/bob sftp=1
equal "root's top is root's alone to write" 755 "$(stat -c %a /home/bob)"
mkdir -p /root/skel && echo secret >/root/skel/key && chmod -R go= /root/skel
mkdir /etc/skel2 && echo secret >/etc/skel2/key && chmod 600 /etc/skel2/key && ln -s /etc/shadow /etc/skel2/link
core create_home uid=70103 gid=70103 home=/home/carol skeleton=/root/skel >/dev/null
core create_home uid=70104 gid=70104 home=/home/dora skeleton=/etc/skel2 >/dev/null
equal "no secret comes with a skeleton" "" "$(grep -rs secret /home/carol /home/dora || true)"
mkdir -m 755 -p /root/.skel/open && echo key >/root/.skel/key && chmod 644 /root/.skel/key && chmod 700 /root
mkdir -m 711 /etc/skel3 && echo key >/etc/skel3/key && chmod 644 /etc/skel3/key
for skeleton in /root/.skel /etc/skel3; do
    contains "$skeleton is not for everybody: refused" "note $skeleton not everybody may" \
        "$(core create_home uid=70105 gid=70105 home=/home/eric "skeleton=$skeleton")"
    equal "and the home is empty" "70105" "$(stat -c %u /home/eric)$(ls -A /home/eric)"
    rmdir /home/eric
done
holds "a link of the skeleton stays a link" test -L /home/dora/link

mkdir /home/.userd-new-70108 && echo junk >/home/.userd-new-70108/file    # as a crash leaves it
mkdir /etc/many && for i in $(seq 200); do echo "$i" >"/etc/many/$i"; done && chmod -R a+rX /etc/many
for round in 1 2 3; do
    errands=()
    for i in 1 2 3 4; do
        core create_home uid=70108 gid=70108 home=/home/hugo skeleton=/etc/many >/dev/null & errands+=($!)
    done
    for i in "${errands[@]}"; do wait "$i" || fail "round $round: one of several first logins got no home"; done
    equal "round $round: four at once make one home, whole" "$(ls /etc/many)" "$(ls -A /home/hugo)"
    equal "all of it the user's, nothing beside it" "" "$(find /home/hugo ! -uid 70108; ls -d /home/.userd-new* 2>/dev/null || true)"
    rm -r /home/hugo
done

# --- limits of a user's slice
holds "without systemd there are no limits to set" core limit_slice uid=$alice tasks_max=512 memory_max=2147483648
for uid in 0 1500 70500; do
    out=$(core limit_slice uid=$uid tasks_max=1) && fail "uid $uid was limited"
    contains "not those of uid $uid" AccessDenied "$out"
done
for errand in suspend_user resume_user; do
    for who in "uid=0 name=alice" "uid=1500 name=alice" "uid=70500 name=alice" "uid=$alice name=root" "uid=$alice name=local"; do
        out=$(core $errand $who) && fail "$errand was done for $who"
        contains "no $errand for $who" AccessDenied "$out"
    done
done

# --- homes that are there, made by somebody else
mkdir -p /mnt/disk/ida /var/web /home/jo && chown 70106 /mnt/disk/ida && ln -s /mnt/disk/ida /home/ida
mount -t tmpfs -o uid=70107,mode=700 tmpfs /home/jo
holds "a link to the user's folder will do" core create_home uid=70106 gid=70106 home=/home/ida
holds "so will a mount of the user's" core create_home uid=70107 gid=70107 home=/home/jo
holds "a place outside the roots that is there" core create_home uid=70106 gid=70106 home=/var/web
holds "or is the user's" core create_home uid=70106 gid=70106 home=/mnt/disk/ida
refuses "not one that is missing" 1 core create_home uid=70106 gid=70106 home=/var/none
mkdir -p /root/hidden
refuses "and nothing is told of what root alone sees" 1 core create_home uid=70106 gid=70106 home=/root/hidden
refuses "a link to another's folder will not do" 1 core create_home uid=70107 gid=70107 home=/home/ida
umount /home/jo && rm -r /home/ida /home/jo /mnt/disk

# --- what a broken core might ask for
denied() { local what=$1; shift; local out; out=$(core "$@") && fail "$what: done: $out"; contains "$what" "AccessDenied" "$out"; }
before=$(find /home/mallory /home/local /root -printf '%p %u %m\n' | sort)
denied "a home for root" create_home uid=0 gid=0 home=/home/x
denied "a home for a local id" create_home uid=1500 gid=1500 home=/home/x
denied "for a local account within the limits" create_home uid=70500 gid=70500 home=/home/x
denied "with the group of one" create_home uid=$alice gid=70500 home=/home/x
denied "with root's group" create_home uid=$alice gid=0 home=/home/x
denied "removing a local home" remove_home uid=1500 home=/home/local
denied "passing it off as one of ours" remove_home uid=$alice home=/home/local
denied "or as an sftp home" remove_home uid=$alice home=/home/local sftp=1
denied "archiving root's" archive_home uid=$alice name=alice home=/home/../root
for path in /etc/none /home/ /home/.. /home/. /home/.hidden /root/x /home/a/b //home/alice; do
    refuses "the path $path" 1 core create_home uid=$alice gid=$alice "home=$path"
done
refuses "an archive with a path for a name" 1 core archive_home uid=$alice name=../../etc/x home=/home/alice
refuses "an errand of an unknown kind" any core 99 uid=$alice
equal "nothing of theirs was touched" "$before" "$(find /home/mallory /home/local /root -printf '%p %u %m\n' | sort)"

mv /etc/userd/homes.yaml /etc/userd/kept
refuses "no limits, no errand" 1 core create_home uid=70110 gid=70110 home=/home/x
cp /etc/userd/kept /etc/userd/homes.yaml && chmod 666 /etc/userd/homes.yaml
denied "limits that others may write" create_home uid=70110 gid=70110 home=/home/x
chmod 644 /etc/userd/homes.yaml && chown userd /etc/userd/homes.yaml
denied "or own" create_home uid=70110 gid=70110 home=/home/x
mv /etc/userd/kept /etc/userd/homes.yaml
mkdir /srv/hostile && chown $bob /srv/hostile && cp /etc/userd/homes.yaml /root/yaml
sed -i 's#^roots:.*#roots: [/home, /srv/hostile, /srv/open]#' /etc/userd/homes.yaml
denied "a root that belongs to a user" create_home uid=$alice gid=$alice home=/srv/hostile/alice
mkdir -m 777 /srv/open
denied "a root that all may write" create_home uid=$alice gid=$alice home=/srv/open/alice
cp /root/yaml /etc/userd/homes.yaml

# --- archive and remove a hostile home
mkdir /home/alice/mount /outside && echo keep >/outside/file && chmod 777 /outside
mount -t tmpfs tmpfs /home/alice/mount && echo keep >/home/alice/mount/file
as_user $alice sh -c '
    cd /home/alice
    mkfifo fifo
    ln -s /etc/shadow link; ln -s / tree; ln -s /outside elsewhere
    mkdir "new
line" && echo text >"new
line/$(printf "\377bytes")"
    truncate -s 10G sparse
    cp /bin/true suid; chmod 4755 suid
    mkdir -p a/b/c; echo deep >a/b/c/file; chmod 000 a/b'
echo secret >/home/shadow && chmod 600 /home/shadow && ln /home/shadow /home/alice/hard
mknod /home/alice/device c 1 5; chown $alice /home/alice/device
mkdir -m 755 /home/alice/roots && echo keep >/home/alice/roots/file
out=$(core archive_home uid=$alice name=alice home=/home/alice) && fail "a mount inside was overlooked"
contains "a mount stops it, and is named" "/home/alice/mount: another file system" "$out"
equal "before anything went" deep "$(cat /home/alice/a/b/c/file)"
equal "half an archive is none" "" "$(ls -A /var/lib/userd-homes)"
equal "what is mounted was not touched" keep "$(cat /home/alice/mount/file)"
umount /home/alice/mount
out=$(core archive_home uid=$alice name=alice home=/home/alice 2>&1) || true
contains "a device is left out" "device not archived" "$out"
contains "a folder of root's stays and is named" "note /home/alice/roots belongs to another" "$out"
equal "with what is in it" keep "$(cat /home/alice/roots/file)"
rm -r /home/alice/roots
holds "then the rest goes" core remove_home uid=$alice home=/home/alice
refuses "all of it" any test -e /home/alice
equal "no link was followed" keep "$(cat /outside/file)"
equal "a hard link goes, what it names stays" "600 0:0 secret" "$(stat -c '%a %u:%g' /home/shadow) $(cat /home/shadow)"
archive=$(find /var/lib/userd-homes -name "alice-$alice-*.tar" | sort | head -1)
equal "the archive is root's alone" "700 600 0:0" "$(stat -c %a /var/lib/userd-homes) $(stat -c '%a %u:%g' "$archive")"
holds "holes stay holes: it is small" test "$(stat -c %s "$archive")" -lt 10000000
mkdir /root/out && tar -C /root/out -xpf "$archive"
equal "and whole: names of any bytes" text "$(cat "/root/out/alice/new
line/$(printf '\377bytes')")"
equal "folders nobody may enter" deep "$(cat /root/out/alice/a/b/c/file)"
equal "the sparse file's length" $((10 << 30)) "$(stat -c %s /root/out/alice/sparse)"
holds "a FIFO as a FIFO" test -p /root/out/alice/fifo
holds "a link as a link" test -L /root/out/alice/link
refuses "no copy of another's file" any test -e /root/out/alice/hard

# --- homes made to use up memory, or too deep to be unpacked
core create_home uid=$alice gid=$alice home=/home/alice >/dev/null
as_user $alice python3 -c '
import os
os.chdir("/home/alice")
open("twice", "w").write("x")
os.link("twice", "again")
for i in range(20):
    os.mkdir("n" * 250); os.chdir("n" * 250)
open("file", "w")'
out=$(core archive_home uid=$alice name=alice home=/home/alice) && fail "a path that nothing unpacks was archived"
contains "a path that is too long stops an archive" "longer than 4096 bytes" "$out"
contains "and it says so in few words" "/home/alice/nnnn" "$out"
holds "the home can be removed" core remove_home uid=$alice home=/home/alice
core create_home uid=$alice gid=$alice home=/home/alice >/dev/null
mkdir /home/links && chown $alice /home/links
as_user $alice python3 -c '
import os
links = os.open("/home/links", os.O_RDONLY)
os.chdir("/home/alice")
for i in range(15):
    os.mkdir("n" * 250); os.chdir("n" * 250)
for i in range(9000):
    open(f"{i:05}" + "n" * 200, "w").close()
    os.link(f"{i:05}" + "n" * 200, f"{i}", dst_dir_fd=links)'
out=$(core archive_home uid=$alice name=alice home=/home/alice) && fail "names without end were kept in memory"
contains "so do too many files with names elsewhere" "too many files with several names" "$out"
rm -r /home/alice /home/links
core create_home uid=$alice gid=$alice home=/home/alice >/dev/null
as_user $alice sh -c 'cd /home/alice; echo x >one; ln one two; ln one three'
rm -rf /root/out && mkdir /root/out
holds "files with several names are archived" core archive_home uid=$alice name=alice home=/home/alice
tar -C /root/out -xpf "$(find /var/lib/userd-homes -name "alice-$alice-*.tar" | sort | tail -1)"
equal "and have them again" 3 "$(stat -c %h /root/out/alice/one)"

# --- somebody who swaps folders for links while root walks through
cp "$USERD_TOP/tests/support/racer.py" /outside/
for round in 1 2 3; do
    core create_home uid=$bob gid=$bob home=/home/racer
    as_user $bob sh -c 'cd /home/racer; for d in $(seq 0 39); do mkdir d$d; for f in $(seq 20); do echo x >d$d/f$f; done; done'
    echo keep >/outside/file; chown $bob /outside/file
    as_user $bob python3 /outside/racer.py /home/racer & racer=$!
    core remove_home uid=$bob home=/home/racer >/dev/null || true
    kill $racer; wait $racer 2>/dev/null || true
    equal "round $round: nothing outside went" "file racer.py" "$(ls /outside | tr '\n' ' ' | sed 's/ $//')"
    rm -rf /home/racer
done
rm /outside/racer.py

# --- moving, and not over somebody
core create_home uid=$alice gid=$alice home=/home/alice
holds "a home moves" core move_home uid=$alice home=/home/alice to_home=/home/alicia
refuses "not onto another's" 1 core move_home uid=$alice home=/home/alicia to_home=/home/local
denied "and not another's" move_home uid=$alice home=/home/local to_home=/home/alice
holds "old archives go" core prune_archives most=86400
touch -d '3 days ago' "$archive"
core prune_archives most=86400
refuses "after their time" any test -e "$archive"
refuses "a day is the least" 1 core prune_archives most=60

# --- it ends, and its unit is tight
contains "each errand stands in the journal" "remove the home /home/local of uid 1500" "$(journalctl --no-pager -q -t userd-homes)"
holds "the unit's exposure is at most 2.5" systemd-analyze security --offline=true --threshold=25 /usr/lib/systemd/system/userd-homes.service
within 45 sh -c '! pgrep -x userd-homes'
pass "it ends when nobody asks"
holds "and comes when somebody does" core create_home uid=$alice gid=$alice home=/home/alice
