// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/progress.h"

#include "ctl/output.h"
#include "ctl/render.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

constexpr std::chrono::milliseconds first{1000}, redrawn{200};
constexpr std::chrono::seconds between_lines{10};

}  // namespace

Progress::Progress(Output& out, std::string what, std::uint64_t total, Clock::time_point start)
    : out_(out), what_(std::move(what)), total_(total), start_(start) {
    next_ = start + (out.options().terminal_errors ? Clock::duration(first) : Clock::duration(between_lines));
    out_.attach(this);
}

Progress::~Progress() {
    hide();
    out_.attach(nullptr);
}

void Progress::hide() {
    if (shown_) out_.erase_line();
    shown_ = false;
}

std::string Progress::text(std::uint64_t done, Clock::duration since_start) const {
    std::string line = fmt::format("{}: {}", what_, grouped(done));
    if (total_ > 0) line += fmt::format(" of {}", grouped(total_));
    const double seconds = std::chrono::duration<double>(since_start).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    if (rate <= 0) return line;
    line += rate < 10 ? fmt::format(" ({:.1f}/s", rate)
                      : fmt::format(" ({}/s", grouped(static_cast<std::uint64_t>(rate)));
    if (total_ > done)
        line += fmt::format(
            ", {} left", friendly_span(static_cast<std::int64_t>(static_cast<double>(total_ - done) / rate)));
    return line + ")";
}

void Progress::at(std::uint64_t done, Clock::time_point now) {
    if (now < next_) return;
    if (out_.options().terminal_errors) {
        out_.draw_line(text(done, now - start_));
        shown_ = true;
        next_ = now + redrawn;
    } else {
        out_.note(text(done, now - start_));
        next_ = now + between_lines;
    }
}

void Progress::at(std::uint64_t done, std::uint64_t total) {
    total_ = total;
    at(done);
}

}  // namespace userd::ctl
