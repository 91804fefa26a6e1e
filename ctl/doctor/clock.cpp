// SPDX-License-Identifier: LGPL-2.1-or-later
// One-time codes are made from the time: a phone's must be the host's.
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>

#include "ctl/doctor/areas.h"
#include "ctl/doctor/clock_rules.h"
#include "ctl/doctor/examination.h"
#include "ctl/render.h"
#include "ctl/ssh/server.h"

namespace userd::ctl {
namespace {

constexpr std::int64_t usual_step = 300;  // a clock that is set right moves so far at most
constexpr const char* keep_it = "timedatectl set-ntp true";

bool is_kept() {
    timex state{};
    return adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

std::int64_t last_change(Examination& host) {
    struct stat info {};
    const bool there = stat(host.path("/var/lib/userd/nss/control").c_str(), &info) == 0;
    std::int64_t last = there ? info.st_mtime : 0;
    if (const auto& status = host.status())
        if (const auto* start = std::get_if<std::int64_t>(&value_of(*status, "started_at")))
            last = std::max(last, *start);
    return last;
}

}  // namespace

Diagnosis judge_clock(const ClockFacts& facts) {
    if (facts.last_change > facts.now + usual_step)
        return wrong(
            fmt::format("the clock was set back: the last change of the directory lies {} minutes ahead",
                        (facts.last_change - facts.now) / 60),
            keep_it);
    if (facts.is_kept) return right("the clock is kept, and has not fallen back");
    if (!facts.is_own)
        return not_checked("nothing here says who keeps the clock; codes need it to the minute");
    return wrong("nobody keeps the clock: codes of a right phone are refused when it is a minute off",
                 keep_it);
}

namespace look_at {

Diagnoses clock(Examination& host) {
    const bool is_own = systemd_runs() && access("/run/systemd/container", F_OK) != 0;
    return {judge_clock({host.about.now, last_change(host), is_kept(), is_own})};
}

}  // namespace look_at
}  // namespace userd::ctl
