#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# pages.sh SOURCE: how-tos are run by a test, are found from the README and lead somewhere; the modules' man pages name all that
# the modules return, take and ask.
# shellcheck disable=SC2046  # words, on purpose
set -eu
top=$1
status=0
complain() { echo "$*"; status=1; }

cd "$top/docs/howto"
for page in *.md; do
    grep -qE "open_howto ${page%.md}\$|open_page .*/$page\"" "$top"/tests/integration/*.sh || complain "$page: no test runs it"
    grep -qF "(docs/howto/$page)" "$top/README.md" || complain "$page: the README does not name it"
done
for page in *.md "$top/README.md" "$top/docs/tutorial.md"; do
    for link in $(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//; s/#.*//' | grep -v '^https\?:'); do
        [ -e "$(dirname "$page")/$link" ] || complain "$page: leads to $link, which is not there"
    done
done

# names PAGE WORD…: in their order or not.
names() {
    page=$1
    shift
    [ $# -gt 0 ] || complain "$page: nothing to look for was found"
    for word in "$@"; do grep -qF -- "$word" "$top/docs/man/$page" || complain "$page: does not name $word"; done
}
cd "$top/pam_module"
names pam_userd.8.scd $(grep -ohE '\bPAM_(SUCCESS|[A-Z]+_(ERR|EXPIRED|DENIED|UNKNOWN|UNAVAIL|REQD|AGAIN)|MAXTRIES)\b' ./*.cpp | sort -u)
names pam_userd.8.scd $(grep -oE 'option == "[a-z_]+"' options.cpp | cut -d'"' -f2)
IFS='
'
names pam_userd.8.scd $(grep -ohE '"[A-Z][A-Za-z ]+: "' ../daemon/login/authenticate.cpp ../daemon/login/change_password.cpp |
    sed 's/^"//; s/: "$/:/' | sort -u)
names nss_userd.8.scd $(grep -oE 'NSS_STATUS_[A-Z]+' ../nss_module/answer.h | sort -u) $(grep -oE '= E[A-Z]+' ../nss_module/answer.h | cut -c3-)
exit $status
