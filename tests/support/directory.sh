# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A directory server beside the private host's userd, and what is done to it. Sourced.

server=/root/server
base=dc=example,dc=org
port=3890
schema=${schema:-rfc2307bis}
slapd() { "$support/slapd" "$server" "$@"; }

# person NAME NUMBER [LINE…]: an entry; its lines stand in for those of the same attribute.
person() {
    local name=$1 number=$2
    shift 2
    entry "uid=$name,ou=people,$base" "objectClass: inetOrgPerson" "objectClass: posixAccount" "objectClass: ldapPublicKey" \
        "uid: $name" "cn: $name" "sn: $name" "displayName: $name of the directory" "uidNumber: $number" "gidNumber: 400000" \
        "homeDirectory: /home/$name" "loginShell: /bin/bash" -- "$@"
}

# team NAME NUMBER [MEMBER…]: a group of users; of a group: cn=NAME.
team() {
    local name=$1 number=$2 member lines=()
    shift 2
    # slapadd wants the structural class first.
    if [ "$schema" = rfc2307bis ]; then lines=("objectClass: groupOfMembers"); fi
    lines+=("objectClass: posixGroup" "cn: $name" "gidNumber: $number")
    for member; do lines+=("$(member_line "$member")"); done
    entry "cn=$name,ou=groups,$base" "${lines[@]}" --
}
member_line() {
    if [ "$schema" = rfc2307 ]; then
        echo "memberUid: $1"
    elif [[ $1 == cn=* ]]; then
        echo "member: $1,ou=groups,$base"
    else
        echo "member: uid=$1,ou=people,$base"
    fi
}

# entry DN LINE… -- OTHER…: those of LINE… whose attribute none of OTHER… has but objectClass and member, and these.
entry() {
    local line own=() names=" "
    printf 'dn: %s\n' "$1"
    shift
    while [ "$1" != -- ]; do own+=("$1"); shift; done
    shift
    for line; do [[ $line == objectClass:* ]] || names+="${line%%:*} "; done
    for line in "${own[@]}"; do [[ $names == *" ${line%%:*} "* ]] || printf '%s\n' "$line"; done
    for line; do printf '%s\n' "$line"; done
    echo
}

# change DN LINE…: a modification, its lines as ldapmodify has them.
change() {
    printf 'dn: %s\n' "$1"
    shift
    printf 'changetype: modify\n'
    printf '%s\n' "$@" ''
}
rename_entry() { # DN NEW_RDN [NEW_PARENT]
    printf 'dn: %s\nchangetype: modrdn\nnewrdn: %s\ndeleteoldrdn: 1\n%s\n' "$1" "$2" "${3:+newsuperior: $3
}"
}
dn_of() { echo "uid=$1,ou=people,$base"; }
team_dn() { echo "cn=$1,ou=groups,$base"; }

# mirrored [LINE…]: userd has the source corp; the lines stand in for those of the same key.
mirrored() {
    local line names=" "
    for line; do names+="${line%%:*} "; done
    mkdir -p /etc/userd/userd.yaml.d
    {
        printf 'ldap:\n  corp:\n'
        for line in "uri: [\"ldap://127.0.0.1:$port\"]" "base: \"$base\"" 'id_range: ["200000-299999", "400000-499999"]' \
            "schema: $schema" "insecure: true" "enumerate: true"; do
            [[ $names == *" ${line%%:*} "* ]] || printf '    %s\n' "$line"
        done
        for line; do printf '    %s\n' "$line"; done
    } >/etc/userd/userd.yaml.d/ldap.yaml
    userctl config reload -q >/dev/null
}

# same WHAT [OPTION…]: the host becomes as the server is.
same() {
    local what=$1
    shift
    holds "$what" "$support/mirror-equals" --wait 30 "$@" "$server"
}

# ldap_status FIELD: of the source corp.
ldap_status() {
    userctl ldap status --json | python3 -c '
import json, sys
told = json.load(sys.stdin)
rows = told if isinstance(told, list) else next(v for v in told.values() if isinstance(v, list))
value = rows[0].get(sys.argv[1], "")
print(value if value is not None else "")' "$1"
}
status_is() { [[ $(ldap_status "$1") == $2 ]]; } # FIELD PATTERN

# proxied MODE: what becomes of the connections over the proxy; the first time it is started, on port 3990, with the
# certificate and key of proxied_tls.
proxy=/root/proxy
proxied() {
    mkdir -p $proxy
    echo "$*" >$proxy/mode.new
    mv $proxy/mode.new $proxy/mode
    if ! [ -e $proxy/pid ]; then
        "$support/ldap-proxy" 3990 "${proxied_port:-$port}" $proxy ${proxied_tls:-} &
        echo $! >$proxy/pid
        within 10 bash -c ': </dev/tcp/127.0.0.1/3990'
    fi
}

visible() { getent passwd | awk -F: '$3 >= 200000 && $3 < 300000' | sort; } # users of the source
