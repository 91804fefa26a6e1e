#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A fleet from git: the how-to's commands as they stand there, on the host web1 with the example's files.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/page.sh"
export GIT_AUTHOR_NAME=Admin GIT_AUTHOR_EMAIL=admin@example.org GIT_COMMITTER_NAME=Admin GIT_COMMITTER_EMAIL=admin@example.org
command -v git >/dev/null || skip "no git"
hostname web1
mkdir /root/fleet && cd /root/fleet
open_page "$USERD_TOP/docs/howto/fleet-from-git.md"

run 'umask 077; userctl seal --new-key fleet-key >fleet-key.pub' '(umask 077; userctl seal --new-key fleet-key >fleet-key.pub)'
equal "the secret half is for its owner alone" 600 "$(stat -c %a fleet-key)"
run "install -D -m 600 fleet-key /etc/credstore/userd.fleet-key"
run "systemctl restart userd"

run "git init -q users"
run "cp -r /usr/share/doc/userd/examples/fleet/*.yaml fleet-key.pub users/"
run "openssl passwd -6 | userctl seal --to users/fleet-key.pub" \
    "openssl passwd -6 -stdin <<<'a password of bob' | userctl seal --to users/fleet-key.pub"
sed -i "/^  - name: bob\$/a\\    password: {sealed: \"$said\"}" users/10-all.yaml
run "userctl validate users"
run "git -C users add ."
run 'git -C users commit -q -m "The first users"'

run "git clone -q users /srv/users"
line "userctl diff /srv/users"
refuses "there is something to do" 10 userctl diff /srv/users
run "userctl apply /srv/users"
equal "with the pinned numbers" "uid=72002(bob) gid=72002(bob) groups=72002(bob),71000(crew),71001(web)" "$(id bob)"
equal "and what is for web servers" "deploy:x:72003" "$(getent passwd deploy | cut -d: -f1-3)"
contains "roles too" alice "$(userctl role members admin)"
contains "bob gets in with the password that was sealed" "successfully authenticated" \
    "$(pam login bob "a password of bob" "" -- authenticate || true)"
printf 'version: 1\nset: fleet\nusers:\n  - {name: erin, uid: 72004}\n  - {name: frank, uid: 72005}\n' >users/30-more.yaml
git -C users add . && git -C users commit -q -m "Erin and Frank"
run "git -C /srv/users pull -q --ff-only && userctl apply /srv/users"
contains "a change arrives" "2 created" "$said"
contains "once" "Nothing to do" "$(userctl apply /srv/users)"

run "userctl export --set fleet --pin-ids >pinned.yaml"
run "userctl diff pinned.yaml"

sed -i '/frank/d' users/30-more.yaml
git -C users commit -q -a -m "Frank left"
git -C /srv/users pull -q --ff-only
line "userctl apply /srv/users --prune --yes"
refuses "one of five is more than five in a hundred" 5 userctl apply /srv/users --prune --yes
holds "unless it is said" userctl apply /srv/users --prune --yes --prune-limit 1
equal "frank is suspended" suspended "$(userctl get frank -p state)"
close_page
