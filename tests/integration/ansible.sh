#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The example's playbook, run by real Ansible on this host: what it changes it reports, and a second run changes nothing.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/page.sh"
command -v ansible-playbook >/dev/null || skip "no ansible-playbook (package ansible-core)"
hostname web1
export LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3
mkdir /root/fleet && cd /root/fleet
cp -r /usr/share/doc/userd/examples/playbook.yaml /usr/share/doc/userd/examples/fleet .
echo "web1 ansible_connection=local" >inventory
open_page "$USERD_TOP/docs/howto/ansible.md"
line "ansible-playbook -i inventory playbook.yaml"
close_page

# play [OPTION…]: the last line of what it says, "web1 : ok=2 changed=0 …", is in $said; all of it in $whole.
play() {
    whole=$(ansible-playbook -i inventory playbook.yaml "$@" 2>&1) || true
    said=$(tail -n 1 <<<"$whole")
    [[ $said == web1* ]] || fail "no word of the host in: $whole"
}
play
contains "the first run makes files and users" "changed=2" "$said"
equal "bob is there" "uid=72002(bob) gid=72002(bob) groups=72002(bob),71000(crew),71001(web)" "$(id bob)"
play
contains "a second run changes nothing" "changed=0" "$said"
contains "and fails nowhere" "failed=0" "$said"

userctl group remove web bob >/dev/null
play --check
contains "what somebody changed by hand is seen" "changed=1" "$said"
lacks "and left by --check" web "$(id -Gn bob)"
sed -i 's/email: alice/emial: alice/' fleet/10-all.yaml
play
contains "a file that is wrong fails" "failed=1" "$said"
contains "and says where" "unknown key" "$whole"
lacks "nothing was changed" web "$(id -Gn bob)"
sed -i 's/emial: alice/email: alice/' fleet/10-all.yaml
play
contains "a right one mends it" "changed=2" "$said"
contains "bob is back" web "$(id -Gn bob)"
