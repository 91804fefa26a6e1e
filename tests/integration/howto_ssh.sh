#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The how-tos about SSH, line by line: every command is run as it stands there. What is played is the person at the keyboard.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/page.sh"
reloads() { reloading_sshd run "$@"; }

open_howto ssh-password-and-code
run "userctl config set 'login.rules=[{service: sshd, require: [password, totp]}, {require: [password]}]'"
run "userctl create alice --generate --keep"
[[ $said =~ Password:\ ([^ ]+) ]] || fail "no password in: $said"
password=${BASH_REMATCH[1]}
reloads "userctl ssh setup --require-mfa"
enrol_in alice "$password"
refuses "no code" any ssh_as alice "$password" ''
log_in alice "$password" "$(fresh_code alice)"
run "userctl ssh confirm"
run "userctl explain alice"
contains "it has the refusal" "Last refused: alice at sshd" "$said"
reloads "userctl ssh revert"
run "userctl ssh status"
run "userctl mfa reset alice" "userctl mfa reset alice --yes --dry-run"
close_page

ssh-keygen -q -t ed25519 -N '' -f /root/alice
ssh-keygen -q -t ed25519 -N '' -f /root/deploy
ssh-keygen -q -t ed25519 -N '' -f /root/globex
ssh-keygen -q -t ed25519 -N '' -f /root/laptop
open_howto ssh-keys-and-code
run "userctl group create robots"
run "userctl config set 'login.rules=[{service: sshd, groups: [robots], require: [key]}, {service: sshd, require: [[key, totp], [password, totp]]}, {require: [password]}]'"
reloads "userctl ssh setup --require-mfa"
for methods in publickey "publickey,keyboard-interactive keyboard-interactive"; do
    contains "the page has what is written" "AuthenticationMethods $methods" "$(cat /etc/ssh/sshd_config.d/00-userd-login.conf)"
done
run "userctl ssh-key add alice --file /root/alice.pub"
run "userctl create deploy --kind service --group robots --ssh-key-file /root/deploy.pub"
line "ssh alice@host"
holds "the code alone after the key" ssh_as alice '' "$(fresh_code alice)" \
    -o PreferredAuthentications=publickey,keyboard-interactive -o IdentitiesOnly=yes -i /root/alice
line "ssh deploy@host"
holds "a program by its key" ssh -o BatchMode=yes -o IdentitiesOnly=yes -i /root/deploy deploy@localhost true
run "userctl ssh confirm"
run "userctl ssh-key add alice --file /root/laptop.pub --expires 2027-03-31 --from 10.0.0.0/8"
run "userctl suspend alice"
equal "the keys with her" "" "$(/usr/lib/userd/userd-ssh-keys alice)"
close_page

userctl config set login.rules= >/dev/null
open_howto sftp-customers
run "userctl group create sftponly"
reloads "userctl ssh setup --sftp-group sftponly"
run "userctl create acme --kind sftp --generate --keep"
[[ $said =~ Password:\ ([^ ]+) ]] || fail "no password in: $said"
printf '%s\n\n' "${BASH_REMATCH[1]}" >/root/answers
echo "a letter" >/root/letter
line "sftp acme@host"
printf 'put /root/letter letter\n' | ANSWERS=/root/answers SSH_ASKPASS=$support/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
    sftp -o BatchMode=no -o PubkeyAuthentication=no -b - acme@localhost >/dev/null
equal "the session begins in files" "a letter" "$(cat /srv/sftp/acme/files/letter)"
run "userctl ssh confirm"
run "userctl create globex --kind sftp --no-password --ssh-key-file /root/globex.pub"
printf 'put /root/letter letter\n' | sftp -o IdentitiesOnly=yes -i /root/globex -b - globex@localhost >/dev/null
equal "a key does" "a letter" "$(cat /srv/sftp/globex/files/letter)"
run "userctl suspend acme"
run "userctl delete acme --home archive" "userctl delete acme --home archive --yes"
equal "the archive is root's" 1 "$(find /var/lib/userd-homes -type f -name 'acme*' | wc -l)"
run "userctl log acme"
run "userctl ssh status"
line "userctl check"
close_page
