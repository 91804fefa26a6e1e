#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The how-to's user data, played as cloud-init would: its files are written, its commands run; and then the page's own.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/page.sh"
python3 -c 'import yaml' 2>/dev/null || skip "no python3-yaml"
open_page "$USERD_TOP/docs/howto/cloud-init.md"

block yaml >/root/user-data
equal "cloud-init would take it" "#cloud-config" "$(head -n 1 /root/user-data)"
python3 - >/root/runcmd <<'PY'
import os, shlex, yaml
data = yaml.safe_load(open("/root/user-data"))
assert set(data) == {"users", "write_files", "runcmd"}, data.keys()
for file in data["write_files"]:
    os.makedirs(os.path.dirname(file["path"]), exist_ok=True)
    with open(os.open(file["path"], os.O_WRONLY | os.O_CREAT, int(file["permissions"], 8)), "w") as out:
        out.write(file["content"])
print(*map(shlex.join, data["runcmd"]), sep="\n")
PY
while read -r command; do holds "runcmd: $command" eval "$command"; done </root/runcmd

id=$(id -u alice)
contains "alice is in sudo" "27(sudo)" "$(id alice)"
contains "and an admin" alice "$(userctl role members admin)"
contains "her key is known" "alice@laptop" "$(/usr/lib/userd/userd-ssh-keys alice)"
run "userctl diff /etc/userd/state"
run "userctl list --columns name,uid,role,local_groups"
contains "alice stands there" "$id" "$said"
close_page

# The same number on another machine, whoever came first there.
"$support/service" stop
rm -rf /var/lib/userd/userd.db* /var/lib/userd/nss/*
"$support/service" start
userctl create first --no-password >/dev/null
userctl apply /etc/userd/state >/dev/null
equal "the same number everywhere" "$id" "$(id -u alice)"
