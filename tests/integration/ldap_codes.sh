#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One-time codes whose secret a directory server has (oathSecret of slapo-otp's schema): they count here as everybody's, are
# changed there alone, and lie nowhere in the clear.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"

new_secret() { # NAME: its codes are those of fresh_code from now on
    (umask 077 && head -c 20 /dev/urandom >$people/secret && base32 $people/secret >"$codes/$1")
    rm -f "$codes/$1.step"
}
secret_line() { echo "oathSecret:: $(base64 -w 0 $people/secret)"; }
yes="successfully authenticated" no="Authentication failure"
good="the password of alice"
verdict() { contains "$1" "$2" "$(pam login alice "${@:3}" -- authenticate 2>&1 || true)"; }

slapd make --global "moduleload otp" --access "to attrs=userPassword by anonymous auth by * none" \
    --access "to attrs=oathSecret by dn.exact=\"cn=userd,$base\" read by * none" --access "to * by * read"
slapd seed
new_secret alice
{
    person alice 200001 "userPassword: $good"
    person bob 200002 "userPassword: the password of bob"
    team everyone 400000
} | slapd load
slapd start
change "$(dn_of alice)" "add: objectClass" "objectClass: oathTOTPToken" - "add: oathSecret" "$(secret_line)" - | slapd modify
install -d -m 700 /etc/credstore
(umask 077 && printf 'the password of userd' >/etc/credstore/userd.ldap.corp)
mirrored "bind: {dn: \"cn=userd,$base\"}" "attributes: {totp_secret: oathSecret}"
same "the directory is mirrored"

equal "her codes are on, and his are not" "totp:" \
    "$(userctl get alice -p factors | tr -d '\n'):$(userctl get bob -p factors | tr -d '\n-')"
verdict "a password without a code" "$no" "$good" ''
verdict "password and code" "$yes" "$good" "$(fresh_code alice)"
verdict "the same code again" "$no" "$good" "$(last_code alice)"
userctl unlock alice -q
generation() { userctl get alice -p generation; }
before=$(generation)
userctl ldap sync corp --full -q >/dev/null
within 30 status_is state following
verdict "nor after everything was read again" "$no" "$good" "$(last_code alice)"
equal "which changed nothing" "$before" "$(generation)"
userctl unlock alice -q
verdict "the next one" "$yes" "$good" "$(fresh_code alice)"

told=$(userctl mfa reset alice --yes 2>&1) && fail "mfa reset took it away" || true
contains "an admin cannot take them away" "comes from the directory server corp" "$told"
contains "and is told where" "ldap://127.0.0.1:$port" "$told"
code=$(userctl mfa code alice --for 1h --json | sed -n 's/.*"code": *"\([^"]*\)".*/\1/p')
verdict "who lost the phone gets a code" "$yes" "$good" "$code"

# Sealed in the store, and not a trace elsewhere.
"$support/service" stop
python3 - $people/secret /var/lib/userd <<'PYTHON' || fail "the secret lies in the clear"
import base64, os, subprocess, sys
secret = open(sys.argv[1], "rb").read()
shapes = [secret, base64.b64encode(secret), base64.b32encode(secret), secret.hex().encode()]
places = {os.path.join(at, name): open(os.path.join(at, name), "rb").read()
          for at, _, names in os.walk(sys.argv[2]) for name in names}
places["the journal"] = subprocess.run(["journalctl", "-q", "-o", "export"], stdout=subprocess.PIPE, check=True).stdout
assert any("userd.db" in place for place in places)
sys.exit([place for place, held in places.items() if any(shape in held for shape in shapes)] or 0)
PYTHON
pass "the secret is nowhere in the clear"
"$support/service" start
within 30 status_is state following

# Another secret, and none. No code of the old one counts again where it did.
echo 'login: {rules: [{service: sshd, require: [password, totp], remember_mfa: 15m}]}' >/etc/userd/userd.yaml.d/rules.yaml
userctl config reload -q >/dev/null
holds "a code over ssh" ssh_as alice "$good" "$(fresh_code alice)"
contains "is remembered there" 127.0.0.1 "$(userctl mfa remembered alice)"
old=$(code_at alice $(($(step_now) + 1)))
new_secret alice
change "$(dn_of alice)" "replace: oathSecret" "$(secret_line)" | slapd modify
verdict_is() { pam login alice "$good" "$(fresh_code alice)" -- authenticate; }
within 60 verdict_is
pass "another secret on the server is another here"
lacks "and no code of the old one is remembered" 127.0.0.1 "$(userctl mfa remembered alice 2>&1)"
rm /etc/userd/userd.yaml.d/rules.yaml
userctl config reload -q >/dev/null
verdict "codes of the old one" "$no" "$good" "$old"
change "$(dn_of alice)" "delete: oathSecret" | slapd modify
no_factors() { [[ $(userctl get alice -p factors) != *totp* ]]; }
within 30 no_factors
pass "none there is none here"
verdict "the password is enough again" "$yes" "$good" ''
change "$(dn_of alice)" "add: oathSecret" "oathSecret: short" | slapd modify
left_out() { userctl ldap quarantine corp | grep -q 'oathSecret has 5 bytes'; }
within 30 left_out
pass "one that is too short is told of"
