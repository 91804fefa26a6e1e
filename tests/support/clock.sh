# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A wall clock of the daemon's own in a private host; what waits for time since boot does not notice. Sourced, after
# assert.sh; codes.sh has the codes.

clock=/run/service/clock
offset=0   # seconds that it is ahead of ours

# own_clock: starts the daemon anew, under a clock that move_clock moves.
own_clock() {
    local library=/run/service/wall_clock.so   # in reach of the daemon's user
    install -m 755 "$USERD_BUILD/tests/integration/wall_clock.so" $library
    move_clock 0
    chmod 644 "$clock"
    "$support/service" restart LD_PRELOAD=$library WALL_CLOCK=$clock ASAN_OPTIONS=verify_asan_link_order=0
}
# move_clock SECONDS: it is that far ahead of ours; negative: behind.
move_clock() { offset=$1; printf '%d\n' "$offset" >"$clock"; }
daemon_time() { echo $(($(date +%s) + offset)); }
daemon_step() { echo $(($(daemon_time) / 30)); }
