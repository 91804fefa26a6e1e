#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the PAM module looks like to the loader of somebody else's process. Argument: the module.
set -u
module=$1
failed=0

# equal WHAT WANTED GOT
equal() {
    [ "$2" = "$3" ] && return
    printf '%s:\nwanted: %s\ngot:    %s\n' "$1" "$2" "$3" >&2
    failed=1
}

if readelf -Wd "$module" | grep -Eq 'NEEDED.*lib(asan|ubsan|tsan)|libclang_rt' ||
    readelf -Ws "$module" | grep -q __asan_init; then
    echo "a sanitizer's build is another binary" >&2
    exit 77
fi
equal "exports" "pam_sm_acct_mgmt pam_sm_authenticate pam_sm_chauthtok pam_sm_close_session pam_sm_open_session pam_sm_setcred" \
    "$(readelf -W --dyn-syms "$module" | awk '$7 != "UND" && $8 ~ /./ && $5 == "GLOBAL" { print $8 }' | sort | xargs)"
equal "needed" "libc.so.6 libpam.so.0" "$(readelf -Wd "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | xargs)"
segments=$(readelf -Wl "$module")
equal "thread-local storage" 0 "$(printf '%s\n' "$segments" | grep -c ' TLS ')"
equal "executable stack" 0 "$(printf '%s\n' "$segments" | grep 'GNU_STACK' | grep -c 'RWE')"
equal "relocations are read-only" 1 "$(printf '%s\n' "$segments" | grep -c 'GNU_RELRO')"
equal "bound at once" 1 "$(readelf -Wd "$module" | grep -c '(FLAGS_1).*NOW')"
equal "runs only the C start files when it is loaded" "8 (bytes)" \
    "$(readelf -Wd "$module" | sed -n 's/.*(INIT_ARRAYSZ) *//p')"
# What a guest does not do: other processes, threads, signals, its host's environment and folder, waiting blindly.
equal "calls what a guest leaves alone" "" "$(readelf -W --dyn-syms "$module" | awk '$7 == "UND" { sub(/@.*/, "", $8); print $8 }' |
    grep -Ex 'fork|vfork|clone|execv.*|posix_spawn.*|system|popen|pthread_create|signal|sigaction|(secure_)?getenv|setenv|putenv|chdir|umask|sleep|usleep|nanosleep|select|getpw.*|getgr.*|_Zn.*|__cxa_(throw|begin_catch|guard_.*)' | xargs)"
exit $failed
