// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace userd::ctl {

class Output;

// How far long work has come, on standard error: nothing for the first second, then on a terminal one line
// that is drawn anew ("reading users: 12,000 of 100,000 (1,200/s, 2 minutes left)"), elsewhere a line every
// 10 s; nothing with -q. It lives as long as the work; Output takes the line away before it says something
// else.
class Progress {
 public:
    using Clock = std::chrono::steady_clock;

    // `what` is being done, to `total` things; 0: nobody knows how many.
    Progress(Output& out, std::string what, std::uint64_t total = 0, Clock::time_point start = Clock::now());
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    // So many are done now. Cheap: what is too early to be shown costs a look at the clock.
    void at(std::uint64_t done, Clock::time_point now = Clock::now());
    void at(std::uint64_t done, std::uint64_t total);  // when the work tells how much there is
    void hide();                                       // the line, until the next at()

    // "reading users: 12,000 of 100,000 (1,200/s, 2 minutes left)"
    std::string text(std::uint64_t done, Clock::duration since_start) const;

 private:
    Output& out_;
    std::string what_;
    std::uint64_t total_;
    Clock::time_point start_, next_;
    bool shown_ = false;
};

}  // namespace userd::ctl
