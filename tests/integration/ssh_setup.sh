#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# ssh setup with the real sshd: what it writes, tests, leaves alone and undoes; codes after keys; and accounts of the kind sftp,
# which are let in nowhere but in their chroot.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

drop_in=/etc/ssh/sshd_config.d/00-userd-login.conf
confined=/var/lib/userd-ssh/confined
# shows USER KEYWORD [ADDRESS]: what sshd has for this user.
shows() { /usr/sbin/sshd -T -C "user=$1,host=h,addr=${3:-192.0.2.1},laddr=127.0.0.1,lport=22" | sed -n "s/^$2 //p"; }
all_of() { /usr/sbin/sshd -T -C "user=$1,host=h,addr=127.0.0.1,laddr=127.0.0.1,lport=22"; }
listening() { (: </dev/tcp/127.0.0.1/22) 2>/dev/null; }
field() { userctl ssh status --json=short | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
key_as() { ssh -o BatchMode=yes "$1@localhost" true; }

useradd -m local
mkdir -m 700 ~local/.ssh && cp /root/.ssh/id_ed25519.pub ~local/.ssh/authorized_keys && chown -R local: ~local/.ssh
roots=$(all_of root) locals=$(all_of local)

# What is refused, and changes nothing.
refuses "only root may" 4 setpriv --reuid local --regid local --clear-groups userctl ssh setup
refuses "codes that nobody is asked for" 5 userctl ssh setup --require-mfa
refuses "a group that the kind sftp is not in" 5 userctl ssh setup --sftp-group staff
refuses "a group that is not there" 3 userctl ssh setup --sftp-group sftponly
refuses "two days to wait" 2 userctl ssh setup --rollback 2d
echo "UsePAM no" >/etc/ssh/sshd_config.d/00-a.conf
refuses "an sshd without PAM" 5 userctl ssh setup
echo "Nonsense" >/etc/ssh/sshd_config.d/00-a.conf
refuses "an sshd whose files are broken" 1 userctl ssh setup
printf 'Match User *\n    KbdInteractiveAuthentication no\n' >/etc/ssh/sshd_config.d/00-a.conf
said=$(userctl ssh setup 2>&1) && fail "another drop-in wins, and setup said yes"
contains "it says what wins" "kbdinteractiveauthentication no, not yes" "$said"
rm /etc/ssh/sshd_config.d/00-a.conf
equal "nothing was written" "none" "$(field state)$(ls "$drop_in" 2>/dev/null || true)"
contains "a dry run writes nothing" "Dry run, nothing was changed. sshd reloaded." "$(userctl ssh setup --dry-run 2>&1)"
refuses "still nothing" any test -e "$drop_in"

# A trial that nobody confirms is undone.
said=$(userctl ssh setup --rollback 3s 2>/dev/null)
[[ $said =~ ^"sshd reloaded. Log in from a second terminal now, then: userctl ssh confirm (undone at "[0-9]{2}:[0-9]{2}" otherwise; without systemd a reboot ends the timer)"$ ]] ||
    fail "it says: $said"
equal "it is a trial" trial "$(field state)"
equal "sshd asks ours" yes "$(shows anybody kbdinteractiveauthentication)"
undone() { [ "$(field state)" = none ] && ! [ -e "$drop_in" ]; }
within 20 undone
pass "it was undone"
contains "the journal says so" "nobody confirmed it" "$(journalctl -q --no-pager | grep 'ssh: undone')"
contains "confirm says so" "it was undone" "$(userctl ssh confirm 2>&1 || true)"
within 5 listening

# Keys and codes: the rules say it, sshd follows.
mkdir -p /etc/userd/userd.yaml.d
cat >/etc/userd/userd.yaml.d/rules.yaml <<'YAML'
version: 1
login:
  rules:
    - {service: sshd, network: 10.0.0.0/8, require: [password]}
    - {service: sshd, groups: [robots], require: [key]}
    - {service: sshd, require: [[key, totp], [password, totp]]}
    - {require: [password]}
YAML
userctl config reload >/dev/null
refuses "a network without a code is not everybody with one" 5 userctl ssh setup --require-mfa
sed -i '/10.0.0.0/d' /etc/userd/userd.yaml.d/rules.yaml
userctl config reload >/dev/null
holds "everybody but robots gives a code" userctl ssh setup --require-mfa
within 5 listening
equal "after a key, or after a password" "publickey,keyboard-interactive keyboard-interactive password" \
    "$(shows anybody authenticationmethods)"
equal "root has what it had" "$roots" "$(all_of root)"
equal "and so has a local account" "$locals" "$(all_of local)"
userctl group create robots >/dev/null
make_user_with_code alice --mfa required
userctl ssh-key add alice --file /root/.ssh/id_ed25519.pub >/dev/null
userctl create robot --kind service --group robots --ssh-key-file /root/.ssh/id_ed25519.pub >/dev/null
refuses "a key alone" any key_as alice
with_key="-o PreferredAuthentications=publickey,keyboard-interactive"
# shellcheck disable=SC2086
holds "key and code" ssh_as alice '' "$(fresh_code alice)" $with_key
refuses "key and the same code" any ssh_as alice '' "$(last_code alice)" $with_key
holds "password and code" ssh_as alice "$(password_of alice)" "$(fresh_code alice)" -o PubkeyAuthentication=no
holds "a robot's key" key_as robot
holds "a local account's key" key_as local
holds "root's key" key_as root
holds "it is kept" userctl ssh confirm
equal "confirmed" confirmed "$(field state)"
contains "twice is nothing to do" "nothing to do" "$(userctl ssh confirm)"
contains "the same setup is nothing to do" "nothing to do" "$(userctl ssh setup --require-mfa)"
equal "it fits" true "$(field fits)"

# What changed since is seen; what was edited is left alone.
useradd newcomer
equal "a local account that it does not know" false "$(field fits)"
holds "setup again" userctl ssh setup --require-mfa --rollback 0
equal "it fits again" true "$(field fits)"
echo "# by hand" >>"$drop_in"
equal "an edited drop-in" changed "$(field state)"
refuses "is not overwritten" 5 userctl ssh setup
equal "it is as it was" "# by hand" "$(tail -n 1 "$drop_in")"
contains "revert keeps it aside" "kept as /var/lib/userd-ssh/edited.conf" "$(userctl ssh revert 2>&1)"
equal "the edit too" "# by hand" "$(tail -n 1 /var/lib/userd-ssh/edited.conf)"
equal "back to the one before" confirmed "$(field state)"
holds "and to none" userctl ssh revert
equal "sshd is as it was" "$roots" "$(all_of root)"
refuses "the drop-in is gone" any test -e "$drop_in"
contains "a third time is nothing to do" "nothing to do" "$(userctl ssh revert)"
within 5 listening

# Customers with SFTP.
printf 'version: 1\nlogin: {rules: [{require: [password]}]}\nmfa: {default: off}\n' >/etc/userd/userd.yaml.d/rules.yaml
userctl config reload >/dev/null
userctl group create sftponly >/dev/null
make_user dave --kind sftp
secret=$(password_of dave)
echo "a letter" >/root/letter
send() { # send USER PASSWORD FILE PLACE
    local answers status=0
    answers=$(mktemp)
    printf '%s\n\n' "$2" >"$answers"
    printf 'put %s %s\n' "$3" "$4" | ANSWERS=$answers SSH_ASKPASS=$support/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        sftp -o BatchMode=no -o PubkeyAuthentication=no -b - "$1@localhost" 2>&1 || status=$?
    return $status
}
reason() { userctl log dave --limit 1 --json=short | sed -n 's/.*"reason":"\([^"]*\)".*/\1/p'; }
refuses "not before he is confined" any send dave "$secret" /root/letter letter
equal "that is why" not-confined "$(reason)"
userctl ssh-key add dave --file /root/.ssh/id_ed25519.pub >/dev/null
refuses "nor with a key" any key_as dave
holds "sshd is set up for it" userctl ssh setup --sftp-group sftponly
within 5 listening
equal "sshd confines him" "%h internal-sftp -d /files" "$(shows dave chrootdirectory) $(shows dave forcecommand)"
holds "a file arrives" send dave "$secret" /root/letter letter
equal "in his folder, as his" "a letter dave" "$(cat /srv/sftp/dave/files/letter) $(stat -c %U /srv/sftp/dave/files/letter)"
equal "the top is root's" "755 root 700 dave" "$(stat -c '%a %U' /srv/sftp/dave /srv/sftp/dave/files | paste -sd' ')"
refuses "no place beside it" any send dave "$secret" /root/letter /letter
refuses "no shell" any ssh_as dave "$secret" '' -o PubkeyAuthentication=no
equal "no file of the host's is seen" "" "$(ls -A /srv/sftp/dave | grep -vx files || true)"
forwarded() { # The connection holds, and the port behind it answers nothing.
    timeout 10 ssh -o BatchMode=yes -N -W 127.0.0.1:22 dave@localhost </dev/null 2>&1 | grep -q SSH-2.0
}
refuses "no way on from there" any forwarded
for service in login su cron; do
    contains "not through $service" "Permission denied" "$(pam "$service" dave -- acct_mgmt || true)"
done
rmdir /srv/sftp/dave/files 2>/dev/null || rm -r /srv/sftp/dave/files
holds "his folder comes back" send dave "$secret" /root/letter letter
userctl group remove sftponly dave >/dev/null
refuses "not without the group" any key_as dave
equal "that is why, too" not-confined "$(reason)"
userctl group add sftponly dave >/dev/null
cp "$drop_in" /root/kept && echo "    ForceCommand none" >>"$drop_in"
refuses "not with a drop-in that was edited" any send dave "$secret" /root/letter letter
cp /root/kept "$drop_in"
holds "as it was, it holds" send dave "$secret" /root/letter letter
holds "revert" userctl ssh revert
refuses "the daemon knows at once" any test -e "$confined"
within 5 listening
refuses "and dave is out" any send dave "$secret" /root/letter letter

# What bounds a key: the networks it comes from, and its end, by the daemon's own clock.
. "$USERD_TOP/tests/support/clock.sh"
make_user bound
for key in far near past brief; do ssh-keygen -q -t ed25519 -N '' -f "/root/$key"; done
bound() { # bound KEY OPTION VALUE
    userctl ssh-key add bound --file "/root/$1.pub" "$2" "$3" >/dev/null
}
bound far --from 10.0.0.0/8
bound near --from 127.0.0.0/8
bound past --expires 2020-01-01
bound brief --expires "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
comes_in() { ssh -o BatchMode=yes -o IdentitiesOnly=yes -i "/root/$1" bound@localhost true; }
refuses "a key of another network" any comes_in far
holds "a key of this one" comes_in near
refuses "a key whose time is over" any comes_in past
own_clock
holds "a key within its time" comes_in brief
move_clock 3700
refuses "and after it" any comes_in brief
holds "the others go on" comes_in near

# Without the daemon it works all the same.
"$support/service" stop
holds "setup without the daemon" userctl ssh setup --rollback 0
holds "and back" userctl ssh revert
